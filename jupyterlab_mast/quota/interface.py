"""What other capabilities may ask of the quota."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol


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
        """Reserve `size` bytes for `owner`, in place of what it had. Raises QuotaError."""

    def give_back(self, owner: str) -> None:
        """End the reservation of `owner`, if it has one."""


class FileSystemQuota:
    """The room that the file system has left, less what was reserved here."""

    def __init__(self) -> None:
        self._reserved: dict[str, tuple[int, int]] = {}

    def space(self, folder: str) -> Space:
        return Space(max(0, self._room(folder) - self._others(folder, "")))

    def reserve(self, owner: str, folder: str, size: int) -> None:
        free = self._room(folder) - self._others(folder, owner)
        if size > free:
            raise QuotaError(size, max(0, free), None)
        self._reserved[owner] = (os.stat(folder).st_dev, size)

    def give_back(self, owner: str) -> None:
        self._reserved.pop(owner, None)

    def _room(self, folder: str) -> int:
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    def _others(self, folder: str, owner: str) -> int:
        device = os.stat(folder).st_dev
        return sum(
            size for name, (dev, size) in self._reserved.items() if dev == device and name != owner
        )
