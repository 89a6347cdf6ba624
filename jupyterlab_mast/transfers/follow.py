"""One transfer, made and followed by this process: what command line and notebooks share."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar, cast

from ..errors import Json
from .progress import Progress
from .room import limit_sentence, space_sentence
from .runner import Transfers
from .types import Conflict, Request, State, TransferError

Item = TypeVar("Item")

#: Why following ended: the transfer has; its plan waits for a word; somebody said stop; the archive
#: was out of reach, or there was no room, for too long.
Reason = Literal["ended", "planned", "stopped", "network", "space"]
#: What is to be done about a plan: start it (None), or plan again with another conflict policy.
Decide = Callable[[Json], Conflict | None]

_LOOK_SECONDS = 0.1


class Stopped(Exception):
    """Somebody said stop before anything was written."""


class Refused(Exception):
    """A plan is not to be carried out as it is; its text is a sentence that says what to do."""


def beside(
    make: Callable[[threading.Event], Iterator[Item]], stop: threading.Event, seconds: float
) -> Iterator[Item]:
    """What `make` yields, made in another thread, so that `stop` counts at once.

    `make` gets an event that tells it to end. Raises Stopped; what `make` raises; and TransferError
    when nothing came for `seconds` (0: for ever).
    """
    items: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(4)
    leave = threading.Event()

    def put(item: Item | None, error: BaseException | None) -> None:
        while not leave.is_set():
            with contextlib.suppress(queue.Full):
                items.put((item, error), timeout=0.2)
                return
        with contextlib.suppress(queue.Full):
            items.put_nowait((item, error))

    def work() -> None:
        try:
            for item in make(leave):
                put(item, None)
                if leave.is_set():
                    return
        except BaseException as error:
            put(None, error)
        else:
            put(None, StopIteration())

    threading.Thread(target=work, name="mast-ask", daemon=True).start()
    heard = time.monotonic()
    try:
        while True:
            try:
                item, error = items.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if stop.is_set():
                    raise Stopped from None
                if not seconds or time.monotonic() - heard < seconds:
                    continue
                item, error = _last_word(items, leave, seconds)
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            heard = time.monotonic()
            yield cast(Item, item)
    finally:
        leave.set()


def _last_word(
    items: queue.Queue[tuple[Item | None, BaseException | None]],
    leave: threading.Event,
    seconds: float,
) -> tuple[Item | None, BaseException | None]:
    leave.set()
    with contextlib.suppress(queue.Empty):
        # Between two tries it ends at once, and knows the reason.
        return items.get(timeout=0.5)
    return None, TransferError(
        "network",
        f"The archive did not answer for {seconds:g} s. Check the network and the address.",
    )


def call_beside(
    call: Callable[[threading.Event], Item], stop: threading.Event, seconds: float
) -> Item:
    """`beside` for one result."""

    def make(leave: threading.Event) -> Iterator[Item]:
        yield call(leave)

    return next(beside(make, stop, seconds))


class Follower:
    """Shows how transfers move until something is to be decided.

    `timeout` is how long (seconds) an archive may be out of reach; 0 is for ever.
    """

    def __init__(
        self, transfers: Transfers, progress: Progress, stop: threading.Event, timeout: float
    ) -> None:
        self.transfers = transfers
        self._progress = progress
        self._stop = stop
        self._timeout = timeout

    def carry_out(self, request: Request, decide: Decide) -> tuple[Reason, Json]:
        """Plan a request, have it decided, and follow it to its end.

        Raises Stopped, Refused and what `decide` does; then nothing was written, and nothing of
        the transfer is left.
        """
        self.transfers.create(request)
        return self.go_on(request.id, decide)

    def go_on(self, transfer_id: str, decide: Decide) -> tuple[Reason, Json]:
        """Follow a transfer of this process to its end. Raises what `carry_out` does."""
        try:
            while True:
                reason, transfer = self.follow(transfer_id)
                if reason != "planned":
                    break
                self._progress.end()
                chosen = decide(transfer)
                if chosen is None:
                    self.transfers.act(transfer_id, "start")
                else:
                    self.transfers.choose(transfer_id, conflict=chosen)
            if transfer["state"] == State.PLANNING.value:
                forget(self.transfers, transfer_id)
                if reason == "stopped":
                    raise Stopped
            elif reason != "ended":
                transfer = leave(self.transfers, transfer_id)
            return reason, transfer
        except BaseException:
            # Also KeyboardInterrupt, as a kernel has it.
            leave(self.transfers, transfer_id)
            raise
        finally:
            self._progress.end()

    def follow(self, transfer_id: str) -> tuple[Reason, Json]:
        """Show a transfer until it ends, is planned, or cannot go on."""
        counted, counted_at = -1, time.monotonic()
        waits_since, waits_from = None, 0.0
        while True:
            transfer = self.transfers.wait(transfer_id, _LOOK_SECONDS)
            self._progress.show(transfer)
            state = State(transfer["state"])
            if state.ended:
                return "ended", transfer
            if state is State.PLANNING and transfer["confirm"] and transfer["plan"]["complete"]:
                return "planned", transfer
            if self._stop.is_set():
                return "stopped", transfer
            if transfer["elsewhere"] or not self._timeout:
                continue
            now = time.monotonic()
            if state is not State.PLANNING or transfer["plan"]["files"] != counted:
                counted, counted_at = transfer["plan"]["files"], now
            elif now - counted_at > self._timeout:
                return "network", transfer
            waiting = transfer["waiting"]
            # Not by the moment that it tells: clocks are set.
            if waiting is None or waiting["since"] != waits_since:
                waits_since, waits_from = waiting and waiting["since"], now
            elif now - waits_from > self._timeout:
                return ("network" if waiting["reason"] == "network" else "space"), transfer


def leave(transfers: Transfers, transfer_id: str) -> Json:
    """Pause a transfer of this process, so that nobody goes on with it unasked.

    One that was not started is forgotten. Returns its last figures.
    """
    transfer = transfers.summary(transfer_id)
    if transfer["elsewhere"] or State(transfer["state"]).ended:
        return transfer
    if transfer["state"] == State.PLANNING.value:
        forget(transfers, transfer_id)
        return transfer
    if transfer["state"] != State.PAUSED.value:
        with contextlib.suppress(TransferError):  # it ended meanwhile
            return transfers.act(transfer_id, "pause")
    return transfers.summary(transfer_id)


def forget(transfers: Transfers, transfer_id: str) -> None:
    """Take back a transfer of which nothing was written."""
    with contextlib.suppress(TransferError, KeyError):
        if not State(transfers.summary(transfer_id)["state"]).ended:
            transfers.act(transfer_id, "cancel")
        transfers.clear(transfer_id)


def check_space(transfer: Json) -> str | None:
    """Raise Refused when a plan does not fit. Returns a warning where it passes a limit that does
    no more than that."""
    refused = space_sentence(transfer["plan"])
    if refused:
        raise Refused(refused)
    return limit_sentence(transfer["plan"])
