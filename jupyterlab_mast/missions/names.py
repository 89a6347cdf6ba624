"""What a file name alone says. The same rules as ``src/missions/names.ts``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .table import instrument_name, lower, table
from .types import Mission, SplitName


@dataclass(frozen=True)
class ParsedName:
    """A file name, read."""

    mission: Mission | None = None
    head: str = ""
    suffix: str = ""
    tail: str = ""
    at: int = 0
    extension: str = ""
    code: str = ""
    thumb: bool = False
    root: str | None = None
    instrument: str | None = None
    id: str | None = None
    first_sector: int | None = None
    sector: int | None = None
    campaign: int | None = None
    cadence: str | None = None
    camera: str | None = None
    ccd: str | None = None
    date: str | None = None
    program: str | None = None
    exposure: str | None = None
    association: str | None = None
    collection: str | None = None
    target: str | None = None
    projection: str | None = None
    skycell: str | None = None
    filter: str | None = None


Parser = Callable[[str, str], ParsedName | None]

_PACKED = ("gz", "fz", "bz2", "xz", "z", "zip")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}\Z")


def _cut_extension(name: str) -> int:
    one = _EXTENSION.search(name)
    if not one or one.start() == 0:
        return len(name)
    if lower(one.group()[1:]) in _PACKED:
        two = _EXTENSION.search(name[: one.start()])
        if two and two.start() > 0:
            return two.start()
    return one.start()


_HST = re.compile(r"([a-z])[a-z0-9]{8}_([a-z0-9][a-z0-9_-]*)")


def _hst(stem: str, _: str) -> ParsedName | None:
    m = _HST.fullmatch(stem)
    instrument = instrument_name(m[1]) if m else None
    if not m or not instrument:
        return None
    return ParsedName(mission="hst", at=10, code=m[2], root=stem[:9], instrument=instrument)


_HAP = re.compile(
    r"hst_(?:[0-9]{4,5}_[a-z0-9]{2}|skycell-p[0-9]{4}x[0-9]{2}y[0-9]{2})"
    r"_([a-z0-9]+)_[a-z0-9]+_([a-z0-9_-]+)"
)
_HAP_ROOT = re.compile(r"_([a-z][a-z0-9]{5,8})_[a-z0-9-]+\Z")
_HAP_NAMES = {
    "acs": "ACS",
    "wfc3": "WFC3",
    "wfpc2": "WFPC2",
    "nicmos": "NICMOS",
    "stis": "STIS",
    "cos": "COS",
}


def _hap(stem: str, _: str) -> ParsedName | None:
    m = _HAP.fullmatch(stem)
    if not m:
        return None
    cut = m[2].rfind("_")
    code = m[2][cut + 1 :]
    root = _HAP_ROOT.search(stem)
    return ParsedName(
        mission="hst",
        at=len(stem) - len(code),
        code=code,
        instrument=_HAP_NAMES.get(m[1], m[1].upper()),
        filter="" if cut < 0 else m[2].split("_")[0],
        root=root[1] if root and instrument_name(root[1][0]) else None,
    )


_TESS_TARGET = re.compile(
    r"tess([0-9]{7})[0-9]{6}-s([0-9]{4})-([0-9]{16})-[0-9]{4}-[xsab]_((?:fast-)?(?:lc|tp))"
)


def _tess_target(stem: str, _: str) -> ParsedName | None:
    m = _TESS_TARGET.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="tess",
        at=len(stem) - len(m[4]) - 2,
        code=m[4],
        date=m[1],
        first_sector=int(m[2]),
        sector=int(m[2]),
        id=m[3],
        cadence="20 s" if m[4].startswith("fast-") else "2 min",
    )


_TESS_DV = re.compile(
    r"tess([0-9]{7})[0-9]{6}-s([0-9]{4})-s([0-9]{4})-([0-9]{16})(?:-[0-9]{2})?-[0-9]{5}"
    r"_(dv[trsm])"
)


def _tess_dv(stem: str, _: str) -> ParsedName | None:
    m = _TESS_DV.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="tess",
        at=len(stem) - 3,
        code=m[5],
        date=m[1],
        first_sector=int(m[2]),
        sector=int(m[3]),
        id=m[4],
    )


_TESS_FFI = re.compile(
    r"tess([0-9]{7})[0-9]{6}-s([0-9]{4})-([1-4])-([1-4])-[0-9]{4}-[xsab]_([a-z][a-z-]*)"
)


def _tess_ffi(stem: str, _: str) -> ParsedName | None:
    m = _TESS_FFI.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="tess",
        at=len(stem) - len(m[5]) - 2,
        code=m[5],
        date=m[1],
        first_sector=int(m[2]),
        sector=int(m[2]),
        camera=m[3],
        ccd=m[4],
    )


_TESS_CUBE = re.compile(r"tess-s([0-9]{4})-([1-4])-([1-4])-cube")


def _tess_cube(stem: str, _: str) -> ParsedName | None:
    m = _TESS_CUBE.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="tess",
        at=len(stem) - 4,
        code="cube",
        first_sector=int(m[1]),
        sector=int(m[1]),
        camera=m[2],
        ccd=m[3],
    )


def _kepler_cadence(code: str) -> str | None:
    if re.match(r"llc|lpd-", code):
        return "30 min"
    return "1 min" if re.match(r"slc|spd-", code) else None


_KEPLER = re.compile(r"kplr([0-9]{13}|[0-9]{9}(?![0-9]))([a-z0-9-]*)_([a-z][a-z-]*)")


def _kepler(stem: str, _: str) -> ParsedName | None:
    m = _KEPLER.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="kepler",
        at=len(stem) - len(m[3]),
        code=m[3],
        instrument="Kepler",
        cadence=_kepler_cadence(m[3]),
        id=m[1] if len(m[1]) == 9 else None,
    )


_K2 = re.compile(
    r"ktwo([0-9]{13}|[0-9]{9})-(?:unofficial-)?c([0-9]{2,3})([a-z0-9-]*)_([a-z][a-z-]*)"
)


def _k2(stem: str, _: str) -> ParsedName | None:
    m = _K2.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="k2",
        at=len(stem) - len(m[4]),
        code=m[4],
        instrument="Kepler",
        cadence=_kepler_cadence(m[4]),
        campaign=int(m[2]),
        id=m[1] if len(m[1]) == 9 else None,
    )


_DETECTOR = re.compile(r"(nrc|nrs|nis|mir)[a-z0-9]*|(guider)[12]|(nircam|nirspec|niriss|miri|fgs)")


def _jwst_instrument(parts: list[str]) -> str | None:
    for part in parts:
        m = _DETECTOR.fullmatch(part)
        if m:
            return table()["jwstDetectors"].get(m[1] or m[2] or m[3])
    return None


_JWST = re.compile(
    r"jw([0-9]{5})(?:([0-9]{6})|-([oc][0-9]{3,4}))?(_[a-z0-9_-]*)?_([a-z0-9][a-z0-9-]*)"
)


def _jwst(stem: str, _: str) -> ParsedName | None:
    m = _JWST.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="jwst",
        at=len(stem) - len(m[5]),
        code=m[5],
        program=m[1],
        exposure=m[2],
        association=m[3],
        instrument=_jwst_instrument((m[4] or "").split("_")),
    )


def _hlsp(stem: str, _: str) -> ParsedName | None:
    parts = stem.split("_")
    if parts[0] != "hlsp" or len(parts) < 5 or "" in parts:
        return None
    code = parts[-1]
    # hlsp_{project}_{mission}_{instrument}_{target}_{filter}_{version}_{type}
    full = len(parts) >= 8
    target = "_".join(parts[4 : -3 if full else -2])
    gaia = re.match(r"gaiaid-([0-9]+)", target)
    rest = "_".join(parts[3:])
    tess = parts[2] == "tess"
    sector = re.search(r"(?:^|[_-])s([0-9]{4}|[0-9]{2})(?=[_-]|\Z)", rest) if tess else None
    tic = (
        re.search(r"(?:^|[_-])(?:tic)?([0-9]{16}|[0-9]{11})(?=[_-]|\Z)", rest)
        if tess and "gaiaid" not in rest
        else None
    )
    return ParsedName(
        mission="hlsp",
        at=len(stem) - len(code),
        code=code,
        collection=parts[1],
        target=f"Gaia {gaia[1]}" if gaia else target,
        filter=parts[-3] if full else None,
        sector=int(sector[1]) if sector else None,
        id=tic[1].zfill(16) if tic else None,
    )


_PS1 = re.compile(r"rings\.v3\.skycell\.([0-9]{4})\.([0-9]{3})\.([a-z]+)\.([grizyw])\.([a-z0-9.]+)")


def _ps1(stem: str, _: str) -> ParsedName | None:
    m = _PS1.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="ps1",
        at=len("rings.v3.skycell.0000.000."),
        code=m[5],
        projection=m[1],
        skycell=m[2],
        filter=m[4],
    )


_GALEX = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*-([fnx])d-([a-z]+)")


def _galex(stem: str, extension: str) -> ParsedName | None:
    m = _GALEX.fullmatch(stem)
    if not m or not extension.startswith("fits") or m[2] not in table()["galex"]:
        return None
    return ParsedName(
        mission="galex",
        at=len(stem) - len(m[2]) - 3,
        code=m[2],
        filter={"f": "FUV", "n": "NUV", "x": "FUV and NUV"}[m[1]],
    )


_ROMAN = re.compile(r"r[0-9]{19}_[0-9]{4}_(wfi[0-9]{2})_(?:(f[0-9]{3}|grism|prism)_)?([a-z]+)")


def _roman(stem: str, _: str) -> ParsedName | None:
    m = _ROMAN.fullmatch(stem)
    if not m:
        return None
    return ParsedName(
        mission="roman",
        at=len(stem) - len(m[3]),
        code=m[3],
        instrument="WFI",
        exposure=stem[: stem.index("_")],
        filter=m[2],
    )


_PARSERS: tuple[Parser, ...] = (
    _hap,
    _hst,
    _tess_target,
    _tess_dv,
    _tess_ffi,
    _tess_cube,
    _kepler,
    _k2,
    _jwst,
    _hlsp,
    _ps1,
    _galex,
    _roman,
)


def parse_name(name: str) -> ParsedName:
    """Read a file name, in any case. Any string is answered."""
    cut = _cut_extension(name)
    extension = lower(name[cut + 1 :])
    small = lower(name[:cut])
    thumb = re.search(r"_(?:thumb|small)\Z", small)
    stem = small[: thumb.start()] if thumb else small
    for parse in _PARSERS:
        found = parse(stem, extension)
        if found:
            return replace(
                found,
                extension=extension,
                thumb=thumb is not None,
                head=name[: found.at],
                suffix=name[found.at : len(stem)],
                tail=name[len(stem) :],
            )
    return ParsedName(extension=extension, head=name[:cut], tail=name[cut:])


def split_name(name: str) -> SplitName:
    """The parts of a file name around its product suffix."""
    found = parse_name(name)
    return SplitName(found.head, found.suffix, found.tail)
