"""One request for bytes of an object, and the checks that no transport makes for us.

libcurl accepts in silence a range other than the one asked for, the whole object in its place, a
short body with a short Content-Length, and another object's ETag. So status, Content-Range,
Content-Length and ETag of every answer are checked here, and every byte is counted.

Source: RFC 9110 sections 14.4 (Content-Range) and 8.6 (Content-Length); *GetObject* and
*HeadObject* of Amazon's S3 API reference.
"""

from __future__ import annotations

import re
from typing import Literal, Protocol

from .endpoint import Endpoint
from .types import FailureKind, TransferError

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_CODE = re.compile(rb"<Code>([A-Za-z0-9]+)</Code>")
_ERROR_BODY = 4096  # bytes
#: Bytes that are handed on at once. What eight requests hold should fit a core's cache: with a
#: mebibyte each, joining, hashing and writing take a fifth more CPU.
_HELD = 128 << 10
_THROTTLED = (429, 500, 502, 503, 504)


class Stopped(Exception):
    """The request was ended from our side; nothing is wrong."""


class Sink(Protocol):
    """Takes what a Fetch brings. All calls of one fetch come from one thread, in order."""

    def begun(self, fetch: Fetch) -> None:
        """The answer is the one asked for; its `headers` are there."""

    def write(self, fetch: Fetch, at: int, data: bytes) -> None:
        """Bytes of the object from `at` on. May raise TransferError or OSError, which ends it."""

    def ended(self, fetch: Fetch, failure: Exception | None) -> None:
        """Nothing more comes: all bytes are there, or the failure says why they are not."""


