"""What the walk counts is what GNU du counts."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import shutil
import stat
import subprocess
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.somebody import Somebody
from helpers.trees import chain, each_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.quota import scanner
from jupyterlab_mast.quota import tree as tree_module
from jupyterlab_mast.quota.account import PART, Account
from jupyterlab_mast.quota.scanner import DEEPEST, LARGE_NAMES, LONGEST, OLD_NAMES, open_folder
from jupyterlab_mast.quota.tree import Tree
from jupyterlab_mast.quota.walk import THREADS, Walk, measure

FULL = os.environ.get("MAST_TEST_FULL") == "1"

#: Names in any encoding: what is no UTF-8 is a name too.
names = st.one_of(
    st.binary(min_size=1, max_size=12).filter(
        lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
    ),
    st.sampled_from([b"a", b"b", b"c", "é".encode(), b"\xff\xfe", b" ", b"-x"]),
)

#: What changes the folder of a file, and what the folder tells nothing of.
IN_FOLDERS = (
    "file",
    "file",
    "folder",
    "folder",
    "sparse",
    "link",
    "loop",
    "fifo",
    "remove",
    "move",
    "move folder",
)
IN_FILES = ("hard link", "grow")
RIGHTS = ("no reading", "no entering", "nothing")


def steps_of(
    what: Sequence[str], least: int = 0
) -> st.SearchStrategy[list[tuple[int, str, bytes, int]]]:
    """What is done to a tree: where (a number picks a folder or file that is there), what, how
    much."""
    return st.lists(
        st.tuples(st.integers(0, 1000), st.sampled_from(what), names, st.integers(0, 70_000)),
        min_size=least,
        max_size=40,
    )


steps = steps_of((*IN_FOLDERS, *IN_FILES, *RIGHTS))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that goes with all rights that were taken away in it."""
    folder = Path(tempfile.mkdtemp(prefix="mast-quota-"))
    try:
        yield folder
    finally:
        _remove(folder)


@pytest.fixture(scope="module")
def somebody() -> Iterator[Somebody]:
    process = Somebody()
    try:
        yield process
    finally:
        process.close()


def _remove(folder: Path) -> None:
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o755)
    shutil.rmtree(folder)


def _everything(root: bytes) -> tuple[list[bytes], list[bytes]]:
    folders, files = [root], []
    for path, inner, outer in os.walk(root):
        folders += [
            os.path.join(path, name)
            for name in inner
            if not os.path.islink(os.path.join(path, name))
        ]
        files += [os.path.join(path, name) for name in outer]
    return sorted(folders), sorted(files)


def do(root: bytes, where: int, what: str, name: bytes, size: int) -> None:
    """One step; what cannot be done is left out."""
    folders, files = _everything(root)
    folder = folders[where % len(folders)]
    file = files[where % len(files)] if files else None
    path = os.path.join(folder, name)
    with contextlib.suppress(OSError):
        if what == "file":
            with open(path, "xb") as stream:
                stream.write(b"x" * size)
        elif what == "folder":
            os.mkdir(path)
        elif what == "sparse":
            with open(path, "xb") as stream:
                stream.truncate(size * 1000)
                stream.seek(size * 500)
                stream.write(b"x")
        elif what == "hard link" and file:
            os.link(file, path, follow_symlinks=False)
        elif what == "link" and file:
            os.symlink(file, path)
        elif what == "loop":
            os.symlink(b"..", path)
        elif what == "fifo":
            os.mkfifo(path)
        elif what == "no reading":
            os.chmod(folder, 0o300)
        elif what == "no entering":
            os.chmod(folder, 0o600)
        elif what == "nothing" and folder != root:
            os.chmod(folder, 0)
        elif what == "remove" and file:
            os.unlink(file)
        elif what == "move" and file:
            os.rename(file, path)
        elif what == "move folder" and folder != root:
            # Into any that is not in it.
            os.rename(folder, os.path.join(folders[size % len(folders)], name))
        elif what == "grow" and file and stat.S_ISREG(os.lstat(file).st_mode):
            with open(file, "ab") as stream:
                stream.write(b"y" * size)


