"""What pages are told of the lists of removed copies: asked for each minute, and cheap."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import Json
from .freed import Freed, FreedList, lists_in

#: Seconds for which one believes what was missing.
BELIEVED_SECONDS = 60.0
#: Seconds since its last line after which a list of files that are all there again is forgotten.
KEEP_SECONDS = 86_400.0

#: Which of some transfers have not ended.
Unfinished = Callable[[Sequence[str]], list[str]]


class _Seen(NamedTuple):
    """What a list was when it was read."""

    #: `FreedList.stamp`, the root, and whether its files were being fetched.
    state: tuple[object, ...]
    time: float
    transfers: list[str]
    #: None for a list of another root, and for one of which all is there again.
    told: Json | None


class FreedLists:
    """The lists in `folder`. One thread at a time."""

    def __init__(self, folder: str, unfinished: Unfinished) -> None:
        self._folder = folder
        self._unfinished = unfinished
        self._seen: dict[tuple[str, str], _Seen] = {}

    def of(self, root: str, root_id: str) -> list[Json]:
        """Those of a root, the last first. Forgets old ones of this path that are there again."""
        before, self._seen = self._seen, {}
        # Of other roots one goes on knowing.
        self._seen.update((at, one) for at, one in before.items() if at[1] != root_id)
        found = []
        for kept in lists_in(self._folder):
            at = (kept.name, root_id)
            try:
                seen = self._look(kept, root, root_id, before.get(at))
            except (KeyError, OSError):
                continue
            self._seen[at] = seen
            if seen.told is not None:
                found.append(seen.told)
        return found

    def _look(self, kept: FreedList, root: str, root_id: str, seen: _Seen | None) -> _Seen:
        stamp = kept.stamp()
        now = time.monotonic()
        if seen is not None:
            fetching = bool(self._unfinished(seen.transfers))
            # When the last of them has come, all is looked at anew.
            if seen.state == (stamp, root, fetching) and now - seen.time < BELIEVED_SECONDS:
                return seen
        if not kept.read(copies=False).is_of(root, root_id):
            return _Seen((stamp, root, False), now, [], None)
        contents = kept.read()
        fetching = bool(self._unfinished(contents.transfers))
        missing = missing_of(contents.copies, root)
        told: Json | None = None
        if missing:
            told = {
                "freed": kept.name,
                "time": contents.time,
                "files": len(missing),
                "bytes": sum(one.size for one in missing),
                "lost": contents.lost,
                "fetching": fetching,
            }
        # By its id alone it may be that of a folder elsewhere, which another server has.
        elif contents.root == root and not fetching:
            # Another server may have done so, or the disk may not be written to.
            with contextlib.suppress(OSError):
                if kept.age() > KEEP_SECONDS:
                    kept.remove()
        return _Seen((stamp, root, fetching), now, contents.transfers, told)


def missing_of(copies: Sequence[Freed], root: str) -> list[Freed]:
    """Those of which nothing stands at their place below `root`: each folder is read once."""
    by_folder: dict[str, list[Freed]] = {}
    for one in copies:
        by_folder.setdefault(os.path.dirname(one.path), []).append(one)
    missing = []
    for folder, some in by_folder.items():
        names = _names(os.path.join(root, folder))
        missing += [one for one in some if os.path.basename(one.path) not in names]
    return missing


def _names(folder: str) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except (OSError, ValueError):
        return set()
