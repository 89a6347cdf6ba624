"""A way to a server that writes down which requests pass, may be slow, and can be cut."""

from __future__ import annotations

import contextlib
import re
import socket

from scripts.slow_way import SlowWay

_REQUEST = re.compile(rb"(?:\A|\r\n\r\n)(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n")


class CountingWay(SlowWay):
    """`requests` has method and target of each request that passed."""

    def __init__(
        self, endpoint: str, bytes_per_second: float = float("inf"), port: int = 0
    ) -> None:
        self.requests: list[tuple[str, str]] = []
        super().__init__(endpoint, bytes_per_second, port)

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

    def asked(self, data: bytes) -> None:
        # Without bodies each request begins a piece.
        self.requests += [
            (method.decode(), target.decode("latin-1")) for method, target in _REQUEST.findall(data)
        ]
