"""What is changed through us counts at once also while all folders of a home are being read."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from helpers.home import until
from helpers.published import publish
from helpers.trees import each_folder, folders_of_one_file

from jupyterlab_mast.files import Folders
from jupyterlab_mast.quota import account as accounts
from jupyterlab_mast.quota import tree, walk
from jupyterlab_mast.quota.account import Account, kept_in
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota
from jupyterlab_mast.quota.usage import Usage
from jupyterlab_mast.quota.walk import measure

FOLDERS = 120
SIZE = 20_480


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Folders of one file each."""
    return folders_of_one_file(tmp_path / "home", FOLDERS, SIZE)


def on_disk(home: Path) -> int:
    """As ``du`` counts, without a process of its own."""
    return sum(path.lstat().st_blocks << 9 for path in (home, *home.rglob("*")))


class Person:
    """Changes a home at random, and says where."""

    def __init__(self, home: Path, seed: int) -> None:
        self._home = home
        self._random = random.Random(seed)
        self._number = 0

    def act(self) -> list[str]:
        return self._random.choice((self._add, self._remove, self._make, self._move))()

    def _some(self) -> Path:
        folders = [path for path in self._home.rglob("*") if path.is_dir()]
        return self._random.choice(sorted(folders) or [self._home])

    def _new(self) -> str:
        self._number += 1
        return f"new {self._number}"

    def _add(self) -> list[str]:
        path = self._some() / self._new()
        path.write_bytes(b"x" * self._random.randrange(50_000))
        return [str(path)]

    def _remove(self) -> list[str]:
        path = self._some()
        shutil.rmtree(path)
        return [str(path)]

    def _make(self) -> list[str]:
        path = self._some() / self._new()
        (path / "deep" / "er").mkdir(parents=True)
        (path / "deep" / "er" / "file").write_bytes(b"x" * 9000)
        return [str(path)]

    def _move(self) -> list[str]:
        path, to = self._some(), self._home / self._new()
        path.rename(to)
        return [str(path), str(to)]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_named_while_all_is_read_again_counts_at_once_and_once(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Also where a process has read the folder before and answers later."""
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    account = Account(str(home), tmp_path / "folders")
    assert account.measure()
    person = Person(home, seed)
    looks = 0

    def progress() -> None:
        nonlocal looks
        if looks < 40:
            looks += 1
            account.hint(person.act())
            account.look_where_named()
        assert account.tree.sums.allocated == on_disk(home)

    assert account.measure(again=True, progress=progress)
    assert looks == 40
    assert each_folder(account.tree) == each_folder(measure(home))


@pytest.mark.parametrize("seed", range(4))
def test_a_first_count_has_it_at_its_end(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    account = Account(str(home), tmp_path / "folders")
    person = Person(home, seed)

    def progress() -> None:
        account.hint(person.act())
        known = len(account.tree)
        account.look_where_named()
        # Nothing else is read for that.
        assert len(account.tree) < max(known, 1) + FOLDERS / 2

    assert account.measure(progress=progress)
    account.look_where_named()
    assert each_folder(account.tree) == each_folder(measure(home))


def test_a_look_that_is_stopped_is_gone_on_with_by_the_count(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    account = Account(str(home), tmp_path / "folders")
    assert account.measure()
    over = False

    def progress() -> None:
        nonlocal over
        if not over and len(account.left) < FOLDERS / 2:
            over = True
            (home / "1" / "new" / "deep").mkdir(parents=True)
            (home / "1" / "new" / "deep" / "file").write_bytes(b"x" * SIZE)
            account.hint([str(home / "1" / "new")])
            account.look_where_named(lambda: True)

    assert not account.measure(again=True, progress=progress, stopped=lambda: over)
    account.save()
    again = Account(str(home), tmp_path / "folders")
    assert again.load()
    for one in (account, again):
        assert one.measure()
        assert each_folder(one.tree) == each_folder(measure(home))


# The accountant


@pytest.fixture
def begin(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Accountant]]:
    """Begins an accountant of the home; it ends with the test."""
    # What is not named is not found.
    for bound in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(accounts, bound, 0)
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    began = []

    def one(rate: float | None = None) -> Accountant:
        root = Usage("home", "Home", str(home), limit=100_000_000)
        settings = Settings(away_seconds=600, rate=rate, again=0)
        began.append(Accountant(tmp_path / "data", [root], settings, lambda: None))
        began[-1].start()
        return began[-1]

    yield one
    for accountant in began:
        accountant.close()


def used(accountant: Accountant) -> int:
    return accountant.snapshot()[0].allocated


def used_before(begin: Callable[..., Accountant]) -> int:
    """What one said who has counted all, and is closed."""
    first = begin()
    until(lambda: first.snapshot()[0].measured is not None)
    before = used(first)
    first.close()
    return before


def recounting(begin: Callable[..., Accountant], rate: float) -> Accountant:
    """One that counts all again, so many folders a second."""
    one = begin(rate=rate)
    one.rescan("home")
    until(lambda: one.snapshot()[0].counting is not None)
    return one


def test_what_is_deleted_and_saved_during_a_recount_counts(
    home: Path, begin: Callable[..., Accountant]
) -> None:
    """The answer of who hints waits for it; also after a restart in the middle."""
    before = used_before(begin)
    # It takes minutes.
    second = recounting(begin, 2.0)
    (home / "5" / "a.fits").unlink()
    second.hint([str(home / "5" / "a.fits")], within=20.0)
    assert used(second) == before - SIZE
    assert second.snapshot()[0].counting is not None
    second.close()
    third = begin(rate=2.0)
    until(lambda: third.snapshot()[0].counting is not None)
    (home / "7" / "b.fits").write_bytes(b"x" * 2 * SIZE)
    third.hint([str(home / "7" / "b.fits")], within=20.0)
    assert used(third) == before + SIZE == measure(home).sums.allocated
    assert third.snapshot()[0].counting is not None


def test_a_copy_during_a_recount_counts_once(
    tmp_path: Path, home: Path, begin: Callable[..., Accountant]
) -> None:
    before = used_before(begin)
    second = recounting(begin, 100.0)
    quota = HomeQuota(tmp_path / "data")
    quota.reserve("t", str(home / "9"), 10 * SIZE)
    (home / "9" / "copy").write_bytes(b"x" * 5 * SIZE)
    quota.wrote("t", 5 * SIZE, Folders((str(home / "9"),)))
    second.hint([str(home / "3")], within=20.0)
    # It has said what it wrote, and its folder was read.
    assert used(second) == before + 5 * SIZE
    until(lambda: second.snapshot()[0].counting is None)
    assert used(second) == before + 5 * SIZE == measure(home).sums.allocated
    quota.give_back("t")


def test_other_roots_are_looked_at_while_one_is_counted_for_long(
    tmp_path: Path, home: Path, begin: Callable[..., Accountant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at what nobody tells of, as what a kernel writes, and where one is away."""
    # Else all would be read for having just changed.
    monkeypatch.setattr(tree, "YOUNG", 0)
    used_before(begin)
    team = folders_of_one_file(tmp_path / "team", FOLDERS, SIZE)
    away = tmp_path / "away"
    away.mkdir()
    roots = [
        # It takes a minute, and comes first.
        Usage("team", "Team", str(team)),
        Usage("away", "Away", str(away)),
        Usage("home", "Home", str(home)),
    ]
    kept = Account(str(away), kept_in(tmp_path / "data", str(away)))
    assert kept.measure()
    kept.save()
    away.rmdir()
    settings = Settings(away_seconds=0.05, rate=2.0, again=0)
    one = Accountant(tmp_path / "data", roots, settings, lambda: None)
    one.start()
    try:
        until(lambda: one.snapshot()[0].counting is not None)
        (home / "5" / "new").write_bytes(b"x" * 2 * SIZE)
        (home / "7" / "a.fits").unlink()
        right = measure(home).sums.allocated
        until(lambda: one.snapshot()[2].allocated == right)
        until(lambda: one.snapshot()[1].problem is not None)
        assert one.snapshot()[0].counting is not None
        assert one.snapshot()[0].measured is None
    finally:
        one.close()


def test_what_is_named_is_looked_at_while_no_folder_is_answered(
    home: Path, begin: Callable[..., Accountant]
) -> None:
    """A file system that hangs for a while holds up only who reads there."""
    before = used_before(begin)
    one = recounting(begin, 50.0)
    scanners = psutil.Process().children()
    assert scanners
    for scanner in scanners:
        scanner.suspend()
    try:
        (home / "5" / "a.fits").unlink()
        one.hint([str(home / "5" / "a.fits")], within=20.0)
        assert used(one) == before - SIZE
        assert one.snapshot()[0].counting is not None
    finally:
        for scanner in scanners:
            scanner.resume()
    until(lambda: one.snapshot()[0].counting is None)
    assert used(one) == before - SIZE == measure(home).sums.allocated


def test_what_a_copy_wrote_where_a_count_had_been_before_it_was_cut_off_is_not_lost(
    tmp_path: Path, home: Path, begin: Callable[..., Accountant]
) -> None:
    """The process that goes on with the count hears of the copy only then."""
    data = tmp_path / "data"
    account = Account(str(home), kept_in(data, str(home)))
    assert not account.measure(stopped=lambda: b"9" in account.tree)
    assert account.left
    account.save()
    publish(data, home, measured=None, refreshed=None, limit=100_000_000)
    quota = HomeQuota(data)
    quota.reserve("t", str(home / "9"), 10 * SIZE)
    (home / "9" / "copy").write_bytes(b"x" * 5 * SIZE)
    quota.wrote("t", 5 * SIZE, Folders((str(home / "9"),)))
    accountant = begin()
    until(lambda: accountant.snapshot()[0].measured is not None)
    assert used(accountant) == measure(home).sums.allocated
    quota.give_back("t")
