"""`jupyter mast usage`: what a folder holds, what of it counts, and what is left."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from .account import Account, kept_in
from .interface import root_of, usages_in, written_below
from .limits import limit_of
from .reservations import Reservations
from .usage import Usage, read_usages, write_usages

GOOD, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
#: Seconds between two counts that are shown.
_SHOW = 0.2

Json = dict[str, Any]


class _Stopped(Exception):
    pass


def main(arguments: Sequence[str]) -> int:
    """Run `jupyter mast usage` and return its exit code."""
    options = _parser().parse_args(arguments)
    path = os.path.realpath(os.path.expanduser(options.path))
    data = Path(jupyter_data_dir()) / "jupyterlab-mast"
    try:
        told = _known(data, path) if options.cached else _counted(data, path, options.json)
    except ValueError as error:
        return _fail(options.json, WRONG, f"{error}.")
    except OSError as error:
        return _fail(options.json, FAILED, f"{path} cannot be counted: {error.strerror or error}.")
    except (_Stopped, KeyboardInterrupt):
        return _fail(
            options.json,
            INTERRUPTED,
            "Interrupted. What was counted is kept; the next time goes on from there.",
        )
    if options.json:
        print(json.dumps(told))
    else:
        print("\n".join(_lines(told)))
    return GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter mast usage",
        description="Count what a folder holds on disk, with trash and hidden folders.",
        epilog="exit codes: 0 all is well, 1 the folder cannot be read, 2 wrong usage, 130 "
        "interrupted",
    )
    parser.add_argument("path", nargs="?", default="~", help="a folder; your home unless told")
    parser.add_argument(
        "--cached", action="store_true", help="the figures of the last count; nothing is read"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON; bytes and seconds")
    return parser


def _fail(as_json: bool, code: int, message: str) -> int:
    print(message, file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {"message": message}, "exit": code}))
    return code


def _known(data: Path, path: str) -> Json:
    usage = root_of(path, read_usages(usages_in(data)))
    if usage is None or usage.path != path or usage.measured is None:
        raise ValueError(f"{path} was not counted yet: run the command without --cached")
    return _told(data, usage)


def _counted(data: Path, path: str, quiet: bool) -> Json:
    limit = limit_of(path)
    reservations = Reservations(data / "quota")
    account = Account(path, kept_in(data, path))
    # A count that was cut off goes on; one that is whole is made anew.
    again = not (account.load() and account.left)
    seen = written_below(path, reservations.all())
    stop: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: stop.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        show = _Progress(account, quiet or not sys.stderr.isatty())
        done = account.measure(again=again, stopped=lambda: bool(stop), progress=show.count)
        show.end()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    account.save()
    if not done:
        raise _Stopped
    sums = account.tree.sums
    usage = Usage(
        id="home",
        title="Home",
        path=path,
        allocated=sums.allocated,
        apparent=sums.apparent,
        files=sums.files,
        folders=sums.folders,
        unreadable=sums.unreadable,
        limit=limit.bytes if limit else None,
        source=limit.source if limit else None,
        measured=account.measured,
        refreshed=account.refreshed,
        seen=seen,
    )
    others = [one for one in read_usages(usages_in(data)) if one.path != path]
    known = [one for one in read_usages(usages_in(data)) if one.path == path]
    if known:
        # What the server set stays: this is a new count only.
        old = known[0]
        usage = replace(usage, id=old.id, title=old.title, reserve=old.reserve, hard=old.hard)
    if known or path == os.path.realpath(os.path.expanduser("~")):
        # Copies are held against it.
        write_usages(usages_in(data), [usage, *others])
        reservations.settle({path: account.refreshed or 0.0})
    return _told(data, usage)


class _Progress:
    """The count on a terminal."""

    def __init__(self, account: Account, quiet: bool) -> None:
        self._account = account
        self._quiet = quiet
        self._shown = 0.0

    def count(self) -> None:
        if not self._quiet and time.monotonic() - self._shown > _SHOW:
            self._shown = time.monotonic()
            files = self._account.tree.sums.files
            print(f"\r\x1b[KCounting your files… {files:,}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _told(data: Path, usage: Usage) -> Json:
    reservations = Reservations(data / "quota").all()
    usage = usage.with_written(written_below(usage.path, reservations))
    reserved = sum(one.outstanding for one in reservations.values() if one.root == usage.path)
    free = None
    if usage.limit is not None:
        free = max(0, usage.limit - usage.used - reserved - usage.reserve)
    told = asdict(usage)
    for name in ("id", "title", "counting", "problem", "seen"):
        del told[name]
    age = None if usage.measured is None else max(0.0, round(time.time() - usage.measured, 1))
    return {**told, "used": usage.used, "reserved": reserved, "free": free, "age": age}


def _lines(told: Json) -> list[str]:
    used = f"{_size(told['used'])} used"
    if told["limit"] is not None:
        used = f"{_size(told['used'])} of {_size(told['limit'])} used, {_size(told['free'])} free"
        if told["used"] > told["limit"]:
            used = f"You use {_size(told['used'])} of {_size(told['limit'])}"
    lines = [
        f"{used} (on disk, with trash and hidden folders)",
        f"{told['path']}: {told['files']:,} files in {told['folders']:,} folders, "
        f"{_size(told['apparent'])} long in all",
    ]
    if told["limit"] is None:
        lines.append("No limit is set.")
    if told["reserved"]:
        lines.append(f"{_size(told['reserved'])} are reserved by copies that run.")
    if told["unreadable"]:
        lines.append(
            f"{told['unreadable']:,} folders could not be read: what is in them is not counted."
        )
    if told["age"] is not None and told["age"] >= 60:
        lines.append(f"Counted {told['age'] / 60:,.0f} min ago.")
    return lines


def _size(size: float) -> str:
    """In decimal units, as the panels show it."""
    for unit, digits in (("bytes", 0), ("kB", 0), ("MB", 1)):
        if round(size, digits) < 1000:
            return f"{size:,.{digits}f} {unit}"
        size /= 1000
    return f"{size:,.2f} GB"
