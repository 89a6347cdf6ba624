"""benchmarks/: one program a question; each prints ratios and fails past its limit."""

from __future__ import annotations

import time

from scripts.checks import Session
from scripts.environments import LOGS
from scripts.paths import ROOT
from scripts.processes import Failure, call, end_of


def run(session: Session) -> None:
    """Small sizes, or with --full the sizes that the limits are stated for."""
    env = session.checkout()
    session.ui_packages()
    names = sorted(path.parent.name for path in (ROOT / "benchmarks").glob("*/__main__.py"))
    for name in names:
        if not session.wanted(name):
            continue
        log = LOGS / "checks" / f"benchmark-{name}.log"
        log.unlink(missing_ok=True)
        began = time.monotonic()
        try:
            call(
                [env.python, "-m", f"benchmarks.{name}", *(["--full"] if session.full else [])],
                what=f"benchmark {name}",
                env=env.variables(),
                log=log,
                timeout=3600,
            )
        except Failure as error:
            session.results.add(f"benchmark {name}", False, str(error), time.monotonic() - began)
        else:
            session.results.add(f"benchmark {name}", True, seconds=time.monotonic() - began)
            print(end_of(log), flush=True)
