"""A copy keeps its server alive while bytes move, and no longer; against a real idle culler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.counting import CountingWay
from helpers.home import until
from helpers.servers import OPEN, JupyterProcess, SeaweedFS, archive_of

from scripts.slow_way import SlowWay

KEY = "hst/public/slow/night.fits"
#: The engine tells of bytes in steps of up to 2 MiB: a second must bring some of them.
SIZE = 48 << 20
#: Seconds that the copy takes, and after which an idle server ends.
COPY_SECONDS, IDLE_SECONDS = 8.0, 3

#: The server's own culler looks once a minute; here it looks more often. With the size of a full
#: test it is left as it is.
OFTEN = """
from jupyter_server import serverapp

class Often(serverapp.ioloop.PeriodicCallback):
    def __init__(self, callback, milliseconds):
        super().__init__(callback, min(milliseconds, 200))

serverapp.ioloop.PeriodicCallback = Often
"""


@pytest.fixture(scope="module")
def night(seaweed: SeaweedFS) -> bytes:
    body = bytes(range(256)) * (SIZE // 256)
    seaweed.admin.put_object(Bucket=OPEN, Key=KEY, Body=body)
    return body


@pytest.fixture
def slow(seaweed: SeaweedFS, night: bytes) -> Iterator[SlowWay]:
    way = SlowWay(seaweed.endpoint, SIZE / COPY_SECONDS)
    yield way
    way.stop()


def start(
    folder: Path, slow: SlowWay, idle: float = IDLE_SECONDS, often: bool = True, **settings: Any
) -> JupyterProcess:
    return JupyterProcess(
        folder,
        {"archives": [archive_of("slow", slow.endpoint)], **settings},
        line=f"c.ServerApp.shutdown_no_activity_timeout = {int(idle)}\n{OFTEN if often else ''}",
    )


def copy(server: JupyterProcess) -> Any:
    body = {"archive": "slow", "sources": [{"key": KEY}], "target": "night", "layout": "flat"}
    return server.ask_transfers("POST", body=body)


#: A look of the page's own, which is no activity; and one that is.
UNSEEN, SEEN = "?no_track_activity=1", ""


def moving(server: JupyterProcess, look: str = UNSEEN) -> Any:
    """What the server says as soon as bytes of its one transfer have moved."""
    before: int | None = None
    while True:
        snapshot = server.ask_transfers("GET", look)
        (transfer,) = snapshot["transfers"]
        done = transfer["bytes"]["done"]
        if transfer["state"] == "running" and before is not None and 0 < before < done:
            return snapshot
        before = done
        time.sleep(0.3)


def seconds_alive(server: JupyterProcess, limit: float) -> float | None:
    """How long the server went on; None when it still does after `limit` seconds."""
    began = time.monotonic()
    while server.process.poll() is None:
        if time.monotonic() - began > limit:
            return None
        time.sleep(0.05)
    return time.monotonic() - began


def test_a_copy_keeps_its_server_until_it_is_done(
    tmp_path: Path, slow: SlowWay, night: bytes
) -> None:
    server = start(tmp_path / "home", slow)
    try:
        copy(server)
        snapshot = moving(server)
        (transfer,) = snapshot["transfers"]
        assert transfer["bytes"]["done"] < SIZE
        assert snapshot["activeUntil"] == pytest.approx(transfer["started"] + 12 * 3600, abs=1)
        alive = seconds_alive(server, COPY_SECONDS * 2 + IDLE_SECONDS)
        assert alive is not None, "the server went on for ever"
        assert (tmp_path / "home" / "night" / "night.fits").read_bytes() == night
        assert alive > IDLE_SECONDS
    finally:
        server.stop()


def test_hours_are_counted_from_its_first_start_and_it_goes_on_next_time(
    tmp_path: Path, seaweed: SeaweedFS, night: bytes
) -> None:
    home = tmp_path / "home"
    file = home / "night" / "night.fits"
    seconds = 14.0
    hours = 1.5 / 3600
    slow = SlowWay(seaweed.endpoint, SIZE / seconds)
    server = start(home, slow, idle=4, active_hours=hours)
    try:
        copy(server)
        started = moving(server)["transfers"][0]["started"]
        assert seconds_alive(server, 2 * seconds) is not None
        assert not file.exists()
    finally:
        server.stop()
    # Its hours are over for the next server too, though its bytes move.
    server = start(home, slow, idle=4, active_hours=hours)
    try:
        snapshot = moving(server)
        assert snapshot["transfers"][0]["started"] == started
        assert snapshot["activeUntil"] is None
        assert seconds_alive(server, 2 * seconds) is not None
    finally:
        server.stop()
    # Nobody asks for anything, and it goes on.
    server = start(home, slow, idle=4)
    try:
        assert seconds_alive(server, 2 * seconds) is not None
        assert file.read_bytes() == night
    finally:
        server.stop()
        slow.stop()


@pytest.mark.parametrize("why", ["paused", "archive away"])
def test_one_that_does_not_move_lets_its_server_end(
    tmp_path: Path, seaweed: SeaweedFS, night: bytes, why: str
) -> None:
    home = tmp_path / "home"
    file = home / "night" / "night.fits"
    way = CountingWay(seaweed.endpoint, SIZE / 20)
    # Long enough for a busy machine to start the copy process.
    server = start(home, way, idle=6)
    try:
        name = copy(server)["id"]
        moving(server, SEEN)
        if why == "paused":
            server.ask_transfers("POST", f"/{name}/actions", {"action": "pause"})
        else:
            way.stop()
        assert seconds_alive(server, 60) is not None, "the server went on for ever"
    finally:
        server.stop()
        way.stop()
    assert not file.exists()
    way = CountingWay(seaweed.endpoint, port=way.port)
    server = start(home, way, idle=60)
    try:
        (transfer,) = server.ask_transfers("GET")["transfers"]
        assert transfer["bytes"]["done"] > 0
        if why == "paused":
            assert transfer["state"] == "paused"
            server.ask_transfers("POST", f"/{name}/actions", {"action": "resume"})
        until(lambda: server.ask_transfers("GET", f"/{name}")["state"] == "done", 120)
        assert file.read_bytes() == night
    finally:
        server.stop()
        way.stop()


def test_the_culler_as_it_is(tmp_path: Path, seaweed: SeaweedFS, night: bytes, full: bool) -> None:
    """It looks once a minute."""
    if not full:
        pytest.skip("takes three minutes: at full size only")
    slow = SlowWay(seaweed.endpoint, SIZE / 90)
    server = start(tmp_path / "home", slow, idle=20, often=False)
    try:
        copy(server)
        assert seconds_alive(server, 80) is None
        assert seconds_alive(server, 120) is not None
        assert (tmp_path / "home" / "night" / "night.fits").read_bytes() == night
    finally:
        server.stop()
        slow.stop()
