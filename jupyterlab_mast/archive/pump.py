"""A large body from the archive's connection to the client's, through one buffer of ours.

aiohttp reads an answer's head and its first bytes as ever. Then its protocol is taken off the
connection, and what comes is read into one buffer and sent from there: nothing is made or copied
for each piece. A large object so costs the server half the CPU (benchmarks/relay).

With TLS, asyncio reads 256 KiB at a time, and goes from the event loop through all its layers for
each. So the records are decrypted here too, in larger steps: a fifth less CPU.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

#: A body with less than this still to come is left to aiohttp, which keeps its connection for
#: the next request; a pump closes it at its end.
PUMP_BYTES = 16 << 20

# Few large pieces cost less than many small ones: each wakes up the client and the archive.
_PIECE = 2 << 20  # bytes
_PATIENCE = 0.002  # seconds

# What is read from the network at once, and how much of it OpenSSL gets at a time: it copies
# this several times, which is cheap while the processor's cache holds it.
_WIRE = 1 << 20  # bytes
_STEP = 128 << 10  # bytes

Send = Callable[[memoryview], "asyncio.Future[None]"]


class Pump(asyncio.BufferedProtocol):
    """Sends the rest of a body; one for each answer.

    `send` takes a piece and returns a future that is done when the piece may be overwritten. Until
    then it gets no other (tornado forgets the first of two futures), and the archive is not read:
    this bounds the memory.
    """

    def __init__(self, send: Send) -> None:
        #: Bytes that are still to come.
        self.left = 0
        self._send = send
        #: The buffer that is filled, and one for what comes while this is sent.
        self._view = self._other = memoryview(bytearray())
        self._filled = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Future[None] | None = None
        #: Whether it is sent from `_view`, not from `_other`.
        self._lent = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: Any = None
        #: What is paused and goes on: the transport, or with TLS the one below it.
        self._source: Any = None
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
        self._source = self._transport
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
            # Not before: asyncio itself may still let its TLS go on once.
            self._source = _decrypt(self._transport, self) or self._transport
            self._source.resume_reading()
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
        # A little may come after the pause.
        if self._lent:
            self._view, self._other, self._lent = self._other, self._view, False
        if not self._view:
            self._view = memoryview(bytearray(_PIECE))
        return self._view[self._filled : self._filled + self.left]

    def buffer_updated(self, nbytes: int) -> None:
        self.left -= nbytes
        self._filled += nbytes
        self._flush_soon()

    def _flush_soon(self) -> None:
        """Send what has come: at once when it is much or the end, else in a moment."""
        if self._filled and (self.left == 0 or self._filled >= _PIECE // 2):
            self._flush()
        elif self._filled and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._flush)

    def _flush(self) -> None:
        """Send what has come, unless something is being sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ended.done() or self._sending is not None:
            return
        piece, self._filled = self._view[: self._filled], 0
        try:
            sent = self._send(piece)
        except Exception as error:
            self._end(error)
            return
        if sent.done():
            self._went(sent)
            return
        self._sending, self._lent = sent, True
        if self._transport is not None:
            self._source.pause_reading()
        sent.add_done_callback(self._went)

    def _went(self, sent: asyncio.Future[None]) -> None:
        """A piece is sent, or cannot be."""
        if self._ended.done():
            return
        waited, self._sending, self._lent = self._sending is not None, None, False
        error = asyncio.CancelledError() if sent.cancelled() else sent.exception()
        if error is not None:
            self._end(error)
        elif self.left == 0 and self._filled == 0:
            self._end(None)
        elif waited:
            self._flush_soon()
            if self._sending is None and self._transport is not None:
                self._source.resume_reading()

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


class _Decryption(asyncio.BufferedProtocol):
    """Reads from the network in the place of asyncio's TLS, and decrypts into a pump's buffer.

    `tls` is the protocol of asyncio, which still closes the connection.
    """

    def __init__(self, pump: Pump, tls: Any) -> None:
        self._pump, self._tls, self._below = pump, tls, tls._transport
        self._read: Callable[[int, memoryview], int] = tls._sslobj.read
        self._incoming: ssl.MemoryBIO = tls._incoming
        self._outgoing: ssl.MemoryBIO = tls._outgoing
        self._wire = memoryview(bytearray(_WIRE))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._wire

    def buffer_updated(self, nbytes: int) -> None:
        for start in range(0, nbytes, _STEP):
            self._incoming.write(self._wire[start : min(start + _STEP, nbytes)])
            self._decrypt()
        if self._outgoing.pending:
            # The archive may ask for new keys at any time.
            self._below.write(self._outgoing.read())

    def _decrypt(self) -> None:
        """Give all whole records to the pump, as far as it wants more."""
        while room := self._pump.get_buffer(-1):
            size, count, dry, ended = len(room), 0, False, False
            try:
                # OpenSSL gives one record at a time.
                while count < size and (got := self._read(size - count, room[count:])):
                    count += got
                ended = count < size
            except ssl.SSLWantReadError:
                dry = True
            except ssl.SSLError:
                ended = True
            if count:
                self._pump.buffer_updated(count)
            if ended:
                self._pump.eof_received()
            if dry or ended:
                return

    def eof_received(self) -> None:
        self._pump.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tls.connection_lost(exc)


def _decrypt(transport: Any, pump: Pump) -> Any:
    """Decrypt what comes through `transport` into `pump` from now on.

    Return the transport below, paused; None, and nothing is changed, without TLS or where
    asyncio's TLS is not the one that is known here (Python 3.10, other event loops).
    """
    try:
        tls = transport._ssl_protocol
        below = tls._transport
        decryption = _Decryption(pump, tls)
        below.pause_reading()
    except AttributeError:
        return None
    below.set_protocol(decryption)
    return below
