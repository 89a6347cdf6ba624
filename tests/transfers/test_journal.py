"""What the journal of a transfer keeps, whatever tears or forgets it."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, Worker, key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.transfers.journal import History, Journal, Range, read_history
from jupyterlab_mast.transfers.types import ENDS, Finished

FULL = os.environ.get("MAST_TEST_FULL") == "1"
HERE = "a-host a-boot"


def fill(folder: Path, number: int = 1, session: str = HERE) -> Path:
    """A journal with a bit of everything."""
    journal = Journal(folder, number, session)
    journal.state(state="running", started=1.5)
    journal.made("a/b")
    journal.part(3, {"etag": '"x"', "size": 100, "inode": 7})
    journal.range(3, 0, 50, 11)
    journal.range(3, 50, 25, 12)
    journal.part(4, {"etag": '"y"', "size": 10, "inode": 8})
    journal.range(4, 0, 10, 13)
    journal.placing(4, Finished("copied", "y.fits", 10))
    journal.finished(4, Finished("copied", "y.fits", 10, '"y"', "checksum", "CRC32", "AAAAAA=="))
    journal.finished(5, Finished("failed", "z.fits", kind="forbidden", message="No."))
    journal.part(6, {"etag": "", "size": 1, "inode": 9})
    journal.range(6, 0, 1, 14)
    journal.dropped(6)
    journal.placing(7, Finished("copied", "w.fits", 10))
    journal.close()
    return journal.path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    fill(tmp_path)
    history = read_history(tmp_path, HERE)
    assert history.damaged == 0
    assert history.state == {"state": "running", "started": 1.5}
    assert history.made == ["a/b"]
    assert list(history.parts) == [3]
    part = history.parts[3]
    assert part.about == {"etag": '"x"', "size": 100, "inode": 7}
    assert part.ranges == [Range(0, 50, 11), Range(50, 25, 12)]
    assert part.trusted
    assert part.bytes == 75
    assert history.finished[4].algorithm == "CRC32"
    assert history.finished[5].message == "No."
    assert list(history.placing) == [7]
    assert history.written == 4096 + 75


def test_nothing_is_an_empty_history(tmp_path: Path) -> None:
    assert read_history(tmp_path) == History()


def test_after_a_reboot_nothing_is_trusted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    journal.part(0, {})
    journal.range(0, 0, 5, 1)
    journal.finished(2, Finished("copied", "a"))
    journal.finished(3, Finished("skipped", "b"))
    journal.close()
    history = read_history(tmp_path, "a-host another-boot")
    assert not history.parts[0].trusted
    assert set(history.finished) == {2, 3}
    assert [history.finished.is_doubtful(index) for index in (2, 3)] == [True, False]


def test_when_all_was_on_the_disk_it_is_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    journal.finished(2, Finished("copied", "a"))
    journal.state(state="done")
    journal.close()
    assert not read_history(tmp_path, "another").finished.is_doubtful(2)


def test_a_failed_object_is_opened_again(tmp_path: Path) -> None:
    fill(tmp_path)
    journal = Journal(tmp_path, 2, HERE)
    journal.reopened(5)
    journal.close()
    assert list(read_history(tmp_path, HERE).finished) == [4]


def test_later_sessions_go_on(tmp_path: Path) -> None:
    fill(tmp_path)
    journal = Journal(tmp_path, 2, "another boot")
    journal.range(3, 75, 25, 15)
    journal.close()
    part = read_history(tmp_path, HERE).parts[3]
    assert part.bytes == 100
    assert not part.trusted


def lengths(data: bytes) -> Iterator[int]:
    """Where records end."""
    at = 0
    while at < len(data):
        at += 40 + int.from_bytes(data[at + 12 : at + 16], "little")
        yield at


def test_a_torn_record_is_not_believed_and_those_before_it_are(tmp_path: Path) -> None:
    path = fill(tmp_path)
    whole = path.read_bytes()
    ends = list(lengths(whole))
    assert ends[-1] == len(whole)
    histories = []
    for end in [0, *ends]:
        path.write_bytes(whole[:end])
        histories.append(read_history(tmp_path, HERE))
        assert histories[-1].damaged == 0
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        history = read_history(tmp_path, HERE)
        before = sum(end <= cut for end in ends)
        assert history.damaged == (cut not in (0, *ends))
        history.damaged = 0
        assert history == histories[before]


def test_a_flipped_bit_is_not_believed(tmp_path: Path) -> None:
    path = fill(tmp_path)
    whole = path.read_bytes()
    ends = [0, *lengths(whole)]
    for at in range(0, len(whole), 1 if FULL else 7):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        history = read_history(tmp_path, HERE)
        assert history.damaged == 1
        path.write_bytes(whole[: max(end for end in ends if end <= at)])
        history.damaged = 0
        assert history == read_history(tmp_path, HERE)


@pytest.mark.parametrize("size", [1, 40, 4096])
def test_zeroed_pages_and_rubbish_are_not_believed(tmp_path: Path, size: int) -> None:
    path = fill(tmp_path)
    want = read_history(tmp_path, HERE)
    want.damaged = 1
    for rubbish in (bytes(size), os.urandom(size)):
        with path.open("ab") as file:
            file.write(rubbish)
        assert read_history(tmp_path, HERE) == want


def test_a_record_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    journal._write(99)  # type: ignore[arg-type]
    journal.state(state="paused")
    journal.close()
    assert read_history(tmp_path, HERE).state == {"state": "paused"}


def test_long_records(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    journal.state(names=["x" * 200] * 1000)
    journal.state(last=True)
    journal.close()
    history = read_history(tmp_path, HERE)
    assert len(history.state["names"]) == 1000
    assert history.state["last"]


def test_records_after_the_end_are_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    journal.close()
    journal.range(1, 2, 3, 4)
    journal.close()
    assert read_history(tmp_path, HERE) == History()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_a_journal_that_can_be_read(small_disk: Path) -> None:
    journal = Journal(small_disk, 1, HERE)
    journal.part(1, {"etag": '"x"'})
    other = small_disk / "other"
    other.write_bytes(bytes(40 << 10))
    written = 0
    while written < 10_000:
        try:
            journal.range(1, written, 1, 0)
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017
            break
        written += 1
    history = read_history(small_disk, HERE)
    assert history.damaged == 0
    assert len(history.parts[1].ranges) == written
    # What must not be lost is told as soon as there is room, before anything else.
    journal.finished(2, Finished("failed", "a" * 5000, kind="space", message="No room."))
    journal.dropped(1)
    with pytest.raises(OSError, match="No space left"):
        journal.part(1, {"etag": '"y"', "more": "x" * 5000})
    assert read_history(small_disk, HERE).finished == {}
    other.unlink()
    journal.range(1, 0, 1, 0)
    history = read_history(small_disk, HERE)
    assert history.damaged == 0
    assert history.finished[2].kind == "space"
    assert history.parts == {}
    journal.close()


def write_at_once(journal: Journal, threads: int, records: int) -> list[int]:
    """Ranges of one object for each thread; how many of each found room."""
    written = [0] * threads

    def write(number: int) -> None:
        for at in range(records):
            try:
                journal.range(number, at, 1, 0)
            except OSError:
                return
            written[number] += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    return written


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, HERE)
    for number in range(8):
        journal.part(number, {"etag": '"x"'})
    assert write_at_once(journal, 8, 300) == [300] * 8
    journal.close()
    history = read_history(tmp_path, HERE)
    assert history.damaged == 0
    for number in range(8):
        assert [one.offset for one in history.parts[number].ranges] == list(range(300))


def test_each_of_many_threads_learns_whether_there_was_room(small_disk: Path) -> None:
    journal = Journal(small_disk, 1, HERE)
    for number in range(8):
        journal.part(number, {"etag": '"x"'})
    (small_disk / "other").write_bytes(bytes(40 << 10))
    written = write_at_once(journal, 8, 10_000)
    journal.close()
    history = read_history(small_disk, HERE)
    assert history.damaged == 0
    assert [len(history.parts[number].ranges) for number in range(8)] == written
    assert max(written) < 10_000


# The property: whatever happens, a transfer ends in the objects' bytes.

MIB = 1 << 20
#: The sizes that decide how an object is fetched, by this: a range has a mebibyte.
DIVISOR = 8
#: Six ranges, two ranges, and one request whose answer is held in memory.
NAMES = {"large.fits": 5 * MIB + 123, "middle.fits": MIB + 1, "small.fits": 90_000}
Change = tuple[str, float, float]
part_of_it = st.floats(0, 1)

#: What a machine forgets that dies: kind, where, how much.
forgotten = st.lists(
    st.tuples(
        st.sampled_from(
            ["tear", "zeros in journal", "zeros", "cut", "lose file", "lose name", "nothing"]
        ),
        part_of_it,
        part_of_it,
    ),
    max_size=3,
)
sessions = st.lists(
    st.tuples(
        # How much of the bytes arrives before it dies; what the machine forgets, if it dies too;
        # how many objects are replaced meanwhile.
        part_of_it,
        st.one_of(st.none(), forgotten),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=4,
)


def put_all(server: Faulty, version: int, checked: bool) -> None:
    for name, size in NAMES.items():
        put_one(server, name, size, version, checked)


def put_one(server: Faulty, name: str, size: int, version: int, checked: bool) -> None:
    body = random.Random(f"{name}{version}").randbytes(size)
    if checked:
        server.put(key(name), body)
    else:
        # Nothing but the version can be checked: the journal alone must be right.
        server.put(key(name), body, None, etag=f'"version-{version}"')


def forget(home: Home, kind: str, where: float, much: float) -> None:
    """What is not on the disk itself when a machine dies.

    A transfer ends when all is there; and what a machine finds when it starts, is.
    """
    (folder,) = (home.data / "transfers").iterdir()
    history = read_history(folder)
    if history.state.get("state") in ENDS:
        return
    journal = max(folder.glob("journal-*"))
    parts = list(home.root.rglob(".mast-*.part"))
    size = journal.stat().st_size
    if kind == "tear":
        os.truncate(journal, int(size * where))
    elif kind == "zeros in journal":
        write_zeros(journal, size, where, much)
    elif kind == "lose name":
        # A file that had got its name has the hidden one again.
        for index, how in history.finished.items():
            path = home.target / how.path
            if how.outcome == "copied" and path.exists():
                path.rename(home.target / f".mast-{folder.name}-{index}.part")
                return
    for path in parts[:1]:
        if kind == "zeros":
            write_zeros(path, path.stat().st_size, where, much)
        elif kind == "cut":
            os.truncate(path, int(path.stat().st_size * where))
        elif kind == "lose file":
            path.unlink()


def write_zeros(path: Path, size: int, where: float, much: float) -> None:
    start = int(size * where) & ~4095
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(min(size - start, max(4096, int(size * much)) & ~4095)))


@settings(
    max_examples=200 if FULL else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sessions=sessions, checked=st.booleans())
def test_any_story_ends_in_the_right_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    faulty: Faulty,
    sessions: list[tuple[float, list[Change] | None, int]],
    checked: bool,
) -> None:
    faulty.forget()
    put_all(faulty, 0, checked)
    home = Home(tmp_path_factory.mktemp("story"), faulty)
    request = home.request(conflict="replace")
    boot, version, ended = 0, 0, False
    for share, lost, replaced in sessions:
        faulty.allowance = int(sum(NAMES.values()) * share)
        faulty.halted.clear()
        worker = Worker(home, request, boot=f"boot {boot}", divisor=DIVISOR)
        while not (ended := worker.pipe.poll(0.01)) and not faulty.halted.is_set():
            pass
        worker.kill()
        faulty.allowance = None
        if ended:
            break
        if lost is not None:
            boot += 1
            for change in lost:
                forget(home, *change)
        if replaced:
            version += 1
            name = random.Random(version).choice(list(NAMES))
            if not (home.target / name).exists():
                put_one(faulty, name, NAMES[name] + version, version, checked)
    if not ended:
        # Seconds count for nobody here but for those who wait for a machine that is gone.
        worker = Worker(home, request, boot=f"boot {boot}", divisor=DIVISOR)
        summary = worker.summary()
        worker.kill()
        assert summary is not None
        assert summary["state"] == "done", summary["failures"]
    home.assert_right()
    asked = {one.range for one in faulty.asked if one.key == key("large.fits")}
    assert len(asked - {None}) >= 6


def test_a_range_that_was_not_believed_stays_so(home: Home, faulty: Faulty) -> None:
    """A file that was cut off grows again: what lies in the hole is not what was there before."""
    put_one(faulty, "large.fits", 40 * MIB, 0, False)
    faulty.allowance = 30 * MIB
    worker = Worker(home, home.request())
    faulty.halted.wait(20)
    worker.kill()
    (part,) = home.root.rglob(".mast-*.part")
    os.truncate(part, MIB // 2)
    for allowed in (25 * MIB, None):
        faulty.halted.clear()
        faulty.allowance = allowed
        worker = Worker(home)
        if allowed:
            faulty.halted.wait(20)
        else:
            worker.summary()
        worker.kill()
    home.assert_right()


def test_files_that_have_ended_take_few_bytes_of_memory_each(tmp_path: Path) -> None:
    """There may be a million of them."""
    count = 20_000
    journal = Journal(tmp_path, 1, HERE)
    for number in range(count):
        how = Finished("copied", f"folder/f{number}.fits", number, '"of thirty-two bytes or so"')
        how.check, how.algorithm, how.checksum = "checksum", "CRC64NVME", "AAAAAAAAAAA="
        how.inode, how.mtime_ns, how.ctime_ns = number + 1, 1 << 60, 1 << 60
        journal.finished(number, how)
    journal.close()
    tracemalloc.start()
    try:
        history = read_history(tmp_path, HERE)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 40 * count
    assert len(history.finished) == count
    assert history.finished[12_345].path == "folder/f12345.fits"
    assert history.finished.totals() == {"copied": (count, count * (count - 1) // 2)}


def test_journals_of_several_sessions_are_read_again_where_they_are(tmp_path: Path) -> None:
    for number in range(1, 4):
        journal = Journal(tmp_path, number, HERE)
        for index in range(number, 10, 3):
            # Longer than what is read at once of the files before it.
            text = f"{number} " * 100_000 if index == 4 else str(number)
            journal.finished(index, Finished("failed", f"{number}-{index}", message=text))
        journal.finished(0, Finished("skipped", str(number)))
        journal.close()
    finished = read_history(tmp_path, HERE).finished
    assert finished[0].path == "3"
    for index in range(1, 10):
        number = (index - 1) % 3 + 1
        assert finished[index].path == f"{number}-{index}"
        assert finished[index].message.split()[0] == str(number)
    assert finished.having("failed") == list(range(1, 10))
    finished.drop(4)
    assert 4 not in finished
    assert finished.outcome(4) is None
    assert len(finished) == 9
