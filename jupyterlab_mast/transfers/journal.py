"""The journal of a transfer: what of which object lies on disk, and what became of it.

Append-only, one file a session with one writer; sessions are read in order. A record is a head of
40 bytes and a payload: its own CRC-32 over both tells a torn or damaged record, behind which
nothing of that file is believed. Records are not fsynced one by one: the page cache survives a
killed process, and after a reboot what lies on disk is compared with what the records say.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import struct
import threading
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from io import RawIOBase
from pathlib import Path
from typing import Any

from ..processes import machine_session
from .finishes import Finishes, finished_from
from .types import ENDS, Finished

# CRC-32 of what follows, kind, object, length of the payload, offset, length, CRC-64/NVME
_HEAD = struct.Struct("<IIIIQQQ")
_CHECKED_FROM = 4
_READ_BYTES = 1 << 20
_FILE = re.compile(r"journal-(\d{6})")


class Kind(IntEnum):
    """What a record says."""

    SESSION = 1  # payload: machine and boot that wrote what follows
    RANGE = 2  # bytes offset … offset + length of the object were written
    # 3 is not used: no range is noted as being on the disk itself.
    PART = 4  # a partial file was made; payload: the object's version and what the store promised
    FINISHED = 5  # payload: types.Finished
    DROPPED = 6  # what was written of the object is void
    STATE = 7  # payload: what the transfer as a whole does
    PLACING = 8  # a complete file is about to get its name; payload: types.Finished
    MADE = 9  # a folder was made; payload: its path below the target's root


#: What is told afterwards when there is no room for it: nothing that is believed depends on it.
_OWED = (Kind.DROPPED, Kind.FINISHED, Kind.STATE, Kind.MADE)
_ENDS = frozenset(state.value for state in ENDS)


@dataclass(frozen=True)
class Range:
    """Bytes that were written: `length` from `offset`, with their CRC-64/NVME."""

    offset: int
    length: int
    crc: int


@dataclass
class Part:
    """A partial file, as the records describe it."""

    #: What was said when it was made: etag, size, file name, inode.
    about: dict[str, Any]
    ranges: list[Range] = field(default_factory=list)
    #: Whether the ranges can be believed without reading them: all were written by this boot.
    trusted: bool = True

    @property
    def bytes(self) -> int:
        return sum(one.length for one in self.ranges)


@dataclass
class History:
    """All that the journals of a transfer say, folded."""

    parts: dict[int, Part] = field(default_factory=dict)
    #: Where the machine died before a folder was on the disk itself, it is doubtful whether its
    #: files are in their places.
    finished: Finishes = field(default_factory=Finishes)
    #: Files that may be in their place or not: the process died while it put them there.
    placing: dict[int, Finished] = field(default_factory=dict)
    #: Folders that were made, below the target's root, outer ones first.
    made: list[str] = field(default_factory=list)
    #: The last value of each field of STATE records.
    state: dict[str, Any] = field(default_factory=dict)
    damaged: int = 0

    @property
    def written(self) -> int:
        """Bytes that files and partial ones take on the disk."""
        return self.finished.copied_bytes + sum(part.bytes for part in self.parts.values())


@dataclass(eq=False)
class _Waiting:
    """A record that is to be written."""

    kind: Kind
    record: bytes
    written: bool = False
    problem: OSError | None = None


class Journal:
    """Writes one session's file. Its methods may be called from any thread: one that writes does so
    for all that wait, by one call.

    `range`, `part` and `placing` raise OSError when there is no room for the record; the file then
    ends with the record before it.
    """

    def __init__(self, folder: Path, number: int, session: str | None = None) -> None:
        self.path = folder / f"journal-{number:06d}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self.path, flags, 0o600)
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        #: Records for which there was no room: they go before any other.
        self._owed: deque[bytes] = deque()
        self._write(Kind.SESSION, payload=(session or machine_session()).encode())

    def range(self, index: int, offset: int, length: int, crc: int) -> None:
        self._write(Kind.RANGE, index, offset, length, crc)

    def part(self, index: int, about: dict[str, Any], ranges: Sequence[Range] = ()) -> None:
        """A partial file with the version `about`, and nothing in it but `ranges`."""
        records = [_record(Kind.PART, index, payload=_dump(about))]
        records += [_record(Kind.RANGE, index, one.offset, one.length, one.crc) for one in ranges]
        # By one call: whoever is killed here loses all of it or nothing.
        self._put(Kind.PART, b"".join(records))

    def dropped(self, index: int) -> None:
        self._write(Kind.DROPPED, index)

    def placing(self, index: int, how: Finished) -> None:
        self._write(Kind.PLACING, index, payload=_dump(how.to_json()))

    def finished(self, index: int, how: Finished) -> None:
        self._write(Kind.FINISHED, index, payload=_dump(how.to_json()))

    def reopened(self, index: int) -> None:
        """A failed object is to be tried again, or one whose file is not there after all."""
        self._write(Kind.FINISHED, index, payload=b"")

    def made(self, folder: str) -> None:
        self._write(Kind.MADE, payload=os.fsencode(folder))

    def state(self, **values: Any) -> None:
        self._write(Kind.STATE, payload=_dump(values))

    def sync(self) -> None:
        """Wait until all records are on the disk itself."""
        os.fsync(self._file)

    def close(self) -> None:
        with self._lock:
            if self._file >= 0:
                with contextlib.suppress(OSError):
                    self._append_owed()
                os.close(self._file)
                self._file = -1

    def _write(
        self,
        kind: Kind,
        index: int = 0,
        offset: int = 0,
        length: int = 0,
        crc: int = 0,
        payload: bytes = b"",
    ) -> None:
        self._put(kind, _record(kind, index, offset, length, crc, payload))

    def _put(self, kind: Kind, record: bytes) -> None:
        mine = _Waiting(kind, record)
        self._waiting.append(mine)
        with self._lock:
            if not mine.written:
                self._write_waiting()
        if mine.problem is not None:
            raise mine.problem

    def _write_waiting(self) -> None:
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if self._file >= 0:
            try:
                self._append(b"".join([*self._owed, *(one.record for one in batch)]))
                self._owed.clear()
            except OSError:
                # Those for which there is room, in their order.
                for one in batch:
                    self._write_one(one)
        for one in batch:
            one.written = True

    def _write_one(self, one: _Waiting) -> None:
        try:
            self._append_owed()
            self._append(one.record)
        except OSError as error:
            if one.kind in _OWED:
                self._owed.append(one.record)
            else:
                one.problem = error

    def _append_owed(self) -> None:
        while self._owed:
            self._append(self._owed[0])
            self._owed.popleft()

    def _append(self, record: bytes) -> None:
        written = os.write(self._file, record)
        if written != len(record):
            # A full disk: what follows a torn record is not believed, so take it back.
            # (O_APPEND goes on at the new end.)
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))


def _record(
    kind: Kind, index: int, offset: int = 0, length: int = 0, crc: int = 0, payload: bytes = b""
) -> bytes:
    head = _HEAD.pack(0, kind, index, len(payload), offset, length, crc)
    checked = head[_CHECKED_FROM:] + payload
    return struct.pack("<I", zlib.crc32(checked)) + checked


def read_history(folder: Path, session: str | None = None) -> History:
    """Fold all journals of a transfer's `folder`; no journal is an empty history.

    `session` is the boot that reads (see machine_session): ranges of another are not trusted.
    """
    now = session or machine_session()
    history = History()
    for path in sorted(folder.iterdir()):
        if _FILE.fullmatch(path.name):
            history.finished.begin(path)
            with open(path, "rb", buffering=0) as file:
                _fold(file, now, history)
    return history


def _fold(file: RawIOBase, now: str, history: History) -> None:
    same = False
    for at, kind, index, offset, length, crc, payload in _records(file, history):
        if kind == Kind.SESSION:
            same = payload.decode(errors="replace") == now
            continue
        try:
            _take(history, same, kind, index, Range(offset, length, crc), payload, at)
        except (ValueError, TypeError, KeyError):
            # Whole, but not ours: of a later version perhaps.
            history.damaged += 1


def _take(
    history: History, same: bool, kind: int, index: int, one: Range, payload: bytes, at: int
) -> None:
    if kind == Kind.RANGE:
        part = history.parts.get(index)
        if part is not None:
            part.ranges.append(one)
            part.trusted = part.trusted and same
    elif kind == Kind.PART:
        history.parts[index] = Part(json.loads(payload))
    elif kind == Kind.DROPPED:
        history.parts.pop(index, None)
    elif kind == Kind.PLACING:
        history.placing[index] = finished_from(payload)
    elif kind == Kind.FINISHED:
        history.parts.pop(index, None)
        history.placing.pop(index, None)
        history.finished.drop(index)
        if payload:
            history.finished.put(index, payload, at, doubtful=not same)
    elif kind == Kind.STATE:
        history.state.update(json.loads(payload))
        if history.state.get("state") in _ENDS:
            # Before that was written, all folders were on the disk itself.
            history.placing.clear()
            history.finished.doubt_none()
    elif kind == Kind.MADE:
        history.made.append(os.fsdecode(payload))


def _records(
    file: RawIOBase, history: History
) -> Iterator[tuple[int, int, int, int, int, int, bytes]]:
    """Whole records: where the payload is in the file, then what the record says."""
    data, at, before = b"", 0, 0

    def has(count: int) -> bool:
        nonlocal data, at, before
        while len(data) < at + count:
            more = file.read(max(_READ_BYTES, at + count - len(data)))
            if not more:
                return False
            before += at
            data, at = data[at:] + more, 0
        return True

    while has(_HEAD.size):
        own, kind, index, more, offset, length, crc = _HEAD.unpack_from(data, at)
        if not has(_HEAD.size + more):
            break
        end = at + _HEAD.size + more
        if zlib.crc32(data[at + _CHECKED_FROM : end]) != own:
            break
        payload = at + _HEAD.size
        yield before + payload, kind, index, offset, length, crc, data[payload:end]
        at = end
    if at != len(data):
        history.damaged += 1


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
