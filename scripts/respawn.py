"""Runs a command, and again when it was killed: a server that a test may kill.

    python respawn.py COMMAND...

Ends with the command's exit code when it ended in another way.
"""

from __future__ import annotations

import signal
import subprocess
import sys


def main(command: list[str]) -> int:
    while True:
        code = subprocess.call(command)
        if code != -signal.SIGKILL:
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
