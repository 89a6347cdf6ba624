"""`jupyter mast`: list the archive, copy from it, and look after transfers, from a terminal."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Sequence
from typing import Any, get_args

from ..errors import Json
from ..terminal import (
    GOOD,
    INTERRUPTED,
    REFUSED,
    SOME_FAILED,
    USAGE,
    Output,
    new_parser,
    stop_on_signals,
)
from .console import (
    access_of,
    add_access,
    add_decisions,
    exit_code,
    make_decider,
    make_follower,
    open_home,
    tell_end,
)
from .follow import (
    Follower,
    Refused,
    Stopped,
    call_beside,
)
from .listcommand import list_archive, ls_parser
from .progress import plan_lines
from .requests import (
    Found,
    UsageError,
    data_folder,
    find_sources,
    make_request,
    read_list,
)
from .site import Site, read_site
from .steer import steer_transfers, transfers_parser
from .types import Layout, TransferError


def main(arguments: Sequence[str]) -> int:
    """Run a command on archives and transfers, and return its exit code."""
    name = arguments[0]
    parser, run = _COMMANDS[name]
    options = parser().parse_intermixed_args(arguments[1:])
    output = Output(options.json)
    try:
        with stop_on_signals() as stop:
            return run(options, read_site(data_folder()), output, stop)
    except UsageError as error:
        return output.fail(USAGE, "usage", str(error))
    except Refused as error:
        return output.fail(REFUSED, "refused", str(error))
    except (Stopped, KeyboardInterrupt):
        return output.fail(INTERRUPTED, "interrupted", "Interrupted. Nothing was copied.")
    except TransferError as error:
        return output.fail(exit_code(error.kind), error.kind, error.message)
    except BrokenPipeError:
        raise  # no failure of ours: whoever read has seen enough
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return output.fail(SOME_FAILED, "internal", f"{where}{error.strerror or error}.")


def _copy_parser() -> argparse.ArgumentParser:
    parser = new_parser("copy", "Copy files and folders of the archive into a folder.")
    parser.usage = (
        "jupyter mast copy [options] SOURCE… TARGET\n"
        "       jupyter mast copy [options] --from-list FILE.csv TARGET"
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="SOURCE, TARGET",
        help="s3://bucket/key, s3://bucket/prefix/, https://…, mast:…, a key, a file name, a root "
        "name or a target; last the folder to copy into, which is made if it is missing",
    )
    parser.add_argument(
        "--from-list",
        metavar="FILE.csv",
        help="copy what a list names (columns archive, key, size, etag)",
    )
    parser.add_argument(
        "--layout", choices=get_args(Layout), help="the folders below the target (observation)"
    )
    parser.add_argument("--plan", action="store_true", help="show what would be done, and end")
    add_decisions(parser)
    add_access(parser)
    return parser


def _copy(options: argparse.Namespace, site: Site, output: Output, stop: threading.Event) -> int:
    *sources, target = options.paths
    access = access_of(options, site)
    if options.from_list and sources:
        raise UsageError("Give sources or --from-list, not both.")
    if not options.from_list and not sources:
        raise UsageError("Name what to copy, and then the folder to copy into.")

    def find(leave: threading.Event) -> Found:
        if options.from_list:
            return read_list(options.from_list, access)
        return find_sources(sources, access, leave)

    try:
        found = call_beside(find, stop, options.timeout)
    except OSError as error:
        raise UsageError(f"{options.from_list} cannot be read: {error.strerror}.") from None
    request = make_request(
        found,
        target,
        layout=options.layout,
        conflict=options.conflict or "ask",
        origin="command",
        # What a colleague has, to the byte.
        exact=options.from_list is not None,
    )
    with open_home(site) as transfers:
        follower = make_follower(transfers, options, stop)
        if options.plan:
            return _show_plan(follower, request, output)
        decide = make_decider(options, site, output, stop)
        reason, transfer = follower.carry_out(request, decide)
        return tell_end(transfers, reason, transfer, output)


class _Planned(Exception):
    def __init__(self, transfer: Json) -> None:
        self.transfer = transfer


def _show_plan(follower: Follower, request: Any, output: Output) -> int:
    def decide(transfer: Json) -> None:
        raise _Planned(transfer)

    try:
        reason, transfer = follower.carry_out(request, decide)
    except _Planned as planned:
        for line in plan_lines(planned.transfer):
            output.say(line)
        output.document({**planned.transfer, "exit": GOOD})
        return GOOD
    return tell_end(follower.transfers, reason, transfer, output)


_COMMANDS: dict[
    str,
    tuple[
        Callable[[], argparse.ArgumentParser],
        Callable[[argparse.Namespace, Site, Output, threading.Event], int],
    ],
] = {
    "ls": (ls_parser, list_archive),
    "copy": (_copy_parser, _copy),
    "transfers": (transfers_parser, steer_transfers),
}
