"""Linters, formatters and type checks. Each is one check."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.checks import Session
from scripts.paths import FLOOR, ROOT

LAYERING = "eslint holds the layers of src/"


def run(session: Session) -> None:
    dev = session.dev
    needs_packages = any(session.wanted(name) for name in [*javascript(), LAYERING])
    if needs_packages:
        session.packages()
    if session.wanted("eslint"):
        # Its rules read the types of what the browser tests use.
        session.ui_packages()
    if session.wanted("tsc floor"):
        session.floor_packages()
    if session.wanted("import-linter") or session.wanted("mypy"):
        session.checkout()
    steps: list[Callable[[], object]] = []

    def add(name: str, command: list[str | Path]) -> None:
        if session.wanted(name):
            steps.append(lambda: session.check(name, command))

    for name, command in javascript().items():
        add(name, [dev.programs / "node", *command])
    if session.wanted("tsc floor dependencies"):
        steps.append(lambda: floor_dependencies(session))
    add("ruff check", [dev.programs / "ruff", "check", "."])
    add("ruff format", [dev.programs / "ruff", "format", "--check", "."])
    add("mypy", [dev.python, "-m", "mypy"])
    add("import-linter", [dev.programs / "lint-imports"])
    if session.wanted(LAYERING):
        steps.append(lambda: layering(session))
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for future in [pool.submit(step) for step in steps]:
            future.result()


def javascript() -> dict[str, list[str | Path]]:
    """The checks that Node runs, slowest first."""
    modules = ROOT / "node_modules"
    return {
        "eslint": [modules / "eslint" / "bin" / "eslint.js", ".", "--max-warnings", "0"],
        "tsc": [modules / "typescript" / "bin" / "tsc", "--noEmit", "-p", ROOT],
        "tsc floor (JupyterLab 4.2.7)": [
            *(FLOOR / "node_modules" / "typescript" / "bin" / "tsc", "--noEmit"),
            *("-p", FLOOR),
        ],
        "prettier": [modules / "prettier" / "bin" / "prettier.cjs", "--check", "."],
        "stylelint": [
            *(modules / "stylelint" / "bin" / "stylelint.mjs", "--max-warnings", "0"),
            "style/**/*.css",
        ],
    }


def layering(session: Session) -> None:
    """Each case of scripts/check_layering.mjs is a check."""
    done = subprocess.run(
        [session.dev.programs / "node", ROOT / "scripts" / "check_layering.mjs"],
        env=session.dev.variables(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    cases = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    wrong = [f"{case['name']}\n{case['detail']}" for case in cases if not case["passed"]]
    if done.returncode != 0 or not cases:
        wrong.append(done.stderr or "no case was tried")
    session.results.add(LAYERING, not wrong, "\n".join(wrong))


def floor_dependencies(session: Session) -> None:
    """floor/package.json has every dependency of the top package.json."""
    name = "tsc floor dependencies"
    top = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    floor = json.loads((FLOOR / "package.json").read_text(encoding="utf-8"))
    wrong = [
        f"{package}: {wanted} in package.json, {floor['dependencies'].get(package)} in floor/"
        for package, wanted in top["dependencies"].items()
        if floor["dependencies"].get(package) != wanted
    ]
    wrong += [
        f"{package} is in floor/package.json only"
        for package in floor["dependencies"]
        if package not in top["dependencies"]
    ]
    session.results.add(name, not wrong, "\n".join(wrong))
