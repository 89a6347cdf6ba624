"""Some room on the disk that is kept for the lists of what is removed (`freed.py`).

Who frees space has none left, and nothing goes before it stands in a list.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

#: Two or three hundred lines of a list.
BYTES = 64 << 10
_NAME = ".reserve"


def keep_reserve(folder: str | os.PathLike[str]) -> None:
    """Take the room, if it is not taken yet, and if there is some."""
    path = Path(folder) / _NAME
    with contextlib.suppress(OSError):
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            # Nothing that a file system could make smaller.
            path.write_bytes(os.urandom(BYTES))
        except OSError:
            path.unlink(missing_ok=True)


def use_reserve(folder: str | os.PathLike[str]) -> bool:
    """Give the room back. Returns whether there was some."""
    try:
        os.unlink(Path(folder) / _NAME)
    except OSError:
        return False
    return True
