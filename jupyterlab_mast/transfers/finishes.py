"""How the objects of a transfer ended, by their numbers: read from the journals when asked for.

There may be a million of them. In memory are their outcomes and sizes, and where the rest is.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import weakref
from array import array
from collections.abc import Iterator, Mapping
from itertools import compress
from pathlib import Path

from ..files import on_disk
from .outcomes import CODES, ENDS
from .types import End, Finished

#: Of the code of an end: that the file must be looked at.
_DOUBTFUL = 0x80
_CERTAIN = bytes(code & ~_DOUBTFUL for code in range(256))
#: A place is the number of a journal in the upper bits, and the offset in it.
_OFFSET_BITS = 48


class Finishes(Mapping[int, Finished]):
    """Only objects that have ended count. Any thread may read; raises OSError where a journal has
    gone, or ValueError where it was changed."""

    def __init__(self) -> None:
        self._codes = bytearray()
        self._sizes = array("Q")
        self._places = array("Q")
        self._lengths = array("I")
        self._journals: list[Path] = []
        #: Descriptors of those that were read.
        self._files: dict[int, int] = {}
        self._opening = threading.Lock()
        weakref.finalize(self, _close_all, self._files)
        #: Bytes that those that were copied take on the disk.
        self.copied_bytes = 0

    def begin(self, journal: Path) -> None:
        """What is put next is in that file."""
        self._journals.append(journal)

    def put(self, index: int, payload: bytes, offset: int, *, doubtful: bool) -> None:
        """Note how an object ended; `offset` is where the `payload` is in the journal. `doubtful`:
        whether a file that was copied is in its place is not certain.

        Raises ValueError, TypeError or KeyError when that says nothing.
        """
        how = finished_from(payload)
        code = CODES[how.outcome]
        self.drop(index)
        more = index + 1 - len(self._codes)
        if more > 0:
            self._codes.extend(bytes(more))
            for values in (self._sizes, self._places, self._lengths):
                values.frombytes(bytes(more * values.itemsize))
        copied = how.outcome == "copied"
        if copied:
            self.copied_bytes += on_disk(how.size)
        self._codes[index] = code | (_DOUBTFUL if copied and doubtful else 0)
        self._sizes[index] = how.size
        self._places[index] = (len(self._journals) - 1) << _OFFSET_BITS | offset
        self._lengths[index] = len(payload)

    def drop(self, index: int) -> None:
        """It has not ended, after all."""
        if self.outcome(index) == "copied":
            self.copied_bytes -= on_disk(self._sizes[index])
        if index < len(self._codes):
            self._codes[index] = 0

    def outcome(self, index: int) -> End | None:
        code = self._codes[index] & ~_DOUBTFUL if index < len(self._codes) else 0
        return ENDS[code - 1] if code else None

    def is_doubtful(self, index: int) -> bool:
        """Whether it must be looked at whether the file is in its place."""
        return index < len(self._codes) and self._codes[index] & _DOUBTFUL != 0

    def doubt_none(self) -> None:
        """All files are in their places."""
        self._codes = self._codes.translate(_CERTAIN)

    def having(self, outcome: End) -> list[int]:
        """The numbers of all objects with an outcome."""
        return [index for index in self if self.outcome(index) == outcome]

    def totals(self) -> dict[End, tuple[int, int]]:
        """For each outcome how many objects have it, and their bytes."""
        found = {}
        codes = self._codes.translate(_CERTAIN)
        for outcome in ENDS:
            code = CODES[outcome]
            count = codes.count(code)
            if count:
                sizes = sum(compress(self._sizes, codes.translate(_only(code))))
                found[outcome] = (count, sizes)
        return found

    def __getitem__(self, index: int) -> Finished:
        if index not in self:
            raise KeyError(index)
        place = self._places[index]
        number, offset = place >> _OFFSET_BITS, place & ((1 << _OFFSET_BITS) - 1)
        with self._opening:
            file = self._files.get(number)
            if file is None:
                file = os.open(self._journals[number], os.O_RDONLY | os.O_CLOEXEC)
                self._files[number] = file
        return finished_from(os.pread(file, self._lengths[index], offset))

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and 0 <= index < len(self._codes) and self._codes[index] != 0

    def __iter__(self) -> Iterator[int]:
        return (index for index, code in enumerate(self._codes) if code)

    def __len__(self) -> int:
        return len(self._codes) - self._codes.count(0)


def _only(code: int) -> bytes:
    """A table for `translate` that leaves this code alone."""
    return bytes(one if one == code else 0 for one in range(256))


def _close_all(files: dict[int, int]) -> None:
    for file in files.values():
        os.close(file)


def finished_from(payload: bytes) -> Finished:
    """An end as a journal has it. Raises ValueError, TypeError or KeyError when it is none."""
    values = json.loads(payload)
    # One text for all files that share it.
    for name in ("outcome", "check", "algorithm", "kind"):
        if isinstance(values.get(name), str):
            values[name] = sys.intern(values[name])
    return Finished(**values)
