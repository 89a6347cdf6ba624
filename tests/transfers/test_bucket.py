"""Listing and heads: against real stores, a misbehaving endpoint, and a listing in memory."""

from __future__ import annotations

import random
import re
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty
from helpers.servers import ACCESS_KEY, CLOSED, OPEN, SECRET_KEY, SeaweedFS, free_ports, s3_client
from helpers.upstream import Upstream
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.transfers.bucket import Bucket, Listed, Page, with_retries
from jupyterlab_mast.transfers.endpoint import Endpoint
from jupyterlab_mast.transfers.listing import objects_below, split_point
from jupyterlab_mast.transfers.types import TransferError

PREFIX = "hst/public/"


def bucket_of(endpoint: str, prefix: str = PREFIX, **more: Any) -> Bucket:
    values = {"id": "a", "title": "Archive", "bucket": OPEN, "endpoint": endpoint, **more}
    return Bucket(Endpoint(Archive(roots=[{"title": "all", "prefix": prefix}], **values)))


def failure(call: Any, *arguments: Any, **more: Any) -> TransferError:
    with pytest.raises(TransferError) as found:
        call(*arguments, **more)
    return found.value


def put(client: Any, keys: list[str], **more: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=OPEN, Key=key, Body=b"x", **more), keys))


@pytest.fixture(scope="module")
def stores(seaweed: SeaweedFS, moto_endpoint: str) -> dict[str, str]:
    """Endpoints of two stores with the same objects, by name."""
    moto = s3_client(moto_endpoint, signed=True)
    keys = [f"{PREFIX}bucket/x{number:02d} é+%.fits" for number in range(12)]
    keys += [f"{PREFIX}bucket/a-b/q", f"{PREFIX}bucket/a/q"]
    put(seaweed.admin, keys)
    put(moto, keys, ACL="public-read")
    return {"seaweed": seaweed.endpoint, "moto": moto_endpoint}


@pytest.mark.parametrize("store", ["seaweed", "moto"])
def test_pages_follow_one_another_and_keys_are_decoded(stores: dict[str, str], store: str) -> None:
    bucket = bucket_of(stores[store])
    found: list[Listed] = []
    token = None
    while True:
        page = bucket.list(f"{PREFIX}bucket/x", token=token, max_keys=5)
        assert len(page.objects) <= 5
        found += page.objects
        token = page.next_token
        if token is None:
            break
    assert [one.key for one in found] == [
        f"{PREFIX}bucket/x{number:02d} é+%.fits" for number in range(12)
    ]
    assert {one.size for one in found} == {1}
    assert {one.etag for one in found} == {'"9dd4e461268c8034f5c8564e155c67a6"'}
    assert all(one.modified and abs(one.modified - time.time()) < 3600 for one in found)


@pytest.mark.parametrize("store", ["seaweed", "moto"])
def test_folders_and_start_after(stores: dict[str, str], store: str) -> None:
    bucket = bucket_of(stores[store])
    page = bucket.list(f"{PREFIX}bucket/", delimiter="/")
    assert sorted(page.folders) == [f"{PREFIX}bucket/a-b/", f"{PREFIX}bucket/a/"]
    page = bucket.list(f"{PREFIX}bucket/", start_after=f"{PREFIX}bucket/x10")
    assert [one.key.split()[0][-3:] for one in page.objects] == ["x10", "x11"]
    assert bucket.list(f"{PREFIX}bucket/none") == Page()


@pytest.mark.parametrize("store", ["seaweed", "moto"])
def test_a_head_brings_version_and_checksums(stores: dict[str, str], store: str) -> None:
    bucket = bucket_of(stores[store])
    key = f"{PREFIX}bucket/x00 é+%.fits"
    head = bucket.head(key)
    assert head.size == 1
    assert head.etag == '"9dd4e461268c8034f5c8564e155c67a6"'
    assert head.checksums == {"CRC32": "jNwWgw=="}
    assert head.modified
    assert abs(head.modified - time.time()) < 3600
    assert bucket.head(key, etag=head.etag).etag == head.etag
    assert failure(bucket.head, key, etag='"other"').kind == "changed"
    missing = failure(bucket.head, f"{PREFIX}bucket/none")
    assert missing.kind == "not-found"
    assert "bucket/none" in missing.message


