"""The least that a relay in Python can be: two blocking sockets and one buffer.

python -m benchmarks.relay.bare ENDPOINT [AUTHORITY]

prints the port on loopback at which it answers, until its standard input ends. It checks nothing,
bounds nothing and speaks with one client at a time: what it reaches of the direct rate is what this
machine leaves to any relay that copies what it passes on.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.beside import beside
from benchmarks.servers import Store

_PIECE = 1 << 20  # bytes
_MOST = 1 << 16  # bytes of a head


def read_head(source: socket.socket) -> bytes:
    """A request's or an answer's head, with what came of the body; nothing at the end."""
    head = b""
    while b"\r\n\r\n" not in head and (some := source.recv(_MOST)):
        head += some
    return head


def body_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("the answer does not say how long it is")


def relay(client: socket.socket, archive: socket.socket) -> None:
    """Pass on one answer after another, until the client goes."""
    piece = memoryview(bytearray(_PIECE))
    while request := read_head(client):
        archive.sendall(request)
        answer = read_head(archive)
        client.sendall(answer)
        head, _, body = answer.partition(b"\r\n\r\n")
        left = body_length(head) - len(body)
        while left:
            filled = 0
            # TLS gives 16 KiB at a time.
            while filled < min(len(piece), left):
                count = archive.recv_into(piece[filled:])
                if not count:
                    raise EOFError(f"it ended {left} bytes too early")
                filled += count
                if not isinstance(archive, ssl.SSLSocket):
                    break
            client.sendall(piece[:filled])
            left -= filled


def main() -> int:
    endpoint, *authority = sys.argv[1:]
    upstream = urlsplit(endpoint)
    host = upstream.hostname or ""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            client, _ = listening.accept()
            archive = socket.create_connection((host, upstream.port))
            if upstream.scheme == "https":
                context = ssl.create_default_context(cafile=authority[0])
                archive = context.wrap_socket(archive, server_hostname=host)
            with client, archive:
                relay(client, archive)

    threading.Thread(target=serve, daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()
    return 0


@contextlib.contextmanager
def bare_relay(store: Store) -> Iterator[str]:
    """Its endpoint, before `store`."""
    authority = [str(store.authority)] if store.authority else []
    with beside("benchmarks.relay.bare", store.endpoint, *authority) as (_, said):
        yield f"http://127.0.0.1:{int(said.readline())}"


if __name__ == "__main__":
    sys.exit(main())
