"""Processes that ask for room at the same time, as many transfers do."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from jupyterlab_mast.quota.interface import HomeQuota, QuotaError

_context = multiprocessing.get_context("forkserver")


def _no_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, "no locks here")


def _reserve(data: str, home: str, name: str, size: int, locks: bool, pipe: Connection) -> None:
    if not locks:
        fcntl.flock = _no_locks  # type: ignore[assignment]
    quota = HomeQuota(data)
    pipe.recv()
    try:
        quota.reserve(name, home, size)
        pipe.send(True)
    except QuotaError:
        pipe.send(False)
    pipe.recv()


class Writers:
    """Processes that reserve at the same time, and stay until they are told to end."""

    def __init__(
        self, count: int, data: Path, home: Path, size: int, *, locks: bool = True
    ) -> None:
        """`locks`: whether those of the file system do anything."""
        self.processes = []
        self.pipes = []
        for number in range(count):
            near, far = _context.Pipe()
            process = _context.Process(
                target=_reserve,
                args=(str(data), str(home), f"t{number}", size, locks, far),
                daemon=True,
            )
            process.start()
            far.close()
            self.processes.append(process)
            self.pipes.append(near)

    def admitted(self) -> int:
        for pipe in self.pipes:
            pipe.send("now")
        return sum(pipe.recv() for pipe in self.pipes)

    def end(self, how: signal.Signals | None = None) -> None:
        for process, pipe in zip(self.processes, self.pipes, strict=True):
            if how is None:
                pipe.send("end")
            else:
                assert process.pid is not None
                os.kill(process.pid, how)
            process.join()
