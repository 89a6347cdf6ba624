"""Reservations where locks do nothing, as on some network file systems."""

from __future__ import annotations

import errno
import fcntl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

import pytest
from helpers.published import MB, publish
from helpers.reserving import Writers

from jupyterlab_mast.quota import reservations
from jupyterlab_mast.quota.interface import HomeQuota, QuotaError
from jupyterlab_mast.quota.reservations import Reservations

Value = TypeVar("Value")

#: Both orders of who comes first, and all in which the two steps of each may fall between those of
#: the other: to write, and to look at what others have written.
ORDERS = sorted({"".join(order) for order in permutations("aabb")})


class Turns:
    """Lets threads do their steps in a given order; what a thread does beyond its turns is free."""

    def __init__(self, order: str) -> None:
        self._left = list(order)
        self._changed = threading.Condition()

    def step(self, call: Callable[..., Value]) -> Callable[..., Value]:
        """`call`, when it is this thread's turn."""

        def in_turn(*arguments: Any) -> Value:
            name = threading.current_thread().name[0]
            with self._changed:
                self._changed.wait_for(
                    lambda: name not in self._left or self._left[0] == name, timeout=10
                )
                value = call(*arguments)
                if self._left[:1] == [name]:
                    self._left.pop(0)
                self._changed.notify_all()
            return value

        return in_turn


def reserve(name: str, data: Path, home: Path) -> bool:
    """Ask for 4 MB in another process, as far as the files tell."""
    try:
        HomeQuota(data).reserve(name, str(home), 4 * MB)
    except QuotaError:
        return False
    return True


def test_a_process_that_is_stopped_while_it_has_the_lock_holds_nobody_up(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    publish(data, home)
    with (data / "quota" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        quota = HomeQuota(data)
        began = time.monotonic()
        asked = threading.Thread(target=quota.reserve, args=("a", str(home), 4 * MB), daemon=True)
        asked.start()
        asked.join(5)
        assert not asked.is_alive()
        quota.give_back("a")
        assert time.monotonic() - began < 3
        assert not any(one.outstanding for one in Reservations(data / "quota").all().values())


@pytest.mark.parametrize("order", ORDERS)
def test_two_at_once_are_never_both_admitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    publish(data, home)
    turns = Turns(order)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    monkeypatch.setattr(reservations, "TRIES", 1)
    monkeypatch.setattr(reservations, "write_whole", turns.step(reservations.write_whole))
    monkeypatch.setattr(Reservations, "by_root", turns.step(Reservations.by_root))
    with ThreadPoolExecutor(1, "a") as one, ThreadPoolExecutor(1, "b") as other:
        asked = {
            "a": one.submit(reserve, "a", data, home),
            "b": other.submit(reserve, "b", data, home),
        }
        admitted = {name for name, answer in asked.items() if answer.result(30)}
    # Who came first is admitted, but where each saw the other.
    assert len(admitted) <= 1
    if order in ("aabb", "bbaa"):
        assert admitted == {order[0]}
    left = Reservations(data / "quota").all()
    assert sum(one.outstanding for one in left.values()) == 4 * MB * len(admitted)


def test_twenty_at_once_never_pass_the_limit(tmp_path: Path) -> None:
    """Of twenty copies of 1 MB at most five are admitted, and not all step back for each other."""
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    publish(data, home, reserve=MB)
    writers = Writers(20, data, home, MB, locks=False)
    admitted = writers.admitted()
    assert 1 <= admitted <= 5
    assert HomeQuota(data).space(str(home)).free == (5 - admitted) * MB
    writers.end()
