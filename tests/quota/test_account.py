"""The account of a root: refreshed, kept, and right again after any change."""

from __future__ import annotations

import contextlib
import errno
import inspect
import json
import os
import shutil
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.home import until
from helpers.trees import each_folder, folders_of_one_file

from jupyterlab_mast.files import Folders
from jupyterlab_mast.quota import scanner, scannerprocess, tree, walk
from jupyterlab_mast.quota.account import AGAIN_LEAST, PART, Account
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota, usages_in
from jupyterlab_mast.quota.usage import Usage, read_usages
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.quota.worker import Asks

pytestmark = pytest.mark.usefixtures("nothing_is_young")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """64 folders of 10 files."""
    root = tmp_path / "home"
    for folder in range(64):
        (root / f"{folder % 8}" / f"{folder}").mkdir(parents=True)
        for file in range(10):
            (root / f"{folder % 8}" / f"{folder}" / f"{file}.fits").write_bytes(b"x" * 5000)
    return root


@pytest.fixture
def account(tmp_path: Path, home: Path) -> Account:
    one = Account(str(home), tmp_path / "data" / "folders")
    assert one.measure()
    return one


def right(account: Account) -> bool:
    return account.tree.sums == measure(account.root).sums


def make_folders(home: Path) -> None:
    (home / "0" / "new").mkdir()
    (home / "0" / "new" / "deep").mkdir()
    (home / "0" / "new" / "deep" / "file").write_bytes(b"x" * 9000)


def remove_a_folder(home: Path) -> None:
    shutil.rmtree(home / "1" / "1")


def move_a_folder(home: Path) -> None:
    (home / "2" / "2").rename(home / "3" / "moved")


def remove_a_file(home: Path) -> None:
    (home / "4" / "4" / "0.fits").unlink()


def make_a_file(home: Path) -> None:
    add_old_files(home / "5" / "5")


def move_a_file(home: Path) -> None:
    (home / "6" / "6" / "0.fits").rename(home / "7" / "7" / "moved.fits")


def write_over_a_file(home: Path) -> None:
    """As programs do that write another file first."""
    (home / "0" / "8" / "other").write_bytes(b"x" * 20_000)
    (home / "0" / "8" / "other").rename(home / "0" / "8" / "0.fits")


CHANGES = (
    make_folders,
    remove_a_folder,
    move_a_folder,
    remove_a_file,
    make_a_file,
    move_a_file,
    write_over_a_file,
)


def changes(home: Path) -> None:
    """What others do: make, remove, move and write over."""
    for change in CHANGES:
        change(home)


def test_changes_that_are_named_are_found_at_once(home: Path, account: Account) -> None:
    changes(home)
    named = ("0/new", "1/1", "2/2", "3/moved", "4/4/0.fits", "5/5/old", "6/6/0.fits", "7/7", "0/8")
    account.hint([str(home / one) for one in named])
    account.refresh(again=0)
    assert right(account)
    assert each_folder(account.tree) == each_folder(measure(home))


@pytest.mark.parametrize("change", [*CHANGES, changes])
def test_changes_from_elsewhere_are_found_within_sixteen_refreshes(
    home: Path,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
) -> None:
    """By the turns of the folders alone: none is read again for its age or its latest files."""
    for bound in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(f"jupyterlab_mast.quota.account.{bound}", 0)
    change(home)
    for _ in range(PART):
        account.refresh(again=0)
    assert right(account)
    assert each_folder(account.tree) == each_folder(measure(home))


def add_old_files(*folders: Path) -> None:
    """Files that are none of the latest: nothing but its folder tells of one."""
    for folder in folders:
        (folder / "old").write_bytes(b"x" * 9000)
        os.utime(folder / "old", (1, 1))


