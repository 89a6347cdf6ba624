"""Folders below a root, reached so that nobody leads the way elsewhere, and what is in them."""

from __future__ import annotations

import os

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


def look(root: str, folder: bytes) -> list[tuple[bytes, os.stat_result]]:
    """The names in a folder below a root and what they are; nothing where it cannot be read."""
    try:
        file = open_strictly(os.fsencode(root), folder)
    except OSError:
        return []
    try:
        found = []
        for name in os.listdir(file):
            try:
                found.append((os.fsencode(name), os.stat(name, dir_fd=file, follow_symlinks=False)))
            except OSError:
                continue
        return found
    except OSError:
        return []
    finally:
        os.close(file)
