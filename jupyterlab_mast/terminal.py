"""What all commands of `jupyter mast` share: output, exit codes, options, signals, and figures."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

GOOD, SOME_FAILED, USAGE, REFUSED, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130

_EXIT_CODES = """\
exit codes: 0 all is well, 1 something failed, 2 wrong usage, 3 refused (in the way, too big, no
space, another program works at it), 4 the archive cannot be reached, 130 interrupted"""

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


class Output:
    """Results go to standard output, everything else to standard error."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, text: str) -> None:
        """A line of the result, for people."""
        if not self.as_json:
            print(printable(text), flush=True)

    def note(self, text: str) -> None:
        """A line beside the result."""
        print(printable(text), file=sys.stderr, flush=True)

    def document(self, value: Any) -> None:
        """The result, for programs."""
        if self.as_json:
            print(json.dumps(value), flush=True)

    def fail(self, code: int, kind: str, message: str) -> int:
        """Tell why there is no result."""
        self.note(message)
        self.document({"error": {"kind": kind, "message": message}, "exit": code})
        return code


@contextlib.contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that is set by the first Ctrl-C, SIGTERM or SIGHUP; a second one kills."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    numbers: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        # What nohup ignores stays ignored.
        if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGINT:
            before[number] = signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def new_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser of one command."""
    parser = argparse.ArgumentParser(
        prog=f"jupyter mast {name}",
        description=description,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON document as the result")
    return parser


def format_bytes(size: float) -> str:
    """A size in decimal units: 11.5 kB, 412.0 MB, 1.77 GB."""
    value, unit = float(size), 0
    while unit < len(UNITS) - 1 and float(f"{value:.{_digits(unit, value)}f}") >= 1000:
        value /= 1000
        unit += 1
    return f"{value:,.{_digits(unit, value)}f} {UNITS[unit]}"


def _digits(unit: int, value: float) -> int:
    return (0, 1 if value < 99.95 else 0, 1)[unit] if unit < 3 else 2


def printable(text: str) -> str:
    """A name for a terminal: what would steer it, or turn the direction of writing, is escaped."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def _escape(one: str) -> str:
    number = ord(one)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
