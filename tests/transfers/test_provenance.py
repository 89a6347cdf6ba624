"""The index of copies: several writers, crashes, damage, moves, and its speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mast.files import json_line
from jupyterlab_mast.lease import LeaseWatch
from jupyterlab_mast.processes import identity
from jupyterlab_mast.transfers import provenance
from jupyterlab_mast.transfers.copyrecord import Copy, to_line
from jupyterlab_mast.transfers.provenance import Provenance

ROOT = Path(__file__).parents[2]
URL = "https://stpubdata.s3.us-east-1.amazonaws.com"


def copy_of(path: str, key: str | None = None, **more: Any) -> Copy:
    values = {
        "archive": "mast",
        "bucket_url": URL,
        "etag": '"e"',
        "size": 5,
        "time": 1000.0,
        "check": "checksum",
        "algorithm": "CRC64NVME",
        "checksum": "AAAAAAAAAAA=",
        "device": 3,
        "inode": 4,
        "mtime_ns": 5_000_000_001,
        "ctime_ns": 6_000_000_001,
        "transfer": "t",
    }
    return Copy(path=path, key=key or f"hst/public{path}", **{**values, **more})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Provenance]:
    found = Provenance(tmp_path / "copies")
    yield found
    found.close()


def test_what_is_added_is_there_for_all(index: Provenance, tmp_path: Path) -> None:
    copy = copy_of("/home/é\n\"x'.fits")
    other = Provenance(tmp_path / "copies")
    assert not (tmp_path / "copies").exists()
    index.add(copy)
    assert index.of_path(copy.path) == copy
    assert other.of_path(copy.path) is None
    other.reload()
    assert other.of_path(copy.path) == copy
    assert other.of_key(URL, copy.key) == [copy]
    assert Provenance(tmp_path / "copies").of_path(copy.path) == copy
    assert index.damaged == other.damaged == 0


def test_lines_are_plain_text(index: Provenance, tmp_path: Path) -> None:
    index.add(copy_of("/a"))
    index.add(copy_of("/b"))
    (file,) = (tmp_path / "copies").iterdir()
    assert file.suffix == ".jsonl"
    lines = file.read_text("ascii").splitlines()
    assert [json.loads(line).get("path") for line in lines] == [None, "/a", "/b"]
    assert json.loads(lines[0])["writer"]["pid"] == os.getpid()


def test_the_later_record_of_a_path_counts(index: Provenance, tmp_path: Path) -> None:
    other = Provenance(tmp_path / "copies")
    index.add(copy_of("/a", "k/1", time=10.0))
    other.add(copy_of("/a", "k/2", time=30.0))
    index.add(copy_of("/a", "k/3", time=20.0))
    for one in (index, other, Provenance(tmp_path / "copies")):
        one.reload()
        found = one.of_path("/a")
        assert found is not None
        assert found.key == "k/2"
        assert one.of_key(URL, "k/1") == one.of_key(URL, "k/3") == []
        assert [copy.key for copy in one.below(URL, "k/")] == ["k/2"]


def test_removed_stays_removed(index: Provenance, tmp_path: Path) -> None:
    index.add(copy_of("/a"))
    other = Provenance(tmp_path / "copies")
    other.remove("/a")
    other.remove("/never")
    index.reload()
    again = Provenance(tmp_path / "copies")
    for one in (index, other, again):
        assert one.of_path("/a") is None
        assert one.below(URL, "") == []
        assert len(one) == 0
    index.add(copy_of("/a", time=time.time() + 1))
    other.reload()
    assert other.of_path("/a") is not None


def test_a_clock_that_was_set_back_keeps_no_record_from_the_index(
    index: Provenance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Provenance(tmp_path / "copies")
    index.add(copy_of("/a", "k/1", time=5000.0))
    other.reload()
    # The clock of the other machine is behind.
    other.add(copy_of("/a", "k/2", time=4000.0))

    def key() -> str | None:
        found = set[str | None]()
        for one in (index, other, Provenance(tmp_path / "copies")):
            one.reload()
            copy = one.of_path("/a")
            found.add(copy.key if copy else None)
        (same,) = found
        return same

    assert key() == "k/2"
    monkeypatch.setattr(time, "time", lambda: 3000.0)
    index.remove("/a")
    assert key() is None
    other.add(copy_of("/a", "k/3", time=3000.0))
    assert key() == "k/3"
    index.rename([("/a", "/b")])
    index.add(copy_of("/a", "k/4", time=2000.0))
    assert key() == "k/4"
    moved = other.of_path("/b")
    assert moved is not None
    other.moved(moved, "/a")
    assert key() == "k/3"


def test_below_is_in_order_and_exact(index: Provenance) -> None:
    for name in ("b/2", "a/1", "b/10", "ba", "b", "c"):
        index.add(copy_of(f"/{name}", name))
    index.add(copy_of("/other", "b/2", time=2000.0))
    index.add(copy_of("/elsewhere", "b/2", bucket_url="https://other"))
    assert [copy.path for copy in index.below(URL, "b/")] == ["/b/10", "/b/2", "/other"]
    index.add(copy_of("/b/1", "b/1"))
    index.remove("/b/10")
    assert [copy.path for copy in index.below(URL, "b/")] == ["/b/1", "/b/2", "/other"]
    assert len(index.below(URL, "")) == 7
    assert index.below("https://none", "") == []


def test_torn_and_damaged_lines_are_passed_over(index: Provenance, tmp_path: Path) -> None:
    index.add(copy_of("/a"))
    (file,) = (tmp_path / "copies").iterdir()
    good = file.read_bytes()
    newer = good.replace(b'"/a"', b'"/new"').replace(b"}\n", b',"more":{"x":[1]}}\n')
    damage = [
        b"{\n",
        b"\n",
        b"[]\n",
        b'"text"\n',
        b"null\n",
        b"1},{\n",
        b"\xff\xfe\x00\n",
        b"[" * 5000 + b"\n",
        b'{"path":"/x"}\n',
        good.replace(b'"/a"', b'"relative"'),
        good.replace(b'"/a"', b"7"),
        good.replace(b'"size":5', b'"size":"5"'),
        good.replace(b'"mast"', b"[]"),
    ]
    (tmp_path / "copies" / "host-1.jsonl").write_bytes(
        b"".join(damage) + newer + good.replace(b'"/a"', b'"/b"') + good[:-20]
    )
    (tmp_path / "copies" / "host-2.jsonl").write_bytes(b"x" * (9 << 20))
    (tmp_path / "copies" / "host-3.jsonl").mkdir()
    (tmp_path / "copies" / "host-4.jsonl").symlink_to("/dev/zero")
    found = Provenance(tmp_path / "copies")
    assert [copy.path for copy in found.below(URL, "")] == ["/a", "/b", "/new"] or len(found) == 3
    assert found.of_path("/new") is not None
    assert found.of_path("/b") is not None
    assert found.damaged >= len(damage)
    # The rest of the torn line comes after all.
    with (tmp_path / "copies" / "host-1.jsonl").open("ab") as more:
        more.write(good[-20:])
    before = found.damaged
    found.reload()
    assert found.damaged == before


@given(st.binary(max_size=300))
def test_anything_in_a_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("copies")
    (folder / "x.jsonl").write_bytes(data + b"\n" + _line("/a") + _line("/b"))
    found = Provenance(folder)
    assert found.of_path("/b") is not None
    assert found.of_path("/a") is not None


def _line(path: str) -> bytes:
    return json.dumps(copy_of(path)._asdict()).encode() + b"\n"


WRITER = """
import sys
from jupyterlab_mast.transfers import provenance
from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.provenance import Provenance
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
index = Provenance(folder)
for number in range(count):
    path = f"/{name}/{number}"
    index.add(Copy(path, "mast", "u", "k" + path, '"e"', number, 1.0, transfer="t" * 500))
    if number % 10 == 9:
        index.remove(path)
