"""Where the space below a root is: folders, large files, and kinds."""

from __future__ import annotations

import heapq
import os
import stat
import time
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..errors import Json, RequestError
from ..files import on_disk
from ..transfers.interface import Provenance
from .folders import look
from .kinds import Kind, kind_of_folder
from .names import id_of, shown
from .scanner import LARGE, LARGE_NAMES, NOTEBOOK
from .tree import Gone, Record, Tree, join

#: Entries of a folder that are told of one by one.
MOST_ENTRIES = 1000
#: Folders that could not be read of which the names are told.
MOST_UNREADABLE = 20
#: Seconds that a folder of many large files may be looked at for all of them.
LOOK_SECONDS = 5.0

#: Stands between names where paths are sorted: it is before what names are made of, so that what
#: is in a folder comes right behind it.
_BETWEEN = b"\0"


@dataclass
class _Sum:
    """Of a folder with all in it; bytes and counts, `newest` in ns."""

    allocated: int = 0
    apparent: int = 0
    files: int = 0
    newest: int = 0
    kinds: dict[Kind, list[int]] = field(default_factory=dict)

    def add(self, kind: Kind, allocated: int, files: int) -> None:
        if allocated or files:
            sums = self.kinds.setdefault(kind, [0, 0])
            sums[0] += allocated
            sums[1] += files

    @property
    def kind(self) -> Kind:
        """That of most of it."""
        return max(self.kinds, key=lambda kind: self.kinds[kind][0], default="other")


class UnknownFolder(RequestError):
    """A folder that is not there, or was not read yet."""

    def __init__(self) -> None:
        super().__init__(
            "not-found",
            "This folder is not there, or was not counted yet. Go back, or count again.",
        )


