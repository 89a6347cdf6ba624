"""What an administrator allows: requests at a time and bytes a second."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty, bodies
from helpers.home import Home, archive_at, key, until
from helpers.servers import archive_of
from traitlets.config import Config

from jupyterlab_mast.transfers.caps import Cap, Caps
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.types import Source

MIB = 1 << 20
RANDOM = random.Random(150)


class AtOnce:
    """A fault that counts how many requests a server answers at a time, listings too."""

    def __init__(self) -> None:
        self.most = 0
        self._lock = threading.Lock()
        self._running = 0

    def __call__(self, asked: Asked, answer: Answer) -> None:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        time.sleep(0.01)
        with self._lock:
            self._running -= 1


def copied(transfers: Transfers, home: Home, **more: Any) -> float:
    """Seconds that a copy takes."""
    began = time.monotonic()
    name = transfers.create(home.request(**more))["id"]
    assert transfers.wait(name, 60)["state"] == "done"
    return time.monotonic() - began


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("of", ["all archives", "this archive"])
def test_no_more_requests_at_a_time(home: Home, faulty: Faulty, streams: int, of: str) -> None:
    home.target.mkdir()
    for number in range(20):
        faulty.put(key(f"small{number}.fits"), RANDOM.randbytes(30_000))
    for number in range(3):
        faulty.put(f"hst/public/y/large{number}.fits", RANDOM.randbytes(20 * MIB))
    for number in range(20):
        # Of unknown origin: compared by a HEAD.
        body = RANDOM.randbytes(1000)
        faulty.put(f"hst/public/z/there{number}.fits", body)
        (home.target / f"there{number}.fits").write_bytes(body)
    faulty.fault = at_once = AtOnce()
    mine = {"streams": streams} if of == "all archives" else {}
    transfers = home.transfers(settings=mine)
    bound = {} if mine else {"copy_streams": streams}
    copied(
        transfers,
        home,
        archive=archive_at(faulty.endpoint, **bound),
        sources=[Source(prefix=f"hst/public/{one}/") for one in "xyz"],
    )
    home.assert_right()
    assert faulty.count("HEAD") >= 20
    assert at_once.most == streams


@pytest.mark.parametrize("of", ["all archives", "this archive"])
@pytest.mark.parametrize("sizes", [[60_000] * 60, [4 * MIB], [30_000] * 60 + [MIB] * 2])
def test_no_more_bytes_a_second(home: Home, faulty: Faulty, of: str, sizes: list[int]) -> None:
    for number, size in enumerate(sizes):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(size))
    rate = 3e6
    mine = {"bandwidth": rate} if of == "all archives" else {}
    bound = {} if mine else {"copy_bandwidth": rate}
    seconds = copied(
        home.transfers(settings=mine), home, archive=archive_at(faulty.endpoint, **bound)
    )
    home.assert_right()
    # What comes in one piece may come before its time.
    assert seconds >= (sum(sizes) - 0.1 * rate) / rate - 0.1


@pytest.fixture
def jp_server_config(
    jp_server_config: Config, faulty: Faulty, request: pytest.FixtureRequest
) -> Config:
    """A server with these settings for all archives, and these for its only one."""
    of_all, of_one = request.param
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    archives = [archive_of("a", faulty.endpoint, **of_one)]
    jp_server_config["MastExtension"] = Config(quota=False, archives=archives, **of_all)
    return jp_server_config


async def copied_by_the_server(jp_fetch: Any) -> None:
    """Copy by the server's own copy process."""

    async def ask(path: str, **more: Any) -> dict[str, Any]:
        answer = await jp_fetch("jupyterlab-mast/transfers" + path, **more)
        return dict(json.loads(answer.body))

    began = time.monotonic()
    new = {"archive": "a", "sources": [{"prefix": "hst/public/x/"}], "target": "", "start": "now"}
    transfer = await ask("", method="POST", body=json.dumps(new))
    while transfer["state"] != "done":
        assert transfer["state"] in ("planning", "queued", "running")
        assert time.monotonic() - began < 60
        await asyncio.sleep(0.05)
        transfer = await ask("/" + transfer["id"])


SET_STREAMS = {"copy_streams": 2}
SET_BANDWIDTH = {"copy_bandwidth": 2.5e6}


@pytest.mark.parametrize(
    ("jp_server_config", "most"),
    [((SET_STREAMS, {}), 2), (({}, SET_STREAMS), 2), (({}, {}), None)],
    indirect=["jp_server_config"],
    ids=["of all archives", "of this archive", "of none"],
)
@pytest.mark.usefixtures("jp_serverapp")
async def test_the_setting_of_streams_reaches_the_copy_process(
    jp_fetch: Any, faulty: Faulty, most: int | None
) -> None:
    for number in range(40):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(30_000))
    faulty.fault = at_once = AtOnce()
    await copied_by_the_server(jp_fetch)
    assert at_once.most == most if most else at_once.most > 2


@pytest.mark.parametrize(
    "jp_server_config",
    [(SET_BANDWIDTH, {}), ({}, SET_BANDWIDTH)],
    indirect=True,
    ids=["of all archives", "of this archive"],
)
@pytest.mark.usefixtures("jp_serverapp")
async def test_the_setting_of_bandwidth_reaches_the_copy_process(
    jp_fetch: Any, faulty: Faulty
) -> None:
    size, rate = 5 * MIB, SET_BANDWIDTH["copy_bandwidth"]
    faulty.put(key("a.fits"), RANDOM.randbytes(size))
    asked: list[float] = []
    faulty.fault = bodies(lambda *_: asked.append(time.monotonic()))
    await copied_by_the_server(jp_fetch)
    # What comes in one piece may come before its time.
    assert time.monotonic() - asked[0] >= (size - 0.1 * rate) / rate - 0.1


def test_the_bounds_of_one_archive_do_not_hold_for_another(home: Home, faulty: Faulty) -> None:
    faulty.put(key("slow.fits"), RANDOM.randbytes(2 * MIB))
    faulty.put("hst/public/y/quick.fits", RANDOM.randbytes(8 * MIB))
    transfers = home.transfers()
    slow = transfers.create(
        home.request(
            archive=archive_at(faulty.endpoint, copy_bandwidth=1e5, copy_streams=1),
            sources=[Source(prefix="hst/public/x/")],
        )
    )["id"]
    until(lambda: transfers.summary(slow)["bytes"]["done"] > 0)
    copied(transfers, home, sources=[Source(prefix="hst/public/y/")])
    assert transfers.summary(slow)["state"] == "running"
    # One that is held back can be stopped all the same.
    transfers.act(slow, "cancel")
    assert transfers.wait(slow, 10)["state"] == "cancelled"
    home.assert_right("hst/public/y/quick.fits")


def test_those_who_wait_come_before_those_who_ask_again() -> None:
    cap = Cap(streams=1)
    caps = Caps(cap)
    assert caps.try_begin()
    came = threading.Event()

    def ask() -> None:
        with caps.request():
            came.set()

    waiting = threading.Thread(target=ask)
    waiting.start()
    until(lambda: cap.waiting == 1)
    caps.end()
    assert not caps.try_begin() or came.is_set()
    waiting.join(10)
    assert came.is_set()
    assert caps.try_begin()


def test_a_request_that_one_bound_refuses_takes_nothing_from_the_other() -> None:
    both, mine = Cap(streams=2), Cap(streams=1)
    assert Caps(both, mine).try_begin()
    assert not Caps(both, mine).try_begin()
    assert Caps(both, Cap(streams=1)).try_begin()
    assert not Caps(both, Cap()).try_begin()
