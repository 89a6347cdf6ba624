"""Taking back what a transfer wrote, and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, Worker, key

from jupyterlab_mast.transfers.types import TransferError


@pytest.fixture
def copied(home: Home, faulty: Faulty) -> dict[str, Any]:
    """A transfer that has copied four files into two folders."""
    for name in ("one/a.fits", "one/b.fits", "two/c.fits", "two/d.fits"):
        faulty.put(key(name), name.encode() * 1000)
    summary = home.run(layout="archive")
    assert summary["state"] == "done"
    return summary


def undo(home: Home, summary: dict[str, Any]) -> dict[str, Any]:
    transfers = home.transfers()
    return transfers.act(summary["id"], "undo")


def folder_of(home: Home) -> Path:
    return home.target / "hst/public/x"


def names(home: Home) -> list[str]:
    return sorted(Path(name).name for name in home.files())


def test_all_goes_that_nobody_changed(home: Home, copied: dict[str, Any]) -> None:
    transfers = home.transfers()
    assert len(transfers.copies(f"{home.server.endpoint}/open", "hst/")) == 4
    summary = transfers.act(copied["id"], "undo")
    assert summary["undone"]
    assert summary["state"] == "done"
    # The folders were made for it; the root was not.
    assert list(home.root.iterdir()) == []
    assert transfers.copies(f"{home.server.endpoint}/open", "hst/") == []
    assert home.transfers().summary(copied["id"])["undone"]


@pytest.mark.parametrize("how", ["written", "same time", "replaced", "touched", "linked"])
def test_a_changed_file_stays(home: Home, copied: dict[str, Any], how: str) -> None:
    path = folder_of(home) / "one/a.fits"
    before = path.stat()
    if how == "written":
        path.write_bytes(b"mine")
    elif how == "same time":
        with path.open("r+b") as file:
            file.write(b"X")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif how == "replaced":
        body = path.read_bytes()
        path.with_suffix(".new").write_bytes(body)
        os.utime(path.with_suffix(".new"), ns=(before.st_atime_ns, before.st_mtime_ns))
        path.with_suffix(".new").replace(path)
    elif how == "touched":
        path.touch()
    else:
        path.rename(path.with_name("x.fits"))
        path.symlink_to("x.fits")
    undo(home, copied)
    assert names(home) == (["x.fits"] if how == "linked" else ["a.fits"])


def test_what_was_edited_on_another_machine_stays(
    home: Home, copied: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over NFS what is told of a file is some seconds old, until somebody opens it."""
    path = folder_of(home) / "one/a.fits"
    asks, known = os.stat, path.stat()
    path.write_bytes(b"mine")

    def cached(name: Any, **more: Any) -> os.stat_result:
        is_it = name == path.name and more.get("dir_fd") is not None
        return known if is_it else asks(name, **more)

    monkeypatch.setattr(os, "stat", cached)
    undo(home, copied)
    assert (names(home), path.read_bytes()) == (["a.fits"], b"mine")


def test_other_files_and_their_folders_stay(home: Home, copied: dict[str, Any]) -> None:
    (folder_of(home) / "two/notes.txt").write_text("mine")
    undo(home, copied)
    assert names(home) == ["notes.txt"]
    assert not (folder_of(home) / "one").exists()


def test_a_folder_that_was_there_before_stays(home: Home, faulty: Faulty) -> None:
    (home.target / "hst/public").mkdir(parents=True)
    faulty.put(key("a.fits"), b"a")
    undo(home, home.run(layout="archive"))
    assert [path.name for path in (home.target / "hst").iterdir()] == ["public"]
    assert list((home.target / "hst/public").iterdir()) == []


@pytest.mark.parametrize("what", ["target", "folder"])
def test_a_link_cannot_lead_it_elsewhere(home: Home, copied: dict[str, Any], what: str) -> None:
    """The same files, inodes and all, lie elsewhere; a link leads there."""
    elsewhere = home.root.parent / "elsewhere"
    victim = home.target if what == "target" else folder_of(home) / "one"
    victim.rename(elsewhere)
    victim.symlink_to(elsewhere)
    undo(home, copied)
    left = sorted(path.name for path in elsewhere.rglob("*.fits"))
    assert left[:2] == ["a.fits", "b.fits"]
    assert victim.is_symlink()


@pytest.mark.parametrize("moved", [False, True])
def test_what_is_gone_already_is_no_failure(
    home: Home, copied: dict[str, Any], moved: bool
) -> None:
    if moved:
        home.target.rename(home.root / "other")
    else:
        shutil.rmtree(home.target)
    assert undo(home, copied)["undone"]
    assert len(home.files()) == (4 if moved else 0)


def test_a_file_that_was_kept_beside_goes(home: Home, copied: dict[str, Any]) -> None:
    for path in home.target.rglob("*.fits"):
        path.write_bytes(b"mine")
    summary = home.run(layout="archive", conflict="keep-both")
    assert summary["files"]["copied"] == 4
    assert len(home.files()) == 8
    undo(home, summary)
    assert names(home) == ["a.fits", "b.fits", "c.fits", "d.fits"]


def test_files_that_were_identical_stay(home: Home, copied: dict[str, Any]) -> None:
    summary = home.run(layout="archive")
    assert summary["files"]["identical"] == 4
    undo(home, summary)
    assert len(home.files()) == 4


def test_files_of_all_sessions_go(home: Home, faulty: Faulty) -> None:
    for number in range(3):
        faulty.put(key(f"{number}/a.fits"), bytes([number]) * (3 << 20))
    faulty.allowance = 7 << 20
    worker = Worker(home, home.request(layout="archive"))
    assert faulty.halted.wait(20)
    worker.kill()
    faulty.allowance = None
    transfers = home.transfers()
    (summary,) = transfers.snapshot()
    summary = transfers.wait(summary["id"], 20)
    assert summary["state"] == "done"
    transfers.act(summary["id"], "undo")
    assert list(home.root.iterdir()) == []


def test_what_runs_cannot_be_undone(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), b"a" * (3 << 20))
    faulty.allowance = 0
    transfers = home.transfers()
    summary = transfers.create(home.request())
    with pytest.raises(TransferError, match="has not ended"):
        transfers.act(summary["id"], "undo")
