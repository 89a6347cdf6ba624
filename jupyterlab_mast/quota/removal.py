"""Removing what may go besides copies, when all that was told of it is still so."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from ..processes import open_files
from .checkpoints import CHECKPOINT_SECONDS, holds_checkpoints, is_old_checkpoint
from .folders import Found, folders_in
from .inuse import is_used, paths_in_use
from .marks import mark_of
from .mounts import is_in
from .names import shown
from .packagecaches import is_package_cache
from .trash import Trash, TrashError, trash_below
from .tree import Gone, join

if TYPE_CHECKING:
    from .models import FreeableName

#: Seconds for which it counts what processes had open.
_OPEN_SECONDS = 1.0

_NO_MORE = {
    "package-caches": "{} is no package cache, or no download of one: it stays.",
    "trash": "{} does not lie in the trash: it stays.",
    "checkpoints": "{} stays: it is not old, or its document is not there, is empty, or is older "
    "than it.",
}


class Removal:
    """Removes things of one group below `root`. Used by one thread at a time."""

    def __init__(self, root: str, group: FreeableName) -> None:
        self._root = os.path.realpath(root)
        self._group = group
        self._trash = Trash(self._root)
        self._trash_below = trash_below(self._root)
        self._open: set[tuple[int, int]] = set()
        self._used: set[str] = set()
        self._asked = float("-inf")

    def remove(self, path: bytes, mark: str) -> int:
        """Delete for good what is at a path, if it is what was marked, and may go.

        Returns the bytes on disk that this has freed. Raises TrashError.
        """
        freed = 0

        def check(folder: int, name: bytes) -> os.stat_result:
            nonlocal freed
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            freed = self._check(path, Found(folder, name, about), mark)
            # That took a while, in which something else may have come there.
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            self._refuse_another(path, about, mark)
            return about

        self._trash.delete(path, check)
        return freed

    def _refuse_another(self, path: bytes, about: os.stat_result, mark: str) -> None:
        """Raise TrashError unless it is what was marked."""
        if mark_of(about, self._group) != mark:
            raise TrashError(
                f"{shown(path)} has changed since it was listed. Look again at what may go."
            )

    def _check(self, path: bytes, found: Found, mark: str) -> int:
        """Bytes that its removal frees. Raises TrashError when it has to stay."""
        name, about = shown(path), found.about
        if not self._may_go(path, found):
            raise TrashError(_NO_MORE[self._group].format(name))
        self._refuse_another(path, about, mark)
        self._ask_processes()
        if not stat.S_ISDIR(about.st_mode):
            gone = Gone()
            self._look_at(path, about, gone)
            return gone.bytes
        whole = os.path.join(self._root, os.fsdecode(path))
        if self._group == "package-caches" and is_used(whole, self._used):
            raise TrashError(
                f"A program runs from {name}, or works there: it stays. End the program first."
            )
        return self._look_through(path)

    def _may_go(self, path: bytes, found: Found) -> bool:
        """Whether the rule of the group applies."""
        folder = path.rpartition(b"/")[0]
        trash = self._trash_below
        if self._group == "trash":
            return trash is not None and folder == join(trash, b"files")
        if trash is not None and is_in(path, trash):
            return False
        if self._group == "package-caches":
            return is_package_cache(path, found)
        before = time.time() - CHECKPOINT_SECONDS
        return holds_checkpoints(folder) and is_old_checkpoint(found, before)

    def _ask_processes(self) -> None:
        if time.monotonic() - self._asked > _OPEN_SECONDS:
            self._asked = time.monotonic()
            self._open = open_files()
            self._used = paths_in_use() if self._group == "package-caches" else set()

    def _look_through(self, path: bytes) -> int:
        """As `_check`, of a folder and all that is in it, of any depth."""
        gone = Gone()
        for _, about, files in folders_in(os.fsencode(self._root), path):
            self._look_at(path, about, gone)
            for entry in files:
                self._look_at(path, entry.stat(follow_symlinks=False), gone)
        return gone.bytes

    def _look_at(self, path: bytes, about: os.stat_result, gone: Gone) -> None:
        """Count what the removal of a file frees, or of an empty folder. Raises TrashError.

        `path` is of what shall go.
        """
        if about.st_uid != os.geteuid():
            raise TrashError(
                f"{shown(path)} belongs to somebody else, or something in it: it stays."
            )
        # Those that count files open folders all the time.
        is_folder = stat.S_ISDIR(about.st_mode)
        if not is_folder and (about.st_dev, about.st_ino) in self._open:
            raise TrashError(
                f"A program has {shown(path)} open, or something in it: it stays. End the program "
                "first."
            )
        gone.add_name(about.st_ino, about.st_blocks << 9, 1 if is_folder else about.st_nlink)
