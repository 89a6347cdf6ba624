"""Transfers of one home under its limit."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty, first, of
from helpers.home import Home, Worker, key, until
from helpers.published import publish as publish_figures

from jupyterlab_mast.quota.interface import HomeQuota
from jupyterlab_mast.quota.reservations import Reservation, Reservations
from jupyterlab_mast.transfers import runner
from jupyterlab_mast.transfers.room import space_sentence
from jupyterlab_mast.transfers.runner import Transfers


def planned(transfers: Transfers, name: str) -> dict[str, Any]:
    """A plan that waits for a word."""
    until(
        lambda: transfers.summary(name)["confirm"] and transfers.summary(name)["plan"]["complete"]
    )
    return transfers.summary(name)


#: A whole number of blocks.
MB = 250 * 4096


def publish(data: Path, root: Path, **values: Any) -> None:
    """As of now: of 10 MB 4 are used."""
    publish_figures(data, root, **{"allocated": 4 * MB, "limit": 10 * MB, **values})


# A limit that only warns


@pytest.mark.parametrize("size", [MB, 2 * MB])
def test_a_copy_that_passes_a_soft_limit_is_asked_about(
    home: Home, faulty: Faulty, size: int
) -> None:
    publish(home.data, home.root, allocated=9 * MB, hard=False, reserve=MB // 2)
    faulty.put(key("a.fits"), random.randbytes(size))
    transfers = home.transfers()
    name = transfers.create(home.request(start="auto"))["id"]
    plan = planned(transfers, name)["plan"]
    assert (plan["needed"], plan["free"], plan["limit"]) == (size, MB // 2, 10 * MB)
    assert plan["reserve"] == MB // 2
    assert plan["allowed"] > 5 * MB
    assert not home.target.exists()
    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_one_that_fits_a_soft_limit_starts(home: Home, faulty: Faulty) -> None:
    publish(home.data, home.root, hard=False)
    faulty.put(key("a.fits"), random.randbytes(MB))
    transfers = home.transfers()
    name = transfers.create(home.request(start="auto"))["id"]
    assert transfers.wait(name, 20)["state"] == "done"


def test_one_that_fits_by_length_and_not_by_its_blocks_is_asked_about(
    home: Home, faulty: Faulty
) -> None:
    publish(home.data, home.root, allocated=10 * MB - 4 * 4096)
    for name in ("a.fits", "b.jpg", "c.txt"):
        faulty.put(key(name), random.randbytes(4097))
    transfers = home.transfers()
    name = transfers.create(home.request(start="auto"))["id"]
    plan = planned(transfers, name)["plan"]
    assert (plan["needed"], plan["blocks"], plan["free"]) == (3 * 4097, 3 * 4095, 4 * 4096)
    # What may be left out so that it fits.
    assert len(plan["kinds"]) == 3
    said = space_sentence(plan)
    assert said is not None
    assert said.startswith("This copy needs 8.2 kB more than you have. Planned 24.6 kB, free 16.4")


# Two that do not fit together


FIRST, SECOND = key("first.fits"), key("second.fits")


class Two:
    """Of 10 MB that are free, one copy of 6 MB has 2 and stands still; another waits for it."""

    def __init__(self, home: Home, faulty: Faulty, *, elsewhere: bool) -> None:
        """`elsewhere`: the first one runs in a process of its own."""
        self.home = home
        self.faulty = faulty
        publish(home.data, home.root, allocated=0)
        for name in (FIRST, SECOND):
            faulty.put(name, random.randbytes(6 * MB))
        faulty.allowance = 2 * MB
        request = home.request(FIRST)
        self.first = request.id
        self.worker = Worker(home, request) if elsewhere else None
        self.transfers = home.transfers(adopt=False)
        if not elsewhere:
            self.transfers.create(request)
        assert faulty.halted.wait(20)
        self.second = self.transfers.create(home.request(SECOND))["id"]
        until(lambda: self.state == "waiting")
        # Noted once a second, so that little is lost with a process that is killed.
        until(lambda: any(one.written for one in self.reserved()))

    @property
    def state(self) -> str:
        """Of the second one."""
        return str(self.transfers.summary(self.second)["state"])

    @property
    def missing(self) -> int | None:
        """Of the second one."""
        waiting = self.transfers.summary(self.second)["waiting"]
        return waiting["missing"] if waiting and waiting["reason"] == "quota" else None

    def reserved(self) -> list[Reservation]:
        """What stands in all files of the home, as one more process sees it."""
        return list(Reservations(self.home.data / "quota").all().values())

    def assert_second_begins(self) -> None:
        """It does by itself, and what the first one has written counts."""
        assert self.transfers.wait(self.second, 20)["state"] == "done"
        until(lambda: not any(one.outstanding for one in self.reserved()))
        written = sum(one.written for one in self.reserved()) - 6 * MB
        assert 0 < written <= 2 * MB
        assert HomeQuota(self.home.data).space(str(self.home.root)).free == 4 * MB - written
        assert (self.home.target / "second.fits").read_bytes() == self.faulty.objects[SECOND].body


def denied(asked: Asked, answer: Answer) -> None:
    answer.fail(403, "AccessDenied")


@pytest.mark.parametrize("how", ["paused", "cancelled", "failed", "killed"])
def test_one_that_does_not_fit_begins_when_the_other_gives_back(
    home: Home, faulty: Faulty, how: str
) -> None:
    two = Two(home, faulty, elsewhere=how == "killed")
    assert two.missing == 2 * MB
    assert sum(one.outstanding + one.written for one in two.reserved()) == 6 * MB
    if how == "killed":
        assert two.worker is not None
        two.worker.kill()
        assert not any(one.outstanding for one in two.reserved())
    elif how == "failed":
        faulty.fault = of(FIRST, denied)
        assert two.transfers.wait(two.first, 20)["state"] == "failed"
    else:
        two.transfers.act(two.first, "pause" if how == "paused" else "cancel")
        until(lambda: two.transfers.summary(two.first)["state"] == how)
    faulty.allowance = None
    two.assert_second_begins()


def test_what_was_written_counts_until_a_count_says_otherwise(home: Home, faulty: Faulty) -> None:
    two = Two(home, faulty, elsewhere=False)
    faulty.allowance = None
    assert two.transfers.wait(two.first, 20)["state"] == "done"
    until(lambda: not any(one.outstanding for one in two.reserved()))
    time.sleep(1)
    # Nothing is reserved any more, and there is as little room as before.
    assert (two.state, two.missing) == ("waiting", 2 * MB)
    # Somebody has removed the file, and that was seen.
    written = {name: one.written for name, one in Reservations(home.data / "quota").all().items()}
    publish(home.data, home.root, allocated=0, seen=written)
    assert two.transfers.wait(two.second, 20)["state"] == "done"


def test_what_is_to_come_is_reserved_whatever_has_come(home: Home, faulty: Faulty) -> None:
    """The first file was replaced by a larger one between plan and copy."""
    publish(home.data, home.root, allocated=0)
    faulty.put(FIRST, random.randbytes(MB))
    faulty.put(SECOND, random.randbytes(4 * MB))
    faulty.fault = of(SECOND, denied)
    transfers = home.transfers()
    name = transfers.create(home.request(start="ask"))["id"]
    planned(transfers, name)
    faulty.put(FIRST, random.randbytes(3 * MB))
    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done-with-failures"
    faulty.fault = None
    faulty.allowance = 0
    transfers.act(name, "retry")
    assert faulty.halted.wait(20)
    reserved = Reservations(home.data / "quota").all().values()
    assert sum(one.outstanding for one in reserved) == 4 * MB
    faulty.allow(None)
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right(FIRST, SECOND)


def test_one_that_waits_for_room_reads_its_plan_when_there_is_some(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may wait for days, with many files. What is missing is told as it changes."""
    read: list[Path] = []
    opens = runner.open_transfer

    def noted(folder: Path, *arguments: Any) -> Any:
        read.append(folder)
        return opens(folder, *arguments)

    monkeypatch.setattr(runner, "open_transfer", noted)
    publish(home.data, home.root, allocated=8 * MB)
    faulty.put(FIRST, random.randbytes(6 * MB))
    transfers = home.transfers()
    name = transfers.create(home.request(FIRST))["id"]

    def missing() -> int | None:
        waiting = transfers.summary(name)["waiting"]
        return waiting["missing"] if waiting else None

    until(lambda: missing() == 4 * MB)
    assert len(read) == 1
    publish(home.data, home.root, allocated=7 * MB)
    until(lambda: missing() == 3 * MB)
    transfers.act(name, "try-now")
    until(lambda: missing() == 3 * MB)
    assert len(read) == 1
    publish(home.data, home.root, allocated=4 * MB)
    assert transfers.wait(name, 20)["state"] == "done"
    assert len(read) == 2


