"""The quota of a Jupyter server: wired from its settings, started and stopped with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import to_os_path
from tornado.ioloop import IOLoop

from ..errors import Json
from ..events import Events
from ..rest import RestHandler, handlers
from ..transfers.interface import Copies
from .checkpoints import FOLDER_NAME
from .manager import QuotaManager
from .models import API
from .roots import QuotaSettings, Roots
from .service import Moved, QuotaService
from .trash import Trash
from .usage import Usage

#: What of the file browser's events changes no file.
_READS = ("get",)
#: Seconds after a save in which its page has asked for a checkpoint, of which no event tells.
CHECKPOINT_DELAY = 1.5
_CHECKPOINTS = os.fsdecode(FOLDER_NAME)


class Quota:
    """The accountant of one Jupyter server."""

    def __init__(
        self,
        server: ServerApp,
        data: str,
        settings: QuotaSettings,
        moved: Moved | None,
        copies: Copies | None,
    ) -> None:
        """Read the settings; nothing is started.

        `moved` is told of what is moved and deleted, `copies` knows what was copied.

        Raises ConfigurationError for a wrong setting.
        """
        contents = server.contents_manager
        self._shown = os.path.realpath(str(getattr(contents, "root_dir", "") or server.root_dir))
        roots = Roots(settings, "c.MastExtension.quota_roots", self._shown, server.log)
        logger = server.event_logger
        assert logger is not None  # The server makes it before it loads extensions.
        events = Events(logger, Path(__file__).parent / "events" / "quota.yaml", server.log)
        self._data = data
        self._moved = moved
        self._copies = copies
        self._looks: set[asyncio.Task[None]] = set()
        self._hidden = bool(getattr(contents, "allow_hidden", False))
        self._manager = QuotaManager(
            data, roots, settings.for_accountant(), self._describe, events, server.log
        )
        if isinstance(contents, FileManagerMixin):
            logger.add_listener(schema_id=contents.event_schema_id, listener=self._on_contents)
            self._hear_of_restored(contents, server.io_loop)

    @property
    def manager(self) -> QuotaManager:
        """The server's side of the accountant."""
        return self._manager

    def routes(self) -> list[tuple[str, type[RestHandler], dict[str, Any]]]:
        """The HTTP routes, for tornado."""
        service = QuotaService(self._manager, self._data, self._as_shown, self._moved, self._copies)
        return handlers(API, service)

    async def start(self) -> None:
        """Begin to measure."""
        await self._manager.start()

    async def stop(self) -> None:
        """End the accountant."""
        for look in self._looks:
            look.cancel()
        await self._manager.stop()

    async def _on_contents(self, logger: EventLogger, schema_id: str, data: Json) -> None:
        """What the file browser and the notebooks write counts at once."""
        if data["action"] not in _READS:
            paths = [
                to_os_path(data[name], self._shown)
                for name in ("source_path", "path")
                if data.get(name) is not None
            ]
            await self._manager.hint(
                await asyncio.to_thread(_changed, paths, data["action"] == "delete")
            )
            if data["action"] == "save":
                look = asyncio.create_task(self._look_at_checkpoints(paths))
                self._looks.add(look)
                look.add_done_callback(self._looks.discard)

    def _hear_of_restored(self, contents: Any, loop: IOLoop) -> None:
        """A checkpoint that is restored changes its file, of which no event and no hook tells: this
        one manager calls us then."""
        restore = contents.restore_checkpoint

        def tell(path: Any) -> None:
            loop.add_callback(self._look_at_restored, to_os_path(path, self._shown))

        async def tell_after(restored: Awaitable[None], path: str) -> None:
            await restored
            tell(path)

        @wraps(restore)
        def restore_and_tell(checkpoint_id: str, path: str) -> Awaitable[None] | None:
            restored: Awaitable[None] | None = restore(checkpoint_id, path)
            if restored is not None:
                return tell_after(restored, path)
            tell(path)
            return None

        contents.restore_checkpoint = restore_and_tell

    async def _look_at_restored(self, path: str) -> None:
        await self._manager.hint(await asyncio.to_thread(_changed, [path], False))

    async def _look_at_checkpoints(self, paths: Sequence[str]) -> None:
        await asyncio.sleep(CHECKPOINT_DELAY)
        folders = [os.path.join(os.path.dirname(path), _CHECKPOINTS) for path in paths]
        await self._manager.hint(await asyncio.to_thread(_changed, folders, False))

    def _describe(self, root: Json) -> Json:
        told = dict(root)
        reserved, copies = told.pop("reserved"), told.pop("copies")
        usage = Usage(**told)
        del told["seen"], told["lasts"]
        room = usage.room
        return {
            **told,
            "absolute": told.pop("path"),
            "path": self._as_shown(usage.path),
            "used": usage.used,
            "reserved": reserved,
            "copies": copies,
            "free": None if room is None else max(0, room - reserved),
        }

    def _as_shown(self, path: str) -> str | None:
        """What the file browser calls a folder; None where it cannot show it."""
        inner = os.path.relpath(path, self._shown)
        parts = [] if inner == "." else inner.split(os.sep)
        if ".." in parts or (not self._hidden and any(part.startswith(".") for part in parts)):
            return None
        return "/".join(parts)


def _changed(paths: Sequence[str], deleted: bool) -> list[str]:
    """Where something has changed when the file browser has written or deleted these paths."""
    found: dict[str, None] = {}
    for path in paths:
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        found[os.path.join(folder, name)] = None
        # Who writes to a link writes to what it leads to.
        found[os.path.realpath(path)] = None
        # Checkpoints are made, moved and deleted with their files.
        found[os.path.join(folder, _CHECKPOINTS)] = None
        if deleted:
            # A folder that is gone as well was deleted after: its own deletion is told.
            with contextlib.suppress(OSError):
                found.update(dict.fromkeys(Trash(folder).folders()))
    return list(found)
