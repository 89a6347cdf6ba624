"""Files that the field's programs have downloaded, and that are not known as copies."""

from __future__ import annotations

import os
import stat
import time

from ..errors import Json
from ..transfers.interface import Provenance
from .folders import look
from .listings import Listings
from .mounts import mount_over, mounts_below
from .names import id_of
from .places import Places
from .tree import join

#: Seconds that one page may take: it ends early on a slow disk.
PAGE_SECONDS = 10.0


def cached(
    root: str,
    places: Places,
    provenance: Provenance,
    after: bytes,
    limit: int,
    seconds: float = PAGE_SECONDS,
    listings: Listings | None = None,
) -> Json:
    """At most `limit` of this person's, folder by folder, in each by their names; none that lie in
    what is mounted below the root.

    Only those behind `after`, a path below `root`; folders are known from the records, their files
    are looked at. `next`, where it is not None, is behind which file the next page begins: also of
    a page that has few files or none, when it has taken so many `seconds`. `listings` has the names
    from the page before.
    """
    provenance.reload()
    mounts = mounts_below(os.fsencode(os.path.realpath(root)))
    end = time.monotonic() + seconds
    start, _, first = after.rpartition(b"/")
    files: list[Json] = []
    last: bytes | None = None
    for folder in places.folders_with_files("archive-caches"):
        if folder < start or mount_over(folder, mounts) is not None:
            continue
        behind = first if folder == start else b""
        for _, name, about in look(root, folder, behind, listings):
            if last is not None and time.monotonic() > end:
                return {"files": files, "next": id_of(last)}
            path = join(folder, name)
            absolute = os.path.join(root, os.fsdecode(path))
            if _is_asked_for(name, about) and not _is_copy(provenance, absolute, about):
                if last is not None and len(files) == limit:
                    return {"files": files, "next": id_of(last)}
                files.append(_file(absolute, about))
            last = path
    return {"files": files, "next": None}


def _is_asked_for(name: bytes, about: os.stat_result) -> bool:
    """Whether it is a file of who asks, and none that one of our copies has got so far."""
    is_partial = name.startswith(b".mast-") and name.endswith(b".part")
    return stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid() and not is_partial


def _is_copy(provenance: Provenance, absolute: str, about: os.stat_result) -> bool:
    copy = provenance.of_path(absolute)
    return copy is not None and copy.is_untouched(about)


def _file(absolute: str, about: os.stat_result) -> Json:
    return {
        "absolute": absolute,
        "size": about.st_size,
        # What has other names frees nothing.
        "allocated": about.st_blocks << 9 if about.st_nlink == 1 else 0,
    }
