"""A process that reads folders for the accountant: frames of marshal in, frames of marshal out.

It is run as a file of its own with nothing but the standard library, so that it is small and there
at once. A path is relative to the root, in bytes, ``b""`` being the root itself; a record is the
tuple that ``tree.Record`` names.

To read folders, in: ``("read", root, device, skip, deep, threads, [path…], seconds)``, where `deep`
asks for all that is below the paths, and `skip` are mount points, at which nobody looks: a server
that is away would not answer. Out: ``([record…], [path…], calls, seconds, waits)``: the folders
that were read, those that are still to be read, how many calls the file system answered, the
seconds that all of it took, and how often the process waited for an answer.

To look at folders, in: ``("look", root, [record…])``, of each record the first four values. Out:
``[path…]``, the folders that are to be read; None where the root cannot be opened.
"""

from __future__ import annotations

import errno
import heapq
import marshal
import os
import resource
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, Any

#: Files of so many bytes on disk are named in the record: of a folder the largest, and the oldest.
LARGE = 1 << 20
LARGE_NAMES, OLD_NAMES = 32, 8
#: What the names of notebooks end with: they are summed up.
NOTEBOOK = ".ipynb"
#: Longer paths are opened in steps: the kernel takes no more than 4,096 bytes (PATH_MAX).
_STEP = 4000
#: What lies deeper, in levels or by the length of its path in bytes, is not read: each folder is
#: known by its whole path, and so those of folders in each other take 64 MiB at most. A hundred
#: levels of the longest names have room.
DEEPEST, LONGEST = 1 << 12, 1 << 15
#: Files of one folder that are looked at before they are summed up and forgotten: it may hold
#: millions. With threads, one of them looks at so many at a time.
_AT_ONCE, _SHARE = 1000, 64

#: Clocks of servers differ by less, in ns: what lies further ahead is no time of a change.
AHEAD = 300_000_000_000

#: What is said of a folder that is no more, and of one in which nobody may look. Any other error
#: may pass, and says nothing of what is there.
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
REFUSED = (errno.EACCES, errno.EPERM)
#: What is said of a folder that is not read as it lies too deep.
TOO_DEEP = errno.ENAMETOOLONG

#: How the root is opened to look below it: where the system can, without the right to read it.
ROOT = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
#: How a folder is opened: no link is one.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LENGTH = struct.Struct("<I")

Record = tuple[Any, ...]


def open_folder(root: bytes, path: bytes) -> int:
    """A descriptor of a folder below the root, itself no link; any length is possible.

    Who changes something uses `folders.open_strictly`. Raises OSError.
    """
    if len(root) + len(path) < _STEP:
        return os.open(os.path.join(root, path) if path else root, FOLDER)
    found = os.open(root, FOLDER)
    try:
        return _open_in_steps(found, path)
    finally:
        os.close(found)


def _open_in_steps(root: int, path: bytes) -> int:
    """As `open_folder`, below a descriptor. No step ends at a link. Raises OSError."""
    found, at = os.dup(root), 0
    while at < len(path):
        end = len(path)
        if end - at > _STEP:
            # No name is so long.
            end = path.rindex(b"/", at, at + _STEP)
        try:
            inner = os.open(path[at:end], FOLDER, dir_fd=found)
        finally:
            os.close(found)
        found, at = inner, end + 1
    return found


def _size_of_unread(root: bytes, path: bytes, device: int) -> os.stat_result | None:
    """What is known of a folder that is not opened; None where it is none of ours, or that may
    not be known either. Raises OSError."""
    parent, _, name = path.rpartition(b"/")
    try:
        if not path:
            about = os.lstat(root)
        else:
            folder = open_folder(root, parent)
            try:
                about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            finally:
                os.close(folder)
    except PermissionError:
        return None
    return about if stat.S_ISDIR(about.st_mode) and about.st_dev == device else None


