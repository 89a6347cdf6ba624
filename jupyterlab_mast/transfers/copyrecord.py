"""The record of one copy: as a line of text, and in few bytes of memory."""

from __future__ import annotations

import json
import os
import struct
from typing import Any, Literal, NamedTuple

from ..files import json_line

#: How a file was checked. "checksum": against the store's own; "version": length and ETag only;
#: "size": length only, where the store has no ETags either.
Check = Literal["checksum", "version", "size"]


class Version(NamedTuple):
    """A version of an object; without an ETag nothing tells it from others."""

    bucket_url: str
    key: str
    etag: str
    size: int


class Copy(NamedTuple):
    """A file here and the object that it is a copy of."""

    #: Absolute, without links.
    path: str
    #: The archive's id and the URL of its bucket (`Archive.bucket_url`): an id alone may change.
    archive: str
    bucket_url: str
    key: str
    #: With its quotes.
    etag: str
    #: Bytes.
    size: int
    #: When it was copied, in seconds since 1970.
    time: float
    check: Check | None = None
    #: ``CRC64NVME``, ``MD5``, …, and the value as S3 writes it; "" where there was none.
    algorithm: str = ""
    checksum: str = ""
    #: Where that is made of checksums of parts: our own CRC64NVME of the whole file.
    own: str = ""
    #: Of the file that the engine put there; times in ns.
    device: int = 0
    inode: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    #: The transfer's id.
    transfer: str = ""
    #: The file is no longer known to be a copy.
    removed: bool = False

    def is_untouched(self, found: os.stat_result) -> bool:
        """Whether `found` is the file that the engine put there, and nobody seems to have written
        to it since: who puts its modification time back is not noticed.

        The device is not compared: NFS may number it anew at each mount. A rename may set the
        change time, but never to one before the record's.
        """
        return (
            found.st_size == self.size
            and found.st_ctime_ns >= self.ctime_ns
            and found.st_mtime_ns == self.mtime_ns
            and found.st_ino == self.inode
        )

    def is_unchanged(self, found: os.stat_result) -> bool:
        """Whether `found` is the very file that the engine put there: nobody can have written to
        it since. One that was renamed, or given other rights, has to be read to tell.
        """
        return self.is_untouched(found) and found.st_ctime_ns == self.ctime_ns

    def is_of(self, version: Version, found: os.stat_result) -> bool:
        """Whether it is of this version of an object, and its file `found` is untouched."""
        own = Version(self.bucket_url, self.key, self.etag, self.size)
        return own == version and self.etag != "" and self.is_untouched(found)


_NAMES = Copy._fields
_KINDS: tuple[Any, ...] = (
    *(str, str, str, str, str, int, (int, float), (str, type(None)), str, str, str),
    *(int, int, int, int, str, bool),
)
_USUAL = (
    *(str, str, str, str, str, int, float, str, str, str, str),
    *(int, int, int, int, str, bool),
)
_NEEDED = {name for name in _NAMES if name not in Copy._field_defaults}


def to_line(copy: Copy) -> bytes:
    """A record as a line of JSON, with its end."""
    value = {
        name: one
        for name, one in zip(_NAMES, copy, strict=True)
        if name in _NEEDED or one != Copy._field_defaults[name]
    }
    return json_line(value)


def from_lines(whole: bytes) -> list[Copy | None]:
    """The records of lines without the last one's end; None for one that is none of ours."""
    lines = whole.split(b"\n")
    try:
        # One call for all is several times faster.
        values = json.loads(b"[" + b",".join(lines) + b"]")
    except (ValueError, RecursionError):
        values = None
    if values is None or len(values) != len(lines):
        values = [_loads(line) for line in lines]
    return [_from_value(value) for value in values]


def _from_value(value: Any) -> Copy | None:
    try:
        copy = Copy(**value)
    except TypeError:
        if type(value) is not dict or not value.keys() >= _NEEDED:
            return None
        # A later version may keep more.
        copy = Copy(**{name: value[name] for name in _NAMES if name in value})
    usual = tuple(map(type, copy)) == _USUAL
    if not (usual or all(map(isinstance, copy, _KINDS))) or copy.path[:1] != "/":
        return None
    return copy


def _loads(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


# Time, size, device, inode, modification and change time; the number of what is shared; how many
# characters ETag and both checksums have, and the end that path and key share. The texts follow.
_HEAD = struct.Struct("<dQQQqqIIIII")
_SIZE = struct.Struct("<8xQ")
_TIME = struct.Struct("<d")


class Packing:
    """Packs records that are kept by their paths: 75,000 take 21 MiB, and 68 as Copy.

    A path is not packed, and what many records share only once.
    """

    def __init__(self) -> None:
        self._shared: list[tuple[Any, ...]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def pack(self, copy: Copy) -> bytes:
        """Raises ValueError when a number is none that a file can have."""
        shared = (copy.archive, copy.bucket_url, copy.check, copy.algorithm, copy.transfer)
        number = self._numbers.get(shared)
        if number is None:
            number = self._numbers[shared] = len(self._shared)
            self._shared.append(shared)
        end = _shared_end(copy.path, copy.key)
        try:
            head = _HEAD.pack(
                *(copy.time, copy.size, copy.device, copy.inode, copy.mtime_ns, copy.ctime_ns),
                *(number, len(copy.etag), len(copy.checksum), len(copy.own), end),
            )
        except (struct.error, OverflowError) as error:
            raise ValueError(f"no file is so: {error}") from error
        texts = copy.etag + copy.checksum + copy.own + copy.key[: len(copy.key) - end]
        return head + texts.encode("utf-8", "surrogatepass")

    def unpack(self, path: str, packed: bytes) -> Copy:
        """The record that was packed of the copy at `path`."""
        values = _HEAD.unpack_from(packed)
        time, size, device, inode, mtime, ctime, number, etag, checksum, own, end = values
        archive, bucket_url, check, algorithm, transfer = self._shared[number]
        texts = packed[_HEAD.size :].decode("utf-8", "surrogatepass")
        checksum += etag
        own += checksum
        key = texts[own:] + (path[-end:] if end else "")
        return Copy(
            *(path, archive, bucket_url, key, texts[:etag], size, time, check, algorithm),
            *(texts[etag:checksum], texts[checksum:own], device, inode, mtime, ctime, transfer),
        )

    @staticmethod
    def size_of(packed: bytes) -> int:
        """Bytes of the file."""
        return int(_SIZE.unpack_from(packed)[0])

    @staticmethod
    def time_of(packed: bytes) -> float:
        """When it was copied."""
        return float(_TIME.unpack_from(packed)[0])


def _shared_end(path: str, key: str) -> int:
    """How many characters the last names of a path and of a key have, of those that are equal."""
    shared = 0
    at = len(key)
    while at > 0:
        at = key.rfind("/", 0, at) + 1
        if not path.endswith(key[at:]):
            break
        shared = len(key) - at
        at -= 1
    return shared
