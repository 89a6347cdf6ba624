"""Copies that were moved by others: found again by inode, size and modification time.

A listing of a folder tells the inodes of its files without a question for each. What is asked for
now is looked for in few folders; below the roots it is looked for slowly, in a thread, and only
while something is missing. Nothing is read of any file.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .copyrecord import Copy
from .provenance import Provenance

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """How far one looks; smaller ones are for tests. Times are seconds."""

    #: Folders of other copies that are listed while somebody waits.
    known: int = 64
    #: Folders of one search below the roots, and the pause after each.
    folders: int = 50_000
    pause: float = 0.005
    #: Until a copy that was not found is searched for again.
    again: float = 3600.0


class Finder:
    """Looks for the copies of `provenance` that are not where they were. For any thread."""

    def __init__(self, provenance: Provenance, bounds: Bounds | None = None) -> None:
        self._provenance = provenance
        self._bounds = bounds or Bounds()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted: dict[str, Copy] = {}
        self._roots: dict[str, None] = {}
        #: When (monotonic) a path was searched for.
        self._searched: dict[str, float] = {}
        self._closing = threading.Event()

    @property
    def searching(self) -> bool:
        """Whether a search below the roots goes on."""
        with self._lock:
            return self._thread is not None

    def present(self, copies: Sequence[Copy], roots: Iterable[str]) -> list[Copy]:
        """Those of `copies` that are there, where they are now.

        Those that are not found in few folders are searched for below `roots` afterwards.
        """
        listings = {folder: _inodes(folder) for folder in {_folder(copy) for copy in copies}}
        places = [copy if _is_there(copy, listings[_folder(copy)]) else None for copy in copies]
        missing = {
            copy.path: copy for copy, place in zip(copies, places, strict=True) if place is None
        }
        if not missing:
            return list(copies)
        found: dict[str, Copy] = {}
        for folder in dict.fromkeys([*listings, *self._provenance.folders(self._bounds.known)]):
            if len(found) == len(missing):
                break
            listing = listings[folder] if folder in listings else _inodes(folder)
            found.update(self._among(folder, listing, missing))
        self._search([copy for path, copy in missing.items() if path not in found], roots)
        now = [place or found.get(copy.path) for copy, place in zip(copies, places, strict=True)]
        return [copy for copy in now if copy is not None]

    def close(self) -> None:
        """End a search."""
        self._closing.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _among(
        self, folder: str, listing: dict[str, int], missing: dict[str, Copy]
    ) -> dict[str, Copy]:
        """Which of `missing` are in a folder now, by the paths that they had."""
        inodes = {copy.inode for copy in missing.values()}
        found = {}
        for name, inode in listing.items():
            if inode not in inodes:
                continue
            path = os.path.join(folder, name)
            try:
                about = os.lstat(path)
            except OSError:
                continue
            copy = self._provenance.of_file(path, about)
            if copy is None or not copy.is_untouched(about):
                continue
            for old, one in missing.items():
                if one._replace(path=path, time=copy.time) == copy:
                    found[old] = copy
        return found

    def _search(self, missing: list[Copy], roots: Iterable[str]) -> None:
        now = time.monotonic()
        with self._lock:
            new = {
                copy.path: copy
                for copy in missing
                if now - self._searched.get(copy.path, float("-inf")) > self._bounds.again
            }
            if not new or self._closing.is_set():
                return
            self._searched.update(dict.fromkeys(new, now))
            self._wanted.update(new)
            self._roots.update(dict.fromkeys(roots))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mast-moves", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, {}
                roots, self._roots = list(self._roots), {}
                if not wanted or self._closing.is_set():
                    self._thread = None
                    return
            try:
                self._walk(wanted, roots)
            except Exception:
                log.exception("jupyterlab-mast: moved copies could not be searched for")

    def _walk(self, wanted: dict[str, Copy], roots: list[str]) -> None:
        folders = deque(roots)
        seen = set(roots)
        for _ in range(self._bounds.folders):
            if not folders or not wanted or self._closing.wait(self._bounds.pause):
                return
            folder = folders.popleft()
            inner: list[str] = []
            for old in self._among(folder, _inodes(folder, inner), wanted):
                del wanted[old]
            for one in inner:
                if one not in seen:
                    seen.add(one)
                    folders.append(one)


def _folder(copy: Copy) -> str:
    return os.path.dirname(copy.path)


def _is_there(copy: Copy, listing: dict[str, int]) -> bool:
    inode = listing.get(os.path.basename(copy.path))
    if inode is None or inode == copy.inode or not copy.inode:
        return inode is not None
    # Layered file systems number files otherwise in their listings.
    try:
        return os.lstat(copy.path).st_ino == copy.inode
    except OSError:
        return False


def _inodes(folder: str, inner: list[str] | None = None) -> dict[str, int]:
    """The names in a folder and their inodes; `inner` gets the folders that are not hidden."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found[entry.name] = entry.inode()
                if inner is not None and entry.name[0] != "." and _is_folder(entry):
                    inner.append(entry.path)
    except OSError:
        # Gone, or not to be read.
        return {}
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
