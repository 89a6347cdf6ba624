"""Copying less: kinds of files, and plans without some of them."""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, until

from jupyterlab_mast.files import Folders
from jupyterlab_mast.quota.interface import QuotaError, Space
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.types import TransferError

SECTOR = "hst/public/s0014/"
TARGETS = 5
CURVE, PIXELS = "Light curve, 2 min", "Target pixel file, 2 min"


class SmallQuota:
    """Room for 100 kB."""

    def space(self, folder: str) -> Space:
        return Space(100_000, 200_000, 100_000)

    def reserve(self, owner: str, folder: str, size: int) -> None:
        pass

    def wrote(self, owner: str, written: int, into: Folders | None = None, more: int = 0) -> None:
        pass

    def give_back(self, owner: str) -> None:
        pass

    def changed(self, folders: Collection[str], below: Collection[str] = ()) -> None:
        pass

    def beat(self) -> None:
        pass

    def close(self) -> None:
        pass


class FullQuota(SmallQuota):
    """Refuses what does not fit."""

    def reserve(self, owner: str, folder: str, size: int) -> None:
        if size > 100_000:
            raise QuotaError(size, 100_000, 200_000)


@pytest.fixture
def sector(faulty: Faulty) -> Faulty:
    for number in range(TARGETS):
        name = f"tess2019198215352-s0014-00000000261105{number:02}-0150-s"
        faulty.put(f"{SECTOR}{name}_lc.fits", random.randbytes(2000))
        faulty.put(f"{SECTOR}{name}_tp.fits", random.randbytes(40_000))
    return faulty


def planned(transfers: Transfers, name: str) -> dict[str, Any]:
    until(
        lambda: transfers.summary(name)["confirm"] and transfers.summary(name)["plan"]["complete"]
    )
    return transfers.summary(name)


def kinds(summary: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(one.values()) for one in summary["plan"]["kinds"]]


def test_a_plan_that_does_not_fit_tells_of_its_kinds(home: Home, sector: Faulty) -> None:
    transfers = home.transfers(quota=SmallQuota())
    name = transfers.create(home.request(start="auto"))["id"]
    summary = planned(transfers, name)
    assert kinds(summary) == [
        (PIXELS, TARGETS, 40_000 * TARGETS, False),
        (CURVE, TARGETS, 2000 * TARGETS, False),
    ]

    transfers.choose(name, without=[PIXELS])
    summary = planned(transfers, name)
    assert kinds(summary) == [
        (PIXELS, TARGETS, 40_000 * TARGETS, True),
        (CURVE, TARGETS, 2000 * TARGETS, False),
    ]
    assert (summary["plan"]["files"], summary["plan"]["needed"]) == (TARGETS, 2000 * TARGETS)
    assert transfers.files(name)["total"] == TARGETS

    # Any number of times, and the archive is asked no more.
    sector.asked.clear()
    transfers.choose(name, without=[CURVE, PIXELS])
    assert planned(transfers, name)["plan"]["files"] == 0
    transfers.choose(name, without=[])
    assert planned(transfers, name)["plan"]["files"] == 2 * TARGETS
    transfers.choose(name, without=[PIXELS])
    planned(transfers, name)
    assert sector.asked == []

    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right(*(one for one in sector.objects if one.endswith("_lc.fits")))


def test_what_is_left_out_stays_so_after_a_restart(home: Home, sector: Faulty) -> None:
    transfers = home.transfers(quota=SmallQuota())
    name = transfers.create(home.request(start="ask"))["id"]
    planned(transfers, name)
    transfers.choose(name, without=[PIXELS])
    planned(transfers, name)
    transfers.close()
    transfers = home.transfers(quota=SmallQuota())
    summary = planned(transfers, name)
    assert summary["plan"]["files"] == TARGETS
    assert [one["without"] for one in summary["plan"]["kinds"]] == [True, False]


def test_choosing_fast_ends_with_the_last_choice(home: Home, sector: Faulty) -> None:
    transfers = home.transfers(quota=SmallQuota())
    name = transfers.create(home.request(start="ask"))["id"]
    for without in ([PIXELS], [], [CURVE], [CURVE, PIXELS], []) * 5 + ([CURVE],):
        transfers.choose(name, without=list(without))
    until(lambda: transfers.summary(name)["plan"]["complete"])
    summary = planned(transfers, name)
    assert summary["plan"]["bytes"] == 40_000 * TARGETS
    assert {one["path"][-8:] for one in transfers.files(name)["files"]} == {"_tp.fits"}


def test_a_plan_that_fits_tells_of_no_kinds(home: Home, sector: Faulty) -> None:
    transfers = home.transfers()
    name = transfers.create(home.request(start="ask"))["id"]
    assert planned(transfers, name)["plan"]["kinds"] == []


# After the begin


def ends_with(sector: Faulty, *ends: str) -> list[str]:
    return [one for one in sector.objects if one.endswith(ends)]


def own(transfers: Transfers, name: str) -> dict[str, Any]:
    """The transfer as soon as it is that of this process."""
    until(lambda: not transfers.summary(name)["elsewhere"])
    return transfers.summary(name)


def outcomes(transfers: Transfers, name: str, **more: Any) -> list[str]:
    return [one["outcome"] for one in transfers.files(name, **more)["files"]]


