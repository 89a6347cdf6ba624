"""The removal of copies to free space.

A copy goes only when its file is what was copied, byte by byte, and the archive has this very
version now. Both are looked at again right before the file goes, and what is removed is kept in
a list first (`freed.py`), so that it can be fetched again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from ..errors import Json
from ..files import NO_FOLDERS, NO_ROOM, Folders, is_within, nearest
from ..opening import READ
from ..processes import open_files
from .buckets import Buckets
from .copyrecord import Copy
from .freed import FreedList
from .freeing import standing_of
from .lastlook import Changed, Renamed, remove_if_same
from .provenance import Provenance
from .reserve import keep_reserve, use_reserve
from .targets import Target
from .types import TransferError
from .verify import has_its_bytes

#: Seconds after which no more files are looked at: somebody waits for the answer.
SECONDS = 20.0
#: Copies that are looked at, asked for, noted and removed together.
_TOGETHER = 64


class _Refused(Exception):
    """A copy that stays; its text is a sentence that says why."""


class _NoList(Exception):
    """The list cannot be kept, so that nothing more may go; its text is a sentence on that."""

    def __init__(self, error: OSError) -> None:
        advice = " Empty the trash first." if error.errno in NO_ROOM else ""
        super().__init__(
            f"The list of what is removed cannot be kept: {error.strerror or error}. Nothing more "
            f"was removed.{advice}"
        )


class _Ready(NamedTuple):
    copy: Copy
    folder: str
    found: os.stat_result


class Remover:
    """Removes copies below `root`, which is absolute and holds no links.

    With `newer` those may go too of which the archive has another version. What `unfinished`
    transfers wrote stays: they would fetch it again when they go on. One removal each.
    """

    def __init__(
        self,
        provenance: Provenance,
        root: str,
        buckets: Buckets,
        *,
        newer: bool = False,
        busy: Folders = NO_FOLDERS,
        unfinished: Collection[str] = (),
        opened: Callable[[], set[tuple[int, int]]] = open_files,
        seconds: float = SECONDS,
    ) -> None:
        self._provenance = provenance
        self._root = root
        self._buckets = buckets
        self._accepted = ("same", "newer") if newer else ("same",)
        self._busy = busy
        self._unfinished = unfinished
        self._opened = opened
        self._seconds = seconds
        self._done: list[Json] = []
        self._refused: dict[str, str] = {}

    def remove(self, paths: Sequence[str], kept: FreedList) -> Json:
        """Remove the copies at `paths` that may go, and keep them in a list.

        Returns what was removed, with bytes on disk; what was not and why; and what was not looked
        at, since the time was over. Raises TransferError when the list cannot be kept and nothing
        was removed.
        """
        self._provenance.reload()
        end = time.monotonic() + self._seconds
        left = list(dict.fromkeys(paths))
        first = True
        with contextlib.closing(Target(self._root, self._root, make=False)) as target:
            while left and not self._is_over(end, first):
                ready: list[_Ready] = []
                for path in left[:_TOGETHER]:
                    # At least one, so that asking again comes to an end.
                    if self._is_over(end, first):
                        break
                    first = False
                    left.remove(path)
                    try:
                        ready.append(self._look(target, path))
                    except _Refused as why:
                        self._refused[path] = str(why)
                ready = self._closed(self._archived(ready))
                try:
                    for one in self._noted(target, ready, kept):
                        self._unlink(target, one)
                except _NoList as why:
                    if not self._done:
                        raise TransferError("space", str(why)) from None
                    self._refuse_rest([*(one.copy.path for one in ready), *left], str(why))
                    left = []
        if self._done:
            keep_reserve(kept.folder)
        return {
            "done": self._done,
            "refused": [{"absolute": path, "message": why} for path, why in self._refused.items()],
            "left": left,
        }

    def _is_over(self, end: float, first: bool) -> bool:
        return self._buckets.stop.is_set() or (not first and time.monotonic() > end)

    def _look(self, target: Target, path: str) -> _Ready:
        copy = self._provenance.of_path(path)
        name = os.path.basename(path)
        if copy is None or not is_within(path, self._root):
            raise _Refused(f"{name} is not known as a copy from an archive.")
        if self._busy.hold(path):
            raise _Refused(f"Something is being copied to the folder of {name}.")
        if copy.transfer in self._unfinished:
            raise _Refused(
                f"{name} belongs to a transfer that has not ended, and would be fetched again. Let "
                "that end, or cancel it."
            )
        below = os.path.relpath(path, self._root)
        try:
            with target.folder(below, make=False) as folder:
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                standing = standing_of(copy, found)
                if standing == "unread":
                    self._read(copy, folder, name, found)
                elif standing != "unchanged":
                    raise _Refused(_WHY[standing].format(name))
        except FileNotFoundError:
            raise _Refused(f"{name} is not there any more.") from None
        except OSError as error:
            raise _Refused(f"{name} cannot be read: {error.strerror}.") from None
        except TransferError as error:
            raise _Refused(error.message) from None
        return _Ready(copy, below, found)

    def _read(self, copy: Copy, folder: int, name: str, found: os.stat_result) -> None:
        """Raises _Refused unless the file has the bytes that were copied."""
        file = os.open(name, READ, dir_fd=folder)
        try:
            if not has_its_bytes(copy, file, found, self._buckets.stop):
                raise _Refused(_WHY["changed"].format(name))
        finally:
            os.close(file)

    def _archived(self, ready: list[_Ready]) -> list[_Ready]:
        """Those of which the archive has this version, or of which another one will do."""
        left = []
        told = self._buckets.look([one.copy for one in ready])
        for one, (has, message) in zip(ready, told, strict=True):
            if has in self._accepted:
                left.append(one)
            else:
                self._refused[one.copy.path] = f"{_name(one)} stays: {message}"
        return left

    def _closed(self, ready: list[_Ready]) -> list[_Ready]:
        """Those that no program has open."""
        if not ready:
            return ready
        opened = self._opened()
        left = []
        for one in ready:
            if (one.found.st_dev, one.found.st_ino) in opened:
                self._refused[one.copy.path] = f"A program has {_name(one)} open. Close it first."
            else:
                left.append(one)
        return left

    def _noted(self, target: Target, ready: list[_Ready], kept: FreedList) -> list[_Ready]:
        """Keep in the list what will go; on a full disk the first file makes room for that.

        Returns those that are still to be removed. Raises _NoList.
        """
        if not ready:
            return ready
        copies = [one.copy for one in ready]
        problem = _added(kept, copies)
        if problem is not None and problem.errno in NO_ROOM and use_reserve(kept.folder):
            problem = _added(kept, copies)
        if problem is None:
            return ready
        if problem.errno not in NO_ROOM:
            raise _NoList(problem)
        device = os.stat(nearest(str(kept.folder), os.path.exists)).st_dev
        if any(one.found.st_dev != device for one in ready):
            # On another disk it makes no room for the list.
            raise _NoList(problem)
        return self._made_room(target, ready, kept)

    def _made_room(self, target: Target, ready: list[_Ready], kept: FreedList) -> list[_Ready]:
        rest = sorted(ready, key=lambda one: one.found.st_blocks)
        while rest:
            first = rest.pop()
            if not self._unlink(target, first):
                continue
            problem = _added(kept, [first.copy, *(one.copy for one in rest)])
            if problem is None:
                return rest
            if _added(kept, [first.copy]) is not None:
                copy = first.copy
                self._refused[copy.path] = (
                    f"{_name(first)} was removed, but stands in no list: there was no room for it. "
                    f"It was {copy.path}, and is {copy.key} in the archive {copy.archive}."
                )
            raise _NoList(problem)
        return rest

    def _unlink(self, target: Target, one: _Ready) -> bool:
        """Remove it. Returns whether it has gone."""
        path = one.copy.path
        try:
            with target.folder(one.folder, make=False, put=True) as folder:
                remove_if_same(folder, os.path.basename(path), one.found)
        except Changed as changed:
            self._refused[path] = _WHY["changed"].format(_name(one))
            if changed.kept_as is not None:
                self._refused[path] += (
                    f" Another file has its name now, so that it is called {changed.kept_as}."
                )
            return False
        except FileNotFoundError:
            self._refused[path] = f"{_name(one)} is not there any more."
            return False
        except OSError as error:
            self._refused[path] = f"{_name(one)} cannot be removed: {error.strerror}."
            if isinstance(error, Renamed):
                self._refused[path] += (
                    f" It could not be given its name back, and is called {error.kept_as} now. "
                    "Rename it if it is to stay."
                )
            return False
        except TransferError as error:
            self._refused[path] = error.message
            return False
        with contextlib.suppress(OSError):  # no room for the note: the file is gone all the same
            self._provenance.remove(path)
        self._done.append({"absolute": path, "allocated": one.found.st_blocks << 9})
        return True

    def _refuse_rest(self, paths: Sequence[str], why: str) -> None:
        gone = {one["absolute"] for one in self._done}
        for path in paths:
            if path not in gone and path not in self._refused:
                self._refused[path] = f"{os.path.basename(path)} stays: {why}"


_WHY: Mapping[str, str] = {
    "changed": "{} was changed since it was copied.",
    "untold": "Whether {} was changed since it was copied cannot be told.",
    "linked": "{} has other names, so that removing it frees nothing.",
    "foreign": "{} belongs to somebody else.",
}


def _name(one: _Ready) -> str:
    return os.path.basename(one.copy.path)


def _added(kept: FreedList, copies: Sequence[Copy]) -> OSError | None:
    """Keep copies in the list. Returns why that was not possible."""
    try:
        kept.add(copies)
        return None
    except OSError as error:
        return error
