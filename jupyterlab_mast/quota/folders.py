"""Folders below a root, reached so that nobody leads the way elsewhere, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .scanner import FOLDER


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


def look(root: str, folder: bytes, behind: bytes = b"") -> Iterator[tuple[bytes, os.stat_result]]:
    """The names in a folder below a root, in order, and what they are; only those behind one.

    Each is looked at when its turn comes. Nothing comes where the folder cannot be read.
    """
    try:
        file = open_strictly(os.fsencode(root), folder)
    except OSError:
        return
    try:
        try:
            names = sorted(map(os.fsencode, os.listdir(file)))
        except OSError:
            return
        for name in names:
            if name <= behind:
                continue
            try:
                about = os.stat(name, dir_fd=file, follow_symlinks=False)
            except OSError:
                continue
            yield name, about
    finally:
        os.close(file)
