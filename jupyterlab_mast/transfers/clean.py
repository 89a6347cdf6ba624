"""Partial files that nobody will go on with."""

from __future__ import annotations

import contextlib
import math
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator

from ..files import is_within

_PART = re.compile(r"\.mast-([a-z0-9-]{8,40})-[0-9]+\.part")
#: Another home's transfer may be writing to the same folder: what no transfer here knows must have
#: been left alone for so long (seconds).
_STRANGER_SECONDS = 3600.0
#: The same where nobody asked for it.
_UNASKED_SECONDS = 24 * 3600.0


def leftovers(
    folders: Iterable[str], unfinished: Iterable[str], ended: Iterable[str]
) -> Iterator[str]:
    """The partial files in and below `folders` that belong to none of the `unfinished` transfers.

    Those of transfers that `ended` are leftovers at once; those of transfers that are not known,
    after an hour. Only files of this user count, and no link is followed.
    """
    kept, over = set(unfinished), set(ended)
    roots: list[str] = []
    for folder in sorted({os.path.realpath(one) for one in folders}):
        if not roots or not is_within(folder, roots[-1]):
            roots.append(folder)
    now = time.time()
    for root in roots:
        for name, path in _files_below(root):
            found = _PART.fullmatch(name)
            if found is None or found[1] in kept:
                continue
            before = math.inf if found[1] in over else now - _STRANGER_SECONDS
            if _was_left(path, before):
                yield path


def _files_below(root: str) -> Iterator[tuple[str, str]]:
    """Names and paths of all but folders in and below a folder. (`os.walk` calls itself for each
    folder on the way up to Python 3.11: in deep ones it fails.)"""
    left = [root]
    while left:
        with contextlib.suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                else:
                    yield entry.name, entry.path


def orphans(folders: Iterable[str], claimed: Collection[str]) -> Iterator[str]:
    """The partial files right in `folders` that belong to none of the `claimed` transfers and were
    left alone for a day. Only files of this user count, and no link is followed."""
    before = time.time() - _UNASKED_SECONDS
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                found = _PART.fullmatch(entry.name)
                if found and found[1] not in claimed and _was_left(entry.path, before):
                    yield entry.path


def _was_left(path: str, before: float) -> bool:
    """Whether it is a file of this user that nobody wrote to since a moment."""
    try:
        about = os.lstat(path)
    except OSError:
        return False
    mine = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
    return mine and about.st_mtime <= before


def clean(folders: Iterable[str], unfinished: Iterable[str], ended: Iterable[str]) -> list[str]:
    """Remove the `leftovers`, and return them."""
    return _remove(leftovers(folders, unfinished, ended))


def clean_orphans(folders: Iterable[str], claimed: Collection[str]) -> list[str]:
    """Remove the `orphans`, and return them."""
    return _remove(orphans(folders, claimed))


def _remove(paths: Iterable[str]) -> list[str]:
    removed = []
    for path in list(paths):
        with contextlib.suppress(OSError):
            os.unlink(path)
            removed.append(path)
    return removed
