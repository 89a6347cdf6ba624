"""Writes what astropy reads of the FITS files here into truth.json.

    python tests/data/fits/make_truth.py [folder of the shared sample archive]

Needs astropy and numpy (the truth in the repository: astropy 8.0.2). The files made here
(odd-cards.fits, groups.fits) are written anew, byte for byte the same. With the sample archive
given, the truth of its FITS files is recorded too; the files themselves stay where they are.

Cards are recorded as a SHA-256 over one line a card, keyword TAB value TAB comment, so that the
record stays small. Values are written as a type letter and text: s (string), i (integer),
f (the eight bytes of the double, hexadecimal), b, c (two doubles), u (undefined),
t (commentary). `some` has a few lines in full.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

HERE = Path(__file__).resolve().parent


def card_line(card: fits.Card) -> str:
    value = card.value
    keyword = card.keyword
    if keyword in ("COMMENT", "HISTORY", "") or (card.image[8:10] != "= " and " " not in keyword):
        return f"{keyword}\tt:{str(value).rstrip()}\t"
    if isinstance(value, bool | np.bool_):
        text = f"b:{'T' if value else 'F'}"
    elif isinstance(value, int | np.integer):
        text = f"i:{value}"
    elif isinstance(value, float | np.floating):
        text = "f:" + struct.pack(">d", value).hex()
    elif isinstance(value, complex | np.complexfloating):
        text = "c:" + struct.pack(">dd", value.real, value.imag).hex()
    elif isinstance(value, str):
        text = f"s:{value}"
    else:
        text = "u:"
    return f"{keyword}\t{text}\t{str(card.comment).strip()}"


def hdu_truth(hdu: Any, data: bytes) -> dict[str, Any]:
    info = hdu.fileinfo()
    start, data_start = info["hdrLoc"], info["datLoc"]
    header = fits.Header.fromstring(data[start:data_start].decode("latin-1"))
    lines = [card_line(card) for card in header.cards]
    axes = [header[f"NAXIS{i}"] for i in range(header["NAXIS"], 0, -1)]
    if isinstance(hdu, fits.GroupsHDU):
        shape = [header["GCOUNT"], *axes[:-1]]
    elif header.get("ZIMAGE"):
        shape = [header[f"ZNAXIS{i}"] for i in range(header["ZNAXIS"], 0, -1)]
    elif header.get("XTENSION", "").strip() in ("TABLE", "BINTABLE"):
        shape = [header["NAXIS2"]]
    else:
        shape = axes
    return {
        "name": header.get("EXTNAME", "PRIMARY" if start == 0 else "").strip(),
        "version": header.get("EXTVER", 1),
        "xtension": header.get("XTENSION", "").strip(),
        "shape": shape,
        "bitpix": header["ZBITPIX"] if header.get("ZIMAGE") else header["BITPIX"],
        "headerStart": start,
        "dataStart": data_start,
        "dataSpan": info["datSpan"],
        "cards": len(lines),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "some": [line for i, line in enumerate(lines) if i % max(1, len(lines) // 4) == 3],
    }


def truth(path: Path) -> dict[str, Any]:
    stored = path.read_bytes()
    data = gzip.decompress(stored) if path.suffix == ".gz" else stored
    with (
        warnings.catch_warnings(),
        fits.open(
            io.BytesIO(data),
            disable_image_compression=True,
            lazy_load_hdus=False,
            ignore_missing_end=False,
        ) as hdus,
    ):
        warnings.simplefilter("ignore")
        found = [hdu_truth(hdu, data) for hdu in hdus]
    return {
        "sha256": hashlib.sha256(stored).hexdigest(),
        "bytes": len(stored),
        "unpacked": len(data),
        "hdus": found,
    }


def card(text: str) -> bytes:
    assert len(text) <= 80, text
    return text.ljust(80).encode("latin-1")


def block(cards: list[str], filler: str = " ") -> bytes:
    data = b"".join(card(text) for text in cards)
    return data + filler.encode() * (-len(data) % 2880)


def odd_cards() -> bytes:
    """Cards that are rare, and right by the standard."""
    cards = [
        "SIMPLE  =                    T / conforms",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "EXTEND  =                    T",
        "SLASH   = 'a / b // c'         / a comment / with a slash",
        "QUOTE   = 'it''s ''quoted'''   / doubled quotes",
        "EMPTY   = ''                   / null string",
        "SPACES  = '   lead and trail   ' / leading spaces count",
        "FREE    = 42/free format",
        "FREES   ='free'/no value indicator, by the standard",
        "UNDEF   =                      / undefined",
        "UNDEF2  =",
        "DEXP    =      1.2345678901D-10 / D exponent",
        "DEXP2   =                  1D5",
        "LOWEXP  =                  1e5",
        "NODIGIT =                   5. / no digits behind the point",
        "DOT     =                   .5",
        "NEGZERO =                 -0.0",
        "PLUS    =                  +17",
        "BIG     =     9007199254740993 / 2**53 + 1",
        "HUGE    = -9223372036854775808 / smallest int64",
        "HUGER   =   123456789012345678901234567890",
        "COMPLEX =           (1.5, -2.5) / complex",
        "CINT    =                (3, 4) / complex of integers",
        "LOGICF  =                    F",
        "A_B-C   = 'underscore and dash'",
        "HIERARCH ESO DET CHIP1 ID = 'CCD-44' / Detector chip",
        "HIERARCH ESO INS TEMP = -12.5 / [C] temperature",
        "HIERARCH ESO OBS PROG ID = 60.5",
        "LONGSTR = 'This is a long string that goes on and on until it needs another ca&'",
        "CONTINUE  'rd, with ''quotes'' and a slash / inside, and one more c&' / first",
        "CONTINUE  'ard.' / second",
        "LONGEMP = 'ends with an empty piece&'",
        "CONTINUE  '' / the comment",
        "AMP     = 'ends with an ampersand &' / but nothing follows",
        "DP1     = 'NAXES: 2'           / record-valued",
        "DP1     = 'AXIS.1: 1'          / record-valued",
        "DP1     = 'AXIS.1.SCALE: -2.5E-3' / record-valued",
        "DATE-OBS= '2026-11-24T22:00:00.000' / date",
        "COMMENT This is a comment, with = and 'quotes'",
        "COMMENT",
        "HISTORY made by make_truth.py",
        "        text under a blank keyword",
        "",
        "END_LIKE= 'not the end'",
        "ENDING  =                    1",
    ]
    cards += [f"K{i:<7d}= {i * i:20d} / card {i}" for i in range(857)]
    cards.append("END")
    primary = block(cards)
    headerlet = block(
        [
            "XTENSION= 'HDRLET  '           / an extension of its own kind",
            "BITPIX  =                    8",
            "NAXIS   =                    1",
            "NAXIS1  =                  100",
            "PCOUNT  =                    0",
            "GCOUNT  =                    1",
            "EXTNAME = 'TARGET COSMIC RAY'  / a name with spaces",
            "EXTVER  =                    3",
            "END",
        ]
    ) + bytes(2880)
    constant = block(
        [
            "XTENSION= 'IMAGE   '",
            "BITPIX  =                   16",
            "NAXIS   =                    0",
            "PCOUNT  =                    0",
            "GCOUNT  =                    1",
            "NPIX1   =                 1062",
            "NPIX2   =                 1044",
            "PIXVALUE=                    7",
            "EXTNAME = 'DQ      '",
            "END",
        ]
    )
    return primary + headerlet + constant


def groups() -> bytes:
    """Random groups: 3 groups of 2 parameters and a 4 x 5 array."""
    header = block(
        [
            "SIMPLE  =                    T",
            "BITPIX  =                  -32",
            "NAXIS   =                    3",
            "NAXIS1  =                    0",
            "NAXIS2  =                    5",
            "NAXIS3  =                    4",
            "GROUPS  =                    T",
            "PCOUNT  =                    2",
            "GCOUNT  =                    3",
            "END",
        ]
    )
    data = np.arange(3 * (2 + 20), dtype=">f4").tobytes()
    extension = block(
        [
            "XTENSION= 'IMAGE   '",
            "BITPIX  =                    8",
            "NAXIS   =                    1",
            "NAXIS1  =                    1",
            "PCOUNT  =                    0",
            "GCOUNT  =                    1",
            "END",
        ]
    )
    return header + data + bytes(-len(data) % 2880) + extension + bytes(2880)


def dump(value: Any, depth: int = 3) -> str:
    """JSON with one HDU's parts a line, not one number."""
    if depth and isinstance(value, dict) and value:
        pad = " " * (4 - depth)
        parts = (f"{pad}{json.dumps(k)}: {dump(v, depth - 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(parts) + "\n" + pad[1:] + "}"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    (HERE / "odd-cards.fits").write_bytes(odd_cards())
    (HERE / "groups.fits").write_bytes(groups())
    local = sorted(p for p in HERE.iterdir() if p.name.endswith((".fits", ".fits.gz")))
    record: dict[str, Any] = {
        "note": "made by make_truth.py with astropy " + __import__("astropy").__version__,
        "files": {p.name: truth(p) for p in local},
        "archive": {},
    }
    if len(sys.argv) > 1:
        archive = Path(sys.argv[1])
        found = sorted(p for p in archive.rglob("*") if p.name.endswith((".fits", ".fits.gz")))
        record["archive"] = {str(p.relative_to(archive)): truth(p) for p in found}
    (HERE / "truth.json").write_text(dump(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