def test_the_turns_of_folders_go_on_from_session_to_session(
    tmp_path: Path, home: Path, account: Account
) -> None:
    """A server that lives for some minutes a day, and then is culled."""
    add_old_files(*(path for path in home.rglob("*") if path.is_dir()))
    account.save()
    for _ in range(4):
        session = Account(str(home), tmp_path / "data" / "folders")
        assert session.load()
        for _ in range(PART // 4):
            session.refresh(again=0)
        session.save()
    assert right(session)


def test_all_have_their_turn_when_many_have_gone(home: Path, account: Account) -> None:
    for _ in range(2):
        account.refresh(again=0)
    for folder in range(7):
        shutil.rmtree(home / f"{folder}")
    account.hint([str(home)])
    account.refresh(again=0)
    add_old_files(*(home / "7").iterdir())
    for _ in range(PART):
        account.refresh(again=0)
    assert right(account)


@pytest.fixture
def _nothing_is_recent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is read again for its latest files."""
    for bound in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(f"jupyterlab_mast.quota.account.{bound}", 0)


nothing_is_recent = pytest.mark.usefixtures("_nothing_is_recent")


@nothing_is_recent
@pytest.mark.parametrize("first", ["0/0", "5/5", "7/63"])
def test_a_second_name_of_a_file_counts_nothing_within_sixteen_refreshes(
    home: Path, account: Account, first: str
) -> None:
    """It changes no folder but its own; all are read again."""
    os.link(home / first / "0.fits", home / "6" / "second name")
    account.hint([str(home / "6")])
    account.refresh(again=0)
    assert account.tree.sums.files == measure(home).sums.files
    for _ in range(PART):
        account.refresh(again=0)
    assert right(account)
    assert account.refresh(again=0) == 0


@nothing_is_recent
def test_second_names_that_nobody_names_are_found_too(home: Path, account: Account) -> None:
    shutil.copytree(home / "5", home / "copy", copy_function=os.link)
    for _ in range(2 * PART):
        account.refresh(again=0)
    assert right(account)
    assert account.refresh(again=0) == 0


@nothing_is_recent
def test_names_are_sought_until_all_were_seen(home: Path, account: Account) -> None:
    oldest = min((one for one in account.tree.records() if one.files), key=lambda one: one.seen)
    os.link(home / os.fsdecode(oldest.path) / "0.fits", home / "6" / "second name")
    account.hint([str(home / "6")])
    for _ in range(4):
        account.refresh(again=0)
    assert right(account)
    assert account.refresh(again=0) == 0


@nothing_is_recent
def test_names_that_lie_outside_are_sought_once(
    tmp_path: Path, home: Path, account: Account
) -> None:
    file = home / "5" / "5" / "0.fits"
    os.link(file, tmp_path / "outside")
    account.hint([str(file)])
    read = sum(account.refresh(again=0) for _ in range(PART + 1))
    assert len(account.tree) < read < len(account.tree) + PART
    assert account.refresh(again=0) == 0
    # Not for a change of the file, nor of its place; nor in the next session.
    file.write_bytes(b"y" * 7000)
    account.hint([str(file)])
    assert [account.refresh(again=0) for _ in range(2)] == [1, 0]
    file.rename(home / "6" / "6" / "moved")
    account.hint([str(home / "5" / "5"), str(home / "6" / "6")])
    assert [account.refresh(again=0) for _ in range(2)] == [2, 0]
    account.save()
    session = Account(str(home), tmp_path / "data" / "folders")
    assert session.load()
    session.hint([str(home / "6" / "6")])
    assert [session.refresh(again=0) for _ in range(2)] == [1, 0]
    # Another file's are.
    os.link(home / "1" / "1" / "0.fits", home / "6" / "6" / "second name")
    session.hint([str(home / "6" / "6")])
    for _ in range(PART + 1):
        session.refresh(again=0)
    assert right(session)


@nothing_is_recent
def test_names_are_sought_from_session_to_session(
    tmp_path: Path, home: Path, account: Account
) -> None:
    os.link(home / "7" / "63" / "0.fits", home / "0" / "second name")
    account.hint([str(home / "0")])
    for _ in range(1 + PART // 2):
        account.refresh(again=0)
    account.save()
    session = Account(str(home), tmp_path / "data" / "folders")
    assert session.load()
    for _ in range(PART // 2):
        session.refresh(again=0)
    assert right(session)


@nothing_is_recent
@pytest.mark.parametrize("restarted", [False, True])
def test_a_name_that_came_during_a_count_is_sought_after_it(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    """The folder of the first had been read by then."""
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0)
    account = Account(str(home), tmp_path / "kept")
    assert not account.measure(stopped=lambda: account.tree.sums.files >= 100)
    read = next(one.path for one in account.tree.records() if one.files)
    os.link(home / os.fsdecode(read) / "0.fits", home / os.fsdecode(account.left[0]) / "second")
    if restarted:
        account.save()
        account = Account(str(home), tmp_path / "kept")
        assert account.load()
    assert account.measure()
    for _ in range(PART):
        account.refresh(again=0)
    assert right(account)


def test_a_file_that_grows_in_place_is_found_in_one_rotation(home: Path, account: Account) -> None:
    with (home / "7" / "7" / "3.fits").open("ab") as file:
        file.write(b"y" * 100_000)
    for _ in range(PART):
        account.refresh(again=-(-len(account.tree) // PART))
    assert right(account)


@pytest.mark.parametrize(("folders", "parts"), [(100, 400), (700, 2)])
def test_growth_in_place_is_found_in_one_rotation_as_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: int, parts: int
) -> None:
    """From whatever moment on, however many there are, and without help of the latest files."""
    monkeypatch.setattr("jupyterlab_mast.quota.account.AGAIN_PARTS", parts)
    home = folders_of_one_file(tmp_path / "many", folders, 5000)
    many = Account(str(home), tmp_path / "many.folders")
    assert many.measure()
    many.refresh()
    for path in home.rglob("a.fits"):
        before = path.stat()
        with path.open("ab") as file:
            file.write(b"y" * 9000)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    grown = time.time()
    for _ in range(min(parts, -(-len(many.tree) // AGAIN_LEAST)) + 1):
        many.refresh()
    assert many.tree.sums == measure(home).sums
    assert many.figures()["reread"] >= grown


def read_by_a_clock_that_was_ahead(account: Account, seconds: float = 3600.0) -> None:
    """As if all that is known had been read before the clock was put back."""
    for record in list(account.tree.records()):
        account.tree.put(record._replace(seen=record.seen + seconds))


@nothing_is_recent
def test_all_has_its_turn_after_the_clock_was_put_back(tmp_path: Path, home: Path) -> None:
    """What was read by the wrong clock was read the longest ago; also in a next session."""
    account = Account(str(home), tmp_path / "kept")
    assert account.measure()
    # One turn has begun by then.
    account.refresh()
    read_by_a_clock_that_was_ahead(account)
    account.save()
    session = Account(str(home), tmp_path / "kept")
    assert session.load()
    for path in home.rglob("*.fits"):
        before = path.stat()
        with path.open("ab") as file:
            file.write(b"y" * 9000)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for one in (account, session):
        # What was read by the right clock meanwhile comes last.
        one.hint([str(home / "5" / "5")])
        assert one.refresh(again=0) == 1
        share = -(-len(one.tree) // PART)
        assert sum(one.refresh(again=share) for _ in range(PART)) >= len(one.tree) - 1
        assert right(one)


@nothing_is_recent
def test_names_are_sought_once_though_the_clock_was_put_back(
    tmp_path: Path, home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a second name came, or while others are sought."""
    read_by_a_clock_that_was_ahead(account)
    os.link(home / "7" / "63" / "0.fits", home / "6" / "second name")
    os.link(home / "1" / "1" / "0.fits", tmp_path / "outside")
    account.hint([str(home / "6"), str(home / "1" / "1")])
    account.refresh(again=0)
    account.save()
    session = Account(str(home), tmp_path / "data" / "folders")
    assert session.load()
    # Of those that are read from now on, all were read before the search began, it seems.
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() - 7200.0)
    for one in (account, session):
        for _ in range(PART + 1):
            one.refresh(again=0)
        assert right(one)
        assert one.refresh(again=0) == 0


