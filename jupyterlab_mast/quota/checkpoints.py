"""Checkpoints that may go: old ones, of documents that are there and newer."""

from __future__ import annotations

import os
import stat

from .folders import Found
from .kinds import kind_of_path

#: Seconds for which checkpoints are kept.
CHECKPOINT_SECONDS = 90 * 86_400.0

#: Where they lie, beside their documents.
FOLDER_NAME = b".ipynb_checkpoints"
_END = b"-checkpoint"


def holds_checkpoints(folder: bytes) -> bool:
    """Whether the folder at this path below a root is one of checkpoints, and not in the trash."""
    is_named = folder.rpartition(b"/")[2] == FOLDER_NAME
    return is_named and kind_of_path(folder) == "checkpoints"


def is_old_checkpoint(found: Found, before: float) -> bool:
    """Whether a file, in a folder of checkpoints, is older than `before` and of no more use.

    Where its document has gone, is empty, or is older, it may be all that is left of some work.
    """
    stem, suffix = os.path.splitext(found.name)
    about = found.about
    if not (stat.S_ISREG(about.st_mode) and stem.endswith(_END) and about.st_mtime < before):
        return False
    try:
        # The document may well be a link to where people work together.
        document = os.stat(b"../" + stem.removesuffix(_END) + suffix, dir_fd=found.folder)
    except OSError:
        return False
    return (
        stat.S_ISREG(document.st_mode)
        and document.st_size > 0
        and document.st_mtime_ns >= about.st_mtime_ns
    )