def test_a_private_bucket(seaweed: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    seaweed.admin.put_object(Bucket=CLOSED, Key=f"{PREFIX}bucket/secret", Body=b"x")
    refused = failure(bucket_of(seaweed.endpoint, bucket=CLOSED).list, PREFIX)
    assert refused.kind == "forbidden"
    assert "administrator" in refused.message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    bucket = bucket_of(seaweed.endpoint, bucket=CLOSED, access="role")
    key = f"{PREFIX}bucket/secret"
    assert [one.key for one in bucket.list(f"{PREFIX}bucket/").objects] == [key]
    assert bucket.head(key).size == 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("403", "forbidden"),
        ("auth", "forbidden"),
        ("404", "not-found"),
        ("429", "throttled"),
        ("500", "throttled"),
        ("503", "throttled"),
        ("slowdown", "throttled"),
        ("reset", "network"),
        ("cut", "network"),
        ("412", "changed"),
        ("redirect", "malformed"),
        ("204", "malformed"),
        ("418", "malformed"),
        ("garbage", "malformed"),
        ("html", "malformed"),
        ("ok", "malformed"),
        ("bomb", "malformed"),
    ],
)
def test_failures_of_a_listing(upstream: Upstream, mode: str, kind: str) -> None:
    before = len(upstream.seen)
    problem = failure(bucket_of(upstream.endpoint).list, f"{PREFIX}mode-{mode}/")
    assert problem.kind == kind
    assert "127.0.0.1" in problem.message or "changed" in kind
    assert len(upstream.seen) == before + 1
    if mode == "slowdown":
        assert problem.retry_after == 7


def test_a_listing_that_never_ends_is_cut(upstream: Upstream) -> None:
    problem = failure(bucket_of(upstream.endpoint).list, f"{PREFIX}mode-endless/")
    assert problem.kind == "malformed"
    assert str(8 << 20) in problem.message


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("403", "forbidden"), ("404", "not-found"), ("503", "throttled"), ("redirect", "malformed")],
)
def test_failures_of_a_head(upstream: Upstream, mode: str, kind: str) -> None:
    problem = failure(bucket_of(upstream.endpoint).head, f"{PREFIX}mode-{mode}")
    assert problem.kind == kind


def test_a_head_without_a_length_and_of_another_version(upstream: Upstream) -> None:
    bucket = bucket_of(upstream.endpoint)
    assert failure(bucket.head, f"{PREFIX}mode-nolength").kind == "malformed"
    assert failure(bucket.head, f"{PREFIX}mode-ok", etag='"other"').kind == "changed"
    assert bucket.head(f"{PREFIX}mode-meta").checksums == {"CRC64NVME": "AAAAAAAAAAA="}


@pytest.mark.parametrize("etag", ['"e"\rX-Evil: 1', '"e e"', '"e', '"e\x01"'])
def test_an_etag_that_would_be_more_than_one_header_is_none(faulty: Faulty, etag: str) -> None:
    bucket = bucket_of(faulty.endpoint)
    faulty.put(f"{PREFIX}bucket/odd", b"odd", etag=etag)
    for ask in (bucket.head, bucket.list):
        problem = failure(ask, f"{PREFIX}bucket/odd")
        assert problem.kind == "malformed"
    before = len(faulty.asked)
    assert (
        failure(bucket.head, f"{PREFIX}bucket/odd", etag=f"{etag}\r\nX-Evil: 1").kind == "malformed"
    )
    assert len(faulty.asked) == before


def test_nobody_listens() -> None:
    bucket = bucket_of(f"http://127.0.0.1:{free_ports(1)[0]}")
    assert failure(bucket.list, PREFIX).kind == "network"


@pytest.mark.parametrize("key", ["tess/public/x", "hst/public/../../tess/x", "hst/public", ""])
def test_what_the_archive_does_not_show_is_not_asked_for(upstream: Upstream, key: str) -> None:
    bucket = bucket_of(upstream.endpoint)
    before = len(upstream.seen)
    assert failure(bucket.list, key).kind == "forbidden"
    assert failure(bucket.head, key).kind == "forbidden"
    assert len(upstream.seen) == before


def test_threads_have_connections_of_their_own_and_keep_them(upstream: Upstream) -> None:
    bucket = bucket_of(upstream.endpoint)
    before = upstream.connections
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bucket.head(f"{PREFIX}mode-ok"), range(40)))
    assert upstream.connections - before <= 4


def test_retries_wait_and_give_up() -> None:
    pauses: list[float] = []
    tries: list[int] = []

    def call() -> None:
        tries.append(1)
        raise TransferError("throttled", "slower", 3.0 if len(tries) == 1 else None)

    problem = failure(with_retries, call, threading.Event(), tries=4, sleep=pauses.append)
    assert problem.message == "slower"
    assert len(tries) == 4
    assert pauses[0] == 3.0
    assert 0.5 <= pauses[1] <= 1.5
    assert 1.0 <= pauses[2] <= 3.0


