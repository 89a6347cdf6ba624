"""Who works at something, when several servers share one home.

Clocks and locks cannot be trusted on NFS; making a file with O_EXCL can. Every session is a file
``lease-NNNNNN`` whose number is one above the last: whoever made the highest works. It rewrites a
counter in it every ten seconds. Another takes over when that counter stood still for sixty seconds
of its own monotonic clock, or at once when the holder was a process of this machine that is gone.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .processes import identity, is_gone


class Pace(Protocol):
    """Seconds."""

    @property
    def stale(self) -> float:
        """That a counter must stand still before somebody else takes over."""

    @property
    def beat(self) -> float:
        """Between two steps of the counter."""


@dataclass(frozen=True)
class UsualPace:
    """That of all who are not tests."""

    stale: float = 60.0
    beat: float = 10.0


_FILE = re.compile(r"lease-(\d{6})")


@dataclass(frozen=True)
class _Seen:
    number: int
    content: str
    since: float


class Lease:
    """The right to work at what a folder stands for. `number` grows with each holder."""

    def __init__(self, folder: Path, number: int, pace: Pace | None = None) -> None:
        self.number = number
        self._folder = folder
        self._pace = pace or UsualPace()
        self._path = folder / f"lease-{number:06d}"
        self._count = 0
        self._beaten = clock()
        self._lost = False
        self._released = False
        self._lock = threading.Lock()

    def beat(self) -> bool:
        """Say that the holder lives, when it is time to. False when somebody else took over."""
        with self._lock:
            if self._lost or self._released:
                return not self._lost
            now = clock()
            if now - self._beaten < self._pace.beat:
                return True
            return self._beat(now)

    def _beat(self, now: float) -> bool:
        try:
            newest = _newest(self._folder)
            if newest is None or newest > self.number:
                self._lost = True
                return False
            self._count += 1
            _rewrite(self._path, _content(self._count))
        except OSError as error:
            # Until the disk answers again, others see the counter stand still.
            self._lost = error.errno in (errno.ENOENT, errno.ENOTDIR)
            return not self._lost and now - self._beaten < self._pace.stale / 2
        self._beaten = now
        return True

    @property
    def lost(self) -> bool:
        """Whether somebody else took over, or the folder is gone, as of the last beat: one that
        cannot be written for want of room has found nobody."""
        return self._lost

    def holds(self) -> bool:
        """Whether what is written now is still this holder's to write.

        Cheap while the last beat is recent; otherwise (a machine that slept) it looks.
        """
        with self._lock:
            if self._lost or self._released:
                return False
            now = clock()
            if now - self._beaten < self._pace.stale / 2:
                return True
            return self._beat(now)

    def release(self) -> None:
        """Let others take over at once."""
        with self._lock:
            if not self._lost and not self._released:
                self._released = True
                with contextlib.suppress(OSError):
                    _rewrite(self._path, json.dumps({"released": True}))


class LeaseWatch:
    """Tells when a folder may be taken over; one for each folder that one would like."""

    def __init__(self, folder: Path, pace: Pace | None = None) -> None:
        self._folder = folder
        self._pace = pace or UsualPace()
        self._seen: _Seen | None = None

    def free(self) -> bool:
        """Whether nobody works there, as far as can be told by now."""
        newest = _newest(self._folder)
        return newest is None or self._free(newest)

    def take(self) -> Lease | None:
        """The lease, when it is free or its holder is gone; None while somebody works.

        Raises OSError.
        """
        newest = _newest(self._folder)
        if newest is not None and not self._free(newest):
            return None
        number = (newest or 0) + 1
        path = self._folder / f"lease-{number:06d}"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return None  # another was faster
        try:
            try:
                os.pwrite(file, _padded(_content(0)), 0)
            finally:
                os.close(file)
        except OSError:
            os.unlink(path)
            raise
        if _newest(self._folder) != number:
            # Between our two looks others took it, gave it back and removed that file.
            with contextlib.suppress(OSError):
                os.unlink(path)
            return None
        if newest is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._folder / f"lease-{newest:06d}")
        return Lease(self._folder, number, self._pace)

    def take_from_silent(self, pause: Callable[[], object]) -> Lease | None:
        """The lease, once its holder has given no sign of life for long enough; None as soon as it
        has. It is called after `take`, and calls `pause` between its looks.

        Raises OSError.
        """
        seen = self._seen
        while self._seen is seen:
            pause()
            lease = self.take()
            if lease is not None:
                return lease
        return None

    def seems_silent(self) -> bool:
        """Whether the holder has given no sign of life for long, by the time of its file. Clocks
        may be wrong: so it is to be watched before that is believed."""
        newest = _newest(self._folder)
        if newest is None:
            return False
        try:
            beaten = os.stat(self._folder / f"lease-{newest:06d}").st_mtime
        except FileNotFoundError:
            return False
        return abs(time.time() - beaten) > self._pace.stale

    def _free(self, newest: int) -> bool:
        try:
            content = (self._folder / f"lease-{newest:06d}").read_text()
        except FileNotFoundError:
            return False  # being replaced right now
        except OSError:
            content = ""
        holder = _read(content)
        if holder.get("released"):
            return True
        if is_gone(holder):
            return True
        now = time.monotonic()  # without the time that this machine slept: others worked then
        seen = self._seen
        if seen is None or seen.number != newest or seen.content != content:
            self._seen = _Seen(newest, content, now)
            return False
        return now - seen.since > self._pace.stale


def _newest(folder: Path) -> int | None:
    numbers = [int(found[1]) for name in os.listdir(folder) if (found := _FILE.fullmatch(name))]
    return max(numbers, default=None)


def _content(count: int) -> str:
    return json.dumps({"count": count, **identity()})


def _read(content: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _rewrite(path: Path, content: str) -> None:
    # In place: a rename would make a file anew after somebody else had removed it.
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(file, _padded(content), 0)
    finally:
        os.close(file)


def _padded(content: str) -> bytes:
    # Always as long, so that a beat needs no more room on the disk.
    return content.ljust(256).encode()


def clock() -> float:
    """Seconds that nobody sets, and that go on while the machine sleeps where that can be had."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
