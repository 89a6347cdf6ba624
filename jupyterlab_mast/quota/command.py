"""`jupyter mast usage`: what a folder holds, what of it counts, and what is left."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..errors import Json
from ..lease import Lease, LeaseWatch
from ..terminal import (
    GOOD,
    INTERRUPTED,
    SOME_FAILED,
    USAGE,
    Output,
    format_bytes,
    new_parser,
    stop_on_signals,
)
from .account import Account, kept_in
from .interface import root_of, usages_in
from .keeper import Keeper
from .limits import limit_of, reserve_of
from .reservations import NOTHING, Reservations
from .usage import Usage, read_usages, write_usages

#: Seconds between two counts that are shown.
_SHOW = 0.2
#: Limits that a server has published, and that are told nowhere else: of a file system only where
#: its administrator has declared that it shows the limit.
_OF_SERVERS = ("file-system", "administrator", "setting")


class _Stopped(Exception):
    pass


def main(arguments: Sequence[str]) -> int:
    """Run `jupyter mast usage` and return its exit code."""
    options = _parser().parse_args(arguments)
    output = Output(options.json)
    path = os.path.realpath(os.path.expanduser(options.path))
    data = Path(jupyter_data_dir()) / "jupyterlab-mast"
    try:
        with stop_on_signals() as stop:
            told = _known(data, path) if options.cached else _counted(data, path, output, stop)
    except ValueError as error:
        return output.fail(USAGE, "usage", f"{error}.")
    except OSError as error:
        sentence = f"{path} cannot be counted: {error.strerror or error}."
        return output.fail(SOME_FAILED, "target", sentence)
    except (_Stopped, KeyboardInterrupt):
        return output.fail(
            INTERRUPTED,
            "interrupted",
            "Interrupted. What was counted is kept; the next time goes on from there.",
        )
    for line in _lines(told):
        output.say(line)
    output.document(told)
    return GOOD


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(
        "usage", "Count what a folder holds on disk, with trash and hidden folders."
    )
    parser.add_argument("path", nargs="?", default="~", help="a folder; your home unless told")
    parser.add_argument(
        "--cached", action="store_true", help="the figures of the last count; nothing is read"
    )
    return parser


def _known(data: Path, path: str) -> Json:
    usage = root_of(path, read_usages(usages_in(data)))
    if usage is None or usage.path != path or usage.measured is None:
        raise ValueError(f"{path} was not counted yet: run the command without --cached")
    return _told(data, usage)


def _counted(data: Path, path: str, output: Output, stop: threading.Event) -> Json:
    folder = data / "quota"
    before = {usage.path: usage for usage in read_usages(usages_in(data))}
    # The first root of a server is the home.
    home = next(iter(before), os.path.realpath(os.path.expanduser("~")))
    lease: Lease | None = None
    if path in before or path == home:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lease = LeaseWatch(folder).take()
        if lease is None:
            # A server counts this home: never two at once.
            if path not in before or before[path].measured is None:
                raise ValueError(
                    f"a Jupyter server of this home counts {path} just now: try again in a while"
                )
            return {**_known(data, path), "by_server": True}
    try:
        usage = _with_limit(before.get(path, Usage("home", "Home", path)), path == home)
        return _count(data, usage, before, output, stop, lease)
    finally:
        if lease is not None:
            lease.release()


def _with_limit(usage: Usage, is_home: bool) -> Usage:
    """A folder with its limit of now: that of the file system, else what a server has set, else
    what the environment says of the home."""
    limit = limit_of(usage.path, environment={})
    if limit is None and (usage.source in _OF_SERVERS or usage.limit_problem is not None):
        return usage
    if limit is None and is_home:
        try:
            limit = limit_of(usage.path)
        except ValueError as error:
            return replace(usage, limit_problem=str(error))
    if limit is None:
        return replace(usage, limit=None, source=None, reserve=0)
    same = limit.bytes == usage.limit
    return replace(
        usage,
        limit=limit.bytes,
        source=limit.source,
        reserve=usage.reserve if same else reserve_of(limit.bytes),
        limit_problem=None,
    )


def _count(
    data: Path,
    usage: Usage,
    before: Mapping[str, Usage],
    output: Output,
    stop: threading.Event,
    lease: Lease | None,
) -> Json:
    path = usage.path
    reservations = Reservations(data / "quota")
    account = Account(path, kept_in(data, path))
    # A count that was cut off goes on; one that is whole is made anew.
    again = not (account.load() and account.left)
    seen = reservations.by_root().get(path, NOTHING).written
    progress = _Progress(account, output.as_json or not sys.stderr.isatty())
    keeper = Keeper(account, 0.0)

    def note() -> None:
        keeper.save_when_counting()
        progress.show()

    def stopped() -> bool:
        return stop.is_set() or (lease is not None and not lease.beat())

    done = account.measure(again=again, stopped=stopped, progress=note)
    progress.end()
    account.save()
    if not done:
        raise _Stopped
    usage = replace(
        usage,
        counting=None,
        problem=None,
        seen=seen,
        **account.figures(),
    )
    if lease is not None:
        # Copies are held against it. What was wrong for this command alone is not kept.
        kept = replace(usage, limit_problem=usage.limit_problem and _problem_in(before, path))
        write_usages(usages_in(data), list({**before, path: kept}.values()))
        reservations.settle({path: account.refreshed or 0.0})
    return _told(data, usage)


def _problem_in(before: Mapping[str, Usage], path: str) -> str | None:
    return before[path].limit_problem if path in before else None


class _Progress:
    """The count on a terminal."""

    def __init__(self, account: Account, quiet: bool) -> None:
        self._account = account
        self._quiet = quiet
        self._shown = 0.0

    def show(self) -> None:
        if not self._quiet and time.monotonic() - self._shown > _SHOW:
            self._shown = time.monotonic()
            files = self._account.tree.sums.files
            print(f"\r\x1b[KCounting your files… {files:,}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _told(data: Path, usage: Usage) -> Json:
    standing = Reservations(data / "quota").by_root().get(usage.path, NOTHING)
    usage = usage.with_written(standing.written)
    free = None if usage.room is None else max(0, usage.room - standing.outstanding)
    told = asdict(usage)
    for name in ("id", "title", "counting", "problem", "seen", "lasts"):
        del told[name]
    age = None if usage.measured is None else max(0.0, round(time.time() - usage.measured, 1))
    return {**told, "used": usage.used, "reserved": standing.outstanding, "free": free, "age": age}


def _lines(told: Json) -> list[str]:
    used = f"{format_bytes(told['used'])} used"
    if told["limit"] is not None:
        share = f"{format_bytes(told['used'])} of {format_bytes(told['limit'])}"
        used = f"{share} used, {format_bytes(told['free'])} free"
        if told["used"] > told["limit"]:
            used = f"You use {share}"
    lines = [
        f"{used} (on disk, with trash and hidden folders)",
        f"{told['path']}: {_number(told['files'], 'file')} in "
        f"{_number(told['folders'], 'folder')}, {format_bytes(told['apparent'])} long in all",
    ]
    if told["limit_problem"] is not None:
        held = "" if told["limit"] is None else " The last limit that was known holds."
        lines.append(f"The limit cannot be told: {told['limit_problem']}.{held}")
    elif told["limit"] is None:
        lines.append("No limit is set.")
    if told["reserved"]:
        lines.append(f"{format_bytes(told['reserved'])} are reserved by copies that run.")
    if told.get("by_server"):
        lines.append("The Jupyter server that runs in this home counts; these are its figures.")
    if told["unreadable"]:
        lines.append(
            f"{told['unreadable']:,} folders could not be read: what is in them is not counted."
        )
    if told["age"] is not None and told["age"] >= 60:
        lines.append(f"Counted {told['age'] / 60:,.0f} min ago.")
    return lines


def _number(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
