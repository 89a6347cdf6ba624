"""The server's side of a process that speaks in lines of JSON: see ``lines`` for the other's.

To it: ``{"ask": n, "do": …, …}``. From it: ``{"answer": n, "value": …}`` or ``{"answer": n,
"error": {"kind", "message"}}``, and at any time lines of news. It ends when its standard input
does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .errors import Json, RequestError
from .files import json_line

#: Seconds until an ask is given up.
ASK_SECONDS = 30.0
#: Seconds that the process has for its end.
STOP_SECONDS = 5.0
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.5, 30.0  # seconds
#: Seconds after which a process that ran counts as one that works.
STEADY_SECONDS = 60.0
_LONGEST_LINE = 64 << 20  # bytes


class Owner(Protocol):
    """Whose process it is."""

    @property
    def sequence(self) -> int:
        """Of the last event that told of its news."""

    def take(self, line: Json) -> None:
        """The process has told something unasked."""

    def before_ask(self) -> Json | None:
        """What the process is to be told before it is asked; None where nothing is."""

    async def take_up(self) -> None:
        """The process was lost: start it again if somebody needs it."""


class Child:
    """One process, started when it is first asked. All is done in the server's event loop.

    `module` is run with what `arguments` returns, in the folder `folder`; `name` is how a sentence
    calls the process.
    """

    def __init__(
        self,
        module: str,
        arguments: Callable[[], Sequence[str]],
        folder: str,
        name: str,
        owner: Owner,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._module = module
        self._arguments = arguments
        self._folder = folder
        self._name = name
        self._owner = owner
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        #: The one that was to end.
        self._ending: asyncio.subprocess.Process | None = None
        self._restart: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._asks: dict[int, asyncio.Future[tuple[Any, int]]] = {}
        self._stopped = False
        self._back_off = 0.0
        self._not_before = 0.0
        #: How many asks there were, and when the last was, by ``time.monotonic``.
        self.asked = 0
        self.asked_last = 0.0

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    @property
    def stopped(self) -> bool:
        """Whether it is never started again."""
        return self._stopped

    async def ask(self, do: str, *, within: float = ASK_SECONDS, **arguments: Any) -> Any:
        """Ask the process, which is started if need be, and return its answer's value.

        Raises RequestError: the process's own, or "busy" when no answer came `within` so many
        seconds.
        """
        return (await self.ask_with_sequence(do, within, arguments))[0]

    async def ask_with_sequence(
        self, do: str, within: float = ASK_SECONDS, arguments: Json | None = None
    ) -> tuple[Any, int]:
        """The same, with the sequence of the owner's last event that the answer includes."""
        try:
            return await asyncio.wait_for(self._ask(do, arguments or {}), within)
        except (TimeoutError, asyncio.TimeoutError):
            raise RequestError(
                "busy", f"The {self._name} did not answer within {within:g} seconds. Try again."
            ) from None

    async def tell(self) -> None:
        """Hand over what the owner has, if the process runs; one that does not is told later."""
        if self.process_id is not None:
            with contextlib.suppress(RequestError):  # it has ended: the next one is told
                await self._hand_over(await self._running())

    async def end_if(self, ask: str) -> None:
        """End the process if it says yes to `ask`, and nothing else is asked meanwhile."""
        before = self.asked
        try:
            may_end = await self.ask(ask)
        except RequestError:
            return
        async with self._starting:
            # From here on asks wait until another one is started.
            if may_end and self.asked == before + 1 and not self._asks:
                await self._end()

    async def stop(self) -> None:
        """End the process, for good."""
        self._stopped = True
        if self._restart is not None:
            self._restart.cancel()
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
                self._log.warning("jupyterlab-mast: the %s had to be killed", self._name)
                process.kill()
                await process.wait()
        if reader is not None:
            await reader

    # Asks

    async def _ask(self, do: str, arguments: Json) -> tuple[Any, int]:
        process = await self._running()
        self.asked += 1
        self.asked_last = time.monotonic()
        number = self.asked
        answer: asyncio.Future[tuple[Any, int]] = asyncio.get_running_loop().create_future()
        self._asks[number] = answer
        try:
            await self._hand_over(process)
            await self._write(process, {**arguments, "ask": number, "do": do})
            return await answer
        finally:
            self._asks.pop(number, None)

    async def _hand_over(self, process: asyncio.subprocess.Process) -> None:
        told = self._owner.before_ask()
        if told is not None:
            # Nobody waits for the answer: what is asked next is answered after it.
            await self._write(process, {"ask": 0, **told})

    async def _write(self, process: asyncio.subprocess.Process, line: Json) -> None:
        assert process.stdin is not None
        async with self._writing:
            process.stdin.write(json_line(line))
            try:
                await process.stdin.drain()
            except ConnectionError:
                raise self._has_ended() from None

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
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, *self._arguments()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # Python looks for modules in the working folder first: none of the user's.
                cwd=self._folder,
                # Ctrl-C is meant for the server, which then ends the process in order.
                start_new_session=True,
                limit=_LONGEST_LINE,
            )
        except OSError as error:
            raise RequestError(
                "internal",
                f"The {self._name} cannot be started: {error}. Ask the server's administrator.",
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
            self._log.exception("jupyterlab-mast: the %s wrote what is no answer", self._name)
            process.kill()
        except ConnectionError:
            process.kill()
        await process.wait()
        self._lost(process, time.monotonic() - began)

    def _take(self, line: Json) -> None:
        if "answer" not in line:
            self._owner.take(line)
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
            answer.set_result((line["value"], self._owner.sequence))

    def _lost(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        for answer in self._asks.values():
            if not answer.done():
                answer.set_exception(self._has_ended())
        if process is self._ending:
            return
        if seconds > STEADY_SECONDS:
            self._back_off = 0.0
        self._back_off = min(LONGEST_BACK_OFF, max(FIRST_BACK_OFF, 2 * self._back_off))
        self._not_before = time.monotonic() + self._back_off
        self._log.warning(
            "jupyterlab-mast: the %s %d ended unexpectedly (status %s)",
            self._name,
            process.pid,
            process.returncode,
        )
        self._restart = asyncio.create_task(self._take_up())

    async def _take_up(self) -> None:
        try:
            await self._owner.take_up()
        except RequestError as error:
            # It was lost again, which starts the next attempt; or it hangs, and an ask will tell.
            self._log.error("jupyterlab-mast: %s", error.message)

    def _has_ended(self) -> RequestError:
        return RequestError(
            "busy",
            f"The {self._name} ended before it answered. It is started again; try once more.",
        )
