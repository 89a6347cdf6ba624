"""Reading a whole tree with processes of our own: two for a disk, threads where calls wait."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from .mounts import mount_over, mounts_below
from .scanner import Scanner, unit
from .scannerprocess import ScannerProcess
from .tree import Record, Tree, join

#: Processes that read at the same time.
PROCESSES = 2
#: Threads of one process where each call waits for a server.
THREADS = 16
#: Seconds of one piece of work.
UNIT_SECONDS = 0.05
#: Seconds that a call takes at least where a server is asked, and calls to tell by.
SLOW_CALL, CALLS_TO_TELL = 200e-6, 50
#: So many folders are read here: to start processes would take longer.
FEW = 512
#: Seconds after which one that rests hears that it is to stop.
REST_SECONDS = 0.1


def _answered(processes: Iterable[ScannerProcess]) -> list[ScannerProcess]:
    """Those of which an answer has come, within half a second; whatever their descriptors are:
    ``select`` takes none above 1,023."""
    with selectors.DefaultSelector() as selector:
        for process in processes:
            if process.asked:
                selector.register(process, selectors.EVENT_READ, process)
        return [key.data for key, _ in selector.select(0.5)]


class Walk:
    """Reads what is below one root into a tree; may be stopped at any time and gone on with."""

    def __init__(self, root: str | bytes, tree: Tree, *, threads: int = 1) -> None:
        """`threads` to begin with. Raises OSError when the root is not there."""
        self.root = os.fsencode(os.path.realpath(root))
        self.tree = tree
        #: Device and inode of the root.
        self._identity = self._identify()
        #: Folders that are read a second, at most; None reads as fast as it goes.
        self.rate: float | None = None
        self._threads = threads
        self._slow = 0
        #: What is still to be read, without what the processes were asked for.
        self._left: list[bytes] = []
        self._processes: list[ScannerProcess] = []

    @property
    def threads(self) -> int:
        """How many read at once: more than one where calls wait for a server."""
        return self._threads

    @property
    def left(self) -> list[bytes]:
        """What is still to be read of all that is below the folders asked for last."""
        return self._left + [path for process in self._processes for path in process.asked]

    def read(
        self,
        paths: Iterable[bytes],
        *,
        deep: bool = True,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[], None] = lambda: None,
    ) -> list[bytes]:
        """Read the folders `paths`; with `deep` all in them, else only those in them that are new.

        Returns what is still to be read when it was `stopped`; else nothing. Raises OSError as
        `look_at_root` does, and when the root goes meanwhile or cannot be read; what was known
        before stays then, and all is still to be read.
        """
        self._left = list(paths)
        self.look_at_root()
        if deep:
            self._left += self.find_mounts()
        self._left = [path for path in self._left if not self._is_mounted(path)]
        if deep:
            return self._read(self._left, None, stopped, progress)
        new: list[bytes] = []
        left = self._read(self._left, new, stopped, progress)
        new = [path for path in new if path not in self.tree.mounts]
        return left + (new if left else self._read(new, None, stopped, progress))

    def look_at_root(self) -> None:
        """Take it as it is now: it may have been mounted anew. Raises OSError when it is not there,
        or is an empty folder where another file system was counted."""
        self._identity = device, _ = self._identify()
        tree = self.tree
        known = tree.sums.files or tree.sums.folders > 1
        # Where one is mounted, it is a new one, as a scratch disk is in each session.
        if known and tree.device not in (None, device) and not os.path.ismount(self.root):
            with os.scandir(self.root) as entries:
                if next(entries, None) is None:
                    raise OSError(
                        f"{os.fsdecode(self.root)} is empty, and on another file system than what "
                        "was counted there: it seems not to be mounted."
                    )
        tree.device = device

    def find_mounts(self) -> set[bytes]:
        """Look where something else is mounted by now, and forget what is known there.

        Returns where there is no such mount any more: what was below it is to be read.
        """
        before, self.tree.mounts = self.tree.mounts, mounts_below(self.root)
        for path in self.tree.mounts - before:
            self.tree.drop(path)
        return {path for path in before - self.tree.mounts if not self._is_mounted(path)}

    def _is_mounted(self, path: bytes) -> bool:
        return mount_over(path, self.tree.mounts) is not None

    def read_between(
        self, paths: Iterable[bytes], stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """Read folders now, while `read` is under way: to be called by its `progress`.

        Of the folders in them those are read that came since; all others are known, or `read` will
        come there.
        """
        here = Walk(self.root, self.tree, threads=self._threads)
        here._identity = self._identity
        known = {path: record for path in sorted(paths) if (record := self.tree.get(path))}
        listed = {join(path, name) for path, record in known.items() for name in record.folders}
        left = list(known)
        while left:
            for process in self._processes:
                if process.asked:
                    process.read_since.update(left)
            new: list[bytes] = []
            try:
                # What it was stopped before is to be read with the rest.
                self._left += here._read_here(left, new, stopped, lambda: None)
            except OSError:
                # What came since nobody would ask for again: what it lies in is known by now.
                self._left += {*left, *new} - listed - set(known)
                raise
            mounts = mounts_below(self.root) if new else ()
            left = [path for path in new if path not in listed and path not in mounts]

    def _read(
        self,
        left: list[bytes],
        new: list[bytes] | None,
        stopped: Callable[[], bool],
        progress: Callable[[], None],
    ) -> list[bytes]:
        """Read folders: all that is below them, or these alone, and note what is `new`."""
        if not left:
            return []
        if new is not None and len(left) <= FEW:
            return self._read_here(left, new, stopped, progress)
        processes: list[ScannerProcess] = []
        self._left, self._processes = left, processes
        try:
            processes += (ScannerProcess() for _ in range(PROCESSES))
            while left or any(process.asked for process in processes):
                if stopped():
                    break
                self._deal(processes, left, new is None)
                answered = _answered(processes)
                for process in answered:
                    count = self._take(process, new)
                    progress()
                    self._rest(count, stopped, progress)
                if not answered:
                    # A file system may be away for a while: what else is to be done goes on.
                    progress()
        finally:
            self._left, self._processes = self.left, []
            for process in processes:
                process.close()
        return self._left

    def _read_here(
        self,
        left: list[bytes],
        new: list[bytes],
        stopped: Callable[[], bool],
        progress: Callable[[], None],
    ) -> list[bytes]:
        scanner = Scanner(self.root, self._identity[0], self.tree.mounts, self._threads)
        while left and not stopped():
            asked = left
            found = unit(scanner, False, asked, UNIT_SECONDS, self._threads)
            left = self._note(asked, found, new)
            progress()
            self._rest(len(found[0]), stopped)
        return left

    def _deal(self, processes: list[ScannerProcess], left: list[bytes], deep: bool) -> None:
        idle = [process for process in processes if not process.asked]
        if self._threads > 1:
            # One process has all the threads: more would ask the server more than is decent.
            idle = idle[:1] if len(idle) == len(processes) else []
        for process in idle:
            if not left:
                return
            share = max(1, len(left) // (1 if self._threads > 1 else len(processes)))
            paths, left[-share:] = left[-share:], []
            process.asked = paths
            ask = (
                "read",
                self.root,
                self._identity[0],
                self.tree.mounts,
                deep,
                self._threads,
                paths,
                UNIT_SECONDS,
            )
            process.ask(ask)

    def _take(self, process: ScannerProcess, new: list[bytes] | None) -> int:
        """Take in what a process has answered. Returns how many folders it has read."""
        try:
            found = process.answer()
        except EOFError:
            raise OSError("A process that reads folders has died.") from None
        left = self._note(process.asked, found, new, process.read_since)
        process.asked, process.read_since = [], set()
        self._left += left
        return len(found[0])

    def _note(
        self,
        asked: list[bytes],
        found: tuple[Any, ...],
        new: list[bytes] | None,
        since: Collection[bytes] = (),
    ) -> list[bytes]:
        """Take in what a scanner has answered, but for what was read `since`. Returns what is still
        to be read. Raises OSError, and takes in nothing, when the root could not be read, or is
        not the one any more that was to be read: other folders may be missed for that alone."""
        left: list[bytes]
        values, left, calls, seconds, waits = found
        records = list(map(Record._make, values))
        for record in records:
            # Where only a file could not be looked at, the folder is known.
            if record.path == b"" and record.error and not record.inode:
                raise OSError(record.error, os.strerror(record.error), os.fsdecode(self.root))
        if calls >= CALLS_TO_TELL and self._threads == 1:
            slow = seconds / calls > SLOW_CALL and waits > calls // 2
            self._slow = self._slow + 1 if slow else 0
            if self._slow >= 2:
                self._threads = THREADS
        told = {record.path for record in records} | set(left)
        if self._identify() != self._identity or (b"" in asked and b"" not in told):
            raise OSError(
                f"{os.fsdecode(self.root)} has gone or become another folder while it was read."
            )
        for path in asked:
            if path not in told and path not in since:
                self.tree.drop(path)
        for record in records:
            if since and not self._is_news(record.path, since):
                continue
            unknown = self.tree.put(record)
            if new is not None:
                new += unknown
        return left

    def _is_news(self, path: bytes, since: Collection[bytes]) -> bool:
        """Whether what is told of a folder is newer than what is known, and it is still there."""
        if path in since:
            return False
        outer, _, name = path.rpartition(b"/")
        record = self.tree.get(outer) if path else None
        return not path or (record is not None and name in record.folders)

    def _rest(
        self,
        folders: int,
        stopped: Callable[[], bool],
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        """Read nothing for as long as the rate asks after so many folders, unless `stopped`."""
        if self.rate:
            end = time.monotonic() + folders / self.rate
            while (left := end - time.monotonic()) > 0 and not stopped():
                time.sleep(min(left, REST_SECONDS))
                progress()

    def _identify(self) -> tuple[int, int]:
        about = os.stat(self.root)
        return about.st_dev, about.st_ino


def measure(root: str | bytes) -> Tree:
    """Read all that is below a root. Raises OSError when it is not there."""
    tree = Tree()
    Walk(root, tree).read([b""])
    return tree
