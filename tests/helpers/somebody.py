"""A process that measures folders without root's privileges: for tests that take rights away.

Lines of JSON: a path in, what ``du`` and our walk say of it out.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from typing import Any

#: Of capabilities(7): what lets root read and enter any folder; and of prctl(2).
_DAC_OVERRIDE, _DAC_READ_SEARCH, _CAPBSET_DROP = 1, 2, 24


class Somebody:
    """One such process: its own files bind it like anybody."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=drop_rights,
        )

    def measure(self, path: str) -> dict[str, Any]:
        """``du`` and ``ours``: bytes on disk and lengths, each a pair."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(path), file=self._process.stdin, flush=True)
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def drop_rights() -> None:
    """Take from root what others have not; to be called in a new process."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None)
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        if libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError("the privileges cannot be dropped")


def _du(path: str, *more: str) -> int:
    done = subprocess.run(["du", "-s", "-x", "-B1", *more, path], capture_output=True, check=False)
    return int(done.stdout.split()[0])


def _counts_folders() -> bool:
    """Whether this ``du`` counts the lengths of folders as apparent size: up to 9.1."""
    done = subprocess.run(["du", "--version"], capture_output=True, text=True, check=True)
    version = done.stdout.split("\n")[0].rsplit(" ", 1)[1]
    return tuple(int(part) for part in version.split(".")[:2]) <= (9, 1)


def main() -> None:
    from jupyterlab_mast.quota.walk import measure

    folders = _counts_folders()
    for line in sys.stdin:
        path = json.loads(line)
        sums = measure(path).sums
        apparent = sums.apparent + (sums.folder_sizes if folders else 0)
        print(
            json.dumps(
                {
                    "du": [_du(path), _du(path, "--apparent-size")],
                    "ours": [sums.allocated, apparent],
                    "unreadable": sums.unreadable,
                    "files": sums.files,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
