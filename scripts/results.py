"""What ./test counts, and how it says so."""

from __future__ import annotations

import json
import re
import threading
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Results:
    """Passed and failed over all parts, with the names of what matters."""

    passed: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, name: str, passed: bool, detail: str = "", seconds: float | None = None) -> None:
        """One check, said at once."""
        took = "" if seconds is None else f"  ({seconds:.1f} s)"
        with self._lock:
            if passed:
                self.passed += 1
            else:
                self.failed += 1
                self.failures.append(name)
            print(f"{'ok    ' if passed else 'FAILED'} {name}{took}", flush=True)
            if detail and not passed:
                print("\n".join(f"       {line}" for line in detail.splitlines()), flush=True)

    def count(self, passed: int, failures: list[tuple[str, str]]) -> None:
        """Many tests of one report; the failed ones are said with what went wrong."""
        with self._lock:
            self.passed += passed
            for name, detail in failures:
                self.failed += 1
                self.failures.append(name)
                print(f"FAILED {name}")
                for line in COLOURS.sub("", detail).strip().splitlines()[:60]:
                    print(f"       {line}")
            print(end="", flush=True)

    def skip(self, name: str, reason: str) -> None:
        with self._lock:
            self.skipped.append(f"{name}: {' '.join(reason.split())}")

    def retry(self, name: str) -> None:
        with self._lock:
            self.retried.append(name)

    def end(self, may_be_skipped: bool = False) -> int:
        """Say the rest and the closing line; the exit code.

        No test at all is a failure, but where all of them `may_be_skipped` and were.
        """
        if self.passed + self.failed == 0 and not (may_be_skipped and self.skipped):
            self.add("at least one test", False, "Nothing was tested.")
        for line in self.skipped:
            print(f"skipped  {line}")
        for line in self.retried:
            print(f"retried  {line}: failed at first, passed on the second try")
        for line in self.failures:
            print(f"failed   {line}")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


def read_jest(report: Path, results: Results, part: str) -> int:
    """Count a report of `jest --json`; how many tests were run."""
    data = json.loads(report.read_text(encoding="utf-8"))
    passed, failures = 0, []
    for suite in data["testResults"]:
        name = Path(suite["name"]).name
        tests = suite["assertionResults"]
        if suite["status"] == "failed" and not any(t["status"] == "failed" for t in tests):
            failures.append((f"{part} {name}", suite.get("message", "")))
        for test in tests:
            title = f"{part} {name}: {test['fullName']}"
            if test["status"] == "passed":
                passed += 1
            elif test["status"] == "failed":
                failures.append((title, "\n".join(test["failureMessages"])))
            elif test["status"] in ("todo", "skipped", "disabled"):
                results.skip(title, "marked so in the test")
    results.count(passed, failures)
    return passed + len(failures)


def read_junit(report: Path, results: Results, part: str) -> int:
    """Count a JUnit report of pytest; how many tests were run."""
    passed, failures = 0, []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        title = f"{part} {case.get('classname', '')}: {case.get('name', '')}"
        problem = case.find("failure")
        if problem is None:
            problem = case.find("error")
        skipped = case.find("skipped")
        if problem is not None:
            failures.append((title, problem.text or problem.get("message") or ""))
        elif skipped is not None:
            results.skip(title, skipped.get("message", ""))
        else:
            passed += 1
    results.count(passed, failures)
    return passed + len(failures)


def read_playwright(report: Path, results: Results, part: str) -> int:
    """Count a report of Playwright's json reporter; how many tests were run."""
    data = json.loads(report.read_text(encoding="utf-8"))
    passed: list[str] = []
    failures = [(f"{part}: set-up", str(e.get("message", e))) for e in data.get("errors", [])]

    def walk(suite: dict[str, Any], above: list[str]) -> None:
        path = [*above, suite["title"]] if suite.get("title") else above
        for spec in suite.get("specs", []):
            title = f"{part} {': '.join([*path, spec['title']])}"
            for test in spec["tests"]:
                status = test["status"]
                if status == "skipped":
                    notes = [a.get("description") or a["type"] for a in test["annotations"]]
                    results.skip(title, "; ".join(notes) or "marked so in the test")
                elif status in ("expected", "flaky"):
                    passed.append(title)
                    if status == "flaky":
                        results.retry(title)
                else:
                    errors = [e.get("message", "") for r in test["results"] for e in r["errors"]]
                    failures.append((title, "\n".join(errors)))
        for inner in suite.get("suites", []):
            walk(inner, path)

    for suite in data["suites"]:
        walk(suite, [])
    results.count(len(passed), failures)
    return len(passed) + len(failures)
