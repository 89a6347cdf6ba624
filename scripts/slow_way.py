"""A slow way to a server: what comes back is held to so many bytes a second."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

_CHUNK = 16 << 10


class SlowWay:
    """Passes TCP connections on to `endpoint` (``http://host:port``), all at one shared rate."""

    def __init__(self, endpoint: str, bytes_per_second: float, port: int = 0) -> None:
        host, _, far = endpoint.rpartition("/")[2].partition(":")
        self._far = (host, int(far))
        #: May be set at any time.
        self.rate = bytes_per_second
        self._turn = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections; those that there are go on."""
        self._listener.close()

    def asked(self, data: bytes) -> None:
        """See what a client sent, before it goes on."""

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
                if not answers:
                    self.asked(data)
                elif self.rate != float("inf"):
                    with self._turn:
                        time.sleep(len(data) / self.rate)
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
