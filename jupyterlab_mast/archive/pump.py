"""A large body from the archive's connection to the client's, through one buffer of ours.

aiohttp reads an answer's head and its first bytes as ever. Then its protocol is taken off the
connection, and what comes is read into one buffer and sent from there: nothing is made or copied
for each piece. A large object so costs the server half the CPU (benchmarks/relay).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

#: A body with less than this still to come is left to aiohttp, which keeps its connection for
#: the next request; a pump closes it at its end.
PUMP_BYTES = 16 << 20

# Few large pieces cost less than many small ones: each wakes up the client and the archive.
_PIECE = 2 << 20  # bytes
_PATIENCE = 0.002  # seconds

Send = Callable[[memoryview], "asyncio.Future[None]"]


class Pump(asyncio.BufferedProtocol):
    """Sends the rest of a body; one for each answer.

    `send` takes a piece and returns a future that is done when the piece may be overwritten, and
    with it all pieces before. Until then the archive is not read: this bounds the memory.
    """

    def __init__(self, send: Send) -> None:
        #: Bytes that are still to come.
        self.left = 0
        self._send = send
        self._view = memoryview(bytearray())
        self._filled = 0
        self._timer: asyncio.TimerHandle | None = None
        #: What is on its way, and the buffer in which it still lies.
        self._lent = self._view
        self._sending: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: Any = None
        self._owner: Any = None

    def take(self, response: aiohttp.ClientResponse) -> bytes | None:
        """Take over the connection of `response`, whose body has not been read.

        Return the bytes of the body that aiohttp has already got and that go before ours; None,
        and nothing is taken, when little of the body is to come or its length is not known.
        """
        connection, length = response.connection, response.content_length
        if connection is None or connection.transport is None or length is None:
            return None
        if response.content.is_eof() or length - response.content.total_bytes < PUMP_BYTES:
            return None
        self._transport, self._owner = connection.transport, connection.protocol
        got = bytearray()
        while part := response.content.read_nowait():
            # Each time aiohttp may go on with what it had put aside.
            got += part
        self._transport.pause_reading()
        self._transport.set_protocol(self)
        self.left = length - response.content.total_bytes
        return bytes(got)

    async def run(self, stall: float, every: float, moved: Callable[[], None]) -> None:
        """Send all that is left; call `moved` now and then, while bytes move.

        Raises TimeoutError when the archive sends nothing for `stall` seconds,
        aiohttp.ClientError when it ends the connection too early, and what `send` raises. The
        connection is closed in any case.
        """
        time = asyncio.get_running_loop().time
        since, left = time(), self.left
        moved()
        if not self._ended.done():
            self._transport.resume_reading()
        try:
            while True:
                await asyncio.wait([self._ended], timeout=min(stall, every))
                if self._ended.done():
                    return self._ended.result()
                if self.left != left:
                    since, left = time(), self.left
                    moved()
                elif self._sending is not None:
                    # It is the client who makes us wait.
                    since = time()
                elif time() - since >= stall:
                    raise TimeoutError(f"the archive sent nothing for {stall:g} seconds")
        finally:
            self._end(None)

    def get_buffer(self, sizehint: int) -> memoryview:
        # Some transports bring a little more after they were told to pause.
        if not self._view or (self._sending is not None and self._view is self._lent):
            self._view = memoryview(bytearray(_PIECE))
        return self._view[self._filled : self._filled + self.left]

    def buffer_updated(self, nbytes: int) -> None:
        self.left -= nbytes
        self._filled += nbytes
        if self.left == 0 or self._filled >= _PIECE // 2:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._flush)

    def _flush(self) -> None:
        """Send what has come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ended.done():
            return
        piece, self._filled = self._view[: self._filled], 0
        try:
            sent = self._send(piece)
        except Exception as error:
            self._end(error)
            return
        if not sent.done():
            if self._sending is None and self._transport is not None:
                self._transport.pause_reading()
            self._lent, self._sending = self._view, sent
            sent.add_done_callback(self._went)
        else:
            self._went(sent)

    def _went(self, sent: asyncio.Future[None]) -> None:
        """A piece is sent, or cannot be."""
        if self._ended.done():
            return
        error = asyncio.CancelledError() if sent.cancelled() else sent.exception()
        if error is not None:
            self._end(error)
        elif sent is self._sending or self._sending is None:
            waited, self._sending = self._sending is not None, None
            if self.left == 0 and self._filled == 0:
                self._end(None)
            elif waited and self._transport is not None:
                self._transport.resume_reading()

    def eof_received(self) -> None:
        self._cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._cut()
        # aiohttp waits for this when its session is closed.
        self._owner.connection_lost(exc)

    def _cut(self) -> None:
        # All may have come, and not all of it be sent.
        if self.left > 0:
            self._end(aiohttp.ClientPayloadError(f"it ended {self.left} bytes too early"))

    def _end(self, error: BaseException | None) -> None:
        if self._ended.done():
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            # To close it in order may need an answer, which nobody reads any more.
            self._transport.abort()
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
            # Nobody may be waiting yet, or any more.
            self._ended.exception()
