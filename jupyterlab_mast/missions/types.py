"""What the rules on names and places give. The same as ``src/missions/types.ts``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mission = Literal["hst", "tess", "kepler", "k2", "jwst", "hlsp", "ps1", "galex", "gaia", "roman"]
Level = Literal["raw", "cal", "combined", "aux", "preview"]
Kind = Literal[
    "image",
    "spectrum",
    "lightcurve",
    "targetpixels",
    "table",
    "text",
    "preview",
    "pdf",
    "other",
]


@dataclass(frozen=True)
class Product:
    """What the name and the place of one object say of it."""

    mission: Mission | None
    instrument: str | None
    """The instrument's short name, such as ``WFC3``."""
    observation: str | None
    """What the files of one observation have in common; from the key's folder where it is one."""
    suffix: str | None
    level: Level | None
    kind: Kind
    short_label: str
    full_label: str
    sector: int | None = None
    tic: str | None = None
    cadence: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class Group:
    """A heading over the files of one folder."""

    prefix: str
    title: str
    subtitle: str


@dataclass(frozen=True)
class SplitName:
    """A file name in three parts; put together they are the name again."""

    head: str
    suffix: str
    tail: str


@dataclass(frozen=True)
class KeyCandidates:
    """Where the object behind a name or URI may lie."""

    mission: Mission
    file: str
    keys: list[str]
    """Keys to try, the likeliest first; may be empty."""
    visit_prefix: str | None
    """List this without a delimiter and match the file name: better than ``keys``."""
    folder: str
    """The nearest folder that is sure to be the right one to show."""


@dataclass(frozen=True)
class ObjectAddress:
    """A bucket and a key, and the archive whose endpoint was recognised."""

    bucket: str
    key: str
    archive: str | None = None


@dataclass(frozen=True)
class KnownArchive:
    """A bucket and where it is served, to recognise its URLs."""

    bucket: str
    id: str | None = None
    region: str | None = None
    endpoint: str | None = None


@dataclass(frozen=True)
class GotoPlace:
    """A key or folder as it stands; without a bucket: in the current archive."""

    key: str
    bucket: str | None = None
    archive: str | None = None
    kind: Literal["place"] = "place"


@dataclass(frozen=True)
class GotoRootname:
    """An HST root name: list ``visit_prefix`` and look for ``folder``."""

    name: str
    visit_prefix: str
    folder: str
    kind: Literal["rootname"] = "rootname"


@dataclass(frozen=True)
class GotoVisit:
    """The beginning of HST root names (4 to 8 characters)."""

    name: str
    prefix: str
    folder: str
    kind: Literal["visit"] = "visit"


@dataclass(frozen=True)
class GotoHstFile:
    """A file of HST: list ``visit_prefix``, match the file name or its beginning."""

    file: str
    exact: bool
    visit_prefix: str
    folder: str
    keys: list[str]
    kind: Literal["hst-file"] = "hst-file"


@dataclass(frozen=True)
class GotoFile:
    """A file of another mission: HEAD ``keys`` in this order."""

    file: str
    keys: list[str]
    folder: str
    kind: Literal["file"] = "file"


@dataclass(frozen=True)
class GotoTessTarget:
    """A TESS target; without a sector, ask every one listed under ``sectors``."""

    tic: str
    sector: int | None
    prefixes: list[str]
    sectors: str
    path: str
    kind: Literal["tess-target"] = "tess-target"


@dataclass(frozen=True)
class GotoKeplerTarget:
    """A target of Kepler or K2; of K2 without a campaign, ask each of ``campaigns``."""

    kind: Literal["kepler-target", "k2-target"]
    id: str
    campaign: int | None
    prefixes: list[str]
    campaigns: list[str] = field(default_factory=list)
    path: str = ""


@dataclass(frozen=True)
class GotoUnknown:
    """Nothing recognised; ``nearest`` is a folder that could be shown, or empty."""

    text: str
    nearest: str = ""
    kind: Literal["unknown"] = "unknown"


Goto = (
    GotoPlace
    | GotoRootname
    | GotoVisit
    | GotoHstFile
    | GotoFile
    | GotoTessTarget
    | GotoKeplerTarget
    | GotoUnknown
)
