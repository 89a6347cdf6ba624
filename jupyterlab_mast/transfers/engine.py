"""The pool that all transfers of a process share: two threads of requests, some for the disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .fetch import Fetch
from .job import Job
from .memory import Memory
from .shorttasks import ShortTasks
from .transport import Loop

log = logging.getLogger(__name__)

_LOOPS = 2
#: What all requests at a time weigh, at most.
_WEIGHT = 32
_DISK_THREADS = 16
#: Bytes of small objects that may be in memory at once.
_MEMORY = 32 << 20


class Engine:
    """Runs jobs, in turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._turn = 0
        self._pool = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="mast-disk")
        self.memory = Memory(_MEMORY)
        #: For what takes a moment only.
        self.short = ShortTasks(self.later)
        #: What the requests of one thread may weigh, and those of the only one that works.
        self._share = _WEIGHT // _LOOPS
        self._all = _WEIGHT
        #: What the requests of each weigh, at most.
        self._weights = [0] * _LOOPS
        self._loops = [Loop(partial(self._take, number)) for number in range(_LOOPS)]
        for loop in self._loops:
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
        with self._lock:
            one = self._only_small
        for number, loop in enumerate(self._loops):
            if number == 0 or not one or not loop.is_idle:
                loop.wake()

    def close(self) -> None:
        """End all threads. Jobs must have been stopped before."""
        for loop in self._loops:
            loop.stop()
        for loop in self._loops:
            loop.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=False)

    def _take(self, number: int, weight: int) -> Fetch | None:
        """The next request for the thread with this number, whose requests have this weight.

        Small objects cost more Python than bytes: one thread has them all, since two would only
        wait for each other. The other is left to large ones, which so are never kept waiting.
        """
        with self._lock:
            jobs = [job for job in self._jobs if number == 0 or not job.of_small]
            self._weights[number] = weight
            self._turn += 1
            turn = self._turn
            most = self._all if self._only_small else self._share
            room = min(most - weight, self._all - sum(self._weights)) if jobs else 0
            if room <= 0:
                return None
            # Nobody else counts on it meanwhile.
            self._weights[number] += room
        fetch: Fetch | None = None
        for step in range(len(jobs)):
            job = jobs[(turn + step) % len(jobs)]
            if not job.endpoint.caps.try_begin():
                continue
            try:
                fetch = job.next_fetch(room)
            finally:
                if fetch is None:
                    job.endpoint.caps.end()
            if fetch is not None:
                break
        with self._lock:
            self._weights[number] = weight + (fetch.weight if fetch else 0)
        return fetch

    @property
    def _only_small(self) -> bool:
        """Whether one thread has all the work. With the lock held."""
        return all(job.of_small for job in self._jobs)
