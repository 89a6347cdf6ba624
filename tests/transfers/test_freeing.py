"""Copies that are removed to free space: nothing goes that could not be fetched again."""

from __future__ import annotations

import contextlib
import errno
import itertools
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty, written
from helpers.home import archive_at, key
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mast.files import Folders
from jupyterlab_mast.processes import open_files
from jupyterlab_mast.transfers.buckets import Away, Buckets
from jupyterlab_mast.transfers.clean import leftovers
from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.freed import FreedList, lists_in
from jupyterlab_mast.transfers.freeing import grade_of, page_of_copies
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.removing import Remover
from jupyterlab_mast.transfers.reserve import keep_reserve
from jupyterlab_mast.transfers.types import TransferError

_numbers = itertools.count()


def new_list(folder: Path, root: str, **more: Any) -> FreedList:
    return FreedList(folder, f"20260101-000000-{next(_numbers):08x}", root, "home", **more)


FULL = os.environ.get("MAST_TEST_FULL") == "1"


class Shelf:
    """Copies of the objects of a server, in a home of their own."""

    def __init__(self, folder: Path, faulty: Faulty) -> None:
        self.faulty = faulty
        self.root = folder / "home"
        self.root.mkdir()
        self.lists = folder / "freed"
        self.index = Provenance(folder / "copies")
        self.archive = archive_at(faulty.endpoint)

    def copy(self, name: str, body: bytes, algorithm: str = "CRC64NVME") -> Path:
        """An object, a copy of it below the root, and the record of that."""
        stored = self.faulty.put(key(name), body)
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (stored.modified, stored.modified))
        self.note(path, key(name), body, stored.etag, algorithm)
        return path

    def note(
        self, path: Path, of: str, body: bytes, etag: str, algorithm: str = "CRC64NVME"
    ) -> None:
        found = path.stat()
        self.index.add(
            Copy(
                path=str(path),
                archive=self.archive.id,
                bucket_url=self.archive.bucket_url,
                key=of,
                etag=etag,
                size=len(body),
                time=time.time(),
                check="checksum" if algorithm else "version",
                algorithm=algorithm,
                checksum=written(algorithm, body) if algorithm else "",
                device=found.st_dev,
                inode=found.st_ino,
                mtime_ns=found.st_mtime_ns,
                ctime_ns=found.st_ctime_ns,
            )
        )

    def buckets(self) -> Buckets:
        return Buckets([self.archive], threading.Event())

    def look(self, **more: Any) -> dict[str, dict[str, Any]]:
        """All copies by their paths below the root, three at a time."""
        found: dict[str, dict[str, Any]] = {}
        after: str | None = ""
        while after is not None:
            values = {"without": [], "busy": Folders(), "buckets": self.buckets(), **more}
            page = page_of_copies(self.index, str(self.root), after, 3, **values)
            found |= {os.path.relpath(one["absolute"], self.root): one for one in page["copies"]}
            after = page["next"]
        return found

    def remove(
        self, paths: Sequence[Path], kept: FreedList | None = None, **more: Any
    ) -> tuple[list[str], dict[str, str]]:
        """Names of what went, and why the rest stayed."""
        remover = Remover(self.index, str(self.root), self.buckets(), **more)
        answer = remover.remove(
            [str(path) for path in paths], kept or new_list(self.lists, str(self.root))
        )
        done = [os.path.relpath(one["absolute"], self.root) for one in answer["done"]]
        refused = {
            os.path.relpath(one["absolute"], self.root): one["message"] for one in answer["refused"]
        }
        return done, refused

    def noted(self) -> set[str]:
        """The paths that the lists hold."""
        return {
            str(self.root / one.path) for kept in lists_in(self.lists) for one in kept.read().copies
        }


def tells_of_maps(path: Path) -> bool:
    """Whether the file system at `path` sets times when a map is written to."""
    path.write_bytes(b"x" * 4096)
    before = path.stat()
    time.sleep(0.1)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as written_to:
        written_to[0:1] = b"y"
    after = path.stat()
    path.unlink()
    return after.st_ctime_ns != before.st_ctime_ns


@contextlib.contextmanager
def shelf_of(faulty: Faulty) -> Iterator[Shelf]:
    faulty.forget()
    with tempfile.TemporaryDirectory() as folder:
        one = Shelf(Path(folder).resolve(), faulty)
        with contextlib.closing(one.index):
            yield one


@pytest.fixture
def shelf(faulty: Faulty) -> Iterator[Shelf]:
    with shelf_of(faulty) as one:
        yield one


