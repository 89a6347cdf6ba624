"""Large objects, whose bytes go from connection to connection past aiohttp."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from helpers.raw import connect, fetch, parse_answer, request_bytes
from helpers.servers import JupyterProcess, archive_of
from helpers.tls import private_ca
from helpers.upstream import LARGE_LENGTH, Upstream, large

from jupyterlab_mast.archive.config import Archive
from jupyterlab_mast.archive.pump import PUMP_BYTES, Pump
from jupyterlab_mast.archive.relay import Limits, Relay
from jupyterlab_mast.archive.rules import read_object


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Upstream]]:
    bundle, context = private_ca(tmp_path_factory.mktemp("tls"))
    server = Upstream(context)
    yield bundle, server
    server.stop()


@pytest.fixture(params=["plain", "tls", "tls of asyncio"])
def endpoint(
    request: pytest.FixtureRequest,
    upstream: Upstream,
    tls: tuple[Path, Upstream],
    monkeypatch: pytest.MonkeyPatch,
) -> Upstream:
    """An endpoint without and with TLS, and with TLS where asyncio's is not a known one."""
    if request.param == "plain":
        return upstream
    if request.param == "tls of asyncio":
        monkeypatch.setattr("jupyterlab_mast.archive.pump._decrypt", lambda *_: None)
    bundle, server = tls
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    return server


Task = Callable[[aiohttp.ClientResponse], Awaitable[None]]


def ask(server: Upstream, mode: str, task: Task) -> None:
    """Let `task` have the answer of a relay of its own."""
    archive = Archive.model_validate(
        {
            "id": "x",
            "title": "X",
            "bucket": "open",
            "endpoint": server.endpoint,
            "roots": [{"title": "Hubble", "prefix": "hst/public/"}],
        }
    )

    async def go() -> None:
        relay = Relay({"x": archive}, Limits(answer_timeout=3.0))
        try:
            read = read_object(archive, "GET", f"hst/public/mode-{mode}/x", "")
            async with relay.open(read, {}) as response:
                await task(response)
        finally:
            await asyncio.wait_for(relay.close(), 5)

    asyncio.run(asyncio.wait_for(go(), 30))


class Reader:
    """Takes pieces: at once, or each only after a moment."""

    def __init__(self, pause: float | None = None) -> None:
        self.got = bytearray()
        self.pause = pause
        self.waiting = 0

    def __call__(self, piece: memoryview) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.pause is None:
            self._take(piece, done)
        else:
            # Not copied before: the pump must leave the piece alone until then, and wait.
            assert self.waiting == 0
            self.waiting += 1
            done.get_loop().call_later(self.pause, self._take, piece, done)
        return done

    def _take(self, piece: memoryview, done: asyncio.Future[None]) -> None:
        self.waiting = 0
        self.got += piece
        if not done.done():
            done.set_result(None)


@pytest.mark.parametrize("pause", [None, 0.0, 0.005])
def test_each_byte_in_its_place(endpoint: Upstream, pause: float | None) -> None:
    reader = Reader(pause)
    moved = []

    async def task(response: aiohttp.ClientResponse) -> None:
        pump = Pump(reader)
        reader.got += pump.take(response) or b""
        await pump.run(3, 0.05, lambda: moved.append(pump.left))
        assert pump.left == 0

    ask(endpoint, "large", task)
    assert reader.got == large()
    assert moved[0] > PUMP_BYTES


@pytest.mark.parametrize("mode", ["largecut", "largereset"])
@pytest.mark.parametrize("pause", [None, 0.001])
def test_a_connection_that_ends_too_early(
    endpoint: Upstream, mode: str, pause: float | None
) -> None:
    reader = Reader(pause)

    async def task(response: aiohttp.ClientResponse) -> None:
        pump = Pump(reader)
        reader.got += pump.take(response) or b""
        with pytest.raises(aiohttp.ClientError):
            await pump.run(3, 3, lambda: None)

    ask(endpoint, mode, task)
    assert len(reader.got) < LARGE_LENGTH


def test_an_archive_that_stalls(endpoint: Upstream) -> None:
    async def task(response: aiohttp.ClientResponse) -> None:
        pump = Pump(Reader())
        assert pump.take(response) is not None
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await pump.run(0.5, 0.2, lambda: None)
        assert time.monotonic() - began < 3

    ask(endpoint, "largehang", task)


def test_a_client_that_stalls_is_waited_for(endpoint: Upstream) -> None:
    reader = Reader(1.0)

    async def task(response: aiohttp.ClientResponse) -> None:
        pump = Pump(reader)
        pump.take(response)
        running = asyncio.ensure_future(pump.run(0.3, 0.1, lambda: None))
        await asyncio.sleep(0.8)
        assert not running.done()
        left, sent = pump.left, endpoint.last().sent
        await asyncio.sleep(0.1)
        assert (pump.left, endpoint.last().sent) == (left, sent)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    ask(endpoint, "large", task)
    assert endpoint.last().ended.wait(5)


