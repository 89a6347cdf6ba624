"""Tasks that are run where they are asked for while they are short, else by a pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Seconds of a task up to which it is short: a thread that is woken for it costs more.
SHORT = 0.002
#: Of the latest tasks so many are averaged; after so many by the pool one is tried again.
AVERAGED, TRIED_AGAIN = 16, 256


class ShortTasks:
    """Runs tasks of one kind, such as to put a small file in its place.

    On a local disk they take tens of microseconds, less than the way to another thread; where each
    call asks a server, many must wait at the same time. Which of both it is is found out. Any
    thread may ask.
    """

    def __init__(self, pool: Callable[[Callable[[], None]], None]) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._average = 0.0
        self._passed = 0

    def run(self, task: Callable[[], None]) -> None:
        """Run a task now, or soon."""
        with self._lock:
            here = self._average <= SHORT
            if not here:
                self._passed += 1
                if self._passed >= TRIED_AGAIN:
                    here, self._passed = True, 0
        if not here:
            self._pool(task)
            return
        began = time.monotonic()
        try:
            task()
        finally:
            took = time.monotonic() - began
            with self._lock:
                if self._average > SHORT and took <= SHORT:
                    self._average = took
                else:
                    self._average += (took - self._average) / AVERAGED