def test_one_that_waits_for_room_may_copy_less(home: Home, sector: Faulty) -> None:
    transfers = home.transfers(quota=FullQuota())
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting" and kinds(transfers.summary(name)))
    assert kinds(transfers.summary(name)) == [
        (PIXELS, TARGETS, 40_000 * TARGETS, False),
        (CURVE, TARGETS, 2000 * TARGETS, False),
    ]
    # Both left out, and one taken back before anything was done.
    transfers.choose(name, without=[PIXELS, CURVE])
    transfers.choose(name, without=[PIXELS])
    summary = transfers.wait(name, 20)
    assert summary["state"] == "done"
    assert summary["files"]["total"] == summary["files"]["copied"] == TARGETS
    assert summary["files"]["left_out"] == TARGETS
    assert summary["bytes"] == {"total": 2000 * TARGETS, "done": 2000 * TARGETS}
    assert [one[3] for one in kinds(summary)] == [True, False]
    assert outcomes(transfers, name) == ["copied"] * TARGETS
    assert outcomes(transfers, name, outcome="left-out") == ["left-out"] * TARGETS
    home.assert_right(*ends_with(sector, "_lc.fits"))
    with pytest.raises(TransferError, match="has ended"):
        transfers.choose(name, without=[])
    transfers.close()
    (again,) = home.transfers().snapshot()
    assert again["files"] == summary["files"]


@pytest.mark.parametrize("how", ["running", "paused", "paused, restarted"])
@pytest.mark.parametrize("restored", [False, True])
def test_one_that_runs_or_is_paused_may_copy_less(
    home: Home, sector: Faulty, how: str, restored: bool
) -> None:
    # Two that have a partial file when everything halts.
    large = f"{SECTOR}tess2019198215352-s0014-0000000026110599-0150-s_tp.fits"
    sector.put(large, random.randbytes(3 << 20))
    sector.allowance = 1_500_000
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert sector.halted.wait(20)
    if how != "running":
        transfers.act(name, "pause")
        until(lambda: not transfers.summary(name)["active"])
    if how == "paused, restarted":
        transfers.close()
        transfers = home.transfers()
    before = own(transfers, name)
    with pytest.raises(TransferError, match="only kinds of files"):
        transfers.choose(name, without=[PIXELS], layout="archive")
    transfers.choose(name, without=[PIXELS])
    if how != "running":
        until(lambda: transfers.summary(name)["files"]["left_out"] > 0)
        summary = transfers.summary(name)
        assert summary["state"] == "paused"
        assert summary["files"]["total"] + summary["files"]["left_out"] == TARGETS * 2 + 1
        assert summary["bytes"]["total"] < before["bytes"]["total"]
    if restored:
        transfers.choose(name, without=[])
    sector.allowance = None
    if how != "running":
        transfers.act(name, "resume")
    summary = transfers.wait(name, 20)
    assert summary["state"] == "done"
    assert home.leftovers() == []
    if restored:
        assert summary["files"]["copied"] == TARGETS * 2 + 1
        assert summary["bytes"]["done"] == 42_000 * TARGETS + (3 << 20)
        home.assert_right()
    else:
        # What was there already stays.
        files = summary["files"]
        assert files["copied"] + files["left_out"] == TARGETS * 2 + 1
        assert files["left_out"] >= 1
        assert summary["bytes"]["done"] == summary["bytes"]["total"]
        assert large.rpartition("/")[2] not in home.files()
        assert set(home.files()) >= {
            one.rpartition("/")[2] for one in ends_with(sector, "_lc.fits")
        }


def test_what_is_left_out_later_stays_so_after_a_restart(home: Home, sector: Faulty) -> None:
    sector.allowance = 0
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert sector.halted.wait(20)
    # Another process knows of it since before that was chosen.
    other = home.transfers()
    transfers.choose(name, without=[PIXELS])
    transfers.close()
    sector.allowance = None
    summary = other.wait(name, 20)
    assert (summary["state"], summary["files"]["left_out"]) == ("done", TARGETS)
    home.assert_right(*ends_with(sector, "_lc.fits"))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_chosen_the_files_are_right(home: Home, sector: Faulty, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(3):
        name = f"tess2019198215352-s0014-000000002611055{number}-0150-s_tp.fits"
        sector.put(f"{SECTOR}{name}", random.randbytes(3 << 20))
    # It cannot end while anything is chosen.
    last = f"{SECTOR}tess2019198215352-s0014-0000000026110599-0150-s_lc.fits"
    sector.put(last, random.randbytes(30 << 20))
    sector.allowance = 0
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    assert sector.halted.wait(20)
    for _ in range(25):
        paused = own(transfers, name)["state"] == "paused"
        match chance.choice(["less", "less", "all", "all", "pause", "restart", "more", "more"]):
            case "less":
                transfers.choose(name, without=[PIXELS])
            case "all":
                transfers.choose(name, without=[])
            case "pause":
                transfers.act(name, "resume" if paused else "pause")
            case "restart":
                transfers.close()
                transfers = home.transfers()
            case "more":
                sector.allowance = min(1_000_000, sector.allowance + 500_000)
        time.sleep(chance.random() * 0.1)
    own(transfers, name)
    transfers.choose(name, without=[])
    if transfers.summary(name)["state"] == "paused":
        transfers.act(name, "resume")
    sector.allowance = None
    summary = transfers.wait(name, 30)
    assert summary["state"] == "done"
    assert summary["files"]["copied"] == summary["files"]["total"] == len(sector.objects)
    assert summary["files"]["left_out"] == 0
    assert summary["bytes"]["done"] == summary["bytes"]["total"]
    home.assert_right()
