"""Where other file systems, or folders from elsewhere, are mounted below a root."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

#: Source: proc(5), ``/proc/self/mountinfo``.
_TABLE = "/proc/self/mountinfo"
#: Which field of a line is the mount point.
_POINT = 4


def mounts_below(root: bytes) -> frozenset[bytes]:
    """The mount points below `root`, as paths there. Empty where the system has no such table."""
    try:
        with open(_TABLE, "rb") as stream:
            return _mounts_in(stream.read(), root.rstrip(b"/") + b"/")
    except OSError:
        return frozenset()


@lru_cache(maxsize=4)
def _mounts_in(lines: bytes, start: bytes) -> frozenset[bytes]:
    # Space, tab, newline and backslash are written as octal escapes; a carriage return is not,
    # which ends lines too where no end is named.
    fields = (line.split(b" ") for line in lines.split(b"\n"))
    paths = (
        some[_POINT].decode("unicode_escape").encode("latin-1")
        for some in fields
        if len(some) > _POINT
    )
    return frozenset(path[len(start) :] for path in paths if path.startswith(start)) - {b""}


def mount_over(path: bytes, mounts: Iterable[bytes]) -> bytes | None:
    """Which of some mounts a path lies in; None where in none."""
    return next((mount for mount in mounts if is_in(path, mount)), None)


def is_in(path: bytes, folder: bytes) -> bool:
    """Whether a path below a root is `folder`, or lies in it."""
    return path == folder or path.startswith(folder + b"/")
