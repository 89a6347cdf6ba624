"""Copies that may go because the archive still has them: which they are.

They are removed by `removing.py`, which looks at all of it again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Sequence

from ..errors import Json
from ..files import Folders, is_within
from ..missions import mission_of_path
from .buckets import Buckets
from .copyrecord import Copy
from .interface import Grade, Standing
from .provenance import Provenance
from .verify import checksum_of

#: Missions whose data are final. Source: their archive manuals at MAST (Kepler, K2, GALEX and
#: Pan-STARRS ended with a last delivery).
_FINAL = ("kepler", "k2", "galex", "ps1")


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
    if copy.is_unchanged(found):
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
    busy: Folders,
    unfinished: Collection[str] = (),
    buckets: Buckets,
) -> Json:
    """Some of the copies below `root`, in the order of their paths, and what may become of them.

    Only those behind the path `after`, and none in the folders `without`. The archive is asked
    about those that could go; what `unfinished` transfers wrote cannot. Changes nothing, and reads
    no file.
    """
    provenance.reload()
    some = provenance.in_order(root, after, limit + 1)
    there: list[tuple[Copy, os.stat_result, Standing]] = []
    for copy in some[:limit]:
        if any(is_within(copy.path, folder) for folder in without):
            continue
        try:
            found = os.lstat(copy.path)
        except (OSError, ValueError):
            continue
        is_busy = busy.hold(copy.path) or copy.transfer in unfinished
        standing = "busy" if is_busy else standing_of(copy, found)
        there.append((copy, found, standing))
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
