"""Transfers of one home under its limit."""

from __future__ import annotations

import random
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, key, until
from helpers.published import MB, publish

from jupyterlab_mast.transfers.runner import Transfers


def planned(transfers: Transfers, name: str) -> dict[str, Any]:
    """A plan that waits for a word."""
    until(
        lambda: transfers.summary(name)["confirm"] and transfers.summary(name)["plan"]["complete"]
    )
    return transfers.summary(name)


# A limit that only warns


@pytest.mark.parametrize("size", [MB, 2 * MB])
def test_a_copy_that_passes_a_soft_limit_is_asked_about(
    home: Home, faulty: Faulty, size: int
) -> None:
    publish(home.data, home.root, allocated=9 * MB, hard=False, reserve=MB // 2)
    faulty.put(key("a.fits"), random.randbytes(size))
    transfers = home.transfers()
    name = transfers.create(home.request(start="auto"))["id"]
    plan = planned(transfers, name)["plan"]
    assert (plan["needed"], plan["free"], plan["limit"]) == (size, MB // 2, 10 * MB)
    assert plan["reserve"] == MB // 2
    assert plan["allowed"] > 5 * MB
    assert not home.target.exists()
    transfers.act(name, "start")
    assert transfers.wait(name, 20)["state"] == "done"
    home.assert_right()


def test_one_that_fits_a_soft_limit_starts(home: Home, faulty: Faulty) -> None:
    publish(home.data, home.root, hard=False)
    faulty.put(key("a.fits"), random.randbytes(MB))
    transfers = home.transfers()
    name = transfers.create(home.request(start="auto"))["id"]
    assert transfers.wait(name, 20)["state"] == "done"
