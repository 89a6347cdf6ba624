"""An archive that fails in every way, clients that go away, and readers that stop reading."""

from __future__ import annotations

import gzip
import socket
import threading
import time

import psutil
import pytest
from helpers.raw import Answer, connect, fetch, read_answer, request_bytes
from helpers.servers import JupyterProcess
from helpers.upstream import BODY, BOMB, CUT_LENGTH, Upstream

from jupyterlab_mast.archive.errors import S3Error
from jupyterlab_mast.archive.headers import to_archive

MIB = 1 << 20


def get(jupyter: JupyterProcess, mode: str, method: str = "GET", **options: object) -> Answer:
    path = f"{jupyter.s3_path('up')}/open/hst/public/mode-{mode}/x"
    return fetch(jupyter.port, path, method, **options)  # type: ignore[arg-type]


def list_(jupyter: JupyterProcess, mode: str, **headers: str) -> Answer:
    query = f"list-type=2&prefix=hst/public/mode-{mode}"
    return fetch(jupyter.port, f"{jupyter.s3_path('up')}/open?{query}", headers=headers)


@pytest.mark.parametrize("status", [304, 400, 403, 404, 412, 416, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_archives_own_answers_pass(jupyter: JupyterProcess, status: int, method: str) -> None:
    answer = get(jupyter, str(status), method)
    assert (answer.status, answer.complete) == (status, True)
    if method == "GET" and status != 304:
        assert answer.body == b"<Error><Code>Mode%d</Code></Error>" % status


@pytest.mark.parametrize("ask", [get, list_])
def test_slow_down_says_when(jupyter: JupyterProcess, ask) -> None:
    answer = ask(jupyter, "slowdown")
    assert (answer.status, answer.header("retry-after")) == (503, "7")
    assert b"SlowDown" in answer.body


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("hang", 504, "RequestTimeout"),
        ("reset", 502, "EndpointUnreachable"),
        ("garbage", 502, "BadUpstreamAnswer"),
        ("nolength", 502, "BadUpstreamAnswer"),
        ("auth", 502, "BadUpstreamAnswer"),
        ("204", 502, "BadUpstreamAnswer"),
        ("redirect", 502, "UpstreamRedirect"),
        ("wall", 403, "UpstreamRefused"),
        ("nothing", 403, "UpstreamRefused"),
    ],
)
@pytest.mark.parametrize("ask", [get, list_])
def test_what_is_no_answer_gets_a_sentence(
    jupyter: JupyterProcess, ask, mode: str, status: int, code: str
) -> None:
    answer = ask(jupyter, mode)
    assert (answer.status, answer.code, answer.complete) == (status, code, True)
    assert len(answer.message) > 20
    assert answer.header("x-jupyterlab-mast-error") == code


def test_what_stands_between_is_not_taken_for_the_archive(jupyter: JupyterProcess) -> None:
    assert "127.0.0.1 refused the request (403)" in get(jupyter, "wall").message
    answer = get(jupyter, "wall", "HEAD")
    assert (answer.status, answer.body) == (403, b"")
    assert answer.header("x-jupyterlab-mast-error") == "UpstreamRefused"
    # The archive's own: some give no type where there is no body.
    for mode in ("403", "nothing"):
        answer = get(jupyter, mode, "HEAD")
        assert (answer.status, answer.header("x-jupyterlab-mast-error")) == (403, None)


def test_who_is_signed_out_is_told_so(jupyter: JupyterProcess) -> None:
    answer = get(jupyter, "403", token=None)
    assert (answer.status, answer.code) == (403, "SignedOut")
    answer = get(jupyter, "403", "HEAD", token=None)
    assert (answer.status, answer.body) == (403, b"")
    assert answer.header("x-jupyterlab-mast-error") == "SignedOut"


