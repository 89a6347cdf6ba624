"""How often, how fast and with what priority a home is counted; and what a kill costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from helpers.home import until
from helpers.trees import folders_of_one_file

from jupyterlab_mast.quota import tree, walk
from jupyterlab_mast.quota.account import Account, kept_in
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import usages_in
from jupyterlab_mast.quota.scannerprocess import NICE
from jupyterlab_mast.quota.usage import Usage, read_usages
from jupyterlab_mast.quota.walk import measure

FOLDERS = 150
#: Folders a second, so that all take a second and a half.
RATE = 100.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Folders of one file each."""
    return folders_of_one_file(tmp_path / "home", FOLDERS, 5000)


@pytest.fixture
def account(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    # Else all would be looked at for having just changed.
    monkeypatch.setattr(tree, "YOUNG", 0)
    one = Account(str(home), tmp_path / "folders")
    assert one.measure()
    # Folders are read one by one.
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    return one


@contextmanager
def lasts(least: float, most: float = 60.0) -> Iterator[None]:
    """For so many seconds."""
    began = time.monotonic()
    yield
    assert least <= time.monotonic() - began < most


def test_a_rate_holds_for_counts_and_refreshes(account: Account) -> None:
    with lasts((FOLDERS - 1) / RATE):
        assert account.measure(again=True, rate=RATE)
    with lasts((FOLDERS - 1) / RATE):
        account.refresh(again=FOLDERS, rate=RATE)
    # None holds without one.
    with lasts(0.0, (FOLDERS - 1) / RATE):
        account.refresh(again=FOLDERS)


def test_what_is_named_does_not_wait_for_the_rate(home: Path, account: Account) -> None:
    (home / "7" / "new").write_bytes(b"x" * 9000)
    (home / "7" / "deep").mkdir()
    (home / "7" / "deep" / "new").write_bytes(b"x" * 9000)
    account.hint([str(home / "7" / "new")])
    found = []

    def named() -> None:
        found.append(account.tree.sums.allocated)

    with lasts(1.0):
        account.refresh(again=FOLDERS, rate=RATE, named=named)
    assert found == [measure(home).sums.allocated]


@pytest.mark.parametrize("why", ["stopped", "more"])
def test_who_rests_hears_that_it_shall_stop(
    tmp_path: Path, home: Path, account: Account, why: str
) -> None:
    """What was still to be read is read the next time, also by another process."""
    for number in range(FOLDERS):
        with (home / f"{number}" / "a.fits").open("ab") as file:
            file.write(b"y" * 9000)
    over = threading.Event()
    threading.Timer(0.3, over.set).start()
    with lasts(0.2, 5.0):
        # It would take more than a minute.
        account.refresh(again=FOLDERS + 1, rate=2.0, **{why: over.is_set})
    account.save()
    next_time = Account(str(home), tmp_path / "folders")
    assert next_time.load()
    for one in (account, next_time):
        one.refresh(again=0)
        assert one.tree.sums == measure(home).sums


def test_a_count_that_rests_is_stopped_at_once(account: Account) -> None:
    over = threading.Event()
    threading.Timer(0.3, over.set).start()
    with lasts(0.2, 5.0):
        assert not account.measure(again=True, rate=2.0, stopped=over.is_set)


# The process


class Process:
    """An accountant of a process of its own, which saves often. `rate`: folders a second."""

    def __init__(self, home: Path, data: Path, rate: float) -> None:
        root = {"id": "home", "title": "Home", "path": str(home)}
        arguments = ["--data", str(data), "--roots", json.dumps([root])]
        arguments += ["--settings", json.dumps({"rate": rate})]
        code = (
            "import sys; from jupyterlab_mast.quota import accountant, keeper, walk, worker; "
            "from jupyterlab_mast.lease import UsualPace; "
            "accountant.UsualPace = lambda: UsualPace(beat=0.01); "
            "keeper.SHARE = float('inf'); "
            "accountant.TELL_SECONDS = keeper.COUNT_SECONDS = walk.UNIT_SECONDS = 0.0; "
            "sys.exit(worker.main(sys.argv[1:]))"
        )
        self._data = data
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        self.seen = psutil.Process(self._process.pid)

    def files(self) -> int:
        """Those that it has counted so far."""
        usages = read_usages(usages_in(self._data))
        return usages[0].counting or 0 if usages else 0

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Callable[[float], Process]]:
    started = []

    def one(rate: float) -> Process:
        started.append(Process(home, tmp_path / "data", rate))
        return started[-1]

    yield one
    for process in started:
        process.kill()


def test_a_count_that_is_killed_goes_on(
    home: Path, tmp_path: Path, start: Callable[[float], Process]
) -> None:
    first = start(RATE)
    until(lambda: first.files() > FOLDERS // 2)
    first.kill()
    goes_on(home, tmp_path / "data")


def test_the_command_goes_on_too_when_it_was_killed(home: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from jupyterlab_mast.quota import command, keeper, walk; "
        "keeper.SHARE = float('inf'); keeper.COUNT_SECONDS = walk.UNIT_SECONDS = 0.0\n"
        "class Dies(command.Account):\n"
        "    def save(self):\n"
        "        super().save()\n"
        f"        if len(self.tree) > {FOLDERS // 2}:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "command.Account = Dies; command.main(sys.argv[1:])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(home)],
        env={**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    goes_on(home, tmp_path / "data" / "jupyterlab-mast")


def test_everything_else_goes_first(start: Callable[[float], Process]) -> None:
    process = start(20.0)
    until(lambda: process.files() > 0)
    scanners = scanners_of(process.seen)
    assert scanners
    assert {one.nice() for one in (process.seen, *scanners)} == {lowest()}


def test_those_that_read_for_the_command_give_way_too(account: Account) -> None:
    found = set()

    def progress() -> None:
        found.update(one.nice() for one in scanners_of(psutil.Process()))

    assert account.measure(again=True, progress=progress)
    assert found == {lowest()}


def goes_on(home: Path, data: Path) -> None:
    """A count that was killed half-way does not begin anew."""
    killed = time.time()
    account = Account(str(home), kept_in(data, str(home)))
    assert account.load()
    assert account.measured is None
    assert account.measure()
    again = [record for record in account.tree.records() if record.seen > killed]
    assert len(again) < FOLDERS * 2 / 3
    assert account.tree.sums == measure(home).sums


def scanners_of(process: psutil.Process) -> list[psutil.Process]:
    return [one for one in process.children() if "scanner.py" in " ".join(one.cmdline())]


def lowest() -> int:
    """The priority that ours leads to."""
    return min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE)


# How often


def test_it_looks_more_often_while_somebody_does(home: Path, tmp_path: Path) -> None:
    told: list[float | None] = []
    accountant = Accountant(
        tmp_path / "data",
        [Usage("home", "Home", str(home))],
        Settings(open_seconds=0.1, away_seconds=600.0, again=0),
        lambda: told.append(accountant.snapshot()[0].refreshed),
    )

    def looks(seconds: float) -> int:
        """How often it looks in so many seconds."""
        before = accountant.snapshot()[0].refreshed
        told.clear()
        time.sleep(seconds)
        return len(set(told) - {before})

    accountant.start()
    until(lambda: accountant.snapshot()[0].measured is not None)
    assert looks(0.5) == 0
    accountant.watched(True)
    until(lambda: looks(0.5) > 2)
    accountant.watched(False)
    # One may have been begun, and the pause after it.
    looks(0.5)
    assert looks(1.0) == 0
    accountant.close()
