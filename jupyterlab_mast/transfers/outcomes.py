"""What became of the objects of a transfer, in few bytes of memory for each."""

from __future__ import annotations

from collections.abc import Iterator

from .types import Finished, Outcome

_NAMES: tuple[Outcome, ...] = ("waiting", "copied", "identical", "skipped", "failed")
_CODES = {name: code for code, name in enumerate(_NAMES)}


class Outcomes:
    """For each of `count` objects how it ended, or "waiting".

    Path and size are kept only where they are not those of the plan, whose path and size a caller
    gives to `set`; other figures of Finished (the file's inode and so on) are not kept at all.
    """

    def __init__(self, count: int) -> None:
        self._codes = bytearray(count)
        self._ways = bytearray(count)
        #: How files were checked: few different ways in one transfer.
        self._known: list[tuple[str | None, str]] = [(None, "")]
        self._details: dict[int, Finished] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, index: int) -> Outcome:
        return _NAMES[self._codes[index]]

    @property
    def all_ended(self) -> bool:
        return 0 not in self._codes

    def set(self, index: int, how: Finished, planned: tuple[str, int] | None = None) -> None:
        """Note an end; `planned` is path and size of the plan."""
        self._codes[index] = _CODES[how.outcome]
        way = (how.check, how.algorithm)
        if way not in self._known and len(self._known) < 256:
            self._known.append(way)
        same = way in self._known and how.outcome != "failed" and (how.path, how.size) == planned
        if same:
            self._ways[index] = self._known.index(way)
            self._details.pop(index, None)
        else:
            self._details[index] = how

    def clear(self, index: int) -> None:
        """Make an object wait again."""
        self._codes[index] = 0
        self._ways[index] = 0
        self._details.pop(index, None)

    def detail(self, index: int) -> Finished | None:
        """How an object ended; path "" and size 0 stand for those of the plan."""
        if not self._codes[index]:
            return None
        how = self._details.get(index)
        if how is None:
            check, algorithm = self._known[self._ways[index]]
            how = Finished(_NAMES[self._codes[index]])  # type: ignore[arg-type]
            how.check, how.algorithm = check, algorithm  # type: ignore[assignment]
        return how

    def having(self, outcome: Outcome) -> Iterator[int]:
        """The numbers of all objects with an outcome."""
        code = _CODES.get(outcome, 255)
        return (index for index, one in enumerate(self._codes) if one == code)
