"""What an archive's bucket holds: pages of its listing, and the properties of an object.

Every call blocks, and any number of threads may call: each keeps a connection of its own.
Source: *ListObjectsV2*, *HeadObject* and *Error responses* of Amazon's S3 API reference.
"""

from __future__ import annotations

import calendar
import random
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pycurl

from ..archive.interface import is_below
from .answers import NO_ACCESS, Answer, http_date, is_etag
from .checksums import ALGORITHMS
from .endpoint import Endpoint
from .transport import curl_problem
from .types import PASSING, TransferError

#: Bytes of a listing's page at most. A thousand keys of 1,024 bytes, all escaped, have 3 MiB.
MAX_PAGE_BYTES = 8 << 20
#: Seconds until a whole answer must be there: a page, and a head.
PAGE_SECONDS = 120

_SIZE = re.compile(r"[0-9]{1,19}")

Result = TypeVar("Result")


class Listed(NamedTuple):
    """An object as a listing tells of it."""

    key: str
    #: Bytes.
    size: int
    #: With its quotes; "" where the store has none.
    etag: str
    #: Seconds since 1970; None where the store did not say.
    modified: float | None


@dataclass(frozen=True)
class Page:
    """A page of a listing, in the order that the store gave."""

    objects: list[Listed] = field(default_factory=list)
    #: The common prefixes, up to the delimiter.
    folders: list[str] = field(default_factory=list)
    #: What the next page is asked with; None after the last.
    next_token: str | None = None


@dataclass(frozen=True)
class Head:
    """The properties of an object."""

    #: Bytes.
    size: int
    #: With its quotes; "" where the store has none.
    etag: str
    #: Seconds since 1970; None where the store did not say.
    modified: float | None
    #: By S3's names of algorithms, as the store writes them.
    checksums: dict[str, str]
    #: ``AES256``, ``aws:kms``, …, or "" where the store did not say.
    encryption: str
    #: All headers of the answer, names in lower case.
    headers: dict[str, str]


