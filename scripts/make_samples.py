"""Makes samples/: copies real files of the archive, derives small ones, lists all.

    python scripts/make_samples.py [--real FOLDER]

FOLDER holds a MANIFEST.tsv and files under `stpubdata/<key>`; the chosen ones
are copied. Without it the real files that are in samples/ already stay as they
are. Everything else is made here from their headers, the same bytes each time,
and marked `derived` in samples/MANIFEST.tsv. Needs astropy, numpy and Pillow
(which are no part of ./run and ./test).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from PIL import Image

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
BUCKET = SAMPLES / "stpubdata"
MANIFEST = SAMPLES / "MANIFEST.tsv"
COLUMNS = ("key", "bytes", "sha256", "source", "licence", "kind", "note")
#: Real files that are not taken: there are others of their kind, and 20 MB is the limit.
LEFT_OUT = (
    "k2/public/target_pixel_files/c4/210900000/94000/ktwo210994964-c04_lpd-targ.fits.gz",
    "mast/hlsp/tess-data-alerts/hlsp_tess-data-alerts_tess_phot_00160148385-s02_tess_v1_lc.fits",
)
FLT = "hst/public/ib46/ib4606cpq/ib4606cpq_flt.fits"
LC = (
    "tess/public/tid/s0001/0000/0003/5810/8509/"
    "tess2018206045859-s0001-0000000358108509-0120-s_lc.fits"
)
TP = (
    "tess/public/tid/s0001/0000/0000/2515/5310/"
    "tess2018206045859-s0001-0000000025155310-0120-s_tp.fits"
)
LICENCE = "BSD-3-Clause (made for jupyterlab-mast); headers from public-domain data (NASA/STScI)"
TIC = 377780790

Row = dict[str, str]
made: list[Row] = []


def write(key: str, body: bytes, note: str, source: str = "scripts/make_samples.py") -> None:
    """One derived object and its row of the manifest."""
    path = BUCKET / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    made.append({"key": key, "source": source, "licence": LICENCE, "kind": "derived", "note": note})


def fits_bytes(*hdus: Any) -> bytes:
    target = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(target, output_verify="silentfix")
    return target.getvalue()


def stars(size: int, count: int, seed: int, sky: float = 0.6) -> Any:
    """A field of stars with noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    image = random.normal(sky, 0.05, (size, size))
    for _ in range(count):
        x0, y0 = random.uniform(0, size, 2)
        peak = 10 ** random.uniform(-0.5, 2)
        image += peak * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * 1.3**2))
    return image.astype("float32")


def header(extension: int, **changes: Any) -> Any:
    """A header of the real WFC3/IR exposure, with other values."""
    with fits.open(BUCKET / FLT) as hdus:
        result = hdus[extension].header.copy()
    for name in [name for name in result if name.startswith(("A_", "B_", "AP_", "BP_", "D2IM"))]:
        del result[name]
    for name, value in changes.items():
        result[name] = value
    return result


def image_hdu(extension: int, data: Any, **changes: Any) -> Any:
    head = header(extension, **changes)
    if "CRPIX1" in head:
        head["CRPIX1"], head["CRPIX2"] = (data.shape[1] + 1) / 2, (data.shape[0] + 1) / 2
        if "CTYPE1" in head:
            head["CTYPE1"], head["CTYPE2"] = "RA---TAN", "DEC--TAN"
    return fits.ImageHDU(data, head)


