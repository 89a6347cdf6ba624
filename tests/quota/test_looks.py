"""Where many folders are looked at, a process of its own looks at half of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest
from helpers.home import until
from helpers.trees import folders_of_one_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.quota import looks, tree
from jupyterlab_mast.quota.account import Account
from jupyterlab_mast.quota.looks import Looks
from jupyterlab_mast.quota.scanner import ROOT, changed
from jupyterlab_mast.quota.tree import Record
from jupyterlab_mast.quota.walk import THREADS, measure

FOLDERS = 40


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return folders_of_one_file(tmp_path / "home", FOLDERS, 5000)


@pytest.fixture
def account(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    # Else all would be read for having just changed.
    monkeypatch.setattr(tree, "YOUNG", 0)
    monkeypatch.setattr(looks, "MANY", 2)
    one = Account(str(home), tmp_path / "kept")
    assert one.measure()
    yield one
    one.close()


def helpers() -> list[psutil.Process]:
    """The processes that this one has started to look at folders, or to read them."""
    return [one for one in psutil.Process().children() if "scanner.py" in " ".join(one.cmdline())]


def look_at_all(account: Account) -> None:
    for _ in range(16):
        account.refresh(again=0)


def make_and_remove(home: Path) -> None:
    for number in range(0, FOLDERS, 7):
        (home / f"{number}" / "new").write_bytes(b"x" * 9000)
    for number in range(1, FOLDERS, 7):
        shutil.rmtree(home / f"{number}")
    for number in range(2, FOLDERS, 7):
        (home / f"{number}").rename(home / f"moved{number}")
    for number in range(3, FOLDERS, 7):
        shutil.rmtree(home / f"{number}")
        (home / f"{number}").symlink_to(home / "0")


def test_all_changes_are_found(home: Path, account: Account) -> None:
    make_and_remove(home)
    look_at_all(account)
    assert helpers()
    assert account.tree.sums == measure(home).sums


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)
@given(
    touched=st.sets(st.integers(0, FOLDERS - 1)),
    gone=st.sets(st.integers(0, FOLDERS - 1)),
    at_once=st.integers(1, 30),
)
def test_two_find_what_one_does(
    tmp_path: Path, touched: set[int], gone: set[int], at_once: int
) -> None:
    root = tmp_path / "some"
    shutil.rmtree(root, ignore_errors=True)
    # A name that is no UTF-8, and paths that are longer than the kernel takes.
    records = list(measure(folders_of_one_file(root, FOLDERS, 1)).records())
    far = b"0" + b"/x" * 3000
    records += [records[-1]._replace(path=path) for path in (b"\xff", far)]
    for number in touched:
        (root / f"{number}" / "new").touch()
    for number in gone:
        shutil.rmtree(root / f"{number}")
    descriptor = os.open(root, ROOT)
    together = Looks(str(root))
    try:
        expected = set(changed(descriptor, records))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(looks, "MANY", 0)
            patched.setattr(looks, "AT_ONCE", at_once)
            assert together.changed(records, descriptor, 1) == expected
            assert together.changed([], descriptor, 1) == set()
    finally:
        together.close()
        os.close(descriptor)
    wanted = {f"{number}".encode() for number in touched - gone}
    # What has gone is missed where it was.
    assert wanted | {b"", far[:-2]} <= expected


def test_where_calls_wait_many_folders_are_looked_at_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = list(measure(home).records())
    # Each share ends only when sixteen are under way.
    together = threading.Barrier(THREADS, timeout=20)

    def look(root: int, share: Iterable[Record]) -> list[bytes]:
        together.wait()
        return [record.path for record in share]

    monkeypatch.setattr(looks, "changed", look)
    found = Looks(str(home)).changed(records, -1, THREADS)
    assert found == {record.path for record in records}


def test_few_looks_start_no_process(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "MANY", FOLDERS)
    make_and_remove(home)
    look_at_all(account)
    assert not helpers()
    assert account.tree.sums == measure(home).sums


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_dies_loses_nothing(
    home: Path, account: Account, how: signal.Signals
) -> None:
    account.refresh(again=0)
    (before,) = helpers()
    before.send_signal(how)
    before.wait(20)
    make_and_remove(home)
    look_at_all(account)
    assert account.tree.sums == measure(home).sums
    (after,) = helpers()
    assert after.pid != before.pid


def test_a_process_that_cannot_be_started_is_not_missed(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object, **__: object) -> None:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(looks, "ScannerProcess", cannot)
    make_and_remove(home)
    look_at_all(account)
    assert account.tree.sums == measure(home).sums


def test_a_root_that_the_process_cannot_open_is_looked_at(home: Path, account: Account) -> None:
    make_and_remove(home)
    descriptor = os.open(home, ROOT)
    records = list(account.tree.records())
    expected = set(changed(descriptor, records))
    elsewhere = Looks(str(home / "away"))
    try:
        assert elsewhere.changed(records, descriptor, 1) == expected
    finally:
        elsewhere.close()
        os.close(descriptor)


def test_it_rests_while_all_is_read_and_ends_with_the_account(account: Account) -> None:
    account.refresh(again=0)
    (first,) = helpers()
    seen: list[bool] = []
    assert account.measure(again=True, progress=lambda: seen.append(first.is_running()))
    assert not any(seen)
    account.refresh(again=0)
    assert len(helpers()) == 1
    account.close()
    assert not helpers()


def test_a_process_whose_accountant_was_killed_ends(tmp_path: Path, home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; "
        "from jupyterlab_mast.quota import account, looks; looks.MANY = 0; "
        "one = account.Account(sys.argv[1], Path(sys.argv[2])); one.measure(); one.refresh(); "
        "print('ready', flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", code, home, tmp_path / "others"], stdout=subprocess.PIPE
    )
    try:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"ready\n"
        (looker,) = psutil.Process(killed.pid).children()
    finally:
        killed.kill()
        killed.communicate()
    until(lambda: not looker.is_running())
