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

from .answers import Answer, is_etag
from .endpoint import Endpoint
from .types import TransferError

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_ERROR_BODY = 4096  # bytes
#: Bytes that are handed on at once. What eight requests hold should fit a core's cache: with a
#: mebibyte each, joining, hashing and writing take a fifth more CPU.
_HELD = 128 << 10


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


class Fetch(Answer):
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
        super().__init__()
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

    def header_lines(self) -> list[bytes]:
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
        if etag and not is_etag(etag):
            raise self._odd("its ETag is none")
        length = headers.get("content-length", "")
        if not length.isdecimal():
            # An object may be stored with Content-Encoding: gzip, and its bytes are then what we
            # want. What is compressed on the way has no length, or another.
            stored = headers.get("content-encoding", "identity").lower()
            raise self._odd(
                "the answer does not say how long it is"
                if stored in ("identity", "aws-chunked")
                else "something on the way has compressed it"
            )
        size = int(length)
        if self.part is not None:
            if self.status not in (200, 206):
                raise self._odd(f"the answer's status is {self.status}")
        elif self.length is None:
            if self.status != 200:
                raise self._odd(f"the answer's status is {self.status} instead of 200")
            if self.total is not None and size != self.total:
                raise self._other_size(size)
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
                raise self._other_size(total)
        self._expected = 0 if self.method == "HEAD" else size
        self.sink.begun(self)

    def _other_size(self, size: int) -> TransferError:
        return TransferError(
            "malformed" if self.etag else "changed",
            f"{self.key} has {size} bytes in the archive's answer, and {self.total} in its "
            "listing.",
        )

    def _odd(self, what: str) -> TransferError:
        return TransferError(
            "malformed",
            f"{self.endpoint.host} answered oddly for {self.key}: {what}. Nothing of it was kept.",
        )

    def _refusal(self) -> TransferError:
        host = self.endpoint.host
        kind, code, said, seconds, stale, redirected = self.refusal(self._error_body)
        if stale or not self._error_body:
            # What answers a HEAD does not say why: it may be that.
            self.endpoint.renew_credentials()
        if stale:
            text = f"{host} does not accept the server's credentials at the moment ({code})."
        elif kind == "network":
            text = self.endpoint.proxy_problem(said)
        elif kind == "throttled":
            text = f"{host} asks us to slow down ({code or self.status})."
        elif kind == "changed":
            text = f"{self.key} was replaced in the archive meanwhile."
        elif kind == "not-found":
            text = f"{self.key} is not in the archive any more."
        elif kind == "forbidden":
            text = f"{self.key} may not be read: {host} answered {said}."
        elif redirected:
            text = (
                f"{host} sent the request for {self.key} elsewhere, and redirects are not "
                "followed. Check endpoint and region of the archive."
            )
        else:
            text = f"{host} answered {said} for {self.key}."
        return TransferError(kind, text, seconds)
