"""`jupyter mast usage`: what a folder holds, what of it counts, and what is left."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..errors import Json, RequestError
from ..files import TAKES_NOTHING, is_within
from ..lease import Lease, LeaseWatch
from ..terminal import (
    GOOD,
    INTERRUPTED,
    REFUSED,
    SOME_FAILED,
    USAGE,
    Output,
    format_bytes,
    new_parser,
    stop_on_signals,
)
from .account import Account, forget_kept, kept_in
from .interface import usages_in
from .keeper import Keeper
from .limits import limit_of, reserve_of
from .mounts import mount_over, mounts_below
from .notes import Note, Notes, notes_in
from .reservations import NOTHING, Reservations
from .usage import Usage, usages_by_path, write_usages

#: Seconds between two counts that are shown.
_SHOW = 0.2
#: Seconds that a server has to look at a folder, before it is told what it knew.
WAIT_SECONDS = 20.0
#: Limits that a server has published, and that are told nowhere else: of a file system only where
#: its administrator has declared that it shows the limit.
_OF_SERVERS = ("file-system", "administrator", "setting")
#: Exit codes of failures by their kinds.
_EXITS = {"usage": USAGE, "busy": REFUSED, "not-found": SOME_FAILED, "target": SOME_FAILED}


class _Stopped(Exception):
    pass


class _Keeping:
    """Keeps what is found, where that can be done: who asks what a full disk holds has no room."""

    def __init__(self) -> None:
        #: Why something could not be kept.
        self.problem: str | None = None

    @contextlib.contextmanager
    def tried(self) -> Iterator[None]:
        """Do something that needs a folder which takes it. Raises OSError for other reasons."""
        try:
            yield
        except OSError as error:
            if error.errno not in TAKES_NOTHING:
                raise
            self.problem = error.strerror


def main(arguments: Sequence[str]) -> int:
    """Run `jupyter mast usage` and return its exit code."""
    options = _parser().parse_args(arguments)
    output = Output(options.json)
    path = os.path.realpath(os.path.expanduser(options.path))
    data = Path(jupyter_data_dir()) / "jupyterlab-mast"
    keeping = _Keeping()
    try:
        with stop_on_signals() as stop:
            if os.path.exists(path) and not os.path.isdir(path):
                raise RequestError(
                    "usage", f"{path} is no folder: name one, your home or any other."
                )
            if options.cached:
                told = _known(data, path)
            else:
                told = _counted(data, path, output, stop, keeping)
    except RequestError as error:
        return output.fail(_EXITS[error.kind], error.kind, error.message)
    except OSError as error:
        sentence = f"{path} cannot be counted: {error.strerror or error}."
        return output.fail(SOME_FAILED, "target", sentence)
    except (_Stopped, KeyboardInterrupt):
        return output.fail(
            INTERRUPTED,
            "interrupted",
            "Interrupted. What was counted is kept; the next time goes on from there."
            if keeping.problem is None
            else f"Interrupted. What was counted could not be kept: {keeping.problem}.",
        )
    if keeping.problem is not None:
        output.note(f"The figures could not be kept: {keeping.problem}.")
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
    """The figures that are kept of a folder. Raises RequestError."""
    known = usages_by_path(usages_in(data))
    if path not in {*known, _home(known)}:
        raise RequestError(
            "usage",
            "Figures are kept of the home and of what a server measures only: leave out --cached.",
        )
    usage = known.get(path)
    if usage is None or usage.measured is None:
        raise RequestError(
            "not-found", f"{path} was not counted yet: run the command without --cached."
        )
    return _told(data, usage)


def _home(known: Iterable[str]) -> str:
    """The home: the first root of a server, where one has told of some."""
    return next(iter(known), os.path.realpath(os.path.expanduser("~")))


def _counted(
    data: Path, path: str, output: Output, stop: threading.Event, keeping: _Keeping
) -> Json:
    folder = data / "quota"
    before = usages_by_path(usages_in(data))
    home = _home(before)
    roots = {*before, home}
    root = max((one for one in roots if _counts(one, path)), key=len, default=None)
    lease: Lease | None = None
    if root is not None:
        with keeping.tried():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lease = _lease_of(folder, output, stop)
        if lease is None and keeping.problem is None:
            # A server counts this home: never two at once.
            return {**_by_server(data, root, path, before.get(root), stop), "by_server": True}
    try:
        forget_kept(data, roots)
        known = before.get(path, Usage("home", "Home", path))
        usage = _with_limit(known, path == home) if path in roots else known
        notes = _notes_of(data, path, roots) if lease is not None and path in roots else []
        counted = _count(data, usage, path in roots, notes, output, stop, lease, keeping)
        if path in roots:
            # Copies are held against it. What was wrong for this command alone is not kept.
            problem = counted.limit_problem and known.limit_problem
            published = replace(counted, limit_problem=problem)
            with keeping.tried():
                write_usages(usages_in(data), [published], beside=True)
                # Until that is known to all, what copies wrote counts beside the figures of before.
                Reservations(folder).settle({path: counted.refreshed or 0.0})
        return _told(data, counted)
    finally:
        if lease is not None:
            lease.release()


def _counts(root: str, path: str) -> bool:
    """Whether who counts a root counts that folder too: it lies there, and nothing is mounted
    between."""
    if not is_within(path, root):
        return False
    inner = os.fsencode(os.path.relpath(path, root))
    if mount_over(inner, mounts_below(os.fsencode(root))) is not None:
        return False
    try:
        return os.stat(path).st_dev == os.stat(root).st_dev
    except OSError:
        return True


def _lease_of(folder: Path, output: Output, stop: threading.Event) -> Lease | None:
    """The right to count this home; None while somebody else does.

    Raises OSError, and _Stopped.
    """
    watch = LeaseWatch(folder)
    lease = watch.take()
    if lease is not None or not watch.seems_silent():
        return lease
    output.note(
        "A Jupyter server has counted this home, and gives no sign of life: it is waited for, for "
        "about a minute, before your files are counted here."
    )

    def pause() -> None:
        if stop.wait(_SHOW):
            raise _Stopped

    return watch.take_from_silent(pause)


def _notes_of(data: Path, path: str, roots: Collection[str]) -> list[Note]:
    """What was left to be looked at, which nobody else takes; what is of other roots is left anew
    for when these are counted."""
    notes = Notes(notes_in(data))
    found = notes.take()
    others = [root for root in roots if root != path]
    for note in found:
        if any(is_within(note.path, root) for root in others):
            notes.leave(note.what, [note.path])
    return found


def _by_server(
    data: Path, root: str, path: str, known: Usage | None, stop: threading.Event
) -> Json:
    """What the server that counts this home knows of a root, or of a folder in it.

    Raises OSError, RequestError, and _Stopped.
    """
    if path != root:
        # Of what is not there no server ever knows.
        os.stat(path)
    if known is not None and known.measured is not None:
        if path == root:
            return _told(data, known)
        account = _asked_for(data, root, path, stop)
        inner = os.fsencode(os.path.relpath(path, root))
        if account is not None and inner in account.tree:
            account.tree = account.tree.below(inner)
            usage = Usage("", "", path, problem=known.problem, **account.figures())
            return _told(data, usage)
    elif known is not None and known.problem is not None:
        raise RequestError("target", f"{root} cannot be counted: {known.problem}.")
    raise RequestError(
        "busy",
        f"A Jupyter server of this home counts and does not know {path} yet: try again in a while.",
    )


def _asked_for(data: Path, root: str, path: str, stop: threading.Event) -> Account | None:
    """The account of a root that a server has kept, after it had some seconds to look at a folder
    in it; None where there is none."""
    notes, account = Notes(notes_in(data)), Account(root, kept_in(data, root))
    before = account.kept_last
    end = time.monotonic() + WAIT_SECONDS
    try:
        notes.leave("below", [path])
        notes.leave("save", [root])
        while account.kept_last == before and time.monotonic() < end:
            if stop.wait(_SHOW):
                raise _Stopped
    finally:
        notes.close()
    return account if account.load() else None


def _with_limit(usage: Usage, is_home: bool) -> Usage:
    """A root with its limit of now: that of the file system, else what a server has set, else
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
    is_root: bool,
    notes: list[Note],
    output: Output,
    stop: threading.Event,
    lease: Lease | None,
    keeping: _Keeping,
) -> Usage:
    path = usage.path
    reservations = Reservations(data / "quota")
    account = Account(path, kept_in(data, path))
    # A count that was cut off goes on; one that is whole is made anew.
    again = not (account.load() and account.left) or ("again", path) in notes
    standing = reservations.by_root().get(path, NOTHING)
    if not again:
        # What was read by then may have changed since.
        account.hint([one.path for one in notes if one.what == "look"])
        account.hint(standing.where.alone)
        below = [one.path for one in notes if one.what == "below"]
        for folder in (*below, *standing.where.whole):
            account.hint_below(folder)
    progress = _Progress(account, output.as_json or not sys.stderr.isatty())
    keeper = Keeper(account, 0.0)

    def note() -> None:
        keeper.save_when_counting()
        progress.show()

    def stopped() -> bool:
        if lease is not None:
            lease.beat()
        return stop.is_set() or (lease is not None and lease.lost)

    done = account.measure(again=again, stopped=stopped, progress=note)
    if done and not again:
        account.look_where_named(stopped)
    progress.end()
    with keeping.tried():
        if is_root or not done:
            account.save()
        else:
            account.forget()
    if not done:
        raise _Stopped
    return replace(usage, counting=None, problem=None, seen=standing.written, **account.figures())


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
    for name in ("id", "title", "counting", "seen", "lasts"):
        del told[name]
    looked = usage.refreshed or usage.measured
    age = None if looked is None else max(0.0, round(time.time() - looked, 1))
    return {**told, "used": usage.used, "reserved": standing.outstanding, "free": free, "age": age}


