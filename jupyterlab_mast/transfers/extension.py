"""The transfers of a Jupyter server: wired from its settings, started and stopped with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_events import EventLogger
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.fileio import FileManagerMixin

from ..archive.interface import Archive
from ..events import Events
from ..rest import RestHandler, handlers
from .freeingservice import CopiesOfHome
from .interface import Copies
from .manager import EVENT_SCHEMA, TransferManager
from .models import API
from .roots import TargetRoots, read_target_roots
from .service import TransferService, describe
from .settings import Settings
from .site import Site, note_site


@dataclass(frozen=True)
class CopySettings:
    """What an administrator may set; names and units as in ``app.MastExtension``."""

    target_roots: Sequence[Any]
    confirm_bytes: int
    confirm_files: int
    active_hours: float
    streams: int | None
    bandwidth: float | None

    def for_engine(self) -> dict[str, Any]:
        """Those of ``settings.Settings`` that were set."""
        values = {
            "confirm_bytes": self.confirm_bytes,
            "confirm_files": self.confirm_files,
            "streams": self.streams,
            "bandwidth": self.bandwidth,
        }
        return {name: value for name, value in values.items() if value is not None}


class Unavailable(Exception):
    """This server cannot copy; its text is a sentence that says why."""


class Copying:
    """Copy to workspace in one Jupyter server."""

    def __init__(
        self,
        server: ServerApp,
        data: str,
        archives: Mapping[str, Archive],
        settings: CopySettings,
    ) -> None:
        """Read the settings; nothing is started. `data` is our folder below Jupyter's.

        Raises ConfigurationError for a wrong setting, and Unavailable where nothing can be copied.
        """
        contents = server.contents_manager
        home = str(getattr(contents, "root_dir", "") or server.root_dir)
        roots = read_target_roots(settings.target_roots, "c.MastExtension.target_roots", home)
        if not isinstance(contents, FileManagerMixin):
            raise Unavailable(
                "The file browser of this server shows no local files "
                f"({type(contents).__name__}), so nothing can be copied to it."
            )
        events = server.event_logger
        assert events is not None  # The server makes it before it loads extensions.
        targets = TargetRoots(roots, bool(contents.allow_hidden))
        self._manager = TransferManager(
            data,
            settings.for_engine(),
            lambda transfer: describe(targets, transfer),
            Events(events, EVENT_SCHEMA, server.log),
            server.web_app.settings["last_activity_times"],
            settings.active_hours,
            server.log,
        )
        self._service = TransferService(archives, targets, self._manager)
        self._copies = CopiesOfHome(data, archives, self._manager)
        self._site = Site(tuple(archives.values()), Settings(**settings.for_engine()))
        self._data, self._log = data, server.log
        self._targets = targets
        self._moving = asyncio.Lock()
        events.add_listener(schema_id=contents.event_schema_id, listener=self._on_contents)

    @property
    def manager(self) -> TransferManager:
        """The server's side of the copy process."""
        return self._manager

    @property
    def copies(self) -> Copies:
        """What the quota may ask of copies."""
        return self._copies

    def routes(self) -> list[tuple[str, type[RestHandler], dict[str, Any]]]:
        """The HTTP routes, for tornado."""
        return handlers(API, self._service)

    async def _on_contents(self, logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        """A rename or deletion in the file browser moves copies too."""
        action, path = data["action"], data["path"]
        if action not in ("rename", "delete"):
            return
        names = [data["source_path"], path] if action == "rename" else [path]
        # One after the other, as they were done.
        async with self._moving:
            places = await asyncio.to_thread(lambda: [self._targets.locate(one) for one in names])
            await self._manager.note_move(places[0], places[1] if action == "rename" else None)

    async def start(self) -> None:
        """Go on with what an earlier server left unfinished."""
        try:
            await asyncio.to_thread(note_site, self._data, self._site)
        except OSError as error:
            self._log.warning(
                "jupyterlab-mast: the command line cannot be told of the server's settings: %s",
                error,
            )
        await self._manager.begin()

    async def stop(self) -> None:
        """End the copy process; what is unfinished goes on next time."""
        await self._manager.stop()
