"""What folders say. The same rules as ``src/missions/folders.ts``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .names import parse_name
from .places import plain_number, tic_path
from .table import instrument_name, table
from .types import Group


@dataclass(frozen=True)
class Folder:
    """The folder of an observation."""

    title: str
    subtitle: str
    observation: str


def folder_of(key: str) -> str:
    """The key's folder with its trailing slash; empty at the bucket's root."""
    return key[: key.rfind("/") + 1]


_HST = re.compile(r"hst/public/([a-z0-9]{4})/(([a-z])[a-z0-9]{8})/")
_TIC = re.compile(r"tess/public/tid/s([0-9]{4})/([0-9]{4})/([0-9]{4})/([0-9]{4})/([0-9]{4})/")
_FFI = re.compile(r"tess/public/ffi/s([0-9]{4})/([0-9]{4})/([0-9]{3})/([1-4])-([1-4])/")
_KIC = re.compile(r"kepler/public/(lightcurves|target_pixel_files)/([0-9]{4})/([0-9]{9})/")
_JWST = re.compile(r"jwst/public/jw([0-9]{5})/(jw\1[0-9]{6})/")
_JWST3 = re.compile(r"jwst/public/jw([0-9]{5})/L3/t/([oc][0-9]{3,4})/")


def read_folder(prefix: str) -> Folder | None:
    """What the folder of an observation says; None for any other folder."""
    m = _HST.fullmatch(prefix)
    if m and m[2].startswith(m[1]):
        return Folder(m[2], instrument_name(m[3]) or "", m[2])
    m = _TIC.fullmatch(prefix)
    if m:
        tic = plain_number("".join(m.groups()[1:]))
        return Folder(f"TIC {tic}", f"sector {int(m[1])}", tic)
    m = _FFI.fullmatch(prefix)
    if m:
        return Folder(
            f"Camera {m[4]}, CCD {m[5]}",
            f"sector {int(m[1])}, day {m[3]} of {m[2]}",
            f"s{m[1]}-{m[4]}-{m[5]}",
        )
    m = _KIC.fullmatch(prefix)
    if m and m[3].startswith(m[2]):
        kic = plain_number(m[3])
        what = "light curves" if m[1] == "lightcurves" else "target pixels"
        return Folder(f"KIC {kic}", what, kic)
    m = _JWST.fullmatch(prefix)
    if m:
        return Folder(m[2], "JWST", m[2])
    m = _JWST3.fullmatch(prefix)
    if m:
        name = f"jw{m[1]}-{m[2]}"
        return Folder(name, "JWST, stage 3", name)
    return None


def _day_of_year(year: str, day: str) -> str | None:
    # Years that JavaScript and Python both know, and no mission is outside of.
    if not 1900 <= int(year) <= 9998 or not 1 <= int(day) <= 366:
        return None
    found = date(int(year), 1, 1) + timedelta(days=int(day) - 1)
    return found.isoformat() if found.year == int(year) else None


def _hst_kind(m: re.Match[str]) -> str | None:
    name = instrument_name(m[1])
    if not name:
        return None
    return name + (" · association" if m[2] in "0123456789" else " · exposure")


_KEPLER_TREES = "(?:lightcurves|target_pixel_files)"

_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"hst/public/([a-z])[a-z0-9]{3}/", lambda m: instrument_name(m[1])),
        (r"hst/public/[a-z0-9]{4}/([a-z])[a-z0-9]{7}([a-z0-9])/", _hst_kind),
        (r"tess/public/(?:tid|ffi)/s([0-9]{4})/", lambda m: f"Sector {int(m[1])}"),
        (
            r"tess/public/tid/s[0-9]{4}/([0-9]{4}(?:/[0-9]{4}){3})/",
            lambda m: f"TIC {plain_number(m[1].replace('/', ''))}",
        ),
        (
            r"tess/public/ffi/s[0-9]{4}/([0-9]{4})/([0-9]{3})/",
            lambda m: _day_of_year(m[1], m[2]),
        ),
        (
            r"tess/public/ffi/s[0-9]{4}/[0-9]{4}/[0-9]{3}/([1-4])-([1-4])/",
            lambda m: f"Camera {m[1]}, CCD {m[2]}",
        ),
        (
            rf"kepler/public/{_KEPLER_TREES}/[0-9]{{4}}/([0-9]{{9}})/",
            lambda m: f"KIC {plain_number(m[1])}",
        ),
        (rf"k2/public/{_KEPLER_TREES}/c([0-9]{{1,3}})/", lambda m: f"Campaign {m[1]}"),
        (
            rf"k2/public/{_KEPLER_TREES}/c[0-9]{{1,3}}/([0-9]{{4}})00000/",
            lambda m: f"EPIC {m[1]}00000 to {m[1]}99999",
        ),
        (
            rf"k2/public/{_KEPLER_TREES}/c[0-9]{{1,3}}/([0-9]{{4}})00000/([0-9]{{2}})000/",
            lambda m: f"EPIC {m[1]}{m[2]}000 to {m[1]}{m[2]}999",
        ),
        (r"jwst/public/jw([0-9]{5})/", lambda m: f"Program {int(m[1])}"),
        (
            r"jwst/public/jw([0-9]{5})/jw\1([0-9]{3})([0-9]{3})/",
            lambda m: f"Observation {int(m[2])}, visit {int(m[3])}",
        ),
        (r"jwst/public/jw[0-9]{5}/L3/", lambda m: "Stage 3, combined"),
        (
            r"jwst/public/jw[0-9]{5}/L3/t/o([0-9]{3})/",
            lambda m: f"Observation {int(m[1])}",
        ),
        (r"mast/hlsp/([^/]+)/", lambda m: table()["hlspCollections"].get(m[1])),
        (
            r"mast/hlsp/(?:qlp|tess-spoc|tglc|tica)/s([0-9]{4})/",
            lambda m: f"Sector {int(m[1])}",
        ),
        (
            r"panstarrs/ps1/public/rings\.v3\.skycell/([0-9]{4})/",
            lambda m: f"Projection cell {int(m[1])}",
        ),
        (
            r"panstarrs/ps1/public/rings\.v3\.skycell/[0-9]{4}/([0-9]{3})/",
            lambda m: f"Sky cell {int(m[1])}",
        ),
    )
)


def describe_folder(prefix: str) -> str | None:
    """What a folder holds, in a few words; None where nothing is certain."""
    path = prefix[:-1] if prefix.endswith("/") else prefix
    known = table()["folders"].get(path)
    if known:
        return known
    for pattern, say in _RULES:
        m = pattern.fullmatch(f"{path}/")
        if m:
            return say(m)
    return None


_K2 = re.compile(r"k2/public/[a-z_]+/c([0-9]{1,3})/[0-9]{4}00000/[0-9]{2}000/")


def group_of(key: str, shown_prefix: str) -> Group | None:
    """The heading under which a file stands: the folder it was found in.

    None for a key outside of the shown folder, and for one right in it when that folder is not
    an observation's.
    """
    prefix = folder_of(key)
    if not key.startswith(shown_prefix):
        return None
    folder = read_folder(prefix)
    if folder:
        return Group(prefix, folder.title, folder.subtitle)
    if len(prefix) <= len(shown_prefix):
        return None
    path = prefix[len(folder_of(shown_prefix)) : -1]
    k2 = _K2.fullmatch(prefix)
    if k2:
        return Group(prefix, describe_folder(prefix) or path, f"campaign {k2[1]}")
    if prefix.startswith("mast/hlsp/"):
        name = parse_name(key[len(prefix) :])
        if name.id and name.sector is not None and prefix.endswith("/" + tic_path(name.id)):
            return Group(
                prefix,
                f"TIC {plain_number(name.id)}",
                f"{name.collection}, sector {name.sector}",
            )
    return Group(prefix, path or prefix, describe_folder(prefix) or "")