@settings(
    max_examples=400 if FULL else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(done=steps)
def test_any_tree_counts_as_du_counts_it(
    folder: Path, somebody: Somebody, done: list[tuple[int, str, bytes, int]]
) -> None:
    root = folder / "tree"
    root.mkdir()
    try:
        for step in done:
            do(os.fsencode(root), *step)
        found = somebody.measure(str(root))
        assert found["ours"] == found["du"]
    finally:
        _remove(root)


@settings(
    max_examples=200 if FULL else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=steps, then=st.lists(steps, min_size=1, max_size=3), picked=st.randoms())
def test_folders_that_are_read_again_add_up(
    folder: Path,
    first: list[tuple[int, str, bytes, int]],
    then: list[list[tuple[int, str, bytes, int]]],
    picked: random.Random,
) -> None:
    """However a tree changes, and in whatever order its folders are read again, the sums are
    those of a tree that is read for the first time."""
    root = folder / "tree"
    root.mkdir()
    tree = Tree()
    reading = Walk(root, tree)
    try:
        for step in first:
            do(os.fsencode(root), *step)
        reading.read([b""])
        for more in then:
            for step in more:
                do(os.fsencode(root), *step)
            paths = [record.path for record in tree.records()]
            picked.shuffle(paths)
            reading.read(paths)
            assert tree.sums == measure(root).sums
    finally:
        _remove(root)


@settings(
    max_examples=100 if FULL else 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=steps, meanwhile=steps, pause=st.floats(0, 0.002))
def test_what_changes_while_it_is_counted_is_right_in_the_end(
    folder: Path,
    first: list[tuple[int, str, bytes, int]],
    meanwhile: list[tuple[int, str, bytes, int]],
    pause: float,
) -> None:
    """Files grow, move and go during the walk and its refreshes; then one rotation settles it."""
    root = folder / "tree"
    root.mkdir()
    account = Account(str(root), folder / "kept")

    def change() -> None:
        for step in meanwhile:
            do(os.fsencode(root), *step)
            time.sleep(pause)

    changing = threading.Thread(target=change)
    try:
        for step in first:
            do(os.fsencode(root), *step)
        changing.start()
        assert account.measure()
        while changing.is_alive():
            account.refresh()
        changing.join()
        for _ in range(PART):
            account.refresh(again=-(-len(account.tree) // PART))
        assert account.tree.sums == measure(root).sums
    finally:
        changing.join()
        _remove(root)


Steps = list[tuple[int, str, bytes, int]]


@contextlib.contextmanager
def refreshed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: Steps, then: Steps, times: int
) -> Iterator[tuple[Account, Tree]]:
    """An account of a tree that was measured after the `first` steps, and so often refreshed after
    others, by a look at each folder; and that tree, measured anew."""
    # Else small trees are read again for being young.
    monkeypatch.setattr(tree_module, "YOUNG", 0)
    for bound in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(f"jupyterlab_mast.quota.account.{bound}", 0)
    root = folder / "tree"
    root.mkdir()
    account = Account(str(root), folder / "kept")
    try:
        for step in first:
            do(os.fsencode(root), *step)
        # Longer than a step of the clock: what comes after has another time.
        time.sleep(0.02)
        assert account.measure()
        for step in then:
            do(os.fsencode(root), *step)
        for _ in range(times):
            account.refresh(again=0)
        yield account, measure(root)
    finally:
        _remove(root)


some_changes = settings(
    max_examples=200 if FULL else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@some_changes
@given(first=steps_of(IN_FOLDERS), then=steps_of(IN_FOLDERS, least=1))
def test_what_changes_folders_is_found_though_none_is_read_again_in_turn(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: Steps, then: Steps
) -> None:
    """By a look at each folder: files that come, go and move change the folders they are in."""
    with refreshed(folder, monkeypatch, first, then, PART) as (account, expected):
        assert account.tree.sums == expected.sums
        assert each_folder(account.tree) == each_folder(expected)


@some_changes
@given(
    first=steps_of((*IN_FOLDERS, "hard link")), then=steps_of((*IN_FOLDERS, "hard link"), least=1)
)
def test_names_of_files_that_have_others_are_found_in_as_many_refreshes_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: Steps, then: Steps
) -> None:
    """They change the folder of the new name alone."""
    with refreshed(folder, monkeypatch, first, then, 2 * PART) as (account, expected):
        assert account.tree.sums == expected.sums


@contextlib.contextmanager
def reading_fails(root: str, parts: set[int]) -> Iterator[None]:
    """Of some thirds of all folders, but for the root, the names cannot be read here."""
    scandir, whole = os.scandir, os.stat(root).st_ino

    def fails(folder: int) -> Any:
        inode = os.fstat(folder).st_ino
        if inode != whole and inode % 3 in parts:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(folder)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "scandir", fails)
        yield


@some_changes
@given(
    first=steps_of(IN_FOLDERS, least=10),
    then=st.lists(
        st.tuples(steps_of(IN_FOLDERS, least=5), st.sets(st.integers(0, 2), min_size=1)),
        min_size=1,
        max_size=3,
    ),
)
def test_what_cannot_be_read_for_a_moment_is_right_as_soon_as_it_can(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: Steps, then: list[tuple[Steps, set[int]]]
) -> None:
    """Whatever changes meanwhile."""
    with refreshed(folder, monkeypatch, first, [], 0) as (account, _):
        for more, parts in then:
            for step in more:
                do(os.fsencode(account.root), *step)
            account.hint_below(account.root)
            with reading_fails(account.root, parts):
                account.refresh(again=0)
            # Longer than a step of the clock.
            time.sleep(0.02)
        account.hint_below(account.root)
        account.refresh(again=0)
        expected = measure(account.root)
        assert account.tree.sums == expected.sums
        assert each_folder(account.tree) == each_folder(expected)


def test_a_hundred_levels_and_paths_that_the_kernel_does_not_take(
    folder: Path, somebody: Somebody
) -> None:
    at = os.open(folder, os.O_RDONLY)
    for level in range(100):
        name = f"{level:03}-{'x' * 200}"
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = inner
        file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=at)
        os.write(file, b"x" * 10_000)
        os.close(file)
    os.close(at)
    found = somebody.measure(str(folder))
    assert found["files"] == 100
    assert found["unreadable"] == 0
    assert found["ours"] == found["du"]


