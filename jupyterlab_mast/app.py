"""The Jupyter Server extension: settings, routes, and what the page is told."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from traitlets import Bool, Callable, Dict, Enum, Float, Integer, List, TraitError

from .archive.config import (
    DEFAULT_ARCHIVES,
    Archive,
    page_config,
    read_archives,
)
from .archive.handlers import routes
from .archive.relay import Limits, Relay
from .errors import ConfigurationError
from .quota.limits import RESERVE
from .quota.models import API as QUOTA_API
from .quota.roots import QuotaSettings
from .quota.usage import Counts
from .transfers.models import API as TRANSFERS_API
from .transfers.needs import what_is_missing

if TYPE_CHECKING:
    from .quota.extension import Quota
    from .transfers.extension import Copying

PAGE_CONFIG_KEY = "jupyterlabMast"
#: Our HTTP APIs, as docs/openapi.json has them.
APIS = (TRANSFERS_API, QUOTA_API)


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
        copy_streams, copy_bandwidth: as those of all archives, for this one (no bound).
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
        10_000_000_000, min=0, help="Bytes to write above which a copy asks before it starts."
    ).tag(config=True)

    confirm_files = Integer(
        1000, min=0, help="Number of files to write above which a copy asks before it starts."
    ).tag(config=True)

    active_hours = Float(
        12.0,
        min=0.0,
        help="Hours for which the moving bytes of one copy count as the server's activity.",
    ).tag(config=True)

    copy_streams = Integer(
        None,
        min=1,
        max=256,
        allow_none=True,
        help="Requests at the same time for copies, of all archives.",
    ).tag(config=True)

    copy_bandwidth = Float(
        None,
        min=1.0,
        allow_none=True,
        help="Bytes a second that copies fetch, from all archives together.",
    ).tag(config=True)

    quota = Bool(True, help="Whether used space is measured and shown.").tag(config=True)

    quota_roots = List(
        Dict(),
        help="""Folders whose use is measured, instead of the home; each a dictionary.

        id: letters, digits, '-', '_'.
        title: what people read.
        path: an absolute path; it may begin with '~' or a variable, and may be a link.
        bytes: what may be stored there (no limit).
        The first is the home: `quota_bytes` and MAST_QUOTA_BYTES are its limit.
        """,
    ).tag(config=True)

    quota_bytes = Integer(
        None, min=0, allow_none=True, help="Bytes that a person may store in the home."
    ).tag(config=True)

    quota_function = Callable(
        None,
        allow_none=True,
        help="""A function of a folder's path: the bytes that may be stored there, or None.

        Asked every quarter of an hour, in a thread, with 5 seconds for its answer; it goes before
        `quota_bytes`.
        """,
    ).tag(config=True)

    quota_project = Bool(
        False,
        help="""Whether the file system itself limits each home and shows that as its size.

        Where a home has a project id (XFS, ext4) this is found without the setting.
        """,
    ).tag(config=True)

    quota_reserve_bytes = Integer(
        RESERVE,
        min=0,
        help="""Bytes of the limit that copies leave free, so that a server can always start.

        No more than a tenth of the limit.
        """,
    ).tag(config=True)

    quota_hard = Bool(
        True, help="Whether a copy beyond the limit is refused, and not only warned of."
    ).tag(config=True)

    quota_counts = Enum(
        ("allocated", "apparent"),
        "allocated",
        help="""What counts: 'allocated' bytes on disk, as Amazon EFS meters them, or 'apparent'
        lengths of files.""",
    ).tag(config=True)

    quota_open_seconds = Float(
        60.0, min=1.0, help="Seconds between two looks for changes while a page is in sight."
    ).tag(config=True)

    quota_away_seconds = Float(
        900.0, min=1.0, help="Seconds between two looks for changes while no page is in sight."
    ).tag(config=True)

    quota_rate = Float(
        None, min=1.0, allow_none=True, help="Folders that are read a second, at most."
    ).tag(config=True)

    _problem: str | None = None
    _relay: Relay | None = None
    _copying: Copying | None = None
    _quota: Quota | None = None

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
        parts: dict[str, Any] = {}
        if self._problem is None:
            try:
                self._check_names()
                archives = read_archives(self.archives, "c.MastExtension.archives")
                # Where the command line and notebooks look too.
                data = os.path.join(jupyter_data_dir(), "jupyterlab-mast")
                parts = {
                    **self._open_copying(self.serverapp, data, archives),
                    **self._open_quota(self.serverapp, data),
                }
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
        # The page must wait longer than the relay does, to hear its reason.
        parts["silence"] = max(self.answer_timeout, self.stall_timeout)
        page[PAGE_CONFIG_KEY] = {**page_config(archives), **parts}

    def _check_names(self) -> None:
        """Raise ConfigurationError for a setting that is none, of which traitlets only warns."""
        known = self.traits(config=True)
        for name in self.config.get(type(self).__name__, {}):
            # A capital begins the section of a class.
            if name not in known and not name[:1].isupper():
                near = get_close_matches(name, known, 1)
                meant = f"; c.MastExtension.{near[0]} is" if near else ""
                raise ConfigurationError(f"c.MastExtension.{name} is not a setting{meant}")

    def _open_copying(
        self, server: ServerApp, data: str, archives: Mapping[str, Archive]
    ) -> dict[str, Any]:
        """Prepare the copying of files, and return what the page is told of it."""
        problem = what_is_missing()
        if problem is not None:
            return self._without_copying(problem)
        # It needs what other systems have not.
        from .transfers.extension import Copying, CopySettings, Unavailable

        settings = CopySettings(
            self.target_roots,
            self.confirm_bytes,
            self.confirm_files,
            self.active_hours,
            self.copy_streams,
            self.copy_bandwidth,
        )
        try:
            self._copying = Copying(server, data, archives, settings)
        except Unavailable as reason:
            return self._without_copying(str(reason))
        server.io_loop.add_callback(self._copying.start)
        return {"transfers": True}

    def _without_copying(self, reason: str) -> dict[str, Any]:
        self.log.warning("jupyterlab-mast: %s", reason)
        return {"transfers": False, "transfersProblem": reason}

    def _open_quota(self, server: ServerApp, data: str) -> dict[str, Any]:
        """Prepare the measuring of used space, and return what the page is told of it."""
        if not self.quota:
            if os.name == "posix":
                # Copies are not held against what was counted before.
                from .quota.interface import usages_in

                with contextlib.suppress(OSError):
                    usages_in(data).unlink()
            return {"quota": False}
        settings = QuotaSettings(
            self.quota_roots,
            self.quota_bytes,
            self.quota_function,
            self.quota_project,
            self.quota_reserve_bytes,
            self.quota_hard,
            cast(Counts, self.quota_counts),
            self.quota_open_seconds,
            self.quota_away_seconds,
            self.quota_rate,
        )
        if os.name != "posix":
            self.log.warning("jupyterlab-mast: Used space is measured on Linux and macOS only.")
            return {"quota": False}
        # It needs what other systems have not.
        from .quota.extension import Quota

        copying = self._copying
        moved = None if copying is None else copying.manager.note_move
        copies = None if copying is None else copying.copies
        self._quota = Quota(server, data, settings, moved, copies)
        server.io_loop.add_callback(self._quota.start)
        return {"quota": True}

    def initialize_handlers(self) -> None:
        """Add the routes of what could be configured."""
        if self._relay is not None:
            self.handlers.extend(routes(self._relay))
        if self._copying is not None:
            self.handlers.extend(self._copying.routes())
        if self._quota is not None:
            self.handlers.extend(self._quota.routes())

    async def stop_extension(self) -> None:
        """End what is under way when the server stops."""
        if self._copying is not None:
            await self._copying.stop()
        if self._quota is not None:
            await self._quota.stop()
        if self._relay is not None:
            await self._relay.close()


def _name_setting(error: TraitError) -> str:
    found = re.search(r"'(\w+)' trait", str(error))
    setting = f"c.MastExtension.{found[1]}" if found else "c.MastExtension"
    return f"{setting}: {error}"
