"""Who may work at something: real processes, and clocks that nobody sets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.home import until
from helpers.servers import ROOT

from jupyterlab_mast.lease import Lease, LeaseWatch, UsualPace

QUICK = UsualPace(stale=1.0, beat=0.1)

TAKER = """
import sys, time
from pathlib import Path
from jupyterlab_mast.lease import LeaseWatch, UsualPace
folder, start = Path(sys.argv[1]), float(sys.argv[2])
watch = LeaseWatch(folder, UsualPace(stale=1.0, beat=0.1))
while time.time() < start:
    pass
lease = watch.take()
print(lease.number if lease else 0, flush=True)
while lease:
    lease.beat()
    line = "held" if lease.holds() else "lost"
    (folder / "says").write_text(line)
    time.sleep(0.02)
"""


@pytest.fixture
def takers() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for one in started:
        one.kill()
        one.wait()


def start_taker(
    takers: list[subprocess.Popen[str]], folder: Path, at: float = 0.0, *before: str, **more: str
) -> subprocess.Popen[str]:
    one = subprocess.Popen(
        [*before, sys.executable, "-c", TAKER, str(folder), str(at)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
    )
    takers.append(one)
    return one


def number_of(taker: subprocess.Popen[str]) -> int:
    assert taker.stdout
    return int(taker.stdout.readline())


def take(folder: Path) -> Lease | None:
    return LeaseWatch(folder, QUICK).take()


def test_of_many_takers_one_wins(
    tmp_path: Path, takers: list[subprocess.Popen[str]], full: bool
) -> None:
    for round_number in range(10 if full else 2):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        at = time.time() + 1.0
        those = [start_taker(takers, folder, at) for _ in range(6)]
        assert sorted(number_of(one) for one in those) == [0, 0, 0, 0, 0, 1]
        for one in those:
            one.kill()
            one.wait()


def test_of_many_threads_one_wins(tmp_path: Path) -> None:
    for round_number in range(30):
        gate = threading.Barrier(4)
        won: list[Lease] = []
        watches = [LeaseWatch(tmp_path, QUICK) for _ in range(4)]

        def race(watch: LeaseWatch) -> None:
            gate.wait()  # noqa: B023
            lease = watch.take()
            if lease:
                won.append(lease)  # noqa: B023

        threads = [threading.Thread(target=race, args=(watch,)) for watch in watches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (lease,) = won
        assert lease.number == round_number + 1
        lease.release()


def test_a_holder_of_this_machine_that_was_killed_is_followed_at_once(
    tmp_path: Path, takers: list[subprocess.Popen[str]]
) -> None:
    holder = start_taker(takers, tmp_path)
    assert number_of(holder) == 1
    assert take(tmp_path) is None
    holder.kill()
    # Not even waited for yet: a zombie works at nothing.
    until(lambda: take(tmp_path) is not None, 2)


def test_a_number_that_another_process_has_now_is_no_holder(tmp_path: Path) -> None:
    lease = take(tmp_path)
    assert lease
    (file,) = tmp_path.glob("lease-*")
    content = json.loads(file.read_text())
    content["born"] = "1"
    file.write_text(json.dumps(content))
    assert take(tmp_path) is not None


@pytest.mark.parametrize("where", ["another boot", "another space"])
def test_a_holder_that_cannot_be_seen_is_waited_for(
    tmp_path: Path, takers: list[subprocess.Popen[str]], where: str
) -> None:
    if where == "another boot":
        holder = start_taker(takers, tmp_path, MAST_BOOT_ID="another")
    else:
        before = ["unshare", "--pid", "--fork", "--kill-child"]
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no namespace may be made here")
        holder = start_taker(takers, tmp_path, 0.0, *before)
    assert number_of(holder) == 1
    watch = LeaseWatch(tmp_path, QUICK)
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        assert watch.take() is None  # it beats
        time.sleep(0.05)
    holder.kill()
    stopped = time.monotonic()
    while (lease := watch.take()) is None:
        assert time.monotonic() - stopped < 5
        time.sleep(0.02)
    assert lease.number == 2
    assert time.monotonic() - stopped > 0.8


def test_a_holder_that_slept_too_long_writes_nothing_more(
    tmp_path: Path, takers: list[subprocess.Popen[str]]
) -> None:
    holder = start_taker(takers, tmp_path, MAST_BOOT_ID="another")
    assert number_of(holder) == 1
    until(lambda: (tmp_path / "says").exists())
    holder.send_signal(signal.SIGSTOP)
    watch = LeaseWatch(tmp_path, QUICK)
    leases: list[Lease] = []
    until(lambda: leases.append(one) or True if (one := watch.take()) else False, 5)  # type: ignore[func-returns-value]
    (tmp_path / "says").unlink()
    content = (tmp_path / "lease-000002").read_text()
    holder.send_signal(signal.SIGCONT)
    until(lambda: (tmp_path / "says").exists())
    assert (tmp_path / "says").read_text() == "lost"
    assert (tmp_path / "lease-000002").read_text() == content
    assert not (tmp_path / "lease-000001").exists()
    assert leases[0].holds()


def test_a_clock_that_jumps_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = take(tmp_path)
    assert lease
    watch = LeaseWatch(tmp_path, QUICK)
    monkeypatch.setenv("MAST_BOOT_ID", "another")
    for jump in (-1e6, 1e6, 0.0):
        real = time.time()
        monkeypatch.setattr(time, "time", lambda: real + jump)  # noqa: B023
        (file,) = tmp_path.glob("lease-*")
        os.utime(file, (real + jump, real + jump))
        time.sleep(0.15)
        assert lease.beat()
        assert lease.holds()
        assert watch.take() is None


def test_given_back_it_is_free_at_once(tmp_path: Path) -> None:
    first = take(tmp_path)
    assert first
    assert take(tmp_path) is None
    first.release()
    assert not first.holds()
    second = take(tmp_path)
    assert second
    assert second.number == 2
    first.release()
    assert second.holds()
    assert [path.name for path in tmp_path.glob("lease-*")] == ["lease-000002"]


def test_a_slow_taker_notices_that_others_came_and_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(tmp_path)
    assert first
    first.release()
    look = LeaseWatch._free
    third: list[Lease] = []

    def look_and_wait(watch: LeaseWatch, newest: int) -> bool:
        found = look(watch, newest)
        monkeypatch.undo()
        second = take(tmp_path)
        assert second
        second.release()
        third.extend(filter(None, [take(tmp_path)]))
        return found

    monkeypatch.setattr(LeaseWatch, "_free", look_and_wait)
    assert take(tmp_path) is None
    assert third[0].number == 3
    assert third[0].beat()
    assert [path.name for path in tmp_path.glob("lease-*")] == ["lease-000003"]


def test_one_that_died_before_it_wrote_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "lease-000004").touch()
    watch = LeaseWatch(tmp_path, QUICK)
    assert watch.take() is None
    time.sleep(1.1)
    lease = watch.take()
    assert lease
    assert lease.number == 5


@pytest.mark.parametrize("content", [b"\0" * 256, b"[]", b"{", b'{"pid": "x"}'])
def test_a_damaged_one_is_waited_for(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lease-000001").write_bytes(content)
    watch = LeaseWatch(tmp_path, UsualPace(stale=0.1))
    assert watch.take() is None
    time.sleep(0.2)
    assert watch.take()


def test_without_its_folder_it_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    lease = take(folder)
    assert lease
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    time.sleep(0.15)
    assert not lease.beat()
    assert not lease.holds()


def test_waits_are_a_minute(tmp_path: Path) -> None:
    assert UsualPace().stale == 60
    assert UsualPace().beat == 10
