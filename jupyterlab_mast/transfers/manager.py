"""The Jupyter server's side of the copy process: starts it, asks it, and tells the pages.

Nothing here polls: the process says what has changed, and this is passed on as events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger
from jupyter_events import __version__ as events_version
from jupyter_events import yaml as events_yaml

from .errors import RequestError
from .store import folders
from .types import State

EVENT = "https://events.jupyter.org/jupyterlab-mast/transfers/v1"
#: The name under which moving bytes count as the server's activity.
ACTIVITY = "jupyterlab_mast_transfers"

#: Seconds between events while nothing but counts change.
EVENT_SECONDS = 0.5
#: Seconds for which bytes count as moving after the last of them.
MOVING_SECONDS = 30.0
#: Seconds until an ask is given up.
ASK_SECONDS = 30.0
#: Seconds after the last ask until a process that has nothing to do is ended, and between two
#: looks for that.
IDLE_SECONDS = 300.0
LOOK_SECONDS = 15.0
#: Moves that are kept for a process that does not run; others are found again by inode.
MOST_MOVES = 1000
#: Seconds that the process has for its end.
STOP_SECONDS = 5.0
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.5, 30.0  # seconds
#: Seconds after which a process that ran counts as one that works.
STEADY_SECONDS = 60.0
_LONGEST_LINE = 64 << 20  # bytes

Json = dict[str, Any]


def register_events(logger: EventLogger) -> None:
    """Make our events known to the server; pages hear only of schemas known before they came."""
    schema = events_yaml.load(Path(__file__).parent / "events" / "transfers.yaml")
    # Integers alone are accepted before 0.11, and warned of since.
    if tuple(int(part) for part in events_version.split(".")[:2]) < (0, 11):
        schema["version"] = int(schema["version"])
    logger.register_event_schema(schema)


class TransferManager:
    """Runs one copy process. Start, ask and stop it in the server's event loop.

    `data` is the folder of the transfers, `settings` are those of ``runner.Settings``, `describe`
    makes REST's form of a transfer, `activity` is ``last_activity_times`` of the server's settings
    and `active_hours` for how long one transfer may keep the server alive.
    """

    def __init__(
        self,
        data: str,
        settings: Mapping[str, Any],
        describe: Callable[[Json], Json],
        events: EventLogger,
        activity: dict[str, datetime],
        active_hours: float,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self.server = secrets.token_hex(8)
        #: Of the last event.
        self.sequence = 0
        self._data = data
        self._settings = settings
        self._describe = describe
        self._events = events
        self._activity = activity
        self._active_seconds = active_hours * 3600
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        #: The one that was to end.
        self._ending: asyncio.subprocess.Process | None = None
        self._restart: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._asks: dict[int, asyncio.Future[tuple[Any, int]]] = {}
        self._asked = 0
        self._asked_last = 0.0
        #: Renamed and deleted files and folders of which the process was not told yet.
        self._moves: list[tuple[str, str | None]] = []
        self._looking: asyncio.Task[None] | None = None
        #: Of the folder of all transfers, when it was looked at last.
        self._changed_on_disk = 0
        self._stopped = False
        self._back_off = 0.0
        self._not_before = 0.0
        self._known: dict[str, Json] = {}
        self._pending: dict[str, None] = {}
        self._removed: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sent = float("-inf")
        #: When bytes of a transfer moved last, and until when they may keep the server alive.
        self._moved: dict[str, tuple[float, float]] = {}

    @property
    def process_id(self) -> int | None:
        """Of the copy process, while there is one."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    async def take_up(self) -> None:
        """Start the process if unfinished transfers lie on the disk, now or whenever some come.

        Others may put some there: the command line, and notebooks.
        """
        await self._start_if_unfinished()
        if not self._stopped and self._looking is None:
            self._looking = asyncio.create_task(self._look_again_and_again())

    async def snapshot(self) -> tuple[list[Json], int]:
        """Return all transfers and the sequence of the last event that they include.

        Raises RequestError.
        """
        if self.process_id is None and not self._stopped:
            # Looking at what has ended costs no process.
            ended = await asyncio.to_thread(self._all_ended)
            if ended is not None:
                return ended, self.sequence
        return await self._ask_in_time("snapshot", ASK_SECONDS, {})

    async def ask(self, do: str, *, within: float = ASK_SECONDS, **arguments: Any) -> Any:
        """Ask the process, which is started if need be, and return its answer's value.

        Raises RequestError: the engine's own, or "busy" when no answer came `within` so many
        seconds.
        """
        value, _ = await self._ask_in_time(do, within, arguments)
        return value

    async def note_move(self, path: str, to: str | None) -> None:
        """A file or folder was renamed, or deleted (None): absolute paths without links.

        A process that does not run is told when it is started.
        """
        self._moves = [*self._moves, (path, to)][-MOST_MOVES:]
        if self.process_id is not None:
            with contextlib.suppress(RequestError):  # it has ended: the next one is told
                await self._hand_over_moves(await self._running())

    def active_until(self) -> float | None:
        """Until when moving bytes may keep the server alive, in seconds since 1970.

        None while none move, or when they may not any longer.
        """
        now = time.monotonic()
        ends = [end for moved, end in self._moved.values() if now - moved < MOVING_SECONDS]
        return max((end for end in ends if end > time.time()), default=None)

    async def stop(self) -> None:
        """End the process: its unfinished transfers go on next time."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._restart, self._looking):
            if task is not None:
                task.cancel()
        async with self._starting:
            await self._end()

    async def _end(self) -> None:
        """End the process. Called with `_starting` held."""
        process, reader = self._process, self._reader
        self._ending = process
        if process is not None and process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except (TimeoutError, asyncio.TimeoutError):
                self._log.warning("jupyterlab-mast: the copy process had to be killed")
                process.kill()
                await process.wait()
        if reader is not None:
            await reader

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

    async def _start_if_unfinished(self) -> None:
        with contextlib.suppress(OSError):
            parent = os.path.join(self._data, "transfers")
            changed = (await asyncio.to_thread(os.stat, parent)).st_mtime_ns
            if changed == self._changed_on_disk:
                return
            self._changed_on_disk = changed
            if await asyncio.to_thread(self._all_ended) is not None:
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
                elif time.monotonic() - self._asked_last > IDLE_SECONDS and not self._asks:
                    await self._end_if_idle()
            except Exception:
                self._log.exception("jupyterlab-mast: looking after the copy process failed")

    async def _end_if_idle(self) -> None:
        before = self._asked
        try:
            idle = await self.ask("idle")
        except RequestError:
            return
        async with self._starting:
            # Nothing else was asked: from here on asks wait until another one is started.
            if idle and self._asked == before + 1 and not self._asks:
                await self._end()

    # Asks

    async def _ask_in_time(self, do: str, limit: float, arguments: Json) -> tuple[Any, int]:
        try:
            return await asyncio.wait_for(self._ask(do, arguments), limit)
        except (TimeoutError, asyncio.TimeoutError):
            raise RequestError(
                "busy",
                f"The copy process did not answer within {limit:g} seconds. Try again.",
            ) from None

    async def _ask(self, do: str, arguments: Json) -> tuple[Any, int]:
        process = await self._running()
        self._asked += 1
        self._asked_last = time.monotonic()
        number = self._asked
        answer: asyncio.Future[tuple[Any, int]] = asyncio.get_running_loop().create_future()
        self._asks[number] = answer
        try:
            await self._hand_over_moves(process)
            await self._write(process, {**arguments, "ask": number, "do": do})
            return await answer
        finally:
            self._asks.pop(number, None)

    async def _hand_over_moves(self, process: asyncio.subprocess.Process) -> None:
        moves, self._moves = self._moves, []
        if moves:
            # Nobody waits for the answer: what is asked next is answered after it.
            await self._write(process, {"ask": 0, "do": "moved", "moves": moves})

    async def _write(self, process: asyncio.subprocess.Process, line: Json) -> None:
        assert process.stdin is not None
        async with self._writing:
            process.stdin.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            try:
                await process.stdin.drain()
            except ConnectionError:
                raise _ended() from None

    # The process

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._stopped:
                raise RequestError("busy", "The Jupyter server is stopping.")
            process = self._process
            if process is not None and process.returncode is None and self._is_read():
                return process
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            return await self._start()

    def _is_read(self) -> bool:
        return self._reader is not None and not self._reader.done()

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            os.makedirs(self._data, mode=0o700, exist_ok=True)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", f"{__package__}.worker"),
                *("--data", self._data, "--settings", json.dumps(dict(self._settings))),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # Python looks for modules in the working folder first: none of the user's.
                cwd=self._data,
                # Ctrl-C is meant for the server, which then ends the process in order.
                start_new_session=True,
                limit=_LONGEST_LINE,
            )
        except OSError as error:
            raise RequestError(
                "internal",
                f"The copy process cannot be started: {error}. Ask the server's administrator.",
            ) from None
        self._process = process
        self._reader = asyncio.create_task(self._read(process))
        return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        began = time.monotonic()
        try:
            while line := await process.stdout.readline():
                self._take(json.loads(line))
        except (ValueError, KeyError, TypeError):
            self._log.exception("jupyterlab-mast: the copy process wrote what is no answer")
            process.kill()
        except ConnectionError:
            process.kill()
        await process.wait()
        self._lost(process, time.monotonic() - began)

    def _lost(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        for answer in self._asks.values():
            if not answer.done():
                answer.set_exception(_ended())
        if process is self._ending:
            return
        if seconds > STEADY_SECONDS:
            self._back_off = 0.0
        self._back_off = min(LONGEST_BACK_OFF, max(FIRST_BACK_OFF, 2 * self._back_off))
        self._not_before = time.monotonic() + self._back_off
        self._log.warning(
            "jupyterlab-mast: the copy process %d ended unexpectedly (status %s)",
            process.pid,
            process.returncode,
        )
        if any(not State(one["state"]).ended for one in self._known.values()):
            self._restart = asyncio.create_task(self._take_up_again())

    async def _take_up_again(self) -> None:
        try:
            await self.ask("snapshot", within=LONGEST_BACK_OFF + ASK_SECONDS)
        except RequestError as error:
            # It was lost again, which starts the next attempt; or it hangs, and an ask will tell.
            self._log.error("jupyterlab-mast: %s", error.message)

    # What the process says

    def _take(self, line: Json) -> None:
        if "changed" in line:
            self._note(line["changed"], line.get("removed", []))
            return
        answer = self._asks.get(line["answer"])
        if answer is None or answer.done():
            # Nobody waits for it any longer.
            return
        error = line.get("error")
        if error is not None:
            answer.set_exception(RequestError(error["kind"], error["message"]))
        else:
            # With the sequence of now: an event that is sent before the answer is looked at
            # may hold newer states.
            answer.set_result((line["value"], self.sequence))

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
            self._send()
        elif self._pending and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._sent + EVENT_SECONDS), self._send)

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sent = asyncio.get_running_loop().time()
        transfers = [self._describe(self._known[one]) for one in self._pending]
        removed = self._removed
        self._pending, self._removed = {}, []
        self.sequence += 1
        try:
            self._events.emit(
                schema_id=EVENT,
                data={
                    "server": self.server,
                    "sequence": self.sequence,
                    "activeUntil": self.active_until(),
                    "transfers": transfers,
                    "removed": removed,
                },
            )
        except Exception:
            # A listener's fault must not end the reading; pages notice the gap.
            self._log.exception("jupyterlab-mast: an event could not be sent")

    def _count_as_activity(self, transfer: Json) -> None:
        started = transfer["started"]
        end = (time.time() if started is None else started) + self._active_seconds
        self._moved[transfer["id"]] = (time.monotonic(), end)
        if end > time.time():
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


def _ended() -> RequestError:
    return RequestError(
        "busy",
        "The copy process ended before it answered. It is started again, and unfinished copies go "
        "on; try again.",
    )
