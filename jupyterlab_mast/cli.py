"""The console script ``jupyter-mast``; ``jupyter mast …`` finds it on the PATH."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line and return its exit code (docs/command-line.md)."""
    if os.name != "posix":
        print("`jupyter mast` works on Linux and macOS only.", file=sys.stderr)
        return 2
    if sys.argv[1:2] == ["usage"]:
        from .quota.command import main as count

        return count(sys.argv[2:])
    from .transfers.command import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