def test_retries_end_with_success_stop_or_another_failure() -> None:
    outcomes: Iterator[str] = iter(["network", "fine"])

    def call() -> str:
        outcome = next(outcomes)
        if outcome != "fine":
            raise TransferError(outcome, outcome)  # type: ignore[arg-type]
        return outcome

    assert with_retries(call, threading.Event(), sleep=lambda _: None) == "fine"
    outcomes = iter(["forbidden", "fine"])
    assert failure(with_retries, call, threading.Event()).kind == "forbidden"
    outcomes = iter(["network", "fine"])
    stop = threading.Event()
    stop.set()
    assert failure(with_retries, call, stop).kind == "network"


class Memory:
    """ListObjectsV2 in memory, in the order of bytes or in that of a tree of folders."""

    def __init__(self, keys: set[str], *, size: int = 3, tree: bool = False) -> None:
        self._order = (lambda key: key.split("/")) if tree else (lambda key: [key])
        self._keys = sorted(keys, key=self._order)
        self._size = size
        self.requests = 0
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.latency = 0.0

    def list(
        self, prefix: str, *, token: str | None = None, start_after: str | None = None
    ) -> Page:
        with self._lock:
            self.requests += 1
            self._now += 1
            self.most = max(self.most, self._now)
        if self.latency:
            time.sleep(self.latency)
        after = token if token is not None else start_after
        begin = 0
        if after is not None:
            begin = bisect_right(self._keys, self._order(after), key=self._order)
        rest = islice(self._keys, begin, None)
        found = list(islice((key for key in rest if key.startswith(prefix)), self._size + 1))
        with self._lock:
            self._now -= 1
        page = found[: self._size]
        more = page[-1] if len(found) > len(page) else None
        return Page([Listed(key, len(key), '"e"', None) for key in page], [], more)


def listed(bucket: Any, prefix: str, **more: Any) -> list[str]:
    return [
        one.key for page in objects_below(bucket, prefix, threading.Event(), **more) for one in page
    ]


letters = st.text(st.sampled_from("abz019-/._é\uffff\U0001f52d"), min_size=1, max_size=8)
names = st.one_of(letters, letters.map(lambda text: f"hlsp_s00{text}_lc.fits"))
trees = st.sets(names.map(lambda name: f"p/{name}"), max_size=120)


@settings(deadline=None, max_examples=60)
@given(trees, st.integers(1, 8), st.integers(1, 6), st.booleans())
@example({f"p/{number:03d}" for number in range(300)}, 8, 1, False)
@example({f"p/{number}-/{number}" for number in range(100)} | {"p/1/1", "p/2/1"}, 4, 3, True)
def test_every_key_comes_once_and_in_order(
    keys: set[str], parallel: int, waiting: int, tree: bool
) -> None:
    # A store in the order of folders has no empty ones.
    keys = {key for key in keys if not tree or ("//" not in key and not key.endswith("/"))}
    bucket = Memory(keys | {"o", "q/x"}, tree=tree)
    found = listed(bucket, "p/", parallel=parallel, waiting_pages=waiting)
    assert len(found) == len(set(found))
    assert set(found) == keys
    if not tree:
        assert found == sorted(keys)


@given(st.sets(names, min_size=2, max_size=2), st.sets(st.sampled_from("abz019-/"), min_size=1))
def test_a_split_lies_between(two: set[str], seen: set[str]) -> None:
    low, high = sorted(f"p/{one}" for one in two)
    point = split_point("p/", low, high, sorted(seen))
    assert point is None or low < point < high
    point = split_point("p/", low, None, sorted(seen))
    assert point is not None
    assert low < point


FLAT = [f"tess/tess2018206{n:06d}-s0001-1-{1 + n % 4}-0120-s_ffic.fits" for n in range(40_000)]


def test_a_long_listing_is_read_in_parallel() -> None:
    bucket = Memory(set(FLAT), size=200)
    bucket.latency = 0.01
    started = time.monotonic()
    assert listed(bucket, "tess/") == FLAT
    parallel = time.monotonic() - started
    assert bucket.most > 8
    # 200 pages, and little in vain.
    assert bucket.requests < 400
    started = time.monotonic()
    assert listed(bucket, "tess/", parallel=1) == FLAT
    assert parallel < (time.monotonic() - started) / 2


def test_short_listings_ask_for_nothing_more() -> None:
    bucket = Memory(set(FLAT[:200]), size=100)
    assert listed(bucket, "tess/") == FLAT[:200]
    assert bucket.requests == 2


