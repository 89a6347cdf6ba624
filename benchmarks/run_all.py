"""All benchmarks, one after the other, and what they say about the goals.

python -m benchmarks.run_all [--full] [NAME …]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import tools
from benchmarks.figures import Goal, load
from scripts.checks import REPORTS, report
from scripts.paths import ROOT

NAMES = ("copy", "listing", "quota", "relay", "scroll", "startup")


def goals(full: bool, names: Sequence[str] = NAMES) -> Iterator[tuple[str, Goal]]:
    """Run the benchmarks, which print as they go; yield what became of each goal."""
    python = tools.session().dev.python
    for name in names:
        path = report(f"benchmark-{name}.json")
        command = [str(python), "-m", f"benchmarks.{name}", "--report", str(path)]
        done = subprocess.run([*command, *(["--full"] if full else [])], cwd=ROOT, check=False)
        if not path.exists():
            yield name, Goal("runs to its end", False, f"exit code {done.returncode}", load())
            continue
        for goal in json.loads(path.read_text(encoding="utf-8")):
            yield name, Goal(**goal)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run_all", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--full", action="store_true", help="full sizes, and the slow questions")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}")
    reached = list(goals(given.full, given.names or NAMES))
    missed = [(name, goal) for name, goal in reached if not goal.met]
    print(f"\n{len(reached)} goals, {len(missed)} missed; reports in {shown(REPORTS)}")
    for name, goal in missed:
        print(f"MISSED {name}: {goal.name}: {goal.measured}   [load {goal.load:.1f}]")
    return 1 if missed else 0


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
