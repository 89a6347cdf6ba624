"""Folders from which programs run, or in which they work."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from ..files import is_within


def paths_in_use() -> set[str]:
    """Where this server's Python is, and what processes run, have mapped, or work in.

    Of those processes that may be looked at: this person's. Where the system does not tell there
    is only the first. Sources: /proc/pid/exe, /proc/pid/cwd and /proc/pid/maps, proc(5).
    """
    found = set()
    for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable):
        found |= {os.path.abspath(path), os.path.realpath(path)}
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("exe", "cwd"):
            with contextlib.suppress(OSError):
                found.add(os.readlink(process / name))
        with contextlib.suppress(OSError), open(process / "maps", "rb") as lines:
            for line in lines:
                _, slash, inner = line.rstrip(b"\n").partition(b"/")
                if slash:
                    found.add(os.fsdecode(slash + inner))
    return found


def is_used(folder: str, paths: set[str]) -> bool:
    """Whether one of the paths lies in a folder, given by its real path."""
    return any(is_within(path, folder) for path in paths)
