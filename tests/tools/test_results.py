"""What ./test says at its end: the last line, the exit code, what was skipped, what was retried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.results import Results, read_jest, read_junit, read_playwright


def said(results: Results, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit code, and the lines of the end."""
    capsys.readouterr()
    code = results.end()
    return code, capsys.readouterr().out.splitlines()


def written(folder: Path, data: Any) -> Path:
    path = folder / "report.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_the_last_line_counts_and_failures_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    results = Results()
    results.add("mypy", True)
    results.add("ruff check", False, "a line is too long", 1.25)
    assert capsys.readouterr().out.splitlines() == [
        "ok     mypy",
        "FAILED ruff check  (1.2 s)",
        "       a line is too long",
    ]
    assert said(results, capsys) == (1, ["failed   ruff check", "1 passed, 1 failed"])


def test_all_that_passed_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    results = Results()
    results.count(12, [])
    results.add("mypy", True)
    assert said(results, capsys) == (0, ["13 passed, 0 failed"])


def test_nothing_tested_is_a_failure_unless_it_may_be_skipped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines = said(Results(), capsys)
    assert (code, lines[-1]) == (1, "0 passed, 1 failed")
    results = Results()
    results.skip("live: 2 requests to MAST", "mast.stsci.edu cannot be\n reached")
    assert results.end(may_be_skipped=True) == 0
    assert capsys.readouterr().out.splitlines() == [
        "skipped  live: 2 requests to MAST: mast.stsci.edu cannot be reached",
        "0 passed, 0 failed",
    ]
    assert results.end() == 1


def test_jest_is_counted_test_by_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def case(name: str, status: str, *messages: str) -> dict[str, Any]:
        return {"fullName": name, "status": status, "failureMessages": messages}

    report = written(
        tmp_path,
        {
            "testResults": [
                {
                    "name": "/x/a.spec.ts",
                    "status": "failed",
                    "assertionResults": [
                        case("adds", "passed"),
                        case("takes away", "failed", "\x1b[31mexpected 1\x1b[39m"),
                        case("later", "todo"),
                    ],
                },
                {
                    "name": "/x/b.spec.ts",
                    "status": "failed",
                    "message": "cannot find module",
                    "assertionResults": [],
                },
            ]
        },
    )
    results = Results()
    assert read_jest(report, results, "unit") == 3
    assert "       expected 1" in capsys.readouterr().out.splitlines()
    assert said(results, capsys) == (
        1,
        [
            "skipped  unit a.spec.ts: later: marked so in the test",
            "failed   unit a.spec.ts: takes away",
            "failed   unit b.spec.ts",
            "1 passed, 2 failed",
        ],
    )


def test_pytest_is_counted_test_by_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "pytest.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.a" name="one"/>'
        '<testcase classname="tests.a" name="two"><failure message="no">trace</failure></testcase>'
        '<testcase classname="tests.a" name="three"><error message="set-up"/></testcase>'
        '<testcase classname="tests.a" name="four"><skipped message="no Node"/></testcase>'
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    results = Results()
    assert read_junit(report, results, "server") == 3
    assert said(results, capsys) == (
        1,
        [
            "skipped  server tests.a: four: no Node",
            "failed   server tests.a: two",
            "failed   server tests.a: three",
            "1 passed, 2 failed",
        ],
    )


def test_a_browser_test_that_passed_on_the_second_try_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def spec(title: str, status: str, *errors: str, note: str = "") -> dict[str, Any]:
        notes = [{"type": "skip", "description": note}] if note else []
        tries = [{"errors": [{"message": error} for error in errors]}]
        return {
            "title": title,
            "tests": [{"status": status, "annotations": notes, "results": tries}],
        }

    report = written(
        tmp_path,
        {
            "errors": [{"message": "the server did not start"}],
            "suites": [
                {
                    "title": "panel.spec.ts",
                    "specs": [spec("lists", "expected"), spec("scrolls", "flaky", "late")],
                    "suites": [
                        {
                            "title": "states",
                            "specs": [
                                spec("403", "unexpected", "no sentence"),
                                spec("drag", "skipped", note="no pointer"),
                            ],
                        }
                    ],
                }
            ],
        },
    )
    results = Results()
    assert read_playwright(report, results, "browser") == 4
    assert said(results, capsys) == (
        1,
        [
            "skipped  browser panel.spec.ts: states: drag: no pointer",
            "retried  browser panel.spec.ts: scrolls: failed at first, passed on the second try",
            "failed   browser: set-up",
            "failed   browser panel.spec.ts: states: 403",
            "2 passed, 2 failed",
        ],
    )
