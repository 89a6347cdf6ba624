"""How far a transfer is: what became of its objects, and the sums over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from .copyrecord import Check
from .journal import History
from .kinds import Rest
from .outcomes import Outcomes
from .store import PlanFile
from .types import Finished


@dataclass
class Counts:
    """Files by what became of them, and bytes."""

    files: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("copied", "identical", "skipped", "failed"), 0)
    )
    #: Bytes that are done, of those that the plan counts.
    done: int = 0
    total: int = 0
    #: Files that are left out, and their bytes; neither counts in any other figure.
    left_out: int = 0
    left_out_bytes: int = 0
    #: Bytes that came over the network, in all.
    fetched: int = 0
    #: Bytes that were to be fetched beyond those that were planned: again, or of a larger version.
    more: int = 0
    checked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(get_args(Check), 0))
    algorithms: dict[str, int] = field(default_factory=dict)


class Tally:
    """Of one transfer; not guarded against several threads. `rest` tells which files are left out.

    Reads much: all that the journals say of files that have ended. Raises OSError, and ValueError
    or KeyError where plan or journals are damaged.
    """

    def __init__(self, plan: PlanFile, history: History, rest: Rest | None) -> None:
        self.outcomes = Outcomes(len(plan))
        self.counts = Counts(total=plan.bytes)
        #: Index to how it ended.
        self.failures: dict[int, Finished] = {}
        #: By how many bytes copied files are larger than was planned, in all.
        self.larger = 0
        finished = history.finished
        for index in finished:
            # What is doubtful is noted when it has been looked at.
            if index < len(plan) and not finished.is_doubtful(index):
                how, planned = finished[index], plan[index]
                if how.outcome == "copied":
                    self.larger += how.size - planned.size
                self.note(index, how, (planned.path, planned.size))
        self.counts.total += self.larger
        if rest is not None:
            self.outcomes.leave_out(rest.left_out)
            self.counts.left_out = len(rest.left_out)
            self.counts.left_out_bytes = rest.left_out_bytes
            self.counts.total -= rest.left_out_bytes

    def note(
        self, index: int, how: Finished, planned: tuple[str, int], counted: bool = False
    ) -> None:
        """An object has ended. `planned` is path and size of the plan; `counted` tells that its
        bytes are among those that are done."""
        before = self.outcomes[index]
        self.outcomes.set(index, how, planned)
        counts = self.counts
        if before != "waiting":
            counts.files[before] -= 1
        counts.files[how.outcome] += 1
        if how.outcome == "failed":
            self.failures[index] = how
        elif not counted:
            counts.done += how.size
        if how.outcome == "copied":
            counts.checked[how.check or "size"] += 1
            if how.check == "checksum":
                counts.algorithms[how.algorithm] = counts.algorithms.get(how.algorithm, 0) + 1
