"""Homes that are full to the last block, with the data of the extension in them."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, key, until
from helpers.published import MB, publish

from jupyterlab_mast.quota.reservations import Reservations
from jupyterlab_mast.transfers import runner

MIB = 1 << 20


@pytest.fixture(params=[None, 100 * MB], ids=["no limit", "a limit"])
def disk(home: Home, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The home and its data are a file system of 8 MiB; a limit that is larger is published."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home.root)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    home.data = home.root / ".data"
    if request.param is not None:
        publish(home.data, home.root, limit=request.param)
    yield home.root
    home.close()
    subprocess.run(["umount", "-l", str(home.root)], check=True)


def fill(disk: Path) -> Path:
    """Take all that is free on a disk."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(1 << 12))
    return filler


def reserved(home: Home) -> int:
    """What all processes of a home have reserved, as one more sees it."""
    found = Reservations(home.data / "quota").all().values()
    return sum(one.outstanding for one in found)


def test_a_copy_that_begins_on_a_full_disk_waits(home: Home, faulty: Faulty, disk: Path) -> None:
    faulty.put(key("a.fits"), random.randbytes(MIB))
    transfers = home.transfers()
    name = transfers.create(home.request(start="ask"))["id"]
    until(lambda: transfers.summary(name)["confirm"])
    filler = fill(disk)
    transfers.act(name, "start")
    until(lambda: transfers.summary(name)["state"] == "waiting")
    assert transfers.summary(name)["error"] is None
    filler.unlink()
    assert transfers.wait(name, 20)["state"] == "done"
    assert (home.target / "a.fits").read_bytes() == faulty.objects[key("a.fits")].body
    assert reserved(home) == 0


@pytest.mark.parametrize(("number", "reason"), [(errno.ENOSPC, "space"), (errno.EDQUOT, "quota")])
def test_a_target_that_cannot_be_made_for_lack_of_room_is_waited_for(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    make, full = os.mkdir, threading.Event()
    full.set()

    def mkdir(path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if full.is_set() and path == home.target.name:
            raise OSError(number, os.strerror(number), path)
        make(path, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", mkdir)
    faulty.put(key("a.fits"), random.randbytes(1000))
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting")
    assert transfers.summary(name)["waiting"]["reason"] == reason
    assert reserved(home) == 0
    full.clear()
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


@pytest.mark.parametrize("how", ["goes on", "cancelled", "paused"])
def test_a_copy_on_a_disk_that_fills_up(
    home: Home, faulty: Faulty, disk: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_COUNT_SECONDS", 0.2)
    for number in range(30):
        faulty.put(key(f"{number}.fits"), random.randbytes(100_000))
    faulty.allowance = MIB
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert faulty.halted.wait(10)
    assert reserved(home) > MIB
    filler = fill(disk)
    faulty.allowance = None
    until(lambda: transfers.summary(name)["state"] == "waiting")
    if how == "cancelled":
        transfers.act(name, "cancel")
        # Though nothing can be written.
        assert transfers.wait(name, 10)["state"] == "cancelled"
        assert not list(home.target.glob(".*"))
    elif how == "paused":
        transfers.act(name, "pause")
        until(lambda: not transfers.summary(name)["active"])
    # What it gives back is told when there is room to tell it.
    filler.unlink()
    if how != "goes on":
        until(lambda: reserved(home) == 0)
    if how == "paused":
        transfers.act(name, "resume")
    if how != "cancelled":
        assert transfers.wait(name, 20)["state"] == "done"
        assert len(list(home.target.iterdir())) == 30