def test_unchanged_copies_go_and_are_kept_in_a_list(shelf: Shelf) -> None:
    paths = [shelf.copy(f"x/{name}.fits", name.encode() * 9000) for name in "abcde"]
    copies = shelf.look()
    assert sorted(copies) == [f"x/{name}.fits" for name in "abcde"]
    assert {(one["standing"], one["in_archive"]) for one in copies.values()} == {
        ("unchanged", "same")
    }
    assert copies["x/a.fits"]["allocated"] == paths[0].stat().st_blocks * 512
    done, refused = shelf.remove(paths[:4])
    assert sorted(done) == [f"x/{name}.fits" for name in "abcd"]
    assert refused == {}
    assert [path.exists() for path in paths] == [False] * 4 + [True]
    # Nobody takes them for copies that are there any more.
    assert list(shelf.look()) == ["x/e.fits"]
    (kept,) = lists_in(shelf.lists)
    found = kept.read()
    assert abs(found.time - time.time()) < 60
    assert (found.root, found.root_id, found.lost) == (str(shelf.root), "home", False)
    assert [(one.path, one.key, one.size) for one in found.copies] == [
        (f"x/{path.name}", key(f"x/{path.name}"), 9000) for path in paths[:4]
    ]


Change = Callable[[Shelf, Path], None]


def edited(shelf: Shelf, path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"mine")


