"""The copy engine at work: disks, targets, conflicts, and people who change their minds."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty, bodies
from helpers.home import FAST, Home, archive_at, key, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.transfers import entry, opened, runner, verify
from jupyterlab_mast.transfers.progress import final_sentence
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.timing import Timing
from jupyterlab_mast.transfers.types import Source, TransferError
from jupyterlab_mast.transfers.verify import verify_copy

FULL = os.environ.get("MAST_TEST_FULL") == "1"
MIB = 1 << 20
RANDOM = random.Random(19)
#: Only who asks for it looks again.
PATIENT = Timing(**{**FAST.__dict__, "space": 600.0})


def body_of(size: int) -> bytes:
    return RANDOM.randbytes(size)


def started(home: Home, transfers: Transfers, **more: Any) -> str:
    return str(transfers.create(home.request(**more))["id"])


# Files


def test_a_file_is_what_it_should_be(home: Home, faulty: Faulty) -> None:
    faulty.put(key("small.fits"), body_of(1000))
    faulty.put(key("large.fits"), body_of(9 * MIB))
    before = os.umask(0o027)
    try:
        assert home.run()["state"] == "done"
    finally:
        os.umask(before)
    home.assert_right()
    for path in home.target.iterdir():
        found = path.stat()
        assert found.st_mtime == 1_600_000_000
        assert stat.S_IMODE(found.st_mode) == 0o640
        assert found.st_nlink == 1


@pytest.mark.parametrize(
    "size",
    [
        *(0, 1),
        *(MIB - 1, MIB, MIB + 1),
        *(4 * MIB - 1, 4 * MIB, 4 * MIB + 1),
        *(8 * MIB - 1, 8 * MIB, 8 * MIB + 1),
        *(16 * MIB, 17 * MIB),
    ],
)
def test_sizes(home: Home, faulty: Faulty, size: int) -> None:
    faulty.put(key("a.fits"), body_of(size))
    summary = home.run()
    assert summary["state"] == "done"
    assert summary["bytes"] == {"total": size, "done": size}
    home.assert_right()


@pytest.mark.parametrize("size", [1000, 5 * MIB])
def test_long_names(home: Home, faulty: Faulty, size: int) -> None:
    name = "ä" * 120 + "x" * 10 + ".fits"
    assert len(name.encode()) == 255
    faulty.put(key(name), body_of(size))
    assert home.run()["state"] == "done"
    home.assert_right()
    summary = home.run(conflict="keep-both", layout="archive")
    assert summary["state"] == "done"


def test_one_name_of_several_keys(home: Home, faulty: Faulty) -> None:
    for folder in ("a", "b", "c"):
        faulty.put(f"hst/public/{folder}/x.fits", folder.encode() * 100)
    summary = home.run()
    assert summary["state"] == "done"
    assert home.files() == {
        "x.fits": b"a" * 100,
        "x (2).fits": b"b" * 100,
        "x (3).fits": b"c" * 100,
    }


def test_many_at_once_in_one_home(home: Home, faulty: Faulty) -> None:
    for number in range(50):
        faulty.put(key(f"{number}.fits"), body_of(30_000))
    faulty.put(key("large.fits"), body_of(12 * MIB))
    transfers = home.transfers()
    ids = [started(home, transfers, target=str(home.root / str(one))) for one in range(6)]
    assert [transfers.wait(id, 30)["state"] for id in ids] == ["done"] * 6  # noqa: A001
    assert len(home.files()) == 6 * 51
    assert home.leftovers() == []


def test_small_objects_leave_room_for_large_ones(home: Home, faulty: Faulty) -> None:
    """No more than 32 requests at a time of small ones; a large one counts as four."""
    for number in range(200):
        faulty.put(f"hst/public/small/{number}.fits", body_of(30_000))
    for number in range(20):
        faulty.put(f"hst/public/large/{number}.fits", body_of(5 * MIB))
    lock = threading.Lock()
    running, most = 0, 0

    def slow(asked: Asked, answer: Answer) -> None:
        nonlocal running, most
        weight = 4 if "/large/" in asked.key and asked.body else 1
        with lock:
            running += weight
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= weight

    faulty.fault = bodies(slow)
    transfers = home.transfers()
    try:
        begun = [
            started(
                home,
                transfers,
                sources=(Source(prefix=f"hst/public/{kind}/"),),
                target=str(home.root / kind),
            )
            for kind in ("small", "large")
        ]
        assert [transfers.wait(one, 30)["state"] for one in begun] == ["done"] * 2
    finally:
        transfers.close()
    assert len(home.files()) == 220
    assert 4 <= most <= 32


# What is there already


def test_the_second_copy_asks_for_nothing(home: Home, faulty: Faulty) -> None:
    for number in range(20):
        faulty.put(key(f"{number}.fits"), body_of(1000))
    faulty.put(key("large.fits"), body_of(5 * MIB))
    home.run()
    faulty.asked.clear()
    summary = home.run()
    assert summary["state"] == "done"
    assert summary["files"]["identical"] == 21
    assert faulty.count() == 0


def conflicts(home: Home, summary: dict[str, Any]) -> list[str]:
    assert {one["kind"] for one in summary["failures"]} <= {"in-the-way"}
    return sorted(one["path"] for one in summary["failures"])


@pytest.mark.parametrize("how", ["edited", "same size", "longer", "a link", "a folder"])
def test_an_edited_copy_is_a_conflict(home: Home, faulty: Faulty, how: str) -> None:
    faulty.put(key("a.fits"), b"a" * 1000)
    faulty.put(key("b.fits"), b"b" * 1000)
    home.run()
    path = home.target / "a.fits"
    if how in ("a link", "a folder"):
        path.unlink()
        path.mkdir() if how == "a folder" else path.symlink_to("b.fits")
    else:
        path.write_bytes({"edited": b"x", "same size": b"x" * 1000, "longer": b"a" * 1001}[how])
    before = home.files()
    summary = home.run()
    assert home.files() == before
    assert conflicts(home, summary) == ["a.fits"]
    assert summary["files"]["identical"] == 1


@pytest.mark.parametrize("size", [1000, 5 * MIB])
def test_an_edited_copy_whose_time_was_put_back_is_a_conflict(
    home: Home, faulty: Faulty, size: int
) -> None:
    body = body_of(size)
    faulty.put(key("a.fits"), body)
    home.run()
    path = home.target / "a.fits"
    before = path.stat()
    with path.open("r+b") as file:
        file.write(bytes(64))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    summary = home.run()
    assert conflicts(home, summary) == ["a.fits"]
    assert path.read_bytes() == bytes(64) + body[64:]


@pytest.mark.parametrize("how", ["renamed", "moved", "other rights", "linked"])
def test_a_copy_that_was_touched_and_not_written_to_is_read_once_to_know_it(
    home: Home, faulty: Faulty, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.put(key("a.fits"), body_of(5 * MIB), None, etag='"only-this"')
    home.run()
    path, target = home.target / "a.fits", home.target
    if how == "renamed":
        path.rename(path.with_name("b.fits")).rename(path)
    elif how == "moved":
        target = home.root / "other"
        target.mkdir()
        path.rename(target / "a.fits")
    elif how == "other rights":
        path.chmod(0o400)
    else:
        os.link(path, home.root / "linked.fits")
    reads: list[int] = []
    hashed = verify.hash_file

    def hash_file(file: int, algorithm: str, start: int, length: int, *more: Any) -> bytes:
        reads.append(length)
        return hashed(file, algorithm, start, length, *more)

    monkeypatch.setattr(verify, "hash_file", hash_file)
    faulty.asked.clear()
    for _ in range(2):
        summary = home.run(key("a.fits"), target=str(target))
        assert (summary["state"], summary["files"]["identical"]) == ("done", 1)
        assert faulty.count("GET") == 0
        assert reads == [5 * MIB]


@pytest.mark.parametrize("size", [1000, 5 * MIB])
@pytest.mark.parametrize("conflict", ["replace", "skip", "keep-both"])
def test_a_folder_in_the_place_of_a_file_is_kept(
    home: Home, faulty: Faulty, conflict: str, size: int
) -> None:
    faulty.put(key("a.fits"), b"a" * size)
    (home.target / "a.fits").mkdir(parents=True)
    (home.target / "a.fits" / "mine").write_text("mine")
    summary = home.run(conflict=conflict)
    assert summary["plan"]["differing"] == 1
    assert (home.target / "a.fits" / "mine").read_text() == "mine"
    assert home.leftovers() == []
    if conflict == "replace":
        assert conflicts(home, summary) == ["a.fits"]
        assert "is a folder" in summary["failures"][0]["message"]
    else:
        assert summary["state"] == "done"
        assert summary["files"]["copied"] == (1 if conflict == "keep-both" else 0)


def test_others_are_answered_while_plan_and_journals_are_read(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.put(key("a.fits"), b"a" * 1000)
    reading, go_on = threading.Event(), threading.Event()
    read = opened.read_history

    def slowly(folder: Path) -> Any:
        reading.set()
        assert go_on.wait(20)
        return read(folder)

    monkeypatch.setattr(opened, "read_history", slowly)
    transfers = home.transfers()
    first, second = (transfers.create(home.request())["id"] for _ in range(2))
    assert reading.wait(20)
    began = time.monotonic()
    assert len(transfers.snapshot()) == 2
    until(lambda: transfers.summary(first)["state"] == "queued")
    until(lambda: transfers.summary(second)["state"] == "queued")
    transfers.act(first, "pause")
    assert transfers.act(second, "cancel")["state"] == "cancelled"
    assert time.monotonic() - began < 5
    go_on.set()
    time.sleep(0.5)
    assert transfers.summary(first)["state"] == "paused"
    assert home.files() == {}
    transfers.act(first, "resume")
    assert transfers.wait(first, 20)["state"] == "done"
    home.assert_right()


class _Slowly:
    """Reads journals of ``entry`` only when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reading, self.may = threading.Event(), threading.Event()
        self._read = runner.read_history
        monkeypatch.setattr(entry, "read_history", self)

    def __call__(self, folder: Path) -> Any:
        self.reading.set()
        assert self.may.wait(20)
        return self._read(folder)


