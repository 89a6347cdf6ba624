"""What an administrator allows copies to ask of an archive, and of all of them together.

The bounds hold for a process, which is one for each Jupyter server, command or kernel: for listings
and looks at single objects as much as for the bytes of files.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..archive.interface import Archive

#: Seconds whose bytes may come at once after a pause.
_BURST = 0.1


class Cap:
    """At most `streams` requests at a time and `bandwidth` bytes a second; None for any."""

    def __init__(self, streams: int | None = None, bandwidth: float | None = None) -> None:
        self.streams = streams
        self.bandwidth = bandwidth
        self._turn = threading.Condition()
        self._running = 0
        #: Threads that wait for their turn: they go before those that can come back later.
        self.waiting = 0
        self._balance = 0.0
        self._filled = time.monotonic()

    def try_begin(self) -> bool:
        """Begin a request, if there may be one more now."""
        with self._turn:
            if self.streams is not None and self._running + self.waiting >= self.streams:
                return False
            self._running += 1
            return True

    def begin(self) -> None:
        """Begin a request when there may be one more."""
        with self._turn:
            self.waiting += 1
            while self.streams is not None and self._running >= self.streams:
                self._turn.wait()
            self.waiting -= 1
            self._running += 1

    def end(self) -> None:
        """A request is over."""
        with self._turn:
            self._running -= 1
            self._turn.notify()

    def has_room(self) -> bool:
        """Whether bytes may come now."""
        if self.bandwidth is None:
            return True
        with self._turn:
            now = time.monotonic()
            grown = self._balance + (now - self._filled) * self.bandwidth
            self._balance = min(grown, self.bandwidth * _BURST)
            self._filled = now
            return self._balance > 0

    def count(self, size: int) -> None:
        """So many bytes came."""
        with self._turn:
            self._balance -= size


class Caps:
    """All bounds that hold for the requests of one archive."""

    def __init__(self, *caps: Cap) -> None:
        self._caps = [one for one in caps if one.streams is not None or one.bandwidth is not None]
        #: Whether bytes are to be counted.
        self.slow = any(one.bandwidth is not None for one in self._caps)

    def try_begin(self) -> bool:
        """Begin a request, if there may be one more now."""
        for number, one in enumerate(self._caps):
            if not one.try_begin():
                for begun in self._caps[:number]:
                    begun.end()
                return False
        return True

    def end(self) -> None:
        """A request is over."""
        for one in self._caps:
            one.end()

    @contextmanager
    def request(self) -> Iterator[None]:
        """For one request, when there may be one more."""
        for one in self._caps:
            one.begin()
        try:
            yield
        finally:
            self.end()

    def take(self, size: int) -> bool:
        """Whether so many bytes may come now; they are counted then."""
        if not self.has_room():
            return False
        for one in self._caps:
            one.count(size)
        return True

    def has_room(self) -> bool:
        """Whether bytes may come now."""
        return all(one.has_room() for one in self._caps)


#: The bounds of all archives together, and those of each, which stay while the process lives.
_all = Cap()
_each: dict[tuple[str, int | None, float | None], Cap] = {}
_lock = threading.Lock()


def bound_all(streams: int | None, bandwidth: float | None) -> None:
    """Set the bounds of all archives together, for requests that are prepared from now on.

    Copies of one process that have the same bounds share them.
    """
    global _all
    if (_all.streams, _all.bandwidth) != (streams, bandwidth):
        _all = Cap(streams, bandwidth)


def caps_of(archive: Archive) -> Caps:
    """The bounds that hold for an archive."""
    bounds = (archive.bucket_url, archive.copy_streams, archive.copy_bandwidth)
    with _lock:
        mine = _each.setdefault(bounds, Cap(archive.copy_streams, archive.copy_bandwidth))
    return Caps(_all, mine)
