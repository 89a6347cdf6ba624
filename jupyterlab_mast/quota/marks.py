"""What tells whether a thing that may go is still the one that was looked at."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import FreeableName


def mark_of(about: os.stat_result, group: FreeableName) -> str:
    """Of a file, or a folder of a cache or of the trash.

    Caches are written to all the time: of their folders only that it is the same one counts.
    """
    if not stat.S_ISDIR(about.st_mode):
        return f"{about.st_ino}-{about.st_mtime_ns}-{about.st_size}"
    if group == "package-caches":
        return f"{about.st_ino}"
    return f"{about.st_ino}-{about.st_mtime_ns}"
