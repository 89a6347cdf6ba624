"""Copying less: kinds of files, and plans without some of them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, until

from jupyterlab_mast.quota.interface import Space
from jupyterlab_mast.transfers.runner import Transfers

SECTOR = "hst/public/s0014/"
TARGETS = 5
CURVE, PIXELS = "Light curve, 2 min", "Target pixel file, 2 min"


class SmallQuota:
    """Room for 100 kB."""

    def space(self, folder: str) -> Space:
        return Space(100_000, 200_000, 100_000)

    def reserve(self, owner: str, folder: str, size: int) -> None:
        pass

    def wrote(self, owner: str, written: int) -> None:
        pass

    def give_back(self, owner: str) -> None:
        pass

    def beat(self) -> None:
        pass


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
