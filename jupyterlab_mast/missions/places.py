"""Where files lie, by their names. The same rules as ``src/missions/places.ts``."""

from __future__ import annotations

import re

from .names import ParsedName, parse_name
from .table import lower, table
from .types import KeyCandidates

TESS_TARGETS = "tess/public/tid/"


def sector_name(sector: int) -> str:
    """The folder name of a sector: ``s0014``."""
    return f"s{sector:04d}"


def tic_path(tic: str) -> str:
    """The folders of a TIC below its sector: ``0000/0003/7778/0790/``."""
    digits = tic.rjust(16, "0")
    return f"{digits[:4]}/{digits[4:8]}/{digits[8:12]}/{digits[12:]}/"


def tess_prefix(tic: str, sector: int) -> str:
    """The folder of one TESS target in one sector."""
    return f"{TESS_TARGETS}{sector_name(sector)}/{tic_path(tic)}"


def plain_number(digits: str) -> str:
    """Digits without leading zeros."""
    return re.sub(r"\A0+(?=[0-9])", "", digits)


def kepler_prefixes(kic: str) -> list[str]:
    """The folders that Kepler keeps for one target."""
    kic = kic.rjust(9, "0")
    return [
        f"kepler/public/{kind}/{kic[:4]}/{kic}/" for kind in ("lightcurves", "target_pixel_files")
    ]


def k2_prefixes(epic: str, campaign: int) -> list[str]:
    """The folders, shared by a thousand targets, in which a K2 target lies."""
    epic = epic.rjust(9, "0")
    return [
        f"k2/public/{kind}/c{campaign}/{epic[:4]}00000/{epic[4:6]}000/"
        for kind in ("lightcurves", "target_pixel_files")
    ]


def visit_prefix(root: str) -> str:
    """The prefix under which all folders of the visit of an HST root begin."""
    return f"hst/public/{root[:4]}/{root[:6]}"


def hst_folder(root: str) -> str:
    """The folder of an HST root name if it has one of its own."""
    return f"hst/public/{root[:4]}/{root}/"


def hst_in(root: str, file: str) -> KeyCandidates:
    """A file in the folder of a known observation of HST."""
    file = lower(file)
    return KeyCandidates(
        "hst", file, [hst_folder(root) + file], visit_prefix(root), f"hst/public/{root[:4]}/"
    )


def _tess_folder(name: ParsedName) -> str:
    sector = name.sector or 0
    if name.id:
        return tess_prefix(name.id, sector)
    if name.code == "cube":
        return "tess/public/mast/"
    date = name.date or ""
    return f"tess/public/ffi/{sector_name(sector)}/{date[:4]}/{date[4:]}/{name.camera}-{name.ccd}/"


def _kepler_folder(name: ParsedName) -> tuple[str, bool]:
    if name.id and re.fullmatch(r"[ls]lc|[ls]pd-targ", name.code):
        folders = (
            k2_prefixes(name.id, name.campaign or 0)
            if name.mission == "k2"
            else kepler_prefixes(name.id)
        )
        return folders[1 if name.code.endswith("targ") else 0], True
    return f"{name.mission}/public/", False


def _jwst_folder(name: ParsedName) -> tuple[str, bool]:
    base = f"jwst/public/jw{name.program}/"
    if name.exposure:
        return f"{base}jw{name.program}{name.exposure}/", True
    if name.association and name.association.startswith("o"):
        return f"{base}L3/t/{name.association}/", True
    return (f"{base}L3/" if name.association else base), False


def places_of_name(file: str) -> KeyCandidates | None:
    """Where a file of this name may lie; None where the name says no place."""
    name = parse_name(file)
    small = lower(file)
    folder, exact = "", True
    match name.mission:
        case "hst":
            if not name.root:
                return None
            keys = [hst_folder(name.root) + small] if len(name.root) == 9 else []
            return KeyCandidates(
                "hst", small, keys, visit_prefix(name.root), f"hst/public/{name.root[:4]}/"
            )
        case "tess":
            folder = _tess_folder(name)
        case "kepler" | "k2":
            folder, exact = _kepler_folder(name)
        case "jwst":
            folder, exact = _jwst_folder(name)
        case "ps1":
            folder = f"panstarrs/ps1/public/rings.v3.skycell/{name.projection}/{name.skycell}/"
        case "hlsp":
            known = name.collection in table()["hlspCollections"]
            folder, exact = (f"mast/hlsp/{name.collection}/" if known else "mast/hlsp/"), False
        case _:
            return None
    keys = [folder + small] if exact else []
    if exact and re.fullmatch(r"[ls]pd-targ", name.code):
        # The archive keeps target pixel files gzipped; people drop the `.gz`.
        if small.endswith(".gz"):
            keys.append(folder + small[:-3])
        else:
            keys.insert(0, f"{folder}{small}.gz")
    return KeyCandidates(name.mission, small, keys, None, folder)
