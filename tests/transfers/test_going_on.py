"""Transfers that go on after people changed what they had copied, or changed their minds."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty
from helpers.home import FAST, Home, Worker, archive_at, key, until

from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.timing import Timing
from jupyterlab_mast.transfers.types import Source, TransferError

MIB = 1 << 20
#: One that does not look for what others wrote.
UNAWARE = Timing(**{**FAST.__dict__, "look": 600.0})
#: One for which silence is no reason to wait.
PATIENT = Timing(**{**FAST.__dict__, "stall": 60, "patience": 60.0})


def started(home: Home, transfers: Transfers, **more: Any) -> str:
    return str(transfers.create(home.request(**more))["id"])


def paused_midway(home: Home, faulty: Faulty, **more: Any) -> tuple[Transfers, str]:
    """A transfer that has copied its small files, and a part of its large one, and is paused."""
    for number in range(5):
        faulty.put(key(f"{number}.fits"), os.urandom(1000))
    faulty.put(key("large.fits"), os.urandom(12 * MIB))
    faulty.allowance = 8 * MIB
    transfers = home.transfers()
    name = started(home, transfers, **more)
    assert faulty.halted.wait(10)
    until(lambda: transfers.summary(name)["files"]["copied"] == 5)
    transfers.act(name, "pause")
    faulty.allowance = None
    until(lambda: not transfers.summary(name)["active"])
    assert home.leftovers()
    return transfers, name


def refuse(name: str) -> Any:
    def fault(asked: Asked, answer: Answer) -> None:
        if asked.key == key(name):
            answer.fail(403, "AccessDenied")

    return fault


def ended_with_a_failure(home: Home, faulty: Faulty, count: int) -> tuple[Transfers, str]:
    """A transfer of so many small files, of which the last one failed; it would work by now."""
    for number in range(count):
        faulty.put(key(f"{number}.fits"), os.urandom(1000))
    faulty.fault = refuse(f"{count - 1}.fits")
    transfers = home.transfers()
    name = started(home, transfers)
    assert transfers.wait(name, 10)["state"] == "done-with-failures"
    faulty.fault = None
    return transfers, name


def test_what_was_removed_during_a_pause_is_copied_again(home: Home, faulty: Faulty) -> None:
    transfers, name = paused_midway(home, faulty)
    (home.target / "1.fits").unlink()
    (home.target / "3.fits").unlink()
    (home.target / "4.fits").write_text("edited since")
    faulty.asked.clear()
    transfers.act(name, "resume")
    summary = transfers.wait(name, 10)
    assert (summary["state"], summary["files"]["copied"]) == ("done", 6)
    assert summary["bytes"]["done"] == summary["bytes"]["total"] == 12 * MIB + 5000
    asked = {one.key for one in faulty.asked if one.body}
    assert asked == {key("1.fits"), key("3.fits"), key("large.fits")}
    # That is its own version of somebody, and no copy is put over it.
    assert (home.target / "4.fits").read_text() == "edited since"
    (home.target / "4.fits").write_bytes(faulty.objects[key("4.fits")].body)
    home.assert_right()


@pytest.mark.parametrize("call", ["link", "unlink"])
@pytest.mark.parametrize("edited", [False, True])
def test_a_file_that_got_its_name_when_the_process_died_is_what_it_was_then(
    home: Home, faulty: Faulty, edited: bool, call: str
) -> None:
    """Somebody may have written to it since, and put its time back."""
    body = os.urandom(200_000)
    faulty.put(key("a.fits"), body)
    worker = Worker(home, home.request(), die=(call, True))
    assert worker.summary() is None
    path = home.target / "a.fits"
    about = path.stat()
    if edited:
        time.sleep(0.05)
        with path.open("r+b") as file:
            file.write(b"edited")
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    transfers = home.transfers()
    (one,) = transfers.snapshot()
    summary = transfers.wait(one["id"], 10)
    assert (summary["state"], summary["files"]["copied"]) == ("done", 1)
    assert path.stat().st_ino == about.st_ino
    transfers.provenance.reload()
    copy = transfers.provenance.of_path(str(path))
    assert copy is not None
    assert copy.is_unchanged(path.stat()) != edited
    transfers.act(one["id"], "undo")
    until(lambda: transfers.summary(one["id"])["undone"])
    assert path.exists() == edited
    assert not edited or path.read_bytes() == b"edited" + body[6:]


def test_transfers_that_have_not_ended_are_known(home: Home, faulty: Faulty) -> None:
    transfers, name = paused_midway(home, faulty)
    assert transfers.unfinished() == {name}
    transfers.act(name, "resume")
    transfers.wait(name, 10)
    assert transfers.unfinished() == set()


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_a_target_that_is_gone_is_not_made_again_by_itself(
    home: Home, faulty: Faulty, how: str
) -> None:
    transfers, name = paused_midway(home, faulty)
    aside = home.root / "aside"
    if how == "moved":
        home.target.rename(aside)
    else:
        shutil.rmtree(home.target)
    transfers.act(name, "resume")
    summary = transfers.wait(name, 10)
    assert summary["state"] == "failed"
    assert "was moved, deleted or exchanged" in summary["error"]["message"]
    assert not home.target.exists()
    # Who tries it again wants all of it there.
    transfers.act(name, "retry")
    summary = transfers.wait(name, 10)
    assert (summary["state"], summary["files"]["copied"]) == ("done", 6)
    assert home.leftovers() == []
    shutil.rmtree(aside, ignore_errors=True)
    home.assert_right()


def test_a_target_that_is_gone_when_failed_files_are_tried_again(
    home: Home, faulty: Faulty
) -> None:
    transfers, name = ended_with_a_failure(home, faulty, 5)
    shutil.rmtree(home.target)
    transfers.act(name, "retry")
    summary = transfers.wait(name, 10)
    assert (summary["state"], summary["files"]["copied"]) == ("done", 5)
    home.assert_right()


def test_what_was_undone_is_not_tried_again(home: Home, faulty: Faulty) -> None:
    transfers, name = ended_with_a_failure(home, faulty, 3)
    transfers.act(name, "undo")
    until(lambda: transfers.summary(name)["undone"])
    with pytest.raises(TransferError, match="Copy anew"):
        transfers.act(name, "retry")
    assert home.files() == {}


@pytest.mark.parametrize("moved", ["target", "folder in it", "far away"])
def test_a_partial_file_in_a_moved_folder_goes_when_a_paused_copy_is_cancelled(
    home: Home, faulty: Faulty, moved: str
) -> None:
    transfers, name = paused_midway(home, faulty, layout="archive")
    victim = home.target / "hst/public/x" if moved == "folder in it" else home.target
    to = home.root / "aside"
    if moved == "far away":
        to = home.root / "other" / "place" / "of mine"
        to.parent.mkdir(parents=True)
    victim.rename(to)
    mine = to / ".mast-not-ours-1.part"
    mine.write_text("mine")
    transfers.act(name, "cancel")
    assert transfers.wait(name, 10)["state"] == "cancelled"
    assert [path.name for path in home.root.rglob(".mast-*")] == [mine.name]
    assert len(list(home.root.rglob("?.fits"))) == 5


def test_a_partial_file_in_a_moved_folder_goes_when_its_copy_is_done(
    home: Home, faulty: Faulty
) -> None:
    transfers, name = paused_midway(home, faulty, layout="archive")
    (home.target / "hst/public/x").rename(home.root / "aside")
    transfers.act(name, "resume")
    assert transfers.wait(name, 10)["state"] == "done"
    until(lambda: home.leftovers() == [])
    for name, one in faulty.objects.items():
        assert (home.target / name).read_bytes() == one.body


def waiting_ones(home: Home, transfers: Transfers, count: int) -> list[str]:
    """Transfers of an archive that is not there."""
    nowhere = archive_at("http://127.0.0.1:9")
    sources = (Source(key=key("a.fits"), size=10, etag='"a"'),)
    ids = [
        started(home, transfers, archive=nowhere, sources=sources, target=f"{home.target}{one}")
        for one in range(count)
    ]
    until(lambda: all(transfers.summary(name)["state"] == "waiting" for name in ids))
    return ids


def test_those_that_wait_hold_up_no_others(home: Home, faulty: Faulty) -> None:
    transfers = home.transfers()
    waiting_ones(home, transfers, 4)
    faulty.put(key("b.fits"), b"b" * 10)
    name = started(home, transfers)
    assert transfers.wait(name, 10)["state"] == "done"


@pytest.mark.parametrize("which", ["all", "one"])
def test_a_retry_that_is_queued_is_begun_after_a_restart(
    home: Home, faulty: Faulty, which: str
) -> None:
    for name in "abc":
        faulty.put(key(f"{name}.fits"), name.encode() * 10)

    def fault(asked: Asked, answer: Answer) -> None:
        if asked.key in (key("b.fits"), key("c.fits")):
            answer.fail(403, "AccessDenied")

    faulty.fault = fault
    transfers = home.transfers(PATIENT)
    failed = started(home, transfers)
    assert transfers.wait(failed, 10)["state"] == "done-with-failures"
    faulty.fault = None
    # Three that run are all that do.
    for number in range(3):
        faulty.put(f"hst/public/{number}/large.fits", os.urandom(8 * MIB))
    faulty.allowance = MIB
    others = [
        started(home, transfers, sources=(Source(prefix=f"hst/public/{number}/"),))
        for number in range(3)
    ]
    until(lambda: all(transfers.summary(name)["state"] == "running" for name in others))
    transfers.act(failed, "retry", files=None if which == "all" else [1])
    assert transfers.summary(failed)["state"] == "queued"
    transfers.close()
    faulty.allowance = None
    again = home.transfers()
    summary = again.wait(failed, 20)
    assert summary["files"]["failed"] == (0 if which == "all" else 1)
    assert (home.target / "b.fits").read_bytes() == b"b" * 10


def test_who_was_killed_while_cancelling_does_not_go_on(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), os.urandom(6 * MIB))
    worker = Worker(home, home.request(), slow=("fsync", 20.0))
    other = home.transfers(adopt=False)
    until(lambda: other.snapshot())
    (one,) = other.snapshot()
    until(lambda: other.summary(one["id"])["state"] == "running")
    until(lambda: faulty.sent >= 6 * MIB)
    other.act(one["id"], "cancel")
    folder = home.data / "transfers" / one["id"]
    until(lambda: not list(folder.glob("ask-*")))
    time.sleep(0.3)
    worker.kill()
    other.close()
    faulty.asked.clear()
    transfers = home.transfers()
    assert transfers.wait(one["id"], 10)["state"] == "cancelled"
    assert home.files() == {}
    assert faulty.asked == []


def test_what_another_server_tries_again_is_not_cleared(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), os.urandom(6 * MIB))
    faulty.fault = refuse("a.fits")
    transfers = home.transfers()
    name = started(home, transfers)
    assert transfers.wait(name, 10)["state"] == "failed"
    other = home.transfers(UNAWARE, adopt=False)
    assert other.summary(name)["state"] == "failed"
    faulty.fault = None
    faulty.allowance = 5 * MIB
    transfers.act(name, "retry")
    assert faulty.halted.wait(10)
    with pytest.raises(TransferError, match="Another server"):
        other.clear(name)
    faulty.allowance = None
    assert transfers.wait(name, 10)["state"] == "done"
    home.assert_right()
