"""What many earlier transfers cost, and that those which have ended are found when asked for."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty
from helpers.home import MIB, Home, key, until

from jupyterlab_mast.transfers.types import TransferError


class Opens:
    """Counts which files below a folder are opened."""

    def __init__(self) -> None:
        self.below = ""
        self.paths: list[str] = []
        # A hook stays for good.
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.below and event == "open" and isinstance(arguments[0], (str, os.PathLike)):
            path = os.fspath(arguments[0])
            if path.startswith(self.below):
                self.paths.append(path)


@pytest.fixture(scope="module")
def hook() -> Opens:
    return Opens()


def test_a_copy_opens_no_files_of_earlier_ones(home: Home, faulty: Faulty, hook: Opens) -> None:
    counts = []
    for number in range(50):
        faulty.put(key(f"{number}.fits"), b"%d" % number)
        hook.below, hook.paths = str(home.data), []
        try:
            assert home.run(key(f"{number}.fits"))["state"] == "done"
        finally:
            hook.below = ""
        counts.append(len(hook.paths))
    # At most fifteen files of the index beside the one that they become.
    assert max(counts[10:]) <= counts[0] + 3 * 16
    assert sum(counts[-20:]) <= 20 * counts[0] + 20 * 16
    assert len(list((home.data / "copies").glob("*.jsonl"))) <= 16
    assert home.run()["files"]["identical"] == 50
    assert len(home.transfers().snapshot()) == 51


def ended(home: Home, faulty: Faulty) -> str:
    """The id of a transfer that an earlier process has ended, with a failure."""
    faulty.put(key("a.fits"), b"a" * 1000)
    faulty.put(key("b.fits"), b"b" * (9 * MIB))
    faulty.fault = forbid
    summary = home.run()
    assert summary["state"] == "done-with-failures"
    faulty.fault = None
    return str(summary["id"])


def forbid(asked: Asked, answer: Answer) -> None:
    if asked.key == key("b.fits"):
        answer.fail(403, "AccessDenied")


def test_what_has_ended_is_found_when_somebody_asks_for_it(home: Home, faulty: Faulty) -> None:
    name = ended(home, faulty)
    assert home.transfers().summary(name)["files"]["failed"] == 1
    assert [file["outcome"] for file in home.transfers().files(name)["files"]] == [
        "copied",
        "failed",
    ]
    assert [one["id"] for one in home.transfers().snapshot()] == [name]
    transfers = home.transfers()
    transfers.act(name, "retry")
    assert transfers.wait(name, 10)["state"] == "done"
    home.transfers().clear(name)
    assert home.transfers().snapshot() == []
    with pytest.raises(KeyError):
        home.transfers().summary(name)
    assert list((home.data / "transfers").iterdir()) == []


def test_what_is_taken_up_again_goes_on_after_a_restart(home: Home, faulty: Faulty) -> None:
    name = ended(home, faulty)
    faulty.allow(3 * MIB)
    first = home.transfers()
    assert first.idle
    first.act(name, "retry")
    assert faulty.halted.wait(10)
    assert not first.idle
    first.close()
    faulty.allow(None)
    # Nobody asks for it.
    second = home.transfers()
    assert not second.idle
    until(lambda: second.idle)
    assert home.transfers().summary(name)["state"] == "done"


def test_what_is_undone_has_ended(home: Home, faulty: Faulty) -> None:
    name = ended(home, faulty)
    transfers = home.transfers()
    transfers.act(name, "undo")
    until(lambda: transfers.summary(name)["undone"])
    transfers.close()
    assert (home.data / "transfers" / f".{name}.ended").exists()
    assert home.transfers().summary(name)["undone"]


def test_who_has_shown_all_tells_of_what_others_begin_and_end(home: Home, faulty: Faulty) -> None:
    told: list[dict[str, Any]] = []
    transfers = home.transfers(changed=told.extend)
    assert transfers.snapshot() == []
    name = ended(home, faulty)
    until(lambda: any(one["id"] == name and one["state"] != "planning" for one in told))
    until(lambda: transfers.summary(name)["state"] == "done-with-failures")


def test_a_mark_of_what_is_gone_goes_too(home: Home, faulty: Faulty) -> None:
    name = ended(home, faulty)
    (home.data / "transfers" / ".20260101-000000-000-abcdef.ended").touch()
    home.transfers()
    assert sorted(path.name for path in (home.data / "transfers").iterdir()) == [
        f".{name}.ended",
        name,
    ]


def test_what_has_not_ended_cannot_be_cleared(home: Home, faulty: Faulty) -> None:
    name = ended(home, faulty)
    faulty.allow(3 * MIB)
    first = home.transfers()
    first.act(name, "retry")
    assert faulty.halted.wait(10)
    with pytest.raises(TransferError, match="has not ended"):
        home.transfers().clear(name)
    faulty.allow(None)
    assert first.wait(name, 10)["state"] == "done"