def test_what_the_client_does_wrong_ends_it(endpoint: Upstream) -> None:
    def at_once(piece: memoryview) -> asyncio.Future[None]:
        raise ValueError("no")

    def later(piece: memoryview) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.get_loop().call_soon(done.set_exception, ValueError("no"))
        return done

    for send in (at_once, later):

        async def task(
            response: aiohttp.ClientResponse, send: Callable[..., asyncio.Future[None]] = send
        ) -> None:
            pump = Pump(send)
            pump.take(response)
            with pytest.raises(ValueError, match="no"):
                await pump.run(3, 3, lambda: None)

        ask(endpoint, "large", task)


def test_pieces_that_come_after_the_pause_are_kept(upstream: Upstream) -> None:
    reader = Reader(0.5)

    async def task(response: aiohttp.ClientResponse) -> None:
        pump = Pump(reader)
        pump.take(response)
        # As some transports do: more, although the first piece still waits.
        for text in (b"one", b"two", b"three"):
            for byte in text:
                pump.get_buffer(-1)[0] = byte
                pump.buffer_updated(1)
            await asyncio.sleep(0.01)
            assert reader.waiting == 1
        await asyncio.sleep(1.5)
        assert reader.got.startswith(b"onetwothree")

    ask(upstream, "large", task)


@pytest.mark.parametrize("mode", ["ok", "chunked", "404", "cut"])
def test_short_bodies_are_left_to_aiohttp(upstream: Upstream, mode: str) -> None:
    async def task(response: aiohttp.ClientResponse) -> None:
        assert Pump(Reader()).take(response) is None

    ask(upstream, mode, task)


@pytest.fixture(scope="module")
def jupyter_tls(
    tls: tuple[Path, Upstream], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JupyterProcess]:
    """A Jupyter server whose archive speaks TLS."""
    bundle, server = tls
    process = JupyterProcess(
        tmp_path_factory.mktemp("jupyter-tls") / "home",
        {"archives": [archive_of("up", server.endpoint)], "stall_timeout": 1.5},
        AWS_CA_BUNDLE=str(bundle),
    )
    yield process
    process.stop()


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_many_downloads_with_tls(jupyter_tls: JupyterProcess, pause: float) -> None:
    path = f"{jupyter_tls.s3_path('up')}/open/hst/public/mode-large/x"
    expected = large()
    for _ in range(6):
        with connect(jupyter_tls.port) as sock:
            sock.sendall(request_bytes(path))
            data = bytearray()
            while part := sock.recv(1 << 20):
                data += part
                # A client that is slower than the archive: pieces wait, and both buffers are used.
                time.sleep(pause)
        answer = parse_answer(bytes(data), "GET", False)
        assert (answer.status, answer.complete) == (200, True)
        assert answer.body == expected


@pytest.mark.parametrize("mode", ["largecut", "largereset", "largehang"])
def test_a_cut_body_with_tls_never_looks_complete(jupyter_tls: JupyterProcess, mode: str) -> None:
    answer = fetch(jupyter_tls.port, f"{jupyter_tls.s3_path('up')}/open/hst/public/mode-{mode}/x")
    assert answer.status == 200
    assert not answer.complete


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_through_the_server(jupyter: JupyterProcess, version: str) -> None:
    path = f"{jupyter.s3_path('up')}/open/hst/public/mode-large/x"
    answer = fetch(jupyter.port, path, version=version)
    assert (answer.status, answer.complete) == (200, True)
    assert answer.header("content-type") == "image/fits"
    assert answer.body == large()
    head = fetch(jupyter.port, f"{jupyter.s3_path('up')}/open/hst/public/mode-ok/x", "HEAD")
    assert head.complete


def test_the_clients_connection_is_kept(jupyter: JupyterProcess) -> None:
    path = f"{jupyter.s3_path('up')}/open/hst/public/mode-large/x"
    with connect(jupyter.port) as sock:
        for _ in range(2):
            sock.sendall(request_bytes(path, headers={"Connection": "keep-alive"}))
            data = bytearray()
            while len(data) < LARGE_LENGTH or len(data) < data.index(b"\r\n\r\n") + LARGE_LENGTH:
                part = sock.recv(1 << 20)
                assert part
                data += part
            assert parse_answer(bytes(data), "GET", False).complete


@pytest.mark.parametrize("mode", ["largecut", "largereset", "largehang"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_cut_body_never_looks_complete(jupyter: JupyterProcess, mode: str, version: str) -> None:
    path = f"{jupyter.s3_path('up')}/open/hst/public/mode-{mode}/x"
    answer = fetch(jupyter.port, path, version=version)
    assert answer.status == 200
    assert len(answer.body) < LARGE_LENGTH
    assert not answer.complete