def _lines(told: Json) -> list[str]:
    used = f"{format_bytes(told['used'])} used"
    if told["limit"] is not None:
        share = f"{format_bytes(told['used'])} of {format_bytes(told['limit'])}"
        used = f"{share} used, {format_bytes(told['free'])} free"
        if told["used"] > told["limit"]:
            used = f"You use {share}"
    counted = "on disk" if told["counts"] == "allocated" else "lengths of all files"
    lines = [
        f"{used} ({counted}, with trash and hidden folders)",
        f"{told['path']}: {_number(told['files'], 'file')} in "
        f"{_number(told['folders'], 'folder')}, {format_bytes(told['apparent'])} long in all",
    ]
    if told["problem"] is not None:
        lines.append(
            f"It cannot be counted now: {told['problem']}. What is shown is the last that is known."
        )
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
        what = _number(told["unreadable"], "folder")
        inside = "it" if told["unreadable"] == 1 else "them"
        lines.append(f"{what} could not be read: what is in {inside} may be missing.")
    age = time.time() - told["measured"]
    if age >= 60:
        lines.append(f"Counted {_ago(age)}; changes were last looked for {_ago(told['age'])}.")
    return lines


def _ago(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 60:
        return "just now"
    return f"{minutes:,} min ago" if minutes < 120 else f"{minutes / 60:,.0f} h ago"


def _number(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