def test_what_waits_is_bounded() -> None:
    bucket = Memory(set(FLAT), size=200)
    stop = threading.Event()
    pages = objects_below(bucket, "tess/", stop, waiting_pages=5)
    for _ in range(3):
        next(pages)
    time.sleep(0.5)
    asked = bucket.requests
    # Those that were read, that wait, and some probing; all of it has 200 pages.
    assert asked < 150
    time.sleep(0.2)
    assert bucket.requests == asked
    stop.set()
    assert list(pages) == []


def test_a_failure_midway_is_told_after_what_came_before() -> None:
    class Broken(Memory):
        def list(self, prefix: str, **more: Any) -> Page:
            if self.requests > 20:
                raise TransferError("forbidden", "no more")
            return super().list(prefix, **more)

    found: list[str] = []

    def read() -> None:
        for page in objects_below(Broken(set(FLAT), size=100), "tess/", threading.Event()):
            found.extend(one.key for one in page)

    assert failure(read).message == "no more"
    assert found == FLAT[: len(found)]
    assert found


@pytest.mark.parametrize("begin", [0, 2, 30], ids=["first", "early", "late"])
@pytest.mark.parametrize("token", ["same", "another"])
@pytest.mark.parametrize("parallel", [1, 16])
def test_a_listing_that_does_not_go_on_is_an_error(begin: int, token: str, parallel: int) -> None:
    """A store that brings one page for ever, by one token or by ever new ones."""

    class Stuck(Memory):
        page: Page | None = None

        def list(self, prefix: str, **more: Any) -> Page:
            if self.requests < begin:
                return super().list(prefix, **more)
            if self.page is None:
                page = super().list(prefix, **more)
                if not page.objects:
                    return page
                self.page = page
            self.requests += 1
            assert self.requests < 200
            if token == "another":
                return replace(self.page, next_token=f"{self.page.next_token} {self.requests}")
            return replace(self.page, next_token=more.get("token") or self.page.next_token)

    problem = failure(listed, Stuck(set(FLAT), size=20), "tess/", parallel=parallel)
    assert problem.kind == "malformed"
    assert "again and again" in problem.message


@pytest.mark.parametrize("full", [True, False], ids=["a page", "an empty page"])
def test_a_page_that_names_itself_as_the_next_is_an_error(faulty: Faulty, full: bool) -> None:
    """Also for those who read page by page."""
    for number in range(8):
        faulty.put(f"{PREFIX}bucket/{number}", b"x")

    def same(asked: Asked, answer: Answer) -> None:
        text = re.sub(rb"(ContinuationToken>)[^<]*", rb"\1again", answer.body)
        if not full:
            text = re.sub(rb"<Contents>.*</Contents>", b"", text)
        answer.body = text
        answer.headers["content-length"] = str(len(text))

    faulty.fault = same
    bucket = bucket_of(faulty.endpoint)
    token = bucket.list(f"{PREFIX}bucket/", max_keys=2).next_token
    assert token == "again"
    problem = failure(bucket.list, f"{PREFIX}bucket/", max_keys=2, token=token)
    assert problem.kind == "malformed"
    assert "the page that it is" in problem.message


def test_changes_meanwhile_lose_nothing_that_stays() -> None:
    """Objects come and go between two requests; all others are listed once."""

    class Moving(Memory):
        def list(self, prefix: str, **more: Any) -> Page:
            with self._lock:
                generator = random.Random(self.requests)
                gone = set(generator.sample(extra, 100))
                self._keys = sorted({*FLAT[:4000:2], *(set(extra) - gone)})
            return super().list(prefix, **more)

    extra = FLAT[1:4000:2]
    found = listed(Moving(set(FLAT[:4000]), size=50), "tess/")
    assert len(found) == len(set(found))
    assert set(FLAT[:4000:2]) <= set(found)


@pytest.mark.parametrize("store", ["seaweed", "moto"])
def test_long_listings_of_real_stores(
    seaweed: SeaweedFS, moto_endpoint: str, store: str, full: bool
) -> None:
    count = 5000 if full else 600
    keys = [f"{PREFIX}long/{n // 300}{'-b' * (n % 2)}/x{n:05d}.fits" for n in range(count)]
    if store == "moto":
        client, endpoint = s3_client(moto_endpoint, signed=True), moto_endpoint
        put(client, keys, ACL="public-read")
    else:
        client, endpoint = seaweed.admin, seaweed.endpoint
        put(client, keys)

    class Small(Bucket):
        def list(self, prefix: str, **more: Any) -> Page:
            return super().list(prefix, **{**more, "max_keys": 40})

    bucket = Small(bucket_of(endpoint).endpoint)
    found = listed(bucket, f"{PREFIX}long/")
    assert len(found) == len(keys)
    assert set(found) == set(keys)
    if store == "moto":
        assert found == sorted(keys)
