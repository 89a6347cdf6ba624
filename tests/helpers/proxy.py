"""A tiny HTTP proxy: forwards plain requests, tunnels CONNECT, writes down the heads it saw."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from urllib.parse import urlsplit


class Proxy:
    """The proxy, in a thread of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.heads: list[str] = []
        #: As ``user:password``: who comes without it gets 407.
        self.password: str | None = None
        #: The status with which all are refused.
        self.refusal: int | None = None
        self.hangs = False
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def forget(self) -> None:
        """Let everybody through, and begin to count anew."""
        self.heads.clear()
        self.password = self.refusal = None
        self.hangs = False

    @property
    def tunnels(self) -> int:
        """How many tunnels were asked for."""
        return sum(head.startswith("CONNECT ") for head in self.heads)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        )
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    def _refused(self, head: str) -> int | None:
        if self.password is not None:
            word = base64.b64encode(self.password.encode()).decode()
            if f"Proxy-Authorization: Basic {word}\r\n" not in head:
                return 407
        return self.refusal

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        text = head.decode("latin-1")
        self.heads.append(text)
        if self.hangs:
            await reader.read()
            writer.close()
            return
        refused = self._refused(text)
        if refused is not None:
            ask = 'Proxy-Authenticate: Basic realm="x"\r\n' if refused == 407 else ""
            answer = f"HTTP/1.1 {refused} No\r\n{ask}Content-Length: 3\r\n\r\nno!"
            writer.write(answer.encode())
            writer.close()
            return
        method, target, _ = text.split("\r\n")[0].split(" ")
        place = target if method == "CONNECT" else urlsplit(target).netloc
        host, _, port = place.partition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            far_writer.write(head)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()
