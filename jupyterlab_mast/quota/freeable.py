"""What below a root may go without harm, besides copies: package caches, trash, old checkpoints."""

from __future__ import annotations

import heapq
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Json
from .checkpoints import CHECKPOINT_SECONDS, FOLDER_NAME, holds_checkpoints, is_old_checkpoint
from .folders import Found, look, open_strictly
from .inuse import is_used, paths_in_use
from .marks import mark_of
from .mounts import is_in, mount_over, mounts_below
from .names import id_of, shown
from .packagecaches import LAST_NAMES, cache_at, is_download, is_of_conda, noted_in
from .places import Places
from .tree import join

if TYPE_CHECKING:
    from .models import FreeableName

#: Entries of one group that are told of.
MOST = 2_000
#: Seconds that looking at folders and files may take.
LOOK_SECONDS = 10.0


def freeable(root: str, places: Places, trash: bytes | None, seconds: float = LOOK_SECONDS) -> Json:
    """The groups with their entries, the largest first; `trash` is its folder below the root.

    What folders hold is told from the records, single files are looked at. A group has `MOST`
    entries, whose sums it tells: when those have gone, a second run shows more. What was not looked
    at when its share of so many `seconds` was over is left out.
    """
    before = time.time() - CHECKPOINT_SECONDS
    began = time.monotonic()
    ends = [began + seconds * share / 3 for share in (1, 2, 3)]
    known = [
        one
        for one in places.named(LAST_NAMES | {FOLDER_NAME})
        # That goes with the trash.
        if trash is None or not is_in(one.path, trash)
    ]
    caches = [one.path for one in known if one.path.rpartition(b"/")[2] in LAST_NAMES]
    # First those that hold old ones only: they are the likeliest to have some.
    checkpoints = sorted((one for one in known if one.files), key=lambda record: record.newest)
    in_trash = [] if trash is None else [join(trash, b"files")]
    # Nothing in these takes space of this root; they may be newer than the records.
    mounts = mounts_below(os.fsencode(os.path.realpath(root)))
    things: dict[FreeableName, list[_Thing]] = {
        "package-caches": list(_Look(root, mounts, ends[0]).caches(caches)),
        "trash": list(_Look(root, mounts, ends[1]).entries(in_trash)),
        "checkpoints": list(
            _Look(root, mounts, ends[2]).checkpoints((one.path for one in checkpoints), before)
        ),
    }
    alone = places.alone(one.path for some in things.values() for one in some if one.is_folder)
    groups = []
    for group, some in things.items():
        entries = heapq.nlargest(
            MOST, (one.entry(group, alone) for one in some), key=lambda entry: entry["allocated"]
        )
        groups.append(
            {
                "group": group,
                "allocated": sum(entry["allocated"] for entry in entries),
                "files": sum(entry["files"] for entry in entries),
                "entries": entries,
            }
        )
    return {"groups": groups, "before": before}


@dataclass(frozen=True)
class _Thing:
    """What may go."""

    path: bytes
    about: os.stat_result
    #: Whose cache it is.
    program: str | None = None

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.about.st_mode)

    def entry(self, group: FreeableName, alone: dict[bytes, tuple[int, int]]) -> Json:
        about = self.about
        # What has other names frees nothing. A folder that came just now is counted soon.
        single = about.st_blocks << 9 if self.is_folder or about.st_nlink == 1 else 0, 1
        allocated, files = alone.get(self.path, single)
        name = shown(self.path.rpartition(b"/")[2])
        return {
            "id": id_of(self.path),
            "name": self.program if self.program and self.is_folder else name,
            "program": self.program,
            "folder": self.is_folder,
            "allocated": allocated,
            "files": files,
            "mark": mark_of(about, group),
        }


class _Look:
    """Looks at this person's folders and files below `root` that lie in none of its `mounts`, until
    the time is over."""

    def __init__(self, root: str, mounts: Collection[bytes], end: float) -> None:
        self._root = root
        self._mounts = mounts
        self._end = end

    def caches(self, folders: Iterable[bytes]) -> Iterator[_Thing]:
        used = paths_in_use()
        for path in folders:
            if time.monotonic() > self._end:
                return
            program = cache_at(path)
            if program is not None:
                about = self._own_folder(path)
                whole = os.path.join(os.path.realpath(self._root), os.fsdecode(path))
                if about is not None and not is_used(whole, used):
                    yield _Thing(path, about, program)
            elif is_of_conda(path):
                yield from self._of_conda(path)

    def _of_conda(self, folder: bytes) -> Iterator[_Thing]:
        noted: frozenset[bytes] | None = None
        for found in self._own(folder):
            if noted is None:
                noted = noted_in(found.folder)
            if not noted:
                return
            if is_download(found, noted):
                yield _Thing(join(folder, found.name), found.about, "conda")

    def entries(self, folders: Iterable[bytes]) -> Iterator[_Thing]:
        """All that is in some folders."""
        for folder in folders:
            for found in self._own(folder):
                yield _Thing(join(folder, found.name), found.about)

    def checkpoints(self, folders: Iterable[bytes], before: float) -> Iterator[_Thing]:
        for folder in folders:
            if time.monotonic() > self._end:
                return
            if holds_checkpoints(folder):
                for found in self._own(folder):
                    if is_old_checkpoint(found, before):
                        yield _Thing(join(folder, found.name), found.about)

    def _own(self, folder: bytes) -> Iterator[Found]:
        """What is in a folder, and belongs to who asks."""
        if self._is_mounted(folder):
            return
        for found in look(self._root, folder):
            if time.monotonic() > self._end:
                return
            if found.about.st_uid == os.geteuid():
                yield found

    def _is_mounted(self, path: bytes) -> bool:
        return mount_over(path, self._mounts) is not None

    def _own_folder(self, path: bytes) -> os.stat_result | None:
        if self._is_mounted(path):
            return None
        try:
            file = open_strictly(os.fsencode(self._root), path)
        except OSError:
            return None
        try:
            about = os.fstat(file)
        finally:
            os.close(file)
        return about if about.st_uid == os.geteuid() else None
