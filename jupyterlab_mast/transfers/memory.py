"""What the transfers of a process hold in memory of files that are not written yet."""

from __future__ import annotations

import threading


class Memory:
    """So many bytes that all transfers share. Any thread may use it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def try_take(self, size: int) -> bool:
        """Take some, if they fit; where nothing is taken, any number does."""
        with self._lock:
            if self._taken and self._taken + size > self._most:
                return False
            self._taken += size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._taken -= size
