"""A module of ours that runs in a process of its own, beside what is measured."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

from scripts.paths import ROOT


@contextlib.contextmanager
def beside(module: str, *arguments: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """Its standard input, at whose end it ends, and its standard output."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            yield process.stdin, process.stdout
