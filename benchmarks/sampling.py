"""Looking at something again and again while a context lasts."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TypeVar

_Self = TypeVar("_Self", bound="Sampling")


class Sampling(ABC):
    """Calls `look` every so many seconds, from a thread."""

    def __init__(self, every: float) -> None:
        self._every = every

    @abstractmethod
    def look(self) -> None:
        """Note how it is now."""

    def __enter__(self: _Self) -> _Self:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            self.look()
