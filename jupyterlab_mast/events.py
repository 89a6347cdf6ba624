"""What pages are told of by JupyterLab's events, with what they need to notice a gap."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger
from jupyter_events import __version__ as events_version
from jupyter_events import yaml as events_yaml

from .errors import Json


class Events:
    """The events of one schema of this server, numbered.

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
        logger.register_event_schema(read)

    def emit(self, data: Json) -> None:
        """Tell of `data`, which gets the server and the next sequence."""
        self.sequence += 1
        try:
            self._logger.emit(
                schema_id=self.id,
                data={"server": self.server, "sequence": self.sequence, **data},
            )
        except Exception:
            # A listener's fault must not end the reading; pages notice the gap.
            self._log.exception("jupyterlab-mast: an event could not be sent")
