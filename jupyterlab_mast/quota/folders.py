"""Folders below a root, reached so that nobody leads the way elsewhere, and what is in them."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from ..opening import FOLDER, READ
from .listings import Listings
from .mounts import is_in, mounts_below
from .tree import join


class Mounted(Exception):
    """Something is mounted at or in a folder that is to go as a whole, or what is to go lies in
    what is mounted; `at` is where, below the root."""

    def __init__(self, at: bytes) -> None:
        super().__init__(at)
        self.at = at


class Found(NamedTuple):
    """What a name in a folder stands for; a link is not followed."""

    #: A descriptor of the folder, open as long as nobody asks for the next one.
    folder: int
    name: bytes
    about: os.stat_result


def open_strictly(root: bytes, path: bytes) -> int:
    """A descriptor of the folder `path` below `root`; any length is possible. Raises OSError.

    Each is opened in the one before, so that no link is followed wherever on the way it is, also
    where it comes meanwhile. (`scanner.open_folder` is for those who only count: it is faster, and
    looks at the last name only.)
    """
    found = os.open(root, FOLDER)
    for name in path.split(b"/") if path else ():
        try:
            inner = os.open(name, FOLDER, dir_fd=found)
        finally:
            os.close(found)
        found = inner
    return found


def read_file(folder: int, name: bytes, most: int, *, own: bool = False) -> bytes | None:
    """Up to so many bytes of a file in an open folder; None where there is no regular file of this
    name that can be read, or with `own`, none of who asks."""
    try:
        # Nobody is waited for where it is a pipe.
        file = os.open(name, READ, dir_fd=folder)
        try:
            about = os.fstat(file)
            if not stat.S_ISREG(about.st_mode) or (own and about.st_uid != os.geteuid()):
                return None
            with open(file, "rb", closefd=False) as stream:
                return stream.read(most)
        finally:
            os.close(file)
    except OSError:
        return None


def look(
    root: str, folder: bytes, behind: bytes = b"", listings: Listings | None = None
) -> Iterator[Found]:
    """What is in a folder below a root, in the order of the names; only what is behind one.

    Each is looked at when its turn comes. Nothing comes where the folder cannot be read.
    `listings` keeps the names of large folders, for who asks for a part of them after the other.
    """
    try:
        file = open_strictly(os.fsencode(root), folder)
    except OSError:
        return
    try:
        try:
            names = (listings or Listings()).names(file)
        except OSError:
            return
        for name in names[bisect_right(names, behind) :]:
            try:
                about = os.stat(name, dir_fd=file, follow_symlinks=False)
            except OSError:
                continue
            yield Found(file, name, about)
    finally:
        os.close(file)


def refuse_mounts(root: bytes, path: bytes) -> None:
    """Raises Mounted where the system knows that something is mounted at a path below `root`, or
    in it, or that it lies in what is mounted."""
    for mount in sorted(mounts_below(root)):
        if is_in(mount, path) or is_in(path, mount):
            raise Mounted(mount)


def folders_in(
    root: bytes, path: bytes
) -> Iterator[tuple[bytes, os.stat_result, list[os.DirEntry[str]]]]:
    """The folder `path` below a root and all in it, each before those that it holds: paths, what
    they are, and what is in them but folders. That can be looked at as long as nobody asks for the
    next folder.

    Raises OSError, and Mounted where something is mounted: before the first, or, where the system
    has no table of mounts, at a folder that lies on another disk.
    """
    refuse_mounts(root, path)
    device = None
    left = [path]
    while left:
        one = left.pop()
        folder = open_strictly(root, one)
        try:
            about = os.fstat(folder)
            if device not in (None, about.st_dev):
                raise Mounted(one)
            device = about.st_dev
            files = []
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(join(one, os.fsencode(entry.name)))
                    else:
                        files.append(entry)
            yield one, about, files
        finally:
            os.close(folder)
