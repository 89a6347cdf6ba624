"""The Jupyter server's side of the copy process: starts it, asks it, and tells the pages.

Nothing here polls: the process says what has changed, and this is passed on as events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..child import ASK_SECONDS, LONGEST_BACK_OFF, Child
from ..errors import Json, RequestError
from ..events import Events
from .store import ID, Folder, folders
from .types import State

#: The schema of our events.
EVENT_SCHEMA = Path(__file__).parent / "events" / "transfers.yaml"
#: The name under which moving bytes count as the server's activity.
ACTIVITY = "jupyterlab_mast_transfers"

#: Seconds for which bytes count as moving after the last of them.
MOVING_SECONDS = 30.0
#: Seconds after the last ask until a process that has nothing to do is ended, and between two
#: looks for that.
IDLE_SECONDS = 300.0
LOOK_SECONDS = 15.0
#: Moves that are kept for a process that does not run; others are found again by inode.
MOST_MOVES = 1000


class TransferManager:
    """Runs one copy process. Start, ask and stop it in the server's event loop.

    `data` is the folder of the transfers, `settings` are those of ``settings.Settings``, `describe`
    makes REST's form of a transfer, `activity` is ``last_activity_times`` of the server's settings
    and `active_hours` for how long one transfer may keep the server alive.
    """

    def __init__(
        self,
        data: str,
        settings: Mapping[str, Any],
        describe: Callable[[Json], Json],
        events: Events,
        activity: dict[str, datetime],
        active_hours: float,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._data = data
        self._describe = describe
        self._events = events
        self._activity = activity
        self._active_seconds = active_hours * 3600
        self._log = log
        arguments = ["--data", data, "--settings", json.dumps(dict(settings))]
        self._child = Child(
            f"{__package__}.worker", lambda: arguments, data, "copy process", self, log
        )
        #: Renamed and deleted files and folders of which the process was not told yet.
        self._moves: list[tuple[str, str | None]] = []
        self._looking: asyncio.Task[None] | None = None
        #: Of the folder of all transfers, when it was looked at last.
        self._changed_on_disk = 0
        self._known: dict[str, Json] = {}
        self._pending: dict[str, None] = {}
        self._removed: list[str] = []
        #: When bytes of a transfer moved last, and until when they may keep the server alive: both
        #: by ``time.monotonic``, since clocks are set. And when a person set it going.
        self._moved: dict[str, tuple[float, float, float | None]] = {}

    @property
    def process_id(self) -> int | None:
        """Of the copy process, while there is one."""
        return self._child.process_id

    @property
    def server(self) -> str:
        """Random; another one after each start of the server."""
        return self._events.server

    @property
    def sequence(self) -> int:
        """Of the last event."""
        return self._events.sequence

    async def begin(self) -> None:
        """Start the process if unfinished transfers lie on the disk, now or whenever some come.

        Others may put some there: the command line, and notebooks.
        """
        await self._start_if_unfinished()
        if not self._child.stopped and self._looking is None:
            self._looking = asyncio.create_task(self._look_again_and_again())

    async def snapshot(self) -> tuple[list[Json], int]:
        """Return all transfers and the sequence of the last event that they include.

        Raises RequestError.
        """
        if self.process_id is None and not self._child.stopped:
            # Looking at what has ended costs no process.
            ended = await asyncio.to_thread(self._all_ended)
            if ended is not None:
                return ended, self.sequence
        return await self._child.ask_with_sequence("snapshot")

    def unfinished(self, ids: Sequence[str]) -> list[str]:
        """Those of some transfers that are there and have not ended. Starts no process; reads the
        disk."""
        return [one for one in ids if ID.fullmatch(one) and not self._has_ended(one)]

    def _has_ended(self, one: str) -> bool:
        known = self._known.get(one)
        if known is not None and State(known["state"]).ended:
            return True
        folder = Path(self._data) / "transfers" / one
        try:
            return Folder(folder).ended() is not None
        except OSError:
            return True  # it was removed from the list of transfers

    async def ask(self, do: str, *, within: float = ASK_SECONDS, **arguments: Any) -> Any:
        """Ask the process, which is started if need be, and return its answer's value.

        Raises RequestError: the engine's own, or "busy" when no answer came `within` so many
        seconds.
        """
        return await self._child.ask(do, within=within, **arguments)

    async def note_move(self, path: str, to: str | None) -> None:
        """A file or folder was renamed, or deleted (None): absolute paths without links.

        A process that does not run is told when it is started.
        """
        self._moves = [*self._moves, (path, to)][-MOST_MOVES:]
        await self._child.tell()

    def active_until(self) -> float | None:
        """Until when moving bytes may keep the server alive, in seconds since 1970.

        None while none move, or when they may not any longer.
        """
        now = time.monotonic()
        ends = [end for moved, end, _ in self._moved.values() if now - moved < MOVING_SECONDS]
        end = max(ends, default=now)
        return time.time() + end - now if end > now else None

    async def stop(self) -> None:
        """End the process: its unfinished transfers go on next time."""
        self._events.close()
        if self._looking is not None:
            self._looking.cancel()
        await self._child.stop()

    # What lies on the disk

    def _all_ended(self) -> list[Json] | None:
        """The transfers on the disk, oldest first, by one small file each; None unless all have
        ended and can be told of so."""
        found = []
        for folder in folders(Path(self._data) / "transfers"):
            try:
                ended = folder.ended()
            except OSError:
                return None
            if ended is None:
                return None
            found.append(ended)
        return found

    def _some_go_on(self) -> bool:
        """Whether some may not have ended. Of those that are marked nothing is read."""
        parent = Path(self._data) / "transfers"
        try:
            return any(not one.marked and one.ended() is None for one in folders(parent))
        except OSError:
            return True

    async def _start_if_unfinished(self) -> None:
        with contextlib.suppress(OSError):
            parent = os.path.join(self._data, "transfers")
            changed = (await asyncio.to_thread(os.stat, parent)).st_mtime_ns
            if changed == self._changed_on_disk:
                return
            self._changed_on_disk = changed
            if not await asyncio.to_thread(self._some_go_on):
                return
            try:
                await self.ask("snapshot")
            except RequestError as error:
                self._log.error("jupyterlab-mast: transfers are not taken up: %s", error.message)

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self.process_id is None:
                    await self._start_if_unfinished()
                elif time.monotonic() - self._child.asked_last > IDLE_SECONDS:
                    await self._child.end_if("idle")
            except Exception:
                self._log.exception("jupyterlab-mast: looking after the copy process failed")

    # For the process

    def before_ask(self) -> Json | None:
        moves, self._moves = self._moves, []
        return {"do": "moved", "moves": moves} if moves else None

    async def take_up(self) -> None:
        if any(not State(one["state"]).ended for one in self._known.values()):
            await self.ask("snapshot", within=LONGEST_BACK_OFF + ASK_SECONDS)

    def take(self, line: Json) -> None:
        self._note(line["changed"], line.get("removed", []))

    def _note(self, changed: list[Json], removed: list[str]) -> None:
        at_once = bool(removed)
        for transfer in changed:
            before = self._known.get(transfer["id"])
            at_once |= before is None or _standing(before) != _standing(transfer)
            if before is not None and transfer["bytes"]["done"] > before["bytes"]["done"]:
                self._count_as_activity(transfer)
            self._known[transfer["id"]] = transfer
            self._pending[transfer["id"]] = None
        for one in removed:
            self._known.pop(one, None)
            self._pending.pop(one, None)
            self._moved.pop(one, None)
            self._removed.append(one)
        if at_once:
            self._events.now(self._news)
        elif self._pending:
            self._events.soon(self._news)

    def _news(self) -> Json:
        transfers = [self._describe(self._known[one]) for one in self._pending]
        removed = self._removed
        self._pending, self._removed = {}, []
        return {"activeUntil": self.active_until(), "transfers": transfers, "removed": removed}

    def _count_as_activity(self, transfer: Json) -> None:
        now = time.monotonic()
        set_going = transfer["set_going"]
        _, end, since = self._moved.get(transfer["id"], (0.0, 0.0, None))
        if since is None or since != set_going:
            # What restarts of the server have used up only the clock can tell.
            used = 0.0 if set_going is None else max(0.0, time.time() - set_going)
            end = now + self._active_seconds - used
        self._moved[transfer["id"]] = (now, end, set_going)
        if end > now:
            self._activity[ACTIVITY] = datetime.now(timezone.utc)


def _standing(transfer: Json) -> tuple[Any, ...]:
    """What of a transfer is told at once when it changes."""
    waiting = transfer["waiting"]
    return (
        transfer["state"],
        transfer["confirm"],
        transfer["error"] is None,
        waiting and waiting["reason"],
        transfer["undone"],
    )
