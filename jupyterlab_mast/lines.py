"""The child's side of a process that speaks in lines of JSON: see ``child`` for the server's."""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO

from .files import json_line


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the protocol; whatever is printed goes to the log."""
    lines = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines, answers


def write_line(stream: BinaryIO, value: Any) -> None:
    """Write one line, whole. That nobody listens any more is no error: the end of standard input
    says so too."""
    try:
        stream.write(json_line(value))
        stream.flush()
    except (BrokenPipeError, ValueError):
        pass
