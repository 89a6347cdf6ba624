"""What servers that do not measure leave for the one that does: where to look, and what they want.

``hints/<random>.jsonl`` holds ``[what, path]`` a line; one process alone adds to it. The one that
measures takes a file's name away before it reads, so that whoever adds to it sees afterwards
whether that may have come too late, and says it again in another file. What is lost all the same
(a process dies, a network file system shows what was) is found by the next refresh.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

#: Look at this file or folder; at this folder and all in it; read all of this root again; save the
#: figures of its folders.
What = Literal["look", "below", "again", "save"]
_WHATS = ("look", "below", "again", "save")

#: Bytes that a file may have: what is more waits for the next refresh.
MAX_BYTES = 1 << 20
_SUFFIX = ".jsonl"
#: Files that are begun for one note, while each is read before it has it.
_TRIES = 20


def notes_in(data: str | os.PathLike[str]) -> Path:
    """The folder of notes in the data folder of a home."""
    return Path(data) / "quota" / "hints"


class Note(NamedTuple):
    """One line. `path` is absolute; bytes that are no text are in it as `os.fsdecode` has them."""

    what: What
    path: str


class Notes:
    """Those below `folder` (made when one is left). Any thread may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        self._begin()

    def leave(self, what: What, paths: Iterable[str]) -> bool:
        """Say something of these full paths to whoever measures. False when not all of it was left:
        there is no room, on the disk or for so many."""
        lines = {json.dumps([what, path]).encode(): None for path in paths}
        with self._lock, contextlib.suppress(OSError):
            for _ in range(_TRIES):
                if self._closed:
                    return False
                if not lines or self._write(lines):
                    return self._left.issuperset(lines)
                self._begin()
        return False

    def take(self) -> list[Note]:
        """What was left since the last time; its files are removed."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []
        found: dict[Note, None] = {}
        for name in names:
            if name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    found.update(dict.fromkeys(_notes(_taken(self._folder / name))))
        return list(found)

    def close(self) -> None:
        """Leave nothing more, and nothing behind."""
        with self._lock:
            self._closed = True
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _begin(self) -> None:
        self._path = self._folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        self._left: set[bytes] = set()
        self._size = 0

    def _write(self, lines: Iterable[bytes]) -> bool:
        """Add lines to the file. False when it was read before it had them."""
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            if not self._left:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags |= os.O_CREAT
            file = os.open(self._path, flags, 0o600)
        except FileNotFoundError:
            return False
        try:
            # What is in the file is still to be read: it need not be said twice.
            new = [line for line in lines if line not in self._left]
            # Each on a line of its own, also behind one that was torn.
            some = b"".join(b"\n%b\n" % line for line in new)
            if self._size + len(some) <= MAX_BYTES:
                written = os.write(file, some)
                self._size += written
                if written == len(some):
                    self._left.update(new)
        finally:
            os.close(file)
        return self._path.exists()


def _taken(path: Path) -> bytes:
    """What is in a file that is removed by that. Raises OSError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(path, flags), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return b""
        # First: one that cannot be removed would be read again and again.
        path.unlink()
        return stream.read(MAX_BYTES)


def _notes(content: bytes) -> Iterator[Note]:
    for line in content.split(b"\n"):
        # What is none of ours is passed over, and what no file can be called.
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            what, path = json.loads(line)
            if what in _WHATS and isinstance(path, str) and os.fsencode(path)[:1] == b"/":
                yield Note(what, path)
