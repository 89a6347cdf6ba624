"""What is known of the folders below a root, and the sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .scanner import AHEAD, REFUSED, TOO_DEEP


class Record(NamedTuple):
    """One folder, without the folders in it. Sizes in bytes, times in ns, `seen` in seconds."""

    path: bytes
    inode: int
    modified: int
    changed: int
    #: Of the folder itself, as ``stat`` has it.
    size: int
    #: On disk: of the folder, and of its files that have one name.
    allocated: int
    #: The lengths of its files that have one name.
    apparent: int
    files: int
    #: The latest modification of a file in it, without those that lie ahead of `seen`
    #: (`scanner.AHEAD`).
    newest: int
    #: Files with several names: inode, bytes on disk, length, number of names.
    links: tuple[tuple[int, int, int, int], ...]
    #: The largest and the oldest large files: bytes on disk, modification, name.
    large: tuple[tuple[int, int, bytes], ...]
    folders: tuple[bytes, ...]
    #: Why it could not be read; 0 when it could.
    error: int
    seen: float
    #: Files with one name that are notebooks, and their bytes on disk.
    notebook_files: int
    notebooks: int

    @property
    def on_disk(self) -> int:
        """With all its files."""
        return self.allocated + sum(link[1] for link in self.links)


@dataclass
class Sums:
    """Over a whole tree; bytes and counts."""

    allocated: int = 0
    apparent: int = 0
    #: The lengths of the folders themselves, which some count as apparent size.
    folder_sizes: int = 0
    files: int = 0
    folders: int = 0
    unreadable: int = 0


#: A folder that changed so shortly before it was read may have changed again since, in ns.
YOUNG = 2_000_000_000

#: Errors with which all that may be known of a folder is.
_LASTING = (0, *REFUSED, TOO_DEEP)


class Tree:
    """The folders below a root by their paths, with sums that are kept up to date.

    A file with several names counts once, wherever they are; but a name that was its only one when
    its folder was read counts in that until it is read again.
    """

    def __init__(self) -> None:
        self._records: dict[bytes, Record] = {}
        #: The folder at a path, or None. Called for each folder again and again.
        self.get: Callable[[bytes], Record | None] = self._records.get
        #: Of files with several names, by inode: names seen, bytes on disk, length, all names.
        self._links: dict[int, tuple[int, int, int, int]] = {}
        #: Those of which a name came while others were not seen, or the last one went, since
        #: `lacks_names` was asked last; and those of which it has told.
        self._met: set[int] = set()
        self._sought: set[int] = set()
        self.sums = Sums()
        #: Where something else is mounted, as far as that was looked at: nothing is known there.
        self.mounts: frozenset[bytes] = frozenset()
        #: The device of the root when it was read last.
        self.device: int | None = None
        #: Folders that changed while they were read, or just before: they want another look.
        self.young: set[bytes] = set()
        #: Folders that could not be read, or of which not all files could be looked at, by an error
        #: that may pass: what was known of them is kept, and they are to be tried again.
        self.failed: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, path: bytes) -> bool:
        return path in self._records

    def __iter__(self) -> Iterator[bytes]:
        """The paths of all folders."""
        return iter(self._records)

    def records(self) -> Iterator[Record]:
        return iter(self._records.values())

    def put(self, record: Record) -> list[bytes]:
        """Note a folder as it is now.

        Folders that were in it and are no more go, with all below them; but nothing goes for an
        error that may pass. Returns the folders in it that are not known yet.
        """
        before = self._records.get(record.path)
        if record.error in _LASTING:
            self.failed.discard(record.path)
        else:
            self.failed.add(record.path)
            if before is not None:
                record = _kept(before, record)
        if before is not None:
            self._count(before, -1)
            for name in set(before.folders).difference(record.folders):
                self.drop(join(record.path, name))
        self._records[record.path] = record
        self._count(record, 1)
        seen = record.seen * 1e9
        if -AHEAD <= seen - record.changed < YOUNG or -AHEAD <= seen - record.newest < YOUNG:
            self.young.add(record.path)
        else:
            self.young.discard(record.path)
        inner = (join(record.path, name) for name in record.folders)
        return [path for path in inner if path not in self._records]

    def below(self, path: bytes) -> Tree:
        """A folder with all below it, in a tree of their own."""
        found = Tree()
        for record in self._records.values():
            if record.path == path or record.path.startswith(path + b"/"):
                found.put(record)
        return found

    def drop(self, path: bytes) -> None:
        """Forget a folder, and all below it."""
        left = [path]
        while left:
            one = left.pop()
            record = self._records.pop(one, None)
            self.young.discard(one)
            self.failed.discard(one)
            if record is not None:
                self._count(record, -1)
                left += (join(one, name) for name in record.folders)

    def lacks_names(self) -> bool:
        """Whether files have come of which not all names were seen: the others lie outside, or in
        folders that were read when the file had but one. Of each file that is told once."""
        short = set(filter(self._is_short, self._met))
        new = short - self._sought
        self._sought -= self._met
        self._sought |= short
        self._met.clear()
        return bool(new)

    def has_all_names(self) -> bool:
        """Whether all names were seen by now of the files of which `lacks_names` has told."""
        return not any(map(self._is_short, self._sought))

    def _is_short(self, inode: int) -> bool:
        seen, _, _, names = self._links.get(inode, (0, 0, 0, 0))
        return seen < names

    def _count(self, record: Record, sign: int) -> None:
        sums = self.sums
        sums.allocated += sign * record.allocated
        sums.apparent += sign * record.apparent
        sums.folder_sizes += sign * record.size
        sums.files += sign * record.files
        sums.folders += sign
        sums.unreadable += sign * (record.error != 0)
        for link in record.links:
            self._count_link(*link, sign)

    def _count_link(self, inode: int, allocated: int, apparent: int, names: int, sign: int) -> None:
        seen, known_allocated, known_apparent, known_names = self._links.get(inode, (0, 0, 0, 0))
        seen += sign
        sums = self.sums
        if seen > 0:
            if sign < 0:
                # One name less: the rest stays what was seen last.
                allocated, apparent, names = known_allocated, known_apparent, known_names
            elif seen < names:
                self._met.add(inode)
            else:
                self._met.discard(inode)
            self._links[inode] = (seen, allocated, apparent, names)
        else:
            self._links.pop(inode, None)
            self._met.add(inode)
            allocated = apparent = 0
        sums.allocated += allocated - known_allocated
        sums.apparent += apparent - known_apparent


def _kept(before: Record, record: Record) -> Record:
    """What is known of a folder that was not read whole. What takes more counts: rather too much is
    said to be used than too little."""
    more = record if record.on_disk > before.on_disk else before
    folders = tuple({*before.folders, *record.folders})
    return more._replace(folders=folders, error=record.error)


class Gone:
    """The bytes on disk that are free when some files have gone: those of a file with several names
    when all of these were among them."""

    def __init__(self) -> None:
        self.bytes = 0
        #: Names that were not met yet, by inode.
        self._left: dict[int, int] = {}

    def add(self, record: Record) -> None:
        """All files of a folder, and the folder."""
        self.bytes += record.allocated
        for inode, allocated, _, names in record.links:
            self.add_name(inode, allocated, names)

    def add_name(self, inode: int, allocated: int, names: int) -> None:
        """One name of a file that has so many."""
        left = self._left[inode] = self._left.get(inode, names) - 1
        if left == 0:
            self.bytes += allocated


def join(path: bytes, name: bytes) -> bytes:
    """The path of a folder in another; ``b""`` is the root."""
    return b"%b/%b" % (path, name) if path else name
