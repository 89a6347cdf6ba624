"""What the administrator of the Jupyter server has set, for those who copy without a server.

A server leaves it in the home when it starts; command line and notebooks read it there. The
server's own files they do not read: those are programs, and may do anything.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..archive.interface import DEFAULT_ARCHIVES, Archive, ConfigurationError, read_archives
from ..files import write_whole
from .caps import bound_all
from .settings import Settings

log = logging.getLogger(__name__)

_FILE = "site.json"
#: Those of the settings that hold for every copy.
_SHARED = ("confirm_bytes", "confirm_files", "streams", "bandwidth")


@dataclass(frozen=True)
class Site:
    """The archives that the server shows, and what holds for all copies."""

    archives: tuple[Archive, ...] = tuple(read_archives(DEFAULT_ARCHIVES, "archives").values())
    settings: Settings = field(default_factory=Settings)

    def by_id(self, archive_id: str) -> Archive | None:
        """The archive of this id, where the server shows one."""
        return next((one for one in self.archives if one.id == archive_id), None)

    def bounded(self, archive: Archive) -> Archive:
        """An archive with the bounds that the server has for its bucket, where they are smaller."""
        there = [one for one in self.archives if one.bucket_url == archive.bucket_url]
        bounds = {
            name: _smallest(getattr(one, name) for one in [archive, *there])
            for name in ("copy_streams", "copy_bandwidth")
        }
        return archive.model_copy(update=bounds)


def _smallest(values: Iterable[float | None]) -> float | None:
    return min((one for one in values if one is not None), default=None)


def note_site(data: str | os.PathLike[str], site: Site) -> None:
    """Leave what a server has set for others of this home. `data` is the folder of our data.

    Raises OSError.
    """
    folder = Path(data)
    folder.mkdir(parents=True, exist_ok=True)
    shared = {name: getattr(site.settings, name) for name in _SHARED}
    archives = [one.model_dump(mode="json") for one in site.archives]
    write_whole(folder / _FILE, {"archives": archives, "settings": shared})


def read_site(data: str | os.PathLike[str]) -> Site:
    """What the last server of this home has set, or what holds without any.

    Its bounds of all archives hold in this process from now on.
    """
    path = Path(data) / _FILE
    site = Site()
    try:
        told = json.loads(path.read_bytes())
        settings = Settings(**{name: told["settings"][name] for name in _SHARED})
        site = Site(tuple(read_archives(told["archives"], "archives").values()), settings)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError, ConfigurationError) as error:
        log.warning("jupyterlab-mast: %s cannot be read: %r", path, error)
    bound_all(site.settings.streams, site.settings.bandwidth)
    return site
