"""Checksums that S3 keeps of an object, and the same of a file here.

Source: *Checking object integrity in Amazon S3* (user guide): an object has a checksum of the
whole (FULL_OBJECT), or one over the checksums of its parts (COMPOSITE, ``…-<parts>``); without
any, the ETag of an object that was put in one piece, and is not encrypted with a key of KMS or of
the customer, is the MD5 of its bytes. A multipart ETag (``…-<parts>``) is not.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from awscrt import checksums as crt

from .types import TransferError

#: Bytes that are hashed at once: the calls hold the interpreter's lock.
PIECE = 1 << 20

#: S3's names, the strongest for its price first.
ALGORITHMS = ("CRC64NVME", "CRC32C", "SHA256", "CRC32", "SHA1")

#: The one that is computed of every file, whatever the store has: that of ranges can be joined.
OWN = "CRC64NVME"

_MD5 = re.compile(r'"([0-9a-f]{32})"')
_COMPOSITE = re.compile(r"([A-Za-z0-9+/=]+)-([0-9]{1,5})")


class Hash(Protocol):
    """What hashlib's objects have, and nothing else."""

    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, step: Callable[[bytes, int], int], length: int) -> None:
        self._step = step
        self._length = length
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = self._step(bytes(data) if isinstance(data, memoryview) else data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._length, "big")


def new_hash(algorithm: str) -> Hash:
    """A hash by S3's name, or ``MD5``. Raises KeyError for any other."""
    return _MAKERS[algorithm]()


_MAKERS: Mapping[str, Callable[[], Hash]] = {
    "CRC64NVME": lambda: _Crc(crt.crc64nvme, 8),
    "CRC32C": lambda: _Crc(crt.crc32c, 4),
    "CRC32": lambda: _Crc(crt.crc32, 4),
    "SHA256": lambda: hashlib.sha256(),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}


@dataclass(frozen=True)
class Promise:
    """What the store says that an object's bytes must give."""

    algorithm: str
    #: As the store writes it: base64, without the count of parts; MD5 in hexadecimal digits.
    value: str
    #: How many parts a composite checksum is made of; 0 where it is of the whole object.
    parts: int = 0

    def digest(self) -> bytes:
        """The value as bytes. Raises ValueError where it is not one."""
        if self.algorithm == "MD5":
            return bytes.fromhex(self.value)
        return base64.b64decode(self.value, validate=True)

    @property
    def text(self) -> str:
        """The value as the store wrote it."""
        return f"{self.value}-{self.parts}" if self.parts else self.value


def promise_of(headers: Mapping[str, str], etag: str) -> Promise | None:
    """The strongest checksum that an answer's `headers` (names in lower case) promise.

    None where only size and version can be checked.
    """
    for algorithm in ALGORITHMS:
        value = headers.get(f"x-amz-checksum-{algorithm.lower()}", "").strip()
        if not value:
            continue
        composite = _COMPOSITE.fullmatch(value)
        if composite:
            promise = Promise(algorithm, composite[1], int(composite[2]))
        elif headers.get("x-amz-checksum-type", "").upper() == "COMPOSITE":
            continue  # of parts that nobody counts
        else:
            promise = Promise(algorithm, value)
        try:
            promise.digest()
        except ValueError:
            continue
        return promise
    encrypted = headers.get("x-amz-server-side-encryption", "AES256")
    md5 = _MD5.fullmatch(etag)
    if (
        md5
        and encrypted == "AES256"
        and "x-amz-server-side-encryption-customer-algorithm" not in headers
    ):
        return Promise("MD5", md5[1])
    return None


def combine_crc64(pieces: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Join (offset, length, CRC-64/NVME) of ranges that follow one another without a gap.

    Returns length and CRC of the whole. Raises ValueError at a gap or an overlap.
    """
    total, crc = 0, 0
    for offset, length, one in sorted(pieces):
        if offset != total:
            raise ValueError(f"the bytes from {total} to {offset} are missing or doubled")
        crc = crt.combine_crc64nvme(crc, one, length) if total else one
        total += length
    return total, crc


def show_writes(file: int) -> None:
    """Have all that is written to an open file from now on be seen in its change time, before it is
    read to tell what it is.

    What a program writes to a map of the file (numpy's, astropy's in mode "update") is seen there
    only at the first write to a page since that was on the disk. Source: mmap(2), msync(2).
    Raises OSError.
    """
    try:
        os.fsync(file)
    except OSError as error:
        # Of file systems that cannot be written to.
        if error.errno not in (errno.EINVAL, errno.EROFS, errno.ENOTSUP):
            raise


def hash_file(
    file: int, algorithm: str, start: int, length: int, stop: threading.Event | None = None
) -> bytes:
    """The digest of `length` bytes from `start` of a file.

    Raises OSError when it is short, and TransferError when `stop` is set meanwhile.
    """
    found = new_hash(algorithm)
    for piece in pieces(file, start, length, stop):
        found.update(piece)
    return found.digest()


def pieces(
    file: int, start: int, length: int, stop: threading.Event | None = None
) -> Iterator[bytes]:
    """`length` bytes from `start` of a file, so many at a time as suit the processor's cache.

    Raises as `hash_file`.
    """
    at, end = start, start + length
    while at < end:
        if stop is not None and stop.is_set():
            raise TransferError("internal", "The server is stopping. Try again later.")
        piece = os.pread(file, min(PIECE, end - at), at)
        if not piece:
            raise OSError(errno.EIO, "The file is shorter than it should be")
        yield piece
        at += len(piece)


def composite_digest(file: int, algorithm: str, part_sizes: Sequence[int]) -> bytes:
    """The checksum of the checksums of a file's parts, whose sizes are in bytes."""
    whole = new_hash(algorithm)
    at = 0
    for size in part_sizes:
        whole.update(hash_file(file, algorithm, at, size))
        at += size
    return whole.digest()


def even_parts(size: int, first: int, count: int) -> list[int] | None:
    """Sizes of `count` parts of which all but the last are as large as the `first`; or None."""
    if first <= 0 or count <= 0:
        return None
    last = size - first * (count - 1)
    return [first] * (count - 1) + [last] if 0 < last <= first else None
