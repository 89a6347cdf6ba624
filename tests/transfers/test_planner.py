"""Plans: what is listed, what is in the target already, and at what cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import tracemalloc
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.servers import OPEN, SeaweedFS
from helpers.upstream import Upstream

from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.quota.interface import HomeQuota, Space
from jupyterlab_mast.transfers.bucket import Bucket, Listed, Page
from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.layout import path_of
from jupyterlab_mast.transfers.planner import Planner, distinct_sources, make_plan, survey
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.store import PLAN, PlanFile
from jupyterlab_mast.transfers.types import Plan, Request, Source, TransferError

ROOT = Path(__file__).parents[2]
PREFIX = "hst/public/"
NEVER = threading.Event()


def request_of(tmp_path: Path, endpoint: str, *sources: Source, **more: Any) -> Request:
    archive = {
        "id": "a",
        "title": "Archive",
        "bucket": OPEN,
        "endpoint": endpoint,
        "roots": [{"title": "Hubble", "prefix": PREFIX}],
    }
    target = tmp_path / "target"
    target.mkdir(exist_ok=True)
    return Request(
        "id-000001",
        Archive.model_validate(archive),
        sources,
        os.path.realpath(target),
        os.path.realpath(target),
        **more,
    )


def plan_of(request: Request, tmp_path: Path) -> Plan:
    return make_plan(request, tmp_path, NEVER, lambda _: None)


def lines_of(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / PLAN).read_text().splitlines()]


@pytest.fixture(scope="module")
def objects(seaweed: SeaweedFS) -> list[str]:
    """Keys of objects in SeaweedFS; each holds as many bytes as its number says."""
    keys = [f"{PREFIX}plan/a/x{number:02d}.fits" for number in range(20)]
    keys += [f"{PREFIX}plan/b/y.fits", f"{PREFIX}plan/c.txt"]
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda one: seaweed.admin.put_object(Bucket=OPEN, Key=one[1], Body=b"x" * one[0]),
                enumerate(keys),
            )
        )
    return keys


def test_a_folder(tmp_path: Path, seaweed: SeaweedFS, objects: list[str]) -> None:
    request = request_of(tmp_path, seaweed.endpoint, Source(prefix=f"{PREFIX}plan/"))
    told: list[Plan] = []
    plan = make_plan(request, tmp_path, NEVER, told.append)
    assert (plan.files, plan.bytes, plan.complete) == (22, sum(range(22)), False)
    assert told[-1] == plan
    *lines, end = lines_of(tmp_path)
    assert end == {"end": True, "files": 22, "bytes": sum(range(22))}
    assert [line["key"] for line in lines] == objects
    assert [line["size"] for line in lines] == list(range(22))
    assert all(abs(line["modified"] - time.time()) < 3600 for line in lines)
    assert lines[1]["etag"] == '"9dd4e461268c8034f5c8564e155c67a6"'
    file = PlanFile(tmp_path / PLAN, request)
    assert [file[index].key for index in range(len(file))] == objects
    assert sorted(one.name for one in tmp_path.iterdir()) == [PLAN, "target"]


def test_sources_keep_their_order_and_objects_come_once(
    tmp_path: Path, seaweed: SeaweedFS, objects: list[str]
) -> None:
    sources = [
        Source(prefix=f"{PREFIX}plan/b/"),
        Source(key=objects[7]),
        Source(key=objects[3], size=3, etag='"known"'),
        Source(key=objects[3]),
        Source(key=objects[20]),
        Source(prefix=f"{PREFIX}plan/a/x1"),
        Source(prefix=f"{PREFIX}plan/a/x12"),
        Source(key=objects[7]),
    ]
    plan_of(request_of(tmp_path, seaweed.endpoint, *sources), tmp_path)
    lines = lines_of(tmp_path)[:-1]
    expected = [objects[20], objects[7], objects[3], *objects[10:20]]
    assert [line["key"] for line in lines] == expected
    assert lines[1]["size"] == 7
    assert lines[2] == {"key": objects[3], "size": 3, "etag": '"known"', "modified": None}


def test_what_is_known_is_not_asked_for(tmp_path: Path, upstream: Upstream) -> None:
    sources = [Source(key=f"{PREFIX}mode-500/{n}", size=n, etag='"e"') for n in range(5000)]
    before = len(upstream.seen)
    plan = plan_of(request_of(tmp_path, upstream.endpoint, *sources), tmp_path)
    assert (plan.files, plan.bytes) == (5000, sum(range(5000)))
    assert len(upstream.seen) == before


def test_one_missing_among_others_fails_by_itself(
    tmp_path: Path, seaweed: SeaweedFS, objects: list[str]
) -> None:
    sources = [Source(key=f"{PREFIX}plan/none"), Source(key=objects[4])]
    plan_of(request_of(tmp_path, seaweed.endpoint, *sources), tmp_path)
    first, second, _ = lines_of(tmp_path)
    assert first == {"key": f"{PREFIX}plan/none", "size": 0, "etag": "", "modified": None}
    assert second["size"] == 4


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (Source(key=f"{PREFIX}none"), "not-found"),
        (Source(prefix=f"{PREFIX}none/"), "not-found"),
        (Source(prefix="tess/public/"), "forbidden"),
        (Source(key="tess/public/x", size=1, etag='"e"'), "forbidden"),
        (Source(prefix=""), "forbidden"),
    ],
)
def test_what_cannot_be_planned(
    tmp_path: Path, seaweed: SeaweedFS, source: Source, kind: str
) -> None:
    with pytest.raises(TransferError) as problem:
        plan_of(request_of(tmp_path, seaweed.endpoint, source), tmp_path)
    assert problem.value.kind == kind
    assert [one.name for one in tmp_path.iterdir()] == ["target"]


def test_marks_of_folders_are_left_out(tmp_path: Path, moto_endpoint: str) -> None:
    from helpers.servers import s3_client

    client = s3_client(moto_endpoint, signed=True)
    for key, body in (("m/", b""), ("m/x", b""), ("m/full/", b"x")):
        client.put_object(Bucket=OPEN, Key=f"{PREFIX}{key}", Body=body, ACL="public-read")
    plan_of(request_of(tmp_path, moto_endpoint, Source(prefix=f"{PREFIX}m/")), tmp_path)
    assert [line["key"] for line in lines_of(tmp_path)[:-1]] == [f"{PREFIX}m/full/", f"{PREFIX}m/x"]


def test_planning_can_be_stopped(tmp_path: Path, upstream: Upstream) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    request = request_of(
        tmp_path,
        upstream.endpoint,
        *(Source(key=f"{PREFIX}mode-ok/{number}") for number in range(20_000)),
    )
    started = time.monotonic()
    make_plan(request, tmp_path, stop, lambda _: None)
    assert time.monotonic() - started < 20
    assert [one.name for one in tmp_path.iterdir()] == ["target"]


def test_many_small_folders_are_asked_for_at_a_time(
    tmp_path: Path, seaweed: SeaweedFS, objects: list[str]
) -> None:
    sources = [Source(prefix=f"{PREFIX}plan/a/x{number:02d}") for number in reversed(range(20))]
    plan_of(request_of(tmp_path, seaweed.endpoint, *sources), tmp_path)
    assert [line["key"] for line in lines_of(tmp_path)[:-1]] == objects[19::-1]


def test_distinct_sources() -> None:
    a, b, ab = Source(prefix="a/"), Source(prefix="b/"), Source(prefix="a/b/")
    x, ax = Source(key="x"), Source(key="a/x")
    assert distinct_sources((ab, b, x, a, ax, x, b)) == [b, x, a]
    assert distinct_sources((Source(prefix=""), a, x)) == [Source(prefix="")]
    assert distinct_sources(()) == []


class Generated:
    """A bucket of so many objects, which come into being when they are listed."""

    def __init__(self, count: int) -> None:
        self._count = count

    @staticmethod
    def _key(number: int) -> str:
        return f"{PREFIX}plan/of/many/{number:08d}_drz.fits"

    def _first(self, after: Callable[[str], bool]) -> int:
        return bisect_left(range(self._count), True, key=lambda number: after(self._key(number)))

    def list(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        token: str | None = None,
        start_after: str | None = None,
        max_keys: int = 1000,
    ) -> Page:
        assert delimiter == ""
        if token is not None:
            begin = int(token)
        elif start_after is not None and start_after >= prefix:
            begin = self._first(lambda key: key > start_after)
        else:
            begin = self._first(lambda key: key >= prefix)
        end = min(begin + max_keys, self._count)
        keys = [key for key in map(self._key, range(begin, end)) if key.startswith(prefix)]
        more = len(keys) == max_keys and end < self._count
        objects = [Listed(key, 20_160, f'"{hash(key):032x}"', 1.5e9) for key in keys]
        return Page(objects, [], str(end) if more else None)


def test_a_plan_does_not_hold_its_files_in_memory(tmp_path: Path) -> None:
    """In a list the objects alone would take more than 300 bytes each."""
    count = 100_000
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    bucket = cast(Bucket, Generated(count))
    tracemalloc.start()
    try:
        listed = Planner(request, tmp_path, NEVER, lambda _: None, bucket).run()
        plan = looked(request, tmp_path, Provenance(tmp_path / "copies"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert listed.files == plan.files == count
    assert plan.needed == count * 20_160
    assert peak / count < 180


# The target


class NoQuota:
    """Ten bytes of twelve are free."""

    def space(self, folder: str) -> Space:
        assert os.path.isdir(folder)
        return Space(10, 12, 2, 1, 50, True)

    def reserve(self, owner: str, folder: str, size: int) -> None:
        raise AssertionError

    def give_back(self, owner: str) -> None:
        raise AssertionError


def write_plan(tmp_path: Path, values: list[tuple[str, int]]) -> None:
    with (tmp_path / PLAN).open("w") as file:
        for key, size in values:
            file.write(json.dumps({"key": key, "size": size, "etag": '"e"', "modified": None}))
            file.write("\n")
        sizes = sum(size for _, size in values)
        file.write(json.dumps({"end": True, "files": len(values), "bytes": sizes}) + "\n")


def put_copy(request: Request, index: Provenance, place: str, data: bytes, **more: Any) -> Path:
    path = Path(request.target) / path_of(request.layout, request.sources, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    found = path.lstat()
    values = {
        "path": str(path),
        "archive": "a",
        "bucket_url": request.archive.bucket_url,
        "key": place,
        "etag": '"e"',
        "size": len(data),
        "time": 1.0,
        "device": found.st_dev,
        "inode": found.st_ino,
        "mtime_ns": found.st_mtime_ns,
    }
    index.add(Copy(**{**values, **more}))
    return path


def looked(request: Request, tmp_path: Path, index: Provenance) -> Plan:
    return survey(request, tmp_path, index, NoQuota(), NEVER, lambda _: None)


def test_identical_is_only_what_we_copied_and_nobody_changed(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    index = Provenance(tmp_path / "copies")
    keys = [f"{PREFIX}o/{name}" for name in "abcdefgh"]
    write_plan(tmp_path, [(key, 3) for key in keys])
    put_copy(request, index, keys[0], b"xyz")
    put_copy(request, index, keys[1], b"xyz", etag='"older"')
    put_copy(request, index, keys[2], b"xyz", key="another")
    put_copy(request, index, keys[3], b"xyz", bucket_url="http://elsewhere/open")
    put_copy(request, index, keys[4], b"xyz").write_bytes(b"zyx")
    index.remove(str(put_copy(request, index, keys[5], b"xyz")))
    put_copy(request, index, keys[6], b"xyz").unlink()
    plan = looked(request, tmp_path, index)
    assert plan.complete
    assert (plan.files, plan.bytes) == (8, 24)
    assert (plan.identical_files, plan.identical_bytes) == (1, 3)
    assert plan.differing == 5
    assert plan.needed == 21
    assert plan.needed + plan.blocks == 7 * 4096
    assert (plan.free, plan.limit, plan.used, plan.reserve) == (10, 12, 2, 1)
    assert (plan.allowed, plan.counting) == (50, True)
    one = plan.differing_first[0]
    assert one["path"] == "public/o/b"
    assert (one["size"], one["archive_size"], one["archive_blocks"]) == (3, 3, 4093)
    assert abs(one["modified"] - time.time()) < 3600


def test_what_is_skipped_needs_no_room(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX), conflict="skip")
    index = Provenance(tmp_path / "copies")
    write_plan(tmp_path, [(f"{PREFIX}a", 3), (f"{PREFIX}b", 4)])
    put_copy(request, index, f"{PREFIX}a", b"old")
    index.remove(f"{request.target}/public/a")
    plan = looked(request, tmp_path, index)
    assert (plan.differing, plan.needed) == (1, 4)


def test_a_file_where_a_folder_must_be_is_in_the_way(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    keys = [f"{PREFIX}a/b/{number:02d}" for number in range(30)]
    write_plan(tmp_path, [(key, 3) for key in keys])
    (tmp_path / "target/public").write_text("a file")
    plan = looked(request, tmp_path, Provenance(tmp_path / "copies"))
    assert plan.differing == 30
    assert plan.differing_first[0]["size"] == 6


def test_two_keys_for_one_path(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX), layout="flat")
    write_plan(tmp_path, [(f"{PREFIX}a/x.fits", 1), (f"{PREFIX}b/x.fits", 2)])
    (tmp_path / "target/x (2).fits").write_text("there")
    plan = looked(request, tmp_path, Provenance(tmp_path / "copies"))
    assert [one["path"] for one in plan.differing_first] == ["x (2).fits"]
    assert plan.needed == 3
    assert PlanFile(tmp_path / PLAN, request)[1].path == "x (2).fits"


def test_a_target_that_is_not_there_yet(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    os.rmdir(request.target)
    write_plan(tmp_path, [(f"{PREFIX}a", 3)])
    plan = survey(
        request,
        tmp_path,
        Provenance(tmp_path / "copies"),
        HomeQuota(tmp_path),
        NEVER,
        lambda _: None,
    )
    assert (plan.needed, plan.differing) == (3, 0)
    assert plan.free


def test_a_torn_plan_is_refused(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    write_plan(tmp_path, [(f"{PREFIX}{number}", 3) for number in range(10)])
    whole = (tmp_path / PLAN).read_bytes()
    index = Provenance(tmp_path / "copies")
    for size in (len(whole) - 5, len(whole) - 60, 0):
        (tmp_path / PLAN).write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"."):
            looked(request, tmp_path, index)


def test_a_look_can_be_stopped(tmp_path: Path) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    write_plan(tmp_path, [(f"{PREFIX}{number}", 3) for number in range(10)])
    stop = threading.Event()
    stop.set()
    index = Provenance(tmp_path / "copies")
    plan = survey(request, tmp_path, index, NoQuota(), stop, lambda _: None)
    assert not plan.complete


def test_missing_folders_cost_next_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX), layout="archive")
    write_plan(tmp_path, [(f"{PREFIX}{n // 10}/{n}", 3) for n in range(5000)])
    (tmp_path / "target" / PREFIX / "3").mkdir(parents=True)
    (tmp_path / "target" / PREFIX / "3/35").touch()
    asked: list[Any] = []
    for name in ("lstat", "stat", "listdir", "scandir"):
        real = getattr(os, name)

        def call(*arguments: Any, real: Any = real, **more: Any) -> Any:
            asked.append(arguments)
            return real(*arguments, **more)

        monkeypatch.setattr(os, name, call)
    plan = looked(request, tmp_path, Provenance(tmp_path / "copies"))
    monkeypatch.undo()
    assert plan.differing == 1
    assert len(asked) < 60


BIG = """
import json, resource, sys, threading, time
from jupyterlab_mast.transfers.planner import survey
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.store import PLAN
from jupyterlab_mast.transfers.types import Request
from jupyterlab_mast.quota.interface import HomeQuota
folder, count = sys.argv[1], int(sys.argv[2])
request = Request.from_json(json.loads(open(folder + "/request").read()))
def peak():
    status = open("/proc/self/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
before, started = peak(), time.process_time()
plan = survey(request, folder, Provenance(folder + "/copies"), HomeQuota(folder),
    threading.Event(), lambda _: None)
assert plan.complete and plan.files == count and plan.needed == 3 * count
print(time.process_time() - started, peak() - before)
"""


def test_a_look_at_very_many(tmp_path: Path, full: bool) -> None:
    """50,000 objects in seconds; with MAST_TEST_FULL=1 a million."""
    count = 1_000_000 if full else 50_000
    request = request_of(tmp_path, "http://127.0.0.1:1", Source(prefix=PREFIX))
    write_plan(
        tmp_path,
        [(f"{PREFIX}ibg7/ibg7{n // 10:05d}/ibg7{n:06d}_flt.fits", 3) for n in range(count)],
    )
    (tmp_path / "request").write_text(json.dumps(request.to_json()))
    answer = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path), str(count)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, mebibytes = (float(one) for one in answer.stdout.split())
    assert seconds < 5 * count / 50_000
    assert mebibytes < 64
