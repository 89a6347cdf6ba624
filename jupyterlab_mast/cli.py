"""The console script ``jupyter-mast``; ``jupyter mast …`` finds it on the PATH."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__
from .terminal import GOOD, USAGE
from .transfers.needs import what_is_missing

_TRANSFERS = ("ls", "copy", "transfers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `jupyter mast` and return its exit code (docs/command-line.md)."""
    if os.name != "posix":
        print("`jupyter mast` works on Linux and macOS only.", file=sys.stderr)
        return USAGE
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    name = arguments[0] if arguments else ""
    try:
        if name in _TRANSFERS:
            problem = what_is_missing()
            if problem is not None:
                print(problem, file=sys.stderr)
                return USAGE
            from .transfers.command import main as steer

            return steer(arguments)
        if name == "usage":
            from .quota.command import main as count

            return count(arguments[1:])
    except BrokenPipeError:
        # Whoever read has seen enough, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    return _overview(arguments)


def _overview(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter mast",
        description="The MAST archive from the command line.",
        epilog="`jupyter mast COMMAND --help` tells more of each.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "command",
        choices=[*_TRANSFERS, "usage"],
        help="ls lists a folder of the archive; copy brings files to this computer; transfers "
        "shows and steers what is being copied; usage counts what your home holds",
    )
    parser.parse_args(arguments[:1] or ["--help"])
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