class Scanner:
    """Reads folders below one root, on one device."""

    def __init__(self, root: bytes, device: int, skip: frozenset[bytes], threads: int) -> None:
        self._root = root
        self._device = device
        self._skip = skip
        self._threads = threads
        self._gate = threading.BoundedSemaphore(threads)
        self.calls = 0

    def below(self, path: bytes, names: Iterable[bytes]) -> Iterator[bytes]:
        """The paths of the folders `names` in `path` that are to be read."""
        for name in names:
            inner = b"%b/%b" % (path, name) if path else name
            if inner not in self._skip:
                yield inner

    def scan(self, path: bytes) -> Record | None:
        """Read one folder; None where it has gone, or lies on another file system."""
        try:
            return self._scan(path)
        except OSError as error:
            if error.errno in _GONE:
                return None
            # Nothing is known of it now.
            return (path, *[0] * 8, (), (), (), error.errno or errno.EIO, time.time(), 0, 0)

    def _scan(self, path: bytes) -> Record | None:
        if len(path) > LONGEST or path.count(b"/") >= DEEPEST:
            return self._unread(path, TOO_DEEP)
        try:
            folder = open_folder(self._root, path)
        except PermissionError as error:
            return self._unread(path, error.errno or errno.EACCES)
        try:
            about = os.fstat(folder)
            if about.st_dev != self._device:
                return None
            try:
                folders, files = self._read(folder)
            except PermissionError as error:
                return self._record(path, about, error.errno or errno.EACCES)
            return self._record(path, about, files.problem, folders, files)
        finally:
            os.close(folder)

    def _unread(self, path: bytes, error: int) -> Record | None:
        """What is said of a folder that is not opened; nothing is known of what is in it."""
        about = _size_of_unread(self._root, path, self._device)
        return None if about is None else self._record(path, about, error)

    def _read(self, folder: int) -> tuple[list[bytes], Files]:
        """The folders in a folder, and what else is in it."""
        folders: list[bytes] = []
        # Of a descriptor the names come as text: surrogates stand for what is no UTF-8.
        with os.scandir(folder) as entries:
            others = _others(entries, folders)
            files = Files(self._device)
            if self._threads > 1:
                self._look_together(others, files)
            else:
                while share := list(islice(others, _AT_ONCE)):
                    files.look(share)
        self.calls += 2 + files.looks
        return folders, files

    def _look_together(self, entries: Iterator[os.DirEntry[str]], files: Files) -> None:
        """Several threads look at many entries: each call waits for a server, and they wait
        together. Raises OSError."""
        first = list(islice(entries, self._threads * _SHARE))
        if len(first) <= _SHARE:
            files.look(first)
            return
        left = chain(first, entries)
        lock = threading.Lock()
        errors: list[OSError] = []

        def run() -> None:
            found = Files(self._device)
            while True:
                with lock:
                    try:
                        share = list(islice(left, _SHARE))
                    except OSError as error:
                        errors.append(error)
                        return
                if not share:
                    break
                with self._gate:
                    found.look(share)
            with lock:
                files.add(found)

        _run_threads(run, min(self._threads, -(-len(first) // _SHARE)))
        if errors:
            raise errors[0]

    def _record(
        self,
        path: bytes,
        about: os.stat_result,
        error: int,
        folders: Sequence[bytes] = (),
        files: Files | None = None,
    ) -> Record:
        files = files or Files(self._device)
        return (
            path,
            about.st_ino,
            about.st_mtime_ns,
            about.st_ctime_ns,
            about.st_size,
            (about.st_blocks + files.blocks) << 9,
            files.size,
            files.count,
            files.newest,
            tuple(files.links),
            tuple(_some(files.large)),
            tuple(folders),
            error,
            time.time(),
            files.notebook_files,
            files.notebook_blocks << 9,
        )


class Files:
    """What is known of the files of one folder: sums, and those that are named."""

    def __init__(self, device: int) -> None:
        self._device = device
        #: Entries that were looked at, also in vain; and files.
        self.looks = self.count = 0
        #: Of files with one name: in blocks of 512 bytes, and in bytes.
        self.blocks = self.size = 0
        self.notebook_files = self.notebook_blocks = 0
        self.newest = 0
        self.links: list[tuple[int, int, int, int]] = []
        self.large: list[tuple[int, int, bytes]] = []
        #: Why one is not known, or 0: first what may pass.
        self.problem = 0

    def look(self, entries: Sequence[os.DirEntry[str]]) -> None:
        """Add what is known of each file."""
        self.looks += len(entries)
        looked: list[tuple[str, os.stat_result]] = []
        for entry in entries:
            try:
                looked.append((entry.name, entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                # It has gone since the folder was read.
                continue
            except OSError as error:
                self._note(error.errno or errno.EIO)
        self._sum(looked)

    def _sum(self, looked: Iterable[tuple[str, os.stat_result]]) -> None:
        # A loop of its own, and by local names: right after a call to the system all is slower.
        device, links, large = self._device, self.links, self.large
        is_file, is_link = stat.S_ISREG, stat.S_ISLNK
        count = blocks = size = notebook_files = notebook_blocks = 0
        newest = self.newest
        latest = time.time_ns() + AHEAD
        for name, found in looked:
            if found.st_dev != device:
                continue
            mode = found.st_mode
            length = found.st_size if is_file(mode) or is_link(mode) else 0
            on_disk = found.st_blocks
            if found.st_nlink > 1:
                links.append((found.st_ino, on_disk << 9, length, found.st_nlink))
            else:
                blocks += on_disk
                size += length
                if name.endswith(NOTEBOOK):
                    notebook_files += 1
                    notebook_blocks += on_disk
            count += 1
            modified = found.st_mtime_ns
            if on_disk << 9 >= LARGE:
                large.append((on_disk << 9, modified, os.fsencode(name)))
            if modified > latest:
                # It was dated so; the system tells when.
                modified = found.st_ctime_ns
            if newest < modified <= latest:
                newest = modified
        self.count += count
        self.blocks += blocks
        self.size += size
        self.notebook_files += notebook_files
        self.notebook_blocks += notebook_blocks
        self.newest = newest
        if len(large) > _AT_ONCE:
            self.large = _some(large)

    def add(self, others: Files) -> None:
        """Add what was found of other files of this folder."""
        self.looks += others.looks
        self.count += others.count
        self.blocks += others.blocks
        self.size += others.size
        self.notebook_files += others.notebook_files
        self.notebook_blocks += others.notebook_blocks
        self.newest = max(self.newest, others.newest)
        self.links += others.links
        self.large += others.large
        self._note(others.problem)

    def _note(self, problem: int) -> None:
        self.problem = max(self.problem, problem, key=_weight)


def _others(
    entries: Iterable[os.DirEntry[str]], folders: list[bytes]
) -> Iterator[os.DirEntry[str]]:
    """All entries but folders, whose names are added to `folders`."""
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            folders.append(os.fsencode(entry.name))
        else:
            yield entry


def _some(large: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """The largest of some files, and the oldest, in the order in which they came."""
    if len(large) <= LARGE_NAMES:
        return large
    oldest = heapq.nsmallest(OLD_NAMES, large, key=lambda one: one[1])
    kept = {*heapq.nlargest(LARGE_NAMES, large), *oldest}
    return [one for one in large if one in kept]


def _weight(problem: int) -> int:
    """The larger, the less the problem tells of what is there."""
    return 0 if problem == 0 else 1 if problem in REFUSED else 2


def _run_threads(target: Callable[[], None], count: int) -> None:
    started = [threading.Thread(target=target) for _ in range(count)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def unit(
    scanner: Scanner, deep: bool, paths: list[bytes], seconds: float, threads: int
) -> tuple[Any, ...]:
    """Read folders, deepest first, until the time is over: what a scanner answers."""
    waits = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    began = time.monotonic()
    end = began + seconds
    scanner.calls = 0
    records: list[Record] = []
    left = list(paths)
    lock = threading.Condition()
    busy = 0

    def work() -> None:
        nonlocal busy
        while True:
            with lock:
                while not left and busy:
                    lock.wait()
                if not left or (records and time.monotonic() >= end):
                    lock.notify_all()
                    return
                path = left.pop()
                busy += 1
            record = scanner.scan(path)
            with lock:
                busy -= 1
                if record is not None:
                    records.append(record)
                    if deep:
                        left.extend(scanner.below(path, record[11]))
                lock.notify_all()

    if threads > 1:
        _run_threads(work, threads)
    else:
        work()
    waited = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - waits
    return records, left, scanner.calls, time.monotonic() - began, waited


def changed(root: int, records: Iterable[Record]) -> list[bytes]:
    """The folders that are to be read since they have changed, or what holds them has; `root` is a
    descriptor of the root. Called for many."""
    found = []
    lstat = os.lstat
    for record in records:
        path = record[0]
        try:
            far = len(path) >= _STEP
            about = _look_far(root, path) if far else lstat(path or b".", dir_fd=root)
        except OSError as error:
            # One that has gone is missed where it was; others are read.
            gone = error.errno in (errno.ENOENT, errno.ENOTDIR)
            found.append(path.rpartition(b"/")[0] if gone else path)
            continue
        if (about.st_ino, about.st_mtime_ns, about.st_ctime_ns) != record[1:4]:
            found.append(path)
    return found


def _look_far(root: int, path: bytes) -> os.stat_result:
    """What is known of a folder with a path of any length. Raises OSError."""
    outer, _, name = path.rpartition(b"/")
    folder = _open_in_steps(root, outer)
    try:
        return os.lstat(name, dir_fd=folder)
    finally:
        os.close(folder)


def _changed_below(root: bytes, records: Iterable[Record]) -> list[bytes] | None:
    try:
        descriptor = os.open(root, ROOT)
    except OSError:
        return None
    try:
        return changed(descriptor, records)
    finally:
        os.close(descriptor)


def read_frame(stream: IO[bytes]) -> Any:
    """The next frame; None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return marshal.loads(data) if len(data) == length else None


def write_frame(stream: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def main() -> None:
    """Answer until standard input ends."""
    asks, answers = sys.stdin.buffer, sys.stdout.buffer
    while (ask := read_frame(asks)) is not None:
        what, root, *more = ask
        if what == "look":
            write_frame(answers, _changed_below(root, *more))
        else:
            device, skip, deep, threads, paths, seconds = more
            scanner = Scanner(root, device, skip, threads)
            write_frame(answers, unit(scanner, deep, paths, seconds, threads))


if __name__ == "__main__":
    main()
