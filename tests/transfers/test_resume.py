"""Processes that are killed or sleep, and machines that die."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import replace

import pytest
from helpers.faulty import Faulty
from helpers.home import FAST, Home, Worker, fill, key, until

from jupyterlab_mast.transfers.copying import SMALL

MIB = 1 << 20
#: What may be fetched again after a killed process.
AGAIN = 64 * MIB
#: The sizes that decide how an object is fetched, by this: so there are many ranges.
DIVISOR = 8
#: What may be neither written nor noted then, when all that was sent has arrived.
IN_FLIGHT = 5 * MIB


def run_until(home: Home, worker: Worker, allowed: int | None, quiet: bool = False) -> bool:
    """Let a worker have so many bytes, and kill it, at once or when it is `quiet`; whether it had
    ended before."""
    faulty = home.server
    faulty.allow(allowed)
    while not (ended := worker.pipe.poll(0.005)) and not faulty.halted.is_set():
        pass
    if quiet:
        wait_until_noted(home)
    worker.kill()
    faulty.allowance = None
    return ended


def wait_until_noted(home: Home) -> None:
    """Wait until what has arrived is written and noted."""
    (folder,) = (home.data / "transfers").iterdir()
    written = -1
    while written != (written := max(folder.glob("journal-*")).stat().st_size):
        time.sleep(0.3)


@pytest.mark.parametrize("checked", [True, False])
def test_killed_again_and_again(home: Home, faulty: Faulty, full: bool, checked: bool) -> None:
    total = fill(faulty, 40 * MIB, checked)
    request = home.request()
    chance = random.Random(18 + checked)
    count = 20 if full else 5
    done = sent = 0
    for number in range(count):
        quiet = number % 2 == 1
        # All together are fewer bytes than there are: none of them ends before it is killed.
        worker = Worker(home, request, divisor=DIVISOR)
        assert not run_until(home, worker, chance.randrange(total // count), quiet)
        had, done = done, done_bytes(home)
        before, sent = sent, faulty.sent
        assert done >= had
        if quiet:
            assert sent - before <= done - had + IN_FLIGHT
    summary = Worker(home, request, divisor=DIVISOR).summary()
    assert summary is not None
    assert summary["state"] == "done"
    assert summary["files"]["copied"] == len(faulty.objects)
    assert summary["bytes"] == {"total": total, "done": total}
    home.assert_right()
    # What was noted did not come again. A server sends one more piece to whoever was killed.
    assert faulty.sent - sent <= total - done + 2 * MIB


def test_little_is_fetched_again_after_a_kill(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), random.Random(1).randbytes(120 * MIB))
    worker = Worker(home, home.request())
    assert not run_until(home, worker, 100 * MIB)
    sent = faulty.sent
    summary = Worker(home).summary()
    assert summary is not None
    assert summary["state"] == "done"
    home.assert_right()
    again = faulty.sent - 120 * MIB
    assert again <= AGAIN
    assert faulty.sent - sent < 60 * MIB


@pytest.mark.parametrize("moment", ["link", "unlink", "fsync", "rename", "utime"])
@pytest.mark.parametrize("size", [60_000, 3 * MIB, 9 * MIB])
@pytest.mark.parametrize("after", [False, True])
def test_killed_while_a_file_gets_its_name(
    home: Home, faulty: Faulty, moment: str, size: int, after: bool
) -> None:
    """No checksum helps here, and whoever asks before anything is replaced is not asked."""
    for number in range(4):
        faulty.put(key(f"f{number}.fits"), os.urandom(size), None, etag=f'"version-of-{number}"')
    request = home.request(conflict="replace" if moment == "rename" else "ask")
    if moment == "rename":
        home.target.mkdir()
        for number in range(4):
            (home.target / f"f{number}.fits").write_bytes(b"old")
    worker = Worker(home, request, die=(moment, after))
    assert worker.summary() is None
    worker.kill()
    faulty.asked.clear()
    summary = Worker(home).summary()
    assert summary is not None
    assert summary["state"] == "done", summary["failures"]
    assert summary["files"]["copied"] == 4
    home.assert_right()
    if size > SMALL:
        # The file that was about to get its name was whole, and the journal knew it.
        assert faulty.sent <= 3 * size


def test_cancelled_after_a_kill(home: Home, faulty: Faulty) -> None:
    fill(faulty, 20 * MIB)
    worker = Worker(home, home.request(target=str(home.target / "deep/er")))
    run_until(home, worker, 15 * MIB)
    assert home.leftovers()
    transfers = home.transfers(adopt=False)
    (summary,) = transfers.snapshot()
    transfers.close()
    transfers = home.transfers()
    transfers.act(summary["id"], "cancel")
    assert transfers.wait(summary["id"], 10)["state"] == "cancelled"
    assert home.leftovers() == []


def test_killed_small_files_leave_nothing(home: Home, faulty: Faulty) -> None:
    """A small file's hidden one is in no journal."""
    faulty.put(key("a.fits"), b"a" * 5000)
    faulty.put(key("b.fits"), b"b" * 5000)
    worker = Worker(home, home.request(), die=("fsync", True))
    assert worker.summary() is None
    assert home.leftovers()
    faulty.objects.clear()
    summary = Worker(home).summary()
    assert summary is not None
    assert summary["state"] == "failed"
    assert home.files() == {}


# A machine that dies


