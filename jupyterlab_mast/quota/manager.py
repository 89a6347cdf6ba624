"""The Jupyter server's side of the accountant: starts it, asks it, and tells the pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ..child import Child
from ..errors import Json, RequestError
from ..events import Events
from .roots import Roots

#: Seconds after a page has asked for which one counts as open.
OPEN_SECONDS = 150.0
#: Seconds after which limits are asked for again, and where one could not be told.
LIMIT_SECONDS, PROBLEM_SECONDS = 900.0, 60.0


class QuotaManager:
    """Runs the accountant. Start, ask and stop it in the server's event loop.

    `settings` are those of ``accountant.Settings``; `describe` makes REST's form of what the
    accountant tells of a root.
    """

    def __init__(
        self,
        data: str,
        roots: Roots,
        settings: Json,
        describe: Callable[[Json], Json],
        events: Events,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._roots = roots
        self._settings = settings
        #: Makes REST's form of what is told of a root.
        self.describe = describe
        self._events = events
        self._log = log
        self._data = data
        self._limits: list[Json] = []
        #: Seconds until they are asked for again, the timer of that, and what asks just now.
        self._again = LIMIT_SECONDS
        self._next: asyncio.TimerHandle | None = None
        self._asking: asyncio.Future[None] | None = None
        #: What the process is to be told before it is asked next.
        self._news: Json | None = None
        self._child = self._new_child()
        self._known: list[Json] = []
        self._away: asyncio.TimerHandle | None = None
        self._stopped = False

    @property
    def server(self) -> str:
        return self._events.server

    @property
    def sequence(self) -> int:
        return self._events.sequence

    @property
    def process_id(self) -> int | None:
        """Of the accountant, while there is one."""
        return self._child.process_id

    async def start(self) -> None:
        """Begin to measure."""
        try:
            await self.take_up()
        except RequestError as error:
            self._log.error("jupyterlab-mast: the quota is not measured: %s", error.message)

    async def stop(self) -> None:
        """End the accountant; it goes on where it was next time."""
        self._stopped = True
        self._events.close()
        for timer in (self._away, self._next):
            if timer is not None:
                timer.cancel()
        await self._child.stop()

    async def snapshot(self) -> tuple[list[Json], int]:
        """What is known of the roots, and the sequence of the last event that it includes.

        Raises RequestError.
        """
        await self._wait_for_limits()
        return await self._child.ask_with_sequence("snapshot")

    async def ask(self, do: str, **arguments: Any) -> Any:
        """Ask the accountant, or the one that it is changed for meanwhile. Raises RequestError."""
        while True:
            await self._wait_for_limits()
            child = self._child
            try:
                return await child.ask(do, **arguments)
            except RequestError:
                if self._stopped or (self._limits and child is self._child):
                    raise

    async def look(self, root: str | None, again: bool) -> None:
        """Look for changes now; with `again` read all of a root, or of all. Raises RequestError."""
        self._begin_to_ask()
        if again:
            await self.ask("rescan", root=root)
        else:
            await self.ask("refresh")

    async def note_page(self) -> None:
        """A page is open. Raises RequestError."""
        if self._away is None:
            await self.ask("watched", pages=True)
        else:
            self._away.cancel()
        loop = asyncio.get_running_loop()
        self._away = loop.call_later(OPEN_SECONDS, self._note_no_page)

    async def path_of(self, root: str) -> str:
        """The full path of a root, which is that of which the accountant tells.

        Raises RequestError, also where a link leads elsewhere since: nobody has seen what is there;
        and where the file system hangs.
        """
        await self._wait_for_limits()
        for one in self._limits:
            if one["id"] == root:
                path = str(one["path"])
                if await asyncio.to_thread(self._roots.is_at, path):
                    return path
                self._begin_to_ask()
                raise RequestError(
                    "busy",
                    f"{one['title']} does not answer, or leads to another folder since it was "
                    "counted. Look at it again.",
                )
        raise RequestError(
            "not-found", f"This server measures no folder {root!r}. Reload the page."
        )

    async def hint(self, paths: Sequence[str], within: float = 0.0) -> None:
        """Something changed at these full paths.

        Returns when the figures have it, if they have `within` so many seconds.
        """
        if self._child.process_id is not None or not self._limits:
            try:
                # While one accountant is changed for another, the new one is told.
                await self.ask("hint", paths=list(paths), wait=within)
            except RequestError as error:
                # The next refresh finds it.
                self._log.debug("jupyterlab-mast: %s", error.message)

    def _note_no_page(self) -> None:
        self._away = None
        self._news = {"do": "watched", "pages": False}
        self._telling = asyncio.ensure_future(self._child.tell())

    # Limits

    async def _wait_for_limits(self) -> None:
        """Wait for roots and limits where there are none, at first and while the accountant is
        changed for another: nothing can be measured then. Nobody waits for later ones."""
        if not self._limits:
            self._begin_to_ask()
            if self._asking is not None:
                await asyncio.shield(self._asking)

    def _begin_to_ask(self) -> None:
        """Have roots and limits asked for now, and again when it is time to."""
        if self._asking is None and not self._stopped:
            if self._next is not None:
                self._next.cancel()
            self._asking = asyncio.ensure_future(self._ask_for_limits())

    async def _ask_for_limits(self) -> None:
        try:
            usages = await asyncio.to_thread(self._roots.usages)
            limits = [asdict(usage) for usage in usages]
            problems = [usage for usage in usages if usage.limit_problem is not None]
            self._again = PROBLEM_SECONDS if problems else LIMIT_SECONDS
            before = self._limits
            if limits == before:
                return
            moved = bool(before) and _paths(limits) != _paths(before)
            if moved:
                # Until there is another accountant nobody is told of a root.
                self._limits = []
                await self._child.stop()
                if self._stopped:
                    return
                self._child = self._new_child()
            self._limits = limits
            for usage in problems:
                self._log.error(
                    "jupyterlab-mast: the limit of %s cannot be told: %s",
                    usage.path,
                    usage.limit_problem,
                )
        finally:
            self._asking = None
            if not self._stopped:
                loop = asyncio.get_running_loop()
                self._next = loop.call_later(self._again, self._begin_to_ask)
        if moved:
            await self.start()
        elif self.process_id is not None:
            # One that is started again is started with them.
            with contextlib.suppress(RequestError):
                await self._child.ask("limits", roots=limits)

    # For the process

    def _new_child(self) -> Child:
        return Child(
            f"{__package__}.worker",
            self._arguments,
            self._data,
            "quota process",
            self,
            self._log,
        )

    def _arguments(self) -> list[str]:
        return [
            *("--data", self._data),
            *("--roots", json.dumps(self._limits)),
            *("--settings", json.dumps(self._settings)),
        ]

    def before_ask(self) -> Json | None:
        news, self._news = self._news, None
        return news

    async def take_up(self) -> None:
        await self._wait_for_limits()
        if self._away is not None:
            await self._child.ask("watched", pages=True)
        else:
            await self._child.ask("snapshot")

    def take(self, line: Json) -> None:
        before = {root["id"]: root["problem"] for root in self._known}
        self._known = line["changed"]
        if any(root["problem"] != before.get(root["id"]) for root in self._known):
            # A root has come or gone, or leads elsewhere.
            self._begin_to_ask()
        self._events.soon(lambda: {"roots": [self.describe(root) for root in self._known]})


def _paths(roots: Sequence[Json]) -> dict[str, str]:
    """Where roots are, by their ids."""
    return {root["id"]: root["path"] for root in roots}
