"""Copies that may go because the archive still has them: which they are, and their removal.

A copy goes only when its file is what was copied, byte by byte, and the archive has this very
version now. Both are looked at again right before the file goes, and what is removed is kept in
a list first (`freed.py`), so that it can be fetched again.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..errors import Json
from ..files import is_same_file, is_within
from ..missions import mission_of_path
from ..processes import open_files
from .buckets import Buckets
from .checksums import hash_file
from .freed import FreedList
from .interface import Grade, Standing
from .lastlook import Changed, remove_if_same
from .provenance import Copy, Provenance
from .targets import Target
from .types import TransferError
from .verify import checksum_of

#: Missions whose data are final. Source: their archive manuals at MAST (Kepler, K2, GALEX and
#: Pan-STARRS ended with a last delivery).
_FINAL = ("kepler", "k2", "galex", "ps1")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def standing_of(copy: Copy, found: os.stat_result) -> Standing:
    """How the file `found` stands to the record of its copy, without reading it."""
    if not stat.S_ISREG(found.st_mode):
        return "changed"
    if found.st_uid != os.geteuid():
        return "foreign"
    if found.st_size != copy.size:
        return "changed"
    if found.st_nlink > 1:
        return "linked"
    if copy.is_untouched(found) and found.st_ctime_ns == copy.ctime_ns:
        return "unchanged"
    return "untold" if checksum_of(copy) is None else "unread"


def grade_of(key: str) -> Grade:
    """Whether the archive may replace an object by a newer version."""
    return "fixed" if mission_of_path(key) in _FINAL else "reprocessed"


def page_of_copies(
    provenance: Provenance,
    root: str,
    after: str,
    limit: int,
    *,
    without: Sequence[str],
    busy: Sequence[str],
    buckets: Buckets,
) -> Json:
    """Some of the copies below `root`, in the order of their paths, and what may become of them.

    Only those behind the path `after`, and none in the folders `without`. The archive is asked
    about those that could go. Changes nothing, and reads no file.
    """
    provenance.reload()
    some = heapq.nsmallest(
        limit + 1,
        (copy for copy in provenance.in_folder(root) if copy.path > after),
        key=lambda copy: copy.path,
    )
    there: list[tuple[Copy, os.stat_result, Standing]] = []
    for copy in some[:limit]:
        if any(is_within(copy.path, folder) for folder in without):
            continue
        try:
            found = os.lstat(copy.path)
        except (OSError, ValueError):
            continue
        at_work = any(is_within(copy.path, folder) for folder in busy)
        there.append((copy, found, "busy" if at_work else standing_of(copy, found)))
    asked = [copy for copy, _, standing in there if standing in ("unchanged", "unread")]
    told = dict(zip((copy.path for copy in asked), buckets.look(asked), strict=True))
    return {
        "copies": [
            {
                "absolute": copy.path,
                "archive": copy.archive,
                "key": copy.key,
                "allocated": found.st_blocks << 9,
                "copied": copy.time,
                "check": copy.check,
                "grade": grade_of(copy.key),
                "standing": standing,
                "in_archive": told.get(copy.path, ("unknown", ""))[0],
                "message": told.get(copy.path, ("unknown", ""))[1],
            }
            for copy, found, standing in there
        ],
        "next": some[limit - 1].path if len(some) > limit else None,
    }


class _Refused(Exception):
    """A copy that stays; its text is a sentence that says why."""


class _Ready(NamedTuple):
    copy: Copy
    folder: str
    found: os.stat_result


class Remover:
    """Removes copies below `root`, which is absolute and holds no links.

    With `newer` those may go too of which the archive has another version.
    """

    def __init__(
        self,
        provenance: Provenance,
        root: str,
        buckets: Buckets,
        *,
        newer: bool = False,
        busy: Sequence[str] = (),
        opened: Callable[[], set[tuple[int, int]]] = open_files,
    ) -> None:
        self._provenance = provenance
        self._root = root
        self._buckets = buckets
        self._accepted = ("same", "newer") if newer else ("same",)
        self._busy = busy
        self._opened = opened

    def remove(self, paths: Sequence[str], kept: FreedList) -> Json:
        """Remove the copies at `paths` that may go, and keep them in a list.

        Returns what was removed, with bytes on disk, and what was not and why. Raises
        TransferError when the list cannot be kept; what is removed is in it all the same.
        """
        self._provenance.reload()
        refused: dict[str, str] = {}
        ready: list[_Ready] = []
        done: list[Json] = []
        with contextlib.closing(Target(self._root, self._root, make=False)) as target:
            for path in dict.fromkeys(paths):
                try:
                    ready.append(self._look(target, path))
                except _Refused as why:
                    refused[path] = str(why)
            ready = self._ask(ready, refused)
            if ready:
                opened = self._opened()
                for one in [*ready]:
                    if (one.found.st_dev, one.found.st_ino) in opened:
                        refused[one.copy.path] = f"A program has {_name(one)} open. Close it first."
                        ready.remove(one)
            for one in self._noted(target, ready, kept, done, refused):
                self._unlink(target, one, done, refused)
        return {
            "done": done,
            "refused": [{"absolute": path, "message": why} for path, why in refused.items()],
        }

    def _look(self, target: Target, path: str) -> _Ready:
        copy = self._provenance.of_path(path)
        name = os.path.basename(path)
        if copy is None or not is_within(path, self._root):
            raise _Refused(f"{name} is not known as a copy from an archive.")
        if any(is_within(path, folder) for folder in self._busy):
            raise _Refused(f"Something is being copied to the folder of {name}.")
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
        promise = checksum_of(copy)
        assert promise is not None
        file = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
        try:
            same = hash_file(file, promise.algorithm, 0, copy.size) == promise.digest()
            if not same or not is_same_file(os.fstat(file), found):
                raise _Refused(_WHY["changed"].format(name))
        finally:
            os.close(file)

    def _ask(self, ready: list[_Ready], refused: dict[str, str]) -> list[_Ready]:
        """Those of which the archive has this version, or of which another one will do."""
        left = []
        told = self._buckets.look([one.copy for one in ready])
        for one, (has, message) in zip(ready, told, strict=True):
            if has in self._accepted:
                left.append(one)
            else:
                refused[one.copy.path] = f"{_name(one)} stays: {message}"
        return left

    def _noted(
        self,
        target: Target,
        ready: list[_Ready],
        kept: FreedList,
        done: list[Json],
        refused: dict[str, str],
    ) -> list[_Ready]:
        """Keep in the list what will go; on a full disk the first file makes room for that."""
        if not ready:
            return ready
        copies = [one.copy for one in ready]
        try:
            kept.add(copies)
            return ready
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise _no_list(error) from None
        first, *rest = sorted(ready, key=lambda one: -one.copy.size)
        self._unlink(target, first, done, refused)
        try:
            kept.add(copies)
        except OSError as error:
            raise _no_list(error) from None
        return rest

    def _unlink(
        self, target: Target, one: _Ready, done: list[Json], refused: dict[str, str]
    ) -> None:
        path = one.copy.path
        try:
            with target.folder(one.folder, make=False, put=True) as folder:
                remove_if_same(folder, os.path.basename(path), one.found)
        except Changed as changed:
            refused[path] = _WHY["changed"].format(_name(one))
            if changed.kept_as is not None:
                refused[path] += (
                    f" Another file has its name now, so that it is called {changed.kept_as}."
                )
            return
        except FileNotFoundError:
            refused[path] = f"{_name(one)} is not there any more."
            return
        except OSError as error:
            refused[path] = f"{_name(one)} cannot be removed: {error.strerror}."
            return
        except TransferError as error:
            refused[path] = error.message
            return
        with contextlib.suppress(OSError):  # no room for the note: the file is gone all the same
            self._provenance.remove(path)
        done.append({"absolute": path, "allocated": one.found.st_blocks << 9})


_WHY: Mapping[str, str] = {
    "changed": "{} was changed since it was copied.",
    "untold": "Whether {} was changed since it was copied cannot be told.",
    "linked": "{} has other names, so that removing it frees nothing.",
    "foreign": "{} belongs to somebody else.",
}


def _name(one: _Ready) -> str:
    return os.path.basename(one.copy.path)


def _no_list(error: OSError) -> TransferError:
    return TransferError(
        "space",
        f"The list of what is removed cannot be kept: {error.strerror}. Nothing more was removed. "
        "Empty the trash first.",
    )
