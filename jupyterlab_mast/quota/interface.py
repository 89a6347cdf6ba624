"""What other capabilities may ask of the quota."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Protocol

from ..files import NO_ROOM, Folders, is_within, nearest
from .notes import Notes, notes_in
from .reservations import NOTHING, Reservations, Standing, disk_of
from .usage import Usage, read_usages, read_usages_in_force


@dataclass(frozen=True)
class Space:
    """Room below a folder, in bytes. `limit` and `used` are None where there is no limit."""

    #: What limit and disk leave.
    free: int
    limit: int | None = None
    used: int | None = None
    #: What of the limit stays free, so that a server can always start.
    reserve: int = 0
    #: What is let in where the limit only warns: what the disk leaves. None: what is `free`.
    beyond: int | None = None
    #: Files are being counted for the first time: `used` is what was found so far.
    counting: bool = False

    @property
    def allowed(self) -> int:
        """What is let in."""
        return self.free if self.beyond is None else self.beyond


class QuotaError(Exception):
    """A reservation that does not fit. All in bytes; `limit` is None where there is none."""

    def __init__(self, planned: int, free: int, limit: int | None) -> None:
        super().__init__(f"{planned} bytes are needed, {free} are free")
        self.planned = planned
        self.free = free
        self.limit = limit


class Quota(Protocol):
    """Room for files, shared by all who write."""

    def space(self, folder: str) -> Space:
        """Room below an existing `folder`, without what is reserved."""

    def reserve(self, owner: str, folder: str, size: int) -> None:
        """Reserve `size` more bytes for `owner`, to be written in and below `folder`.

        That need not be there yet. Raises QuotaError; OSError where the folder cannot be looked
        at. All else raises nothing.
        """

    def wrote(self, owner: str, written: int, into: Folders | None = None, more: int = 0) -> None:
        """Tell how many bytes `owner` has written since its first reservation, and into which
        folders: without them anywhere in and below that of its reservation. `more` are those that
        it writes beyond what it has reserved, as where some are to be written again."""

    def give_back(self, owner: str) -> None:
        """End the reservation of `owner`, if it has one: it will write no more."""

    def changed(self, folders: Collection[str], below: Collection[str] = ()) -> None:
        """Tell that files came to these folders or went from them, by full paths, or that the
        folders did; or that this was so somewhere `below` others."""

    def beat(self) -> None:
        """To be called now and then, so that others know that reservations are still meant."""

    def close(self) -> None:
        """End all reservations that this one has made. It is not used again."""


class HomeQuota:
    """The limits and figures that the accountant publishes in the data folder of a home.

    Without them (no limit is set, a folder outside of all roots, nobody has published any for an
    hour) it is the room of the file system that counts. While the first count runs, what it has
    found so far does. Reservations are shared with all processes that use the same data folder.
    """

    def __init__(self, data: str | os.PathLike[str]) -> None:
        self._published = usages_in(data)
        self._reservations = Reservations(Path(data) / "quota")
        self._notes = Notes(notes_in(data))

    def space(self, folder: str) -> Space:
        standings = self._reservations.by_root()
        rooms = [
            room._replace(reserved=standings.get(room.root, NOTHING).outstanding)
            for room in self._rooms(folder, standings)
        ]
        free = max(0, min(room.free for room in rooms))
        # Of several limits it is the one that leaves the least.
        room = min((one for one in rooms if one.usage), key=attrgetter("left"), default=rooms[0])
        usage = room.usage
        if usage is None:
            return Space(free)
        return Space(
            free,
            usage.limit,
            usage.used + room.reserved,
            usage.reserve,
            None if usage.hard else max(0, min(one.allowed for one in rooms)),
            usage.measured is None,
        )

    def reserve(self, owner: str, folder: str, size: int) -> None:
        there, usages = self._held(folder)
        # Two roots may be one folder: it is counted once, and held against both limits.
        roots = dict.fromkeys((disk_of(there), *(usage.path for usage in usages)))

        def allowed(now: Mapping[str, Standing]) -> dict[str, int]:
            found: dict[str, int] = {}
            for room in self._rooms(folder, now):
                found[room.root] = min(room.allowed, found.get(room.root, room.allowed))
            return found

        try:
            free = self._reservations.reserve(owner, roots, folder, size, allowed)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            # There is no room even to note it.
            free = 0 if size else None
        if free is not None:
            raise QuotaError(size, free, self.space(folder).limit)

    def wrote(self, owner: str, written: int, into: Folders | None = None, more: int = 0) -> None:
        self._reservations.wrote(owner, written, into, more)

    def give_back(self, owner: str) -> None:
        self._reservations.give_back(owner)

    def changed(self, folders: Collection[str], below: Collection[str] = ()) -> None:
        if not self._published.exists():
            # Nobody counts, who would read that.
            return
        # Too many to be named: all that lies below them is looked at.
        if folders and not self._notes.leave("look", folders):
            self._notes.leave("below", [os.path.commonpath(folders)])
        if below:
            self._notes.leave("below", below)

    def beat(self) -> None:
        self._reservations.beat()
        # Of what was written before its figures count in a root they tell with the next look.
        self.changed((), self._reservations.count_in(self._roots_of))
        refreshed = {one.path: one.refreshed or 0.0 for one in read_usages(self._published)}
        self._reservations.settle(refreshed)

    def close(self) -> None:
        self._reservations.close()

    def _roots_of(self, folder: str) -> list[str]:
        """The roots that count what is written into a folder; none where that cannot be told."""
        try:
            return [usage.path for usage in self._held(folder)[1]]
        except OSError:
            return []

    def _held(self, folder: str) -> tuple[str, list[Usage]]:
        """What is there of a folder, and the roots that count what is written into it."""
        there = nearest(folder)
        usages = roots_of(folder, there, read_usages_in_force(self._published))
        known = [one for one in usages if one.measured is not None or one.limit is not None]
        return there, known

    def _rooms(self, folder: str, standings: Mapping[str, Standing]) -> list[_Room]:
        """With what was written as of `standings`: of one look at the reservations, before this
        one at the figures, since what has been measured is forgotten there."""
        there, usages = self._held(folder)
        found = os.statvfs(there)
        disk = found.f_bavail * found.f_frsize
        rooms = [_Room(disk_of(there), disk)]
        for usage in usages:
            if usage.limit is not None:
                written = standings.get(usage.path, NOTHING).written
                rooms.append(_Room(usage.path, disk, usage.with_written(written)))
        return rooms


class _Room(NamedTuple):
    """The room below a folder by one count: of its disk, or of a root with a limit."""

    #: For whom it is shared: a root, or what stands for a disk.
    root: str
    disk: int
    usage: Usage | None = None
    #: What of it is reserved.
    reserved: int = 0

    @property
    def left(self) -> int:
        """What the limit leaves; the disk may have less."""
        room = self.usage.room if self.usage else None
        return (self.disk if room is None else room) - self.reserved

    @property
    def free(self) -> int:
        """What limit and disk leave."""
        return min(self.left, self.disk - self.reserved)

    @property
    def allowed(self) -> int:
        """What is let in."""
        hard = self.usage is None or self.usage.hard
        return self.free if hard else self.disk - self.reserved


def usages_in(data: str | os.PathLike[str]) -> Path:
    """The file in which the accountant publishes what it knows."""
    return Path(data) / "quota" / "usage.json"


def roots_of(folder: str, there: str, usages: list[Usage]) -> list[Usage]:
    """The roots that hold a folder, of which `there` is what is there already: those in which it is
    counted. What is mounted in a root is not; of a root that is not there nobody can tell."""
    path = os.path.realpath(folder)
    devices = (os.stat(there).st_dev, None)
    return [one for one in usages if is_within(path, one.path) and _device(one.path) in devices]


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None
