"""What lies on the disk of a transfer that is to begin."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..lease import Lease
from .journal import History, Journal, read_history
from .kinds import Rest, rest_of
from .missing import has_target, missing_files
from .store import PLAN, PlanFile
from .tally import Tally
from .targets import moved_away
from .types import Request, TransferError
from .undo import drop_left_out


@dataclass
class Opened:
    """The plan of a transfer, and what has become of its files. Who has it closes the plan."""

    history: History
    plan: PlanFile
    tally: Tally
    #: Where kinds of files are left out.
    rest: Rest | None
    #: Why it cannot go on.
    trouble: TransferError | None


@dataclass(frozen=True)
class Again:
    """Files are tried again that failed: those of some numbers, or all."""

    only: Collection[int] | None


def open_transfer(
    folder: Path,
    request: Request,
    journal: Journal,
    lease: Lease,
    again: Again | None,
    looked: bool,
) -> Opened:
    """Read plan and journals, and note which files are to be copied again: those that are tried
    `again`, and, unless somebody has `looked` already, those that were removed since.

    It takes seconds where there are many. Nothing is noted once the lease is lost. Raises OSError,
    ValueError and KeyError where they cannot be read.
    """
    history = read_history(folder)
    trouble = None
    if not looked:
        trouble = _look_for_missing(request, history, journal, lease, again)
    plan = PlanFile(folder / PLAN, request)
    try:
        rest = None
        if request.left_out:
            rest = rest_of(folder, history, request.left_out)
            if lease.holds():
                drop_left_out(request, plan, history, journal, rest.left_out)
        if again is not None and lease.holds():
            _reopen(history, journal, again)
        return Opened(history, plan, Tally(plan, history, rest), rest, trouble)
    except BaseException:
        plan.close()
        raise


def _look_for_missing(
    request: Request, history: History, journal: Journal, lease: Lease, again: Again | None
) -> TransferError | None:
    """Have files copied again that were removed since; or why it cannot go on.

    Of one that had ended, and of which failed files are tried again, only those where the whole
    target is gone.
    """
    if again is not None:
        missing = [] if has_target(request) else history.finished.having("copied")
    else:
        try:
            missing = missing_files(request, history)
        except TransferError as error:
            return TransferError(error.kind, moved_away(request.target))
    for index in missing:
        if lease.holds():
            history.finished.drop(index)
            journal.reopened(index)
    return None


def _reopen(history: History, journal: Journal, again: Again) -> None:
    for index in history.finished.having("failed"):
        if again.only is None or index in again.only:
            history.finished.drop(index)
            journal.reopened(index)
