"""Which requests the relay passes on: objects and listings below the configured prefixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from .config import Archive
from .errors import S3Error, bad_request, forbidden
from .keys import MAX_KEY_BYTES, decode_key, is_below

#: A parameter of jupyter_server: the request is a poll, and no sign that somebody is there.
NO_TRACK = "no_track_activity"

_Check = Callable[[str], bool]


def _number(low: int, high: int) -> _Check:
    return lambda value: (
        value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high
    )


def _text(value: str) -> bool:
    return len(value.encode()) <= MAX_KEY_BYTES


def _token(value: str) -> bool:
    return len(value) <= 4096


_LIST: Mapping[str, _Check] = {
    "list-type": lambda value: value == "2",
    "prefix": _text,
    "delimiter": _text,
    "start-after": _text,
    "continuation-token": _token,
    "max-keys": _number(0, 1_000_000),
    "encoding-type": lambda value: value == "url",
    "fetch-owner": lambda value: value in ("true", "false"),
}
_OBJECT: Mapping[str, _Check] = {
    "versionId": _token,
    "partNumber": _number(1, 10_000),
}
# Sent by AWS SDKs and by us; means nothing to the archive.
_IGNORED = ("x-id", NO_TRACK)


@dataclass(frozen=True)
class Ask:
    """A request that passed: what goes to the archive, and nothing else of it."""

    archive: Archive
    method: Literal["GET", "HEAD"]
    kind: Literal["object", "list"]
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw_query(self) -> str:
        """The query, encoded by us alone."""
        return "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, value in sorted(self.query.items())
        )


def read_s3(archive: Archive, method: str, raw_path: str, raw_query: str) -> Ask:
    """Judge a path-style S3 request.

    `raw_path` is the path after ``/s3/`` and `raw_query` the query, both as they came. Raises
    S3Error 400, 403 or 405.
    """
    bucket, _, raw_key = raw_path.partition("/")
    if bucket != archive.bucket:
        raise forbidden(
            f"The archive {archive.id!r} has no bucket of this name. "
            f"Its bucket is {archive.bucket!r}."
        )
    if raw_key:
        return read_object(archive, method, raw_key, raw_query)
    query = _read_query(raw_query)
    if query.get("list-type") != "2":
        raise forbidden(
            "Of a bucket, only listings of version 2 (list-type=2) can be asked for here."
        )
    if method != "GET":
        raise _method_not_allowed(method)
    _check(query, _LIST, "listing")
    prefix = query.get("prefix", "")
    if not is_below(prefix, archive.prefixes):
        raise _outside(archive, "prefix")
    return Ask(archive, "GET", "list", query=query)


def read_object(archive: Archive, method: str, raw_key: str, raw_query: str) -> Ask:
    """Judge a request for one object. Raises S3Error 400, 403 or 405."""
    key = decode_key(raw_key)
    if not key:
        raise forbidden("This address names no object. Add the object's key.")
    query = _read_query(raw_query)
    _check(query, _OBJECT, "object")
    if not is_below(key, archive.prefixes):
        raise _outside(archive, "key")
    if method == "GET":
        return Ask(archive, "GET", "object", key, query)
    if method == "HEAD":
        return Ask(archive, "HEAD", "object", key, query)
    raise _method_not_allowed(method)


def _read_query(raw: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for part in raw.split("&"):
        if not part:
            continue
        name, equals, value = (_decode(text) for text in part.partition("="))
        if not equals and name != NO_TRACK:
            # A sub-resource such as ?acl or ?uploads.
            raise _not_allowed(name)
        if name in query:
            raise bad_request(
                "InvalidArgument", f"The parameter {name!r} is given twice. Give it once."
            )
        query[name] = value
    for name in _IGNORED:
        query.pop(name, None)
    return query


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", "%20")).decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("InvalidURI", "The query of this request is not UTF-8.") from None


def _check(query: Mapping[str, str], allowed: Mapping[str, _Check], kind: str) -> None:
    for name, value in query.items():
        if name not in allowed:
            raise _not_allowed(name)
        if not allowed[name](value):
            raise bad_request(
                "InvalidArgument",
                f"The parameter {name!r} of this {kind} request is out of range.",
            )


def _not_allowed(name: str) -> S3Error:
    return forbidden(
        f"The parameter {name[:64]!r} is not allowed: this archive is read only, "
        "objects and listings can be asked for, nothing else."
    )


def _outside(archive: Archive, what: str) -> S3Error:
    roots = ", ".join(repr(prefix) for prefix in archive.prefixes)
    return forbidden(
        f"This {what} lies outside of what the archive {archive.id!r} shows. "
        f"It shows what lies below {roots}."
    )


def _method_not_allowed(method: str) -> S3Error:
    return S3Error(
        405, "MethodNotAllowed", f"{method} is not possible here: this archive is read only."
    )
