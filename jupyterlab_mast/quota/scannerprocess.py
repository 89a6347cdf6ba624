"""A process of ours that reads folders, or looks at them: `scanner.py`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .scanner import read_frame, write_frame

#: Niceness of those that read: everything else goes first.
NICE = 19

_SCANNER = Path(__file__).with_name("scanner.py")


class ScannerProcess:
    """One process that reads folders, or looks at them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # Isolated: nothing of the user's is imported.
            [sys.executable, "-I", "-S", str(_SCANNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=_be_nice if os.name == "posix" else None,
        )
        #: What it was asked last, until it has answered.
        self.asked: list[bytes] = []
        #: What was read meanwhile without it: its answer may be older.
        self.read_since: set[bytes] = set()

    def fileno(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def ask(self, value: Any) -> None:
        assert self._process.stdin is not None
        write_frame(self._process.stdin, value)

    def answer(self) -> Any:
        """What it found. Raises EOFError when the process has died."""
        assert self._process.stdout is not None
        found = read_frame(self._process.stdout)
        if found is None:
            raise EOFError
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _be_nice() -> None:
    os.nice(NICE)