print(len(index), flush=True)
"""


def test_several_processes_write_while_others_read(tmp_path: Path) -> None:
    folder, count = tmp_path / "copies", 500
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name, str(count)], env=environ)
        for name in ("a", "b", "c")
    ]
    reader = Provenance(folder)
    while any(writer.poll() is None for writer in writers):
        reader.reload()
        time.sleep(0.01)
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    reader.reload()
    kept = {f"/{name}/{n}" for name in "abc" for n in range(count) if n % 10 != 9}
    for one in (reader, Provenance(folder)):
        assert one.damaged == 0
        assert {copy.path for copy in one.below("u", "k/")} == kept
    assert len(list(folder.iterdir())) == 3


def test_a_killed_writer_loses_its_last_line_at_most(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), "a", "10000000"], env=environ
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if folder.exists() and any(one.stat().st_size > 100_000 for one in folder.iterdir()):
            break
        time.sleep(0.01)
    writer.kill()
    writer.wait()
    found = Provenance(folder)
    assert found.damaged == 0
    assert len(found) > 50


# Many files become one


def written_by(folder: Path, *paths: str, end: bool = True) -> Provenance:
    """What a process wrote that has ended, or has not."""
    index = Provenance(folder)
    for path in paths:
        index.add(copy_of(path))
    if end:
        index.close()
    return index


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def paths_of(index: Provenance) -> list[str]:
    return [copy.path for copy in index.in_order("/", "", 9999)]


def test_the_files_of_ended_writers_become_one(tmp_path: Path) -> None:
    living = written_by(tmp_path, "/living", end=False)
    reader = Provenance(tmp_path)
    want = ["/living"]
    for number in range(100):
        written_by(tmp_path, f"/{number:03d}", f"/{number:03d}-removed")
        other = Provenance(tmp_path)
        other.remove(f"/{number:03d}-removed")
        other.close()
        want.append(f"/{number:03d}")
        assert len(files_of(tmp_path)) <= 17
        if number % 9 == 0:
            reader.reload()
            assert paths_of(reader) == sorted(want)
    # Who writes still goes on, and is read on.
    living.add(copy_of("/living too"))
    reader.reload()
    for one in (reader, Provenance(tmp_path)):
        assert paths_of(one) == sorted([*want, "/living too"])
        assert one.damaged == 0
    living.close()


def test_a_merge_that_was_cut_off_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise OSError("killed")

    for number in range(15):
        written_by(tmp_path, f"/{number:03d}")
    want = [f"/{number:03d}" for number in range(16)]
    # Before the new file has its name, and before the old ones are removed.
    for where, name, count in ((os, "replace", 16), (Path, "unlink", 17)):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, killed)
            written_by(tmp_path, "/015") if count == 16 else Provenance(tmp_path).merge()
        assert len(files_of(tmp_path)) == count
        index = Provenance(tmp_path)
        assert (paths_of(index), len(index), index.damaged) == (want, 16, 0)
    Provenance(tmp_path).merge()
    index = Provenance(tmp_path)
    assert (paths_of(index), len(index), index.damaged) == (want, 16, 0)
    assert len(files_of(tmp_path)) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_who_reads_while_files_become_one_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(15):
        written_by(tmp_path, f"/{number:03d}")
    read = Provenance._read

    def merged_meanwhile(self: Provenance, name: str) -> bool:
        monkeypatch.setattr(Provenance, "_read", read)
        written_by(tmp_path, "/015")
        assert len(files_of(tmp_path)) == 1
        return read(self, name)

    monkeypatch.setattr(Provenance, "_read", merged_meanwhile)
    assert paths_of(Provenance(tmp_path)) == [f"/{number:03d}" for number in range(16)]


def test_the_files_of_killed_writers_become_part_of_it(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = []
    for name in "ab":
        command = [sys.executable, "-c", WRITER, str(tmp_path), name, "9"]
        subprocess.run(command, env=environ, check=True, capture_output=True)
        killed += [path for path in files_of(tmp_path) if path not in killed]
    stranger = tmp_path / "elsewhere-1.jsonl"
    other = {**identity(), "session": "another machine"}
    stranger.write_bytes(json_line({"writer": other}) + to_line(copy_of("/stranger")))
    for number in range(13):
        written_by(tmp_path, f"/{number:03d}")
    assert len(killed) == 2
    assert not any(path.exists() for path in killed)
    # Whether that of another machine has ended nobody here can tell.
    assert stranger.exists()
    assert len(files_of(tmp_path)) == 2
    index = Provenance(tmp_path)
    assert (len(index), index.damaged) == (13 + 2 * 9 + 1, 0)


def test_one_at_a_time_makes_one_file_of_many(tmp_path: Path) -> None:
    for number in range(15):
        written_by(tmp_path, f"/{number:03d}")
    lease = LeaseWatch(tmp_path).take()
    assert lease is not None
    written_by(tmp_path, "/015")
    assert len(files_of(tmp_path)) == 16
    lease.release()
    Provenance(tmp_path).merge()
    assert len(files_of(tmp_path)) == 1


def test_threads_share_an_index(index: Provenance) -> None:
    def add(name: int) -> None:
        for number in range(200):
            index.add(copy_of(f"/{name}/{number}"))
            index.reload()
            index.below(URL, "hst/")

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(index) == 800
    assert index.damaged == 0


def test_whether_a_file_is_untouched(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    found = file.lstat()
    copy = copy_of(str(file), size=5, inode=found.st_ino, mtime_ns=found.st_mtime_ns)
    assert copy.is_untouched(file.lstat())
    assert not copy._replace(size=6).is_untouched(file.lstat())
    os.utime(file, ns=(1, found.st_mtime_ns + 1))
    assert not copy.is_untouched(file.lstat())
    other = tmp_path / "y"
    other.write_bytes(b"12345")
    os.utime(other, ns=(1, found.st_mtime_ns))
    os.replace(other, file)
    assert not copy.is_untouched(file.lstat())


def copied(index: Provenance, path: Path, body: bytes = b"12345", **more: Any) -> Copy:
    """A file that was copied just now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (10, 10))
    return recorded(index, path, **more)


