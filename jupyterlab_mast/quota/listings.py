"""The names in large folders, kept for those who ask for one page of them after the other."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict

#: Folders of so many names are kept, and so many of them.
_LARGE, _KEPT = 1000, 4
#: A folder that changed so shortly before may change again within one tick of its clock; in ns.
_YOUNG = 2_000_000_000


class Listings:
    """Used from any thread."""

    def __init__(self) -> None:
        #: By device, inode and times of a folder; the one used last is last.
        self._kept: OrderedDict[tuple[int, ...], list[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def names(self, folder: int) -> list[bytes]:
        """The names in an open folder, in order. Raises OSError."""
        about = os.fstat(folder)
        key = (about.st_dev, about.st_ino, about.st_mtime_ns, about.st_ctime_ns)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        names = sorted(map(os.fsencode, os.listdir(folder)))
        if len(names) >= _LARGE and time.time_ns() - about.st_ctime_ns > _YOUNG:
            with self._lock:
                self._kept[key] = names
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return names
