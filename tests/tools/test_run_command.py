"""./run as people start and end it, where a whole ./test or an earlier ./run has made all of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from scripts.environments import MARKER, Marker, front_end_key
from scripts.paths import ROOT, VENV

#: Seconds until JupyterLab answers, and until all of it has ended.
START, END = 120, 30
URL = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")


def missing() -> str:
    """Empty, or why ./run would have to make something first."""
    if not [*VENV.glob(f"run-*/{MARKER}"), *VENV.glob(f"dev-*/{MARKER}")]:
        return "there is no environment for ./run yet: neither .venv/run-… nor .venv/dev-…"
    built = ROOT / "jupyterlab_mast" / "labextension" / "package.json"
    if not (built.exists() and Marker(VENV / "front-end.key").fits(front_end_key())):
        return "neither ./run nor a whole ./test has built the front end as it is now"
    return ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "all is there")


def commands(processes: Iterable[psutil.Process]) -> list[list[str]]:
    """The command lines of those that run."""
    found = []
    for one in processes:
        # Some are there for a moment only.
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.status() != psutil.STATUS_ZOMBIE:
                found.append(one.cmdline())
    return found


class Run:
    """A running ./run, in a session of its own as in a terminal."""

    def __init__(self, workspace: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "run", "--workspace", workspace, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._timer = threading.Timer(START, self.process.kill)
        self._timer.start()
        #: All that was started, also what has left its parent since.
        self.started: set[psutil.Process] = set()

    def url(self) -> str:
        """The address that it prints when JupyterLab answers."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if URL.search(line):
                self._timer.cancel()
                self.look()
                return line.strip()
        raise AssertionError(f"./run ended without an address: {''.join(lines)}")

    def look(self) -> None:
        self.started |= set(psutil.Process(self.process.pid).children(recursive=True))

    def end(self) -> tuple[int, str]:
        """The exit code, and what was said on standard error."""
        _, said = self.process.communicate(timeout=END)
        self._timer.cancel()
        return self.process.returncode, said

    def alive(self) -> list[str]:
        """The command lines of what is left after a while."""
        _, left = psutil.wait_procs(self.started, timeout=END)
        return [" ".join(command) for command in commands(left)]

    def close(self) -> None:
        self._timer.cancel()
        for one in [self.process, *self.started]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """What a test starts; ended with it, whatever happens."""
    started: list[Run] = []
    yield started
    for one in started:
        one.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_prints_one_address_and_leaves_nothing(
    tmp_path: Path, runs: list[Run], number: signal.Signals
) -> None:
    run = Run(tmp_path / "workspace")
    runs.append(run)
    address = run.url()
    assert URL.fullmatch(address)
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.status == 200
        assert b"jupyter-config-data" in answer.read()
    run.look()
    programs = {Path(part).name for command in commands(run.started) for part in command[:3]}
    assert {"jupyter-lab", "weed"} <= programs
    if number == signal.SIGINT:
        # Ctrl-C goes to all that is in the foreground.
        os.killpg(run.process.pid, number)
    else:
        run.process.send_signal(number)
    code, said = run.end()
    if number != signal.SIGKILL:
        assert (code, said.splitlines()[-1:]) == (130, ["Ended."])
        assert "Traceback" not in said
    assert run.alive() == []


def test_a_start_that_fails_says_why_and_leaves_nothing(tmp_path: Path, runs: list[Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = Run(tmp_path / "workspace", "--port", str(taken.getsockname()[1]))
        runs.append(run)
        while run.process.poll() is None:
            run.look()
            try:
                run.process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        code, said = run.end()
    assert code == 1
    assert "Traceback" not in said
    assert len(said.strip()) > 20
    assert run.started
    assert run.alive() == []
