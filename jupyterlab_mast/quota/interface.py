"""What other capabilities may ask of the quota."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..files import is_within
from .reservations import NOTHING, Reservations, disk_of
from .usage import Usage, read_usages


@dataclass(frozen=True)
class Space:
    """Room below a folder, in bytes. `limit` and `used` are None where there is no limit."""

    free: int
    limit: int | None = None
    used: int | None = None


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
        """Reserve `size` more bytes for `owner`. Raises QuotaError."""

    def wrote(self, owner: str, written: int) -> None:
        """Tell how many bytes `owner` has written since its first reservation."""

    def give_back(self, owner: str) -> None:
        """End the reservation of `owner`, if it has one: it will write no more."""

    def beat(self) -> None:
        """To be called now and then, so that others know that reservations are still meant."""


class HomeQuota:
    """The limits and figures that the accountant publishes in the data folder of a home.

    Without them (nothing was measured yet, no limit is set, a folder outside of all roots) it is
    the room of the file system that counts. Reservations are shared with all processes that use
    the same data folder.
    """

    def __init__(self, data: str | os.PathLike[str]) -> None:
        self._published = usages_in(data)
        self._reservations = Reservations(Path(data) / "quota")

    def space(self, folder: str) -> Space:
        room, root, usage = self._room(folder)
        reserved = self._reservations.by_root().get(root, NOTHING).outstanding
        free = max(0, room - reserved)
        if usage is None or usage.limit is None:
            return Space(free)
        return Space(free, usage.limit, usage.used + reserved)

    def reserve(self, owner: str, folder: str, size: int) -> None:
        room, root, usage = self._room(folder)
        free = self._reservations.reserve(owner, root, folder, size, room)
        if free is not None:
            raise QuotaError(size, free, usage.limit if usage else None)

    def wrote(self, owner: str, written: int) -> None:
        self._reservations.wrote(owner, written)

    def give_back(self, owner: str) -> None:
        self._reservations.give_back(owner)

    def beat(self) -> None:
        self._reservations.beat()
        refreshed = {one.path: one.refreshed or 0.0 for one in read_usages(self._published)}
        self._reservations.settle(refreshed)

    def _room(self, folder: str) -> tuple[int, str, Usage | None]:
        """The room below a folder without reservations, for whom it is shared, and the figures."""
        found = os.statvfs(folder)
        disk = found.f_bavail * found.f_frsize
        usage = root_of(folder, read_usages(self._published))
        if usage is None or usage.measured is None:
            return disk, disk_of(folder), None
        standing = self._reservations.by_root().get(usage.path, NOTHING)
        usage = usage.with_written(standing.written)
        room = usage.room if usage.hard else None
        return disk if room is None else min(disk, room), usage.path, usage


def usages_in(data: str | os.PathLike[str]) -> Path:
    """The file in which the accountant publishes what it knows."""
    return Path(data) / "quota" / "usage.json"


def root_of(folder: str, usages: list[Usage]) -> Usage | None:
    """The innermost root that holds a folder."""
    path = os.path.realpath(folder)
    held = [one for one in usages if is_within(path, one.path)]
    return max(held, key=lambda one: len(one.path), default=None)
