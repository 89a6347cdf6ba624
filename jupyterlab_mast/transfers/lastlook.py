"""Removing a file that must be the one that was looked at before.

A name may lead to another file at any moment, and over NFS what is told of a file may be some
seconds old. So it is opened, which asks the server; then it gets a name that nobody else uses, is
looked at once more, and only then goes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat

from ..files import is_same_file
from ..opening import READ
from .targets import put_in_place

#: Bytes of a name that leave room for more.
_ROOM = 240


class Changed(Exception):
    """It is another file, or was written to: it stays. `kept_as` is its name when its own was taken
    by another file meanwhile."""

    def __init__(self, kept_as: str | None = None) -> None:
        super().__init__(kept_as)
        self.kept_as = kept_as


class Renamed(OSError):
    """It could not be removed, nor be given its name back: it is called `kept_as` now."""

    def __init__(self, error: OSError, kept_as: str) -> None:
        super().__init__(error.errno, error.strerror)
        self.kept_as = kept_as


def remove_if_same(folder: int, name: str, before: os.stat_result) -> None:
    """Remove the file `name` in an open folder. Raises Changed and OSError; then it stays, under
    another name where that is Renamed.

    A change of its bytes that leaves size and times as they were, in the instant between the last
    looks, is all that goes unseen.
    """
    if not is_same_file(look(folder, name), before):
        raise Changed
    # A partial file's name (`clean.py`): should this process be killed right here, it is tidied
    # away like those. What can be fetched again stands in a list by then.
    hidden = f".mast-{secrets.token_hex(8)}-0.part"
    os.rename(name, hidden, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        same = _print(look(folder, hidden)) == _print(before)
        if same:
            os.unlink(hidden, dir_fd=folder)
    except OSError as error:
        kept_as = _put_back(folder, hidden, name)
        if kept_as is not None:
            raise Renamed(error, kept_as) from error
        raise
    except BaseException:
        with contextlib.suppress(OSError):
            _put_back(folder, hidden, name)
        raise
    if not same:
        raise Changed(_put_back(folder, hidden, name))


def _put_back(folder: int, hidden: str, name: str) -> str | None:
    """Returns the name that it has now, if that is not its own. Raises Renamed, and
    FileNotFoundError when it has gone."""
    try:
        put_in_place(folder, hidden, name, replace=False)
        return None
    except OSError:
        # Its own is taken, or it can have no second name just now: the disk is full.
        other = f"{os.fsdecode(os.fsencode(name)[:_ROOM])}.{secrets.token_hex(4)}"
        try:
            os.rename(hidden, other, src_dir_fd=folder, dst_dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Renamed(error, hidden) from error
        return other


def look(folder: int, name: str) -> os.stat_result:
    """What is told of it once it was opened, where that is permitted: source: nfs(5), close-to-open
    cache consistency."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    # To open what is no file may do something, or wait.
    if not stat.S_ISREG(found.st_mode):
        return found
    try:
        file = os.open(name, READ, dir_fd=folder)
    except PermissionError:
        return found
    try:
        # Closed before it goes: what is open keeps its place on the disk.
        return os.fstat(file)
    finally:
        os.close(file)


def _print(found: os.stat_result) -> tuple[int, ...]:
    """All that a rename leaves as it is; that sets the change time."""
    return (
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_mode,
        found.st_uid,
        found.st_nlink,
    )
