"""What pages are told of by JupyterLab's events, with what they need to notice a gap."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger
from jupyter_events import __version__ as events_version
from jupyter_events import yaml as events_yaml

from .errors import Json

#: Seconds between two events of one schema that nothing hurries.
EVENT_SECONDS = 0.5

#: Makes what is told, at the moment in which it is.
Tell = Callable[[], Json]


class Events:
    """The events of one schema of this server, numbered; sent in the server's event loop.

    Made before pages come: they hear only of schemas that were known then.
    """

    def __init__(
        self,
        logger: EventLogger,
        schema: Path,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._logger = logger
        self._log = log
        read = events_yaml.load(schema)
        # Integers alone are accepted before 0.11, and warned of since.
        if tuple(int(part) for part in events_version.split(".")[:2]) < (0, 11):
            read["version"] = int(read["version"])
        self.id: str = read["$id"]
        #: Random; another one after each start of the server.
        self.server = secrets.token_hex(8)
        #: Of the last event.
        self.sequence = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sent = float("-inf")
        logger.register_event_schema(read)

    def soon(self, tell: Tell) -> None:
        """Tell at the next time at which it is due, with all that has come until then."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._sent + EVENT_SECONDS), self.now, tell)

    def now(self, tell: Tell) -> None:
        """Tell at once; what `tell` returns gets the server and the next sequence."""
        self.close()
        self._sent = asyncio.get_running_loop().time()
        data = tell()
        self.sequence += 1
        try:
            self._logger.emit(
                schema_id=self.id,
                data={"server": self.server, "sequence": self.sequence, **data},
            )
        except Exception:
            # A listener's fault must not end the reading; pages notice the gap.
            self._log.exception("jupyterlab-mast: an event could not be sent")

    def close(self) -> None:
        """Tell of nothing that was to be told soon."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
