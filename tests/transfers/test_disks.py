"""Disks that are slow, far away or refuse to take more, and descriptors that are used again."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import MIB, Home, Worker, key, until

from jupyterlab_mast.transfers import copying

Before = Callable[[str], None]


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Before], None]:
    """Calls something with the file's path before each call of a function of `os` for the partial
    file of a copy."""

    def patch(name: str, do: Before) -> None:
        real = getattr(os, name)

        def call(file: int, *arguments: Any) -> Any:
            path = os.readlink(f"/proc/self/fd/{file}")
            if path.endswith(".part"):
                do(path)
            return real(file, *arguments)

        monkeypatch.setattr(os, name, call)

    return patch


def test_where_each_file_waits_for_a_server_many_wait_at_once(
    home: Home, faulty: Faulty, before: Callable[[str, Before], None]
) -> None:
    """As on NFS. The thread that has all the requests is not the one that waits."""
    for number in range(300):
        faulty.put(key(f"{number}.fits"), bytes([number % 256]) * 20_000)
    lock = threading.Lock()
    threads: Counter[str] = Counter()
    now, most = 0, 0

    def wait(_: str) -> None:
        nonlocal now, most
        with lock:
            threads[threading.current_thread().name.rpartition("_")[0]] += 1
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    before("fsync", wait)
    assert home.run()["state"] == "done"
    home.assert_right()
    assert sum(threads.values()) == 300
    assert threads["mast-disk"] > 250
    assert most >= 4


@pytest.mark.parametrize(
    ("slow", "count", "size"),
    [
        (("write", 0.02), 150, MIB),
        (("write", 0.02), 40, 4 * MIB),
        (("pwrite", 0.002), 3, 40 * MIB),
    ],
)
def test_a_slow_disk_does_not_fill_the_memory(
    tmp_path: Path, faulty: Faulty, slow: tuple[str, float], count: int, size: int
) -> None:
    def memory(name: str, *keys: str) -> int:
        """What copying needs, as a process of its own."""
        (tmp_path / name).mkdir()
        home = Home(tmp_path / name, faulty)
        worker = Worker(home, home.request(*keys), stay=True, slow=slow)
        told = worker.summary(120)
        assert told is not None
        assert told["state"] == "done"
        needed = worker.memory
        worker.kill()
        return needed

    faulty.put(key("little.fits"), b"x")
    least = memory("little")
    body = b"slow" * (size // 4)
    keys = [key(f"{number}.fits") for number in range(count)]
    for one in keys:
        faulty.put(one, body)
    assert memory("much", *keys) - least < 64 * MIB


def test_transfers_share_what_is_held_in_memory(home: Home, faulty: Faulty) -> None:
    """So many bytes are fetched again at most after a kill, and needed: by all together."""
    for number in range(24):
        faulty.put(key(f"{number}.fits"), bytes([number]) * (3 * MIB))
    faulty.allow(0)
    transfers = home.transfers()
    names = [
        transfers.create(
            home.request(*(key(f"{number}.fits") for number in range(first, first + 8)))
        )
        for first in (0, 8, 16)
    ]
    # 32 MiB hold ten of them.
    until(lambda: faulty.count("GET") == 10)
    time.sleep(0.5)
    assert faulty.count("GET") == 10
    faulty.allow(None)
    for name in names:
        assert transfers.wait(name["id"], 60)["state"] == "done"
    home.assert_right()


@pytest.mark.parametrize(("function", "size"), [("write", 60_000), ("pwrite", 5 * MIB)])
def test_a_quota_of_the_disk_itself_is_waited_for(
    home: Home, faulty: Faulty, before: Callable[[str, Before], None], function: str, size: int
) -> None:
    for number in range(4):
        faulty.put(key(f"{number}.fits"), bytes([number]) * size)
    full = threading.Event()
    full.set()

    def refuse(path: str) -> None:
        if full.is_set():
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), path)

    before(function, refuse)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting")
    waiting = transfers.summary(name)["waiting"]
    assert waiting["reason"] == "quota"
    assert waiting["missing"] == 4 * size
    assert transfers.summary(name)["files"]["failed"] == 0
    full.clear()
    assert transfers.wait(name, 30)["state"] == "done"
    home.assert_right()


def test_a_descriptor_is_closed_when_nobody_writes_by_it_any_more(
    home: Home, faulty: Faulty, before: Callable[[str, Before], None], tmp_path: Path
) -> None:
    """Its number goes to whatever is opened next."""
    faulty.put(key("a.fits"), b"old!" * (16 * MIB))
    # Of at least one of its eight ranges less than what is written at once has come.
    faulty.allow(151 * (64 << 10))
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert faulty.halted.wait(20)
    until(lambda: faulty.count("GET") == 8)
    writing, go_on = threading.Event(), threading.Event()

    def write(_: str) -> None:
        writing.set()
        go_on.wait(20)

    def close(_: str) -> None:
        writing.wait(2)

    # What had come is still written when it is cancelled, and that takes its time.
    before("pwrite", write)
    before("close", close)
    transfers.act(name, "cancel")
    with contextlib.ExitStack() as stack:
        others = []
        for number in range(50):
            others.append(stack.enter_context((tmp_path / f"{number}").open("wb")))
            time.sleep(0.01)
        go_on.set()
        faulty.allow(None)
        assert transfers.wait(name, 20)["state"] == "cancelled"
        assert [os.fstat(one.fileno()).st_size for one in others] == [0] * 50
    assert home.files() == {}


def test_no_descriptor_stays_open_of_a_file_that_could_not_be_begun(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.put(key("a.fits"), bytes(5 * MIB))

    class NoMore:
        """`os` for a process that has used up its descriptors."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def dup(self, file: int) -> int:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(copying, "os", NoMore())
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert transfers.wait(name, 10)["state"] == "failed"
    assert home.files() == {}
    opened = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert [path for path in opened if ".part" in path] == []


