"""What ./test runs: all parts, one, what has a name; and what it says of the rest."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from scripts import test_command
from scripts.checks import Session, browser
from scripts.paths import ROOT
from scripts.processes import Failure
from scripts.results import Results
from scripts.test_command import ON_REQUEST, PARTS

ALWAYS = ["lint", "unit", "server", "package", "browser"]


class Parts:
    """In the place of all parts, since one of them runs this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.session: Session | None = None
        #: What goes wrong, by the part.
        self.wrong: dict[str, BaseException] = {}
        for part in PARTS:
            monkeypatch.setitem(PARTS, part, lambda session, part=part: self.run(part, session))
        monkeypatch.setattr(Session, "prepare", lambda _session: self.ran.append("set-up"))

    def run(self, part: str, session: Session) -> None:
        self.ran.append(part)
        self.session = session
        if part in self.wrong:
            raise self.wrong[part]
        session.results.add(part, True)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    monkeypatch.delenv("CI", raising=False)
    yield Parts(monkeypatch)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("part", PARTS)
def test_one_part_runs_alone(parts: Parts, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert test_command.main([part]) == 0
    assert parts.ran == [part]
    assert parts.session is not None
    assert parts.session.name is None
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.parametrize("arguments", [["unit", "some name"], ["--full", "unit", "some name"]])
def test_a_part_is_told_the_name_that_was_asked_for(parts: Parts, arguments: list[str]) -> None:
    assert test_command.main(arguments) == 0
    assert parts.session is not None
    assert (parts.ran, parts.session.name) == (["unit"], "some name")
    assert parts.session.full is ("--full" in arguments)


@pytest.mark.parametrize(
    ("options", "more"),
    [([], []), (["--full"], ["bench"]), (["--live"], ["live"]), (["--full", "--live"], None)],
)
def test_without_a_part_all_run_and_what_does_not_is_named(
    parts: Parts, options: list[str], more: list[str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = list(ON_REQUEST) if more is None else more
    assert test_command.main(options) == 0
    assert parts.ran == ["set-up", *ALWAYS, *asked]
    lines = capsys.readouterr().out.splitlines()
    skipped = [line for line in lines if line.startswith("skipped")]
    left = {part: option for part, option in ON_REQUEST.items() if part not in asked}
    assert len(skipped) == len(left)
    for part, option in left.items():
        assert f"skipped  {part}: only with {option}, or by its name" in skipped
    assert lines[-1] == f"{len(ALWAYS) + len(asked)} passed, 0 failed"


def test_a_part_that_cannot_run_is_a_failure_and_the_others_run(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.wrong["unit"] = Failure("there is no Node")
    assert test_command.main([]) == 1
    assert parts.ran == ["set-up", *ALWAYS]
    lines = capsys.readouterr().out.splitlines()
    assert "       there is no Node" in lines
    assert lines[-1] == "4 passed, 1 failed"


def test_ctrl_c_ends_it(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    parts.wrong["unit"] = KeyboardInterrupt()
    assert test_command.main([]) == 130
    assert parts.ran == ["set-up", "lint", "unit"]
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize(("variable", "option"), [("", False), ("true", False), ("", True)])
def test_whether_it_is_ci(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, variable: str, option: bool
) -> None:
    monkeypatch.setenv("CI", variable)
    test_command.main(["unit", *(["--ci"] if option else [])])
    assert parts.session is not None
    assert parts.session.ci is (option or variable == "true")


def test_an_unknown_part_is_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "test", "units"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("./test: error: ")
    assert "'units'" in last
    for part in PARTS:
        assert part in last


def test_full_has_browser_tests_in_all_that_is_supported() -> None:
    def names(full: bool) -> list[str]:
        return [target.name for target in browser.targets(Session(Results(), full=full))]

    short = ["JupyterLab 4.6", "JupyterLab 4.2", "Notebook 7.6", "beside other extensions"]
    assert names(False) == short
    more = {*(f"JupyterLab 4.{minor}" for minor in (3, 4, 5)), "Notebook 7.2", "Notebook 7.5"}
    assert set(names(True)) == {*short, *more, "JupyterLite"}