class Places:
    """What one tree says of where the space is, at the moment in which it is asked.

    `root` is the path of the tree, and `provenance` knows the copies of archive files; it is read
    where kinds are told. `trash` is the folder of the trash below the root, if it lies there.
    """

    def __init__(
        self, root: str, tree: Tree, provenance: Provenance, trash: bytes | None = None
    ) -> None:
        self._root = root
        self._tree = tree
        self._provenance = provenance
        # What the names of folders tell of trash is not all: people may have it anywhere.
        self._kinds: dict[bytes, Kind] = {} if trash is None else {trash: "trash"}
        #: Sizes of the copies in a folder of the tree, by name.
        self._copies: dict[bytes, dict[bytes, int]] | None = None
        #: Of files with several names those that were met: they count where they are met first.
        self._links: set[int] = set()

    def folder(self, path: bytes, all_files: bool = False) -> Json:
        """REST's form of one folder, without what the file browser calls it.

        With `all_files` also the small ones in it are told of. Raises UnknownFolder.
        """
        record = self._tree.get(path)
        if record is None:
            raise UnknownFolder
        whole = _Sum()
        inner: dict[bytes, _Sum] = {}
        unreadable: list[bytes] = []
        start = len(path) + 1 if path else 0
        for one in self._below(path):
            name = one.path[start:].partition(b"/")[0] if one.path != path else b""
            sums = [whole] if name == b"" else [whole, inner.setdefault(name, _Sum())]
            self._add(one, sums)
            if one.error:
                unreadable.append(one.path)
        entries = [
            *(self._folder_entry(join(path, name), sums) for name, sums in inner.items()),
            *self._file_entries(record, all_files),
        ]
        listed = heapq.nlargest(MOST_ENTRIES, entries, key=lambda entry: entry["allocated"])
        return {
            "folder": self._folder_entry(path, whole),
            "parents": [self._folder_entry(outer, None) for outer in _outer(path)],
            "kinds": [
                {"kind": kind, "allocated": sums[0], "files": sums[1]}
                for kind, sums in sorted(whole.kinds.items(), key=lambda item: -item[1][0])
            ],
            "entries": listed,
            "rest_allocated": max(0, whole.allocated - sum(entry["allocated"] for entry in listed)),
            "rest_files": max(0, whole.files - sum(entry["files"] for entry in listed)),
            "unreadable": [
                {"id": id_of(one), "name": shown(one)}
                for one in heapq.nsmallest(MOST_UNREADABLE, unreadable)
            ],
        }

    def size(self, path: bytes) -> tuple[int, int]:
        """Bytes on disk of a folder with all in it, and how many of them are free when it has gone:
        files with names elsewhere stay there.

        Raises UnknownFolder, also where not all in it was counted.
        """
        if path not in self._tree:
            raise UnknownFolder
        allocated, gone = 0, Gone()
        linked: dict[int, int] = {}
        for record in self._below(path):
            inner = (join(record.path, name) for name in record.folders)
            if any(one not in self._tree and one not in self._tree.mounts for one in inner):
                raise UnknownFolder
            allocated += record.allocated
            linked.update((inode, blocks) for inode, blocks, _, _ in record.links)
            gone.add(record)
        return allocated + sum(linked.values()), gone.bytes

    def files(self, order: str, limit: int) -> list[Json]:
        """The largest, or the oldest of the large files."""
        found = ((record, large) for record in list(self._tree.records()) for large in record.large)
        if order == "largest":
            some = heapq.nlargest(limit, found, key=lambda item: item[1][0])
        else:
            some = heapq.nsmallest(limit, found, key=lambda item: item[1][1])
        return [self._file_entry(record, large) for record, large in some]

    def kinds(self) -> dict[Kind, tuple[int, int]]:
        """Bytes on disk and files of each kind."""
        whole = _Sum()
        for record in self._below(b""):
            self._add(record, [whole])
        return {kind: (sums[0], sums[1]) for kind, sums in whole.kinds.items()}

    def named(self, names: Collection[bytes]) -> list[Record]:
        """What is known of the folders of these names, wherever they are."""
        return [
            record
            for record in list(self._tree.records())
            if record.path.rpartition(b"/")[2] in names
        ]

    def folders_with_files(self, kind: Kind) -> list[bytes]:
        """The paths of the folders of one kind that hold files, in order."""
        return sorted(
            record.path
            for record in list(self._tree.records())
            if record.files and self.kind_of(record.path) == kind
        )

    def alone(self, folders: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
        """Bytes on disk and files of some folders with all in them, by one pass over all records.

        Bytes of files that have names elsewhere do not count: they stay there. A folder that lies
        in another one of these is left out, as is one that is not known.
        """
        wanted: list[bytes] = []
        for key in sorted(map(_in_order, folders)):
            if not wanted or not key.startswith(wanted[-1] + _BETWEEN):
                wanted.append(key)
        sums: dict[bytes, tuple[Gone, list[int]]] = {}
        for record in list(self._tree.records()) if wanted else ():
            key = _in_order(record.path)
            folder = wanted[max(0, bisect_right(wanted, key) - 1)]
            if key == folder or key.startswith(folder + _BETWEEN):
                gone, files = sums.setdefault(folder, (Gone(), []))
                gone.add(record)
                files.append(record.files)
        return {
            key.replace(_BETWEEN, b"/"): (gone.bytes, sum(files))
            for key, (gone, files) in sums.items()
        }

    def _below(self, path: bytes) -> Iterator[Record]:
        # A copy of the list: the tree goes on changing in another thread.
        start = join(path, b"") if path else b""
        self._links.clear()
        for record in list(self._tree.records()):
            if record.path == path or record.path.startswith(start):
                yield record

    def _add(self, record: Record, sums: Iterable[_Sum]) -> None:
        allocated, apparent = record.allocated, record.apparent
        for inode, blocks, length, _ in record.links:
            if inode not in self._links:
                self._links.add(inode)
                allocated += blocks
                apparent += length
        kind = self.kind_of(record.path)
        shares: dict[Kind, tuple[int, int]] = {}
        left, files = allocated, record.files
        if kind not in ("trash", "checkpoints"):
            size, count = self._size_of_copies(record)
            if count:
                shares["copies"] = min(size, left), min(count, files)
                left, files = left - shares["copies"][0], files - shares["copies"][1]
        if kind == "other" and record.notebook_files:
            shares["notebooks"] = min(record.notebooks, left), min(record.notebook_files, files)
            left, files = left - shares["notebooks"][0], files - shares["notebooks"][1]
        for one in sums:
            one.allocated += allocated
            one.apparent += apparent
            one.files += record.files
            one.newest = max(one.newest, record.newest)
            for name, (bytes_, count) in shares.items():
                one.add(name, bytes_, count)
            one.add(kind, left, files)

    def kind_of(self, path: bytes) -> Kind:
        """The kind of what is in a folder, by its place and name."""
        kinds = self._kinds
        found = kinds.get(path)
        if found is not None:
            return found
        # Outwards and back: folders may lie deeper in each other than calls may.
        unknown = []
        while path and path not in kinds:
            unknown.append(path)
            path = path.rpartition(b"/")[0]
        found = kinds.get(path, "other")
        for inner in reversed(unknown):
            outer, _, name = inner.rpartition(b"/")
            found = kinds[inner] = kind_of_folder(name, outer.rpartition(b"/")[2], found)
        return found

    # Copies

    def _copies_in(self, path: bytes) -> dict[bytes, int]:
        if self._copies is None:
            self._copies = {}
            self._provenance.reload()
            start = len(self._root.rstrip("/")) + 1
            for copy, size in self._provenance.sizes_in(self._root).items():
                folder, _, name = os.fsencode(copy)[start:].rpartition(b"/")
                self._copies.setdefault(folder, {})[name] = size
        return self._copies.get(path, {})

    def _size_of_copies(self, record: Record) -> tuple[int, int]:
        """Bytes on disk and number of the copies in a folder, of those that can still be there."""
        copies = self._copies_in(record.path)
        if not copies:
            return 0, 0
        named = {name for _, _, name in record.large}
        all_named = len(record.large) < LARGE_NAMES
        sizes = [
            on_disk(size)
            for name, size in copies.items()
            if size < LARGE or name in named or not all_named
        ]
        return sum(sizes), len(sizes)

    # Entries

    def _folder_entry(self, path: bytes, sums: _Sum | None) -> Json:
        sums = sums or _Sum()
        return {
            "id": id_of(path),
            "name": shown(path.rpartition(b"/")[2]),
            "folder": True,
            "kind": sums.kind,
            "allocated": sums.allocated,
            "apparent": sums.apparent,
            "files": sums.files,
            "modified": sums.newest / 1e9 if sums.newest else None,
        }

    def _file_entries(self, record: Record, all_files: bool) -> Iterator[Json]:
        files = self._files_of(record, all_files)
        return (self._file_entry(record, file) for file in files)

    def _files_of(self, record: Record, all_files: bool) -> Collection[tuple[int, int, bytes]]:
        """The large files of a folder, or all; where the record has not all of them, those that
        are there now."""
        if len(record.large) < LARGE_NAMES and not all_files:
            return record.large
        end = time.monotonic() + LOOK_SECONDS
        found: dict[bytes, tuple[int, int, bytes]] = {}
        for _, name, about in look(self._root, record.path):
            if time.monotonic() > end:
                found = {**{large[2]: large for large in record.large}, **found}
                break
            large = stat.S_ISREG(about.st_mode) and about.st_blocks << 9 >= LARGE
            if large or (all_files and not stat.S_ISDIR(about.st_mode)):
                found[name] = about.st_blocks << 9, about.st_mtime_ns, name
        return found.values() or record.large

    def _file_entry(self, record: Record, large: tuple[int, int, bytes]) -> Json:
        allocated, modified, name = large
        kind = self.kind_of(record.path)
        if kind not in ("trash", "checkpoints") and name in self._copies_in(record.path):
            kind = "copies"
        elif kind == "other" and name.endswith(NOTEBOOK.encode()):
            kind = "notebooks"
        return {
            "id": id_of(join(record.path, name)),
            "name": shown(name),
            "folder": False,
            "kind": kind,
            "allocated": allocated,
            "apparent": 0,
            "files": 1,
            "modified": modified / 1e9,
        }


def _outer(path: bytes) -> list[bytes]:
    """The folders that a path lies in, the root first."""
    parts = path.split(b"/") if path else []
    return [b"/".join(parts[:count]) for count in range(len(parts))]


def _in_order(path: bytes) -> bytes:
    return path.replace(b"/", _BETWEEN)
