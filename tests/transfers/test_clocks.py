"""Clocks that somebody sets, by an hour or by days, while transfers are under way."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty, bodies
from helpers.home import MIB, Home, key, until

from jupyterlab_mast.events import Events
from jupyterlab_mast.transfers.follow import Follower
from jupyterlab_mast.transfers.manager import ACTIVITY, TransferManager
from jupyterlab_mast.transfers.progress import NoProgress

HOUR, DAY = 3600.0, 86_400.0


class Clock:
    """The wall clock, `ahead` of the right one by so many seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        right = time.time
        monkeypatch.setattr(time, "time", lambda: right() + self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(params=[2 * DAY, -2 * DAY], ids=["forward", "back"])
def jump(request: pytest.FixtureRequest) -> float:
    seconds: float = request.param
    return seconds


def reset(asked: Asked, answer: Answer) -> None:
    answer.cut, answer.then = 0, "reset"


@pytest.mark.parametrize("restart", [False, True], ids=["at once", "restart"])
def test_while_one_runs(
    home: Home, faulty: Faulty, clock: Clock, jump: float, restart: bool
) -> None:
    faulty.put(key("large.fits"), b"large" * MIB)
    for number in range(20):
        faulty.put(key(f"{number}.fits"), bytes([number]) * 5000)
    faulty.allow(2 * MIB)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert faulty.halted.wait(20)
    if restart:
        transfers.close()
    clock.ahead = jump
    faulty.allow(None)
    if restart:
        transfers = home.transfers()
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


@pytest.mark.parametrize("restart", [False, True], ids=["at once", "restart"])
def test_while_one_waits(
    home: Home, faulty: Faulty, clock: Clock, jump: float, restart: bool
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    faulty.fault = bodies(reset)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting")
    if restart:
        transfers.close()
    clock.ahead = jump
    faulty.fault = None
    if restart:
        transfers = home.transfers()
    # By itself, and soon.
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_while_one_that_needs_a_word_is_planned(
    home: Home, faulty: Faulty, clock: Clock, jump: float
) -> None:
    for number in range(3):
        faulty.put(key(f"{number}.fits"), bytes([number]) * 5000)

    limit = {"confirm_files": 2}
    transfers = home.transfers(settings=limit)
    name = transfers.create(home.request(start="auto"))["id"]
    assert transfers.wait(name, 20)["confirm"]
    transfers.close()
    clock.ahead = jump
    transfers = home.transfers(settings=limit)
    told = transfers.wait(name, 20)
    assert (told["state"], told["confirm"]) == ("planning", True)
    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_a_plan_that_nobody_started_ends_with_a_sentence(
    home: Home, faulty: Faulty, clock: Clock
) -> None:
    """Whoever wanted to see it is gone; it can still be had."""
    faulty.put(key("a.fits"), b"a" * 5000)
    transfers = home.transfers()
    name = transfers.create(home.request(start="ask"))["id"]
    assert transfers.wait(name, 20)["confirm"]
    transfers.close()
    clock.ahead = HOUR / 2
    transfers = home.transfers()
    told = transfers.wait(name, 20)
    assert (told["state"], told["confirm"]) == ("planning", True)
    transfers.close()
    clock.ahead = 2 * HOUR
    transfers = home.transfers()
    told = transfers.wait(name, 20)
    assert told["state"] == "cancelled"
    assert "Nobody started this copy" in told["error"]["message"]
    assert home.files() == {}
    transfers.act(name, "retry")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_a_version_that_came_after_the_clock_went_back_is_known(
    home: Home, faulty: Faulty, clock: Clock
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    assert home.run()["state"] == "done"
    clock.ahead = -HOUR
    newer = faulty.put(key("a.fits"), b"b" * 5000)
    assert home.run(conflict="replace")["state"] == "done"
    faulty.asked.clear()
    # Nobody is asked, nothing is fetched, and it is not "newer in archive".
    assert home.run()["files"]["identical"] == 1
    assert faulty.count() == 0
    (copy,) = home.transfers().copies(f"{faulty.endpoint}/open", "hst/")
    assert copy["etag"] == newer.etag
    home.assert_right()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_who_follows_does_not_give_up(
    home: Home, faulty: Faulty, clock: Clock, ahead: float
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    faulty.fault = bodies(reset)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]

    def set_clock() -> None:
        until(lambda: transfers.summary(name)["state"] == "waiting")
        clock.ahead = ahead
        time.sleep(0.5)  # several looks
        faulty.fault = None

    setting = threading.Thread(target=set_clock)
    setting.start()
    follower = Follower(transfers, NoProgress(), threading.Event(), timeout=60)
    reason, told = follower.follow(name)
    setting.join()
    assert (reason, told["state"]) == ("ended", "done")


def test_who_follows_gives_up_after_so_long(home: Home, faulty: Faulty, clock: Clock) -> None:
    """Also where the clock went back."""
    faulty.put(key("a.fits"), b"a" * 5000)
    faulty.fault = bodies(reset)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting")
    clock.ahead = -DAY
    follower = Follower(transfers, NoProgress(), threading.Event(), timeout=0.5)
    assert follower.follow(name)[0] == "network"


class _NoEvents(Events):
    """Tells nobody."""

    def __init__(self) -> None:
        pass

    def now(self, make: Any) -> None: ...

    def soon(self, make: Any) -> None: ...


class _Night:
    """A manager that is told that bytes of one transfer have moved."""

    def __init__(self, folder: Path) -> None:
        self.activity: dict[str, Any] = {}
        self._done = 0
        self.manager = TransferManager(
            *(str(folder), {}, lambda one: one, _NoEvents(), self.activity, 12.0),
            logging.getLogger(),
        )

    def move(self, set_going: float) -> None:
        self._done += 1
        told = {
            "id": "20260101-aaaa",
            "state": "running",
            "confirm": False,
            "error": None,
            "waiting": None,
            "undone": False,
            "set_going": set_going,
            "bytes": {"total": 10, "done": self._done},
        }
        self.manager.take(json.loads(json.dumps({"changed": [told]})))


def test_a_night_s_copy_goes_on_counting(tmp_path: Path, clock: Clock, jump: float) -> None:
    night = _Night(tmp_path)
    started = time.time()
    night.move(started)
    night.move(started)
    assert night.activity.pop(ACTIVITY)
    assert night.manager.active_until() == pytest.approx(started + 12 * HOUR, abs=60)
    clock.ahead = jump
    night.move(started)
    assert night.activity.pop(ACTIVITY)
    assert night.manager.active_until() == pytest.approx(started + jump + 12 * HOUR, abs=60)


def test_a_copy_that_a_person_resumes_has_its_hours_anew(tmp_path: Path) -> None:
    night = _Night(tmp_path)
    now = time.time()
    yesterday = now - 24 * HOUR
    night.move(yesterday)
    night.move(yesterday)
    assert ACTIVITY not in night.activity
    assert night.manager.active_until() is None
    night.move(now)
    assert night.activity.pop(ACTIVITY)
    assert night.manager.active_until() == pytest.approx(now + 12 * HOUR, abs=60)
