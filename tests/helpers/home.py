"""A home with transfers, for tests of the copy engine."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import signal
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.transfers import copying, job
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.settings import Settings
from jupyterlab_mast.transfers.store import new_id
from jupyterlab_mast.transfers.timing import Timing
from jupyterlab_mast.transfers.types import Request, Source

from .faulty import Faulty

#: So short that faults cost little.
FAST = Timing(
    connect=2.0,
    stall=1,
    first_pause=0.02,
    longest_pause=0.2,
    longest_retry_after=0.5,
    patience=0.6,
    space=0.4,
    stale=1.0,
    beat=0.2,
    look=0.2,
)
PREFIX = "hst/public/"
MIB = 1 << 20


def archive_at(endpoint: str, **more: Any) -> Archive:
    """An archive that shows all of the bucket ``open``."""
    values: dict[str, Any] = {"id": "a", "title": "a", "bucket": "open", "endpoint": endpoint}
    return Archive(**{**values, "roots": [{"title": "Hubble", "prefix": PREFIX}], **more})


class Home:
    """The folder ``home`` below `folder`, and data of the extension beside it."""

    def __init__(self, folder: Path, server: Faulty) -> None:
        self.server = server
        self.root = folder / "home"
        self.root.mkdir()
        self.target = self.root / "copies"
        self.data = folder / "data"
        self.open_ones: list[Transfers] = []

    def transfers(
        self, timing: Timing = FAST, *, settings: Mapping[str, Any] | None = None, **more: Any
    ) -> Transfers:
        """The transfers of this home, as one more process would see them; with these settings."""
        values: dict[str, Any] = {"timing": timing, "plan_seconds": 30, **(settings or {})}
        found = Transfers(self.data, settings=Settings(**values), **more)
        self.open_ones.append(found)
        return found

    def request(self, *keys: str, **more: Any) -> Request:
        """A request for `keys`, or for all objects."""
        values: dict[str, Any] = {
            "id": new_id(),
            "archive": archive_at(self.server.endpoint),
            "sources": tuple(Source(key=key) for key in keys) or (Source(prefix=PREFIX),),
            "target": str(self.target),
            "root": str(self.root),
            "layout": "flat",
            "start": "now",
            "created": time.time(),
            "title": "a copy",
            **more,
        }
        return Request(**values)

    def run(self, *keys: str, seconds: float = 30, **more: Any) -> dict[str, Any]:
        """Copy, and return what came of it."""
        transfers = self.transfers()
        try:
            id = transfers.create(self.request(*keys, **more))["id"]  # noqa: A001
            return transfers.wait(id, seconds)
        finally:
            transfers.close()

    def close(self) -> None:
        for one in self.open_ones:
            one.close()

    # What is there

    def files(self) -> dict[str, bytes]:
        """All files below the root by their paths below the target, hidden ones too."""
        return {
            os.path.relpath(path, self.target): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def leftovers(self) -> list[str]:
        """Partial files."""
        return [name for name in self.files() if re.search(r"\.mast-[^/]*$", name)]

    def assert_right(self, *keys: str) -> None:
        """Exactly the objects `keys` (all of them, if none are given) are there, as they are in
        the archive now, and nothing else is."""
        chosen = keys or tuple(self.server.objects)
        want = {key.rsplit("/", 1)[1]: self.server.objects[key].body for key in chosen}
        have = self.files()
        assert sorted(have) == sorted(want)
        assert [name for name in want if want[name] != have[name]] == []


def until(condition: Any, seconds: float = 20.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)


def key(name: str) -> str:
    """An object's key."""
    return f"{PREFIX}x/{name}"


def fill(faulty: Faulty, large: int, checked: bool = True) -> int:
    """Objects of all sizes; how many bytes they have."""
    chance = random.Random(4)
    sizes = [large, large // 4, *[3 * MIB] * 4, *[60_000] * 60, 0, 1, MIB, MIB + 1]
    for number, size in enumerate(sizes):
        body = chance.randbytes(size)
        if checked:
            faulty.put(key(f"f{number}.fits"), body)
        else:
            faulty.put(key(f"f{number}.fits"), body, None, etag=f'"version-of-{number}"')
    return sum(sizes)


# Processes that may be killed: forked from one that has imported everything.

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


class Worker:
    """A process that works at the transfers of a home until they have ended."""

    def __init__(
        self,
        home: Home,
        request: Request | None = None,
        *,
        boot: str = "",
        timing: Timing = FAST,
        stay: bool = False,
        die: tuple[str, bool] | None = None,
        slow: tuple[str, float] | None = None,
        divisor: int = 1,
    ) -> None:
        """`die`: kill itself at the first call of that function of `os` for a file of the target,
        before or after it. `slow`: such a call takes so many seconds more. `divisor`: what is held
        in memory, what one request brings and what the journal notes at once is so many times
        smaller, so that small objects do as large ones."""
        near, far = _context.Pipe()
        self.pipe: Connection = near
        text = json.dumps(request.to_json()) if request else ""
        self.process: ForkServerProcess = _context.Process(
            target=_work,
            args=(str(home.data), text, boot, timing, stay, die, slow, divisor, far),
            daemon=True,
        )
        self.process.start()
        far.close()

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def summary(self, seconds: float = 30) -> dict[str, Any] | None:
        """What it said about the transfer when that had ended; None where it died before."""
        try:
            if self.pipe.poll(seconds):
                found: dict[str, Any] = self.pipe.recv()
                return found
        except EOFError:
            return None
        raise AssertionError("the transfer did not end")

    @property
    def memory(self) -> int:
        """The most bytes that it has had in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def _work(
    data: str,
    request: str,
    boot: str,
    timing: Timing,
    stay: bool,
    die: tuple[str, bool] | None,
    slow: tuple[str, float] | None,
    divisor: int,
    pipe: Connection,
) -> None:
    if die:
        _die_at(*die)
    if slow:
        _be_slow_at(*slow)
    for module in (copying, job):
        for name in {"SMALL", "RANGE", "WHOLE", "PIECE"} & set(vars(module)):
            setattr(module, name, getattr(module, name) // divisor)
    if boot:
        os.environ["MAST_BOOT_ID"] = boot
    transfers = Transfers(data, settings=Settings(timing=timing, plan_seconds=30))
    if request and not transfers.snapshot():
        transfers.create(Request.from_json(json.loads(request)))
    (one,) = transfers.snapshot()
    pipe.send(transfers.wait(one["id"]))
    if stay:
        time.sleep(60)
    transfers.close()


def _die_at(name: str, after: bool) -> None:
    real = getattr(os, name)

    def deadly(*arguments: Any, **more: Any) -> Any:
        engine = threading.current_thread().name.startswith(("mast-disk", "mast-transport"))
        if engine and not after and not _in_vain(name, *arguments, **more):
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*arguments, **more)
        if engine:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(os, name, deadly)


def _in_vain(name: str, *arguments: Any, **more: Any) -> bool:
    """Whether a call removes what is not there, as before a partial file is made."""
    if name != "unlink":
        return False
    try:
        os.stat(*arguments, **more, follow_symlinks=False)
    except FileNotFoundError:
        return True
    return False


def _be_slow_at(name: str, seconds: float) -> None:
    real = getattr(os, name)

    def slow(*arguments: Any, **more: Any) -> Any:
        if threading.current_thread().name.startswith(("mast-disk", "mast-transport")):
            time.sleep(seconds)
        return real(*arguments, **more)

    setattr(os, name, slow)
