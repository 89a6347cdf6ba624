"""./test: everything that must hold before a change lands."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable

from scripts import checks
from scripts.checks import bench, browser, lint, live, package, server, unit
from scripts.processes import Failure
from scripts.results import Results

#: In the order in which they run; those of ON_REQUEST only when asked for.
PARTS: dict[str, Callable[[checks.Session], None]] = {
    "lint": lint.run,
    "unit": unit.run,
    "server": server.run,
    "package": package.run,
    "browser": browser.run,
    "bench": bench.run,
    "live": live.run,
}


ON_REQUEST = {"bench": "--full", "live": "--live"}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./test",
        description="Set up what is missing, then run the checks and tests: all, or one part. "
        "The last line is `N passed, N failed`.",
    )
    parser.add_argument("part", nargs="?", choices=sorted(PARTS), help="one part only")
    parser.add_argument(
        "name",
        nargs="?",
        help="only what has this in its name (jest -t, pytest -k, playwright -g)",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="all versions of JupyterLab and Notebook, and counts, peers and benchmarks at full "
        "size",
    )
    parser.add_argument(
        "--live",
        action="store_true",
        help="also ten anonymous requests to the real bucket and to MAST",
    )
    parser.add_argument(
        "--ci", action="store_true", help="as in CI: one retry of a browser test (or CI=true)"
    )
    return parser.parse_intermixed_args(arguments)


def interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    in_ci = options.ci or os.environ.get("CI", "").lower() in ("1", "true", "yes")
    results = Results()
    session = checks.Session(
        results=results, name=options.name, full=options.full, live=options.live, ci=in_ci
    )
    if options.part:
        chosen = [options.part]
    else:
        asked = {"bench": options.full, "live": options.live}
        chosen = [part for part in PARTS if asked.get(part, True)]
        for part, option in ON_REQUEST.items():
            if part not in chosen:
                results.skip(part, f"only with {option}, or by its name")
    try:
        if not options.part:
            session.prepare()
        for part in chosen:
            print(f"--- {part}", flush=True)
            began = time.monotonic()
            try:
                PARTS[part](session)
            except Failure as error:
                results.add(part, False, str(error))
            print(f"    {part} took {time.monotonic() - began:.0f} s", flush=True)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return results.end(may_be_skipped=options.part == "live")