def exposure(folder: str, root: str, association: str, seed: int) -> None:
    """raw, flt, spt and preview of one exposure."""
    changes = {
        "ROOTNAME": root,
        "ASN_ID": association.upper(),
        "ASN_TAB": f"{association}_asn.fits",
        "ASN_MTYP": "EXP-RP1",
        "PROPOSID": 12166,
        "TARGNAME": "SAMPLE-FIELD",
        "FILTER": "F160W",
    }
    sci = stars(48, 14, seed)
    zero = np.zeros((48, 48), "int16")
    where = "in the association's folder" if folder == association else "in a folder of its own"
    note = f"WFC3/IR exposure of association {association}, {where}; star field made here"
    prefix = f"hst/public/{folder[:4]}/{folder}/{root}"
    primary = fits.PrimaryHDU(header=header(0, FILENAME=f"{root}_flt.fits", **changes))
    write(
        f"{prefix}_flt.fits",
        fits_bytes(
            primary,
            image_hdu(1, sci),
            image_hdu(2, np.sqrt(np.abs(sci)).astype("float32")),
            image_hdu(3, zero),
            image_hdu(4, zero + 11),
            image_hdu(5, np.full((48, 48), 352.9, "float32")),
        ),
        note,
        FLT,
    )
    raw = fits.PrimaryHDU(header=header(0, FILENAME=f"{root}_raw.fits", **changes))
    counts = (sci * 100 + 11000).astype("uint16")
    write(f"{prefix}_raw.fits", fits_bytes(raw, image_hdu(1, counts, BUNIT="COUNTS")), note, FLT)
    support = fits.PrimaryHDU()
    for name in ("TELESCOP", "INSTRUME", "EQUINOX", "PROPOSID", "TARGNAME", "PR_INV_L"):
        if name in primary.header:
            support.header[name] = primary.header[name]
    support.header["ROOTNAME"], support.header["FILENAME"] = root, f"{root}_spt.fits"
    udl = fits.ImageHDU(np.arange(965, dtype="int16"), name="UDL")
    write(f"{prefix}_spt.fits", fits_bytes(support, udl), note, FLT)
    write(f"{prefix}_raw.jpg", picture(sci, "JPEG"), note.replace("exposure", "exposure, preview"))


def association(root: str, product: str, members: dict[str, str], seed: int) -> None:
    """asn, drz and preview of an association, and its exposures (root -> folder)."""
    prefix = f"hst/public/{root[:4]}/{root}"
    names = [name.upper() for name in members] + [product.upper()]
    kinds = ["EXP-RP1"] * len(members) + ["PROD-RP1"]
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("MEMNAME", "14A", array=names),
            fits.Column("MEMTYPE", "14A", array=kinds),
            fits.Column("MEMPRSNT", "L", array=[True] * len(names)),
        ],
        name="ASN",
    )
    head = header(0, ROOTNAME=root, FILENAME=f"{root}_asn.fits", ASN_ID=root.upper())
    write(
        f"{prefix}/{root}_asn.fits",
        fits_bytes(fits.PrimaryHDU(header=head), table),
        f"association table of {', '.join(members)}",
        FLT,
    )
    sci = stars(96, 40, seed, 0)
    head = header(
        0, ROOTNAME=product, FILENAME=f"{product}_drz.fits", ASN_ID=root.upper(), NDRIZIM=2
    )
    write(
        f"{prefix}/{product}_drz.fits",
        fits_bytes(
            fits.PrimaryHDU(header=head),
            image_hdu(1, sci, BUNIT="ELECTRONS/S"),
            fits.ImageHDU(np.full((96, 96), 705.9, "float32"), name="WHT"),
            fits.ImageHDU(np.full((96, 96), 3, "int32"), name="CTX"),
        ),
        "drizzled combination; star field made here",
        FLT,
    )
    write(f"{prefix}/{product}_drz.jpg", picture(sci, "JPEG"), "preview of the drizzled image")
    for number, (name, folder) in enumerate(members.items(), 1):
        exposure(folder, name, root, seed + number)


def picture(data: Any, kind: str) -> bytes:
    """A stretched 8-bit picture of an image."""
    low, high = np.percentile(data, (5, 99.5))
    level = np.arcsinh(10 * np.clip((data - low) / (high - low), 0, 1)) / np.arcsinh(10)
    image = Image.fromarray((level * 255).astype("uint8")[::-1]).resize((256, 256))
    target = io.BytesIO()
    image.save(target, kind, **({"quality": 85} if kind == "JPEG" else {}))
    return target.getvalue()


def pdf(*lines: str) -> bytes:
    """A PDF of one page with some lines of text."""
    text = "BT /F1 14 Tf 72 720 Td 20 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + table + end).encode("ascii")