def done_bytes(home: Home) -> int:
    transfers = home.transfers(adopt=False)
    (summary,) = transfers.snapshot()
    transfers.close()
    return int(summary["bytes"]["done"])


@pytest.mark.parametrize("checked", [True, False])
def test_after_a_reboot_only_what_was_lost_is_fetched(
    home: Home, faulty: Faulty, checked: bool
) -> None:
    size = 60 * MIB
    faulty.put(
        key("a.fits"),
        random.Random(2).randbytes(size),
        "CRC64NVME" if checked else None,
        etag='"one"',
    )
    worker = Worker(home, home.request(), boot="first")
    assert not run_until(home, worker, 45 * MIB)
    done = done_bytes(home)
    assert done > 10 * MIB
    (part,) = home.root.rglob(".mast-*.part")
    with part.open("r+b") as file:
        for place in (1 * MIB, 9 * MIB + 4096):
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ 1]))
    faulty.asked.clear()
    summary = Worker(home, boot="second").summary()
    assert summary is not None
    assert summary["state"] == "done"
    home.assert_right()
    # Two pieces: each is noted when it has a mebibyte, and may be a write larger.
    assert size - done <= faulty.sent <= size - done + 3 * MIB


def test_after_a_reboot_files_in_place_are_not_fetched(home: Home, faulty: Faulty) -> None:
    total = fill(faulty, 8 * MIB)
    worker = Worker(home, home.request(), boot="first")
    run_until(home, worker, total - 4 * MIB)
    there = len([name for name in home.files() if not name.startswith(".")])
    done = done_bytes(home)
    faulty.asked.clear()
    summary = Worker(home, boot="second").summary()
    assert summary is not None
    assert summary["state"] == "done"
    assert summary["files"]["copied"] == len(faulty.objects)
    home.assert_right()
    assert faulty.sent <= total - done + MIB
    assert faulty.count("GET") <= len(faulty.objects) - there + 8


def test_after_a_reboot_a_lost_name_is_noticed(home: Home, faulty: Faulty) -> None:
    total = fill(faulty, 8 * MIB)
    worker = Worker(home, home.request(), boot="first")
    run_until(home, worker, total - 4 * MIB)
    for path in sorted(home.target.glob("f*.fits"))[:5]:
        path.unlink()
    summary = Worker(home, boot="second").summary()
    assert summary is not None
    assert summary["state"] == "done"
    home.assert_right()


def test_an_ended_transfer_is_not_looked_at_again(home: Home, faulty: Faulty) -> None:
    """What somebody removed since does not come back."""
    faulty.put(key("a.fits"), b"a" * 10)
    faulty.put(key("b.fits"), b"b" * 10)
    faulty.fault = lambda asked, answer: (
        answer.fail(403, "AccessDenied") if asked.key == key("b.fits") else None
    )
    summary = Worker(home, home.request(), boot="first").summary()
    assert summary is not None
    assert summary["state"] == "done-with-failures"
    (home.target / "a.fits").unlink()
    faulty.fault = None
    os.environ["MAST_BOOT_ID"] = "second"
    try:
        transfers = home.transfers()
        transfers.act(summary["id"], "retry")
        summary = transfers.wait(summary["id"], 10)
    finally:
        del os.environ["MAST_BOOT_ID"]
    assert summary["state"] == "done"
    assert list(home.files()) == ["b.fits"]


# Two servers on one home


def test_a_sleeper_does_not_disturb_who_took_over(home: Home, faulty: Faulty) -> None:
    fill(faulty, 24 * MIB, checked=False)
    faulty.allowance = 10 * MIB
    # One that would not look by itself for long: what it writes must be held back all the same.
    timing = replace(FAST, beat=1000.0)
    sleeper = Worker(home, home.request(), boot="one machine", stay=True, timing=timing)
    assert faulty.halted.wait(20)
    (folder,) = (home.data / "transfers").iterdir()
    # Later records are of what it did after its sleep.
    wait_until_noted(home)
    os.kill(sleeper.pid, signal.SIGSTOP)
    faulty.allowance = 0
    second = Worker(home, boot="another machine", stay=True)
    # It waits until the first has been silent long enough, then goes on.
    until(lambda: (folder / "journal-000002").exists())
    faulty.allowance = MIB
    time.sleep(0.3)
    journal = (folder / "journal-000001").read_bytes()
    os.kill(sleeper.pid, signal.SIGCONT)
    faulty.allowance = 5 * MIB
    time.sleep(0.5)
    faulty.allowance = None
    summary = second.summary()
    assert summary is not None
    assert summary["state"] == "done"
    home.assert_right()
    told = sleeper.summary()
    assert told is not None
    assert told["state"] == "done"
    home.assert_right()
    late = (folder / "journal-000001").read_bytes()[len(journal) :]
    assert late == b""
    sleeper.kill()
    second.kill()


def test_two_at_once_share_the_work_of_none(home: Home, faulty: Faulty) -> None:
    """Of two processes on one home, one works; the other sees it."""
    total = fill(faulty, 8 * MIB)
    first = Worker(home, home.request())
    until(lambda: list((home.data / "transfers").glob("2*")) if home.data.exists() else None)
    others = [Worker(home) for _ in range(3)]
    for one in [first, *others]:
        summary = one.summary()
        assert summary is not None
        assert summary["state"] == "done"
        one.kill()
    home.assert_right()
    assert faulty.sent == total
    assert FAST.stale == 1.0
