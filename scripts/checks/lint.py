"""Linters, formatters and type checks. Each is one check."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scripts.checks import Session
from scripts.paths import FLOOR, ROOT, UI_TESTS

BROWSER_TESTS = "tsc of the browser tests"
LAYERING = "eslint holds the layers of src/"
SHARED = "shared packages are asked for as of JupyterLab 4.2"
#: What the page brings: there is one of each, whoever else is installed.
BROUGHT = re.compile(r"@jupyterlab/|@lumino/|react(-dom)?$")


def run(session: Session) -> None:
    dev = session.dev
    needs_packages = any(session.wanted(name) for name in [*javascript(), LAYERING])
    if needs_packages:
        session.packages()
    if session.wanted("eslint") or session.wanted(BROWSER_TESTS):
        # The rules read the types of what the browser tests use.
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
    if session.wanted(SHARED):
        steps.append(lambda: shared_packages(session))
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
        BROWSER_TESTS: [modules / "typescript" / "bin" / "tsc", "--noEmit", "-p", UI_TESTS],
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


def shared_packages(session: Session) -> None:
    """The ranges by which the page's packages are asked for are those of `dependencies`."""
    top = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    floor = json.loads((FLOOR / "package.json").read_text(encoding="utf-8"))
    wrong = wrong_ranges(top, floor["resolutions"])
    session.results.add(SHARED, not wrong, "\n".join(wrong))


def wrong_ranges(package: dict[str, Any], oldest: dict[str, str]) -> list[str]:
    """What a package.json shares otherwise than it should, with the oldest versions there are.

    Without `requiredVersion` the builder asks for what it was built with, and a range of newer
    versions makes an older JupyterLab refuse the extension.
    """
    shared = package["jupyterlab"]["sharedPackages"]
    wrong = []
    for name, wanted in package["dependencies"].items():
        if not BROUGHT.match(name):
            continue
        asked = (shared.get(name) or {}).get("requiredVersion")
        if asked != wanted:
            wrong.append(f"{name}: {wanted} in dependencies, {asked} in sharedPackages")
        if name in oldest and not fits(oldest[name], wanted):
            wrong.append(
                f"{name}: {wanted} leaves out {oldest[name]}, the oldest that is supported"
            )
    return wrong


def fits(version: str, caret: str) -> bool:
    """Whether a version is of a range such as `^4.2.0`."""
    if not re.fullmatch(r"\^[1-9]\d*\.\d+\.\d+", caret):
        return False
    first, *lowest = (int(part) for part in caret[1:].split("."))
    major, *rest = (int(part) for part in version.split("-")[0].split("."))
    return major == first and rest >= lowest
