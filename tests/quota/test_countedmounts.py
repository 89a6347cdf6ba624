"""What is mounted over a folder that was counted does not count, and what is below it does again
when the mount has gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.mounts import Mounted, among_own_mounts, table_of
from helpers.trees import each_folder

from jupyterlab_mast.quota import walk
from jupyterlab_mast.quota.account import Account
from jupyterlab_mast.quota.walk import measure

pytestmark = pytest.mark.usefixtures("nothing_is_young")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a folder ``a/m`` that holds others, and ``a/other`` beside it."""
    home = tmp_path / "home"
    for name in ("a/m/x/y", "a/other", "b"):
        (home / name).mkdir(parents=True)
        (home / name / "file").write_bytes(b"x" * 5000)
    return home


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mounted:
    return table_of(monkeypatch, tmp_path)


@pytest.fixture
def account(tmp_path: Path, home: Path, mounted: Mounted) -> Account:
    account = Account(str(home), tmp_path / "kept")
    assert account.measure()
    return account


def paths(account: Account) -> set[str]:
    return set(map(os.fsdecode, account.tree))


ALL = {"", "a", "a/m", "a/m/x", "a/m/x/y", "a/other", "b"}
WITHOUT = {"", "a", "a/other", "b"}


def test_what_is_mounted_over_a_known_folder_counts_no_more_until_it_has_gone(
    home: Path, account: Account, mounted: Mounted
) -> None:
    assert paths(account) == ALL
    mounted([home / "a" / "m"])
    account.hint([str(home / "a" / "m" / "x")])
    account.refresh(again=0)
    assert paths(account) == WITHOUT
    assert account.tree.sums == measure(home).sums
    # Neither a look nor a rescan brings it back.
    account.hint([str(home / "a" / "m" / "x"), str(home / "a")])
    account.refresh()
    account.measure(again=True)
    assert paths(account) == WITHOUT
    mounted([])
    account.refresh(again=0)
    assert paths(account) == ALL
    assert each_folder(account.tree) == each_folder(measure(home))


def test_a_rescan_knows_what_was_mounted_since(
    home: Path, account: Account, mounted: Mounted
) -> None:
    mounted([home / "a" / "m"])
    account.measure(again=True)
    assert paths(account) == WITHOUT
    mounted([])
    account.measure(again=True)
    assert paths(account) == ALL


def test_what_was_mounted_between_two_sessions(
    home: Path, account: Account, mounted: Mounted, tmp_path: Path
) -> None:
    account.save()
    for mounts, expected in (([home / "a" / "m"], WITHOUT), ([], ALL)):
        mounted(mounts)
        session = Account(str(home), tmp_path / "kept")
        assert session.load()
        session.refresh(again=0)
        assert paths(session) == expected
        session.save()


def test_what_was_still_to_be_read_is_not_read_where_something_is_mounted(
    home: Path, account: Account, mounted: Mounted
) -> None:
    account.hint([str(home / "a" / "m"), str(home / "a" / "m" / "x")])
    account.refresh(stopped=lambda: True)
    mounted([home / "a" / "m"])
    account.refresh()
    assert paths(account) == WITHOUT
    mounted([])
    account.refresh(stopped=lambda: True)
    account.refresh()
    assert paths(account) == ALL


def test_a_mount_in_a_mount(home: Path, account: Account, mounted: Mounted) -> None:
    outer, inner = home / "a" / "m", home / "a" / "m" / "x"
    for mounts, expected in (
        ([inner], ALL - {"a/m/x", "a/m/x/y"}),
        ([outer, inner], WITHOUT),
        ([outer], WITHOUT),
        ([inner], ALL - {"a/m/x", "a/m/x/y"}),
        ([], ALL),
    ):
        mounted(mounts)
        account.refresh(again=0)
        assert paths(account) == expected


def test_a_refresh_looks_at_the_mounts_once(
    home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(walk, "mounts_below", lambda root: looks.append(root) or frozenset())
    (home / "b" / "new" / "newer").mkdir(parents=True)
    account.hint([str(home / "b")])
    account.refresh()
    assert b"b/new/newer" in account.tree
    assert len(looks) == 1


REAL = """
from pathlib import Path
from jupyterlab_mast.quota.account import Account

home, team, kept = sys.argv[1:]
at = os.path.join(home, "a", "m")
account = Account(home, Path(kept))
account.measure()
account.save()
found = [account.figures()["allocated"]]

def look():
    account.refresh()
    found.append(account.figures()["allocated"])

bind(team, at)
look()
account.hint([os.path.join(at, "large")])
look()
account = Account(home, Path(kept))
account.load()
look()
account.measure(again=True)
look()
fresh = Account(home, Path(kept).with_name("fresh"))
fresh.measure()
unmount(at)
look()
tell([found, fresh.figures()["allocated"]])
"""


def test_what_is_really_mounted_does_not_count(home: Path, tmp_path: Path) -> None:
    team = tmp_path / "team" / "deep"
    team.mkdir(parents=True)
    (team / "large").write_bytes(b"x" * 5_000_000)
    found, fresh = among_own_mounts(REAL, home, team.parent, tmp_path / "kept")
    assert found == [found[0], fresh, fresh, fresh, fresh, found[0]]
    assert fresh < found[0]


AWAY = """
from pathlib import Path
from jupyterlab_mast.quota import walk
from jupyterlab_mast.quota.account import Account

team, kept, disk = sys.argv[1:]
os.makedirs(team)
os.makedirs(disk)
mount("-t", "tmpfs", "none", disk)
for number in range(100):
    os.makedirs(os.path.join(disk, f"{number}", "deep"))
    Path(disk, f"{number}", "deep", "file").write_bytes(b"x" * 5000)
bind(disk, team)
# Its folders are read one by one.
walk.UNIT_SECONDS = 0.0
account = Account(team, Path(kept))
went = []

def progress():
    if len(account.tree) > 20 and not went:
        went.append(len(account.tree))
        # Also while it is in use.
        subprocess.run(["umount", "--lazy", team], check=True)

def problem(work):
    try:
        work()
    except OSError as error:
        return str(error)

found = [problem(lambda: account.measure(progress=progress))]
partly = [account.measured, len(account.tree) >= went[0], bool(account.left)]
found.append(problem(account.measure))
bind(disk, team)
assert account.measure()
figures = [account.figures()["allocated"]]
unmount(team)
found += [problem(account.refresh), problem(lambda: account.measure(again=True))]
account.save()
session = Account(team, Path(kept))
assert session.load()
found.append(problem(session.refresh))
figures += [one.figures()["allocated"] for one in (account, session)]
# Another one with other contents is read as ever.
mount("-t", "tmpfs", "none", team)
Path(team, "large").write_bytes(b"x" * 1_000_000)
session.measure(again=True)
files = [session.figures()["files"]]
# As is a scratch disk that is a new, empty one in each session.
unmount(team)
mount("-t", "tmpfs", "none", team)
session.measure(again=True)
files.append(session.figures()["files"])
tell([found, partly, figures, files])
"""


def test_what_was_counted_and_is_not_mounted_keeps_its_figures(tmp_path: Path) -> None:
    """While it is counted, later, and in the next session."""
    found, partly, figures, files = among_own_mounts(
        AWAY, tmp_path / "team", tmp_path / "kept", tmp_path / "disk"
    )
    assert all("team" in (problem or "") for problem in found)
    assert all("not to be mounted" in problem for problem in found[1:])
    assert partly == [None, True, True]
    assert figures[0] > 100 * 5000
    assert figures == [figures[0]] * 3
    assert files == [1, 0]