# What is fetched again


def spoilt(asked: Asked, answer: Answer) -> None:
    answer.body = bytes(len(answer.body))


@pytest.mark.parametrize(
    ("how", "size", "new_size"),
    [
        ("checksum", 6 * MB, 6 * MB),
        ("checksum", MB, MB),
        ("replaced", 6 * MB, 8 * MB),
        ("replaced", 8 * MB, 6 * MB),
        ("removed", 6 * MB, 6 * MB),
    ],
)
def test_what_is_fetched_again_is_reserved_again(
    home: Home, faulty: Faulty, how: str, size: int, new_size: int
) -> None:
    """So that nobody else takes that room. The first copy had come to its end, was replaced in the
    archive midway, or what it had was removed while it was paused."""
    publish(home.data, home.root, allocated=0)
    faulty.put(FIRST, random.randbytes(size))
    come, half = 5 * 65_536, size // 2 // 65_536 * 65_536
    before = size if how == "checksum" else half
    reserved = Reservations(home.data / "quota")

    def replace(asked: Asked, answer: Answer) -> None:
        answer.cut = half
        faulty.put(FIRST, random.randbytes(new_size))

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in reserved.all().values())

    faulty.fault = {"checksum": first(1, spoilt), "replaced": first(1, replace)}.get(how)
    faulty.allowance = before if how == "removed" else before + come
    transfers = home.transfers()
    copied = transfers.create(home.request(FIRST))["id"]
    assert faulty.halted.wait(20)
    if how == "removed":
        until(lambda: total("written") > before - come)
        transfers.act(copied, "pause")
        until(lambda: not transfers.summary(copied)["active"])
        for name in home.leftovers():
            (home.target / name).unlink()
        faulty.allow(come)
        transfers.act(copied, "resume")
        assert faulty.halted.wait(20)
    until(lambda: total("written") > before)
    # Some of what was sent may not have been read yet.
    assert new_size - come <= total("outstanding") < new_size
    # A count finds what has come of the second one, and nothing of the first.
    seen = {name: one.written for name, one in reserved.all().items()}
    publish(home.data, home.root, allocated=come, seen=seen)
    assert 0 <= 10 * MB - new_size - HomeQuota(home.data).space(str(home.root)).free <= come
    faulty.allow(None)
    assert transfers.wait(copied, 20)["state"] == "done"
    until(lambda: not total("outstanding"))
    home.assert_right(FIRST)
