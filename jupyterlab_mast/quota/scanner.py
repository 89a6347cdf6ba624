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
#: With threads, the names of one folder that one of them looks up at a time.
_SHARE = 64

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
                names, looked, problem = self._read(folder)
            except PermissionError as error:
                return self._record(path, about, (), (), error.errno or errno.EACCES)
            return self._record(path, about, names, looked, problem)
        finally:
            os.close(folder)

    def _unread(self, path: bytes, error: int) -> Record | None:
        """What is said of a folder that is not opened; nothing is known of what is in it."""
        about = _size_of_unread(self._root, path, self._device)
        return None if about is None else self._record(path, about, (), (), error)

    def _read(self, folder: int) -> tuple[list[bytes], list[tuple[str, os.stat_result]], int]:
        """The folders in a folder, what else is in it, and why some of that is not known."""
        folders: list[bytes] = []
        files: list[os.DirEntry[str]] = []
        # Of a descriptor the names come as text: surrogates stand for what is no UTF-8.
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(os.fsencode(entry.name))
                else:
                    files.append(entry)
            self.calls += 2 + len(files)
            looked: list[tuple[str, os.stat_result]] = []
            if self._threads > 1 and len(files) > _SHARE:
                problem = self._look_together(files, looked)
            else:
                problem = _look(files, looked)
        return folders, looked, problem

    def _look_together(
        self, files: list[os.DirEntry[str]], looked: list[tuple[str, os.stat_result]]
    ) -> int:
        """As `_look`, by several threads: each call waits for a server, and they wait together."""
        shares = [files[at : at + _SHARE] for at in range(0, len(files), _SHARE)]
        problems = [0]

        def run() -> None:
            while True:
                try:
                    share = shares.pop()
                except IndexError:
                    return
                with self._gate:
                    problems.append(_look(share, looked))

        _run_threads(run, min(self._threads, len(shares)))
        return max(problems, key=_weight)

    def _record(
        self,
        path: bytes,
        about: os.stat_result,
        folders: Sequence[bytes],
        looked: Iterable[tuple[str, os.stat_result]],
        error: int,
    ) -> Record:
        blocks, size, count = about.st_blocks, 0, 0
        newest = 0
        links: list[tuple[int, int, int, int]] = []
        large: list[tuple[int, int, bytes]] = []
        notebook_files = notebook_blocks = 0
        device = self._device
        latest = time.time_ns() + AHEAD
        for name, found in looked:
            if found.st_dev != device:
                continue
            mode = found.st_mode
            length = found.st_size if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else 0
            if found.st_nlink > 1:
                links.append((found.st_ino, found.st_blocks << 9, length, found.st_nlink))
            else:
                blocks += found.st_blocks
                size += length
                if name.endswith(NOTEBOOK):
                    notebook_files += 1
                    notebook_blocks += found.st_blocks
            count += 1
            if found.st_blocks << 9 >= LARGE:
                large.append((found.st_blocks << 9, found.st_mtime_ns, os.fsencode(name)))
            modified = found.st_mtime_ns
            if modified > latest:
                # It was dated so; the system tells when.
                modified = found.st_ctime_ns
            if newest < modified <= latest:
                newest = modified
        if len(large) > LARGE_NAMES:
            oldest = heapq.nsmallest(OLD_NAMES, large, key=lambda one: one[1])
            large = list({*heapq.nlargest(LARGE_NAMES, large), *oldest})
        return (
            path,
            about.st_ino,
            about.st_mtime_ns,
            about.st_ctime_ns,
            about.st_size,
            blocks << 9,
            size,
            count,
            newest,
            tuple(links),
            tuple(large),
            tuple(folders),
            error,
            time.time(),
            notebook_files,
            notebook_blocks << 9,
        )


def _look(files: Iterable[os.DirEntry[str]], looked: list[tuple[str, os.stat_result]]) -> int:
    """Add what is known of each file. Returns why one is not known, or 0: first what may pass."""
    problem = 0
    for entry in files:
        try:
            looked.append((entry.name, entry.stat(follow_symlinks=False)))
        except FileNotFoundError:
            # It has gone since the folder was read.
            continue
        except OSError as error:
            problem = max(problem, error.errno or errno.EIO, key=_weight)
    return problem


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
