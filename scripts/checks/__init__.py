"""The parts of ./test."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from scripts.environments import (
    LOGS,
    PythonEnvironment,
    editable,
    front_end,
    node_modules,
    python_environment,
)
from scripts.paths import FLOOR, ROOT, UI_TESTS, VENV
from scripts.processes import Failure, call, end_of
from scripts.results import Results

REPORTS = VENV / "reports"


@dataclass
class Session:
    """One run of ./test: what was asked for, and what its parts share."""

    results: Results
    name: str | None = None
    full: bool = False
    live: bool = False
    ci: bool = False
    #: The wheel, once it is built.
    wheel: Path | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @cached_property
    def dev(self) -> PythonEnvironment:
        """The tools: Python's, Node, jlpm, SeaweedFS."""
        return python_environment("dev", "dev", node=True)

    @property
    def kernel(self) -> PythonEnvironment:
        """What an astronomer's kernel has."""
        return python_environment("kernel", "kernel")

    def checkout(self) -> PythonEnvironment:
        """The tools, with the checkout installed."""
        with self._lock:
            editable(self.dev)
            return self.dev

    def packages(self) -> PythonEnvironment:
        """The tools, with the JavaScript packages of the top folder."""
        node_modules(ROOT, self.dev, "root")
        return self.dev

    def floor_packages(self) -> PythonEnvironment:
        # So that the packages of floor/ are found before those of the top folder.
        link = FLOOR / "src"
        if not link.is_symlink():
            link.symlink_to(Path("..") / "src")
        node_modules(FLOOR, self.dev, "floor")
        return self.dev

    def ui_packages(self) -> PythonEnvironment:
        node_modules(UI_TESTS, self.dev, "ui-tests")
        return self.dev

    def wanted(self, name: str) -> bool:
        """Whether a check is to run, going by the name that was asked for."""
        return self.name is None or self.name.lower() in name.lower()

    def prepare(self) -> None:
        """Make the environments of a whole run, two at a time: most of it is waiting."""
        from scripts.checks import browser

        began = time.monotonic()
        _ = self.dev
        steps: list[Callable[[], object]] = [self.packages, self.checkout]
        steps += [self.floor_packages, self.ui_packages, lambda: self.kernel]
        # For the tests of ./run.
        steps += [lambda: front_end(self.dev)]
        # One after the other of those that share an environment.
        chosen = {target.requirements: target for target in browser.targets(self)}
        steps += [partial(browser.prepare, self, target) for target in chosen.values()]
        in_parallel(steps)
        print(f"    set-up took {time.monotonic() - began:.0f} s", flush=True)

    def check(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: PythonEnvironment | None = None,
        cwd: Path = ROOT,
        timeout: float = 900,
    ) -> bool:
        """A program that passes with exit code 0."""
        tools = env or self.dev
        log = LOGS / "checks" / f"{name.replace('/', '-').replace(' ', '-')}.log"
        log.unlink(missing_ok=True)
        began = time.monotonic()
        try:
            call(command, what=name, env=tools.variables(), log=log, cwd=cwd, timeout=timeout)
        except Failure:
            self.results.add(name, False, end_of(log, 80), time.monotonic() - began)
            return False
        self.results.add(name, True, seconds=time.monotonic() - began)
        return True


def in_parallel(steps: Sequence[Callable[[], object]]) -> None:
    """Run steps two at a time; one that fails does not keep the others from it.

    A failed set-up is no result of its own: the part that needs it tries again
    and says it.
    """
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for future in [pool.submit(step) for step in steps]:
            try:
                future.result()
            except Failure as error:
                print(str(error).splitlines()[0], flush=True)


def report(name: str) -> Path:
    """A fresh path for a tool's report."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / name
    path.unlink(missing_ok=True)
    return path


def run_reported(
    session: Session,
    part: str,
    command: Sequence[str | Path],
    path: Path,
    read: Callable[[Path, Results, str], int],
    *,
    env: PythonEnvironment,
    extra: dict[str, str] | None = None,
    cwd: Path = ROOT,
    timeout: float = 1800,
) -> None:
    """Run a test runner and count its report. No report, no test, or a failure
    that its report does not show counts as a failure."""
    log = LOGS / "checks" / f"{part.replace(' ', '-')}.log"
    log.unlink(missing_ok=True)
    problem: Failure | None = None
    began = time.monotonic()
    try:
        call(command, what=part, env=env.variables(extra), log=log, cwd=cwd, timeout=timeout)
    except Failure as error:
        problem = error
    before = session.results.failed
    if not path.exists():
        session.results.add(f"{part}: report", False, str(problem or "no report was written"))
        return
    ran = read(path, session.results, part)
    if ran == 0:
        session.results.add(f"{part}: at least one test", False, end_of(log))
    elif problem and session.results.failed == before:
        session.results.add(f"{part}: exit code", False, str(problem))
    print(f"       {part}: {ran} tests in {time.monotonic() - began:.0f} s", flush=True)
