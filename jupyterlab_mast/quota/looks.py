"""Whether folders have changed since they were read: one call to the file system for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .scanner import changed
from .scannerprocess import ScannerProcess
from .tree import Record

#: From so many on a process of its own looks at half of them; it stays, since to start it takes as
#: long as so many looks.
MANY = 2000
#: So many are handed to it at a time, at most: it keeps them all.
AT_ONCE = 4000


class Looks:
    """Looks at folders below one root. One thread works with it at a time."""

    def __init__(self, root: str) -> None:
        self._root = os.fsencode(root)
        self._process: ScannerProcess | None = None

    def changed(self, records: Sequence[Record], root: int, threads: int) -> set[bytes]:
        """The folders that are to be read, since they have changed or what holds them has.

        `root` is a descriptor of the root. More than one of `threads` look where calls wait for a
        server.
        """
        if threads > 1 and records:
            shares = (records[at::threads] for at in range(threads))
            with ThreadPoolExecutor(threads) as pool:
                return set().union(*pool.map(partial(changed, root), shares))
        if len(records) < MANY:
            return set(changed(root, records))
        found: set[bytes] = set()
        for at in range(0, len(records), 2 * AT_ONCE):
            found.update(self._together(records[at : at + 2 * AT_ONCE], root))
        return found

    def close(self) -> None:
        """End the process, until it is needed again."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _together(self, records: Sequence[Record], root: int) -> list[bytes]:
        half = len(records) // 2
        ours, others = records[:half], records[half:]
        try:
            if self._process is None:
                self._process = ScannerProcess()
            self._process.ask(("look", self._root, [record[:4] for record in others]))
            found = changed(root, ours)
            theirs: list[bytes] = self._process.answer()
        except (OSError, EOFError):
            # It has died, cannot be started, or cannot open the root.
            self.close()
            return changed(root, records)
        return found + theirs