class Bucket:
    """The bucket of an archive. All methods raise TransferError; no redirect is followed."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._local = threading.local()

    def list(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        token: str | None = None,
        start_after: str | None = None,
        max_keys: int = 1000,
    ) -> Page:
        """One page of the keys that begin with `prefix`; those after `start_after` only."""
        self._allow(prefix)
        query = {
            "list-type": "2",
            "encoding-type": "url",
            "prefix": prefix,
            "max-keys": str(max_keys),
        }
        if delimiter:
            query["delimiter"] = delimiter
        if token is not None:
            query["continuation-token"] = token
        if start_after is not None:
            query["start-after"] = start_after
        what = f"the listing of {prefix or 'the bucket'}"
        body, _ = self._ask("GET", "", query, {}, what)
        try:
            return _read_page(body, prefix, token)
        except ValueError as error:
            raise self._odd(what, str(error)) from None

    def head(self, key: str, *, etag: str | None = None, explain: bool = True) -> Head:
        """The properties of `key`; of the version `etag` (with quotes) only, if given.

        With `explain` a first byte is asked for where a refusal does not say why.
        """
        self._allow(key)
        size, found, answer = self._head(key, {}, etag, explain)
        checksums = {
            name: value
            for name in ALGORITHMS
            if (value := answer.get(f"x-amz-checksum-{name.lower()}", ""))
        }
        return Head(
            size,
            found,
            http_date(answer.get("last-modified", "")),
            checksums,
            answer.get("x-amz-server-side-encryption", ""),
            answer,
        )

    def part_size(self, key: str, part: int, *, etag: str | None = None) -> int:
        """Bytes of a part of `key`, the first being 1; of all of it where the store has no parts.

        Of the version `etag` (with quotes) only, if given.
        """
        self._allow(key)
        return self._head(key, {"partNumber": str(part)}, etag, False)[0]

    def _head(
        self, key: str, query: Mapping[str, str], etag: str | None, explain: bool
    ) -> tuple[int, str, dict[str, str]]:
        """Size, ETag and all headers."""
        # Compressed on the way it would have another length.
        headers = {"x-amz-checksum-mode": "ENABLED", "Accept-Encoding": "identity"}
        if etag:
            headers["If-Match"] = etag
        _, answer = self._ask("HEAD", key, query, headers, key, explain)
        size = answer.get("content-length", "")
        if not _SIZE.fullmatch(size):
            raise self._odd(key, "it does not say how many bytes it has")
        found = answer.get("etag", "")
        if etag and found and found != etag:
            raise _replaced(key)
        if found and not is_etag(found):
            raise self._odd(key, "its ETag is none")
        return int(size), found, answer

    def _allow(self, key: str) -> None:
        if not is_below(key, self.endpoint.archive.prefixes):
            raise TransferError(
                "forbidden",
                f"{key or 'The whole bucket'} is not in what the archive "
                f"“{self.endpoint.archive.title}” shows. Choose something below its folders.",
            )

    def _odd(self, what: str, why: str) -> TransferError:
        return TransferError(
            "malformed",
            f"{self.endpoint.host} answered oddly for {what}: {why}. "
            "Check the archive's endpoint, and try again.",
        )

    def _ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        what: str,
        explain: bool = True,
    ) -> tuple[bytes, dict[str, str]]:
        answer = self._request(method, key, query, headers, what)
        if method == "HEAD" and explain and answer.status in NO_ACCESS:
            # It has no body that says why; that of a GET has.
            why = self._request("GET", key, query, {**headers, "Range": "bytes=0-0"}, what)
            if why.status in NO_ACCESS:
                answer = why
        body = answer.body.getvalue()
        # A part of an object is answered as a range is, where the store knows parts.
        if answer.status != 200 and not (answer.status == 206 and "partNumber" in query):
            raise self._refusal(answer, body, what)
        return body, answer.headers

    def _request(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        what: str,
    ) -> _Answer:
        lines = self.endpoint.headers(method, key, headers, query)
        curl = self._handle()
        answer = _Answer()
        curl.setopt(pycurl.URL, self.endpoint.url(key, query))
        curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.NOBODY, 1 if method == "HEAD" else 0)
        if method == "GET":
            curl.setopt(pycurl.HTTPGET, 1)
        curl.setopt(pycurl.HEADERFUNCTION, answer.on_header)
        curl.setopt(pycurl.WRITEFUNCTION, answer.on_data)
        try:
            with self.endpoint.caps.request():
                curl.perform()
        except pycurl.error as error:
            if answer.too_large:
                raise self._odd(what, f"its answer has more than {MAX_PAGE_BYTES} bytes") from None
            if error.args[0] in (pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_FTP_WEIRD_SERVER_REPLY):
                raise self._odd(what, "what it says is not HTTP") from None
            raise curl_problem(self.endpoint, *error.args) from None
        finally:
            curl.unsetopt(pycurl.HEADERFUNCTION)
            curl.unsetopt(pycurl.WRITEFUNCTION)
        return answer

    def _handle(self) -> Any:
        curl = getattr(self._local, "curl", None)
        if curl is None:
            curl = self._local.curl = pycurl.Curl()
            self.endpoint.configure(curl)
            curl.setopt(pycurl.TIMEOUT, PAGE_SECONDS)
            # Pages are long and repetitive.
            curl.setopt(pycurl.ACCEPT_ENCODING, "gzip")
        return curl

    def _refusal(self, answer: _Answer, body: bytes, what: str) -> TransferError:
        """The failure that an answer's status tells of, in the words of a listing or a HEAD."""
        host = self.endpoint.host
        kind, code, said, seconds, stale, redirected = answer.refusal(body)
        if stale:
            self.endpoint.renew_credentials()
            text = f"{host} does not accept the server's credentials at the moment ({said})."
        elif kind == "network":
            text = self.endpoint.proxy_problem(said)
        elif kind == "throttled":
            text = f"{host} asks us to slow down ({said}). Try again later."
        elif kind == "changed":
            return _replaced(what)
        elif code == "NoSuchBucket":
            bucket = self.endpoint.archive.bucket
            return NoSuchBucket(f"{host} has no bucket {bucket}. Check the archive.", seconds)
        elif kind == "not-found":
            text = f"{host} does not have {what} any more. List the archive again."
        elif kind == "forbidden":
            text = (
                f"{host} does not allow to read {what} ({said}). "
                "Check the archive's access with its administrator."
            )
        elif redirected:
            text = (
                f"{host} sent the request for {what} elsewhere, and redirects are not followed. "
                "Check endpoint and region of the archive."
            )
        else:
            return self._odd(what, f"the status is {said}")
        return TransferError(kind, text, seconds)


