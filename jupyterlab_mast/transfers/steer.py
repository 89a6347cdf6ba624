"""`jupyter mast transfers`: show and steer what is being copied."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from ..errors import Json
from ..lease import LeaseWatch
from ..quota.interface import HomeQuota
from ..terminal import GOOD, Output, format_bytes, new_parser
from .clean import clean
from .console import add_decisions, make_decider, make_follower, open_home, seconds, tell_end
from .follow import (
    Decide,
    Refused,
    Stopped,
)
from .progress import count_files, final_sentence, format_time, plan_lines, waiting_sentence
from .requests import (
    UsageError,
    data_folder,
)
from .runner import Transfers
from .site import Site
from .types import Conflict, State, TransferError

#: How long a program of another machine may be silent before its transfer is taken over, and how
#: long one that lives needs to hear what is asked (seconds).
_SILENCE_SECONDS = 70.0
_HEAR_SECONDS = 3.0
#: How long a transfer may be queued while its plan is read.
_QUEUE_SECONDS = 2.0
#: How long it may take to remove files.
_TIDY_SECONDS = 600.0
_ACTIONS = ("pause", "resume", "cancel", "retry", "undo")
#: The states that say that another program did what it was asked.
_DONE = {
    "pause": {State.PAUSED},
    "resume": {State.QUEUED, State.RUNNING, State.WAITING},
    "cancel": {State.CANCELLED},
}


def transfers_parser() -> argparse.ArgumentParser:
    """The options of `jupyter mast transfers`."""
    parser = new_parser(
        "transfers",
        "Show and steer what is being copied. What a running server, or another program, works\n"
        "at is passed on to it.",
    )
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=["list", "show", *_ACTIONS, "clear", "clean"],
        help="clear forgets a transfer that has ended, its files stay; undo removes the files that "
        "it brought and nobody changed since; clean removes partial files that nobody will go on "
        "with, in the targets of all transfers and in folders that are named",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="ID",
        help="a transfer, or the beginning or end of its id; of clean: folders",
    )
    parser.add_argument("--files", action="store_true", help="show: name all files")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=seconds, default=300.0, help="as of copy"
    )
    add_decisions(parser)
    return parser


def steer_transfers(
    options: argparse.Namespace, site: Site, output: Output, stop: threading.Event
) -> int:
    """Run `jupyter mast transfers` and return its exit code. Raises what the engine does."""
    action: str = options.action
    if action in ("list",) and options.names:
        raise UsageError("`jupyter mast transfers list` takes no id; `show ID` shows one.")
    if action not in ("list", "clean") and not options.names:
        raise UsageError(f"Say which transfer: `jupyter mast transfers {action} ID`.")
    with open_home(site) as transfers:
        home = _Home(transfers, site, output, stop, options)
        if action == "list":
            return home.list()
        if action == "clean":
            return home.clean(options.names)
        code = GOOD
        for name in options.names:
            try:
                code = max(code, home.act(action, name))
            except TransferError as error:
                if error.kind != "internal":
                    raise
                raise Refused(error.message) from None
        return code


class _Home:
    """The transfers of a home, as the command steers them."""

    def __init__(
        self,
        transfers: Transfers,
        site: Site,
        output: Output,
        stop: threading.Event,
        options: argparse.Namespace,
    ) -> None:
        self._transfers = transfers
        self._site = site
        self._output = output
        self._stop = stop
        self._options = options
        self._folder = Path(data_folder()) / "transfers"

    def list(self) -> int:
        known = [self._with_owner(one) for one in self._transfers.snapshot()]
        self._output.document({"transfers": known})
        if not known:
            self._output.say("There are no transfers.")
        for one in known:
            self._output.say(
                f"{one['id']}  {_state_word(one):18}  {_how_far(one)}  "
                f"{format_time(one['created'])}  {one['title']} → {one['target']}"
            )
        return GOOD

    def clean(self, folders: Sequence[str]) -> int:
        for folder in folders:
            if not os.path.isdir(folder):
                raise UsageError(f"{folder} is not a folder.")
        known = self._transfers.snapshot()
        ended = {one["id"] for one in known if State(one["state"]).ended}
        removed = clean(
            [*(one["target"] for one in known), *folders],
            {one["id"] for one in known} - ended,
            ended,
        )
        HomeQuota(data_folder()).changed({os.path.dirname(path) for path in removed})
        for path in removed:
            self._output.say(path)
        what = "1 partial file" if len(removed) == 1 else f"{len(removed):,} partial files"
        self._output.note(f"{what} removed.")
        self._output.document({"removed": removed})
        return GOOD

    def act(self, action: str, name: str) -> int:
        id = self._id(name)  # noqa: A001
        if action == "show":
            return self._show(id)
        if action == "clear":
            self._transfers.clear(id)
            self._output.say(f"{id} is forgotten; its files stay.")
            self._output.document({"cleared": id})
            return GOOD
        transfer = self._transfers.summary(id)
        if transfer["elsewhere"] and not self._transfers.take_over(id):
            return self._pass_on(id, action)
        return self._act_here(id, action)

    def _act_here(self, id: str, action: str) -> int:  # noqa: A002
        state = State(self._transfers.summary(id)["state"])
        if action in ("resume", "retry"):
            # What its owner left in the middle goes on by itself.
            if action == "retry" or state.ended or state is State.PAUSED:
                self._transfers.act(id, cast(Any, action))
            follower = make_follower(self._transfers, self._options, self._stop)
            decide = make_decider(self._options, self._site, self._output, self._stop)
            reason, transfer = follower.go_on(id, self._with_choice(id, decide))
            return tell_end(self._transfers, reason, transfer, self._output)
        if action != "pause" or state is not State.PAUSED:
            self._transfers.act(id, cast(Any, action))
        # What runs is put aside before its partial files go, and many files take a while.
        self._wait(lambda: self._is_done(id, action), _TIDY_SECONDS)
        return self._told(id)

    def _is_done(self, id: str, action: str) -> bool:  # noqa: A002
        transfer = self._transfers.summary(id)
        return bool(transfer["undone"]) or State(transfer["state"]) in _DONE.get(action, ())

    def _with_choice(self, id: str, decide: Decide) -> Decide:  # noqa: A002
        def choose(transfer: Json) -> Conflict | None:
            wanted = self._options.conflict
            if wanted and transfer["conflict"] != wanted:
                return cast(Conflict, wanted)
            return decide(transfer)

        return choose

    def _pass_on(self, id: str, action: str) -> int:  # noqa: A002
        """Have another program do it, or do it here when that one turns out to be gone."""
        state = State(self._transfers.summary(id)["state"])
        if action in ("retry", "undo"):
            raise Refused(f"{id} has not ended. Cancel it first.")
        busy = action == "resume" and state is not State.PAUSED
        # Whoever works at it hears even what changes nothing.
        self._transfers.act(id, "try-now" if busy else cast(Any, action))
        heard = self._wait(lambda: not self._asked(id), _HEAR_SECONDS)
        if not heard:
            self._output.note("The program that works at it is silent. It is given a minute.")
            if self._wait(
                lambda: self._transfers.take_over(id) or not self._asked(id), _SILENCE_SECONDS
            ):
                if self._transfers.take_over(id):
                    return self._act_here(id, action)
                heard = True
        if busy or not heard:
            raise Refused(
                f"Another program works at {id}, on this or another machine. "
                "`jupyter mast transfers` shows how far it is."
            )
        self._wait(lambda: State(self._fresh(id)["state"]) in _DONE[action], _HEAR_SECONDS)
        if action == "resume":
            # It is queued while its plan is read, and for longer only behind others.
            self._wait(lambda: State(self._fresh(id)["state"]) is not State.QUEUED, _QUEUE_SECONDS)
        return self._told(id)

    def _show(self, id: str) -> int:  # noqa: A002
        transfer = self._with_owner(self._transfers.summary(id))
        document = dict(transfer)
        self._output.say(f"{transfer['title']} from {transfer['archive']}, {transfer['id']}")
        self._output.say(f"{_state_word(transfer)}: {_how_far(transfer)}")
        for line in plan_lines(transfer):
            self._output.say(line)
        if State(transfer["state"]).ended:
            self._output.say(final_sentence(transfer))
        elif transfer["state"] == State.WAITING.value:
            self._output.say(waiting_sentence(transfer))
            if transfer["waiting"] and transfer["waiting"]["message"]:
                self._output.say(transfer["waiting"]["message"])
        if self._options.files:
            document["objects"] = self._transfers.files(id, 0, sys.maxsize)["files"]
            for one in document["objects"]:
                told = one["algorithm"] or one["check"] or one["message"] or ""
                self._output.say(
                    f"  {one['outcome']:9}  {format_bytes(one['size']):>10}  {one['path']}  {told}"
                )
        else:
            for one in transfer["failures"]:
                self._output.say(f"  {one['key']}: {one['message']}")
        self._output.document(document)
        return GOOD

    def _told(self, id: str) -> int:  # noqa: A002
        transfer = self._fresh(id)
        word = "undone" if transfer["undone"] else transfer["state"]
        self._output.say(f"{id} is {word}: {_how_far(transfer)}.")
        self._output.document(self._with_owner(transfer))
        return GOOD

    def _id(self, name: str) -> str:
        known = [one["id"] for one in self._transfers.snapshot()]
        if name in known:
            return name
        found = [one for one in known if one.startswith(name) or one.endswith(name)]
        if len(found) != 1:
            what = "several transfers" if found else "no transfer"
            raise UsageError(f"{name} names {what}. `jupyter mast transfers` lists them.")
        return str(found[0])

    def _fresh(self, id: str) -> Json:  # noqa: A002
        return next(one for one in self._transfers.snapshot() if one["id"] == id)

    def _asked(self, id: str) -> bool:  # noqa: A002
        """Whether something that was asked of the owner has not been heard yet."""
        return any(name.startswith("ask-") for name in os.listdir(self._folder / id))

    def _with_owner(self, transfer: Json) -> Json:
        """A transfer, and whether it was interrupted: it is unfinished and nobody works at it."""
        unfinished = transfer["elsewhere"] and transfer["state"] != State.PAUSED.value
        left = unfinished and LeaseWatch(self._folder / transfer["id"]).free()
        return {**transfer, "interrupted": left}

    def _wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not ready():
            if self._stop.is_set():
                raise Stopped
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True


def _state_word(transfer: Json) -> str:
    if transfer["undone"]:
        return "undone"
    return "interrupted" if transfer["interrupted"] else str(transfer["state"])


def _how_far(transfer: Json) -> str:
    files = transfer["files"]
    good = files["copied"] + files["identical"] + files["skipped"]
    total = files["total"] or transfer["plan"]["files"]
    return f"{good:,} of {count_files(total)}, {format_bytes(transfer['bytes']['done'])}"
