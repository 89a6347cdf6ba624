"""What was told before a process that measures was killed is not forgotten by who goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.home import until
from helpers.published import publish
from helpers.trees import folders_of_one_file

from jupyterlab_mast.quota import account as accounts
from jupyterlab_mast.quota import accountant, namedsince, tree
from jupyterlab_mast.quota.account import Account, forget_kept, kept_in
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.usage import Usage
from jupyterlab_mast.quota.walk import measure

FOLDERS = 80


@pytest.fixture(autouse=True)
def only_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is found at once."""
    for bound in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(accounts, bound, 0)
    monkeypatch.setattr(tree, "YOUNG", 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return folders_of_one_file(tmp_path / "home", FOLDERS, 20_000)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def account(home: Path, data: Path) -> Account:
    """Of the home, counted and kept."""
    account = Account(str(home), kept_in(data, str(home)))
    assert account.measure()
    account.save()
    return account


def right(home: Path) -> int:
    return measure(home).sums.allocated


def after_a_kill(home: Path, data: Path) -> Account:
    """Another process goes on: its account after one look."""
    after = Account(str(home), kept_in(data, str(home)))
    assert after.load()
    after.refresh(again=0)
    return after


def grow(path: Path) -> Path:
    """A file grows in place, which its folder does not tell."""
    with path.open("ab") as stream:
        stream.write(b"y" * 500_000)
    return path


def test_what_was_named_is_looked_at_again(home: Path, data: Path, account: Account) -> None:
    (home / os.fsdecode(b"odd \xff\n")).mkdir()
    account.hint([str(home)])
    account.refresh(again=0)
    odd = home / os.fsdecode(b"odd \xff\n") / "new"
    odd.write_bytes(b"x" * 300_000)
    account.hint([str(grow(home / "70" / "a.fits")), str(odd)])
    for number in range(3):
        grow(home / f"{number}" / "a.fits")
    account.hint_below(str(home / "1"))
    account.refresh(again=0)
    told = account.tree.sums.allocated
    assert after_a_kill(home, data).tree.sums.allocated == told
    assert told > right(home) - 2 * 600_000
    # It is so until somebody keeps it, and also where a line was cut off.
    with data.joinpath("quota", kept_in(data, str(home)).with_suffix(".since").name).open("a") as s:
        s.write('["loo')
    second = after_a_kill(home, data)
    second.hint([str(grow(home / "60" / "a.fits"))])
    second.refresh(again=0)
    told = second.tree.sums.allocated
    third = after_a_kill(home, data)
    assert third.tree.sums.allocated == told
    third.save()
    assert list((data / "quota").glob("*.since")) == []
    assert after_a_kill(home, data).tree.sums.allocated == told


def test_of_very_many_all_is_looked_at(
    home: Path, data: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namedsince, "MOST", 10)
    for number in range(50):
        (home / f"{number}" / "new").write_bytes(b"x" * 30_000)
        account.hint([str(home / f"{number}" / "new")])
    account.refresh(again=0)
    assert account.tree.sums.allocated == right(home)
    assert next((data / "quota").glob("*.since")).stat().st_size < 1000
    assert after_a_kill(home, data).tree.sums.allocated == right(home)


def test_nothing_depends_on_that_it_can_be_written(
    home: Path, data: Path, account: Account
) -> None:
    kept_in(data, str(home)).with_suffix(".since").mkdir()
    account.hint([str(grow(home / "5" / "a.fits"))])
    account.refresh(again=0)
    assert account.tree.sums.allocated == right(home)
    account.save()
    assert after_a_kill(home, data).tree.sums.allocated == right(home)


def test_it_goes_with_what_was_kept(home: Path, data: Path, account: Account) -> None:
    account.hint([str(home / "5")])
    since = next((data / "quota").glob("*.since"))
    past = time.time() - 30 * 86_400
    os.utime(since, (past, past))
    forget_kept(data, [str(home)])
    assert since.exists()
    forget_kept(data, [])
    assert not since.exists()


@pytest.fixture
def begun(home: Path, data: Path, account: Account) -> Iterator[Accountant]:
    """One that goes on where one was killed that had told more than it had kept, since it had found
    a new file."""
    (home / "70" / "new").write_bytes(b"x" * 1_000_000)
    now = time.time()
    publish(data, home, allocated=right(home), measured=account.measured, refreshed=now)
    root = Usage("home", "Home", str(home))
    one = Accountant(data, [root], Settings(away_seconds=600, again=0), lambda: None)
    yield one
    one.close()


def test_what_was_told_without_a_name_is_sought_at_once(begun: Accountant, home: Path) -> None:
    before = begun.snapshot()[0].refreshed
    begun.start()
    until(lambda: begun.snapshot()[0].refreshed != before)
    assert begun.snapshot()[0].allocated == right(home)


def test_who_takes_over_knows_what_was_told_last(
    begun: Accountant, home: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what it had heard before: what was settled since would be missing."""
    publish(data, home, allocated=right(home) + 7, refreshed=time.time() + 1)
    told: list[int] = []
    look = Accountant._look_at_all

    def noted(self: Accountant) -> None:
        told.append(self.snapshot()[0].allocated)
        look(self)

    monkeypatch.setattr(accountant.Accountant, "_look_at_all", noted)
    begun.start()
    until(lambda: bool(told))
    assert told[0] == right(home) + 7


def test_known_figures_stay_while_all_is_counted_anew(home: Path, data: Path) -> None:
    """What was kept of the folders cannot be read any more; a save is told of meanwhile."""
    publish(data, home, allocated=right(home), limit=100_000_000)
    before = right(home)
    root = Usage("home", "Home", str(home), limit=100_000_000)
    one = Accountant(data, [root], Settings(rate=5.0, away_seconds=600), lambda: None)
    one.start()
    try:
        until(lambda: one.snapshot()[0].counting is not None)
        one.hint([str(home / "5" / "a.fits")], within=20.0)
        assert one.snapshot()[0].allocated == before
        assert one.snapshot()[0].measured is not None
    finally:
        one.close()
