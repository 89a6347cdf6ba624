"""./run as people start and end it, where a whole ./test or an earlier ./run has made all of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.environments import MARKER, Marker, front_end_key
from scripts.paths import ROOT, VENV

#: Seconds until JupyterLab answers, and until all of it has ended.
START, END = 120, 30
STARTING = re.compile("^Starting ")
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


#: A variable that all that a ./run starts has from it.
MARK = "STARTED_BY_A_TEST"


class Run:
    """A running ./run, in a session of its own as in a terminal."""

    def __init__(self, workspace: Path, *options: str) -> None:
        self._mark = secrets.token_hex(8)
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "run", "--workspace", workspace, *options],
            env={**os.environ, MARK: self._mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._timer = threading.Timer(START, self.process.kill)
        self._timer.start()

    def line(self, wanted: re.Pattern[str]) -> str:
        """The next line that it prints of that form."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if wanted.search(line):
                return line.strip()
        raise AssertionError(f"./run ended without {wanted.pattern}: {''.join(lines)}")

    def url(self) -> str:
        """The address that it prints when JupyterLab answers."""
        found = self.line(URL)
        self._timer.cancel()
        return found

    def started(self) -> list[psutil.Process]:
        """All that runs because of it, also what has left its parent since."""
        found = []
        for one in psutil.process_iter():
            # Some are there for a moment only, others are not ours.
            with contextlib.suppress(psutil.Error, OSError):
                if one.pid != self.process.pid and one.environ().get(MARK) == self._mark:
                    found.append(one)
        return found

    def programs(self) -> set[str]:
        """The names of what runs, whatever interprets them."""
        found = set()
        for one in self.started():
            with contextlib.suppress(psutil.Error):
                found |= {Path(part).name for part in one.cmdline()[:3]}
        return found

    def end(self) -> tuple[int, str]:
        """The exit code, and what was said on standard error."""
        _, said = self.process.communicate(timeout=END)
        self._timer.cancel()
        return self.process.returncode, said

    def alive(self) -> list[psutil.Process]:
        """What is left after a while."""
        psutil.wait_procs(self.started(), timeout=END)
        return self.started()

    def close(self) -> None:
        self._timer.cancel()
        for one in [self.process, *self.started()]:
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
    assert {"jupyter-lab", "weed"} <= run.programs()
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
        run.line(STARTING)
        code, said = run.end()
    assert code == 1
    assert "Traceback" not in said
    assert len(said.strip()) > 20
    assert run.alive() == []


def test_one_that_is_interrupted_while_it_starts_leaves_nothing(
    tmp_path: Path, runs: list[Run]
) -> None:
    run = Run(tmp_path / "workspace")
    runs.append(run)
    run.line(STARTING)
    while "weed" not in run.programs():
        assert run.process.poll() is None
    os.killpg(run.process.pid, signal.SIGINT)
    code, said = run.end()
    assert (code, said) == (130, "Ended.\n")
    assert run.alive() == []


def test_it_serves_mast_and_the_samples(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path / "workspace")
    runs.append(run)
    address = run.url()
    with urllib.request.urlopen(address, timeout=30) as answer:
        page = answer.read().decode()
    found = re.search(
        r'id="jupyter-config-data" type="application/json">(.*?)</script>', page, re.DOTALL
    )
    assert found
    archives = json.loads(found[1])["jupyterlabMast"]["archives"]
    assert [(one["id"], one["title"]) for one in archives] == [
        ("mast", "MAST on AWS"),
        ("sample", "Sample"),
    ]
    base, _, token = address.partition("/lab?token=")
    listing = f"{base}/jupyterlab-mast/archive/sample/s3/{archives[1]['bucket']}?list-type=2"
    asked = urllib.request.Request(listing, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        listed = set(re.findall(r"<Key>(.*?)</Key>", answer.read().decode()))
    samples = ROOT / "samples" / "stpubdata"
    assert listed == {
        path.relative_to(samples).as_posix() for path in samples.rglob("*") if path.is_file()
    }
