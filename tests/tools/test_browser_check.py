"""Which Chromium the browser tests take, and which tests run where."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from scripts.checks import browser
from scripts.environments import PythonEnvironment
from scripts.processes import Failure

WORKS = "pass"
BROKEN = "sys.exit(1)"
#: Notes what it is asked for.
NOTES = "open({log!r}, 'a').write(' '.join([{name!r}, *sys.argv[1:]]) + '\\n')"


class Machine:
    """A machine on which only what a test puts there can be found."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.log = folder / "log"
        #: The environment of the tools, whose Node installs Playwright's browser.
        self.tools = PythonEnvironment("dev", folder / "tools", node=True)
        self.tools.programs.mkdir(parents=True)
        self._patch = monkeypatch
        monkeypatch.setenv("PATH", str(self.folder))
        monkeypatch.delenv("CHROMIUM", raising=False)
        monkeypatch.setattr(browser, "LOGS", folder / "logs")
        monkeypatch.setattr(browser, "ON_A_MAC", folder / "none")
        self.be_root(False)

    def be_root(self, root: bool) -> None:
        self._patch.setattr(os, "geteuid", lambda: 0 if root else 1000)

    def put(self, name: str, *lines: str, folder: Path | None = None) -> Path:
        path = (folder or self.folder) / name
        path.write_text("\n".join([f"#!{sys.executable}", "import os, sys", *lines]))
        path.chmod(0o755)
        return path

    def put_installer(self, name: str, *lines: str, folder: Path | None = None) -> None:
        """A program that is not to be run for a test: it only notes its arguments."""
        note = NOTES.format(log=str(self.log), name=name)
        self.put(name, note, *lines, folder=folder)

    def asked(self) -> list[str]:
        """What the installers were asked for."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def found(self) -> Path | None:
        return browser.chromium(self.tools)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path, monkeypatch)
    machine.put_installer("apt-get")
    machine.put_installer("node", folder=machine.tools.programs)
    return machine


def test_the_one_that_is_named_goes_first(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.put("chromium", WORKS)
    mine = machine.put("mine", WORKS)
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert machine.found() == mine


def test_a_name_of_nothing_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.put("chromium", WORKS)
    monkeypatch.setenv("CHROMIUM", str(machine.folder / "nothing"))
    with pytest.raises(Failure, match=r"the browser that \$CHROMIUM names is not there"):
        machine.found()


def test_then_those_of_the_system_in_their_order(machine: Machine) -> None:
    machine.be_root(True)
    chrome = machine.put("google-chrome", WORKS)
    assert machine.found() == chrome
    # As Ubuntu's, which says only that there is a snap.
    machine.put("chromium-browser", BROKEN)
    assert machine.found() == chrome
    chromium = machine.put("chromium", WORKS)
    assert machine.found() == chromium
    assert machine.asked() == []


def test_then_that_of_debian_for_root(machine: Machine) -> None:
    machine.be_root(True)
    chromium = machine.put("chromium", BROKEN)
    machine.put_installer(
        "apt-get", f"'install' in sys.argv and open({str(chromium)!r}, 'w').write('#!/bin/sh\\n')"
    )
    assert machine.found() == chromium
    assert machine.asked() == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends chromium",
    ]


@pytest.mark.parametrize("root", [True, False])
def test_last_that_of_playwright(machine: Machine, root: bool) -> None:
    machine.be_root(root)
    machine.put_installer("apt-get", BROKEN)
    # Playwright knows where it is.
    assert machine.found() is None
    *before, last = machine.asked()
    assert last == f"node {browser.PLAYWRIGHT} install chromium"
    assert before == (["apt-get update"] if root else [])


def test_none_at_all_is_told_with_every_reason(machine: Machine) -> None:
    machine.be_root(True)
    machine.put_installer("apt-get", BROKEN)
    machine.put_installer("node", BROKEN, folder=machine.tools.programs)
    with pytest.raises(Failure) as caught:
        machine.found()
    said = str(caught.value)
    assert said.startswith("No Chromium was found, and none could be installed.\n")
    assert "apt-get update failed (exit code 1)" in said
    assert "playwright install chromium failed (exit code 1)" in said


def runs(target: browser.Target, title: str, name: str | None = None) -> bool:
    """Whether Playwright would run a test of that title."""
    given = browser.selection(target, name)
    options = dict(zip(given[::2], given[1::2], strict=True))
    # These expressions mean the same in Python and in JavaScript.
    return bool(re.search(options.get("--grep", ""), title)) and not (
        "--grep-invert" in options and re.search(options["--grep-invert"], title)
    )


@pytest.mark.parametrize(
    ("title", "where"),
    [
        ("lists a folder", ["JupyterLab 4.6"]),
        ("lists a folder @smoke", ["JupyterLab 4.6", "JupyterLab 4.2"]),
        ("opens @notebook", ["Notebook 7.6"]),
        ("opens @smoke @notebook", ["JupyterLab 4.6", "JupyterLab 4.2", "Notebook 7.6"]),
        ("opens beside them @beside", ["beside other extensions"]),
        ("opens without a server @lite", []),
    ],
)
def test_where_a_test_runs(title: str, where: list[str]) -> None:
    assert [target.name for target in browser.DEFAULT if runs(target, title)] == where


def test_a_name_is_taken_as_it_is() -> None:
    assert runs(browser.NEWEST, "copies (all) of a.fits", "(all) of a.fits")
    assert not runs(browser.NEWEST, "copies (all) of a-fits", "(all) of a.fits")
    oldest = browser.DEFAULT[1]
    assert runs(oldest, "copies all @smoke", "copies")
    assert not runs(oldest, "copies all", "copies")
    assert not runs(oldest, "moves all @smoke", "copies")


def test_parts_are_of_the_same_tests() -> None:
    parts = browser.NEWEST.shards(3)
    assert [browser.selection(part, None)[0] for part in parts] == [
        "--shard=1/3",
        "--shard=2/3",
        "--shard=3/3",
    ]
    assert len({part.log for part in parts}) == 3
