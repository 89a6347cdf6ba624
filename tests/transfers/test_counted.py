"""What is removed of a copy is no longer counted, at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, key, until

from jupyterlab_mast.lease import UsualPace
from jupyterlab_mast.quota import notes, tree
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.usage import Usage
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.transfers.store import new_id

MIB = 1 << 20
Count = Callable[[Path], "Counted"]


class Counted:
    """An accountant that looks only where it is told to, and what it says of a home."""

    def __init__(self, root: Path, data: Path) -> None:
        self._root = root
        self._accountant = Accountant(
            data,
            [Usage("home", "Home", str(root))],
            Settings(600.0, 600.0, again=0),
            lambda: None,
            UsualPace(beat=0.1),
        )
        self._accountant.start()
        self.close = self._accountant.close
        until(lambda: self._accountant.snapshot()[0].measured is not None)

    def is_right(self) -> bool:
        """Whether it tells of the home as it is."""
        sums = measure(self._root).sums
        told = self._accountant.snapshot()[0]
        return (told.allocated, told.files) == (sums.allocated, sums.files)

    def look(self) -> None:
        """Have it count all that is there by now."""
        before = self._accountant.snapshot()[0].measured
        self._accountant.rescan(None)
        until(lambda: self._accountant.snapshot()[0].measured != before)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Iterator[Count]:
    # The files of tests are younger than two seconds: their folders would be looked at for that.
    monkeypatch.setattr(tree, "YOUNG", 0)
    started: list[Counted] = []

    def start(root: Path, data: Path) -> Counted:
        # These are looked at before others, and these are newer than others.
        for number in range(100):
            (root / "others" / f"{number}").mkdir(parents=True)
        for number in range(3):
            newest = root / "others" / f"{number}" / "newest"
            newest.touch()
            os.utime(newest, (time.time() + 1000, time.time() + 1000))
        started.append(Counted(root, data))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.mark.parametrize("room", [None, 300])
def test_a_copy_that_is_taken_back(
    home: Home, faulty: Faulty, count: Count, monkeypatch: pytest.MonkeyPatch, room: int | None
) -> None:
    """Into folders that were there and new ones; also where these are too many to be named."""
    if room is not None:
        monkeypatch.setattr(notes, "MAX_BYTES", room)
    for name in ("one/a.fits", "one/b.fits", "two/c.fits", "two/deep/d.fits"):
        faulty.put(key(name), name.encode() * 1000)
    (home.target / "hst" / "public" / "x" / "two").mkdir(parents=True)
    counted = count(home.root, home.data)
    transfers = home.transfers()
    copied = transfers.create(home.request(layout="archive"))["id"]
    assert transfers.wait(copied)["state"] == "done"
    counted.look()
    assert transfers.act(copied, "undo")["undone"]
    assert not (home.target / "hst" / "public" / "x" / "one").exists()
    until(counted.is_right, 5)


def test_a_copy_counts_as_it_lies_on_the_disk(home: Home, faulty: Faulty, count: Count) -> None:
    """In whole blocks, with its folders, and without the file that it took the place of."""
    for number in range(100):
        faulty.put(key(f"{number}/small.fits"), b"x" * 500)
    faulty.put(key("large.fits"), b"new" * 1000)
    folder = home.target / "hst" / "public" / "x"
    folder.mkdir(parents=True)
    (folder / "large.fits").write_bytes(b"old" * MIB)
    counted = count(home.root, home.data)
    transfers = home.transfers()
    copied = transfers.create(home.request(layout="archive", conflict="replace"))["id"]
    assert transfers.wait(copied)["files"]["copied"] == 101
    until(counted.is_right, 5)


@pytest.mark.parametrize("paused", [True, False])
def test_a_copy_that_is_cancelled(home: Home, faulty: Faulty, count: Count, paused: bool) -> None:
    faulty.put(key("a.fits"), b"x" * 6 * MIB)
    counted = count(home.root, home.data)
    faulty.allowance = 3 * MIB
    transfers = home.transfers()
    copied = transfers.create(home.request())["id"]
    assert faulty.halted.wait(10)
    if paused:
        transfers.act(copied, "pause")
        until(lambda: not transfers.summary(copied)["active"])
    counted.look()
    assert home.leftovers()
    transfers.act(copied, "cancel")
    faulty.allowance = None
    assert transfers.wait(copied, 10)["state"] == "cancelled"
    until(counted.is_right, 5)


def test_what_nobody_goes_on_with(tmp_path: Path, count: Count) -> None:
    root = tmp_path / "home"
    (root / "copies" / "deep").mkdir(parents=True)
    part = root / "copies" / "deep" / f".mast-{new_id()}-0.part"
    part.write_bytes(b"x" * MIB)
    os.utime(part, (1, 1))
    counted = count(root, tmp_path / "data" / "jupyterlab-mast")
    subprocess.run(
        [sys.executable, "-m", "jupyterlab_mast.cli", "transfers", "clean", str(root)],
        env={**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data")},
        check=True,
        capture_output=True,
    )
    assert not part.exists()
    until(counted.is_right, 5)