def test_others_are_answered_while_what_others_wrote_is_read(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.put(key("a.fits"), body_of(5 * MIB))
    faulty.allowance = 0
    mine = home.transfers()
    kept = mine.create(home.request())["id"]
    until(lambda: mine.summary(kept)["state"] == "running")
    mine.act(kept, "pause")
    other = home.transfers(adopt=False)
    left = other.create(home.request())["id"]
    until(lambda: other.summary(left)["state"] == "running")
    slowly = _Slowly(monkeypatch)
    assert slowly.reading.wait(20)
    began = time.monotonic()
    assert mine.summary(kept)["state"] == "paused"
    assert mine.act(kept, "cancel")["state"] == "cancelled"
    # Also while what somebody left is read to go on with it.
    other.close()
    assert time.monotonic() - began < 10
    faulty.allowance = None
    slowly.may.set()
    until(lambda: left in {one["id"] for one in mine.snapshot()})
    assert mine.wait(left, 20)["state"] == "done"
    home.assert_right()


def test_others_are_answered_while_a_transfer_is_taken_over(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.put(key("a.fits"), body_of(5 * MIB))
    faulty.allowance = 0
    other = home.transfers(adopt=False)
    left = other.create(home.request())["id"]
    until(lambda: other.summary(left)["state"] == "running")
    mine = home.transfers()
    until(lambda: mine.summary(left)["elsewhere"])
    slowly = _Slowly(monkeypatch)
    other.close()
    assert slowly.reading.wait(20)
    time.sleep(0.5)
    # It is nobody's yet, and what is asked of it is heard when it is.
    assert mine.act(left, "pause")["elsewhere"]
    slowly.may.set()
    until(lambda: mine.summary(left)["state"] == "paused")
    faulty.allowance = None
    mine.act(left, "resume")
    assert mine.wait(left, 20)["state"] == "done"
    home.assert_right()


def test_others_are_answered_while_it_is_looked_which_files_failed(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.fits", "b.fits"):
        faulty.put(key(name), body_of(1000))
    (home.target / "b.fits").mkdir(parents=True)
    mine = home.transfers()
    id = started(home, mine)  # noqa: A001
    failure = mine.wait(id, 20)["failures"][0]
    assert failure["key"] == key("b.fits")
    (home.target / "b.fits").rmdir()
    slowly = _Slowly(monkeypatch)
    retry = threading.Thread(target=mine.act, args=(id, "retry", None, [failure["index"]]))
    retry.start()
    assert slowly.reading.wait(20)
    began = time.monotonic()
    # What failed is told without plan and journals.
    assert mine.summary(id)["failures"] == [failure]
    assert time.monotonic() - began < 2
    slowly.may.set()
    retry.join()
    until(lambda: mine.summary(id)["state"] == "done")
    home.assert_right()
    with pytest.raises(TransferError, match="have not failed"):
        mine.act(id, "retry", None, [failure["index"]])


def test_what_failed_is_told_of_after_a_restart(home: Home, faulty: Faulty) -> None:
    for name in ("a.fits", "b.fits"):
        faulty.put(key(name), body_of(1000))
    (home.target / "b.fits").mkdir(parents=True)
    summary = home.run()
    assert [one["key"] for one in summary["failures"]] == [key("b.fits")]
    (again,) = home.transfers().snapshot()
    assert again["failures"] == summary["failures"]


def test_a_new_version_of_the_same_size_is_a_conflict(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), b"a" * 1000)
    home.run()
    faulty.put(key("a.fits"), b"b" * 1000)
    assert conflicts(home, home.run()) == ["a.fits"]
    assert home.run(conflict="replace")["state"] == "done"
    home.assert_right()


@pytest.mark.parametrize("size", [0, 1000, 5 * MIB])
@pytest.mark.parametrize("algorithm", ["CRC64NVME", "SHA256", "MD5"])
@pytest.mark.parametrize("conflict", ["ask", "replace", "keep-both"])
def test_a_file_of_unknown_origin_with_the_right_checksum_is_identical(
    home: Home, faulty: Faulty, size: int, algorithm: str, conflict: str
) -> None:
    body = body_of(size)
    faulty.put(key("a.fits"), body, None if algorithm == "MD5" else algorithm)
    home.target.mkdir()
    path = home.target / "a.fits"
    path.write_bytes(body)
    inode = path.stat().st_ino
    summary = home.run(conflict=conflict)
    assert summary["state"] == "done"
    assert summary["files"]["identical"] == 1
    assert (faulty.count("HEAD"), faulty.count("GET")) == (1, 0)
    assert path.stat().st_ino == inode
    # From now on it is known.
    faulty.asked.clear()
    assert home.run()["files"]["identical"] == 1
    assert faulty.count() == 0
    transfers = home.transfers()
    (copy,) = transfers.copies(f"{faulty.endpoint}/open", "hst/")
    assert (copy["algorithm"], copy["etag"]) == (algorithm, faulty.objects[key("a.fits")].etag)


@pytest.mark.parametrize("sizes", [[1000, 1000, 500], [1000, 500, 1000], [2500]])
@pytest.mark.parametrize("checksum", ["CRC32C", None])
def test_a_file_of_unknown_origin_with_the_right_checksum_of_parts_is_identical(
    home: Home, faulty: Faulty, sizes: list[int], checksum: str | None
) -> None:
    body = body_of(2500)
    faulty.put(key("a.fits"), body, checksum, parts=sizes)
    home.target.mkdir()
    path = home.target / "a.fits"
    path.write_bytes(body)
    summary = home.run()
    assert (summary["state"], summary["files"]["identical"]) == ("done", 1)
    assert faulty.count("GET") == 0
    # From now on it is known, and can be verified without the archive.
    faulty.asked.clear()
    assert home.run()["files"]["identical"] == 1
    index = Provenance(home.data / "copies")
    assert verify_copy(index, str(home.root), str(home.target), "a.fits").same is True
    assert faulty.count() == 0


def test_the_archive_that_is_away_while_parts_are_asked_for_is_waited_for(
    home: Home, faulty: Faulty
) -> None:
    body = body_of(2500)
    faulty.put(key("a.fits"), body, "CRC32C", parts=[1000, 500, 1000])
    home.target.mkdir()
    (home.target / "a.fits").write_bytes(body)
    refused: list[Asked] = []

    def refuse_first(asked: Asked, answer: Answer) -> None:
        if "partNumber" in asked.query and len(refused) < 3:
            refused.append(asked)
            answer.fail(503, "SlowDown")

    faulty.fault = refuse_first
    assert home.run()["files"]["identical"] == 1
    assert len(refused) == 3


@pytest.mark.parametrize("promise", ["another", "none", "other parts", "untold parts"])
def test_without_the_right_checksum_it_stays_a_conflict(
    home: Home, faulty: Faulty, promise: str
) -> None:
    body = body_of(2000)
    home.target.mkdir()
    (home.target / "a.fits").write_bytes(body)
    if promise == "another":
        faulty.put(key("a.fits"), body_of(2000))
    elif promise == "none":
        faulty.put(key("a.fits"), body, None, etag='"what"')
    elif promise == "other parts":
        faulty.put(key("a.fits"), body_of(2000), "SHA256", parts=[1000, 1000])
    else:
        faulty.put(key("a.fits"), body, "SHA256", parts=[1000, 1000])
        faulty.fault = lambda asked, answer: (
            answer.fail(501, "NotImplemented") if "partNumber" in asked.query else None
        )
    assert conflicts(home, home.run()) == ["a.fits"]
    assert (home.target / "a.fits").read_bytes() == body
    assert faulty.count("GET") == 0


def without_etag(asked: Asked, answer: Answer) -> None:
    answer.headers.pop("etag", None)


@pytest.mark.parametrize("promise", ["CRC64NVME", None])
def test_a_store_without_etags_has_no_versions(
    home: Home, faulty: Faulty, promise: str | None
) -> None:
    for name, size in (("small.fits", 3000), ("large.fits", 9 * MIB)):
        faulty.put(key(name), body_of(size), promise, etag="")

    faulty.fault = without_etag
    summary = home.run()
    assert summary["state"] == "done"
    check = "checksum" if promise else "size"
    counts = {"checksum": 0, "version": 0, "size": 0, check: 2}
    assert {name: summary["checked"][name] for name in counts} == counts
    assert ("by size alone" in final_sentence(summary)) == (check == "size")
    assert "version" not in final_sentence(summary).replace("checksum or version", "")
    copies = home.transfers().copies(archive_at(faulty.endpoint).bucket_url, "")
    assert {(one["etag"], one["check"]) for one in copies} == {("", check)}
    home.assert_right()


@pytest.mark.parametrize("how", ["midway", "while paused"])
def test_without_etags_the_date_tells_that_an_object_was_replaced(
    home: Home, faulty: Faulty, how: str
) -> None:
    size = 20 * MIB
    faulty.put(key("a.fits"), body_of(size), None, etag="")
    faulty.fault = without_etag
    faulty.allowance = size // 2
    transfers = home.transfers()
    # One range after the other: some are asked for before it is replaced, others after.
    archive = archive_at(faulty.endpoint, copy_streams=1)
    id = started(home, transfers, archive=archive)  # noqa: A001
    assert faulty.halted.wait(20)
    if how == "while paused":
        transfers.act(id, "pause")
        until(lambda: transfers.summary(id)["state"] == "paused")
    faulty.put(key("a.fits"), body_of(size), None, etag="")
    faulty.objects[key("a.fits")].modified += 60
    faulty.allowance = None
    if how == "while paused":
        transfers.act(id, "resume")
    assert transfers.wait(id, 20)["state"] == "done"
    home.assert_right()


def test_policies(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), b"new")
    home.target.mkdir()
    path = home.target / "a.fits"
    path.write_bytes(b"old")
    assert home.run(conflict="skip")["files"]["skipped"] == 1
    assert home.files() == {"a.fits": b"old"}
    summary = home.run(conflict="keep-both")
    assert summary["files"]["copied"] == 1
    assert home.files() == {"a.fits": b"old", "a (2).fits": b"new"}
    assert home.run(conflict="replace")["files"]["copied"] == 1
    assert home.files() == {"a.fits": b"new", "a (2).fits": b"new"}


@pytest.mark.parametrize("start", ["now", "auto"])
def test_a_version_that_was_kept_beside_another_file_is_not_kept_twice(
    home: Home, faulty: Faulty, start: str
) -> None:
    faulty.put(key("a.fits"), b"new")
    home.target.mkdir()
    (home.target / "a.fits").write_bytes(b"old")
    home.run(conflict="keep-both")
    faulty.asked.clear()
    transfers = home.transfers()
    name = started(home, transfers, conflict="keep-both", start=start)
    summary = transfers.wait(name, 10)
    assert (summary["state"], summary["files"]["identical"]) == ("done", 1)
    (file,) = transfers.files(name)["files"]
    assert (file["path"], file["outcome"]) == ("a (2).fits", "identical")
    assert faulty.count() == 0
    assert summary["plan"]["needed"] == 0
    assert home.files() == {"a.fits": b"old", "a (2).fits": b"new"}
    # Another version is another file, and so is a kept one that was edited.
    faulty.put(key("a.fits"), b"newer")
    assert home.run(conflict="keep-both")["files"]["copied"] == 1
    assert home.files()["a (3).fits"] == b"newer"
    (home.target / "a (3).fits").write_bytes(b"mine!")
    assert home.run(conflict="keep-both")["files"]["copied"] == 1
    assert home.files() == {
        **{"a.fits": b"old", "a (2).fits": b"new"},
        **{"a (3).fits": b"mine!", "a (4).fits": b"newer"},
    }


@pytest.mark.parametrize("size", [1000, 5 * MIB])
@pytest.mark.parametrize("conflict", ["ask", "skip", "replace", "keep-both"])
def test_a_file_that_appears_midway(home: Home, faulty: Faulty, size: int, conflict: str) -> None:
    body = body_of(size)
    faulty.put(key("a.fits"), body)
    faulty.allowance = size // 2
    transfers = home.transfers()
    id = started(home, transfers, conflict=conflict)  # noqa: A001
    assert faulty.halted.wait(10)
    home.target.mkdir(exist_ok=True)
    (home.target / "a.fits").write_bytes(b"mine")
    faulty.allowance = None
    summary = transfers.wait(id, 10)
    mine = {"a.fits": b"mine"}
    want = {
        "ask": ("failed", mine),
        "skip": ("done", mine),
        "replace": ("done", {"a.fits": body}),
        "keep-both": ("done", {**mine, "a (2).fits": body}),
    }[conflict]
    assert (summary["state"], home.files()) == want


@pytest.mark.parametrize("size", [3000, 5 * MIB])
def test_two_transfers_to_one_file_do_not_meet(home: Home, faulty: Faulty, size: int) -> None:
    one, two = body_of(size), body_of(size)
    faulty.put("hst/public/one/a.fits", one)
    faulty.put("hst/public/two/a.fits", two)
    faulty.allowance = size // 2
    transfers = home.transfers()
    ids = [
        transfers.create(home.request(f"hst/public/{which}/a.fits"))["id"]
        for which in ("one", "two")
    ]
    until(lambda: faulty.count("GET") == 2)
    faulty.allowance = None
    ends = [transfers.wait(id, 10) for id in ids]  # noqa: A001
    assert sorted(end["state"] for end in ends) == ["done", "failed"]
    won = [end["state"] for end in ends].index("done")
    assert home.files() == {"a.fits": (one, two)[won]}
    assert ends[1 - won]["failures"][0]["kind"] == "in-the-way"


# Targets


def test_a_file_where_a_folder_is_needed(home: Home, faulty: Faulty) -> None:
    faulty.put("hst/public/a/x.fits", b"a" * 100)
    faulty.put("hst/public/b/x.fits", b"b" * (5 * MIB))
    (home.target / "hst/public").mkdir(parents=True)
    for name in "ab":
        (home.target / "hst/public" / name).write_text("mine")
    summary = home.run(layout="archive")
    assert summary["state"] == "failed"
    assert {one["kind"] for one in summary["failures"]} == {"target"}
    assert set(home.files().values()) == {b"mine"}


@pytest.mark.parametrize("size", [3000, 12 * MIB], ids=["in memory", "in a partial file"])
@pytest.mark.parametrize("how", ["deleted", "link", "another"])
def test_a_target_that_is_exchanged_midway(home: Home, faulty: Faulty, size: int, how: str) -> None:
    for number in range(6):
        faulty.put(key(f"{number}.fits"), body_of(size))
    outside = home.root.parent / "outside"
    outside.mkdir()
    aside = home.root.parent / "aside"
    faulty.allowance = size * 3
    transfers = home.transfers()
    id = started(home, transfers)  # noqa: A001
    assert faulty.halted.wait(20)
    if how == "deleted":
        # As `rm -rf` by somebody who sees that it came back: files are still being made in it.
        until(lambda: shutil.rmtree(home.target, ignore_errors=True) or not home.target.exists())
    else:
        home.target.rename(aside)
        home.target.mkdir() if how == "another" else home.target.symlink_to(outside)
    faulty.allowance = None
    summary = transfers.wait(id, 20)
    assert summary["state"] in ("failed", "done-with-failures")
    assert {one["kind"] for one in summary["failures"]} == {"target"}
    assert list(outside.iterdir()) == []
    assert home.files() == {}
    # Nor does anything unfinished stay where the folder went.
    assert list(aside.rglob(".mast-*")) == []


@pytest.mark.parametrize("moved", ["target", "folder in it"])
@pytest.mark.parametrize("then", ["goes on", "cancelled"])
def test_a_partial_file_goes_wherever_its_folder_was_moved(
    home: Home, faulty: Faulty, moved: str, then: str
) -> None:
    """Also where there is another folder at its place."""
    size = 12 * MIB
    for number in range(4):
        faulty.put(key(f"{number}.fits"), body_of(size))
    faulty.allowance = size // 2
    transfers = home.transfers()
    id = started(home, transfers, layout="archive")  # noqa: A001
    assert faulty.halted.wait(20)
    until(lambda: home.leftovers())
    victim = home.target if moved == "target" else home.target / "hst/public/x"
    aside = home.root.parent / "aside"
    victim.rename(aside)
    assert list(aside.rglob(".mast-*.part"))
    victim.mkdir()
    mine = victim / "mine"
    mine.write_text("mine")
    if then == "cancelled":
        transfers.act(id, "cancel")
    faulty.allowance = None
    state = transfers.wait(id, 20)["state"]
    assert state == "cancelled" if then == "cancelled" else state != "done"
    assert list(aside.rglob(".mast-*.part")) == []
    assert home.leftovers() == []
    assert mine.read_text() == "mine"


def test_a_race_of_links_never_writes_outside(home: Home, faulty: Faulty) -> None:
    for number in range(400 if FULL else 100):
        faulty.put(f"hst/public/{number % 4}/{number}.fits", body_of(2000))
    outside = home.root.parent / "outside"
    outside.mkdir()
    inner = home.target / "hst/public"
    stop = threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            for name in "0123":
                with contextlib.suppress(OSError):
                    (inner / name).rename(inner / f"real{name}")
                    (inner / name).symlink_to(outside)
                with contextlib.suppress(OSError):
                    (inner / name).unlink()
                    (inner / f"real{name}").rename(inner / name)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        summary = home.run(layout="archive")
    finally:
        stop.set()
        thread.join()
    assert summary["state"] in ("done", "done-with-failures", "failed")
    assert list(outside.iterdir()) == []


# Disks


@pytest.fixture
def small_disk(home: Home) -> Iterator[Path]:
    """The home's root is a file system of 8 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home.root)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    yield home.root
    home.close()
    subprocess.run(["umount", "-l", str(home.root)], check=True)


def remount(disk: Path, *options: str) -> None:
    subprocess.run(["mount", "-o", ",".join(["remount", *options]), str(disk)], check=True)


@pytest.mark.parametrize("how", ["by itself", "now"])
def test_a_disk_that_is_too_small_is_waited_for(
    home: Home, faulty: Faulty, small_disk: Path, how: str
) -> None:
    faulty.put(key("a.fits"), body_of(20 * MIB))
    transfers = home.transfers(FAST if how == "by itself" else PATIENT)
    id = started(home, transfers)  # noqa: A001
    until(lambda: transfers.summary(id)["state"] == "waiting")
    waiting = transfers.summary(id)["waiting"]
    assert waiting["reason"] == "space"
    assert 11 * MIB < waiting["missing"] < 13 * MIB
    assert waiting["message"] is None
    assert waiting["next"] > time.time() - 5
    assert home.files() == {}
    remount(small_disk, "size=64m")
    if how == "now":
        transfers.act(id, "try-now")
    assert transfers.wait(id, 10)["state"] == "done"
    home.assert_right()


@pytest.mark.parametrize("how", ["by itself", "now", "after a restart", "cancelled"])
@pytest.mark.parametrize("kind", ["large", "small"])
def test_a_disk_that_fills_up_is_waited_for(
    home: Home, faulty: Faulty, small_disk: Path, kind: str, how: str
) -> None:
    if kind == "large":
        faulty.put(key("a.fits"), body_of(6 * MIB))
    else:
        for number in range(60):
            faulty.put(key(f"{number}.fits"), body_of(100_000))
    faulty.allowance = 2 * MIB
    transfers = home.transfers(PATIENT if how == "now" else FAST)
    id = started(home, transfers)  # noqa: A001
    assert faulty.halted.wait(10)
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    faulty.allowance = None
    until(lambda: transfers.summary(id)["state"] == "waiting")
    assert transfers.summary(id)["waiting"]["reason"] == "space"
    time.sleep(0.6)
    assert transfers.summary(id)["state"] == "waiting"
    if how == "cancelled":
        transfers.act(id, "cancel")
        assert transfers.wait(id, 10)["state"] == "cancelled"
        assert home.leftovers() == []
        return
    (small_disk / "filler").unlink()
    if how == "now":
        transfers.act(id, "try-now")
    elif how == "after a restart":
        transfers.close()
        transfers = home.transfers()
    assert transfers.wait(id, 15)["state"] == "done"
    home.assert_right()


def test_a_disk_that_may_not_be_written_to(home: Home, faulty: Faulty, small_disk: Path) -> None:
    faulty.put(key("a.fits"), body_of(1000))
    faulty.put(key("b.fits"), body_of(5 * MIB))
    remount(small_disk, "ro")
    summary = home.run()
    assert summary["state"] == "failed"
    assert summary["error"]["kind"] == "read-only"
    remount(small_disk, "rw")
    transfers = home.transfers()
    transfers.act(summary["id"], "retry")
    assert transfers.wait(summary["id"], 10)["state"] == "done"
    home.assert_right()


def test_a_target_folder_that_may_not_be_written_to(
    home: Home, faulty: Faulty, small_disk: Path
) -> None:
    faulty.put(key("a.fits"), body_of(1000))
    faulty.put(key("b.fits"), body_of(5 * MIB))
    home.target.mkdir()
    remount(small_disk, "ro")
    summary = home.run()
    assert summary["state"] == "failed"
    assert {one["kind"] for one in summary["failures"]} == {"read-only"}
    assert faulty.sent <= 2 * 1000


# People who change their minds


actions = st.lists(
    st.tuples(
        st.sampled_from(["pause", "resume", "cancel", "retry", "try-now", "start", "reopen"]),
        st.floats(0, 0.08),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=120 if FULL else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=actions, cancelled=st.booleans())
def test_whatever_people_do_the_files_are_right(
    tmp_path_factory: pytest.TempPathFactory,
    faulty: Faulty,
    actions: list[tuple[str, float]],
    cancelled: bool,
) -> None:
    faulty.forget()
    for number in range(12):
        faulty.put(key(f"{number}.fits"), body_of(40_000))
    faulty.put(key("large.fits"), body_of(5 * MIB))
    faulty.pace = 30e6
    home = Home(tmp_path_factory.mktemp("mind"), faulty)
    transfers = home.transfers()
    id = started(home, transfers)  # noqa: A001
    for action, pause in actions:
        time.sleep(pause)
        if action == "reopen":
            transfers.close()
            transfers = home.transfers()
        else:
            with contextlib.suppress(TransferError):
                transfers.act(id, action)  # type: ignore[arg-type]
    state = transfers.summary(id)["state"]
    if cancelled:
        with contextlib.suppress(TransferError):
            transfers.act(id, "cancel")
        state = transfers.wait(id, 20)["state"]
        assert state in ("cancelled", "done")
    if state == "cancelled":
        assert home.leftovers() == []
        for name, body in home.files().items():
            assert body == faulty.objects[key(name)].body
        transfers.act(id, "retry")
    with contextlib.suppress(TransferError):
        transfers.act(id, "resume")
    summary = transfers.wait(id, 20)
    if summary["state"] == "cancelled":  # it was still about to be
        transfers.act(id, "retry")
        summary = transfers.wait(id, 20)
    assert summary["state"] == "done"
    assert summary["files"]["copied"] == 13
    home.assert_right()
    home.close()


def test_a_pause_during_silence_is_short(home: Home, faulty: Faulty) -> None:
    def hang(asked: Asked, answer: Answer) -> None:
        answer.cut, answer.then = 10, "hang"

    faulty.put(key("a.fits"), body_of(5 * MIB))
    faulty.fault = bodies(hang)
    transfers = home.transfers(Timing(stall=60))
    id = started(home, transfers)  # noqa: A001
    until(lambda: faulty.count("GET") == 1)
    transfers.act(id, "pause")
    began = time.monotonic()
    faulty.fault = None
    transfers.act(id, "resume")
    assert transfers.wait(id, 10)["state"] == "done"
    assert time.monotonic() - began < 5
    home.assert_right()


def test_a_cancelled_transfer_takes_its_empty_folders_along(home: Home, faulty: Faulty) -> None:
    for number in range(4):
        faulty.put(f"hst/public/{number}/a.fits", body_of(5 * MIB))
    faulty.allowance = MIB
    transfers = home.transfers()
    id = started(home, transfers, layout="archive")  # noqa: A001
    assert faulty.halted.wait(10)
    transfers.act(id, "cancel")
    assert transfers.wait(id, 10)["state"] == "cancelled"
    assert list(home.root.iterdir()) == []


def test_a_paused_transfer_that_is_cancelled_leaves_nothing(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), body_of(6 * MIB))
    faulty.allowance = 5 * MIB
    transfers = home.transfers()
    id = started(home, transfers)  # noqa: A001
    assert faulty.halted.wait(10)
    transfers.act(id, "pause")
    faulty.allowance = None
    until(lambda: not transfers.summary(id)["active"])
    assert home.leftovers()
    transfers.act(id, "cancel")
    assert transfers.wait(id, 10)["state"] == "cancelled"
    assert list(home.root.iterdir()) == []


def test_another_process_may_ask(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), body_of(5 * MIB))
    faulty.allowance = MIB
    transfers = home.transfers()
    id = started(home, transfers)  # noqa: A001
    assert faulty.halted.wait(10)
    other = home.transfers(adopt=False)
    assert other.summary(id)["elsewhere"]
    other.act(id, "pause")
    until(lambda: transfers.summary(id)["state"] == "paused")
    until(lambda: other.summary(id)["state"] == "paused")
    faulty.allowance = None
    other.act(id, "resume")
    assert other.wait(id, 10)["state"] == "done"
    assert transfers.wait(id, 10)["state"] == "done"
    home.assert_right()


def test_nothing_stays_open(home: Home, faulty: Faulty) -> None:
    for number in range(30):
        faulty.put(f"hst/public/{number}/a.fits", body_of(1000))
    faulty.put(key("large.fits"), body_of(9 * MIB))

    def once(number: int) -> int:
        """Copy; how many files are open when as few are as for a while."""
        transfers = home.transfers()
        id = started(home, transfers, target=str(home.root / str(number)), layout="archive")  # noqa: A001
        if number == 2:
            transfers.act(id, "cancel")
        transfers.wait(id, 10)
        transfers.close()
        assert not [one for one in threading.enumerate() if one.name.startswith("mast")]
        # Sockets of the server in this process close when it notices.
        least, since = 10_000, time.monotonic()
        while time.monotonic() < since + 0.5:
            found = len(os.listdir("/proc/self/fd"))
            if found < least:
                least, since = found, time.monotonic()
            time.sleep(0.02)
        return least

    first = once(0)
    for number in (1, 2, 3):
        assert once(number) <= first + 2
