"""What the commands that copy share: exit codes of failures, options, and a person to ask."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import get_args

from ..errors import Json
from ..terminal import GOOD, INTERRUPTED, REFUSED, SOME_FAILED, UNREACHABLE, Output, format_bytes
from .follow import (
    Decide,
    Follower,
    Reason,
    Refused,
    Stopped,
    check_space,
)
from .progress import (
    count_files,
    final_sentence,
    how_to_go_on,
    plan_lines,
    progress_for,
    waiting_sentence,
)
from .requests import (
    Access,
    data_folder,
)
from .runner import Transfers
from .site import Site
from .types import PASSING, Conflict, Plan, State


def exit_code(kind: str) -> int:
    """The exit code for a failure of a kind."""
    if kind in PASSING:
        return UNREACHABLE
    if kind in ("space", "quota", "in-the-way"):
        return REFUSED
    return SOME_FAILED


def seconds(text: str) -> float:
    """A number of seconds, as an option gives it."""
    value = float(text)
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return value


def add_access(parser: argparse.ArgumentParser) -> None:
    """The options that say where the archive is."""
    parser.add_argument(
        "--endpoint", metavar="URL", help="another S3 than Amazon's, for example http://host:8333"
    )
    parser.add_argument("--region", metavar="NAME", help="the bucket's region (us-east-1)")
    parser.add_argument(
        "--signed", action="store_true", help="sign with the credentials that botocore finds"
    )
    parser.add_argument("--bucket", metavar="NAME", help="the bucket of keys that name none")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=300.0,
        help="how long the archive may be out of reach (300; 0: for ever)",
    )


def access_of(options: argparse.Namespace, site: Site) -> Access:
    """What the options of `add_access` say."""
    endpoint = options.endpoint.rstrip("/") if options.endpoint else None
    return Access(endpoint, options.region, options.signed, options.bucket, site=site)


def add_decisions(parser: argparse.ArgumentParser) -> None:
    """The options that decide about a plan, and how progress is told."""
    parser.add_argument(
        "--conflict",
        choices=get_args(Conflict),
        help="what happens to another file of the same name (ask)",
    )
    parser.add_argument(
        "--yes", action="store_true", help="start without asking, however much it is"
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "bar", "lines", "json", "none"),
        default="auto",
        help="how progress is told on standard error: a bar on a terminal, else lines (auto)",
    )


def make_follower(
    transfers: Transfers, options: argparse.Namespace, stop: threading.Event
) -> Follower:
    """A follower as the options want it."""
    return Follower(transfers, progress_for(options.progress), stop, options.timeout)


def make_decider(
    options: argparse.Namespace, site: Site, output: Output, stop: threading.Event
) -> Decide:
    """What is done about a plan: as the options say, or as a person on the terminal does."""

    def decide(transfer: Json) -> Conflict | None:
        plan = transfer["plan"]
        planned = Plan(**plan)
        person = sys.stdin.isatty() and sys.stderr.isatty()
        if plan["differing"] and transfer["conflict"] == "ask":
            if not person:
                those = "file is" if plan["differing"] == 1 else "files are"
                first = plan["differing_first"][0]["path"]
                raise Refused(
                    f"{plan['differing']:,} {those} there already and not the archive's as it is "
                    f"now, {first} first. Give --conflict skip, --conflict replace or "
                    "--conflict keep-both."
                )
            for line in plan_lines(transfer):
                output.note(line)
            return _ask_conflict(stop)
        warning = check_space(transfer)
        if warning and options.yes:
            output.note(warning)
        big = site.settings.is_much(planned, transfer["conflict"])
        if (big or warning) and not options.yes:
            files = planned.files_to_write(transfer["conflict"])
            amount = f"{count_files(files)}, {format_bytes(planned.needed)}"
            if not person:
                why = warning or f"This copy is big: {amount}."
                raise Refused(f"{why} Give --yes to start it.")
            for line in plan_lines(transfer):
                output.note(line)
            if not _ask(stop, f"Copy {amount}? [y/N] ").lower().startswith("y"):
                raise Refused("Nothing was copied.")
        return None

    return decide


def _ask_conflict(stop: threading.Event) -> Conflict:
    choices: dict[str, Conflict] = {"s": "skip", "r": "replace", "k": "keep-both"}
    while True:
        answer = _ask(stop, "[s]kip these, [r]eplace them, [k]eep both? (Enter: copy nothing) ")
        if not answer:
            raise Refused("Nothing was copied.")
        if answer[0].lower() in choices:
            return choices[answer[0].lower()]


def _ask(stop: threading.Event, question: str) -> str:
    """What a person types; Ctrl-C and the end of input are Stopped."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        print(question, end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise Stopped from None
    finally:
        signal.signal(signal.SIGINT, before)
    if not answer or stop.is_set():
        raise Stopped
    return answer.strip()


def tell_end(transfers: Transfers, reason: Reason, transfer: Json, output: Output) -> int:
    """Say how a transfer stands, and return the exit code."""
    state = transfer["state"]
    code, sentence = SOME_FAILED, ""
    if reason == "stopped":
        # What was under way is on the disk when everything is closed.
        code, sentence = INTERRUPTED, how_to_go_on(transfer)
    elif reason in ("network", "space"):
        code = UNREACHABLE if reason == "network" else REFUSED
        if state == State.PLANNING.value:
            sentence = "The archive did not answer. Nothing was copied."
        else:
            sentence = f"{waiting_sentence(transfer)} {how_to_go_on(transfer)}"
    else:
        sentence = final_sentence(transfer)
        if state == State.DONE.value:
            code = GOOD
        elif transfer["error"]:
            code = exit_code(transfer["error"]["kind"])
        for one in transfer["failures"]:
            output.note(f"{one['key']}: {one['message']}")
    if code == GOOD:
        output.say(sentence)
    else:
        output.note(sentence)
    output.document({**transfer, "sentence": sentence, "exit": code})
    return code


@contextlib.contextmanager
def open_home(site: Site) -> Iterator[Transfers]:
    """The transfers of this home; those that are under way are left to whoever has them."""
    transfers = Transfers(data_folder(), settings=site.settings, adopt=False)
    try:
        yield transfers
    finally:
        transfers.close()
