"""The pool that all transfers of a process share: two threads of requests, some for the disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .fetch import Fetch
from .job import Job
from .transport import Loop

log = logging.getLogger(__name__)

_LOOPS = 2
_DISK_THREADS = 16


class Engine:
    """Runs jobs, in turns. `streams` bounds the requests at once, `bandwidth` bytes a second."""

    def __init__(self, streams: int = 32, bandwidth: float | None = None) -> None:
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._turn = 0
        self._pool = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="mast-disk")
        share = max(4, streams // _LOOPS)
        self._loops = [Loop(self._take, share) for _ in range(_LOOPS)]
        for loop in self._loops:
            if bandwidth:
                # As many as are likely to run at once: eight of large objects.
                loop.speed_limit = max(1, int(bandwidth / 8))
            loop.start()

    def add(self, job: Job) -> None:
        with self._lock:
            self._jobs.append(job)
        job.start()

    def remove(self, job: Job) -> None:
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)

    def later(self, task: Callable[[], None]) -> None:
        """Run something that may wait for the disk."""
        try:
            self._pool.submit(self._guarded, task)
        except RuntimeError:
            log.debug("a task came after the end")

    @staticmethod
    def _guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:
            log.exception("jupyterlab-mast: a task of the copy engine failed")

    def wake(self) -> None:
        for loop in self._loops:
            loop.wake()

    def close(self) -> None:
        """End all threads. Jobs must have been stopped before."""
        for loop in self._loops:
            loop.stop()
        for loop in self._loops:
            loop.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=False)

    def _take(self, room: int) -> Fetch | None:
        with self._lock:
            jobs = list(self._jobs)
            self._turn += 1
            turn = self._turn
        for step in range(len(jobs)):
            fetch = jobs[(turn + step) % len(jobs)].next_fetch(room)
            if fetch is not None:
                return fetch
        return None