def test_thousands_of_levels_count_as_du_counts_them(folder: Path, somebody: Somebody) -> None:
    with chain(folder, DEEPEST):
        found = somebody.measure(str(folder))
    assert (found["files"], found["unreadable"]) == (1, 0)
    assert found["ours"] == found["du"]


def test_the_way_to_a_deep_folder_takes_as_long_as_its_names(folder: Path) -> None:
    with chain(folder, 6000) as last:
        began = time.process_time()
        for _ in range(20):
            opened = open_folder(os.fsencode(folder), b"/".join([b"a"] * 6000))
            assert os.path.sameopenfile(opened, last)
            os.close(opened)
        assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("levels", "name", "read"),
    [(DEEPEST + 50, b"a", DEEPEST), (150, b"x" * 255, LONGEST // 256)],
)
def test_what_is_too_deep_is_told_and_nothing_in_it_is_read(
    folder: Path, levels: int, name: bytes, read: int
) -> None:
    """Each folder is known by its whole path."""
    with chain(folder, levels, name):
        account = Account(str(folder), folder / "kept")
        assert account.measure()
        sums = account.tree.sums
        # With the root, and the one that is told of.
        assert (sums.folders, sums.unreadable, sums.files) == (read + 2, 1, 0)
        assert not account.tree.failed
        for _ in range(PART):
            account.refresh(again=0)
        assert account.tree.sums == sums


def test_deep_folders_that_have_not_changed_are_not_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else they would be read for being young.
    monkeypatch.setattr(tree_module, "YOUNG", 0)
    with chain(folder, 3000) as last:
        account = Account(str(folder), folder / "kept")
        assert account.measure()
        # What is there beside is of the files that changed last.
        assert sum(account.refresh(again=0) for _ in range(PART)) < 50
        # Longer than a step of the clock.
        time.sleep(0.02)
        os.close(os.open("new", os.O_WRONLY | os.O_CREAT, dir_fd=last))
        os.mkdir("folder", dir_fd=last)
        for _ in range(PART):
            account.refresh(again=0)
        assert (account.tree.sums.files, account.tree.sums.folders) == (2, 3002)
        os.rmdir("folder", dir_fd=last)
        for _ in range(PART):
            account.refresh(again=0)
        assert account.tree.sums == measure(folder).sums


def test_folders_that_may_not_be_read_are_counted_and_told(
    folder: Path, somebody: Somebody
) -> None:
    for name in ("open", "shut"):
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(b"x" * 5000)
    (folder / "shut").chmod(0)
    found = somebody.measure(str(folder))
    assert found["unreadable"] == 1
    assert found["files"] == 1
    assert found["ours"] == found["du"]


def test_threads_count_as_processes_do(folder: Path) -> None:
    """Where calls wait, sixteen threads read, and share the files of large folders."""
    for number in range(30):
        (folder / f"{number}").mkdir()
        for file in range(300 if number % 10 == 0 else 5):
            (folder / f"{number}" / f"{file}").write_bytes(b"x" * file)
    expected = measure(folder).sums
    tree = Tree()
    Walk(folder, tree, threads=THREADS).read([b""])
    assert tree.sums == expected


def read_here(root: Path, threads: int) -> Tree:
    """One folder, read in this process as one that has changed is."""
    tree = Tree()
    Walk(root, tree, threads=threads).read([b""], deep=False)
    return tree


@pytest.mark.parametrize("threads", [1, THREADS])
def test_a_folder_of_many_files_takes_no_more_memory_than_others(
    folder: Path, threads: int
) -> None:
    for number in range(15_000):
        (folder / f"{number}.fits").touch()
    tracemalloc.start()
    try:
        assert read_here(folder, threads).sums.files == 15_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3_000_000


@pytest.mark.parametrize("threads", [1, THREADS])
def test_of_many_large_files_the_largest_and_the_oldest_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(scanner, "LARGE", 1)
    numbers = list(range(2500))
    random.Random(0).shuffle(numbers)
    for number in numbers:
        path = folder / f"{number}"
        # The largest are neither the oldest nor the latest.
        path.write_bytes(b"x" * (20_000 if 1200 <= number < 1300 else 5000))
        os.utime(path, (1e9 + number, 1e9 + number))
    record = read_here(folder, threads).get(b"")
    assert record is not None
    named = {int(name) for _, _, name in record.large}
    assert named == {*range(1300 - LARGE_NAMES, 1300), *range(OLD_NAMES)}
    assert len(record.large) == LARGE_NAMES + OLD_NAMES


def test_a_process_with_many_open_files_counts_too(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "b").write_bytes(b"x" * 5000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip("no process may open so many files here")
    with contextlib.ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        while stack.enter_context(open(os.devnull, "rb")).fileno() < 1100:
            pass
        assert measure(str(folder)).sums.files == 1


def test_a_walk_that_is_stopped_goes_on(folder: Path) -> None:
    for number in range(200):
        (folder / f"{number}").mkdir()
        (folder / f"{number}" / "file").write_bytes(b"x")
    tree = Tree()
    reading = Walk(folder, tree)
    left = [b""]
    rounds = 0
    while left:
        stop_at = len(tree) + 20
        left = reading.read(left, stopped=lambda stop_at=stop_at: len(tree) >= stop_at)
        rounds += 1
        assert rounds < 1000
    assert tree.sums == measure(folder).sums


def test_folders_that_are_mounted_from_elsewhere_are_not_entered(folder: Path) -> None:
    """Also where they lie on the same disk, by a walk and by whoever reads their folder again."""
    root, inner, elsewhere = folder / "root", folder / "root" / "inner", folder / "elsewhere"
    inner.mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "large").write_bytes(b"x" * 100_000)
    expected = measure(root).sums
    mount = ["mount", "--bind", str(elsewhere), str(inner)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        tree = Tree()
        reading = Walk(root, tree)
        for deep in (True, False):
            reading.read([b""], deep=deep)
            assert (tree.sums.files, tree.sums.apparent) == (expected.files, expected.apparent)
    finally:
        subprocess.run(["umount", str(inner)], check=True)


def test_other_file_systems_are_not_entered(folder: Path) -> None:
    inner = folder / "other"
    inner.mkdir()
    (folder / "file").write_bytes(b"x")
    expected = measure(folder).sums
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(inner)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        (inner / "large").write_bytes(b"x" * 100_000)
        sums = measure(folder).sums
        assert (sums.files, sums.apparent) == (expected.files, expected.apparent)
    finally:
        subprocess.run(["umount", str(inner)], check=True)
