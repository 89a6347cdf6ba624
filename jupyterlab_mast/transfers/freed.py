"""Lists of copies that were removed to free space, so that they can be fetched again.

``freed/<id>.jsonl`` holds one JSON object a line: first the time and the folder below which they
lay, then each copy. What stands in a list need not be gone: it is noted before it goes. A list is
written by one process at a time, and each of its additions by one call.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .provenance import Copy

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
_KEPT = ("path", "archive", "bucket_url", "key", "etag", "size")


@dataclass(frozen=True)
class Freed:
    """A copy that was removed; see `provenance.Copy`."""

    path: str
    archive: str
    bucket_url: str
    key: str
    etag: str
    size: int

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing at its path."""
        return not os.path.lexists(self.path)


class FreedList:
    """One list. `root` is the folder below which the copies lay; a list has one."""

    def __init__(self, folder: str | os.PathLike[str], name: str, root: str = "") -> None:
        """Nothing is read or written. Raises KeyError for what is no list's name."""
        if not _ID.fullmatch(name):
            raise KeyError(name)
        self.name = name
        self._folder = Path(folder)
        self._path = self._folder / f"{name}.jsonl"
        self._root = root

    def add(self, copies: Sequence[Copy]) -> None:
        """Keep some more copies; they are on the disk itself afterwards. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(self._path, flags, 0o600)
        try:
            before = os.fstat(file).st_size
            lines = [] if before else [{"time": time.time(), "root": self._root}]
            lines += [{name: getattr(copy, name) for name in _KEPT} for copy in copies]
            data = b"".join(_line(one) for one in lines)
            try:
                while data:
                    data = data[os.write(file, data) :]
                os.fsync(file)
            except OSError:
                # Nothing by halves: what follows must not be joined to a torn line.
                os.ftruncate(file, before)
                if not before:
                    os.unlink(self._path)
                raise
        finally:
            os.close(file)

    def read(self) -> tuple[float, str, list[Freed]]:
        """When it was begun, in seconds since 1970, the root, and the copies.

        Raises KeyError when there is no such list. Damaged lines are skipped.
        """
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            raise KeyError(self.name) from None
        started, root, copies = 0.0, "", {}
        with open(file, "rb") as lines:
            for value in _values(lines):
                if "root" in value:
                    with contextlib.suppress(TypeError, ValueError, KeyError):
                        started, root = float(value["time"]), str(value["root"])
                    continue
                one = _freed(value)
                if one is not None:
                    copies[one.path] = one
        return started, root, list(copies.values())

    def remove(self) -> None:
        """Forget it. Raises OSError."""
        self._path.unlink(missing_ok=True)


def new_list(folder: str | os.PathLike[str], root: str) -> FreedList:
    """A list with a name of its own; it is there once something is added."""
    return FreedList(folder, f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}", root)


def lists_in(folder: str | os.PathLike[str]) -> list[FreedList]:
    """All lists, the last first."""
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:
        return []
    stems = [name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl")]
    return [FreedList(folder, stem) for stem in stems if _ID.fullmatch(stem)]


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _values(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(line)
            if isinstance(value, dict):
                yield value


def _freed(value: dict[str, Any]) -> Freed | None:
    try:
        one = Freed(**value)
    except TypeError:
        return None
    texts = (one.path, one.archive, one.bucket_url, one.key, one.etag)
    if not all(isinstance(text, str) for text in texts) or not isinstance(one.size, int):
        return None
    return one if one.path.startswith("/") else None
