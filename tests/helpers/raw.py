"""A client that sends bytes as they are and says whether an answer was complete."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field

from .servers import TOKEN


@dataclass
class Answer:
    """What came back. `complete` is what a careful client would think of it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    complete: bool
    wire_bytes: int = 0
    raw: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) < 2, f"{name} is given {len(found)} times"
        return found[0] if found else None

    @property
    def code(self) -> str:
        """The code of S3's error document; the whole document is checked on the way."""
        assert (self.header("content-type") or "").startswith("application/xml")
        pattern = (
            r"<\?xml[^>]*\?>\s*<Error><Code>([^<]+)</Code><Message>([^<]+)</Message>"
            r"<Resource>[^<]*</Resource><RequestId/></Error>"
        )
        found = re.fullmatch(pattern, self.body.decode())
        assert found, self.body
        return found[1]

    @property
    def message(self) -> str:
        found = re.search(r"<Message>([^<]+)</Message>", self.body.decode())
        assert found, self.body
        return found[1]


def connect(port: int, timeout: float = 20.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout)


def request_bytes(
    target: str | bytes,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    token: str | None = TOKEN,
    version: str = "1.1",
) -> bytes:
    if isinstance(target, str):
        target = target.encode("latin-1")
    lines = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
    if token is not None:
        lines["Authorization"] = f"token {token}"
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()
    return method.encode() + b" " + target + f" HTTP/{version}\r\n".encode() + head + b"\r\n"


def fetch(
    port: int,
    target: str | bytes,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    token: str | None = TOKEN,
    version: str = "1.1",
) -> Answer:
    """Send one request whose target is not touched, and read to the connection's end."""
    with connect(port) as sock:
        sock.sendall(request_bytes(target, method, headers, token, version))
        return read_answer(sock, method)


def read_answer(sock: socket.socket, method: str = "GET") -> Answer:
    data = bytearray()
    reset = False
    while True:
        try:
            part = sock.recv(1 << 20)
        except ConnectionResetError:
            reset = True
            break
        if not part:
            break
        data += part
    return parse_answer(bytes(data), method, reset)


def parse_answer(data: bytes, method: str, reset: bool) -> Answer:
    head, _, rest = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    status = int(status_line.split()[1]) if status_line else 0
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    answer = Answer(status, headers, rest, not reset and bool(status), len(data), data)
    length = answer.header("content-length")
    if method == "HEAD" or status in (204, 304):
        answer.complete = answer.complete and not rest
    elif (answer.header("transfer-encoding") or "").lower() == "chunked":
        answer.body, ended = _dechunk(rest)
        answer.complete = answer.complete and ended
    elif length is not None:
        answer.complete = answer.complete and len(rest) == int(length)
    return answer


def _dechunk(data: bytes) -> tuple[bytes, bool]:
    body = bytearray()
    while True:
        line, found, data = data.partition(b"\r\n")
        if not found:
            return bytes(body), False
        size = int(line.split(b";")[0], 16)
        if size == 0:
            return bytes(body), data.startswith(b"\r\n")
        body += data[:size]
        if len(data) < size + 2:
            return bytes(body), False
        data = data[size + 2 :]
