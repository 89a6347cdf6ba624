"""What became of the objects of a transfer, in few bytes of memory for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from .copyrecord import Check
from .types import End, Finished, Outcome

#: An end's code is its place here and one more; 0 is none.
ENDS: tuple[End, ...] = get_args(End)
CODES: dict[Outcome, int] = {name: code for code, name in enumerate(ENDS, 1)}
_WAITING = 0


class Outcomes:
    """For each of `count` objects how it ended, or "waiting".

    Path and size are kept only where they are not those of the plan, whose path and size a caller
    gives to `set`; other figures of Finished (the file's inode and so on) are not kept at all.
    """

    def __init__(self, count: int) -> None:
        self._codes = bytearray(count)
        self._ways = bytearray(count)
        #: How files were checked: few different ways in one transfer.
        self._known: list[tuple[Check | None, str]] = [(None, "")]
        self._details: dict[int, Finished] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, index: int) -> Outcome:
        code = self._codes[index]
        return "waiting" if code == _WAITING else ENDS[code - 1]

    @property
    def all_ended(self) -> bool:
        return _WAITING not in self._codes

    def set(self, index: int, how: Finished, planned: tuple[str, int] | None = None) -> None:
        """Note an end; `planned` is path and size of the plan."""
        self._codes[index] = CODES[how.outcome]
        way = (how.check, how.algorithm)
        if way not in self._known and len(self._known) < 256:
            self._known.append(way)
        same = way in self._known and how.outcome != "failed" and (how.path, how.size) == planned
        if same:
            self._ways[index] = self._known.index(way)
            self._details.pop(index, None)
        else:
            self._details[index] = how

    def leave_out(self, indexes: Iterable[int]) -> None:
        """Note that these are not wanted."""
        how = Finished("left-out")
        for index in indexes:
            self.set(index, how, ("", 0))

    def clear(self, index: int) -> None:
        """Make an object wait again."""
        self._codes[index] = _WAITING
        self._ways[index] = 0
        self._details.pop(index, None)

    def detail(self, index: int) -> Finished | None:
        """How an object ended; path "" and size 0 stand for those of the plan."""
        code = self._codes[index]
        if code == _WAITING:
            return None
        how = self._details.get(index)
        if how is None:
            check, algorithm = self._known[self._ways[index]]
            how = Finished(ENDS[code - 1], check=check, algorithm=algorithm)
        return how

    def wanted(self) -> Sequence[int]:
        """The numbers of all objects that are not left out."""
        code = CODES["left-out"]
        if code not in self._codes:
            return range(len(self._codes))
        return [index for index, one in enumerate(self._codes) if one != code]

    def having(self, outcome: Outcome) -> Iterator[int]:
        """The numbers of all objects with an outcome."""
        code = _WAITING if outcome == "waiting" else CODES.get(outcome)
        return (index for index, one in enumerate(self._codes) if one == code)
