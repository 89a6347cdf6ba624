#!/usr/bin/env python3
"""Take the pictures of docs/images from the running thing.

    python3 scripts/screenshots.py [NAME]

Builds the wheel, starts the sample archive and the newest JupyterLab as the
browser tests do, and runs ui-tests/screenshots/*.spec.ts.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.checks import Session, browser
from scripts.environments import LOGS
from scripts.paths import UI_TESTS
from scripts.processes import Failure, call, end_of
from scripts.results import Results


def main() -> int:
    session = Session(results=Results(), name=sys.argv[1] if len(sys.argv) > 1 else None)
    node = session.ui_packages()
    env = browser.prepare(session, browser.NEWEST)
    log = LOGS / "screenshots.log"
    log.unlink(missing_ok=True)
    command: list[str | Path] = [node.programs / "node", browser.PLAYWRIGHT, "test"]
    if session.name:
        command += ["--grep", session.name]
    with browser.served(session, browser.NEWEST, env, browser.chromium(node)) as variables:
        variables["MAST_TESTS"] = str(UI_TESTS / "screenshots")
        variables["MAST_IMAGES"] = str(ROOT / "docs" / "images")
        variables["MAST_OUTPUT"] = str(UI_TESTS / "test-results" / "screenshots")
        call(
            command,
            what="taking the pictures",
            env=node.variables(variables),
            log=log,
            cwd=UI_TESTS,
        )
    print(end_of(log))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as error:
        sys.exit(str(error))
