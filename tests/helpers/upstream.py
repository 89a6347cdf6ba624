"""An S3 endpoint that misbehaves on demand and writes down the very bytes it was sent.

A target that holds ``mode-<word>`` gets that word's behaviour (the last one's of several), any
other a small object.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

BODY = b"body of the upstream\n"
DATE = "Mon, 02 Nov 2026 12:00:00 GMT"
CUT_LENGTH = 400_000
HUGE_LIST = 3 << 20
# Large enough for the relay to pump it, and no piece of it like another.
LARGE = random.Random(14).randbytes(1 << 20)
LARGE_LENGTH = 40 << 20
# Leaves traces wherever it runs.
_EVIL = b"<script>document.title = 'it ran'; fetch('/api/contents?it-ran')</script>"
EVIL_HTML = b"<html>" + _EVIL + b"</html>"
EVIL_SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + _EVIL + b"</svg>"
# A list of one file, whose name is of three billion letters.
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "lol">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10))
    + b"]><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>"
    + b"<Contents><Key>&a9;</Key><Size>1</Size></Contents></ListBucketResult>"
)


@dataclass
class Seen:
    """One request as it arrived, and how its answer ended."""

    head: bytes
    ended: threading.Event = field(default_factory=threading.Event)
    sent: int = 0

    @property
    def method(self) -> str:
        return self.head.split(b" ")[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ")[1].decode("latin-1")

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def prefix(self) -> str:
        """Of a list."""
        return parse_qs(urlsplit(self.target).query).get("prefix", [""])[0]

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}


Writer = asyncio.StreamWriter


def _head(status: int, length: int | None = None, **headers: str) -> bytes:
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    if length is not None:
        lines["Content-Length"] = str(length)
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{text}\r\n".encode()


def _whole(status: int, body: bytes, **headers: str) -> bytes:
    return _head(status, len(body), **headers) + body


class Upstream:
    """The endpoint, in a thread of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def last(self) -> Seen:
        return self.seen[-1]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        )
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: Writer) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        seen = Seen(head)
        self.seen.append(seen)
        found = re.findall(r"mode-([a-z0-9]+)", unquote(seen.target)) or ["ok"]
        try:
            behaviour = _MODES.get(found[-1])
            if behaviour is not None:
                return await behaviour(seen, writer, reader)
            status = int(found[-1])
            bare = seen.method == "HEAD" or status in (204, 304)
            body = b"<Error><Code>Mode%d</Code></Error>" % status
            xml = "application/xml"
            writer.write(
                _head(status, Content_Type=xml) if bare else _whole(status, body, Content_Type=xml)
            )
            await writer.drain()
            return True
        finally:
            seen.ended.set()


Behaviour = Callable[[Seen, Writer, asyncio.StreamReader], Awaitable[bool]]
_MODES: dict[str, Behaviour] = {}


def _mode(name: str) -> Callable[[Behaviour], Behaviour]:
    def add(behaviour: Behaviour) -> Behaviour:
        _MODES[name] = behaviour
        return behaviour

    return add