class NoSuchBucket(TransferError):
    """The store has no bucket of the archive's name: no key or folder is there."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__("not-found", message, retry_after)


def _replaced(key: str) -> TransferError:
    return TransferError(
        "changed",
        f"{key} was replaced in the archive meanwhile. Copy it again to have the new version.",
    )


def with_retries(
    call: Callable[[], Result],
    stop: threading.Event,
    *,
    tries: int = 6,
    first_seconds: float = 0.5,
    most_seconds: float = 20.0,
    sleep: Callable[[float], Any] | None = None,
) -> Result:
    """What `call` returns, after as many as `tries` in all when it is throttled or cut off.

    Waits twice as long each time, give or take half, or as long as the store asks (at most a
    minute). Raises the last TransferError, and at once any of another kind or when `stop` is
    set. `sleep` is for those who wait in another way than on `stop`.
    """
    wait = first_seconds
    for left in range(tries - 1, -1, -1):
        try:
            return call()
        except TransferError as error:
            if error.kind not in PASSING or not left or stop.is_set():
                raise
            pause = wait * random.uniform(0.5, 1.5)
            if error.retry_after is not None:
                pause = max(pause, min(error.retry_after, 60.0))
            (sleep or stop.wait)(pause)
            if stop.is_set():
                raise
            wait = min(wait * 2, most_seconds)
    raise ValueError("tries must be at least 1")


class _Answer(Answer):
    """What libcurl hands over of one answer."""

    def __init__(self) -> None:
        super().__init__()
        self.body = BytesIO()
        self.too_large = False

    def on_data(self, data: bytes) -> int | None:
        # Unpacked bytes: a small answer cannot grow to a large one.
        if self.body.tell() + len(data) > MAX_PAGE_BYTES:
            self.too_large = True
            return -1
        self.body.write(data)
        return None


def _read_page(body: bytes, prefix: str, asked: str | None) -> Page:
    """The page that `body` spells. Raises ValueError for anything else."""
    # Without a document type there are no entities that could grow. The encoding is given, so
    # that no other one hides the words.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ValueError("it holds a document type")
    parser = ElementTree.XMLParser(encoding="utf-8")
    try:
        parser.feed(body)
        root = parser.close()
    except ElementTree.ParseError as error:
        raise ValueError(f"it is not XML ({error})") from None
    space, brace, name = root.tag.rpartition("}")
    if name != "ListBucketResult":
        raise ValueError("it is not a listing")
    space += brace
    plain = root.findtext(f"{space}EncodingType") != "url"
    objects: list[Listed] = []
    for item in root.iterfind(f"{space}Contents"):
        values = {one.tag[len(space) :]: one.text or "" for one in item}
        key = values.get("Key", "")
        if not plain:
            key = _decode(key)
        if not key.startswith(prefix):
            raise ValueError(f"it holds {key}, which was not asked for")
        if not key or not _SIZE.fullmatch(values.get("Size", "")):
            raise ValueError("an object has no key or no size")
        etag = values.get("ETag", "")
        if etag and not is_etag(etag):
            raise ValueError("an object has an ETag that is none")
        modified = _iso_date(values.get("LastModified", ""))
        objects.append(Listed(key, int(values["Size"]), etag, modified))
    folders = [
        found if plain else _decode(found)
        for item in root.iterfind(f"{space}CommonPrefixes")
        if (found := item.findtext(f"{space}Prefix") or "")
    ]
    if not all(folder.startswith(prefix) for folder in folders):
        raise ValueError("it holds folders that were not asked for")
    if (root.findtext(f"{space}IsTruncated") or "").strip().lower() != "true":
        return Page(objects, folders)
    token = root.findtext(f"{space}NextContinuationToken")
    if not token:
        raise ValueError("it is cut off and does not say how to go on")
    if token == asked:
        raise ValueError("it goes on with the page that it is")
    return Page(objects, folders, token)


def _decode(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    # Raises UnicodeDecodeError, a ValueError.
    return unquote_plus(text, errors="strict")


_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z")


def _iso_date(text: str) -> float | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    # Much faster than datetime's, and there are many.
    whole = calendar.timegm((*(int(one) for one in found.groups()[:6]), 0, 1, 0))
    return whole + float(found[7] or 0)
