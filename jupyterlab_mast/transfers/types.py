"""The words of a transfer, shared by engine, planner, server and command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Literal

from ..archive.interface import Archive
from ..files import on_disk
from .copyrecord import Check

Layout = Literal["observation", "flat", "archive", "mastdownload"]
Conflict = Literal["ask", "skip", "replace", "keep-both"]
#: When a planned transfer starts: by itself if nothing is in the way and it is small; always; or
#: only when somebody says so.
Start = Literal["auto", "now", "ask"]


class State(str, Enum):
    """What a transfer is doing. The last four are ends; nothing leaves them by itself."""

    PLANNING = "planning"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    DONE = "done"
    DONE_WITH_FAILURES = "done-with-failures"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDS


ENDS = frozenset({State.DONE, State.DONE_WITH_FAILURES, State.FAILED, State.CANCELLED})

#: What a waiting transfer waits for.
WaitReason = Literal["network", "space", "quota"]


@dataclass(frozen=True)
class Source:
    """What to copy: one object, or all objects whose keys begin with `prefix`."""

    key: str | None = None
    prefix: str | None = None
    #: Where a listing or list of objects told them already: size in bytes and ETag with quotes.
    size: int | None = None
    etag: str | None = None
    #: Where the object goes below the target, whatever the layout: where it was before.
    path: str | None = None


@dataclass(frozen=True)
class Request:
    """What somebody asked for. Written once, and never changed by the engine."""

    id: str
    archive: Archive
    sources: tuple[Source, ...]
    #: The folder to copy into, absolute, without links (``os.path.realpath``).
    target: str
    #: The folder that nothing may leave, absolute, without links; `target` is it or below it.
    root: str
    layout: Layout = "observation"
    conflict: Conflict = "ask"
    start: Start = "auto"
    #: Whether only the versions that the sources name will do, as of a list of somebody else's
    #: files; otherwise an object that was replaced meanwhile is copied as it is now.
    exact: bool = False
    #: Kinds of files that are left out, by their names (kinds.py).
    without: tuple[str, ...] = ()
    #: Kinds that are left out of what was still to be copied when that was chosen, after the
    #: begin: the plan's file keeps them, since journals name files by their numbers in it.
    left_out: tuple[str, ...] = ()
    #: Seconds since 1970.
    created: float = 0.0
    title: str = ""
    origin: Literal["page", "command", "python"] = "page"

    def to_json(self) -> dict[str, Any]:
        """Plain values for `request.json`."""
        return {**asdict(self), "archive": self.archive.model_dump(mode="json")}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Request:
        """The opposite of `to_json`. Raises ValueError, KeyError or TypeError when damaged."""
        more = dict(value)
        more["archive"] = Archive.model_validate(more["archive"])
        more["sources"] = tuple(Source(**one) for one in more["sources"])
        more["without"] = tuple(more.get("without", ()))
        more["left_out"] = tuple(more.get("left_out", ()))
        return cls(**more)


@dataclass(frozen=True)
class Object:
    """One object of a transfer's plan, as the listing gave it."""

    #: Its number in the plan, from 0.
    index: int
    key: str
    #: Bytes.
    size: int
    #: With its quotes, as S3 gives it; "" where the store has none.
    etag: str
    #: Seconds since 1970; None where the listing did not say.
    modified: float | None
    #: Where it goes below the target, with ``/``; no part is empty, ``.`` or ``..``.
    path: str


#: What became of a file. "waiting" and "running" are not ends; "left-out" is none that is kept:
#: it follows from the request.
Outcome = Literal["waiting", "running", "copied", "identical", "skipped", "failed", "left-out"]
End = Literal["copied", "identical", "skipped", "failed", "left-out"]

FailureKind = Literal[
    "network",
    "throttled",
    "forbidden",
    "not-found",
    "changed",
    "other-version",
    "checksum",
    "malformed",
    "space",
    "quota",
    "in-the-way",
    "target",
    "read-only",
    "internal",
]


#: What passes without anybody's doing: the archive, or the way to it, is out of reach for a while.
PASSING: frozenset[str] = frozenset({"network", "throttled"})


class TransferError(Exception):
    """A failure with its kind and one sentence: what happened, to what, and what to do."""

    def __init__(self, kind: FailureKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message
        #: Seconds that the store asked us to wait.
        self.retry_after = retry_after


@dataclass(slots=True)
class Finished:
    """How a file ended, as the journal keeps it."""

    outcome: End
    #: Relative to the target; differs from the plan's where both were kept.
    path: str = ""
    size: int = 0
    etag: str = ""
    check: Check | None = None
    #: Checksum of the content and its algorithm, as S3 writes them (MD5 in hexadecimal digits):
    #: what the store promised, or where it promised nothing, our own CRC64NVME.
    algorithm: str = ""
    checksum: str = ""
    #: Where that is made of checksums of parts: our own CRC64NVME of the whole.
    own: str = ""
    #: Of the file that we put there: device, inode, and modification and change time in ns.
    device: int = 0
    inode: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    #: Of a failure.
    kind: FailureKind | None = None
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        # Not `asdict`, which copies each value: there is one record a file.
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass
class Plan:
    """What a transfer would do, as far as it is known.

    Counts are objects, sizes are bytes.
    """

    complete: bool = False
    files: int = 0
    bytes: int = 0
    #: There already, and the same: nothing is fetched for them.
    identical_files: int = 0
    identical_bytes: int = 0
    #: There already, and different or unknown.
    differing: int = 0
    #: The first hundred of them: path, size here, modification time here, size in the archive.
    differing_first: list[dict[str, Any]] = field(default_factory=list)
    #: Bytes that are still to be written.
    needed: int = 0
    #: What they take more on the disk, in whole blocks.
    blocks: int = 0
    #: Bytes that the target's file system and the quota leave; None where that cannot be told.
    free: int | None = None
    #: Bytes that are let in: more than `free` where the limit only warns.
    allowed: int | None = None
    limit: int | None = None
    used: int | None = None
    #: Bytes of the limit that no copy may take.
    reserve: int = 0
    #: Files are being counted for the first time: `used` is what was found so far.
    counting: bool = False
    error: str | None = None
    #: Where it does not fit, or some are left out: the kinds of the files that were asked for,
    #: each with name, files, bytes, and whether it is left out; the largest first.
    kinds: list[dict[str, Any]] = field(default_factory=list)

    def add(self, size: int) -> None:
        """Note a file of `size` bytes that is to be written."""
        self.needed += size
        self.blocks += on_disk(size) - size

    @property
    def reserved(self) -> int:
        """The bytes on the disk that are reserved for what is to be written."""
        return self.needed + self.blocks

    def files_to_write(self, conflict: Conflict) -> int:
        """How many files are still to be written, as `needed` counts their bytes."""
        kept = self.differing if conflict == "skip" else 0
        return self.files - self.identical_files - kept
