"""Lists of copies that were removed to free space, so that they can be fetched again.

``freed/<name>.jsonl`` holds one JSON object a line: first the time, the folder below which they lay
and its id, and whether they are lost; then each copy, with its path below that folder, and which
transfers fetch them again. What stands in a list need not be gone: it is noted before it goes. A
list is written by one process at a time, and each of its additions by one call.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import json_line, sync_folder, time_at
from .copyrecord import Copy

#: Their folder, below that of the transfers.
LISTS = "freed"

_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
_KEPT = ("archive", "bucket_url", "key", "etag", "size")


@dataclass(frozen=True)
class Freed:
    """A copy that was removed; see `copyrecord.Copy`."""

    #: Below the root of its list.
    path: str
    archive: str
    bucket_url: str
    key: str
    etag: str
    size: int


@dataclass
class Contents:
    """What a list tells."""

    #: When it was begun, in seconds since 1970.
    time: float = 0.0
    #: The folder below which the copies lay: its path then, and what the settings call it.
    root: str = ""
    root_id: str = ""
    #: The archive has other versions of them: they cannot be fetched again.
    lost: bool = False
    #: The ids of the transfers that were to fetch them last.
    transfers: list[str] = field(default_factory=list)
    copies: list[Freed] = field(default_factory=list)

    def is_of(self, root: str, root_id: str) -> bool:
        """Whether it is of this root, which may have another path or another id by now."""
        return self.root == root or (root_id != "" and self.root_id == root_id)


class FreedList:
    """One list of copies below the folder `root`, which the settings call `root_id`."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str,
        root: str = "",
        root_id: str = "",
        *,
        lost: bool = False,
    ) -> None:
        """Nothing is read or written. Raises KeyError for what is no list's name."""
        if not _NAME.fullmatch(name):
            raise KeyError(name)
        self.name = name
        self.folder = Path(folder)
        self._path = self.folder / f"{name}.jsonl"
        self._root = root
        self._first = {"root": root, "id": root_id, "lost": lost}

    def add(self, copies: Sequence[Copy]) -> None:
        """Keep some more copies; they are on the disk itself afterwards. Raises OSError."""
        self._append(
            [
                {
                    "path": os.path.relpath(copy.path, self._root),
                    **{name: getattr(copy, name) for name in _KEPT},
                }
                for copy in copies
            ]
        )

    def note_transfers(self, ids: Sequence[str]) -> None:
        """Keep which transfers fetch them again. Raises OSError."""
        self._append([{"transfers": list(ids)}])

    def _append(self, lines: list[dict[str, Any]]) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self.folder.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(self._path, flags, 0o600)
        try:
            before = os.fstat(file).st_size
            if not before:
                lines = [{"time": time.time(), **self._first}, *lines]
            data = b"".join(map(json_line, lines))
            if before and os.pread(file, 1, before - 1) != b"\n":
                # A process was killed while it wrote a line.
                data = b"\n" + data
            try:
                while data:
                    data = data[os.write(file, data) :]
                os.fsync(file)
                if not before:
                    sync_folder(self.folder)
            except OSError:
                # Nothing by halves: what follows must not be joined to a torn line.
                os.ftruncate(file, before)
                if not before:
                    os.unlink(self._path)
                raise
        finally:
            os.close(file)

    def stamp(self) -> tuple[int, int]:
        """Another one once something was added. Raises KeyError when there is no such list."""
        try:
            found = os.lstat(self._path)
        except OSError:
            raise KeyError(self.name) from None
        return found.st_mtime_ns, found.st_size

    def age(self) -> float:
        """Seconds since something was added, by the clock of the file system: those of the machines
        that share it may be wrong. Raises OSError."""
        return time_at(self.folder) - os.lstat(self._path).st_mtime

    def read(self, *, copies: bool = True) -> Contents:
        """What it tells; without its `copies`, only what its first line does.

        Raises KeyError when there is no such list. Damaged lines are skipped.
        """
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            raise KeyError(self.name) from None
        found = Contents()
        by_path: dict[str, Freed] = {}
        with open(file, "rb") as lines:
            for value in _values(lines):
                if "root" in value:
                    _begin(found, value)
                elif isinstance(value.get("transfers"), list):
                    found.transfers = [one for one in value["transfers"] if isinstance(one, str)]
                else:
                    one = _freed(value)
                    if one is not None:
                        by_path[one.path] = one
                if not copies:
                    break
        found.copies = list(by_path.values())
        return found

    def remove(self) -> None:
        """Forget it. Raises OSError."""
        self._path.unlink(missing_ok=True)


def lists_in(folder: str | os.PathLike[str]) -> list[FreedList]:
    """All lists, the last first."""
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:
        return []
    stems = [name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl")]
    return [FreedList(folder, stem) for stem in stems if _NAME.fullmatch(stem)]


def _values(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(line)
            if isinstance(value, dict):
                yield value


def _begin(found: Contents, value: dict[str, Any]) -> None:
    with contextlib.suppress(TypeError, ValueError, KeyError):
        found.time = float(value["time"])
        found.root = str(value["root"])
        found.root_id = str(value["id"])
        found.lost = value.get("lost") is True


def _freed(value: dict[str, Any]) -> Freed | None:
    try:
        one = Freed(**value)
    except TypeError:
        return None
    texts = (one.path, one.archive, one.bucket_url, one.key, one.etag)
    if not all(isinstance(text, str) for text in texts) or not isinstance(one.size, int):
        return None
    # Fetched again below the root of its list, and nowhere else.
    inside = one.path != "" and not one.path.startswith("/") and ".." not in one.path.split("/")
    return one if inside else None