def test_two_ages_are_told(tmp_path: Path, account: Account) -> None:
    """Since when files that came, went or moved are counted, and since when those that grew."""
    counted = account.figures()
    assert counted["measured"] <= counted["reread"] <= counted["swept"]
    began = time.time()
    account.refresh(again=0)
    first = time.time()
    share = -(-len(account.tree) // PART)
    for _ in range(-(-len(account.tree) // share) - 1):
        # Not before all have had their turn.
        assert account.figures()["swept"] < began
        account.refresh(again=0)
    swept = account.figures()
    assert began <= swept["swept"] <= first
    assert swept["reread"] == counted["reread"]
    account.save()
    next_time = Account(account.root, tmp_path / "data" / "folders")
    assert next_time.load()
    ages = {"swept": swept["swept"], "reread": swept["reread"]}
    assert {name: next_time.figures()[name] for name in ages} == ages
    began = time.time()
    for _ in range(PART):
        assert next_time.figures()["reread"] < began
        next_time.refresh(again=-(-len(next_time.tree) // PART))
        if next_time.figures()["reread"] >= began:
            break
    assert next_time.figures()["reread"] >= began


def test_a_round_that_was_cut_off_makes_nothing_younger(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    began = time.time()
    account.hint([str(home)])
    account.refresh(again=0, stopped=lambda: True)
    for _ in range(PART - 1):
        account.refresh(again=0)
    assert account.figures()["swept"] < began
    for _ in range(PART):
        account.refresh(again=0)
    assert account.figures()["swept"] >= began


def test_files_that_were_written_last_are_looked_at_each_time(home: Path, account: Account) -> None:
    """A notebook's output that grows: at once, and for the price of its folder."""
    grows = home / "7" / "7" / "3.fits"
    os.utime(grows, (time.time() + 5, time.time() + 5))
    account.hint([str(grows)])
    account.refresh()
    with grows.open("ab") as file:
        file.write(b"y" * 100_000)
    read = 0
    for _ in range(20):
        read += account.refresh()
        if right(account):
            break
    assert right(account)


#: In 2096, in seconds since 1970.
FUTURE = 4_000_000_000


@nothing_is_recent
def test_files_of_the_future_are_read_no_more_often_than_others(tmp_path: Path, home: Path) -> None:
    for path in home.rglob("0.fits"):
        os.utime(path, (FUTURE, FUTURE))
    account = Account(str(home), tmp_path / "kept")
    assert account.measure()
    assert account.refresh(again=0) == 0


@pytest.mark.parametrize("dated", ["files", "records"])
def test_files_of_the_future_are_not_the_latest(
    tmp_path: Path, home: Path, account: Account, dated: str
) -> None:
    """Nor is what was kept before the clock was put back."""
    grows = home / "7" / "7" / "3.fits"
    if dated == "files":
        for path in home.rglob("0.fits"):
            os.utime(path, (FUTURE, FUTURE))
        account.measure(again=True)
    else:
        for record in list(account.tree.records()):
            account.tree.put(record._replace(newest=FUTURE * 10**9))
    os.utime(grows, (time.time() + 5, time.time() + 5))
    account.hint([str(grows)])
    account.refresh(again=0)
    with grows.open("ab") as file:
        file.write(b"y" * 100_000)
    assert account.refresh(again=0) < 5
    assert right(account)


def test_below_a_folder_all_is_looked_at(home: Path, account: Account) -> None:
    """Where a copy writes: whatever folders it makes or fills."""
    (home / "0" / "0" / "copy").write_bytes(b"x" * 9000)
    (home / "0" / "8" / "copy").write_bytes(b"x" * 9000)
    account.hint_below(str(home / "0"))
    account.refresh()
    assert right(account)


def test_folders_deeper_than_a_path_may_be_are_looked_at(tmp_path: Path) -> None:
    root = tmp_path / "deep"
    root.mkdir()
    folder = os.open(root, os.O_RDONLY)
    # More than PATH_MAX.
    for number in range(70):
        name = f"{number:060}"
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    account = Account(str(root), tmp_path / "folders")
    assert account.measure()
    os.close(os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.mkdir("more", dir_fd=folder)
    os.close(folder)
    for _ in range(PART):
        account.refresh(again=0)
    assert (account.tree.sums.files, account.tree.sums.folders) == (1, 72)
    assert right(account)


def test_a_folder_that_changed_while_it_was_read_is_read_again(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "YOUNG", 2_000_000_000)
    account.hint([str(home / "0" / "0")])
    (home / "0" / "0" / "one").write_bytes(b"x")
    account.refresh()
    about = os.stat(home / "0" / "0")
    (home / "0" / "0" / "two").write_bytes(b"x" * 9000)
    # Within the clock's step, the folder looks as it did.
    os.utime(home / "0" / "0", ns=(about.st_atime_ns, about.st_mtime_ns))
    account.refresh()
    assert right(account)


def test_what_is_kept_is_there_the_next_time(tmp_path: Path, home: Path, account: Account) -> None:
    account.save()
    next_time = Account(str(home), tmp_path / "data" / "folders")
    assert next_time.load()
    assert next_time.tree.sums == account.tree.sums
    assert next_time.measured == account.measured
    changes(home)
    for _ in range(PART):
        next_time.refresh()
    assert right(next_time)


def test_a_count_that_was_cut_off_goes_on(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    account = Account(str(home), tmp_path / "folders")
    assert not account.measure(stopped=lambda: len(account.tree) > 20)
    cut_off = time.time()
    account.save()
    next_time = Account(str(home), tmp_path / "folders")
    assert next_time.load()
    assert next_time.measured is None
    known = len(next_time.tree)
    assert known > 20
    assert next_time.measure()
    assert right(next_time)
    # What came since the first folder was read may not be in it.
    assert next_time.measured is not None
    assert next_time.measured <= cut_off
    assert account.load()
    assert account.measure(again=True)
    assert (account.measured or 0) > cut_off


def test_what_was_named_is_not_forgotten_while_the_root_is_away(
    home: Path, account: Account
) -> None:
    """A file system that is mounted again: the figures of before stay until then."""
    add_old_files(*(home / f"{number % 8}" / f"{number}" for number in range(64)))
    account.hint([str(home / "0" / f"{number}" / "old") for number in range(0, 64, 8)])
    for number in range(1, 8):
        account.hint_below(str(home / f"{number}"))
    before = account.figures()
    away = home.with_name("away")
    home.rename(away)
    with pytest.raises(FileNotFoundError):
        account.refresh(again=0)
    assert account.figures() == before
    away.rename(home)
    account.refresh(again=0)
    assert right(account)
    before = account.figures()
    home.rename(away)
    with pytest.raises(FileNotFoundError):
        account.measure(again=True)
    assert account.figures() == before
    away.rename(home)
    assert account.measure()
    assert right(account)


def swap(home: Path, another: bool) -> None:
    """Let a root go, or become `another` folder, as where something is mounted or unmounted."""
    home.rename(home.with_name("away"))
    if another:
        home.mkdir()


def swap_back(home: Path) -> None:
    if home.exists():
        home.rmdir()
    home.with_name("away").rename(home)


@pytest.mark.parametrize("another", [False, True])
def test_a_root_that_goes_while_it_is_counted_is_told_of(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, another: bool
) -> None:
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    account = Account(str(home), tmp_path / "kept")
    known: set[bytes] = set()

    def progress() -> None:
        if len(account.tree) > 20 and not known:
            known.update(account.tree)
            swap(home, another)
            # What is named just then is not lost either.
            account.hint([str(home / os.fsdecode(path)) for path in known])
            with pytest.raises(OSError, match="home"):
                account.look_where_named()

    for again in (False, True):
        known.clear()
        before = account.measured
        with pytest.raises(OSError, match="home"):
            account.measure(again=again, progress=progress)
        assert known <= set(account.tree)
        assert account.left
        assert account.measured == before
        swap_back(home)
        assert account.measure()
        assert right(account)


@pytest.mark.parametrize("another", [False, True])
def test_a_root_that_goes_during_a_refresh_keeps_its_figures(
    home: Path, account: Account, another: bool
) -> None:
    before = account.figures()
    for number in range(64):
        account.hint([str(home / f"{number % 8}" / f"{number}")])
    calls = 0

    def stopped() -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            swap(home, another)
        return False

    with pytest.raises(OSError, match="home"):
        account.refresh(stopped=stopped)
    assert account.figures() == before
    swap_back(home)
    changes(home)
    account.refresh()
    for _ in range(PART):
        account.refresh()
    assert right(account)


def as_of_another_device(kept: Path) -> None:
    """As if what is kept had been counted on another file system."""
    head, rest = kept.read_text().split("\n", 1)
    kept.write_text(f"{json.dumps({**json.loads(head), 'device': -1})}\n{rest}")


def test_an_empty_folder_in_the_place_of_the_file_system_that_was_counted_is_not_counted(
    tmp_path: Path, home: Path, account: Account
) -> None:
    """It seems not to be mounted: the figures stay, and what was named, until it is."""
    for number in range(8):
        account.hint_below(str(home / f"{number}"))
    account.save()
    as_of_another_device(tmp_path / "data" / "folders")
    before = account.figures()
    swap(home, another=True)
    session = Account(str(home), tmp_path / "data" / "folders")
    assert session.load()
    session.hint([str(home / "0")])
    for look in (session.refresh, session.look_where_named, lambda: session.measure(again=True)):
        with pytest.raises(OSError, match="not to be mounted"):
            look()
    assert session.figures() == before
    session.save()
    swap_back(home)
    changes(home)
    for one in (session, Account(str(home), tmp_path / "data" / "folders")):
        one.load()
        # Now with yet another number, as network file systems have.
        assert one.measure()
        for _ in range(PART):
            one.refresh(again=0)
        assert right(one)


def test_where_nothing_was_an_empty_folder_of_another_file_system_counts(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    account = Account(str(home), tmp_path / "kept")
    assert account.measure()
    account.save()
    as_of_another_device(tmp_path / "kept")
    assert account.load()
    account.refresh()
    assert account.measure(again=True)


def test_what_a_process_did_not_read_is_read_the_next_time(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_old_files(*(path for path in home.rglob("*") if path.is_dir()))
    (home / "0" / "new").mkdir()
    (home / "0" / "new" / "file").write_bytes(b"x" * 9000)
    for number in range(64):
        account.hint([str(home / f"{number % 8}" / f"{number}" / "old")])
    account.hint_below(str(home))
    refreshed = account.refreshed
    with monkeypatch.context() as patched:
        patched.setattr(walk, "FEW", 0)
        patched.setattr(walk.ScannerProcess, "answer", _died)
        with pytest.raises(OSError, match="has died"):
            account.refresh(again=0)
    assert account.refreshed == refreshed
    account.refresh(again=0)
    assert right(account)


def test_what_is_new_and_deep_is_read_the_next_time_when_its_reading_ended_midway(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lies in is known by then, so that nothing would ask for it again."""
    new = home.parent / "new"
    (new / "y" / "z").mkdir(parents=True)
    add_old_files(new / "y" / "z")
    new.rename(home / "0" / "new")
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    answer = walk.ScannerProcess.answer
    answers = 0

    def dies_later(process: walk.ScannerProcess) -> Any:
        nonlocal answers
        answers += 1
        if answers == 2:
            raise EOFError
        return answer(process)

    account.hint([str(home / "0")])
    with monkeypatch.context() as patched:
        patched.setattr(walk.ScannerProcess, "answer", dies_later)
        with pytest.raises(OSError, match="has died"):
            account.refresh(again=0)
    assert answers == 2
    account.refresh(again=0)
    assert right(account)


def _died(process: walk.ScannerProcess) -> None:
    raise EOFError


def fail(control: str) -> None:
    """Make calls fail in this process as long as a file says so: which call, of the folder with
    which inode, and by which error; ``stat``: of the file ``0.fits`` in it."""
    real_open, real_scandir = os.open, os.scandir

    def failing(path: Any) -> tuple[str, int]:
        with contextlib.suppress(FileNotFoundError), open(control) as stream:
            call, inode, error = stream.read().split()
            if os.stat(path).st_ino == int(inode):
                return call, int(error)
        return "", 0

    def open_one(path: Any, *arguments: Any, **more: Any) -> Any:
        call, error = failing(path)
        if call == "open":
            raise OSError(error, os.strerror(error))
        return real_open(path, *arguments, **more)

    def scandir(path: Any) -> Any:
        call, error = failing(path)
        if call == "scandir":
            raise OSError(error, os.strerror(error))
        entries = real_scandir(path)
        if call != "stat":
            return entries

        def stat(*arguments: Any, **more: Any) -> Any:
            raise OSError(error, os.strerror(error))

        return contextlib.nullcontext(
            types.SimpleNamespace(name=one.name, is_dir=one.is_dir, stat=stat)
            if one.name == "0.fits"
            else one
            for one in entries
        )

    os.open, os.scandir = open_one, scandir


class Failing:
    """Of one folder, here and in the processes that read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._control = folder / "failing"
        for name in ("open", "scandir"):
            monkeypatch.setattr(os, name, getattr(os, name))
        fail(str(self._control))
        script = folder / "scanner.py"
        script.write_text(
            "import contextlib, os, runpy, types\nfrom typing import Any\n"
            f"{inspect.getsource(fail)}\nfail({str(self._control)!r})\n"
            f"runpy.run_path({scanner.__file__!r}, run_name='__main__')\n"
        )
        monkeypatch.setattr(scannerprocess, "_SCANNER", script)

    def begin(self, call: str, folder: Path, error: int = errno.EIO) -> None:
        inode = folder.stat().st_ino
        other = self._control.with_suffix(".new")
        other.write_text(f"{call} {inode} {error}")
        other.rename(self._control)

    def end(self) -> None:
        self._control.unlink()


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Failing:
    return Failing(tmp_path, monkeypatch)


@nothing_is_recent
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("open", errno.ESTALE),
        ("open", errno.EMFILE),
        ("scandir", errno.EIO),
        ("scandir", errno.ENOMEM),
        ("stat", errno.EIO),
    ],
)
def test_what_is_known_of_a_folder_stays_while_it_cannot_be_read(
    tmp_path: Path, home: Path, account: Account, failing: Failing, call: str, error: int
) -> None:
    """A file system that does not answer for a moment: it is tried again with each refresh."""
    folder = home / "3" / "3"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_bytes(b"x" * 50_000)
    account.hint([str(folder)])
    account.refresh(again=0)
    before = account.figures()
    failing.begin(call, folder, error)
    (folder / "1.fits").unlink()
    account.hint([str(folder)])
    for _ in range(3):
        account.refresh(again=0)
        during = account.figures()
        assert during["unreadable"] == 1
        assert {name: during[name] for name in ("allocated", "apparent", "files", "folders")} == {
            name: before[name] for name in ("allocated", "apparent", "files", "folders")
        }
    account.measure(again=True)
    assert account.figures()["allocated"] == before["allocated"]
    account.save()
    session = Account(str(home), tmp_path / "data" / "folders")
    assert session.load()
    failing.end()
    for one in (account, session):
        one.refresh(again=0)
        assert right(one)
        assert each_folder(one.tree) == each_folder(measure(home))


@nothing_is_recent
@pytest.mark.parametrize("call", ["open", "scandir", "stat"])
def test_a_folder_that_could_not_be_read_in_the_first_count_is_tried_again(
    tmp_path: Path, home: Path, failing: Failing, call: str
) -> None:
    folder = home / "3" / "3"
    (folder / "deep" / "er").mkdir(parents=True)
    whole = measure(home).sums
    failing.begin(call, folder)
    account = Account(str(home), tmp_path / "kept")
    assert account.measure()
    for _ in range(3):
        assert account.figures()["unreadable"] == 1
        assert 0 < account.figures()["allocated"] < whole.allocated
        account.refresh(again=0)
    failing.end()
    account.refresh(again=0)
    assert right(account)


@nothing_is_recent
def test_beside_a_file_of_which_nothing_can_be_told_others_count(
    home: Path, account: Account, failing: Failing
) -> None:
    """A damaged file, for as long as it is there."""
    before = account.tree.sums.allocated
    failing.begin("stat", home / "3" / "3")
    (home / "3" / "3" / "new").write_bytes(b"x" * 409_600)
    (home / "3" / "3" / "folder").mkdir()
    (home / "3" / "3" / "folder" / "new").write_bytes(b"x" * 409_600)
    account.hint([str(home / "3" / "3")])
    account.refresh(again=0)
    assert account.tree.sums.allocated >= before + 2 * 409_600 - 4096
    failing.end()
    account.refresh(again=0)
    assert right(account)


@pytest.mark.parametrize("call", ["open", "scandir"])
def test_a_root_that_cannot_be_read_is_told_of(
    tmp_path: Path, home: Path, account: Account, failing: Failing, call: str
) -> None:
    before = account.figures()
    failing.begin(call, home, errno.EIO)
    account.hint([str(home / "new")])
    (home / "new").write_bytes(b"x" * 9000)
    with pytest.raises(OSError, match="Input/output error"):
        account.refresh()
    with pytest.raises(OSError, match="Input/output error"):
        account.measure(again=True)
    assert account.left == [b""]
    first = Account(str(home), tmp_path / "first")
    with pytest.raises(OSError, match="Input/output error"):
        first.measure()
    assert account.figures() == before
    failing.end()
    for one in (account, first):
        assert one.measure()
        assert right(one)


def add_line(path: Path, line: bytes) -> None:
    """Put a line behind the first."""
    head, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(b"\n".join((head, line, rest)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_text(path.read_text().replace("]", "}", 3)),
        lambda path: path.write_bytes(b"\xff" * 100),
        lambda path: add_line(path, b"[]"),
        lambda path: add_line(path, b"[1]"),
        lambda path: add_line(path, b'["a"]'),
        lambda path: add_line(path, b"null"),
        lambda path: path.write_bytes(b"[]\n"),
        lambda path: path.write_bytes(b"7\n"),
    ],
)
def test_damaged_figures_are_counted_anew(
    tmp_path: Path, home: Path, account: Account, damage: Callable[[Path], None]
) -> None:
    account.save()
    damage(tmp_path / "data" / "folders")
    next_time = Account(str(home), tmp_path / "data" / "folders")
    assert not next_time.load()
    assert next_time.measure()
    assert right(next_time)


def test_figures_of_another_folder_are_not_taken(
    tmp_path: Path, home: Path, account: Account
) -> None:
    account.save()
    assert not Account(str(home / "0"), tmp_path / "data" / "folders").load()


# The accountant


class Told:
    """What an accountant told."""

    def __init__(
        self, data: Path, *roots: Usage, away_seconds: float = 0.05, again: int | None = None
    ) -> None:
        settings = Settings(away_seconds=away_seconds, again=again)
        self.accountant = Accountant(data, roots, settings, lambda: None)
        self.accountant.start()

    @property
    def last(self) -> Usage:
        return self.accountant.snapshot()[0]


def test_the_accountant_publishes_what_it_finds(tmp_path: Path, home: Path) -> None:
    data = tmp_path / "data"
    told = Told(data, Usage("home", "Home", str(home), limit=10_000_000))
    until(lambda: told.last.measured is not None)
    expected = measure(home).sums
    assert told.last.allocated == expected.allocated
    assert told.last.files == expected.files
    (published,) = read_usages(usages_in(data))
    assert published.allocated == expected.allocated
    # What a copy asks, in its own process.
    free = HomeQuota(data).space(str(home)).free
    assert free == 10_000_000 - expected.allocated
    (home / "new").write_bytes(b"x" * 100_000)
    told.accountant.hint([str(home / "new")])
    until(lambda: told.last.allocated == measure(home).sums.allocated)
    told.accountant.close()
    # The next one knows the figure before it has counted anything, and its age.
    again = Accountant(data, [Usage("home", "Home", str(home), limit=5)], Settings(), lambda: None)
    (first,) = again.snapshot()
    assert first.allocated == measure(home).sums.allocated
    assert first.measured is not None
    assert first.limit == 5


def test_a_limit_that_cannot_be_told_is_the_last_one_that_was_known(
    tmp_path: Path, home: Path
) -> None:
    """Also with the next server."""
    data = tmp_path / "data"
    known = Usage("home", "Home", str(home), limit=10_000_000, source="administrator", reserve=7)
    unknown = Usage("home", "Home", str(home), limit_problem="the function failed")
    told = Told(data, known)
    until(lambda: told.last.measured is not None)
    told.accountant.set_limits([unknown])
    until(lambda: told.last.limit_problem is not None)
    assert (told.last.limit, told.last.source, told.last.reserve) == (
        10_000_000,
        "administrator",
        7,
    )
    told.accountant.close()
    told = Told(data, unknown)
    until(lambda: read_usages(usages_in(data))[0] == told.last)
    assert (told.last.limit, told.last.reserve) == (10_000_000, 7)
    assert told.last.limit_problem == "the function failed"
    assert HomeQuota(data).space(str(home)).limit == 10_000_000
    told.accountant.set_limits([known])
    until(lambda: told.last.limit_problem is None)
    told.accountant.close()


def test_figures_are_in_force_as_long_as_somebody_measures(tmp_path: Path, home: Path) -> None:
    """Each look publishes them again, whether or not it has found anything."""
    data = tmp_path / "data"
    told = Told(data, Usage("home", "Home", str(home), limit=10_000_000))
    until(lambda: told.last.measured is not None)
    os.utime(usages_in(data), (1, 1))
    until(lambda: HomeQuota(data).space(str(home)).limit == 10_000_000)
    told.accountant.close()


def test_a_copy_is_counted_once_while_it_runs_and_after(tmp_path: Path, home: Path) -> None:
    data = tmp_path / "data"
    told = Told(data, Usage("home", "Home", str(home), limit=10_000_000), away_seconds=600)
    until(lambda: told.last.measured is not None)
    before = told.last.allocated
    quota = HomeQuota(data)
    quota.reserve("t", str(home), 1_000_000)
    assert told.accountant.reserved() == {"home": 1_000_000}
    copy = home / "0" / "0" / "copy"
    copy.write_bytes(b"x" * 409_600)
    until(lambda: quota.wrote("t", 409_600) or told.last.allocated == before + 409_600)
    refreshed = told.last.refreshed
    told.accountant.refresh()
    until(lambda: told.last.refreshed != refreshed)
    assert told.last.allocated == before + 409_600
    quota.give_back("t")
    told.accountant.refresh()
    until(lambda: told.last.seen == {"t": 409_600})
    assert told.last.allocated == measure(home).sums.allocated == before + 409_600
    assert told.accountant.reserved() == {"home": 0}
    told.accountant.close()


def test_what_a_copy_wrote_into_a_folder_that_cannot_be_read_counts_all_the_same(
    tmp_path: Path, home: Path, failing: Failing
) -> None:
    data = tmp_path / "data"
    told = Told(data, Usage("home", "Home", str(home), limit=10_000_000), away_seconds=600)
    until(lambda: told.last.measured is not None)
    before = told.last.allocated
    quota = HomeQuota(data)
    quota.reserve("t", str(home / "3" / "3"), 1_000_000)
    failing.begin("scandir", home / "3" / "3")
    (home / "3" / "3" / "copy").write_bytes(b"x" * 409_600)
    until(lambda: quota.wrote("t", 409_600) or told.last.allocated == before + 409_600)
    for _ in range(2):
        told.accountant.hint([str(home / "3" / "3")], within=20)
        assert told.last.unreadable == 1
        assert told.last.allocated == before + 409_600
    quota.give_back("t")
    told.accountant.hint([str(home / "3" / "3")], within=20)
    assert told.last.allocated == before + 409_600
    failing.end()
    told.accountant.hint([str(home / "3" / "3")], within=20)
    assert told.last.unreadable == 0
    assert told.last.allocated == measure(home).sums.allocated == before + 409_600
    told.accountant.close()


def test_of_a_copy_to_the_home_only_its_own_folders_are_looked_at(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted at once all the same, also where it was gathered into folders above."""
    # Nothing but what the copy says leads there.
    for bound, value in (("PART", 10_000), ("RECENT_LEAST", 0), ("RECENT_MOST", 0)):
        monkeypatch.setattr(f"jupyterlab_mast.quota.account.{bound}", value)
    for number in range(400):
        (home / "many" / f"{number}").mkdir(parents=True)
    data = tmp_path / "data"
    told = Told(data, Usage("home", "Home", str(home)), away_seconds=600, again=0)
    until(lambda: told.last.measured is not None)
    before = told.last.allocated
    quota = HomeQuota(data)
    quota.reserve("t", str(home), 1_000_000)
    for folder in ("hst/new", "0/0", "1/deep/er"):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / "copy").write_bytes(b"x" * 81_920)
    folders = Folders(alone=(str(home / "hst/new"), str(home / "0/0")), whole=(str(home / "1"),))
    quota.wrote("t", 3 * 81_920, folders)
    # A part grows in place: its folder does not change for that.
    with (home / "0/0/copy").open("ab") as file:
        file.write(b"x" * 81_920)
    looked: set[str] = set()
    lstat = os.lstat

    def note(path: Any, *, dir_fd: int | None = None) -> Any:
        if dir_fd is not None and isinstance(path, bytes):
            looked.add(os.fsdecode(path))
        return lstat(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "lstat", note)
    refreshed = told.last.refreshed
    told.accountant.refresh()
    until(lambda: told.last.refreshed != refreshed)
    monkeypatch.undo()
    assert told.last.seen == {"t": 3 * 81_920}
    found = measure(home).sums
    assert told.last.allocated == found.allocated >= before + 4 * 81_920
    assert 0 < len(looked) < found.folders / 10
    told.accountant.close()


def test_a_root_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    told = Told(tmp_path / "data", Usage("team", "Team", str(tmp_path / "nowhere"), limit=1))
    until(lambda: told.last.problem is not None)
    assert "nowhere" in str(told.last.problem)
    assert told.last.measured is None
    told.accountant.close()


def test_each_ask_is_answered_also_while_the_root_is_away(tmp_path: Path, home: Path) -> None:
    told = Told(tmp_path / "data", Usage("home", "Home", str(home)))
    until(lambda: told.last.measured is not None)
    away = home.with_name("away")
    home.rename(away)
    answers: list[Any] = []
    asks = Asks(told.accountant, answers.append)
    for number, do in enumerate(("freeable", "snapshot", "folder")):
        asks.take(json.dumps({"ask": number, "do": do, "root": "home", "folder": ""}).encode())
    until(lambda: len(answers) == 3)
    errors = {answer["answer"]: answer.get("error") for answer in answers}
    assert errors[1] is None
    assert errors[0]["kind"] == "busy"
    assert errors[0]["message"].endswith(".")
    away.rename(home)
    told.accountant.close()


def test_what_nobody_thought_of_is_answered_too(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where it is the process that answers at once, which lives on."""

    errors = [OSError(5, "Input/output error"), RuntimeError("nobody thought of it")]

    def fails(accountant: Accountant) -> None:
        raise errors.pop(0)

    monkeypatch.setattr(Accountant, "told", fails)
    accountant = Accountant(
        tmp_path / "data", [Usage("home", "Home", str(home))], Settings(), lambda: None
    )
    answers: list[Any] = []
    asks = Asks(accountant, answers.append)
    for _ in range(2):
        asks.take(b'{"ask": 1, "do": "snapshot"}')
    first, second = (answer["error"] for answer in answers)
    assert "Input/output error" in first["message"]
    assert second["kind"] == "internal"
    assert "nobody thought of it" in caplog.text


def test_an_accountant_that_fails_ends_so_that_another_is_started(
    tmp_path: Path, home: Path
) -> None:
    code = (
        "import sys; from jupyterlab_mast.quota import accountant, worker\n"
        "def fails(*arguments, **more): raise RuntimeError('nobody thought of it')\n"
        "accountant.Account.measure = fails\n"
        "sys.exit(worker.main(sys.argv[1:]))"
    )
    roots = json.dumps([{"id": "home", "title": "Home", "path": str(home)}])
    arguments = ["--data", str(tmp_path / "data"), "--roots", roots]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            assert process.wait(timeout=30) == 1
            assert "nobody thought of it" in process.stderr.read()
        finally:
            process.kill()


def test_a_rescan_finds_what_nothing_tells_of(tmp_path: Path, home: Path) -> None:
    told = Told(tmp_path / "data", Usage("home", "Home", str(home)), away_seconds=600, again=0)
    until(lambda: told.last.measured is not None)
    with (home / "7" / "7" / "3.fits").open("ab") as file:
        file.write(b"y" * 100_000)
    os.utime(home / "7" / "7" / "3.fits", (1, 1))
    told.accountant.rescan("home")
    until(lambda: told.last.allocated == measure(home).sums.allocated)
    with pytest.raises(KeyError):
        told.accountant.rescan("nobody")
    told.accountant.close()
