"""What was copied from where: an index of one home, in plain text.

``copies/<host>-<random>.jsonl`` holds one JSON object a line, a file for each process that
writes; all of them are read together. A line is written by one call, so that a crash tears the
last one at most; torn and damaged lines are skipped and counted. The later time wins.

The first line tells which process writes. Whoever closes its file gives it a name that ends in
``.ended.jsonl``; where there are many, one file is made of all whose writers have ended.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import math
import os
import re
import secrets
import socket
import stat
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from ..files import json_line, sync_folder, written_whole
from ..lease import LeaseWatch
from ..processes import identity, is_gone
from .copyrecord import Copy, Packing, Version, from_lines, to_line
from .renames import Move, places_after

log = logging.getLogger(__name__)

#: Bytes that a line may have; a longer one is damage.
MAX_LINE_BYTES = 64 << 10
# Parsed at once: twenty times as many bytes, which are not given back while records lie between.
_READ_BYTES = 256 << 10
#: New paths that are put in their places one by one; and paths of copies that were removed, which
#: are put up with.
_FEW = 100
_MOST_GONE = 1000
#: Files from which on those of ended writers are made one, and how many of these there must be.
_MANY = 16
_ENOUGH = 8
_LINES = ".jsonl"
_ENDED = ".ended.jsonl"
_MERGED = "merged-"
#: How the first line of a file begins.
_WRITER = b'{"writer":'
#: Looks at the folder while files of it are made one.
_LOOKS = 5


class Provenance:
    """The index below `folder` (made when something is added). Any thread may use it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self._lock = threading.RLock()
        host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:60] or "host"
        self._own = f"{host}-{secrets.token_hex(8)}{_LINES}"
        self._watch: LeaseWatch | None = None
        self._process = os.getpid()
        self._file: int | None = None
        #: How far each file was read: to the end of its last whole line.
        self._offsets: dict[str, int] = {}
        self._packing = Packing()
        #: The records, packed, in the order in which they were made.
        self._by_path: dict[str, bytes] = {}
        #: Paths that were removed, and when: another file may hold an older record of them.
        self._gone: dict[str, float] = {}
        #: Hash of bucket's URL and key, and inode, → the paths of its copies, once somebody asked
        #: for one. Different objects may have one hash.
        self._by_object: _Paths | None = None
        self._by_inode: _Paths | None = None
        #: Bucket's URL → its keys in order, once somebody asked for them, and those since.
        self._keys: dict[str, list[str]] = {}
        self._new_keys: dict[str, list[str]] = {}
        #: The paths in order, once somebody asked for that, and those since.
        self._paths: list[str] | None = None
        self._new_paths: list[str] = []
        #: Lines that could not be read.
        self.damaged = 0
        self.reload()

    def __len__(self) -> int:
        """How many files are known to be copies."""
        with self._lock:
            return len(self._by_path)

    def add(self, *copies: Copy) -> None:
        """Keep records; each takes the place of the one that its path had. Raises OSError.

        Each gets a time behind that of the record it replaces, whatever the clock says: it may
        have been set back, or be behind that of another machine which writes to the same home.
        """
        with self._lock:
            records = [copy._replace(time=self._moment(copy.path, copy.time)) for copy in copies]
            self._write(*records)
            for record in records:
                self._take(record)

    def remove(self, path: str) -> None:
        """Forget that the file at `path` is a copy. Raises OSError."""
        with self._lock:
            copy = self.of_path(path)
            if copy:
                self.add(copy._replace(removed=True, time=time.time()))

    def moved(self, copy: Copy, path: str) -> Copy:
        """Note that `copy` is at `path` now, and return its new record. Raises OSError."""
        with self._lock:
            new = copy._replace(path=path, time=max(time.time(), copy.time))
            if path != copy.path:
                self.add(new)
                if self.of_path(copy.path) == copy:
                    self.remove(copy.path)
                return self._copy(path)
            return new

    def reload(self) -> None:
        """Read what others have added since: only files that grew, from where they ended."""
        with self._lock:
            for _ in range(_LOOKS):
                # A file that is gone is part of another one now.
                if all(self._read(name) for name in self._grown()):
                    return

    def _grown(self) -> list[str]:
        """The files that have more than was read."""
        sizes = self._sizes()
        read = self._offsets
        self._offsets = {
            name: read.get(name, read.get(_name_before(name), 0)) for name in sorted(sizes)
        }
        return [name for name, offset in self._offsets.items() if sizes[name] > offset]

    def _sizes(self) -> dict[str, int]:
        """The files of the index and their bytes."""
        try:
            with os.scandir(self._folder) as entries:
                return {
                    entry.name: entry.stat().st_size
                    for entry in entries
                    if entry.name.endswith(_LINES) and entry.is_file(follow_symlinks=False)
                }
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def of_path(self, path: str) -> Copy | None:
        """What the file at `path` is a copy of, as far as is known; None for any other file."""
        with self._lock:
            packed = self._by_path.get(path)
            return None if packed is None else self._packing.unpack(path, packed)

    def of_key(self, bucket_url: str, key: str) -> list[Copy]:
        """The copies of one object, the oldest first."""
        with self._lock:
            if self._by_object is None:
                self._by_object = _Paths(lambda copy: _object(copy.bucket_url, copy.key))
                self._by_object.fill(self._all())
            paths = self._by_object.of(_object(bucket_url, key))
            found = [copy for copy in map(self._copy, paths) if copy[2:4] == (bucket_url, key)]
            return sorted(found, key=lambda copy: copy.time)

    def beside(self, path: str, version: Version) -> Iterator[tuple[Copy, os.stat_result]]:
        """The copies of a version of an object that are in the folder of `path`, but for that at
        `path`, and nobody seems to have written to since they were made; and their files."""
        folder = os.path.dirname(path)
        for copy in self.of_key(version.bucket_url, version.key):
            if os.path.dirname(copy.path) != folder or copy.path == path:
                continue
            try:
                found = os.lstat(copy.path)
            except OSError:
                continue
            if copy.is_of(version, found):
                yield copy, found

    def below(
        self, bucket_url: str, prefix: str, after: str = "", most: int | None = None
    ) -> list[Copy]:
        """The copies of all objects whose keys begin with `prefix`, in the order of the keys.

        Only of keys behind `after`; no more keys once there are `most` copies.
        """
        with self._lock:
            keys = self._sorted_keys(bucket_url)
            found: list[Copy] = []
            for at in range(max(bisect_left(keys, prefix), bisect_right(keys, after)), len(keys)):
                if not keys[at].startswith(prefix) or (most is not None and len(found) >= most):
                    break
                found += self.of_key(bucket_url, keys[at])
            return found

    def in_order(self, folder: str, after: str, most: int) -> list[Copy]:
        """As many copies below a folder as `most`, in the order of their paths, behind `after`."""
        with self._lock:
            return list(islice(self._inside(folder.rstrip("/") + "/", after), most))

    def sizes_in(self, folder: str) -> dict[str, int]:
        """Paths and bytes of all copies below a folder, whether or not they are still there."""
        start, size_of = folder.rstrip("/") + "/", self._packing.size_of
        with self._lock:
            return {
                path: size_of(packed)
                for path, packed in self._by_path.items()
                if path.startswith(start)
            }

    def of_file(self, path: str, found: os.stat_result) -> Copy | None:
        """What the file `found` at `path` is a copy of; None for any other file.

        One that the record does not know there, or not so, is looked for by its inode, size and
        modification time: it may have been moved here, which is noted then, or have several
        names. Of several records of one inode the last counts: the others' files are gone.
        """
        with self._lock:
            known = self.of_path(path)
            if (known and known.is_untouched(found)) or not stat.S_ISREG(found.st_mode):
                return known
            same = [copy for copy in self._of_inode(found.st_ino) if copy.is_untouched(found)]
            if not same:
                return known
            copy = max(same, key=lambda one: (one.device == found.st_dev, one.time))
            try:
                has_both = os.lstat(copy.path).st_ino == copy.inode
            except OSError:
                has_both = False
            if has_both:
                return copy._replace(path=path)
            try:
                return self.moved(copy, path)
            except OSError:
                # There is no room for the record: it is found again next time.
                return copy._replace(path=path)

    def of_size(self, size: int) -> list[Copy]:
        """The copies of so many bytes, the last first."""
        with self._lock:
            size_of = self._packing.size_of
            found = [path for path, packed in self._by_path.items() if size_of(packed) == size]
            return [self._copy(path) for path in reversed(found)]

    def folders(self, most: int) -> list[str]:
        """Folders that copies are in, those of the last copies first."""
        with self._lock:
            seen: dict[str, None] = {}
            for path in reversed(self._by_path):
                seen.setdefault(os.path.dirname(path))
                if len(seen) >= most:
                    break
            return list(seen)

    def rename(self, moves: Sequence[Move]) -> None:
        """Files or folders were moved or deleted, in this order.

        Only where each is in the end is written. Raises OSError.
        """
        with self._lock:
            copies = {copy.path: copy for path, _ in moves for copy in self._at_and_in(path)}
            places = places_after(copies, moves)
            now = time.time()
            for path, copy in copies.items():
                to = places[path]
                if to is not None and to != path:
                    self.add(copy._replace(path=to, time=max(now, copy.time)))
            for path, copy in copies.items():
                if places[path] != path and self.of_path(path) == copy:
                    self.remove(path)

    def close(self) -> None:
        """Close the file that this process writes."""
        with self._lock:
            self._start_anew()
            self.merge()

    def merge(self) -> None:
        """Make one file of those whose writers have ended, where there are many.

        It is whole before they are removed: who reads it and one of them takes each record once.
        """
        with self._lock:
            names = sorted(self._sizes())
            if len(names) < _MANY:
                return
            names = [name for name in names if name.endswith(_ENDED) or self._was_left(name)]
            if len(names) < _ENOUGH:
                return
            try:
                self._watch = self._watch or LeaseWatch(self._folder)
                lease = self._watch.take()
                if lease is not None:
                    try:
                        self._make_one(names)
                    finally:
                        lease.release()
            except OSError as error:
                log.warning("jupyterlab-mast: the index of copies stays in many files: %r", error)

    def _make_one(self, names: Sequence[str]) -> None:
        for left in self._folder.glob(f".{_MERGED}*"):
            left.unlink(missing_ok=True)
        merged: list[Path] = []
        with written_whole(self._folder / f"{_MERGED}{secrets.token_hex(8)}{_ENDED}") as whole:
            for name in names:
                if _append(whole, self._folder / name):
                    merged.append(self._folder / name)
        sync_folder(self._folder)
        for path in merged:
            path.unlink(missing_ok=True)

    def _was_left(self, name: str) -> bool:
        """Whether the process that wrote a file was killed, as far as can be told from here."""
        try:
            with open(_opened(self._folder / name), "rb") as lines:
                writer = json.loads(lines.readline(MAX_LINE_BYTES))["writer"]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return isinstance(writer, dict) and is_gone(writer)

    def _write(self, *copies: Copy) -> None:
        if self._process != os.getpid():
            self._start_anew()
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(self._folder / self._own, flags, 0o600)
        first = b"" if self._offsets.get(self._own) else json_line({"writer": identity()})
        lines = first + b"".join(map(to_line, copies))
        written = os.write(self._file, lines)
        if written != len(lines):
            # No room for more. What follows must not be joined to the torn line.
            self._start_anew()
            raise OSError(errno.ENOSPC, "There is no room for the record of a copy", self._own)
        self._offsets[self._own] = self._offsets.get(self._own, 0) + written

    def _start_anew(self) -> None:
        """End the file that this process writes; what comes next goes to another one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            # After a fork it is the parent's.
            if self._process == os.getpid():
                with contextlib.suppress(OSError):
                    own = self._folder / self._own
                    os.rename(own, own.with_name(self._own.removesuffix(_LINES) + _ENDED))
        self._process = os.getpid()
        self._own = f"{self._own.rsplit('-', 1)[0]}-{secrets.token_hex(8)}{_LINES}"

    def _read(self, name: str) -> bool:
        """Read what a file has more; False when it is gone."""
        offset = self._offsets.get(name, 0)
        try:
            file = _opened(self._folder / name)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        with open(file, "rb", buffering=0) as lines:
            rest = b""
            while data := os.pread(lines.fileno(), _READ_BYTES, offset + len(rest)):
                whole, newline, rest = (rest + data).rpartition(b"\n")
                if newline:
                    at_begin, offset = offset == 0, offset + len(whole) + 1
                    if at_begin and whole.startswith(_WRITER):
                        _, more, whole = whole.partition(b"\n")
                        if not more:
                            continue
                    for copy in from_lines(whole):
                        self._take_read(copy)
                elif len(rest) > MAX_LINE_BYTES:
                    # Not a line of ours: pass it over.
                    offset += len(rest)
                    rest = b""
                    self.damaged += 1
        # A line without its end was torn by a crash, or is just being written.
        self._offsets[name] = offset
        return True

    def _take_read(self, copy: Copy | None) -> None:
        try:
            if copy is not None:
                self._take(copy)
                return
        except ValueError:
            pass
        self.damaged += 1

    def _copy(self, path: str) -> Copy:
        return self._packing.unpack(path, self._by_path[path])

    def _all(self) -> Iterator[Copy]:
        unpack = self._packing.unpack
        return (unpack(path, packed) for path, packed in self._by_path.items())

    def _moment(self, path: str, time: float) -> float:
        """`time`, or the next moment behind the last record of a path, in seconds."""
        known = self._by_path.get(path)
        last = self._gone.get(path) if known is None else self._packing.time_of(known)
        return time if last is None or time > last else math.nextafter(last, math.inf)

    def _take(self, copy: Copy) -> None:
        packed = self._packing.pack(copy)
        known = self._by_path.get(copy.path)
        if known is not None:
            if self._packing.time_of(known) > copy.time:
                return
            self._forget(self._copy(copy.path))
        elif self._gone and self._gone.get(copy.path, copy.time) > copy.time:
            return
        if copy.removed:
            self._gone[copy.path] = copy.time
            return
        if known is None and self._paths is not None:
            self._new_paths.append(copy.path)
        self._by_path[copy.path] = packed
        for paths in (self._by_inode, self._by_object):
            if paths is not None:
                paths.add(copy)
        if copy.bucket_url in self._keys:
            self._new_keys.setdefault(copy.bucket_url, []).append(copy.key)

    def _forget(self, copy: Copy) -> None:
        del self._by_path[copy.path]
        for paths in (self._by_inode, self._by_object):
            if paths is not None:
                paths.discard(copy)

    def _of_inode(self, inode: int) -> list[Copy]:
        if self._by_inode is None:
            self._by_inode = _Paths(lambda copy: copy.inode)
            self._by_inode.fill(self._all())
        return [self._copy(path) for path in self._by_inode.of(inode)]

    def _at_and_in(self, path: str) -> list[Copy]:
        """The copy at a path, and those in the folder of that name."""
        copy = self.of_path(path)
        return [*([copy] if copy else []), *self._inside(path + os.sep)]

    def _inside(self, start: str, after: str = "") -> Iterator[Copy]:
        """The copies whose paths begin so, in the order of these; only behind `after`."""
        paths = self._sorted_paths()
        for at in range(max(bisect_left(paths, start), bisect_right(paths, after)), len(paths)):
            if not paths[at].startswith(start):
                return
            copy = self.of_path(paths[at])
            if copy is not None:
                yield copy

    def _sorted_paths(self) -> list[str]:
        """All paths, in order, and some of copies that were removed."""
        paths, new = self._paths, self._new_paths
        self._new_paths = []
        if paths is None or len(paths) + len(new) > 2 * len(self._by_path) + _MOST_GONE:
            paths = sorted(self._by_path)
        elif len(new) > _FEW:
            # Python's sort merges what is in order already.
            paths = list(dict.fromkeys(sorted(paths + new)))
        else:
            for path in new:
                at = bisect_left(paths, path)
                if at == len(paths) or paths[at] != path:
                    paths.insert(at, path)
        self._paths = paths
        return paths

    def _sorted_keys(self, bucket_url: str) -> list[str]:
        """All keys of a bucket that were ever known, in order."""
        keys = self._keys.get(bucket_url)
        if keys is None:
            own = {copy.key for copy in self._all() if copy.bucket_url == bucket_url}
            keys = self._keys[bucket_url] = sorted(own)
        new = self._new_keys.pop(bucket_url, None)
        if new:
            # Python's sort merges what is in order already.
            keys = self._keys[bucket_url] = list(dict.fromkeys(sorted(keys + new)))
        return keys


def _name_before(name: str) -> str:
    """The name that a file had before its writer ended."""
    return name.removesuffix(_ENDED) + _LINES if name.endswith(_ENDED) else name


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def _append(whole: IO[bytes], path: Path) -> bool:
    """Write the records of a file behind those of others; False when it cannot be read."""
    try:
        file = _opened(path)
    except OSError:
        return False
    with open(file, "rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and not line.startswith(_WRITER):
                whole.write(line)
    return True


def _object(bucket_url: str, key: str) -> int:
    return hash((bucket_url, key))


class _Paths:
    """The paths of copies by a number of theirs. Most numbers have one, which is kept without
    anything around it."""

    def __init__(self, number_of: Callable[[Copy], int]) -> None:
        self._number_of = number_of
        self._paths: dict[int, str | dict[str, None]] = {}

    def of(self, number: int) -> list[str]:
        found = self._paths.get(number, {})
        return [found] if isinstance(found, str) else list(found)

    def fill(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            self.add(copy)

    def add(self, copy: Copy) -> None:
        number, path = self._number_of(copy), copy.path
        found = self._paths.setdefault(number, path)
        if isinstance(found, dict):
            found[path] = None
        elif found != path:
            self._paths[number] = {found: None, path: None}

    def discard(self, copy: Copy) -> None:
        number, path = self._number_of(copy), copy.path
        found = self._paths.get(number)
        if isinstance(found, dict):
            found.pop(path, None)
        elif found == path:
            del self._paths[number]
