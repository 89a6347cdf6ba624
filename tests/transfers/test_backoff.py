"""A store that refuses is asked less, later, and not by all at once; then as much as before."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from helpers.faulty import Answer, Asked, Faulty, bodies
from helpers.home import FAST, Home, key, until

from jupyterlab_mast.transfers.runner import Transfers

#: Requests wait for the tests here, and that is no sign of a broken network.
CALM = replace(FAST, stall=60, patience=60.0)


@dataclass
class Held:
    """A request that waits for its answer."""

    at: float = field(default_factory=time.monotonic)
    go_on: threading.Event = field(default_factory=threading.Event)
    refusal: dict[str, str] | None = None


class Gate:
    """Holds requests for objects until they are let through, or refused."""

    def __init__(self) -> None:
        self.held: list[Held] = []
        self._lock = threading.Lock()

    def __call__(self, asked: Asked, answer: Answer) -> None:
        mine = Held()
        with self._lock:
            self.held.append(mine)
        assert mine.go_on.wait(60)
        if mine.refusal is not None:
            answer.fail(503, "SlowDown", **mine.refusal)

    def release(self, refusal: dict[str, str] | None = None) -> int:
        """Answer all that wait; how many."""
        with self._lock:
            held, self.held = self.held, []
        for one in held:
            one.refusal = refusal
            one.go_on.set()
        return len(held)

    def settle(self, seconds: float = 0.5) -> int:
        """Wait until some are held and no more come; how many."""
        until(lambda: self.held, 30)
        count = 0
        while count != (count := len(self.held)):
            time.sleep(seconds)
        return count


def begin(home: Home, streams: int = 16, **timing: Any) -> tuple[Transfers, str]:
    transfers = home.transfers(replace(CALM, **timing), settings={"streams": streams})
    return transfers, transfers.create(home.request())["id"]


def test_fewer_are_asked_for_at_once_and_then_more_again(home: Home, faulty: Faulty) -> None:
    for number in range(400):
        faulty.put(key(f"{number}.fits"), b"x" * 500)
    gate = Gate()
    faulty.fault = bodies(gate)
    transfers, name = begin(home)
    until(lambda: len(gate.held) == 16)
    gate.release({})
    assert 1 <= gate.settle() <= 8
    # It goes up slowly, a success at a time.
    successes = 0
    while gate.settle(0.1) < 16:
        successes += gate.release()
        assert successes < 350
    assert successes > 16
    faulty.fault = None
    gate.release()
    assert transfers.wait(name, 30)["state"] == "done"
    home.assert_right()


def test_while_all_is_refused_little_is_asked_for(home: Home, faulty: Faulty) -> None:
    for number in range(60):
        faulty.put(key(f"{number}.fits"), b"x" * 500)
    faulty.fault = bodies(lambda _, answer: answer.fail(503, "SlowDown"))
    longest = 0.4
    transfers, name = begin(home, first_pause=0.2, longest_pause=longest, patience=0.6)
    until(lambda: transfers.summary(name)["state"] == "waiting")
    faulty.asked.clear()
    began = time.monotonic()
    time.sleep(2)
    count = faulty.count()
    # Those that were under way, and one after each pause.
    assert 1 <= count <= 16 + (time.monotonic() - began) / (longest / 2)
    assert transfers.summary(name)["waiting"]["reason"] == "network"
    faulty.fault = None
    assert transfers.wait(name, 30)["state"] == "done"
    home.assert_right()


def test_nothing_is_asked_for_as_long_as_the_store_says(home: Home, faulty: Faulty) -> None:
    for number in range(40):
        faulty.put(key(f"{number}.fits"), b"x" * 500)
    gate = Gate()
    faulty.fault = bodies(gate)
    transfers, name = begin(home, streams=8, longest_retry_after=10.0)
    until(lambda: len(gate.held) == 8)
    refused = time.monotonic()
    gate.release({"Retry_After": "1"})
    until(lambda: gate.held)
    assert gate.held[0].at - refused >= 1
    faulty.fault = None
    gate.release()
    assert transfers.wait(name, 30)["state"] == "done"
    home.assert_right()


def test_but_not_for_ever(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), b"x" * 500)
    gate = Gate()
    faulty.fault = bodies(gate)
    transfers, name = begin(home, longest_retry_after=0.5)
    until(lambda: len(gate.held) == 1)
    gate.release({"Retry_After": "100000"})
    until(lambda: gate.held)
    gate.release()
    assert transfers.wait(name, 30)["state"] == "done"


def test_those_that_were_refused_together_do_not_come_back_together(
    home: Home, faulty: Faulty
) -> None:
    for number in range(24):
        faulty.put(key(f"{number}.fits"), b"x" * 500)

    def apart() -> float:
        """Seconds between the first that comes back and the last."""
        gate = Gate()
        faulty.fault = bodies(gate)
        home.target = home.target / "next"
        transfers, name = begin(home, streams=24, first_pause=0.6, longest_pause=10.0)
        until(lambda: len(gate.held) == 24)
        gate.release({})
        times: list[float] = []
        while len(times) < 24:
            until(lambda: gate.held)
            times += [one.at for one in gate.held]
            gate.release()
        assert transfers.wait(name, 30)["state"] == "done"
        return max(times) - min(times)

    # Where the machine is busy all may have waited for the transfer's own pause.
    assert any(apart() > 0.2 for _ in range(4)), "all came back at once"
