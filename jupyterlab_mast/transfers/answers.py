"""What the head of an HTTP answer says, whoever asked.

Source: *Error responses* of Amazon's S3 API reference; RFC 9110 sections 5.6.7 and 10.2.3.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from .types import FailureKind

_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,80})</Code>")
# S3's listings may have one without its quotes.
_ETAG = re.compile('(?:W/)?"[!#-~\x80-\xff]*"|[!#-~\x80-\xff]+')
_ERROR_BODY = 4096  # bytes
_THROTTLED = (429, 500, 502, 503, 504)
_TRY_LATER = ("SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable")
# Of credentials that are renewed, or of a clock that is wrong: it may be right the next time.
_STALE = ("ExpiredToken", "TokenRefreshRequired", "RequestTimeTooSkewed")
#: With these a HEAD is answered when credentials are too old and when an object may not be read:
#: it has no body that says which.
NO_ACCESS = (400, 401, 403)


def is_etag(text: str) -> bool:
    """Whether a text is an ETag: without spaces, control characters, or quotes inside.

    Source: RFC 9110 section 8.8.3.
    """
    return _ETAG.fullmatch(text) is not None


class Answer:
    """Takes the header lines of an answer as libcurl hands them over."""

    def __init__(self) -> None:
        self.status = 0
        #: Names in lower case.
        self.headers: dict[str, str] = {}

    def on_header(self, line: bytes) -> None:
        text = line.decode("iso-8859-1").strip()
        if text.startswith("HTTP/"):
            # A proxy's answer to CONNECT, or 100 Continue, may come before.
            self.headers.clear()
            parts = text.split(None, 2)
            self.status = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
            return
        name, colon, value = text.partition(":")
        if colon:
            self.headers[name.lower()] = value.strip()

    def refusal(self, body: bytes) -> Refusal:
        """What an answer whose status is no success says; `body` is its begin at least."""
        status = self.status
        found = _CODE.search(body[:_ERROR_BODY])
        code = found[1].decode() if found else ""
        after = self.headers.get("retry-after", "")
        kind: FailureKind = "malformed"
        stale = False
        if status in _THROTTLED or code in _TRY_LATER:
            kind = "throttled"
        elif status == 407:
            kind = "network"
        elif status == 412:
            kind = "changed"
        elif status == 404:
            kind = "not-found"
        elif code in _STALE:
            kind, stale = "throttled", True
        elif status in (401, 403):
            kind = "forbidden"
        return Refusal(
            kind,
            code,
            f"{status}{code and ' ' + code}",
            float(after) if after.isdecimal() else None,
            stale,
            300 <= status < 400,
        )


class Refusal(NamedTuple):
    """Why a request was not fulfilled."""

    kind: FailureKind
    #: S3's word; "" where there is none.
    code: str
    #: Status and code, for sentences.
    said: str
    #: Seconds that the store asked us to wait.
    retry_after: float | None
    #: The credentials were not accepted for now.
    stale: bool
    #: It was sent elsewhere.
    redirected: bool


def http_date(text: str) -> float | None:
    """Seconds since 1970 of an HTTP date; None for what is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
