"""The Jupyter Server extension: settings, routes, and what the page is told."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from traitlets import Dict, Float, Integer, List, TraitError

from .archive.config import (
    DEFAULT_ARCHIVES,
    Archive,
    ConfigurationError,
    page_config,
    read_archives,
)
from .archive.handlers import routes
from .archive.relay import Limits, Relay
from .transfers.extension import Copying, CopySettings, Unavailable

PAGE_CONFIG_KEY = "jupyterlabMast"


class MastExtension(ExtensionApp):
    """The MAST archive in JupyterLab.

    A wrong setting switches this extension off, with one sentence in the log; the server goes on.
    """

    name = "jupyterlab_mast"

    archives = List(
        Dict(),
        default_value=DEFAULT_ARCHIVES,
        help="""The archives of the panel, each a dictionary.

        id: letters, digits, '-', '_', '.'; a part of addresses.
        title: what people read.
        bucket, region ('us-east-1'), endpoint (None: Amazon's own).
        access: 'anonymous', or 'role' for the server's own AWS credentials.
        requester_pays (False): whether the server may pay for the transfer.
        roots: a list of {'title': ..., 'prefix': ...}; the prefixes are the allow-list.
        route: 'auto', 'relay' (through this server) or 'direct' (from the browser).
        """,
    ).tag(config=True)

    answer_timeout = Float(
        15.0, min=0.1, help="Seconds until an archive must have begun its answer."
    ).tag(config=True)

    stall_timeout = Float(
        60.0, min=0.1, help="Seconds for which an archive may pause within an answer."
    ).tag(config=True)

    list_bytes = Integer(
        8 << 20, min=1 << 16, help="Bytes that one page of a listing may have at most."
    ).tag(config=True)

    target_roots = List(
        Dict(),
        help="""Folders into which may be copied, besides the Jupyter root; each a dictionary.

        id: letters, digits, '-', '_'; not 'home', which is the Jupyter root.
        title: what people read.
        path: an absolute path; it may begin with '~' or a variable, and may be a link.
        """,
    ).tag(config=True)

    confirm_bytes = Integer(
        10_000_000_000, min=0, help="Bytes above which a copy asks before it starts."
    ).tag(config=True)

    confirm_files = Integer(
        1000, min=0, help="Number of files above which a copy asks before it starts."
    ).tag(config=True)

    active_hours = Float(
        12.0,
        min=0.0,
        help="Hours for which the moving bytes of one copy count as the server's activity.",
    ).tag(config=True)

    copy_streams = Integer(
        None, min=1, max=256, allow_none=True, help="Requests at the same time for copies, at most."
    ).tag(config=True)

    copy_bandwidth = Float(
        None, min=1.0, allow_none=True, help="Bytes a second that copies fetch, at most."
    ).tag(config=True)

    _problem: str | None = None
    _relay: Relay | None = None
    _copying: Copying | None = None

    def _link_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        try:
            super()._link_jupyter_server_extension(serverapp)
        except TraitError as error:
            self._problem = _name_setting(error)

    def exit(self, exit_status: int | str | None = 0) -> None:
        """Note a wrong setting, for which traitlets would end the whole server."""
        error = sys.exc_info()[1]
        if isinstance(error, TraitError):
            self._problem = _name_setting(error)
        else:
            super().exit(exit_status)

    def initialize_settings(self) -> None:
        """Check the settings and tell the page of the archives."""
        if self.serverapp is None:
            return
        copies: dict[str, Any] = {}
        if self._problem is None:
            try:
                archives = read_archives(self.archives, "c.MastExtension.archives")
                copies = self._open_copying(self.serverapp, archives)
            except ConfigurationError as error:
                self._problem = str(error)
        page = self.serverapp.web_app.settings.setdefault("page_config_data", {})
        if self._problem is not None:
            problem = self._problem.rstrip(".")
            self.log.error(
                "jupyterlab-mast is switched off: %s. "
                "Correct this setting and start the server again.",
                problem,
            )
            page[PAGE_CONFIG_KEY] = {**page_config({}), "relay": False, "problem": problem}
            return
        limits = Limits(self.answer_timeout, self.stall_timeout, self.list_bytes)
        self._relay = Relay(archives, limits)
        page[PAGE_CONFIG_KEY] = {**page_config(archives), **copies}

    def _open_copying(self, server: ServerApp, archives: Mapping[str, Archive]) -> dict[str, Any]:
        """Prepare the copying of files, and return what the page is told of it."""
        settings = CopySettings(
            self.target_roots,
            self.confirm_bytes,
            self.confirm_files,
            self.active_hours,
            self.copy_streams,
            self.copy_bandwidth,
        )
        try:
            self._copying = Copying(server, archives, settings)
        except Unavailable as reason:
            self.log.warning("jupyterlab-mast: %s", reason)
            return {"transfers": False, "transfersProblem": str(reason)}
        server.io_loop.add_callback(self._copying.start)
        return {"transfers": True}

    def initialize_handlers(self) -> None:
        """Add the routes of what could be configured."""
        if self._relay is not None:
            self.handlers.extend(routes(self._relay))
        if self._copying is not None:
            self.handlers.extend(self._copying.routes())

    async def stop_extension(self) -> None:
        """End what is under way when the server stops."""
        if self._copying is not None:
            await self._copying.stop()
        if self._relay is not None:
            await self._relay.close()


def _name_setting(error: TraitError) -> str:
    found = re.search(r"'(\w+)' trait", str(error))
    setting = f"c.MastExtension.{found[1]}" if found else "c.MastExtension"
    return f"{setting}: {error}"
