"""What a benchmark says: figures beside a named peer, and whether its goals are met."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Goal:
    """One line of the contract, and what was measured."""

    name: str
    met: bool
    measured: str
    load: float


@dataclass
class Report:
    """The figures of one run, said as they come; the goals again at the end."""

    name: str
    path: Path | None = None
    goals: list[Goal] = field(default_factory=list)

    def __post_init__(self) -> None:
        say(f"benchmarks.{self.name} on {platform.system()} {platform.machine()}")
        say(f"  {os.cpu_count()} cores, Python {platform.python_version()}, load {load():.1f}")

    def say(self, text: str) -> None:
        say(f"  {text}   [load {load():.1f}]")

    def goal(self, name: str, met: bool, measured: str) -> None:
        goal = Goal(name, bool(met), measured, load())
        self.goals.append(goal)
        say(f"  {'met   ' if goal.met else 'MISSED'} {name}: {measured}   [load {goal.load:.1f}]")

    def end(self) -> int:
        """The exit code: 0 when each goal is met."""
        missed = [goal for goal in self.goals if not goal.met]
        say(f"benchmarks.{self.name}: {len(self.goals) - len(missed)} goals met, {len(missed)} not")
        for goal in missed:
            say(f"  MISSED {goal.name}: {goal.measured}")
        if self.path is not None:
            text = json.dumps([asdict(goal) for goal in self.goals], indent=1)
            self.path.write_text(text + "\n", encoding="utf-8")
        return 1 if missed else 0


def say(text: str) -> None:
    print(text, flush=True)


def load() -> float:
    """The load of the machine over the last minute, ours included."""
    return os.getloadavg()[0]


def options(name: str, about: str | None) -> argparse.Namespace:
    """The command line that all benchmarks share."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=(about or "").splitlines()[0]
    )
    parser.add_argument("--full", action="store_true", help="full sizes, and the slow questions")
    parser.add_argument("--rounds", type=int, help="rounds for each ratio (at least 9)")
    parser.add_argument("--only", default="", help="parts whose name begins so")
    parser.add_argument("--report", type=Path, help="also write the goals to this file, as JSON")
    return parser.parse_args()


def rounds(count: int, ways: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each way `count` times, each round in another order.

    A first round, in which all is still cold, does not count.
    """
    names = list(ways)
    values: dict[str, list[float]] = {name: [] for name in names}
    for number in range(count + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            value = ways[name]()
            if number:
                values[name].append(value)
    return values


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The ratio of each pair."""
    return [a / b for a, b in zip(above, below, strict=True)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(values: Sequence[float], unit: str = "", digits: int = 2) -> str:
    """Median and range, for people."""
    low, mid, high = min(values), median(values), max(values)
    return f"{mid:.{digits}f}{unit} ({low:.{digits}f}–{high:.{digits}f}, n={len(values)})"