@pytest.fixture
def folders_fail(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """With which error number folders are written through, if any."""
    real, numbers = os.fsync, list[int]()

    def fsync(file: int) -> None:
        if numbers and stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(numbers[0], os.strerror(numbers[0]))
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    return numbers


@pytest.mark.parametrize("folders", [1, 70])  # as many as are kept open, and more
def test_files_whose_names_could_not_be_written_through_have_failed(
    home: Home, faulty: Faulty, folders_fail: list[int], folders: int
) -> None:
    for number in range(folders):
        faulty.put(key(f"{number}/a.fits"), b"a" * 1000)
    folders_fail.append(errno.EIO)
    transfers = home.transfers()
    name = transfers.create(home.request(layout="archive"))["id"]
    summary = transfers.wait(name, 20)
    assert (summary["state"], summary["files"]["failed"]) == ("failed", folders)
    assert summary["files"]["copied"] == summary["bytes"]["done"] == 0
    assert (summary["checked"]["checksum"], summary["checked"]["algorithms"]) == (0, {})
    assert summary["failures"][0]["kind"] == "target"
    assert os.strerror(errno.EIO) in summary["failures"][0]["message"]
    folders_fail.clear()
    transfers.act(name, "retry")
    assert transfers.wait(name, 20)["state"] == "done"
    assert len(home.files()) == folders


def test_names_that_could_not_be_written_through_before_a_pause_have_failed_too(
    home: Home, faulty: Faulty, folders_fail: list[int]
) -> None:
    faulty.put(key("a.fits"), b"a" * 1000)
    faulty.put(key("b.fits"), b"b" * (5 * MIB))
    faulty.allow(3 * MIB)
    folders_fail.append(errno.EIO)
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["files"]["copied"] == 1 and faulty.halted.is_set())
    transfers.act(name, "pause")
    until(lambda: transfers.summary(name)["files"]["failed"] == 1)
    folders_fail.clear()
    faulty.allow(None)
    transfers.act(name, "resume")
    summary = transfers.wait(name, 20)
    assert summary["state"] == "done-with-failures"
    assert [one["key"] for one in summary["failures"]] == [key("a.fits")]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ESTALE])
def test_file_systems_that_do_not_write_folders_through_are_borne(
    home: Home, faulty: Faulty, folders_fail: list[int], number: int
) -> None:
    faulty.put(key("a.fits"), b"a" * 1000)
    folders_fail.append(number)
    assert home.run()["state"] == "done"
    home.assert_right()
