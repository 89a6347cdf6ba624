"""Into which folders something was written, told in few words however many they are."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict

from ..files import Folders, is_within

#: Folders that are told alone, those of the last writes, and folders with all that is below them.
MOST = 64


class WrittenFolders:
    """Folders below `top` into which something was written. Any thread may use it.

    The latest are told one by one. Of the others folders are told that hold them, the deepest that
    are few enough.
    """

    def __init__(self, top: str) -> None:
        self._top = top
        self._lock = threading.Lock()
        #: The one of the last write at the end.
        self._latest: OrderedDict[str, None] = OrderedDict()
        self._last = ""
        self._whole: set[str] = set()

    def add(self, folder: str) -> None:
        """Something is about to be written into a folder, given by its full path."""
        if folder == self._last:
            return  # as for most files: they come folder by folder
        with self._lock:
            self._last = folder
            self._latest[folder] = None
            self._latest.move_to_end(folder)
            if len(self._latest) > MOST:
                self._gather(self._latest.popitem(last=False)[0])

    def told(self) -> Folders:
        """All of them."""
        with self._lock:
            return Folders(tuple(sorted(self._latest)), tuple(sorted(self._whole)))

    def _gather(self, folder: str) -> None:
        if self._holds(folder):
            return
        self._whole.add(folder)
        while len(self._whole) > MOST:
            deepest = max(one.count(os.sep) for one in self._whole)
            above = {
                one if one == self._top or one.count(os.sep) < deepest else os.path.dirname(one)
                for one in self._whole
            }
            self._whole = {
                one
                for one in above
                if not any(is_within(one, other) for other in above if other != one)
            }

    def _holds(self, folder: str) -> bool:
        while folder not in self._whole:
            if folder in (self._top, os.path.dirname(folder)):
                return False
            folder = os.path.dirname(folder)
        return True