def _fixed(name: str, status: int, body: bytes, **headers: str) -> None:
    @_mode(name)
    async def answer(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
        whole = _whole(status, body, **headers)
        if seen.method == "HEAD":
            whole = _head(status, len(body), **headers)
        writer.write(whole)
        await writer.drain()
        return True


_fixed("ok", 200, BODY, ETag='"tag"', Content_Type="text/plain", x_amz_request_id="id-1")
_fixed("slowdown", 503, b"<Error><Code>SlowDown</Code></Error>", Retry_After="7")
_fixed(
    "redirect",
    301,
    b"<Error><Code>PermanentRedirect</Code></Error>",
    Location="/open/stolen",
    x_amz_bucket_region="eu-west-9",
)
_fixed("cookie", 200, BODY, Set_Cookie="session=evil; Path=/", X_Evil="1", Server="upstream")
_fixed("html", 200, EVIL_HTML, Content_Type="text/html", Last_Modified=DATE)
_fixed("svg", 200, EVIL_SVG, Content_Type="image/svg+xml", Last_Modified=DATE)
_fixed("auth", 401, b"who?", WWW_Authenticate='Basic realm="x"')
_fixed("wall", 403, b"<html>Blocked by the firewall</html>", Content_Type="text/html")
_fixed("nothing", 403, b"")
_fixed("bomb", 200, BOMB, Content_Type="application/xml")
_fixed("huge", 200, b"<x>" + b" " * HUGE_LIST + b"</x>", Content_Type="application/xml")
_fixed("gz", 200, gzip.compress(BODY), Content_Encoding="gzip", Content_Type="text/plain")
_fixed("notype", 200, BODY)
_fixed(
    "meta",
    200,
    BODY,
    x_amz_meta_name="M\xfcnster \u2192",
    x_amz_checksum_crc64nvme="AAAAAAAAAAA=",
    Content_Disposition='inline; filename="other.html"',
)


def _list(*, folders: Iterable[str] = (), keys: Iterable[str] = (), token: str = "") -> bytes:
    """Return a page of a list; `token` leads to the next one."""
    parts = [f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>"]
    parts += [f"<NextContinuationToken>{token}</NextContinuationToken>"] if token else []
    parts += [f"<Contents><Key>{key}</Key><Size>9</Size></Contents>" for key in keys]
    parts += [f"<CommonPrefixes><Prefix>{one}</Prefix></CommonPrefixes>" for one in folders]
    return f"<ListBucketResult>{''.join(parts)}</ListBucketResult>".encode()


#: What `folders` lists, for a person to look at.
WAYS = ("403", "404", "500", "bomb", "cut", "garbage", "hang", "pages", "slowdown", "wall")
FILES = ("mode-403.txt", "mode-cut.txt", "mode-html.html", "mode-svg.svg")


@_mode("folders")
async def _folders(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    """A folder of folders and files, each with the behaviour of its name."""
    body = _list(
        folders=(f"{seen.prefix}mode-{way}/" for way in WAYS),
        keys=(f"{seen.prefix}{name}" for name in FILES),
    )
    writer.write(_whole(200, body, Content_Type="application/xml"))
    await writer.drain()
    return True


_refused: set[str] = set()


@_mode("pages")
async def _pages(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    """A folder of 2,000 files in two pages; the second one is refused once."""
    if "continuation-token" not in seen.target:
        _refused.discard(seen.prefix)
        numbers, token = range(1000), "second"
    elif seen.prefix not in _refused:
        _refused.add(seen.prefix)
        return await _MODES["slowdown"](seen, writer, reader)
    else:
        numbers, token = range(1000, 2000), ""
    body = _list(keys=(f"{seen.prefix}f{number:04d}.txt" for number in numbers), token=token)
    writer.write(_whole(200, body, Content_Type="application/xml"))
    await writer.drain()
    return True


@_mode("hang")
async def _hang(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    await reader.read()
    return False


@_mode("hangbody")
async def _hang_body(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    writer.write(_head(200, CUT_LENGTH) + b"x" * 1000)
    await reader.read()
    return False


@_mode("garbage")
async def _garbage(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    writer.write(b"\x16\x03\x01 nothing that is HTTP\r\n\r\n\x00\xff")
    await writer.drain()
    return False


@_mode("reset")
async def _reset(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    return False


@_mode("nolength")
async def _no_length(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    writer.write(_head(200) + BODY)
    await writer.drain()
    return False


@_mode("cut")
async def _cut(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    body = b"" if seen.method == "HEAD" else b"x" * (CUT_LENGTH // 2)
    writer.write(_head(200, CUT_LENGTH, Last_Modified=DATE) + body)
    await writer.drain()
    return False


@_mode("cutatonce")
async def _cut_at_once(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    writer.write(_head(200, CUT_LENGTH))
    await writer.drain()
    return False


@_mode("cutchunked")
async def _cut_chunked(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    part = b"x" * (CUT_LENGTH // 8)
    writer.write(_head(200, Transfer_Encoding="chunked"))
    for _ in range(4):
        writer.write(b"%x\r\n%s\r\n" % (len(part), part))
    await writer.drain()
    return False


@_mode("chunked")
async def _chunked(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    writer.write(_head(200, Transfer_Encoding="chunked"))
    writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))
    await writer.drain()
    return True


@_mode("endless")
async def _endless(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    part = b"x" * (1 << 20)
    total = 64 << 30
    writer.write(_head(200, total))
    while seen.sent < total:
        writer.write(part)
        await writer.drain()
        seen.sent += len(part)
    return False


def large() -> bytes:
    """The body of the modes that begin with "large", where it is whole."""
    parts = LARGE_LENGTH // len(LARGE)
    return b"".join(part.to_bytes(8, "big") + LARGE[8:] for part in range(parts))


async def _send_large(writer: Writer, seen: Seen, length: int) -> None:
    body = memoryview(large())[:length]
    writer.write(_head(200, LARGE_LENGTH, Content_Type="image/fits"))
    for start in range(0, length, 1 << 20):
        writer.write(body[start : start + (1 << 20)])
        await writer.drain()
        seen.sent = start + (1 << 20)


@_mode("large")
async def _large(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    await _send_large(writer, seen, LARGE_LENGTH)
    return True


@_mode("largecut")
async def _large_cut(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    await _send_large(writer, seen, LARGE_LENGTH - 1000)
    return False


@_mode("largereset")
async def _large_reset(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    await _send_large(writer, seen, LARGE_LENGTH - 1000)
    writer.transport.abort()
    return False


@_mode("largehang")
async def _large_hang(seen: Seen, writer: Writer, reader: asyncio.StreamReader) -> bool:
    await _send_large(writer, seen, LARGE_LENGTH - 1000)
    await reader.read()
    return False
