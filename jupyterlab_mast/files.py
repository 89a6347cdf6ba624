"""Files that others read while they are written anew, and where files lie."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes the file `path`: a reader finds all of it, or what was there before.

    Nothing is left behind where writing fails. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "wb", buffering=1 << 18) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, value: Any) -> None:
    """Write JSON as `written_whole` does."""
    with written_whole(path) as stream:
        stream.write(json.dumps(value).encode())


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; both absolute, as they are written."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_same_file(found: os.stat_result, before: os.stat_result) -> bool:
    """Whether nobody has touched a file between two looks at it."""
    return _fingerprint(found) == _fingerprint(before)


def _fingerprint(found: os.stat_result) -> tuple[int, ...]:
    return (
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_nlink,
    )
