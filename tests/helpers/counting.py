"""A way to a server that writes down which requests pass, may be slow, and can be cut."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time

_CHUNK = 16 << 10
_REQUEST = re.compile(rb"(?:\A|\r\n\r\n)(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n")


class CountingWay:
    """Passes connections on to `endpoint` (``http://host:port``), all at one shared rate.

    `requests` has method and target of each request.
    """

    def __init__(self, endpoint: str, bytes_per_second: float = 1e12, port: int = 0) -> None:
        host, _, far = endpoint.rpartition("/")[2].partition(":")
        self.requests: list[tuple[str, str]] = []
        self._far = (host, int(far))
        self._rate = bytes_per_second
        self._turn = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def fetched(self) -> list[str]:
        """The targets of GET requests that are no listings."""
        return [
            target
            for method, target in self.requests
            if method == "GET" and "list-type" not in target
        ]

    def stop(self) -> None:
        """Refuse and break all connections."""
        for one in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(self._far)
            self._sockets += [near, far]
            # Little under way, or the kernel would be the fast one.
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _CHUNK)
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if answers and self._rate < 1e12:
                    with self._turn:
                        time.sleep(len(data) / self._rate)
                if not answers:
                    # Without bodies each request begins a piece.
                    self.requests += [
                        (method.decode(), target.decode("latin-1"))
                        for method, target in _REQUEST.findall(data)
                    ]
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
