"""What is told of lists of removed copies, each minute: right, and without many looks."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mast.transfers import freedlists
from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.freed import FreedList
from jupyterlab_mast.transfers.freedlists import FreedLists

NAME = "20260101-000000-00000000"


class Lists:
    """A home with lists of what was removed."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "home"
        self.root.mkdir()
        self.folder = folder / "freed"
        self.running: list[str] = []
        self.lists = FreedLists(
            str(self.folder), lambda ids: [one for one in ids if one in self.running]
        )

    def freed(self, *paths: str, name: str = NAME, **more: Any) -> FreedList:
        kept = FreedList(self.folder, name, str(self.root), "home", **more)
        kept.add(
            [Copy(str(self.root / one), "a", "https://b", one, '"e"', 7, 1.0) for one in paths]
        )
        return kept

    def told(self) -> list[tuple[int, int, bool, bool]]:
        return [
            (one["files"], one["bytes"], one["lost"], one["fetching"])
            for one in self.lists.of(str(self.root), "home")
        ]

    def put(self, path: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")

    def age(self) -> None:
        """Let what was written last lie a day back, by the clock of the file system."""
        for path in self.folder.iterdir():
            then = path.stat().st_mtime - 90_000
            os.utime(path, (then, then))


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def believe_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freedlists, "BELIEVED_SECONDS", 0.0)


def test_what_is_missing_is_told(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    believe_nothing(monkeypatch)
    lists.freed("a", "x/b", "x/c", "y/z/d")
    assert lists.told() == [(4, 28, False, False)]
    lists.put("x/b")
    lists.put("a")
    assert lists.told() == [(2, 14, False, False)]
    # A link that leads nowhere, and a folder, take a place too.
    (lists.root / "x" / "c").symlink_to("nowhere")
    (lists.root / "y/z/d").mkdir(parents=True)
    assert lists.told() == []


def test_folders_are_read_once_and_no_file_is_looked_at(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        lists.put(f"{number % 2}/there{number}")
    lists.freed(*[f"{number % 2}/{number}" for number in range(100)])
    read = []
    scandir = os.scandir

    def count(path: Any) -> Any:
        read.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", count)
    for _ in range(3):
        assert lists.told() == [(100, 700, False, False)]
    assert sorted(read) == [str(lists.root / "0"), str(lists.root / "1")]
    # Something was added.
    lists.freed("0/more")
    assert lists.told() == [(101, 707, False, False)]
    assert len(read) == 4


def test_when_fetching_ends_all_is_looked_at_again(lists: Lists) -> None:
    kept = lists.freed("a", "b")
    assert lists.told() == [(2, 14, False, False)]
    lists.running = ["t"]
    kept.note_transfers(["s", "t"])
    assert lists.told() == [(2, 14, False, True)]
    lists.put("a")
    lists.running = []
    assert lists.told() == [(1, 7, False, False)]


def test_lists_of_other_roots_are_none_of_ours(lists: Lists) -> None:
    lists.freed("a")
    lists.freed("b", name="20260102-000000-00000000", lost=True)
    of = lists.lists.of
    told = [(7, False), (7, True)]
    for _ in range(2):
        for root, name in ((str(lists.root), "x"), ("/moved", "home")):
            assert sorted((one["bytes"], one["lost"]) for one in of(root, name)) == told
        assert of("/moved", "other") == of("/moved", "") == []


def test_old_lists_of_what_is_there_again_are_forgotten(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_nothing(monkeypatch)
    lists.freed("a")
    lists.put("a")
    assert lists.told() == []
    assert len(list(lists.folder.iterdir())) == 1
    lists.age()

    def refuse(self: FreedList) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(FreedList, "remove", refuse)
        assert lists.told() == []
    assert lists.told() == []
    assert list(lists.folder.iterdir()) == []


@pytest.mark.parametrize("is_wrong", ["who writes", "who looks"])
def test_clocks_of_machines_forget_nothing(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, is_wrong: str
) -> None:
    """Another server may look while the files of a list are being removed."""
    right = time.time
    lists.put("a")
    with monkeypatch.context() as patch:
        if is_wrong == "who writes":
            patch.setattr(time, "time", lambda: right() - 90_000)
        lists.freed("a")
    if is_wrong == "who looks":
        monkeypatch.setattr(time, "time", lambda: right() + 90_000)
    assert lists.told() == []
    assert len(list(lists.folder.iterdir())) == 1


def test_what_lay_elsewhere_is_not_forgotten(lists: Lists, tmp_path: Path) -> None:
    """Other servers of this home may give another folder the same id."""
    lists.freed("a")
    lists.age()
    other = tmp_path / "other"
    other.mkdir()
    (other / "a").write_bytes(b"x")
    assert lists.lists.of(str(other), "home") == []
    assert lists.told() == [(1, 7, False, False)]


def test_what_is_damaged_raises_nothing(lists: Lists) -> None:
    lists.folder.mkdir()
    (lists.folder / f"{NAME}.jsonl").write_bytes(b"\xff\n{}\n[" * 9)
    (lists.folder / "20260102-000000-00000000.jsonl").mkdir()
    lists.freed("a\0b", name="20260103-000000-00000000")
    assert lists.told() == [(1, 7, False, False)]


def nothing_runs(ids: Sequence[str]) -> list[str]:
    return []


def test_where_there_are_none(tmp_path: Path) -> None:
    assert FreedLists(str(tmp_path / "freed"), nothing_runs).of("/home", "home") == []
