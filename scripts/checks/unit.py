"""jest: the front end's models and pure parts, without a browser."""

from __future__ import annotations

from pathlib import Path

from scripts.checks import Session, report, run_reported
from scripts.paths import ROOT
from scripts.results import read_jest


def run(session: Session) -> None:
    env = session.packages()
    path = report("jest.json")
    command: list[str | Path] = [
        env.programs / "node",
        ROOT / "node_modules" / "jest" / "bin" / "jest.js",
    ]
    command += ["--json", f"--outputFile={path}"]
    if session.name:
        command += ["-t", session.name]
    run_reported(session, "unit", command, path, read_jest, env=env)