def recorded(index: Provenance, path: Path, **more: Any) -> Copy:
    found = path.lstat()
    values = {
        "size": found.st_size,
        "device": found.st_dev,
        "inode": found.st_ino,
        "mtime_ns": found.st_mtime_ns,
        "ctime_ns": found.st_ctime_ns,
    }
    copy = copy_of(str(path), f"hst/{path.name}", **{**values, **more})
    index.add(copy)
    return copy


def paths(index: Provenance) -> list[str]:
    return sorted(copy.path for copy in index.below(URL, ""))


def test_a_file_that_was_moved_is_known_by_its_inode(index: Provenance, tmp_path: Path) -> None:
    old, new = tmp_path / "a.fits", tmp_path / "b.fits"
    copy = copied(index, old)
    old.rename(new)
    found = index.of_file(str(new), new.lstat())
    assert found is not None
    assert (found.path, found.key) == (str(new), copy.key)
    other = Provenance(tmp_path / "copies")
    assert paths(index) == paths(other) == [str(new)]


def test_another_name_of_a_file_is_a_copy_too(index: Provenance, tmp_path: Path) -> None:
    first, second = tmp_path / "a.fits", tmp_path / "b.fits"
    copied(index, first)
    second.hardlink_to(first)
    found = index.of_file(str(second), second.lstat())
    assert found is not None
    assert found.path == str(second)
    assert paths(index) == [str(first)]
    first.unlink()
    index.of_file(str(second), second.lstat())
    assert paths(index) == [str(second)]


