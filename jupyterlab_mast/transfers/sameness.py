"""Whether a file that we did not write has the bytes of an object: read once, by what S3 tells."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .bucket import Head
from .checksums import OWN, Promise, even_parts, new_hash, pieces, promise_of, show_writes

#: Of an object that was put in parts: the MD5 of the MD5s of the parts, and how many. Where the
#: store encrypts with a key of KMS it is something else, so that only equality proves anything.
_ETAG_OF_PARTS = re.compile(r'"([0-9a-f]{32})-([1-9][0-9]{0,4})"')

_MOST_PARTS = 10_000

#: Tells the bytes of a part, the first being 1; of several at once.
PartSizes = Callable[[Sequence[int]], list[int]]


class Sameness(NamedTuple):
    """What a comparison gave."""

    #: None where it cannot be told.
    same: bool | None
    #: By which checksum; "" where there is none.
    algorithm: str
    #: That checksum, as S3 writes it; and where it is one of parts, our own of the whole file.
    checksum: str = ""
    own: str = ""


def compare(
    file: int, head: Head, parts: PartSizes, stop: threading.Event | None = None
) -> Sameness:
    """Compare an open file, which has the size of an object, with what `head` tells of that.

    Whatever is written to it once this has begun changes its times. Raises OSError, also when the
    file is shorter; and TransferError, when the store cannot tell its parts, or `stop` is set.
    """
    show_writes(file)
    promise = promise_of(head.headers, head.etag)
    if promise is not None and not promise.parts:
        reading = _read(file, [head.size], [promise.algorithm], "", stop)
        found = reading.whole[promise.algorithm]
        if found != promise.digest():
            return Sameness(False, promise.algorithm)
        return Sameness(True, promise.algorithm, promise.text)
    of_etag = _ETAG_OF_PARTS.fullmatch(head.etag)
    if promise is None and of_etag is not None:
        promise = Promise("MD5", of_etag[1], int(of_etag[2]))
    if promise is None:
        return Sameness(None, "")
    return _compare_parts(file, head, promise, parts, stop)


def _compare_parts(
    file: int, head: Head, promise: Promise, parts: PartSizes, stop: threading.Event | None
) -> Sameness:
    unknown = Sameness(None, "")
    count = promise.parts
    first = head.size if count == 1 else parts([1])[0]
    if count > _MOST_PARTS or (count > 1 and first >= head.size):
        return unknown
    even = even_parts(head.size, first, count)
    if even is not None:
        own = _same_in_parts(file, even, promise, stop)
        if own is not None:
            return Sameness(True, promise.algorithm, promise.text, own)
    # They need not be even.
    exact = parts(range(1, count + 1))
    if exact != even:
        if sum(exact) != head.size:
            return unknown
        own = _same_in_parts(file, exact, promise, stop)
        if own is not None:
            return Sameness(True, promise.algorithm, promise.text, own)
    return Sameness(None if promise.algorithm == "MD5" else False, promise.algorithm)


def _same_in_parts(
    file: int, sizes: Sequence[int], promise: Promise, stop: threading.Event | None
) -> str | None:
    """Our own checksum of the whole file, if its parts give what was promised."""
    reading = _read(file, sizes, [OWN], promise.algorithm, stop)
    if reading.of_parts != promise.digest():
        return None
    return base64.b64encode(reading.whole[OWN]).decode()


class _Reading(NamedTuple):
    #: Digests of the whole file.
    whole: Mapping[str, bytes]
    #: The digest of the digests of its parts.
    of_parts: bytes


def _read(
    file: int,
    sizes: Sequence[int],
    whole: Sequence[str],
    of_parts: str,
    stop: threading.Event | None,
) -> _Reading:
    """Read parts of `sizes` that follow one another, once."""
    hashes = {name: new_hash(name) for name in whole}
    outer = new_hash(of_parts) if of_parts else None
    at = 0
    for size in sizes:
        inner = new_hash(of_parts) if of_parts else None
        for piece in pieces(file, at, size, stop):
            for one in (*hashes.values(), *([inner] if inner else [])):
                one.update(piece)
        at += size
        if outer and inner:
            outer.update(inner.digest())
    return _Reading(
        {name: one.digest() for name, one in hashes.items()}, outer.digest() if outer else b""
    )
