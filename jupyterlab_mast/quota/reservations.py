"""Bytes that copies are about to write: a file for each process, merged on reading.

A reservation is written first and then held against all others, so that of two at the same time
each sees the other: at worst both step back and try again, and never both are admitted. On one
machine a lock keeps them from stepping on each other; nothing depends on it, since locks cannot be
trusted on network file systems, and nobody waits for it longer than a second.

What was written under a reservation counts as used until the accountant has measured it; then the
rest of an ended reservation goes.

A file needs room itself, which a full disk has not: only who asks for more hears of that. What ends
or is noted counts in this process at once, and is written with the next beat that can.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..files import NO_FOLDERS, Folders, time_at, write_whole
from ..lease import clock
from ..processes import identity, is_gone, is_here

#: Times that a reservation is tried again when others were tried at the same time, and the seconds
#: between, at most.
TRIES, PAUSE = 6, 0.25
#: Seconds that a file of another machine may stay unchanged before its process counts as gone, and
#: between two signs of life of a process that has reservations.
SILENT, BEAT = 120.0, 30.0
#: Seconds that the lock is waited for, and between two looks: who has it may be stopped.
LOCK_WAIT, LOCK_LOOK = 1.0, 0.01
#: Seconds between two notes of what was written.
NOTE = 1.0

#: The beginning of what stands for a disk in the place of a root.
_DISK = "device "
_PREFIX, _SUFFIX = "reserved-", ".json"
_LOCK = "lock"


def disk_of(folder: str) -> str:
    """What stands for the disk of a folder in the place of a root.

    The disk itself says at once what was written: there is nothing to be measured.
    """
    return f"{_DISK}{os.stat(folder).st_dev}"


@dataclass(frozen=True)
class Reservation:
    """Of one owner, for files in and below `folder`; in bytes.

    That folder need not be there yet. It counts in all `roots`: those that hold the folder, and its
    disk.
    """

    roots: tuple[str, ...]
    folder: str
    planned: int
    written: int = 0
    #: When it ended, in seconds since 1970: what was written is all that will be.
    ended: float | None = None
    #: Where it writes, as the owner has told; None is anywhere in and below `folder`.
    into: Folders | None = None
    #: What it is to write beyond what was planned.
    more: int = 0

    @property
    def outstanding(self) -> int:
        """What is still to come."""
        return 0 if self.ended is not None else max(0, self.planned + self.more - self.written)

    @property
    def to_measure(self) -> list[str]:
        """The roots of which somebody measures what was written."""
        return [root for root in self.roots if not root.startswith(_DISK)]

    @property
    def where(self) -> Folders:
        """The folders into which it writes or may write."""
        return Folders(whole=(self.folder,)) if self.into is None else self.into


_NAMES = frozenset(one.name for one in fields(Reservation))


class Standing(NamedTuple):
    """The reservations below one root, in bytes."""

    #: Still to come.
    outstanding: int
    #: By owner.
    written: Mapping[str, int]
    #: Where they write, and have written.
    where: Folders
    #: How many of them still have bytes to come.
    running: int = 0


NOTHING = Standing(0, {}, NO_FOLDERS)


def _read(value: dict[str, Any]) -> Reservation:
    """What a file says of one. Raises KeyError and TypeError."""
    into = value.get("into")
    where = None if into is None else Folders.of_json(into)
    # What another version knows besides is passed over.
    known = {name: one for name, one in value.items() if name in _NAMES}
    return Reservation(**{**known, "roots": tuple(value["roots"]), "into": where})


def _all(some: Iterable[Folders]) -> Folders:
    found = list(some)
    alone = {folder for one in found for folder in one.alone}
    whole = {folder for one in found for folder in one.whole}
    return Folders(tuple(sorted(alone)), tuple(sorted(whole)))


def _taken(lock: int) -> bool:
    """Whether the lock of an open file is this process's now. Raises OSError without locks."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Reservations:
    """The reservations of this process, in a folder that all processes share.

    Its methods may be called from any thread.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        name = f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._file = self._folder / name
        self._own: dict[str, Reservation] = {}
        #: When the file was written last, by `clock`.
        self._wrote = 0.0
        #: Something was written that the file does not say yet.
        self._news = False
        #: Nothing more will come of those in the file.
        self._over = False

    def all(self) -> dict[str, Reservation]:
        """Those of all processes, by owner; of a process that is gone what it had written."""
        with self._threads:
            return {**self._others(), **self._own}

    def by_root(self) -> dict[str, Standing]:
        """What stands below each root and on each disk; one without any is `NOTHING`."""
        found: dict[str, Standing] = {}
        for owner, one in self.all().items():
            for root in one.roots:
                before = found.get(root, NOTHING)
                found[root] = Standing(
                    before.outstanding + one.outstanding,
                    {**before.written, owner: one.written},
                    _all((before.where, one.where)),
                    before.running + (one.outstanding > 0),
                )
        return found

    def at_work(self) -> tuple[list[str], Folders]:
        """The folders of reservations that have not ended, and where these write."""
        ones = [one for one in self.all().values() if one.ended is None]
        return [one.folder for one in ones], _all(one.where for one in ones)

    def reserve(
        self,
        owner: str,
        roots: Collection[str],
        folder: str,
        size: int,
        room: Callable[[Mapping[str, Standing]], Mapping[str, int]],
    ) -> int | None:
        """Take `size` bytes of the room that all reservations below each of `roots` share.

        `room` tells it by root, without what is reserved, as of these standings: what others have
        written since another look would be missing in both. What the owner had is replaced. Returns
        None, or the bytes that are free when it does not fit. Raises OSError where it cannot be
        noted, or what `room` raises; then the owner has what it had.
        """
        with self._threads:
            before = self._own.get(owner)
            written, more = (before.written, before.more) if before else (0, 0)
            free = 0
            for trial in range(TRIES):
                with self._locked():
                    self._own[owner] = Reservation(
                        tuple(roots), folder, written + size - more, written, more=more
                    )
                    try:
                        self._write()
                        standings = self.by_root()
                        rooms = room(standings)
                    except OSError:
                        self._put_back(owner, before)
                        self._keep()
                        raise
                    free = min(
                        whole + size * (root in roots) - standings.get(root, NOTHING).outstanding
                        for root, whole in rooms.items()
                    )
                    # What needs nothing fits also where others have more than there is.
                    if size <= max(0, free):
                        return None
                    self._put_back(owner, before)
                    self._keep()
                if size > min(rooms.values()):
                    break
                if trial + 1 < TRIES:
                    time.sleep(random.uniform(0, PAUSE))
            return max(0, free)

    def wrote(self, owner: str, written: int, into: Folders | None = None, more: int = 0) -> None:
        """Note how many bytes an owner has written in all, and where; now and then this is kept.
        That it is to write `more` than was planned is kept at once."""
        with self._threads:
            own = self._own.get(owner)
            if own is None or own.ended is not None:
                return
            if (own.written, own.into, own.more) != (written, into, more):
                self._own[owner] = replace(own, written=written, into=into, more=more)
                self._news = True
            # Until it is told, all that is there may be written to, and others may take the room.
            at_once = more > own.more or (own.into is None and into is not None)
            if at_once or (self._news and clock() - self._wrote > NOTE):
                self._keep()

    def count_in(self, roots: Callable[[str], Collection[str]]) -> list[str]:
        """Have those that have not ended count in all `roots` of their folder, which may be known
        only since. Returns the folders of those that had not."""
        with self._threads:
            found = []
            for owner, own in self._own.items():
                new = set() if own.ended is not None else set(roots(own.folder)) - set(own.roots)
                if new:
                    self._own[owner] = replace(own, roots=(*own.roots, *sorted(new)))
                    found.append(own.folder)
            if found:
                self._keep()
            return found

    def close(self) -> None:
        """End all: what was written stays for whoever measures it, as of a process that is gone."""
        with self._threads:
            for owner in list(self._own):
                self.give_back(owner)
            if self._own:
                self._over = True
                with contextlib.suppress(OSError):
                    self._write()
                self._begin()

    def give_back(self, owner: str) -> None:
        """End a reservation, if there is one."""
        with self._threads:
            own = self._own.get(owner)
            if own is None or own.ended is not None:
                return
            if own.to_measure:
                self._own[owner] = replace(own, planned=own.written, ended=time.time())
            else:
                del self._own[owner]
            self._keep()

    def beat(self) -> None:
        """Say that this process is there, and what could not be said before; to be called now and
        then."""
        with self._threads:
            if self._news or (self._own and clock() - self._wrote > BEAT):
                self._keep()

    def settle(self, measured: Mapping[str, float]) -> None:
        """Forget what was written before it was `measured`: seconds since 1970, by root."""
        with self._threads:
            over = [
                owner
                for owner, own in self._own.items()
                if own.ended is not None
                and all(own.ended < measured.get(root, 0.0) for root in own.to_measure)
            ]
            for owner in over:
                del self._own[owner]
            if over:
                self._keep()
            for path, value in self._files():
                # One that is damaged was not written by us; another process may remove it too.
                with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                    if self._is_over(path, value) and all(
                        path.stat().st_mtime < measured.get(root, 0.0)
                        for one in value["owners"].values()
                        for root in _read(one).to_measure
                    ):
                        path.unlink(missing_ok=True)

    def _put_back(self, owner: str, before: Reservation | None) -> None:
        if before is None:
            del self._own[owner]
        else:
            self._own[owner] = before

    def _keep(self) -> None:
        """Write what the file does not say; a beat tries again where that cannot be done now."""
        try:
            self._write()
        except OSError:
            self._news = True

    def _write(self) -> None:
        self._wrote = clock()
        if self._own:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            value = {
                "process": identity(),
                "over": self._over,
                "owners": {owner: asdict(own) for owner, own in self._own.items()},
            }
            write_whole(self._file, value)
        else:
            self._file.unlink(missing_ok=True)
        self._news = False

    def _others(self) -> dict[str, Reservation]:
        found: dict[str, Reservation] = {}
        for path, value in self._files():
            # One that is damaged was not written by us; one that has gone was given back.
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                over = self._is_over(path, value)
                for owner, one in value["owners"].items():
                    reservation = _read(one)
                    if over and reservation.ended is None:
                        # It may have written elsewhere after it said where.
                        ended = path.stat().st_mtime
                        reservation = replace(reservation, ended=ended, into=None)
                    found[owner] = reservation
        return found

    def _files(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The files of other processes."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return
        for name in names:
            path = self._folder / name
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX) and path != self._file:
                with contextlib.suppress(OSError, ValueError):
                    value = json.loads(path.read_text(encoding="utf-8"))
                    if isinstance(value, dict):
                        yield path, value

    def _is_over(self, path: Path, value: dict[str, Any]) -> bool:
        """Whether the process that wrote a file is gone, or has closed what it wrote."""
        if value.get("over"):
            return True
        if is_here(value["process"]):
            return is_gone(value["process"])
        beat = path.stat().st_mtime
        now = time.time()
        if now - beat > SILENT:
            # That of the file system is the one by which it was dated.
            with contextlib.suppress(OSError):
                now = time_at(self._folder / _LOCK)
        return now - beat > SILENT

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                lock = os.open(self._folder / _LOCK, flags, 0o600)
                stack.callback(os.close, lock)
                end = time.monotonic() + LOCK_WAIT
                while not _taken(lock) and time.monotonic() < end:
                    time.sleep(LOCK_LOOK)
            yield
