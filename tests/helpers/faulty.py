"""An S3 server of objects in memory that answers rightly until it is told not to."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import socketserver
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Literal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from awscrt import checksums as crt

_PIECE = 64 << 10
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def digest(algorithm: str, data: bytes) -> bytes:
    """A checksum by S3's name."""
    if algorithm == "CRC32":
        return zlib.crc32(data).to_bytes(4, "big")
    if algorithm in ("CRC32C", "CRC64NVME"):
        length = 4 if algorithm == "CRC32C" else 8
        return int(getattr(crt, algorithm.lower())(data)).to_bytes(length, "big")
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def written(algorithm: str, data: bytes) -> str:
    """A checksum as S3 writes it."""
    return base64.b64encode(digest(algorithm, data)).decode()


@dataclass
class Stored:
    """An object, and what is said of it."""

    body: bytes
    etag: str
    modified: float
    #: Sizes of the parts of a multipart upload.
    parts: list[int] = field(default_factory=list)
    #: What x-amz-checksum-mode brings.
    checksums: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """A request."""

    method: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    #: Bytes of the answer's body that were sent.
    sent: int = 0

    @property
    def range(self) -> tuple[int, int] | None:
        """First and last byte that are asked for."""
        found = _RANGE.fullmatch(self.headers.get("range", ""))
        return (int(found[1]), int(found[2])) if found else None

    @property
    def listing(self) -> bool:
        return self.key == ""

    @property
    def body(self) -> bool:
        """Whether an object's bytes are asked for."""
        return self.method == "GET" and not self.listing


@dataclass
class Answer:
    """An answer, for faults to change."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    #: Seconds before the first byte.
    delay: float = 0.0
    #: So many bytes of the body are sent; then what `then` says happens.
    cut: int | None = None
    then: Literal["close", "reset", "hang"] = "close"
    #: This is sent instead of everything.
    raw: bytes | None = None

    def fail(self, status: int, code: str = "", **headers: str) -> None:
        """Become an error."""
        self.status = status
        self.body = f"<Error><Code>{code}</Code></Error>".encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers["content-length"] = str(len(self.body))


Fault = Callable[[Asked, Answer], None]


def first(count: int, fault: Fault) -> Fault:
    """`fault` for the first `count` requests that ask for an object's bytes, then none."""
    lock = threading.Lock()
    left = count

    def once(asked: Asked, answer: Answer) -> None:
        nonlocal left
        if not asked.body:
            return
        with lock:
            left -= 1
            if left < 0:
                return
        fault(asked, answer)

    return once


def of(key: str, fault: Fault) -> Fault:
    """`fault` for requests about one object."""
    return lambda asked, answer: fault(asked, answer) if asked.key == key else None


def bodies(fault: Fault) -> Fault:
    """`fault` for requests that ask for an object's bytes."""
    return lambda asked, answer: fault(asked, answer) if asked.body else None