def test_what_is_not_that_file_is_not_taken_for_it(index: Provenance, tmp_path: Path) -> None:
    old, new = tmp_path / "a.fits", tmp_path / "b.fits"
    copied(index, old)
    old.rename(new)
    # Written to: it may be any file that got this inode.
    new.write_bytes(b"54321")
    assert index.of_file(str(new), new.lstat()) is None
    # Of the same inode and size, but of another time, or changed before it was copied.
    found = new.lstat()
    for more in ({"mtime_ns": 1}, {"ctime_ns": found.st_ctime_ns + 1}, {"size": 6}):
        recorded(index, new, **more)
        index.rename([(str(new), str(old))])
        assert index.of_file(str(new), found) is None
        index.remove(str(old))
    assert index.of_file(str(tmp_path), tmp_path.lstat()) is None


def test_of_several_records_of_an_inode_the_last_counts(index: Provenance, tmp_path: Path) -> None:
    file, here = tmp_path / "a.fits", tmp_path / "b.fits"
    copy = copied(index, file, time=20.0)
    # Another file had this inode, and was deleted before.
    index.add(copy._replace(path="/gone/x.fits", key="hst/x.fits", time=10.0))
    file.rename(here)
    found = index.of_file(str(here), here.lstat())
    assert found is not None
    assert found.key == copy.key


