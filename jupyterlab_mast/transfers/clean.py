"""Partial files that nobody will go on with."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator

from ..files import is_within

_PART = re.compile(r"\.mast-([a-z0-9-]{8,40})-[0-9]+\.part")
#: Another home's transfer may be writing to the same folder: what no transfer here knows must have
#: been left alone for so long (seconds).
_STRANGER_SECONDS = 3600.0


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
        for folder, _, names in os.walk(root):
            for name in names:
                found = _PART.fullmatch(name)
                if found is None or found[1] in kept:
                    continue
                path = os.path.join(folder, name)
                with contextlib.suppress(OSError):
                    about = os.lstat(path)
                    old = now - about.st_mtime > _STRANGER_SECONDS
                    if (
                        stat.S_ISREG(about.st_mode)
                        and about.st_uid == os.geteuid()
                        and (old or found[1] in over)
                    ):
                        yield path


def clean(folders: Iterable[str], unfinished: Iterable[str], ended: Iterable[str]) -> list[str]:
    """Remove the `leftovers`, and return them."""
    removed = []
    for path in list(leftovers(folders, unfinished, ended)):
        with contextlib.suppress(OSError):
            os.unlink(path)
            removed.append(path)
    return removed
