"""Object keys in URLs: pure functions from a raw path to a key, back, and to a verdict.

A key is any text of at most 1,024 bytes in UTF-8. URLs, browsers, proxies and some S3 servers
read ``.``, ``..``, ``//`` and ``\\`` in it as a file system would. So a path is split before it
is decoded, decoded once, judged, and encoded again by one function; nothing in between may
normalise it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote, unquote_to_bytes

from .errors import bad_request

MAX_KEY_BYTES = 1024

_DOTS = (".", "..")
# Visible ASCII without: a bare %; # and ?, which end a path; \, which browsers read as /.
_RAW = re.compile(r"""(?:[!"$&->@-\[\]-~]|%[0-9A-Fa-f]{2})*""")


def decode_key(raw: str) -> str:
    """Return the key that `raw`, the part of a URL's path after the bucket, spells.

    Raises S3Error 400 when `raw` holds a broken or missing escape or is not UTF-8, or when the
    key has more than 1,024 bytes.
    """
    if not _RAW.fullmatch(raw):
        raise bad_request(
            "InvalidURI",
            "The path of this request holds a character that must be percent-encoded. "
            "Encode the key as UTF-8 with every reserved character escaped.",
        )
    data = unquote_to_bytes(raw)
    if len(data) > MAX_KEY_BYTES:
        raise bad_request(
            "KeyTooLongError",
            f"The key has {len(data)} bytes; S3 allows {MAX_KEY_BYTES}. Check the key.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request(
            "InvalidURI", "The key of this request is not UTF-8. Encode it as UTF-8."
        ) from None


def encode_key(key: str) -> str:
    """Return the one spelling of `key` that goes into a URL's path.

    Everything but unreserved characters and ``/`` is escaped. The slashes around a dot segment
    are escaped too, because proxies fold ``a/../b``, however the dots are spelt, but leave
    ``a%2F..%2Fb`` alone; S3 reads both as the same key.
    """
    first, *rest = key.split("/")
    parts = [quote(first, safe="")]
    after_dots = first in _DOTS
    for segment in rest:
        dots = segment in _DOTS
        parts.append("%2F" if dots or after_dots else "/")
        parts.append(quote(segment, safe=""))
        after_dots = dots
    return "".join(parts)


def encode_plain(key: str) -> str:
    """Return `key` as S3 writes it in a canonical request: every ``/`` stays as it is."""
    return quote(key, safe="/")


def is_below(key: str, roots: Iterable[str]) -> bool:
    """Tell whether `key`, or a prefix of keys, lies below one of the prefixes `roots`.

    It must begin with the root as it stands, and no reading of the rest may climb out of the
    root: not with ``//`` taken for one slash, ``\\`` for a slash, or escapes decoded again, any
    number of times. A key that climbs out and comes back is refused as well.
    """
    return any(key.startswith(root) and not _may_climb(key[len(root) :]) for root in roots)


def _may_climb(rest: str) -> bool:
    return any(_climbs(view) for view in _views(rest))


def _views(rest: str) -> Iterator[str]:
    """Yield the ways in which a careless server might read `rest`."""
    while True:
        yield rest
        yield rest.replace("\\", "/")
        decoded = unquote(rest)
        if decoded == rest:
            return
        rest = decoded


def _climbs(path: str) -> bool:
    depth = 0
    for segment in path.split("/"):
        if segment == "..":
            depth -= 1
            if depth < 0:
                return True
        elif segment not in ("", "."):
            depth += 1
    return False
