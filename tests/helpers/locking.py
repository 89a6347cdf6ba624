"""Folders from which nothing can be removed."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: ``FS_IOC_GETFLAGS``, ``FS_IOC_SETFLAGS`` and ``FS_IMMUTABLE_FL`` of linux/fs.h.
_GET, _SET, _IMMUTABLE = 0x80086601, 0x40086602, 0x10


@contextmanager
def nothing_goes_from(folder: Path) -> Iterator[None]:
    """Nothing can be removed from a folder, not even by who may do everything else."""
    lock = _set_immutable if os.geteuid() == 0 else _set_unwritable
    try:
        lock(folder, True)
    except OSError as error:
        pytest.skip(f"folders cannot be locked here: {error.strerror}")
    try:
        yield
    finally:
        lock(folder, False)


def _set_unwritable(folder: Path, locked: bool) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(mode & ~stat.S_IWUSR if locked else mode | stat.S_IWUSR)


def _set_immutable(folder: Path, locked: bool) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(file, _GET, bytes(struct.calcsize("l"))))
        flags = flags | _IMMUTABLE if locked else flags & ~_IMMUTABLE
        fcntl.ioctl(file, _SET, struct.pack("l", flags))
    finally:
        os.close(file)
