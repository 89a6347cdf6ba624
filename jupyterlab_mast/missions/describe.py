"""What an object is, from its key. The same rules as ``src/missions/describe.ts``."""

from __future__ import annotations

import re

from .folders import folder_of, read_folder
from .names import ParsedName, parse_name
from .places import plain_number
from .table import Entry, table
from .types import Kind, Mission, Product

_ROOTS: tuple[tuple[str, Mission], ...] = (
    ("hst/", "hst"),
    ("tess/", "tess"),
    ("kepler/", "kepler"),
    ("k2/", "k2"),
    ("jwst/", "jwst"),
    ("mast/hlsp/", "hlsp"),
    ("panstarrs/ps1/", "ps1"),
    ("galex/", "galex"),
    ("gaia/", "gaia"),
    ("roman/", "roman"),
)


def mission_of_path(key: str) -> Mission | None:
    """The mission whose part of the bucket a key lies in."""
    return next((mission for root, mission in _ROOTS if key.startswith(root)), None)


def _entry_of(name: ParsedName) -> Entry | None:
    names = table()
    match name.mission:
        case "hst":
            for entry in names["hst"]["suffixes"].get(name.code, []):
                if "instruments" not in entry or name.instrument in entry["instruments"]:
                    return entry
            return None
        case "tess":
            return names["tess"].get(name.code)
        case "kepler" | "k2":
            return names["kepler"].get(name.code)
        case "jwst":
            return names["jwst"].get(name.code)
        case "hlsp":
            return names["hlsp"].get(name.code)
        case "ps1":
            return names["ps1"].get(name.code)
        case "galex":
            return names["galex"].get(name.code)
        case "roman":
            return names["roman"].get(name.code)
        case _:
            return None


def _brand(name: ParsedName, mission: Mission) -> str:
    if mission == "hlsp" and name.collection:
        return f"HLSP {name.collection}"
    if mission in ("kepler", "k2", "hlsp"):
        return table()["missions"][mission]
    return name.instrument or table()["missions"][mission]


def _details(name: ParsedName) -> list[str]:
    out: list[str] = []
    if name.cadence:
        out.append(name.cadence)
    if name.camera and name.ccd:
        out.append(f"camera {name.camera}, CCD {name.ccd}")
    if name.sector is not None:
        first = name.sector if name.first_sector is None else name.first_sector
        out.append(
            f"sector {name.sector}" if first == name.sector else f"sectors {first} to {name.sector}"
        )
    if name.campaign is not None:
        out.append(f"campaign {name.campaign}")
    if name.mission == "ps1":
        out.append(f"{name.filter} band")
    elif name.mission == "galex" and name.filter:
        out.append(name.filter)
    elif name.filter and re.match(r"f[0-9]{3}", name.filter):
        out.append(name.filter.upper())
    return out


def _target_of(name: ParsedName) -> str | None:
    if name.id:
        catalogue = {"kepler": "KIC", "k2": "EPIC"}.get(name.mission or "", "TIC")
        return f"{catalogue} {plain_number(name.id)}"
    return name.target or None


def _observation_of(name: ParsedName) -> str | None:
    match name.mission:
        case "hst":
            return name.root
        case "tess" if not name.id:
            return f"s{name.sector:04d}-{name.camera}-{name.ccd}" if name.camera else None
        case "tess" | "kepler" | "k2":
            return plain_number(name.id) if name.id else None
        case "jwst":
            if name.exposure:
                return f"jw{name.program}{name.exposure}"
            return f"jw{name.program}-{name.association}" if name.association else None
        case "hlsp":
            return plain_number(name.id) if name.id else name.target or None
        case "ps1":
            return f"{name.projection}.{name.skycell}"
        case "roman":
            return name.exposure
        case _:
            return None


def _kind_of(name: ParsedName, entry: Entry | None) -> Kind:
    known = table()["extensions"].get(name.extension)
    if known and known["kind"] != "other":
        return known["kind"]
    return entry["kind"] if entry else "other"


def _in_sentence(label: str) -> str:
    if re.match(r"(?!Parquet|Python)[A-Z][a-z]", label):
        return label[0].lower() + label[1:]
    return label


def _describe_other(name: ParsedName, mission: Mission | None, observation: str | None) -> Product:
    known = table()["extensions"].get(name.extension)
    if known:
        label = known["label"]
    else:
        label = f"{name.extension.upper()} file" if name.extension else "File"
    return Product(
        mission=mission,
        instrument=None,
        observation=observation,
        suffix=None,
        level="preview" if known and known["kind"] == "preview" else None,
        kind=known["kind"] if known else "other",
        short_label=label,
        full_label=(
            f"{table()['missions'][mission]} · {_in_sentence(label)}" if mission else label
        ),
    )


def describe_key(key: str) -> Product:
    """What an object is, from its key or file name alone. Any string is answered."""
    folder = folder_of(key)
    name = parse_name(key[len(folder) :])
    place = mission_of_path(key)
    entry = _entry_of(name)
    mission = name.mission
    found = read_folder(folder)
    if not mission or (
        # An HST-like name elsewhere may be chance: `notebooks_old.txt`.
        mission == "hst" and place != "hst" and not entry and not name.extension.startswith("fits")
    ):
        return _describe_other(name, place, found.observation if found else None)
    preview = _kind_of(name, None) == "preview"
    code = name.code if name.suffix else ""
    parts = ", ".join([entry["full"] if entry else code, *_details(name)])
    tag = f" ({code})" if mission in ("hst", "jwst", "hlsp") and entry else ""
    if preview:
        short = "Preview, small" if name.thumb else "Preview"
    elif entry:
        short = entry["short"] + (f", {name.cadence}" if name.cadence else "")
    else:
        short = code
    return Product(
        mission=mission,
        instrument=name.instrument,
        observation=found.observation if found and place == mission else _observation_of(name),
        suffix=code or None,
        level="preview" if preview else entry["level"] if entry else None,
        kind=_kind_of(name, entry),
        short_label=short,
        full_label=f"{_brand(name, mission)} · {'preview: ' if preview else ''}{parts}{tag}",
        sector=name.sector,
        tic=plain_number(name.id) if name.id and mission in ("tess", "hlsp") else None,
        cadence=name.cadence,
        target=_target_of(name),
    )