def test_a_rename_takes_along_what_is_inside(index: Provenance, tmp_path: Path) -> None:
    for name in ("/h/a/1", "/h/a/b/2", "/h/ab/3", "/h/a.fits"):
        index.add(copy_of(name))
    index.rename([("/h/a", "/h/c d")])
    assert paths(index) == ["/h/a.fits", "/h/ab/3", "/h/c d/1", "/h/c d/b/2"]
    index.rename([("/h/a.fits", "/h/c d/b/2")])
    assert paths(index) == ["/h/ab/3", "/h/c d/1", "/h/c d/b/2"]
    index.rename([("/h/c d/b", None)])
    index.rename([("/h/nothing", "/h/x")])
    assert paths(index) == paths(Provenance(tmp_path / "copies")) == ["/h/ab/3", "/h/c d/1"]


_names = st.sampled_from(["a", "b", "c"])
_paths = st.lists(_names, min_size=1, max_size=4).map(lambda names: "/h/" + "/".join(names))
_moves = st.lists(st.tuples(_paths, st.none() | _paths), max_size=6)


@settings(deadline=None)
@given(st.lists(_paths, max_size=12, unique=True), _moves, st.booleans())
def test_many_moves_at_once_are_as_one_after_the_other(
    tmp_path_factory: pytest.TempPathFactory,
    some: list[str],
    moves: list[tuple[str, str | None]],
    in_order: bool,
) -> None:
    folders = [tmp_path_factory.mktemp("copies") for _ in range(2)]
    one_by_one, at_once = map(Provenance, folders)
    for index in (one_by_one, at_once):
        for path in some:
            if in_order:
                index.in_order("/", "", 1)
            index.add(copy_of(path))
    for move in moves:
        one_by_one.rename([move])
    at_once.rename(moves)
    expected = naive(some, moves)
    for index in (one_by_one, at_once, *map(Provenance, folders)):
        found = {copy.path: copy.key for copy in index.in_order("/", "", 99)}
        assert found == expected
        assert [copy.path for copy in index.in_order("/", "", 99)] == sorted(expected)
        assert {copy.path: copy.key for copy in index.below(URL, "")} == expected
        assert index.damaged == 0
    for index in (one_by_one, at_once):
        index.close()


def naive(some: list[str], moves: list[tuple[str, str | None]]) -> dict[str, str]:
    """The key at each path, as it is said."""
    found = {path: f"hst/public{path}" for path in some}
    for path, to in moves:
        taken = {
            one: found.pop(one) for one in list(found) if one == path or one.startswith(f"{path}/")
        }
        if to is not None:
            found |= {to + one[len(path) :]: key for one, key in taken.items()}
    return found


@given(
    st.lists(_paths, max_size=20, unique=True),
    st.sampled_from(["/", "/h", "/h/a", "/h/a/b", "/h/", "/x"]),
    st.one_of(st.just(""), _paths),
    st.integers(1, 5),
)
def test_copies_in_order(
    tmp_path_factory: pytest.TempPathFactory, some: list[str], folder: str, after: str, most: int
) -> None:
    index = Provenance(tmp_path_factory.mktemp("copies"))
    for number, path in enumerate(some):
        index.add(copy_of(path))
        if number % 3 == 0:
            index.in_order("/", "", 1)
        if number % 4 == 3:
            index.remove(some[number - 1])
    below = folder.rstrip("/") + "/"
    expected = sorted(
        path for path in index.sizes_in("/") if path.startswith(below) and path > after
    )
    assert [copy.path for copy in index.in_order(folder, after, most)] == expected[:most]
    index.close()