def test_a_redirect_is_not_followed(jupyter: JupyterProcess, upstream: Upstream) -> None:
    before = len(upstream.seen)
    answer = get(jupyter, "redirect")
    assert len(upstream.seen) == before + 1
    assert answer.header("location") is None
    assert "eu-west-9" in answer.message
    assert get(jupyter, "307").code == "UpstreamRedirect"


@pytest.mark.parametrize("value", ['"e"\rX-Evil: 1', '"e\0"'])
def test_a_value_that_is_more_than_one_header_goes_no_further(
    jupyter: JupyterProcess, upstream: Upstream, value: str
) -> None:
    before = len(upstream.seen)
    assert get(jupyter, "ok", headers={"If-Match": value}).status == 400
    assert len(upstream.seen) == before
    with pytest.raises(S3Error) as refused:
        to_archive({"If-Match": value, "Range": "bytes=0-1"})
    assert (refused.value.status, refused.value.code) == (400, "InvalidArgument")


def test_nobody_listens(jupyter: JupyterProcess) -> None:
    answer = fetch(jupyter.port, jupyter.s3_path("dead") + "/open/hst/public/x")
    assert (answer.status, answer.code) == (502, "EndpointUnreachable")


@pytest.mark.parametrize("mode", ["cut", "cutchunked", "hangbody"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_cut_body_never_looks_complete(jupyter: JupyterProcess, mode: str, version: str) -> None:
    answer = get(jupyter, mode, version=version)
    assert answer.status == 200
    assert len(answer.body) < CUT_LENGTH
    assert not answer.complete


@pytest.mark.parametrize("mode", ["cut", "cutchunked", "hangbody"])
def test_a_cut_listing_is_an_error(jupyter: JupyterProcess, mode: str) -> None:
    assert list_(jupyter, mode).code == "EndpointUnreachable"


def test_a_cut_before_the_first_byte_is_an_error(jupyter: JupyterProcess) -> None:
    answer = get(jupyter, "cutatonce")
    assert (answer.status, answer.code, answer.complete) == (502, "EndpointUnreachable", True)
    assert answer.header("etag") is None


def test_a_chunked_body_is_whole(jupyter: JupyterProcess) -> None:
    answer = get(jupyter, "chunked")
    assert (answer.body, answer.complete) == (BODY, True)


def test_a_listing_without_end_is_refused(jupyter: JupyterProcess) -> None:
    answer = list_(jupyter, "huge")
    assert (answer.status, answer.code) == (502, "ResponseTooLarge")


def test_what_is_not_a_listing_is_only_bytes(jupyter: JupyterProcess) -> None:
    assert list_(jupyter, "bomb").body == BOMB


def test_a_listing_is_compressed_for_whoever_takes_it(jupyter: JupyterProcess) -> None:
    answer = list_(jupyter, "bomb", **{"Accept-Encoding": "gzip, deflate, br"})
    assert answer.header("content-encoding") == "gzip"
    assert answer.header("vary") == "Accept-Encoding"
    assert gzip.decompress(answer.body) == BOMB
    for refusal in ("br", "identity", "gzip;q=0", "*;q=0", "gzip;q=x"):
        answer = list_(jupyter, "bomb", **{"Accept-Encoding": refusal})
        assert answer.header("content-encoding") is None
        assert answer.body == BOMB


def test_what_is_compressed_is_left_alone(jupyter: JupyterProcess, upstream: Upstream) -> None:
    answer = list_(jupyter, "gz", **{"Accept-Encoding": "gzip"})
    assert upstream.last().headers["accept-encoding"] == "gzip"
    assert answer.header("content-encoding") == "gzip"
    assert gzip.decompress(answer.body) == BODY


def test_objects_are_never_compressed_nor_decompressed(jupyter: JupyterProcess) -> None:
    answer = get(jupyter, "ok", headers={"Accept-Encoding": "gzip"})
    assert (answer.header("content-encoding"), answer.body) == (None, BODY)
    answer = get(jupyter, "gz", headers={"Accept-Encoding": "identity"})
    assert answer.header("content-encoding") == "gzip"
    assert gzip.decompress(answer.body) == BODY


def open_request(jupyter: JupyterProcess, upstream: Upstream, mode: str) -> socket.socket:
    """Start a request and return when the archive has it."""
    before = len(upstream.seen)
    sock = connect(jupyter.port)
    path = f"{jupyter.s3_path('up')}/open/hst/public/mode-{mode}"
    sock.sendall(request_bytes(path))
    deadline = time.monotonic() + 5
    while len(upstream.seen) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return sock


@pytest.mark.parametrize("mode", ["hang", "hangbody", "endless"])
def test_a_client_that_leaves_ends_the_request(
    jupyter: JupyterProcess, upstream: Upstream, mode: str
) -> None:
    sock = open_request(jupyter, upstream, mode)
    seen = upstream.last()
    if mode != "hang":
        assert sock.recv(100)
    assert not seen.ended.is_set()
    sock.close()
    # Sooner than the relay's own 1.5 s for an answer.
    assert seen.ended.wait(1.0)


def test_a_reader_that_stops_costs_no_memory(
    jupyter: JupyterProcess, upstream: Upstream, full: bool
) -> None:
    get(jupyter, "ok")
    process = psutil.Process(jupyter.process.pid)
    before = process.memory_info().rss
    readers = [open_request(jupyter, upstream, "endless") for _ in range(4)]
    seen = upstream.seen[-4:]
    growth = _watch(process, before, 20.0 if full else 3.0)
    sent = [one.sent for one in seen]
    time.sleep(0.3)
    assert [one.sent for one in seen] == sent, "the archive is still being read"
    print(f"RSS grew by {growth / MIB:.1f} MiB with 4 readers that stopped")
    assert growth <= 64 * MIB
    for reader in readers:
        reader.close()
    assert all(one.ended.wait(2) for one in seen)


def test_a_fast_reader_costs_no_memory(
    jupyter: JupyterProcess, upstream: Upstream, full: bool
) -> None:
    process = psutil.Process(jupyter.process.pid)
    before = process.memory_info().rss
    wanted = (4096 if full else 512) * MIB
    reader = open_request(jupyter, upstream, "endless")
    received = 0

    def read() -> None:
        nonlocal received
        while received < wanted:
            received += len(reader.recv(MIB))

    thread = threading.Thread(target=read)
    start = time.monotonic()
    thread.start()
    growth = _watch(process, before, 60.0, thread)
    rate = received / MIB / (time.monotonic() - start)
    reader.close()
    print(f"RSS grew by {growth / MIB:.1f} MiB over {received / MIB:.0f} MiB at {rate:.0f} MiB/s")
    assert received >= wanted
    assert growth <= 64 * MIB


def _watch(
    process: psutil.Process, before: int, seconds: float, thread: threading.Thread | None = None
) -> int:
    """Return the largest growth of the process within `seconds` or until `thread` ends."""
    growth = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (thread is None or thread.is_alive()):
        growth = max(growth, process.memory_info().rss - before)
        time.sleep(0.02)
    return growth


def test_the_server_answers_others_meanwhile(jupyter: JupyterProcess, upstream: Upstream) -> None:
    reader = open_request(jupyter, upstream, "hang")
    start = time.monotonic()
    assert fetch(jupyter.port, f"{jupyter.base_path}api/status").status == 200
    assert time.monotonic() - start < 1.0
    assert read_answer(reader).code == "RequestTimeout"


def test_connections_to_the_archive_are_used_again(
    jupyter: JupyterProcess, upstream: Upstream
) -> None:
    get(jupyter, "ok")
    before = upstream.connections
    for mode in ("ok", "404", "chunked", "ok"):
        get(jupyter, mode)
        get(jupyter, "ok", "HEAD")
    assert upstream.connections <= before + 1