def target_of(hdus: Any, sector: int, days: float) -> None:
    """Say in all headers that this is TIC in that sector."""
    for hdu in hdus:
        for name, value in {
            "OBJECT": f"TIC {TIC}",
            "TICID": TIC,
            "SECTOR": sector,
            "RA_OBJ": 283.8,
            "DEC_OBJ": 47.6,
        }.items():
            if name in hdu.header:
                hdu.header[name] = value
        for name in ("TSTART", "TSTOP"):
            if name in hdu.header:
                hdu.header[name] += days


def tess(sector: int, start: str, orbit: str, days: float) -> None:
    """Light curve and target pixel file of TIC in one sector."""
    digits = f"{TIC:016d}"
    folder = f"tess/public/tid/s{sector:04d}/" + "/".join(
        digits[at : at + 4] for at in range(0, 16, 4)
    )
    stem = f"{folder}/tess{start}-s{sector:04d}-{digits}-{orbit}-s"
    note = f"TIC {TIC}, sector {sector}: "
    with fits.open(BUCKET / LC) as hdus:
        target_of(hdus, sector, days)
        rows = hdus[1].data[::20].copy()
        rows["TIME"] += days
        inside = np.abs((rows["TIME"] / 3.7) % 1 - 0.5) < 0.02
        for name in ("SAP_FLUX", "PDCSAP_FLUX"):
            rows[name][inside] *= 0.985
        curve = fits.BinTableHDU(rows, hdus[1].header)
        body = fits_bytes(hdus[0], curve, hdus[2])
    write(f"{stem}_lc.fits", body, note + "every 20th row of a real one, transits added", LC)
    with fits.open(BUCKET / TP) as hdus:
        target_of(hdus, sector, days)
        hdus[1].data["TIME"] += days
        write(f"{stem}_tp.fits", fits_bytes(*hdus), note + "a real one's 5 cadences", TP)


def validation() -> None:
    """The data validation products of sector 14."""
    digits = f"{TIC:016d}"
    folder = "tess/public/tid/s0014/" + "/".join(digits[at : at + 4] for at in range(0, 16, 4))
    stem = f"{folder}/tess2019199201929-s0014-s0014-{digits}"
    note = f"TIC {TIC}: "
    page = ("Sample data validation", f"TIC {TIC}, sector 14", "Made for tests; no measurement.")
    write(f"{stem}-00150_dvr.pdf", pdf("Report", *page), note + "one page of text")
    write(f"{stem}-01-00150_dvs.pdf", pdf("Summary, candidate 1", *page), note + "one page of text")
    xml = f'<?xml version="1.0"?>\n<dvTargetResults ticId="{TIC}" sectorsObserved="14"/>\n'
    write(f"{stem}-00150_dvr.xml", xml.encode(), note + "one element")
    time = np.linspace(1683.4, 1710.2, 400)
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
            fits.Column("LC_INIT", "E", array=1e-4 * np.sin(time)),
            fits.Column("MODEL_INIT", "E", array=np.zeros(400)),
        ],
        name="TCE_1",
    )
    primary = fits.PrimaryHDU()
    primary.header["TELESCOP"], primary.header["OBJECT"] = "TESS", f"TIC {TIC}"
    primary.header["TICID"], primary.header["SECTOR"] = TIC, 14
    write(f"{stem}-00150_dvt.fits", fits_bytes(primary, table), note + "400 rows made here")


def full_frame() -> None:
    """A full frame image, much smaller than a frame."""
    sci = fits.ImageHDU(stars(64, 60, 12, 90), name="SCI")
    for name, value in {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CRVAL1": 201.3,
        "CRVAL2": -50.1,
        "CRPIX1": 32.5,
        "CRPIX2": 32.5,
        "CDELT1": -0.00583,
        "CDELT2": 0.00583,
    }.items():
        sci.header[name] = value
    primary = fits.PrimaryHDU()
    for name, value in {"TELESCOP": "TESS", "SECTOR": 12, "CAMERA": 2, "CCD": 1}.items():
        primary.header[name] = value
    write(
        "tess/public/ffi/s0012/2019/142/2-1/tess2019142115932-s0012-2-1-0144-s_ffic.fits",
        fits_bytes(primary, sci, fits.ImageHDU(stars(64, 0, 13, 2), name="UNCERT")),
        "full frame image of 64 x 64 pixels made here",
    )


