"""Tasks that are run at once while they are short."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from jupyterlab_mast.transfers import shorttasks
from jupyterlab_mast.transfers.shorttasks import AVERAGED, SHORT, TRIED_AGAIN, ShortTasks


class Pool:
    """Keeps what it is given, and runs it when told to."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []

    def __call__(self, task: Callable[[], None]) -> None:
        self.tasks.append(task)


class Clock:
    """A clock that a task moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def taking(self, seconds: float) -> Callable[[], None]:
        def task() -> None:
            self.now += seconds

        return task


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(shorttasks, "time", one)
    return one


def test_short_ones_are_run_at_once(clock: Clock) -> None:
    pool = Pool()
    tasks = ShortTasks(pool)
    for _ in range(1000):
        tasks.run(clock.taking(SHORT / 10))
    assert pool.tasks == []
    assert clock.now == pytest.approx(100 * SHORT)


def test_one_that_waited_changes_nothing(clock: Clock) -> None:
    pool = Pool()
    tasks = ShortTasks(pool)
    for _ in range(100):
        tasks.run(clock.taking(SHORT / 10))
    tasks.run(clock.taking(SHORT * AVERAGED / 2))
    tasks.run(clock.taking(SHORT / 10))
    assert pool.tasks == []


def test_where_they_wait_for_a_server_the_pool_has_them(clock: Clock) -> None:
    pool = Pool()
    tasks = ShortTasks(pool)
    asked = 0
    while not pool.tasks:
        tasks.run(clock.taking(0.015))
        asked += 1
    assert asked <= 4
    for _ in range(10):
        tasks.run(clock.taking(0.015))
    assert len(pool.tasks) == 11


def test_now_and_then_one_is_tried(clock: Clock) -> None:
    pool = Pool()
    tasks = ShortTasks(pool)
    tasks.run(clock.taking(10.0))
    for _ in range(TRIED_AGAIN):
        tasks.run(clock.taking(0.015))
    assert len(pool.tasks) == TRIED_AGAIN - 1
    for _ in range(TRIED_AGAIN):
        tasks.run(clock.taking(SHORT / 2))
    # The first that was tried was short: those after it are not given away.
    assert len(pool.tasks) == 2 * (TRIED_AGAIN - 1)
    tasks.run(clock.taking(SHORT / 2))
    assert len(pool.tasks) == 2 * (TRIED_AGAIN - 1)


def test_a_task_that_fails_is_measured_and_raises(clock: Clock) -> None:
    pool = Pool()
    tasks = ShortTasks(pool)

    def failing() -> None:
        clock.now += 10.0
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        tasks.run(failing)
    tasks.run(clock.taking(0.0))
    assert len(pool.tasks) == 1


def test_threads_do_not_wait_for_each_other() -> None:
    tasks = ShortTasks(Pool())
    both = threading.Barrier(2, timeout=10)
    threads = [threading.Thread(target=tasks.run, args=(both.wait,)) for _ in range(2)]
    began = time.monotonic()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert time.monotonic() - began < 10
    assert not both.broken
