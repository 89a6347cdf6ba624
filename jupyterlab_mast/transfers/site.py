"""What the administrator of the Jupyter server has set, for those who copy without a server.

Command line and notebooks read the files that the server reads.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jupyter_core.application import JupyterApp
from traitlets import Dict, Float, Integer, List, TraitError
from traitlets.config import Application, Config, Configurable
from traitlets.config.loader import ConfigFileNotFound

from ..archive.interface import DEFAULT_ARCHIVES, Archive, ConfigurationError, read_archives
from .caps import bound_all
from .runner import Settings

log = logging.getLogger(__name__)

#: The file of the extension alone, which the server reads beside its own.
_EXTENSION_FILE = "jupyter_jupyterlab_mast_config"


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


def read_site() -> Site:
    """What the server's files say; its bounds of all archives hold in this process from now on.

    Raises ConfigurationError for a wrong setting, for which the server would not copy either.
    """
    try:
        found = MastExtension(config=_read_files())
    except TraitError as error:
        name = re.search(r"'(\w+)' trait", str(error))
        where = f"c.MastExtension.{name[1]}" if name else "c.MastExtension"
        raise ConfigurationError(f"{where}: {error}") from None
    site = Site(
        tuple(read_archives(found.archives, "c.MastExtension.archives").values()),
        Settings(
            found.confirm_bytes,
            found.confirm_files,
            streams=found.copy_streams,
            bandwidth=found.copy_bandwidth,
        ),
    )
    bound_all(site.settings.streams, site.settings.bandwidth)
    return site


class MastExtension(Configurable):
    """Those settings of the server's extension that hold for every copy, by the same names."""

    archives: Any = List(Dict(), default_value=DEFAULT_ARCHIVES).tag(config=True)
    confirm_bytes: Any = Integer(Settings.confirm_bytes, min=0).tag(config=True)
    confirm_files: Any = Integer(Settings.confirm_files, min=0).tag(config=True)
    copy_streams: Any = Integer(None, min=1, max=256, allow_none=True).tag(config=True)
    copy_bandwidth: Any = Float(None, min=1.0, allow_none=True).tag(config=True)


class _ServerFiles(JupyterApp):
    """Finds the files of a Jupyter server."""

    name = "jupyter-server"


def _read_files() -> Config:
    """What is in them. Of one that cannot be run the log tells, as the server's does."""
    files = _ServerFiles(log=log)
    with contextlib.suppress(ConfigFileNotFound):
        Application.load_config_file(files, _EXTENSION_FILE, files.config_file_paths)
    files.load_config_file()
    return files.config