def documents() -> None:
    """One of each kind of file that JupyterLab opens by itself."""
    stem = "mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1"
    data = stars(96, 40, 7, 0)
    catalogue = "id,ra,dec,mag_f160w\n" + "".join(
        f"{n},{150.1 + n * 0.0013:.4f},{2.2 + n * 0.0007:.4f},{21 + n % 7 * 0.31:.2f}\n"
        for n in range(1, 41)
    )
    notebook = {
        "cells": [
            {
                "cell_type": "markdown",
                "id": "about",
                "metadata": {},
                "source": ["# A sample field\n", "\n", "Read only, as everything in an archive."],
            },
            {
                "cell_type": "code",
                "execution_count": 1,
                "id": "sum",
                "metadata": {},
                "outputs": [
                    {
                        "data": {"text/plain": ["42"]},
                        "execution_count": 1,
                        "metadata": {},
                        "output_type": "execute_result",
                    }
                ],
                "source": ["40 + 2"],
            },
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    readme = "A sample field for jupyterlab-mast.\n\nMade for tests; no measurement.\n"
    about = {"target": "SAMPLE-FIELD", "filter": "F160W", "sources": 40, "real": False}
    for suffix, body, note in (
        ("readme.txt", readme.encode(), "text"),
        ("notes.md", b"# Sample field\n\nForty *invented* sources.\n", "Markdown"),
        ("catalog.csv", catalogue.encode(), "table of 40 rows"),
        ("about.json", (json.dumps(about, indent=2) + "\n").encode(), "JSON"),
        ("tutorial.ipynb", (json.dumps(notebook, indent=1) + "\n").encode(), "notebook"),
        ("preview.jpg", picture(data, "JPEG"), "JPEG picture"),
        ("preview.png", picture(data, "PNG"), "PNG picture"),
        ("poster.pdf", pdf("A sample field", "Made for tests."), "PDF of one page"),
    ):
        write(f"{stem}_{suffix}", body, f"{note} made here")


def real_files(source: Path | None) -> list[Row]:
    """Copy the real files, or keep those that are here."""
    listed = (source / "MANIFEST.tsv") if source else MANIFEST
    with open(listed, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if source is None:
        return [row for row in rows if row["source"] not in sources_of_ours()]
    kept = []
    for row in rows:
        bucket, _, key = row["key"].partition("/")
        if bucket != "stpubdata" or key in LEFT_OUT:
            continue
        target = BUCKET / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / row["key"], target)
        kept.append({**row, "key": key})
    return kept


def sources_of_ours() -> tuple[str, ...]:
    return ("scripts/make_samples.py", FLT, LC, TP)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", type=Path, help="the folder with the real files")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = real_files(options.real)
    steps: list[Callable[[], None]] = [validation, full_frame, documents]
    association("ibg705080", "ibg705081", dict.fromkeys(("ibg705o8q", "ibg705obq"), "ibg705080"), 1)
    association("ibg706010", "ibg706011", {name: name for name in ("ibg706kpq", "ibg706krq")}, 5)
    tess(14, "2019198215352", "0150", 358.1)
    tess(15, "2019226182529", "0151", 386.1)
    for step in steps:
        step()
    rows += made
    wanted = {row["key"] for row in rows}
    for path in sorted(BUCKET.rglob("*")):
        if path.is_file() and path.relative_to(BUCKET).as_posix() not in wanted:
            path.unlink()
    with open(MANIFEST, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        out.writeheader()
        for row in sorted(rows, key=lambda row: row["key"]):
            body = (BUCKET / row["key"]).read_bytes()
            row["bytes"] = str(len(body))
            row["sha256"] = hashlib.sha256(body).hexdigest()
            out.writerow(row)
    total = sum(path.stat().st_size for path in BUCKET.rglob("*") if path.is_file())
    print(f"{len(rows)} objects, {total:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