class Faulty:
    """The server; its bucket is ``open``."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.objects: dict[str, Stored] = {}
        self.asked: list[Asked] = []
        self.fault: Fault | None = None
        #: Bytes a second that all answers share; None for any.
        self.pace: float | None = None
        #: Bytes of bodies that are still sent; then all answers hang, and `halted` is set.
        self.allowance: int | None = None
        self.halted = threading.Event()
        self._turn = threading.Lock()
        self._ends = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        scheme = "https" if tls else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._ends.set()
        self._server.shutdown()
        self._server.server_close()

    def put(
        self,
        key: str,
        body: bytes,
        checksum: str | None = "CRC64NVME",
        *,
        parts: Sequence[int] = (),
        full: bool = False,
        etag: str | None = None,
        **headers: str,
    ) -> Stored:
        """Store an object; `full`: a multipart one has a checksum of the whole all the same."""
        at, pieces = 0, []
        for size in parts:
            pieces.append(body[at : at + size])
            at += size
        if etag is None and parts:
            joined = b"".join(digest("md5", piece) for piece in pieces)
            etag = f'"{digest("md5", joined).hex()}-{len(parts)}"'
        elif etag is None:
            etag = f'"{digest("md5", body).hex()}"'
        checksums = {}
        if checksum and parts and not full:
            joined = b"".join(digest(checksum, piece) for piece in pieces)
            checksums = {
                f"x-amz-checksum-{checksum.lower()}": f"{written(checksum, joined)}-{len(parts)}",
                "x-amz-checksum-type": "COMPOSITE",
            }
        elif checksum:
            checksums = {
                f"x-amz-checksum-{checksum.lower()}": written(checksum, body),
                "x-amz-checksum-type": "FULL_OBJECT",
            }
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        # Whole seconds: HTTP has no others.
        stored = Stored(body, etag, 1_600_000_000.0, list(parts), checksums, more)
        self.objects[key] = stored
        return stored

    def forget(self) -> None:
        """Empty it, and be good again."""
        self.objects.clear()
        self.asked.clear()
        self.fault = None
        self.pace = None
        self.allowance = None
        self.halted.clear()

    def allow(self, size: int | None) -> None:
        """Send so many more bytes of bodies, or all (None), and halt then."""
        with self._turn:
            self.allowance = size
            self.halted.clear()

    def count(self, method: str | None = None) -> int:
        """Requests about objects, of one method or any."""
        return sum(not one.listing and method in (None, one.method) for one in self.asked)

    @property
    def sent(self) -> int:
        """Bytes of objects that were sent."""
        return sum(one.sent for one in self.asked if one.body)

    # How it answers

    def answer(self, asked: Asked) -> Answer:
        """The right answer."""
        if asked.listing:
            return self._list(asked.query)
        stored = self.objects.get(asked.key)
        if stored is None:
            answer = Answer(404, {})
            answer.fail(404, "NoSuchKey")
            return answer
        if asked.headers.get("if-match", stored.etag) != stored.etag:
            answer = Answer(412, {})
            answer.fail(412, "PreconditionFailed")
            return answer
        headers = {
            "etag": stored.etag,
            "last-modified": formatdate(stored.modified, usegmt=True),
            **stored.headers,
        }
        status, body = 200, stored.body
        part = int(asked.query.get("partNumber", "0"))
        if part and stored.parts:
            start = sum(stored.parts[: part - 1])
            status, body = 206, body[start : start + stored.parts[part - 1]]
        elif asked.range and body:
            start, last = asked.range
            last = min(last, len(body) - 1)
            headers["content-range"] = f"bytes {start}-{last}/{len(body)}"
            status, body = 206, body[start : last + 1]
        elif asked.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers |= stored.checksums
        headers["content-length"] = str(len(body))
        return Answer(status, headers, body)

    def _list(self, query: dict[str, str]) -> Answer:
        prefix = query.get("prefix", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        most = int(query.get("max-keys", "1000"))
        items = "".join(
            f"<Contents><Key>{quote(key)}</Key><Size>{len(self.objects[key].body)}</Size>"
            f"<ETag>{self.objects[key].etag.replace(chr(34), '&quot;')}</ETag>"
            "<LastModified>2020-09-13T12:26:40.000Z</LastModified></Contents>"
            for key in keys[:most]
        )
        more = ""
        if len(keys) > most:
            more = (
                "<IsTruncated>true</IsTruncated>"
                f"<NextContinuationToken>{quote(keys[most - 1])}</NextContinuationToken>"
            )
        body = (
            "<ListBucketResult><EncodingType>url</EncodingType>"
            f"{items}{more}</ListBucketResult>".encode()
        )
        return Answer(200, {"content-length": str(len(body))}, body)

    def serve(self, sock: socket.socket) -> None:
        """Answer all requests of one connection."""
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                data = sock.recv(_PIECE)
                if not data:
                    return
                received += data
            head, _, received = received.partition(b"\r\n\r\n")
            asked = _parse(head.decode("latin-1"))
            answer = self.answer(asked)
            fault = self.fault
            if fault is not None:
                fault(asked, answer)
            self.asked.append(asked)
            if not self._send(sock, asked, answer):
                return

    def _send(self, sock: socket.socket, asked: Asked, answer: Answer) -> bool:
        if answer.delay and self._ends.wait(answer.delay):
            return False
        if answer.raw is not None:
            sock.sendall(answer.raw)
            return False
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} Whatever\r\n{lines}\r\n".encode()
        body = answer.body if asked.method == "GET" else b""
        whole = memoryview(body)[: answer.cut]
        if not (answer.cut == 0 and answer.then == "hang"):
            sock.sendall(head)
            for at in range(0, len(whole), _PIECE):
                piece = whole[at : at + _PIECE]
                if asked.body:
                    self._wait_for_turn(len(piece))
                sock.sendall(piece)
                asked.sent += len(piece)
        if answer.cut is None:
            return True
        if answer.then == "hang":
            self._ends.wait(30)
        if answer.then == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _wait_for_turn(self, size: int) -> None:
        if self.pace is not None:
            with self._turn:
                time.sleep(size / self.pace)
        while self.allowance is not None:
            with self._turn:
                if self.allowance is None:
                    return
                if self.allowance >= size:
                    self.allowance -= size
                    return
                self.halted.set()
            if self._ends.wait(0.01):
                return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: Faulty) -> None:
        super().__init__(address, _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are nothing special here."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        owner = self.server.owner
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            if owner.tls is None:
                owner.serve(self.request)
                return
            with owner.tls.wrap_socket(self.request, server_side=True) as secured:
                owner.serve(secured)


def _parse(head: str) -> Asked:
    line, *lines = head.split("\r\n")
    method, target, _ = line.split(" ")
    # Through a proxy the whole address may come (RFC 9112, section 3.2.2).
    path, query = urlsplit(target).path, urlsplit(target).query
    values = {name: value[0] for name, value in parse_qs(query, keep_blank_values=True).items()}
    headers = {}
    for one in lines:
        name, _, value = one.partition(":")
        headers[name.strip().lower()] = value.strip()
    key = unquote(path.removeprefix("/open").removeprefix("/"))
    return Asked(method, key, values, headers)
