"""What the accountant says of each root, in a file that all processes of a home read."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..files import write_whole

#: What counts against the limit: bytes on disk, which is what EFS meters, or lengths of files.
Counts = Literal["allocated", "apparent"]


#: Seconds for which copies are held against figures that nobody publishes again, at least, and
#: how many looks of a server may fail to come before.
LASTS, LOOKS = 3600.0, 4

#: What is said of the limit of a root, by its names in `Usage`.
LIMIT = ("limit", "source", "reserve", "limit_problem")

#: What is measured of a root, by its names in `Usage`; the rest is set.
FIGURES = (
    "allocated",
    "apparent",
    "files",
    "folders",
    "unreadable",
    "measured",
    "refreshed",
    "swept",
    "reread",
    "seen",
)


@dataclass(frozen=True)
class Usage:
    """Of one root. Bytes, counts, and seconds since 1970."""

    id: str
    title: str
    path: str
    allocated: int = 0
    apparent: int = 0
    files: int = 0
    folders: int = 0
    #: Folders that could not be read: what is in them may be missing.
    unreadable: int = 0
    counts: Counts = "allocated"
    limit: int | None = None
    #: Who set the limit, see ``limits.Source``.
    source: str | None = None
    #: Why the limit of now cannot be told; then it is the last one that was known.
    limit_problem: str | None = None
    #: Kept free so that a person over the limit can start a server and clean up.
    reserve: int = 0
    #: Whether a copy that passes the limit is refused, and not only warned of.
    hard: bool = True
    #: When all was read, and when the last refresh began; None before the first count has ended.
    measured: float | None = None
    refreshed: float | None = None
    #: What was made, removed or moved before `swept` is counted, and what grew before `reread`.
    swept: float | None = None
    reread: float | None = None
    #: Files that the count under way has seen; None while none is.
    counting: int | None = None
    #: Why it cannot be measured.
    problem: str | None = None
    #: Seconds after which nobody who measures can have published it.
    lasts: float = LASTS
    #: What owners of reservations had written when the last refresh began.
    seen: Mapping[str, int] = field(default_factory=dict)

    @property
    def used(self) -> int:
        """What counts against the limit, as measured."""
        return self.allocated if self.counts == "allocated" else self.apparent

    @property
    def room(self) -> int | None:
        """What the limit leaves, without what is reserved; None where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used - self.reserve)

    def with_figures_of(self, other: Usage) -> Usage:
        """These settings, and what `other` says was measured."""
        return replace(self, **{name: getattr(other, name) for name in FIGURES})

    def as_told_by(self, other: Usage, counts: bool) -> Usage:
        """These settings, and what `other` says of who measures now; `counts`: whether somebody can
        be counting who has said so."""
        counting = other.counting if counts else None
        return replace(self.with_figures_of(other), problem=other.problem, counting=counting)

    def with_known_limit(self, before: Usage) -> Usage:
        """With the limit of `before`, where that of now cannot be told."""
        if self.limit_problem is None:
            return self
        return replace(self, limit=before.limit, source=before.source, reserve=before.reserve)

    def with_limit_of(self, now: Usage) -> Usage:
        """With the limit of `now`; with the last one that was known where that cannot be told."""
        known = now.with_known_limit(self)
        return replace(self, **{name: getattr(known, name) for name in LIMIT})

    def with_written(self, written: Mapping[str, int]) -> Usage:
        """With what owners have written since it was measured."""
        more = sum(max(0, size - self.seen.get(owner, 0)) for owner, size in written.items())
        return replace(self, allocated=self.allocated + more, apparent=self.apparent + more)


#: When it was published, in seconds since 1970, beside what is in a `Usage`.
_TOLD = "told"
_NAMES = frozenset(one.name for one in fields(Usage))


def write_usages(path: Path, usages: Sequence[Usage], *, beside: bool = False) -> None:
    """Publish what is known, `beside` what was published of other roots, or in its place. Raises
    OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = {usage.path for usage in usages}
    before = _read(path) if beside else []
    # They stay where they are: the first root is the home.
    at = next((at for at, one in enumerate(before) if one.usage.path in mine), len(before))
    values = [one.value for one in before if one.usage.path not in mine]
    values[at:at] = [{**asdict(usage), _TOLD: time.time()} for usage in usages]
    write_whole(path, values)


def last_written(path: Path) -> tuple[int, int] | None:
    """Which file is there: another one whenever somebody has published. None without any."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


def read_usages_in_force(path: Path) -> list[Usage]:
    """Those that somebody has published who may still measure: of others nobody knows what has
    become of them. The age of the file is by one clock, how much older others in it are by that of
    who wrote them."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return []
    published = _read(path)
    newest = max((one.told for one in published if math.isfinite(one.told)), default=0.0)
    return [one.usage for one in published if age + max(0.0, newest - one.told) < one.usage.lasts]


def read_usages(path: Path) -> list[Usage]:
    """What was published last; nothing where nothing was, or it cannot be read."""
    return [one.usage for one in _read(path)]


def usages_by_path(path: Path) -> dict[str, Usage]:
    """The same, by the path of the root."""
    return {usage.path: usage for usage in read_usages(path)}


class _Published(NamedTuple):
    """What the file says of one root; `told` is infinite where it does not say when."""

    value: dict[str, Any]
    usage: Usage
    told: float


def _read(path: Path) -> list[_Published]:
    """What was published last; see `read_usages`."""
    try:
        return [
            _Published(value, _usage(value), float(value.get(_TOLD, math.inf)))
            for value in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def _usage(value: Mapping[str, Any]) -> Usage:
    """What another version knows besides is passed over. Raises TypeError and AttributeError."""
    return Usage(**{name: one for name, one in value.items() if name in _NAMES})