def edited_in_place(shelf: Shelf, path: Path) -> None:
    """Of the same size, and its modification time put back."""
    before = path.stat()
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced_by_another_file(shelf: Shelf, path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"o" * before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def touched(shelf: Shelf, path: Path) -> None:
    path.touch()


def made_private(shelf: Shelf, path: Path) -> None:
    path.chmod(0o600)


def copied_over_itself(shelf: Shelf, path: Path) -> None:
    body = path.read_bytes()
    path.unlink()
    path.write_bytes(body)


def written_again(shelf: Shelf, path: Path) -> None:
    """As many other bytes, with a time of now."""
    path.write_bytes(b"w" * path.stat().st_size)


def linked(shelf: Shelf, path: Path) -> None:
    os.link(path, path.with_name(f"{path.name}.too"))


def exchanged_for_a_link(shelf: Shelf, path: Path) -> None:
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    path.symlink_to(kept)


def replaced_in_the_archive(shelf: Shelf, path: Path) -> None:
    of = key(os.path.relpath(path, shelf.root))
    shelf.faulty.put(of, shelf.faulty.objects[of].body[::-1] + b"2")


def replaced_by_as_many_bytes(shelf: Shelf, path: Path) -> None:
    of = key(os.path.relpath(path, shelf.root))
    shelf.faulty.put(of, b"n" * len(shelf.faulty.objects[of].body))


def gone_from_the_archive(shelf: Shelf, path: Path) -> None:
    shelf.faulty.objects.pop(key(os.path.relpath(path, shelf.root)), None)


def nothing(shelf: Shelf, path: Path) -> None:
    pass


#: What may happen to a copy, and whether it may go afterwards.
CHANGES: dict[Change, bool] = {
    nothing: True,
    touched: True,
    made_private: True,
    copied_over_itself: True,
    edited: False,
    edited_in_place: False,
    written_again: False,
    replaced_by_another_file: False,
    linked: False,
    exchanged_for_a_link: False,
    replaced_in_the_archive: False,
    replaced_by_as_many_bytes: False,
    gone_from_the_archive: False,
}
#: What may happen to the archive as a whole.
AWAY = ("reset", "hang", "slow-down", "forbidden", "no-etag")


def break_archive(faulty: Faulty, how: str) -> None:
    def fault(asked: Any, answer: Any) -> None:
        if how == "reset":
            answer.raw = b""
        elif how == "hang":
            answer.raw = b"HTTP/1.1 200 OK\r\n"
        elif how == "slow-down":
            answer.fail(503, "SlowDown")
        elif how == "forbidden":
            answer.fail(403, "AccessDenied")
        else:
            del answer.headers["etag"]

    faulty.fault = fault


#: What may happen in the last instant. What leaves size and times as they were is not seen then.
LAST = (
    *(touched, copied_over_itself, edited, written_again, replaced_by_another_file, linked),
    exchanged_for_a_link,
)
#: Before or after the file gets the name under which it is looked at last.
LAST_MOMENTS = ("last", "very-last")


@contextlib.contextmanager
def at_the_rename(act: Callable[[str, str, int], None], when: str) -> Iterator[None]:
    """Do something right before or after a file gets its hidden name."""
    rename = os.rename

    def hook(source: Any, to: Any, **more: Any) -> None:
        if not more:
            rename(source, to)
            return
        if when == "before":
            act(source, to, more["src_dir_fd"])
        rename(source, to, **more)
        if when == "after":
            act(source, to, more["src_dir_fd"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", hook)
        yield


#: What happens to a copy, and when; its checksum in the archive, and its length.
Case = tuple[Change, str, str, int]

cases: st.SearchStrategy[list[Case]] = st.lists(
    st.tuples(
        st.sampled_from(list(CHANGES)),
        # Between the look and the removal, after the checks of it, or right at the removal.
        st.sampled_from(["before", "after-look", "while", *LAST_MOMENTS]),
        st.sampled_from(["CRC64NVME", "SHA256", ""]),
        st.integers(1, 5000),
    ),
    min_size=3,
    max_size=5,
)


def test_nothing_is_lost(faulty: Faulty) -> None:
    """Of 200 copies at least, to each of which something happens, or to the archive."""
    tried = 0

    @settings(max_examples=2000 if FULL else 80, deadline=None)
    @given(cases, st.sampled_from([*[None] * 10, *AWAY]))
    def nothing_is_lost(some: list[Case], away: str | None) -> None:
        nonlocal tried
        free_up(faulty, some, away)
        tried += sum(change is not nothing or away is not None for change, *_ in some)

    nothing_is_lost()
    assert tried >= 200


def free_up(faulty: Faulty, some: list[Case], away: str | None) -> None:
    """Remove some copies, to which and to whose archive something happens."""
    with shelf_of(faulty) as shelf:
        paths = [
            shelf.copy(f"f{number}.fits", bytes([number]) * size, algorithm)
            for number, (_, _, algorithm, size) in enumerate(some)
        ]

        def change(moment: str) -> None:
            for path, (one, when, _, _) in zip(paths, some, strict=True):
                if when == moment:
                    one(shelf, path)

        change("before")
        offered = shelf.look()
        change("after-look")
        if away:
            break_archive(faulty, away)
        before: dict[Path, bytes] = {}

        def opened() -> set[tuple[int, int]]:
            """The last thing that is looked at before files go."""
            faulty.fault = None
            objects = dict(faulty.objects)
            change("while")
            # The archive itself may change at any moment: that nobody can notice.
            faulty.objects = objects
            before.update((path, path.read_bytes()) for path in paths)
            return set()

        def at_last(moment: str) -> Callable[[str, str, int], None]:
            def act(source: str, to: str, folder: int) -> None:
                path = shelf.root / source
                one, when, _, _ = some[paths.index(path)]
                if when == moment and one in LAST:
                    at = path if moment == "last" else shelf.root / to
                    one(shelf, at)
                    before[path] = at.read_bytes()

            return act

        before.update((path, path.read_bytes()) for path in paths)
        with (
            at_the_rename(at_last("last"), "before"),
            at_the_rename(at_last("very-last"), "after"),
        ):
            done, refused = shelf.remove(paths, opened=opened)
        faulty.fault = None
        for path, (one, when, algorithm, _) in zip(paths, some, strict=True):
            name = path.name
            assert (name in done) != (name in refused)
            if name in done:
                # The archive has exactly what was here, and the list tells where it was.
                assert faulty.objects[key(name)].body == before[path]
                assert str(path) in shelf.noted()
                assert not path.exists()
            else:
                assert path.read_bytes() == before[path]
            if when in LAST_MOMENTS:
                # What is not among them, does not come so late.
                assert (name in done) == (one not in LAST and away is None), (one.__name__, when)
                continue
            may_go = CHANGES[one] and (bool(algorithm) or one is nothing) and away is None
            if when == "while":
                # Whatever happens to a file meanwhile, it stays; the archive was asked before.
                may_go = one is nothing or one in (
                    replaced_in_the_archive,
                    replaced_by_as_many_bytes,
                    gone_from_the_archive,
                )
                may_go = may_go and away is None
            assert (name in done) == may_go, (one.__name__, when, refused)
            if when == "before" and away is None and name in done:
                assert offered[name]["in_archive"] == "same"


@pytest.mark.parametrize(
    ("change", "standing", "in_archive"),
    [
        (edited, "changed", "unknown"),
        (edited_in_place, "unread", "same"),
        (touched, "unread", "same"),
        (linked, "linked", "unknown"),
        (replaced_in_the_archive, "unchanged", "newer"),
        (gone_from_the_archive, "unchanged", "gone"),
    ],
)
def test_what_is_told_of_a_copy(
    shelf: Shelf, change: Change, standing: str, in_archive: str
) -> None:
    change(shelf, shelf.copy("a.fits", b"a" * 100))
    one = shelf.look()["a.fits"]
    assert (one["standing"], one["in_archive"]) == (standing, in_archive)
    assert bool(one["message"]) == (in_archive in ("newer", "gone"))


def test_an_archive_that_is_away_is_told_of_once(shelf: Shelf) -> None:
    for number in range(60):
        shelf.copy(f"{number:02}.fits", b"a" * 100)
    break_archive(shelf.faulty, "slow-down")
    shelf.faulty.asked.clear()
    started = time.monotonic()
    page = page_of_copies(
        shelf.index, str(shelf.root), "", 500, without=[], busy=Folders(), buckets=shelf.buckets()
    )
    assert {one["in_archive"] for one in page["copies"]} == {"unknown"}
    assert len({one["message"] for one in page["copies"]}) == 1
    # Those that were under way, each at most twice.
    assert len(shelf.faulty.asked) <= 32
    assert time.monotonic() - started < 10


class Hanging:
    """What answers of an archive that is away; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, asked: Any, answer: Any) -> None:
        self.asked += 1
        answer.fail(503, "SlowDown")


def test_an_archive_that_is_away_is_left_alone_for_a_while(shelf: Shelf) -> None:
    shelf.copy("a.fits", b"a" * 100)
    away = Away(0.5)
    shelf.faulty.fault = hanging = Hanging()

    def look() -> str:
        buckets = Buckets([shelf.archive], threading.Event(), away)
        return str(shelf.look(buckets=buckets)["a.fits"]["in_archive"])

    assert look() == "unknown"
    asked = hanging.asked
    assert look() == "unknown"
    assert hanging.asked == asked
    shelf.faulty.fault = None
    time.sleep(0.5)
    assert look() == "same"


def test_archives_that_are_away_are_waited_for_at_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        shelf.copy(f"{name}.fits", b"a" * 100)
    copies = shelf.index.in_order(str(shelf.root), "", 99)
    elsewhere = [copy._replace(bucket_url="https://elsewhere/b") for copy in copies]
    buckets = shelf.buckets()
    at_once = []

    def together(ask: Any, items: Any) -> Any:
        at_once.append(len(items))
        return [ask(item) for item in items]

    monkeypatch.setattr(buckets, "together", together)
    told = buckets.look([*copies, *elsewhere])
    assert [one[0] for one in told] == ["same"] * 3 + ["unknown"] * 3
    assert at_once == [2, 4]
    assert buckets.look([]) == []


def test_another_version_goes_only_where_that_is_asked_for(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * 100)
    gone = shelf.copy("b.fits", b"b" * 100)
    replaced_in_the_archive(shelf, path)
    gone_from_the_archive(shelf, gone)
    _, refused = shelf.remove([path, gone])
    assert refused["a.fits"] == "a.fits stays: The archive has another version of it now."
    assert refused["b.fits"] == "b.fits stays: The archive does not have it any more."
    done, refused = shelf.remove([path, gone], newer=True)
    assert (done, list(refused)) == (["a.fits"], ["b.fits"])


def test_files_of_others_stay(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shelf.copy("a.fits", b"a" * 100)
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    one = shelf.look()["a.fits"]
    assert (one["standing"], one["in_archive"]) == ("foreign", "unknown")
    assert shelf.remove([path]) == ([], {"a.fits": "a.fits belongs to somebody else."})
    monkeypatch.undo()
    assert shelf.noted() == set()
    assert shelf.remove([path]) == (["a.fits"], {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_is_given_away_meanwhile_stays(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * 100)

    def give() -> set[tuple[int, int]]:
        os.chown(path, 12345, -1)
        return set()

    done, refused = shelf.remove([path], opened=give)
    assert (done, list(refused)) == ([], ["a.fits"])
    assert shelf.look()["a.fits"]["standing"] == "foreign"


def test_a_file_that_may_not_be_read_goes(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what was copied, by all that is told of it."""
    path = shelf.copy("a.fits", b"a" * 100)
    opens = os.open

    def refuse(name: Any, *arguments: Any, **more: Any) -> int:
        if str(name) == path.name or str(name).endswith(".part"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opens(name, *arguments, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert shelf.remove([path]) == (["a.fits"], {})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("change", LAST)
def test_a_change_at_the_very_last_moment_is_kept(shelf: Shelf, change: Change, when: str) -> None:
    path = shelf.copy("a.fits", b"a" * 100)
    kept: list[bytes] = []

    def act(source: str, to: str, folder: int) -> None:
        at = path if when == "before" else path.with_name(to)
        change(shelf, at)
        kept.append(at.read_bytes())

    with at_the_rename(act, when):
        done, refused = shelf.remove([path])
    assert (done, list(refused)) == ([], ["a.fits"])
    assert path.read_bytes() == kept[0]
    assert not list(shelf.root.glob(".mast-*-0.part"))


def test_a_file_that_comes_at_the_very_last_moment_is_kept(shelf: Shelf) -> None:
    """And so is the one that was changed meanwhile."""
    path = shelf.copy("a.fits", b"a" * 100)

    def act(source: str, to: str, folder: int) -> None:
        path.write_bytes(b"another")
        path.with_name(to).write_bytes(b"changed")

    with at_the_rename(act, "after"):
        done, refused = shelf.remove([path])
    assert done == []
    (other,) = (one for one in shelf.root.iterdir() if one != path)
    assert refused["a.fits"] == (
        "a.fits was changed since it was copied. Another file has its name now, so that it is "
        f"called {other.name}."
    )
    assert (path.read_bytes(), other.read_bytes()) == (b"another", b"changed")


def test_a_change_that_can_have_no_second_name_is_kept_under_another(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk, which is when one frees space."""
    name = "a" * 250 + ".fits"
    path = shelf.copy(name, b"a" * 100)

    def act(source: str, to: str, folder: int) -> None:
        path.with_name(to).write_bytes(b"changed")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", full)
    with at_the_rename(act, "after"):
        done, refused = shelf.remove([path])
    (kept,) = shelf.root.iterdir()
    assert (done, kept.read_bytes()) == ([], b"changed")
    assert f"it is called {kept.name}." in refused[name]
    assert not list(leftovers([str(shelf.root)], [], []))


@pytest.mark.parametrize("is_full", [False, True])
def test_it_is_said_what_a_file_is_called_that_cannot_get_its_name_back(
    shelf: Shelf, is_full: bool
) -> None:
    """The file system fails right after the file got its hidden name."""
    path = shelf.copy("a.fits", b"a" * 100)
    opens, renames, failing = os.open, os.rename, False

    def fail(number: int = errno.EIO) -> None:
        raise OSError(number, os.strerror(number))

    def rename(source: Any, to: Any, **more: Any) -> None:
        nonlocal failing
        if more and failing and not is_full:
            fail()
        renames(source, to, **more)
        failing = failing or bool(more)

    def open_(name: Any, *arguments: Any, **more: Any) -> int:
        if failing and str(name).endswith(".part"):
            fail()
        return opens(name, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", rename)
        patch.setattr(os, "open", open_)
        patch.setattr(os, "link", lambda *_, **__: fail(errno.ENOSPC if is_full else errno.EIO))
        done, refused = shelf.remove([path])
    (left,) = shelf.root.iterdir()
    assert (done, left.read_bytes()) == ([], b"a" * 100)
    assert left.name != path.name
    assert left.name.endswith(".part") != is_full
    assert refused["a.fits"] == (
        "a.fits cannot be removed: Input/output error. It could not be given its name back, and is "
        f"called {left.name} now. Rename it if it is to stay."
    )


def test_a_removal_that_is_killed_loses_nothing(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * 100)

    def die(source: str, to: str, folder: int) -> None:
        raise KeyboardInterrupt

    with at_the_rename(die, "after"), contextlib.suppress(KeyboardInterrupt):
        shelf.remove([path])
    assert str(path) in shelf.noted()
    (left,) = shelf.root.iterdir()
    assert left.read_bytes() == b"a" * 100
    # It is one of those partial files that nobody goes on with.
    assert list(leftovers([str(shelf.root)], [], [])) == [str(left)]


def test_open_files_stay(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * 100)
    with path.open("rb"):
        assert (path.stat().st_dev, path.stat().st_ino) in open_files()
        done, refused = shelf.remove([path])
    assert (done, refused) == ([], {"a.fits": "A program has a.fits open. Close it first."})
    assert shelf.remove([path]) == (["a.fits"], {})


def test_files_that_are_mapped_to_be_written_to_are_open(shelf: Shelf, tmp_path: Path) -> None:
    """Also those that nobody has open otherwise, whatever their names are."""
    odd = tmp_path / "an odd\nname "
    odd.write_bytes(b"x" * 5000)
    about = odd.stat()
    code = (
        "import ctypes, sys; libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p\n"
        "libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, "
        "ctypes.c_long]\n"
        "with open(sys.argv[1], 'r+b') as file: libc.mmap(None, 4096, 3, 1, file.fileno(), 0)\n"
        "print('mapped', flush=True); sys.stdin.read()"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code, odd], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == b"mapped\n"
        assert (about.st_dev, about.st_ino) in open_files()
    finally:
        program.communicate()
    assert (about.st_dev, about.st_ino) not in open_files()


def test_what_a_program_writes_to_a_map_after_its_file_was_read_is_kept(shelf: Shelf) -> None:
    """The page that it writes to had changes already, so that writing alone sets no time."""
    path = shelf.copy("a.fits", b"a" * 200_000)
    if not tells_of_maps(path.with_name("any")):
        pytest.skip("this file system never tells that a map was written to")
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as written_to:
        written_to[0:1] = b"a"
        time.sleep(0.1)
        buckets = shelf.buckets()
        asked = buckets.look

        def look(copies: Sequence[Copy]) -> Any:
            told = asked(copies)
            written_to[100:106] = b"edited"
            return told

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(buckets, "look", look)
            remover = Remover(shelf.index, str(shelf.root), buckets, opened=set)
            answer = remover.remove([str(path)], new_list(shelf.lists, str(shelf.root)))
    assert answer["done"] == []
    assert path.read_bytes()[98:108] == b"aaeditedaa"


def test_copies_of_transfers_that_have_not_ended_stay(shelf: Shelf) -> None:
    """They would be fetched again when these go on."""
    path = shelf.copy("a.fits", b"a" * 100)
    (copy,) = shelf.index.in_order(str(shelf.root), "", 1)
    shelf.index.add(copy._replace(transfer="paused"))
    assert shelf.look(unfinished={"paused"})["a.fits"]["standing"] == "busy"
    done, refused = shelf.remove([path], unfinished={"paused"})
    assert (done, refused) == (
        [],
        {
            "a.fits": "a.fits belongs to a transfer that has not ended, and would be fetched "
            "again. Let that end, or cancel it."
        },
    )
    assert shelf.remove([path], unfinished={"another"}) == (["a.fits"], {})


def test_what_is_being_written_to_and_what_is_in_the_trash_stays(shelf: Shelf) -> None:
    busy = shelf.copy("busy/a.fits", b"a" * 100)
    shelf.copy("trash/a.fits", b"a" * 100)
    shelf.copy("other/a.fits", b"a" * 100)
    deep = shelf.copy("busy/deep/a.fits", b"a" * 100)
    folder, trash = str(busy.parent), [str(shelf.root / "trash")]
    found = shelf.look(busy=Folders(alone=(folder,)), without=trash)
    assert {name: one["standing"] for name, one in found.items()} == {
        "busy/a.fits": "busy",
        "busy/deep/a.fits": "unchanged",
        "other/a.fits": "unchanged",
    }
    found = shelf.look(busy=Folders(whole=(folder,)), without=trash)
    assert found["busy/deep/a.fits"]["standing"] == "busy"
    done, refused = shelf.remove([busy, deep], busy=Folders(alone=(folder,)))
    assert (done, list(refused)) == (["busy/deep/a.fits"], ["busy/a.fits"])


def test_paths_of_others_are_none_of_ours(shelf: Shelf, tmp_path: Path) -> None:
    """A file that is no copy, a copy outside of the root, and one behind a link."""
    stranger = shelf.root / "mine.txt"
    stranger.write_text("mine")
    outside = tmp_path / "outside"
    outside.mkdir()
    far = outside / "a.fits"
    far.write_bytes(b"a" * 10)
    stored = shelf.faulty.put(key("a.fits"), b"a" * 10)
    shelf.note(far, key("a.fits"), b"a" * 10, stored.etag)
    (shelf.root / "way").symlink_to(outside)
    by_link = shelf.root / "way" / "a.fits"
    shelf.note(by_link, key("a.fits"), b"a" * 10, stored.etag)
    done, refused = shelf.remove([stranger, far, by_link, shelf.root / "way/../../outside/a.fits"])
    assert done == []
    assert len(refused) == 4
    assert far.exists()
    assert stranger.exists()


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(
    shelf: Shelf, tmp_path: Path
) -> None:
    path = shelf.copy("x/a.fits", b"a" * 100)
    outside = tmp_path / "outside"

    def swap() -> set[tuple[int, int]]:
        path.parent.rename(outside)
        path.parent.symlink_to(outside)
        return set()

    done, refused = shelf.remove([path], opened=swap)
    assert (done, list(refused)) == ([], ["x/a.fits"])
    assert (outside / "a.fits").read_bytes() == b"a" * 100


class _FullDisk(FreedList):
    """A list for which there is no room until something has gone."""

    def __init__(self, shelf: Shelf, file: Path, error: int) -> None:
        super().__init__(shelf.lists, "20260101-000000-00000000", str(shelf.root))
        self._file = file
        self._error = error

    def add(self, copies: Sequence[Copy]) -> None:
        if self._file.exists():
            raise OSError(self._error, os.strerror(self._error))
        super().add(copies)


def test_on_a_full_disk_the_largest_makes_room_for_the_list(shelf: Shelf) -> None:
    small, large = shelf.copy("a.fits", b"a" * 100), shelf.copy("b.fits", b"b" * 9000)
    done, refused = shelf.remove([small, large], _FullDisk(shelf, large, errno.ENOSPC))
    assert (done, refused) == (["b.fits", "a.fits"], {})
    assert shelf.noted() == {str(small), str(large)}


def test_what_lies_on_another_disk_than_the_list_makes_no_room_for_it(shelf: Shelf) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == shelf.root.stat().st_dev:
        pytest.skip("there is no other disk here")
    path = shelf.copy("a.fits", b"a" * 9000)
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        shelf.lists = Path(folder) / "freed"
        with pytest.raises(TransferError, match="cannot be kept"):
            shelf.remove([path], _FullDisk(shelf, path, errno.ENOSPC))
    assert path.exists()


class _NeverRoom(FreedList):
    """A list for which there is never room, or for one line only."""

    lines = 0

    def add(self, copies: Sequence[Copy]) -> None:
        if len(copies) > self.lines:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
        super().add(copies)


def test_where_the_list_finds_no_room_at_all_one_goes_and_is_named(shelf: Shelf) -> None:
    sizes = {"a": 100, "b": 90_000, "c": 200}
    paths = [shelf.copy(f"{name}.fits", b"x" * size) for name, size in sizes.items()]
    name = "20260101-000000-00000000"
    done, refused = shelf.remove(paths, _NeverRoom(shelf.lists, name, str(shelf.root)))
    assert done == ["b.fits"]
    assert refused["b.fits"] == (
        "b.fits was removed, but stands in no list: there was no room for it. "
        f"It was {paths[1]}, and is {key('b.fits')} in the archive a."
    )
    assert refused["a.fits"].startswith("a.fits stays: The list of what is removed cannot be kept")
    assert refused["c.fits"].startswith("c.fits stays: ")
    assert [path.exists() for path in paths] == [True, False, True]


def test_where_the_list_has_room_for_one_that_one_goes(shelf: Shelf) -> None:
    small, large = shelf.copy("a.fits", b"a" * 100), shelf.copy("b.fits", b"b" * 9000)
    kept = _NeverRoom(shelf.lists, "20260101-000000-00000000", str(shelf.root))
    kept.lines = 1
    done, refused = shelf.remove([small, large], kept)
    assert (done, list(refused)) == (["b.fits"], ["a.fits"])
    assert shelf.noted() == {str(large)}


def test_room_that_was_kept_is_used_first(shelf: Shelf) -> None:
    paths = [shelf.copy(f"{name}.fits", b"x" * 9000) for name in "ab"]
    keep_reserve(shelf.lists)
    reserve = shelf.lists / ".reserve"
    assert reserve.stat().st_size == 64 << 10
    done, refused = shelf.remove(paths, _FullDisk(shelf, reserve, errno.ENOSPC))
    assert (sorted(done), refused) == (["a.fits", "b.fits"], {})
    # In good times again.
    assert reserve.exists()


def test_a_removal_that_takes_long_is_gone_on_with(shelf: Shelf) -> None:
    """Each time at least one file is looked at."""
    paths = [str(shelf.copy(f"{name}.fits", b"x" * 100)) for name in "abcd"]
    kept = new_list(shelf.lists, str(shelf.root))
    for count in range(4):
        remover = Remover(shelf.index, str(shelf.root), shelf.buckets(), seconds=0.0)
        answer = remover.remove(paths[count:], kept)
        assert [one["absolute"] for one in answer["done"]] == [paths[count]]
        assert (answer["refused"], answer["left"]) == ([], paths[count + 1 :])
    assert shelf.noted() == set(paths)


def test_a_server_that_stops_removes_nothing_more(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * (3 << 20))
    touched(shelf, path)
    buckets = shelf.buckets()

    class Later(threading.Event):
        """Set once it was asked some times."""

        def is_set(self) -> bool:
            self.asked = getattr(self, "asked", 0) + 1
            return self.asked > 4

    buckets.stop = Later()
    remover = Remover(shelf.index, str(shelf.root), buckets)
    answer = remover.remove([str(path), "/other"], new_list(shelf.lists, str(shelf.root)))
    assert (answer["done"], answer["left"]) == ([], ["/other"])
    assert "stopping" in answer["refused"][0]["message"]
    assert path.exists()


def test_many_are_removed_some_at_a_time(shelf: Shelf) -> None:
    paths = [shelf.copy(f"{number:03}.fits", b"a" * 10) for number in range(150)]
    looks = []

    def opened() -> set[tuple[int, int]]:
        looks.append(len(shelf.noted()))
        return set()

    done, refused = shelf.remove(paths, opened=opened)
    assert (len(done), refused) == (150, {})
    assert looks == [0, 64, 128]
    assert shelf.noted() == {str(path) for path in paths}


def test_where_no_list_can_be_kept_nothing_goes(shelf: Shelf) -> None:
    path = shelf.copy("a.fits", b"a" * 100)
    with pytest.raises(TransferError, match="cannot be kept"):
        shelf.remove([path], _FullDisk(shelf, path, errno.EACCES))
    assert path.exists()


def test_a_list_has_no_half_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Copy("/home/a", "mast", "https://example.org/b", "k", '"1"', 5, 1.0)
    kept = new_list(tmp_path, "/home")
    kept.add([copy])
    whole = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 20:
            return whole(file, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="space"):
        kept.add([copy._replace(path="/home/b")])
    with pytest.raises(OSError, match="space"):
        new_list(tmp_path, "/home").add([copy])
    monkeypatch.undo()
    kept.add([copy._replace(path="/home/c")])
    (only,) = lists_in(tmp_path)
    assert [one.path for one in only.read().copies] == ["a", "c"]


def test_a_line_that_was_torn_takes_no_other_along(tmp_path: Path) -> None:
    """The process was killed, and goes on with the same list."""
    copy = Copy("/home/a", "mast", "https://example.org/b", "k", '"1"', 5, 1.0)
    kept = new_list(tmp_path, "/home")
    kept.add([copy, copy._replace(path="/home/b")])
    (file,) = tmp_path.glob("*.jsonl")
    os.truncate(file, file.stat().st_size - 10)
    kept.add([copy._replace(path="/home/c")])
    assert [one.path for one in kept.read().copies] == ["a", "c"]


@pytest.mark.parametrize("name", ["", "..", "../x", "20260101-000000-00000000/../x", "a" * 100])
def test_a_list_has_no_other_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyError):
        FreedList(tmp_path, name)


def test_damaged_lines_of_a_list_are_skipped(tmp_path: Path) -> None:
    kept = new_list(tmp_path, "/home")
    kept.add([Copy("/home/a", "mast", "https://example.org/b", "k", '"1"', 5, 1.0)])
    (file,) = tmp_path.glob("*.jsonl")
    text = file.read_bytes()
    odd = b'[]\n{"path": 5}\nnonsense\n{"path":"","archive":"","bucket_url":"","key":"",'
    file.write_bytes(text + odd + b'"etag":"","size":1}\n{"root":"/home"}\n' + text[:-30])
    assert [one.path for one in kept.read().copies] == ["a"]


@pytest.mark.parametrize(
    ("of", "grade"),
    [
        ("kepler/public/lightcurves/0000/x.fits", "fixed"),
        ("k2/public/x.fits", "fixed"),
        ("galex/x.fits", "fixed"),
        ("panstarrs/ps1/x.fits", "fixed"),
        ("hst/public/x.fits", "reprocessed"),
        ("jwst/public/x.fits", "reprocessed"),
        ("tess/public/x.fits", "reprocessed"),
        ("elsewhere/x.fits", "reprocessed"),
    ],
)
def test_grades(of: str, grade: str) -> None:
    assert grade_of(of) == grade