class Fetch:
    """A GET of a whole object or of `length` bytes from `offset`, or a HEAD.

    `etag` pins the version; an empty one pins nothing. `total` is the object's size in bytes, or
    None where it is to be learnt. `weight` is its share of the streams that run at once.
    """

    def __init__(
        self,
        sink: Sink,
        endpoint: Endpoint,
        method: Literal["GET", "HEAD"],
        key: str,
        *,
        etag: str = "",
        total: int | None = None,
        offset: int = 0,
        length: int | None = None,
        part: int | None = None,
        weight: int = 1,
    ) -> None:
        self.sink = sink
        self.endpoint = endpoint
        self.method = method
        self.key = key
        self.etag = etag
        self.total = total
        self.offset = offset
        self.length = length
        self.part = part
        self.weight = weight
        #: Names in lower case.
        self.headers: dict[str, str] = {}
        self.status = 0
        #: Bytes that were handed on.
        self.written = 0
        #: Set from another thread to end the request at its next byte.
        self.stop = False
        #: For the sink: which attempt at the object this belongs to.
        self.attempt = 0
        #: For the sink: so many of the last bytes `written` are not in its journal, and their CRC.
        self.unnoted = 0
        self.crc = 0
        self._pieces: list[bytes] = []
        self._held = 0
        self._begun = False
        self._error_body = b""
        self._expected = 0
        self._failure: Exception | None = None

    @property
    def url(self) -> str:
        return self.endpoint.url(self.key, self._query)

    @property
    def _query(self) -> dict[str, str]:
        return {"partNumber": str(self.part)} if self.part else {}

    def header_lines(self) -> list[str]:
        """Header lines of the request. Raises TransferError where it cannot be signed."""
        headers = {"Accept-Encoding": "identity"}
        if self.etag:
            headers["If-Match"] = self.etag
        if self.length is not None:
            headers["Range"] = f"bytes={self.offset}-{self.offset + self.length - 1}"
        else:
            headers["x-amz-checksum-mode"] = "ENABLED"
        return self.endpoint.headers(self.method, self.key, headers, self._query)

    # What libcurl calls

    def on_header(self, line: bytes) -> None:
        text = line.decode("iso-8859-1").strip()
        if text.startswith("HTTP/"):
            # A proxy's answer to CONNECT, or 100 Continue, may come before.
            self.headers.clear()
            parts = text.split(None, 2)
            self.status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
            return
        name, colon, value = text.partition(":")
        if colon:
            self.headers[name.lower()] = value.strip()

    def on_data(self, data: bytes) -> int | None:
        """Take bytes; -1 ends the request."""
        try:
            if self.stop:
                raise Stopped
            if not self._begun:
                if self.status >= 300:
                    self._error_body = (self._error_body + data)[:_ERROR_BODY]
                    return None
                self._begin()
            self._pieces.append(data)
            self._held += len(data)
            if self._held >= _HELD:
                self._flush()
        except Exception as error:
            self._failure = error
            return -1
        return None

    def on_end(self, problem: Exception | None) -> None:
        """All is over for libcurl; `problem` is what it complains of."""
        failure = self._failure
        if failure is None and problem is not None and self.stop:
            failure = Stopped()
        try:
            if failure is None and self.status >= 300:
                failure = self._refusal()
            if failure is None and problem is None and not self._begun:
                self._begin()
            if self._held and not isinstance(failure, (TransferError, OSError)):
                # Whole or not: what came is the object's, and need not come again.
                self._flush()
            if failure is None:
                failure = problem
            if failure is None and self.method == "GET" and self.written != self._expected:
                failure = self._odd(f"{self.written} bytes came instead of {self._expected}")
        except Exception as error:
            failure = error
        self._pieces.clear()
        self.sink.ended(self, failure)

    def _flush(self) -> None:
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self.written + len(data) > self._expected:
            raise self._odd(f"more than the {self._expected} bytes of it came")
        self.sink.write(self, self.offset + self.written, data)
        self.written += len(data)

    def _begin(self) -> None:
        self._begun = True
        headers = self.headers
        etag = headers.get("etag", "")
        if self.etag and etag != self.etag:
            raise TransferError("changed", f"{self.key} was replaced in the archive meanwhile.")
        if headers.get("content-encoding", "identity").lower() not in ("identity", "aws-chunked"):
            # The bytes of the object itself were asked for; S3 stores this header for a reader.
            self._check_stored_encoding()
        length = headers.get("content-length", "")
        if not length.isdigit():
            raise self._odd("the answer does not say how long it is")
        size = int(length)
        if self.part is not None:
            if self.status not in (200, 206):
                raise self._odd(f"the answer's status is {self.status}")
        elif self.length is None:
            if self.status != 200:
                raise self._odd(f"the answer's status is {self.status} instead of 200")
            if self.total is not None and size != self.total:
                raise TransferError(
                    "changed" if self.etag == "" else "malformed",
                    f"{self.key} has {size} bytes in the archive's answer, and {self.total} in "
                    "its listing.",
                )
        else:
            found = _RANGE.fullmatch(headers.get("content-range", ""))
            last = self.offset + self.length - 1
            if self.status != 206 or found is None:
                raise self._odd("a part of it was asked for and something else came")
            start, end, total = (int(one) for one in found.groups())
            if (start, end) != (self.offset, last) or size != self.length:
                raise self._odd(
                    f"bytes {self.offset} to {last} were asked for, {start} to {end} came"
                )
            if self.total is not None and total != self.total:
                raise self._odd(f"it has {total} bytes now, and {self.total} in the listing")
        self._expected = 0 if self.method == "HEAD" else size
        self.sink.begun(self)

    def _check_stored_encoding(self) -> None:
        # An object may be stored with Content-Encoding: gzip; its bytes are then what we want.
        # Something on the way that compresses would change the length, which is checked.
        if "content-length" not in self.headers:
            raise self._odd("something on the way has compressed it")

    def _odd(self, what: str) -> TransferError:
        return TransferError(
            "malformed",
            f"{self.endpoint.host} answered oddly for {self.key}: {what}. Nothing of it was kept.",
        )

    def _refusal(self) -> TransferError:
        status, host = self.status, self.endpoint.host
        found = _CODE.search(self._error_body)
        code = found[1].decode() if found else ""
        kind: FailureKind = "malformed"
        after = self.headers.get("retry-after", "")
        seconds = float(after) if after.isdigit() else None
        if status in _THROTTLED or code in ("SlowDown", "RequestTimeout", "InternalError"):
            kind, text = "throttled", f"{host} asks us to slow down ({code or status})."
        elif status == 412:
            kind, text = "changed", f"{self.key} was replaced in the archive meanwhile."
        elif status == 404:
            kind, text = "not-found", f"{self.key} is not in the archive any more."
        elif code in ("ExpiredToken", "TokenRefreshRequired", "RequestTimeTooSkewed"):
            kind = "throttled"
            text = f"{host} does not accept the server's credentials at the moment ({code})."
        elif status in (401, 403):
            kind = "forbidden"
            text = f"{self.key} may not be read: {host} answered {status}{code and ' ' + code}."
        elif 300 <= status < 400:
            text = (
                f"{host} sent the request for {self.key} elsewhere, and redirects are not "
                "followed. Check endpoint and region of the archive."
            )
        else:
            text = f"{host} answered {status}{code and ' ' + code} for {self.key}."
        return TransferError(kind, text, seconds)
