"""The account of one root: what is measured, how it is kept right, and what it says."""

from __future__ import annotations

import errno
import hashlib
import heapq
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import Json
from ..files import written_whole
from .tree import Record, Tree
from .walk import Walk

#: A refresh looks at this part of the folders, those that were not looked at for the longest.
PART = 16
#: Of the folders with the files that changed last, so many files are looked at again: a part of
#: all, and no more than this. Files that grow in place change no folder.
RECENT_PART, RECENT_FILES = 0.005, 2000
_VERSION = 2


def kept_in(data: Path, root: str) -> Path:
    """The file of a data folder in which the figures of a root's folders are kept."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    return data / "quota" / f"{name}.folders"


class Account:
    """Measures what is below one root. One thread works with it at a time.

    `kept` is the file in which the figures of each folder stay from one session to the next.
    """

    def __init__(self, root: str, kept: Path) -> None:
        self.root = os.path.realpath(root)
        self.tree = Tree()
        #: When all folders had been read, in seconds since 1970; None while that has never been.
        self.measured: float | None = None
        #: When the last refresh ended.
        self.refreshed: float | None = None
        #: What is still to be read before the tree is whole.
        self.left: list[bytes] = [b""]
        self._kept = kept
        #: Which file that was, when it was read last.
        self._loaded: tuple[int, int, int] | None = None
        self._reader: Walk | None = None
        #: Folders in the order in which they are looked at.
        self._turns: list[bytes] = []
        self._hints: set[bytes] = set()
        #: Beginnings of paths: all those folders are looked at, whosever turn it is.
        self._below: set[bytes] = set()

    def figures(self) -> Json:
        """What it says, by the names that ``Usage`` has for it."""
        sums = self.tree.sums
        return {
            "allocated": sums.allocated,
            "apparent": sums.apparent,
            "files": sums.files,
            "folders": sums.folders,
            "unreadable": sums.unreadable,
            "measured": self.measured,
            "refreshed": self.refreshed,
        }

    def hint(self, paths: Iterable[str]) -> None:
        """Something changed in these folders or files of the root, given by their full paths."""
        for path in paths:
            inner = os.path.relpath(path, self.root)
            if inner == "." or (not inner.startswith(".." + os.sep) and inner != ".."):
                self._hints.add(b"" if inner == "." else os.fsencode(inner))

    def hint_below(self, path: str) -> None:
        """Something may have changed in this folder, and in all folders in it."""
        inner = os.fsencode(os.path.relpath(path, self.root))
        start = b"" if inner == b"." else inner + b"/"
        self._below.add(start)
        self.hint([path])

    def measure(
        self,
        *,
        again: bool = False,
        rate: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[], None] = lambda: None,
    ) -> bool:
        """Read all folders, or go on with that; `again` starts anew. False when it was stopped.

        Raises OSError when the root cannot be read.
        """
        if again:
            self.left = [b""]
        if self.left:
            began = time.time()
            self.left = self._walk(rate).read(self.left, stopped=stopped, progress=progress)
            if self.left:
                return False
            self.measured = self.refreshed = began
        return True

    def refresh(self, *, again: int = 0, stopped: Callable[[], bool] = lambda: False) -> int:
        """Find what has changed, by looking at a part of it. Returns how many folders were read.

        Found at once: what was hinted at. Within `PART` refreshes: files that were made, removed
        or moved. Files that grow in place: the latest ones at once, others when their folder is
        one of the `again` folders that were read the longest ago.
        """
        began = time.time()
        paths = self._hinted() | self._moved() | self._recent() | self.tree.young
        oldest = heapq.nsmallest(again, self.tree.records(), key=lambda record: record.seen)
        paths.update(record.path for record in oldest)
        self._walk().read(sorted(paths), deep=False, stopped=stopped)
        self.refreshed = began
        return len(paths)

    def _walk(self, rate: float | None = None) -> Walk:
        """One for all that is read: it learns whether calls wait."""
        if self._reader is None or self._reader.tree is not self.tree:
            self._reader = Walk(self.root, self.tree)
        self._reader.rate = rate
        return self._reader

    def _hinted(self) -> set[bytes]:
        hints, self._hints = self._hints, set()
        found = set()
        for path in hints:
            # A file, or a folder that is new: what holds it has changed.
            while path and path not in self.tree:
                path = path.rpartition(b"/")[0]
            found.add(path)
            if path:
                found.add(path.rpartition(b"/")[0])
        return found

    def _moved(self) -> set[bytes]:
        """Those whose turn it is and that have changed since they were read."""
        if not self._turns:
            self._turns = [record.path for record in self.tree.records()]
        share = -(-len(self.tree) // PART)
        turn, self._turns = self._turns[:share], self._turns[share:]
        below, self._below = tuple(self._below), set()
        if below:
            turn += [record.path for record in self.tree.records() if record.path.startswith(below)]
        root = os.fsencode(self.root)
        found = set()
        for path in turn:
            record = self.tree.get(path)
            if record is None:
                continue
            try:
                about = os.lstat(os.path.join(root, path) if path else root)
            except OSError as error:
                # One that has gone is missed where it was; too long a path is read instead.
                gone = error.errno != errno.ENAMETOOLONG
                found.add(path.rpartition(b"/")[0] if gone else path)
                continue
            if (about.st_mtime_ns, about.st_ctime_ns, about.st_ino) != (
                record.modified,
                record.changed,
                record.inode,
            ):
                found.add(path)
        return found

    def _recent(self) -> set[bytes]:
        """The folders of the files that changed last."""
        most = min(RECENT_FILES, max(1, int(self.tree.sums.files * RECENT_PART)))
        found = set()
        for record in heapq.nlargest(most, self.tree.records(), key=lambda one: one.newest):
            most -= record.files
            if record.newest == 0 or most < 0:
                break
            found.add(record.path)
        return found

    # From one session to the next

    def save(self) -> None:
        """Keep what is known of each folder. Raises OSError."""
        self._kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {
            "version": _VERSION,
            "root": self.root,
            "measured": self.measured,
            "refreshed": self.refreshed,
            "left": _as_text(self.left),
        }
        with written_whole(self._kept) as stream:
            for value in (head, *map(_to_json, self.tree.records()), "end"):
                stream.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

    def load_newer(self) -> None:
        """Take up what another process has kept since, if it has."""
        try:
            about = os.stat(self._kept)
        except OSError:
            return
        found = about.st_ino, about.st_size, about.st_mtime_ns
        if found != self._loaded:
            self._loaded = found
            self.load()

    def load(self) -> bool:
        """Take up what was kept. False when there is nothing, or nothing that can be read."""
        try:
            with open(self._kept, encoding="utf-8") as stream:
                head = json.loads(next(stream))
                if head["version"] != _VERSION or head["root"] != self.root:
                    return False
                tree = Tree()
                for line in stream:
                    value = json.loads(line)
                    if value == "end":
                        break
                    tree.put(_from_json(value))
                else:
                    return False
            left = _as_bytes(head["left"])
            measured, refreshed = head["measured"], head["refreshed"]
        except (OSError, ValueError, KeyError, TypeError, StopIteration):
            return False
        self.tree, self.left, self.measured, self.refreshed = tree, left, measured, refreshed
        return True


def _as_text(values: Sequence[bytes]) -> list[str]:
    # Names are bytes in any encoding: each byte is a character.
    return [value.decode("latin-1") for value in values]


def _as_bytes(values: Sequence[str]) -> list[bytes]:
    return [value.encode("latin-1") for value in values]


def _to_json(record: Record) -> list[Any]:
    value: list[Any] = list(record)
    value[0] = record.path.decode("latin-1")
    value[10] = [[size, at, name.decode("latin-1")] for size, at, name in record.large]
    value[11] = _as_text(record.folders)
    return value


def _from_json(value: list[Any]) -> Record:
    value[0] = value[0].encode("latin-1")
    value[9] = tuple(tuple(link) for link in value[9])
    value[10] = tuple((size, at, name.encode("latin-1")) for size, at, name in value[10])
    value[11] = tuple(_as_bytes(value[11]))
    return Record._make(value)
