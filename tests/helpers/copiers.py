"""Processes that copy at the same time, each with an engine of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.settings import Settings
from jupyterlab_mast.transfers.store import new_id
from jupyterlab_mast.transfers.types import Request, Source

from .home import FAST, archive_at, until

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def _copy(data: str, request: str, pipe: Connection) -> None:
    transfers = Transfers(data, settings=Settings(timing=FAST, plan_seconds=30), adopt=False)
    pipe.recv()
    name = transfers.create(Request.from_json(json.loads(request)))["id"]
    told = ""
    while not pipe.poll():
        state = transfers.summary(name)["state"]
        if state != told:
            pipe.send(state)
            told = state
        time.sleep(0.02)
    transfers.close()


class Copier:
    """A process that copies one object into a folder of its own."""

    def __init__(self, data: Path, root: Path, endpoint: str, key: str, number: int) -> None:
        self.target = root / "copies" / f"{number}"
        request = Request(
            id=new_id(),
            archive=archive_at(endpoint),
            sources=(Source(key=key),),
            target=str(self.target),
            root=str(root),
            layout="flat",
            start="now",
            created=time.time(),
            title="a copy",
        )
        self._pipe, far = _context.Pipe()
        self._process = _context.Process(
            target=_copy, args=(str(data), json.dumps(request.to_json()), far), daemon=True
        )
        self._process.start()
        far.close()
        self._state = "planning"

    @property
    def state(self) -> str:
        """Of its transfer, as far as it lived to tell."""
        try:
            while self._pipe.poll():
                self._state = self._pipe.recv()
        except EOFError:
            pass
        return self._state

    def begin(self) -> None:
        self._pipe.send("now")

    def kill(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()

    def end(self) -> None:
        """Stop where it is."""
        if self._process.is_alive():
            self._pipe.send("end")
            self._process.join()


def begin_together(copiers: Sequence[Copier]) -> None:
    """All ask for room; returns when each runs, or waits for room."""
    for one in copiers:
        one.begin()
    until(lambda: all(one.state in ("running", "waiting", "done") for one in copiers), 60)
