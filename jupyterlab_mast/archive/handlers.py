"""The relay's routes: S3 for programs and the page, and a download for browsers."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from asyncio import Future
from datetime import datetime, timezone
from time import monotonic
from typing import Any, cast
from urllib.parse import quote
from zlib import MAX_WBITS, compressobj

import aiohttp
from tornado import web
from tornado.iostream import StreamClosedError

from ..rest import SecuredHandler, secured
from .config import Archive
from .errors import CODE_HEADER, XML_TYPE, S3Error, error_xml
from .headers import LowerCaseAmzHeaders, accepts_gzip, to_archive, to_client
from .pump import Pump, Send
from .relay import Relay
from .rules import NO_TRACK, Ask, read_object, read_s3

_ACTIVITY_SECONDS = 5.0

_PATH = re.compile(r"/jupyterlab-mast/archive/([^/]*)/(?:s3|download)(?:/(.*))?")
_CODES = {401: "AccessDenied", 403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed"}


class ArchiveHandler(SecuredHandler):
    """What the routes share: errors in S3's XML, safe headers, and a body that never lies."""

    def initialize(self, relay: Relay) -> None:
        self.relay = relay
        self._work: asyncio.Future[None] | None = None

    @property
    def content_security_policy(self) -> str:
        """A bucket may hold HTML and SVG: nothing of it runs on the Jupyter origin."""
        return "sandbox; default-src 'none'"

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Security-Policy", self.content_security_policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def locate(self) -> tuple[Archive, str]:
        """Return the archive of this request and the rest of its path, as it came.

        jupyter_server's own path arguments are decoded and of no use here.
        """
        found = _PATH.search(self.request.path)
        archive = self.relay.archives.get(found[1]) if found else None
        if found is None or archive is None:
            raise S3Error(
                404, "NoSuchBucket", "This server has no archive of this id. Reload the page."
            )
        return archive, found[2] or ""

    async def answer(self, ask: Ask) -> None:
        """Answer from the archive; end the request to it when the client goes away."""
        self._work = asyncio.ensure_future(self._answer(ask))
        try:
            await self._work
        except asyncio.CancelledError:
            if not self._work.cancelled():
                self._work.cancel()
                raise
            self.abort()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._work is not None:
            self._work.cancel()

    async def _answer(self, ask: Ask) -> None:
        gzip = ask.kind == "list" and accepts_gzip(self.request.headers.get("Accept-Encoding", ""))
        try:
            async with self.relay.open(ask, to_archive(self.request.headers), gzip) as response:
                self.set_status(response.status)
                self.clear_header("Content-Type")
                for name, value in to_client(response.raw_headers):
                    self.add_header(name, value)
                if "Content-Type" not in self._headers:
                    self.set_header("Content-Type", "application/octet-stream")
                self.adapt_headers(ask, response.status)
                self._headers = LowerCaseAmzHeaders(self._headers)
                if ask.kind == "list":
                    await self._copy_list(response, gzip)
                else:
                    await self._copy_object(response)
        except StreamClosedError:
            self.abort()
        except (aiohttp.ClientError, TimeoutError, asyncio.TimeoutError) as error:
            self.log.warning("jupyterlab-mast: the archive's answer broke off: %r", error)
            if self._headers_written:
                self.abort()
            else:
                raise S3Error(
                    502,
                    "EndpointUnreachable",
                    "The archive ended the connection in the middle of its answer. Try again.",
                ) from None

    def adapt_headers(self, ask: Ask, status: int) -> None:
        """Change the answer's headers before they are sent."""

    async def _copy_object(self, response: aiohttp.ClientResponse) -> None:
        pump = Pump(cast(Send, cast(Any, self.request.connection).write))
        first = pump.take(response)
        if first is not None:
            self.write(first)
            await self.flush()
            await pump.run(
                self.relay.limits.stall_timeout, _ACTIVITY_SECONDS, self.update_api_activity
            )
            return
        noted = float("-inf")
        async for chunk in response.content.iter_any():
            if monotonic() - noted > _ACTIVITY_SECONDS:
                # A long download is work for as long as its bytes move.
                noted = monotonic()
                self.update_api_activity()
            self.write(chunk)
            # Wait for the client: this bounds the memory, whatever the object's size.
            await self.flush()
        # Headers alone, where there is no body. Otherwise they went with its first bytes: sent
        # before, they would hold these up until the client has acknowledged them.
        if not self._headers_written:
            await self.flush()

    async def _copy_list(self, response: aiohttp.ClientResponse, gzip: bool) -> None:
        limit = self.relay.limits.list_bytes
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise S3Error(
                    502,
                    "ResponseTooLarge",
                    f"The archive's answer to a listing is longer than {limit} bytes. "
                    "Ask for fewer keys at once (max-keys).",
                )
        self.set_header("Vary", "Accept-Encoding")
        if gzip and "Content-Encoding" not in self._headers:
            body = bytearray(await asyncio.to_thread(_gzip, body))
            self.set_header("Content-Encoding", "gzip")
        self.set_header("Content-Length", len(body))
        self.write(bytes(body))
        await self.flush()

    def abort(self) -> None:
        """Close the connection at once, so that the answer cannot look complete.

        The connection is reset rather than ended in order, for clients of HTTP/1.0, to whom the
        end of the connection is the end of the body.
        """
        if self._finished:
            return
        stream = self.detach()
        if not stream.closed():
            if stream.socket.family != getattr(socket, "AF_UNIX", None):
                stream.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            stream.close()

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        if self._headers_written:
            self.abort()
            return
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, S3Error):
            status_code = error.status
        super().send_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, S3Error):
            self.log.debug("jupyterlab-mast: %s: %s", value.code, value.message)
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        if not isinstance(error, S3Error):
            error = self._as_s3(status_code, error)
        self.set_header(CODE_HEADER, error.code)
        self.finish(
            error_xml(error.code, error.message, self.request.path), set_content_type=XML_TYPE
        )

    def update_api_activity(self) -> None:
        """Count the request as activity, unless it is a poll.

        As jupyter_server does it; but its first versions counted no request at all.
        """
        known = getattr(self, "_jupyter_current_user", None)
        if known and self.get_argument(NO_TRACK, None) is None:
            # Every setting of such a name counts.
            self.settings["jupyterlab_mast_last_activity"] = datetime.now(timezone.utc)

    def _as_s3(self, status: int, error: BaseException | None) -> S3Error:
        if status in (401, 403) and getattr(self, "_jupyter_current_user", None) is None:
            return S3Error(
                status,
                "SignedOut",
                "The Jupyter server does not know who asks. Sign in again, or give its token.",
            )
        if status == 405:
            message = f"{self.request.method} is not possible here: this archive is read only."
        elif isinstance(error, web.HTTPError):
            message = error.log_message or error.reason or "The Jupyter server refused this."
        else:
            message = "The Jupyter server failed at this request. Its log tells why."
        return S3Error(status, _CODES.get(status, "InternalError"), message)

    def finish(self, *args: Any, **kwargs: Any) -> Future[Any]:
        # APIHandler would call everything JSON.
        kwargs.setdefault("set_content_type", self._headers.get("Content-Type", XML_TYPE))
        return super().finish(*args, **kwargs)


