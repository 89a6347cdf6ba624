"""What other capabilities may ask of the transfers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from ..errors import Json
from ..files import Folders
from .copyrecord import Check, Copy
from .provenance import Provenance

__all__ = [
    "CachedStanding",
    "Check",
    "Copies",
    "Copy",
    "Grade",
    "InArchive",
    "Provenance",
    "Standing",
    "provenance_in",
]

#: How a file stands to the record of its copy. "unread": its size is that of the copy, but it was
#: moved or touched since, so that it must be read before anything can be said. "untold": it cannot
#: be said, since the archive has no checksum of the whole file. "linked": it has other names, so
#: that removing this one frees nothing. "busy": something is being copied to its folder. "foreign":
#: it belongs to somebody else.
Standing = Literal["unchanged", "unread", "changed", "untold", "linked", "busy", "foreign"]

#: What the archive has of a copy now: this version, another one, none; or that was not to be told.
InArchive = Literal["same", "newer", "gone", "unknown"]

#: What a file that another program downloaded is to the archives. "adoptable": its name leads to
#: an object of its size. "different": to one of another size. "unknown": to none. "unchecked": that
#: is not known, since an archive could not be asked.
CachedStanding = Literal["adoptable", "different", "unknown", "unchecked"]

#: "fixed": what is published of this mission stays as it is. "reprocessed": now and then a newer
#: version takes a file's place, and the one before does not come back.
Grade = Literal["fixed", "reprocessed"]


def provenance_in(data: str | os.PathLike[str]) -> Provenance:
    """What was copied to the home whose data folder this is; nothing is read before `reload`."""
    return Provenance(Path(data) / "copies")


class Copies(Protocol):
    """Copies that may go and come again. Paths are absolute; all methods raise RequestError.

    `name` is what the settings call a root: it stays when the root gets another path.
    """

    async def page(
        self, root: str, after: str, limit: int, *, without: Sequence[str], busy: Folders
    ) -> Json:
        """Some of the copies below `root` behind the path `after`, and whether they may go.

        None in the folders `without`; something is being copied into the folders `busy`.
        """

    async def remove(
        self,
        root: str,
        name: str,
        paths: Sequence[str],
        *,
        newer: bool,
        busy: Folders,
        freed: str,
    ) -> Json:
        """Remove copies that may go, and keep them in the list `freed`; the first ones begin it.

        With `newer` those too of which the archive has another version: that list is one of what
        is lost. What was not looked at within some seconds is `left`.
        """

    async def tell_of_cached(self, files: Sequence[Json]) -> list[Json]:
        """What files that other programs have downloaded are to the archives.

        Each has `absolute`, its path, and `size` in bytes; they come back with `archive`, `key`,
        `standing`, `duplicate_of` (a full path) and `message`.
        """

    async def adopt(self, root: str, paths: Sequence[str]) -> Json:
        """Take files below `root` for copies whose bytes are the archive's: all are read.

        What was not read within some seconds is `left`.
        """

    async def lists(self, root: str, name: str) -> list[Json]:
        """The lists of what was removed below `root` and is not there again, the last first."""

    async def freed(self, root: str, name: str, freed: str, after: str, limit: int) -> Json:
        """Some of what is missing of a list, in the order of their paths, behind the path `after`.

        Each of `files` has `below`, its path below the root, `archive`, `key`, and `size` in bytes.
        """

    async def fetch_again(
        self, root: str, name: str, freed: str, only: Sequence[str] | None = None
    ) -> list[str]:
        """Copy what is missing of a list to where it was, or `only` what was at these paths below
        the root. Returns the ids of the transfers.

        Of all of it, while some that fetch it have not ended, these.
        """

    async def forget(self, root: str, name: str, freed: str) -> None:
        """Forget a list."""