def test_the_order_holds_when_many_come_and_go(
    index: Provenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "_MOST_GONE", 5)
    monkeypatch.setattr(provenance, "_FEW", 3)
    for turn in range(5):
        for number in range(10):
            index.add(copy_of(f"/h/{turn}/{number}"))
        index.in_order("/h", "", 5)
        index.rename([(f"/h/{turn}", f"/h/x{turn}")])
        index.rename([(f"/h/x{turn}/3", None)])
        paths = [copy.path for copy in index.in_order("/h", "", 999)]
        assert paths == sorted(index.sizes_in("/h"))
        assert len(paths) == 9 * (turn + 1)


def test_many_moves_of_many_are_quick(index: Provenance) -> None:
    for number in range(20_000):
        index._take(copy_of(f"/h/{number % 100}/{number}"))
    started = time.monotonic()
    index.rename([(f"/h/{number}", f"/h/x{number}") for number in range(1000)])
    assert time.monotonic() - started < 10
    assert len(index.in_order("/h", "", 99_999)) == 20_000


def test_after_a_fork_each_writes_its_own_file(index: Provenance, tmp_path: Path) -> None:
    index.add(copy_of("/a"))
    child = os.fork()
    if child == 0:
        index.add(copy_of("/b"))
        os._exit(0)
    os.waitpid(child, 0)
    index.add(copy_of("/c"))
    assert len(list((tmp_path / "copies").iterdir())) == 2
    assert len(Provenance(tmp_path / "copies")) == 3


def test_a_hundred_thousand_records_are_read_soon(tmp_path: Path) -> None:
    with (tmp_path / "x.jsonl").open("wb") as file:
        for number in range(100_000):
            path = f"/home/a/hst/ibg7{number // 10:05d}/ibg705{number:05d}_flt.fits"
            file.write(json.dumps(copy_of(path)._asdict()).encode() + b"\n")
    started = time.process_time()
    for line in (tmp_path / "x.jsonl").read_bytes().splitlines():
        json.loads(line)
    parsing = time.process_time() - started
    started = time.process_time()
    index = Provenance(tmp_path)
    # CPU, and not much more than its parsing alone takes: the machine may be shared.
    assert time.process_time() - started < max(3.0, 5 * parsing)
    started = time.monotonic()
    assert len(index.below(URL, "hst/public/home/a/hst/ibg700012/")) == 10
    first = time.monotonic() - started
    started = time.monotonic()
    index.below(URL, "hst/public/home/a/hst/ibg700013/")
    index.reload()
    assert first < 0.5
    assert time.monotonic() - started < 0.05


_objects = st.sampled_from(["a", "b", "x/a"])
_changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), _paths, _objects, st.integers(1, 3)),
        st.tuples(st.just("remove"), _paths, st.just(""), st.just(0)),
        st.tuples(st.just("ask"), _paths, _objects, st.integers(1, 3)),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(_changes)
def test_whoever_asks_when_is_told_what_is_known(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    index = Provenance(folder)
    known: dict[str, Copy] = {}

    def ask(index: Provenance, path: str, key: str, number: int) -> None:
        assert index.of_path(path) == known.get(path)
        assert index.of_key(URL, key) == [one for one in known.values() if one.key == key]
        assert index.of_size(number) == [
            one for one in reversed(known.values()) if one.size == number
        ]
        assert {one.path for one in index._of_inode(number)} == {
            one.path for one in known.values() if one.inode == number
        }
        assert index.below(URL, "x/") == [one for one in known.values() if one.key == "x/a"]
        assert index.sizes_in("/h/a") == {
            one.path: one.size for one in known.values() if one.path.startswith("/h/a/")
        }

    for turn, (what, path, key, number) in enumerate(changes):
        if what == "add":
            known.pop(path, None)
            known[path] = copy_of(path)._replace(
                key=key, size=number, inode=number, time=4e9 + turn
            )
            index.add(known[path])
        elif what == "remove":
            index.remove(path)
            known.pop(path, None)
        else:
            ask(index, path, key, number)
    for one in (index, Provenance(folder)):
        ask(one, "/h/a", "a", 1)
    index.close()
