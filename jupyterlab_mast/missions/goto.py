"""What people type into "Go to". The same rules as ``src/missions/goto.ts``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .places import (
    TESS_TARGETS,
    hst_folder,
    hst_in,
    k2_prefixes,
    kepler_prefixes,
    places_of_name,
    plain_number,
    sector_name,
    tess_prefix,
    tic_path,
    visit_prefix,
)
from .table import instrument_name, lower
from .types import (
    Goto,
    GotoFile,
    GotoHstFile,
    GotoKeplerTarget,
    GotoPlace,
    GotoRootname,
    GotoTessTarget,
    GotoUnknown,
    GotoVisit,
    KeyCandidates,
    KnownArchive,
)
from .uri import (
    cut_url,
    decode_percent,
    keys_of_uri,
    parse_https_url,
    parse_s3_uri,
    query_value,
)

_HOMES = {
    "hst": "hst/public/",
    "hubble": "hst/public/",
    "tess": "tess/public/",
    "kepler": "kepler/public/",
    "k2": "k2/public/",
    "jwst": "jwst/public/",
    "webb": "jwst/public/",
    "hlsp": "mast/hlsp/",
    "ffi": "tess/public/ffi/",
    "panstarrs": "panstarrs/",
    "pan-starrs": "panstarrs/",
    "ps1": "panstarrs/ps1/public/",
    "galex": "galex/",
    "gaia": "gaia/",
    "roman": "roman/",
}

_QUOTED = re.compile(
    "[ \t\r\n]*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|<([^<>]*)>"
    "|\u201c([^\u201d]*)\u201d|\u2018([^\u2019]*)\u2019)?[ \t\r\n,;]*"
)


def _strip(text: str) -> str:
    out = re.sub("[\u00a0\u200b\ufeff]", " ", text)
    while True:
        m = _QUOTED.fullmatch(out)
        inner = next((part for part in m.groups() if part is not None), None) if m else None
        if inner is None:
            return out.strip(" \t\r\n")
        out = inner


def _from_candidates(found: KeyCandidates, text: str) -> Goto:
    if found.visit_prefix is not None:
        return GotoHstFile(found.file, True, found.visit_prefix, found.folder, found.keys)
    if found.keys:
        return GotoFile(found.file, found.keys, found.folder)
    return GotoUnknown(text, found.folder)


def tess_target(tic: str, sector: int | None) -> GotoTessTarget:
    """A TIC, with a sector or without."""
    plain = plain_number(tic)
    prefixes = [] if sector is None else [tess_prefix(plain, sector)]
    return GotoTessTarget(plain, sector, prefixes, TESS_TARGETS, tic_path(plain))


_SECTOR = r"(?:s|sec|sect|sector)[ .=#_-]*([0-9]{1,4})"
_TIC = r"(?:tic[ :#=_-]*(?:id[ :#=_-]*)?)"
_USUAL = re.compile(rf"{_TIC}?([0-9]{{1,16}})(?:[ ,;/_-]*{_SECTOR})?")
_TURNED = re.compile(rf"{_SECTOR}[ ,;/_-]+{_TIC}([0-9]{{1,16}})")
_SHORT = re.compile(rf"{_TIC}([0-9]{{5,16}})[ ,;]+([0-9]{{1,3}})")
_PATH = re.compile(r"(?:s([0-9]{4})/)?([0-9]{4})/([0-9]{4})/([0-9]{4})/([0-9]{4})/?")
_ALONE = re.compile(r"(?:tess[ ,]*)?(?:sec|sect|sector|s(?=[0-9]{4}\Z))[ .=#_-]*([0-9]{1,4})")


def _read_tic(text: str) -> Goto | None:
    turned = _TURNED.fullmatch(text)
    usual = _USUAL.fullmatch(text) or _SHORT.fullmatch(text)
    tic = sector = None
    if turned:
        tic, sector = turned[2], turned[1]
    elif usual:
        tic, sector = usual[1], usual[2]
    if tic and int(tic) > 0 and (sector is None or int(sector) > 0):
        return tess_target(tic, None if sector is None else int(sector))
    path = _PATH.fullmatch(text)
    if path:
        return tess_target("".join(path.groups()[1:]), int(path[1]) if path[1] else None)
    alone = _ALONE.fullmatch(text)
    return GotoPlace(f"{TESS_TARGETS}{sector_name(int(alone[1]))}/") if alone else None


_KIC = re.compile(r"kic[ :#=_-]*([0-9]{1,9})")
_EPIC = re.compile(
    r"(?:epic|k2)[ :#=_-]*([0-9]{9})(?:[ ,;/_-]*(?:c|campaign)[ .=#_-]*([0-9]{1,3}))?"
)


def _read_kepler(text: str) -> Goto | None:
    m = _KIC.fullmatch(text)
    if m and int(m[1]) > 0:
        return GotoKeplerTarget("kepler-target", plain_number(m[1]), None, kepler_prefixes(m[1]))
    m = _EPIC.fullmatch(text)
    if not m:
        return None
    epic = m[1]
    campaign = int(m[2]) if m[2] else None
    prefixes = (
        []
        if campaign is None
        else [f"{folder}ktwo{epic}" for folder in k2_prefixes(epic, campaign)]
    )
    campaigns = (
        ["k2/public/lightcurves/", "k2/public/target_pixel_files/"] if campaign is None else []
    )
    path = f"{epic[:4]}00000/{epic[4:6]}000/ktwo{epic}"
    return GotoKeplerTarget("k2-target", epic, campaign, prefixes, campaigns, path)


_TESS_NAME = re.compile(r"tess[0-9]{13}-(?:s[0-9]{4}-)?s([0-9]{4})-([0-9]{16})(?:-[a-z0-9_-]*)?")
_KEPLER_NAME = re.compile(r"kplr([0-9]{9})(?:[-_][a-z0-9_-]*)?")
_K2_NAME = re.compile(r"ktwo([0-9]{9})(?:-c([0-9]{2,3}))?(?:[-_][a-z0-9_-]*)?")
_JWST_NAME = re.compile(
    r"jw([0-9]{5})(?:([0-9]{6})(?:_[a-z0-9_-]*)?|-(o[0-9]{3})(?:_[a-z0-9_-]*)?)?"
)


def _read_observation(text: str) -> Goto | None:
    m = _TESS_NAME.fullmatch(text)
    if m:
        return tess_target(m[2], int(m[1]))
    m = _KEPLER_NAME.fullmatch(text)
    if m:
        return _read_kepler(f"kic {m[1]}")
    m = _K2_NAME.fullmatch(text)
    if m:
        return _read_kepler(f"epic {m[1]}" + (f" c{m[2]}" if m[2] else ""))
    m = _JWST_NAME.fullmatch(text)
    if m:
        below = f"jw{m[1]}{m[2]}/" if m[2] else f"L3/t/{m[3]}/" if m[3] else ""
        return GotoPlace(f"jwst/public/jw{m[1]}/{below}")
    return None


def _read_hst(text: str) -> Goto | None:
    if not instrument_name(text[:1]):
        return None
    if re.fullmatch(r"[a-z][a-z0-9]{8}", text):
        return GotoRootname(text, visit_prefix(text), hst_folder(text))
    home = f"hst/public/{text[:4]}/"
    if re.fullmatch(r"[a-z][a-z0-9]{3,7}", text):
        return GotoVisit(text, home + (text if len(text) > 4 else ""), home)
    if re.fullmatch(r"[a-z][a-z0-9]{8}_[a-z0-9_-]*\.?", text):
        return GotoHstFile(text, False, visit_prefix(text[:9]), home, [])
    return None


_LAB = re.compile(r"([^?#]*)\?([^#]*)(?:#.*)?", re.DOTALL)


def _lab(text: str) -> tuple[str, str, str] | None:
    m = _LAB.fullmatch(text)
    return ("", m[1], m[2]) if m and query_value(m[2], "mast") is not None else None


_ARCHIVE = re.compile(
    r"/(?:missions/(tess|kepler|k2|hst|jwst)|pub/(kepler|k2)|(hlsps?))/(.*)", re.DOTALL
)


def _read_address(text: str, archives: Sequence[KnownArchive], depth: int) -> Goto | None:
    found = parse_https_url(text, archives)
    if found:
        return GotoPlace(found.key, found.bucket, found.archive)
    cut = cut_url(text) or _lab(text)
    if not cut:
        return None
    host, path, query = cut
    inner = query_value(query, "mast")
    if inner is None and host == "mast.stsci.edu":
        inner = query_value(query, "uri")
    if inner is not None and depth < 2:
        place = _read(inner, archives, depth + 1)
        archive = query_value(query, "archive")
        if archive and isinstance(place, GotoPlace) and place.archive is None:
            return replace(place, archive=archive)
        return place
    if host == "archive.stsci.edu":
        m = _ARCHIVE.fullmatch(decode_percent(path))
        if m:
            return GotoPlace(f"mast/hlsp/{m[4]}" if m[3] else f"{m[1] or m[2]}/public/{m[4]}")
    return GotoUnknown(text)


_ARN = re.compile(r"arn:aws[a-z-]*:s3:::([^/]+)(?:/(.*))?", re.DOTALL)
_DATASET = re.compile(r"([a-z][a-z0-9]{8})/([a-z0-9]{9}_[^/]+)", re.IGNORECASE)


def _read(raw: str, archives: Sequence[KnownArchive], depth: int) -> Goto:
    text = _strip(raw)
    s3 = parse_s3_uri(text)
    if s3:
        return GotoPlace(s3.key, s3.bucket)
    arn = _ARN.fullmatch(text)
    if arn:
        return GotoPlace(arn[2] or "", arn[1])
    if re.match(r"https?://", text, re.IGNORECASE) or _lab(text):
        return _read_address(text, archives, depth) or GotoUnknown(text)
    if re.match(r"mast:", text, re.IGNORECASE):
        found = keys_of_uri(decode_percent(text))
        return _from_candidates(found, text) if found else GotoUnknown(text, _nearest(text))
    small = re.sub(r"[ \t]+", " ", lower(text))
    home = _HOMES.get(small[:-1] if small.endswith("/") else small)
    if home is not None:
        return GotoPlace(home)
    target = _read_tic(small) or _read_kepler(small) or _read_observation(small)
    if target:
        return target
    if "/" in text:
        dataset = _DATASET.fullmatch(text)
        if dataset and instrument_name(lower(dataset[1][0])):
            return _from_candidates(hst_in(lower(dataset[1]), dataset[2]), text)
        return GotoPlace(text[1:] if text.startswith("/") else text)
    named = places_of_name(text)
    # Without an extension an HST name is the beginning of file names.
    if named and (named.mission != "hst" or re.search(r"\.[a-z]", named.file)):
        return _from_candidates(named, text)
    return _read_hst(small) or GotoUnknown(text, _nearest(text))


def _nearest(text: str) -> str:
    small = lower(text)
    m = re.match(r"mast:([a-z0-9]+)", small)
    if m and m[1] in _HOMES:
        return _HOMES[m[1]]
    for pattern, mission in (
        (r"hst_", "hst"),
        (r"tess[0-9-]", "tess"),
        (r"kplr", "kepler"),
        (r"ktwo", "k2"),
        (r"jw[0-9]", "jwst"),
        (r"hlsp_", "hlsp"),
    ):
        if re.match(pattern, small):
            return _HOMES[mission]
    return ""


def go_to(text: str, archives: Sequence[KnownArchive] = ()) -> Goto:
    """What a text typed or pasted into "Go to" asks for. Any string is answered."""
    # Keys have 1,024 bytes at most, 3,072 when encoded.
    return GotoUnknown(text) if len(text) > 4096 else _read(text, archives, 0)