class S3Handler(ArchiveHandler):
    """``/jupyterlab-mast/archive/<archive id>/s3/<bucket>/<key>``: S3, path style, read only."""

    @secured("read")
    async def get(self) -> None:
        await self._relay()

    @secured("read")
    async def head(self) -> None:
        await self._relay()

    async def _relay(self) -> None:
        archive, rest = self.locate()
        await self.answer(read_s3(archive, self.request.method or "", rest, self.request.query))


class DownloadHandler(ArchiveHandler):
    """``/jupyterlab-mast/archive/<archive id>/download/<key>``: an object, for the disk of
    whoever sits before the browser."""

    @secured("read")
    async def get(self) -> None:
        await self._download()

    @secured("read")
    async def head(self) -> None:
        await self._download()

    async def _download(self) -> None:
        archive, rest = self.locate()
        await self.answer(read_object(archive, self.request.method or "", rest, self.request.query))

    def adapt_headers(self, ask: Ask, status: int) -> None:
        if status not in (200, 206):
            return
        name = ask.key.rstrip("/").rpartition("/")[2] or "download"
        self.set_header(
            "Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        )
        if "Content-Encoding" in self._headers:
            # The browser would decode it and save something else than the object.
            self.clear_header("Content-Encoding")
            self.set_header("Content-Type", "application/octet-stream")


def routes(relay: Relay) -> list[tuple[str, type[ArchiveHandler], dict[str, Any]]]:
    """Return the routes of the relay, for tornado."""
    options = {"relay": relay}
    return [
        (r"/jupyterlab-mast/archive/[^/]*/s3(?:/.*)?", S3Handler, options),
        (r"/jupyterlab-mast/archive/[^/]*/download(?:/.*)?", DownloadHandler, options),
    ]


def _gzip(data: bytes | bytearray) -> bytes:
    packer = compressobj(level=1, wbits=MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()
