"""When a copy starts by itself, and when its plan is shown first."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty
from helpers.home import Home, key, until

from jupyterlab_mast import app
from jupyterlab_mast.transfers import planning, runner
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.settings import Settings
from jupyterlab_mast.transfers.site import Site
from jupyterlab_mast.transfers.types import Plan


def fill(faulty: Faulty, count: int = 5) -> None:
    """Objects of 200 bytes."""
    for number in range(count):
        faulty.put(key(f"{number}.fits"), bytes([number]) * 200)


def hold_listings(faulty: Faulty) -> threading.Event:
    """Nothing is listed until this is set."""
    go_on = threading.Event()

    def slow(asked: Asked, answer: Answer) -> None:
        if asked.listing:
            assert go_on.wait(30)

    faulty.fault = slow
    return go_on


def end_of(home: Home, transfers: Transfers, **more: Any) -> str:
    """How a copy ends that nobody touches again; "asks" where it did not begin."""
    before = home.files()
    name = transfers.create(home.request(**{"start": "auto", **more}))["id"]
    told = transfers.wait(name, 20)
    if not told["confirm"]:
        return str(told["state"])
    assert told["state"] == "planning"
    assert told["started"] is None
    assert home.files() == before
    return "asks"


@pytest.mark.parametrize(
    ("limit", "end"),
    [
        ({"confirm_files": 5}, "done"),
        ({"confirm_files": 4}, "asks"),
        ({"confirm_files": 0}, "asks"),
        ({"confirm_bytes": 1000}, "done"),
        ({"confirm_bytes": 999}, "asks"),
    ],
)
def test_much_is_shown_first(home: Home, faulty: Faulty, limit: dict[str, int], end: str) -> None:
    fill(faulty)
    assert end_of(home, home.transfers(settings=limit)) == end


def test_much_that_was_asked_for_starts(home: Home, faulty: Faulty) -> None:
    fill(faulty)
    transfers = home.transfers(settings={"confirm_files": 1, "confirm_bytes": 1})
    assert end_of(home, transfers, start="now") == "done"
    home.assert_right()


def test_what_is_to_be_seen_waits_however_little_it_is(home: Home, faulty: Faulty) -> None:
    fill(faulty, 1)
    assert end_of(home, home.transfers(), start="ask") == "asks"


@pytest.mark.parametrize("limit", [{"confirm_files": 2}, {"confirm_bytes": 400}])
def test_only_what_is_to_be_written_counts(
    home: Home, faulty: Faulty, limit: dict[str, int]
) -> None:
    fill(faulty)
    assert home.run()["state"] == "done"
    transfers = home.transfers(settings=limit)
    # All are there already: nothing is to be asked, nor done.
    assert end_of(home, transfers) == "done"
    for number in (1, 3):
        (home.target / f"{number}.fits").unlink()
    assert end_of(home, transfers) == "done"
    home.assert_right()


@pytest.mark.parametrize("limit", [{"confirm_files": 2}, {"confirm_bytes": 400}])
@pytest.mark.parametrize(("conflict", "end"), [("skip", "done"), ("replace", "asks")])
def test_what_is_skipped_does_not_count(
    home: Home, faulty: Faulty, limit: dict[str, int], conflict: str, end: str
) -> None:
    fill(faulty)
    home.target.mkdir()
    for number in range(3):
        (home.target / f"{number}.fits").write_bytes(b"mine")
    assert end_of(home, home.transfers(settings=limit), conflict=conflict) == end


@pytest.mark.parametrize("restart", [False, True])
def test_what_is_long_in_planning_is_shown_first(home: Home, faulty: Faulty, restart: bool) -> None:
    """However little it turns out to be, and also when the server was started again since."""
    fill(faulty)
    go_on = hold_listings(faulty)
    transfers = home.transfers(settings={"plan_seconds": 0.3})
    name = transfers.create(home.request(start="auto"))["id"]
    assert not transfers.summary(name)["confirm"]
    until(lambda: transfers.summary(name)["confirm"])
    assert not transfers.summary(name)["plan"]["complete"]
    go_on.set()
    told = transfers.wait(name, 20)
    if restart:
        transfers.close()
        transfers = home.transfers()
        told = transfers.wait(name, 20)
    assert told["plan"]["complete"]
    assert (told["state"], told["confirm"], told["started"]) == ("planning", True, None)
    assert home.files() == {}
    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_whoever_said_so_beforehand_waits_for_a_long_plan(home: Home, faulty: Faulty) -> None:
    fill(faulty)
    go_on = hold_listings(faulty)
    transfers = home.transfers(settings={"plan_seconds": 0.1})
    name = transfers.create(home.request(start="now"))["id"]
    assert not transfers.wait(name, 1)["confirm"]
    go_on.set()
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


class Clock:
    """The time of the engine, which stands still; `looks` counts who asks for it."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.looks = 0

    def monotonic(self) -> float:
        self.looks += 1
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def goes_on(self, seconds: float) -> None:
        """The engine has looked at everything again since."""
        self.now += seconds
        until(lambda before=self.looks: self.looks > before + 5)


def test_two_seconds_of_planning_are_long(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(faulty)
    go_on = hold_listings(faulty)
    clock = Clock()
    monkeypatch.setattr(runner, "time", clock)
    monkeypatch.setattr(planning, "time", clock)
    transfers = home.transfers(settings={"plan_seconds": Settings().plan_seconds})
    name = transfers.create(home.request(start="auto"))["id"]
    clock.goes_on(1.95)
    assert not transfers.summary(name)["confirm"]
    clock.goes_on(0.1)
    assert transfers.summary(name)["confirm"]
    go_on.set()
    until(lambda: transfers.summary(name)["plan"]["complete"])
    assert transfers.summary(name)["state"] == "planning"


@pytest.mark.parametrize(
    ("files", "size", "end"),
    [(1000, 1, "starts"), (1001, 1, "asks"), (4, 2_500_000_000, "starts"), (1, 10**10 + 1, "asks")],
)
def test_what_is_much_unless_it_is_set(files: int, size: int, end: str) -> None:
    """Ten gigabytes, a thousand files: of the engine, of a server and of the command line."""
    plan = Plan(files=files)
    for _ in range(files):
        plan.add(size)
    assert Settings().is_much(plan, "ask") == (end == "asks")
    assert Site().settings == Settings()
    traits = app.MastExtension.class_traits()
    for name in ("confirm_bytes", "confirm_files"):
        assert traits[name].default_value == getattr(Settings(), name)


@pytest.mark.parametrize(("files", "end"), [(1000, "done"), (1001, "asks")])
def test_a_thousand_files_start_by_themselves(
    home: Home, faulty: Faulty, files: int, end: str
) -> None:
    for number in range(files):
        faulty.put(key(f"{number}.fits"), b"x")
    assert end_of(home, home.transfers()) == end
