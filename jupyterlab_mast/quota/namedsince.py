"""What was named to be looked at since the figures of folders were kept, in a file beside them.

Figures are told, and reservations settled, long before the figures of each folder are kept again:
who goes on after a process that was killed looks there once more, and knows as much. A line of
JSON for each path: ``["look" or "below", path]``.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ..files import json_line

#: Paths that are named one by one: of more, all that is below the root is looked at.
MOST = 10_000

_LOOK, _BELOW = "look", "below"


class NamedSince:
    """Paths below the root in bytes, and beginnings of such paths, in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted: set[tuple[str, bytes]] = set()

    def add(self, look: Iterable[bytes] = (), below: Iterable[bytes] = ()) -> None:
        """Note these. Where nothing can be written they are not."""
        wanted = {(_LOOK, path) for path in look} | {(_BELOW, path) for path in below}
        new = wanted - self._noted
        if not new or (_BELOW, b"") in self._noted:
            return
        if len(self._noted) + len(new) > MOST:
            new = {(_BELOW, b"")}
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            file = os.open(self._path, flags, 0o600)
            try:
                # Behind a line that was torn too.
                os.write(file, b"\n" + b"".join(_line(*one) for one in sorted(new)))
            finally:
                os.close(file)
            self._noted |= new

    def begin(self, below: Iterable[bytes] = ()) -> None:
        """All was kept but `below`."""
        self._noted.clear()
        with contextlib.suppress(OSError):
            self._path.unlink()
        self.add(below=below)

    def read(self) -> tuple[set[bytes], set[bytes]]:
        """What to look at, and below what: as `add` was told, by whatever process."""
        self._noted.clear()
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, TypeError, AttributeError):
                    what, text = json.loads(line)
                    if what in (_LOOK, _BELOW):
                        self._noted.add((what, text.encode("latin-1")))
        found: dict[str, set[bytes]] = {_LOOK: set(), _BELOW: set()}
        for what, path in self._noted:
            found[what].add(path)
        return found[_LOOK], found[_BELOW]


def _line(what: str, path: bytes) -> bytes:
    # Names are bytes in any encoding: each byte is a character.
    return json_line([what, path.decode("latin-1")])
