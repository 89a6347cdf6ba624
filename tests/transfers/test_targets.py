"""Folders that nothing leads out of, and files that appear whole."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_mast.transfers.targets import (
    Target,
    disk_problem,
    open_part,
    put_in_place,
    remove_part,
)
from jupyterlab_mast.transfers.types import TransferError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    return folder


@contextlib.contextmanager
def opened(root: Path, target: Path, made: list[str] | None = None) -> Iterator[Target]:
    told = made.append if made is not None else None
    one = Target(str(root), str(target), made=told)
    try:
        yield one
    finally:
        one.close()


def write(target: Target, path: str) -> None:
    with target.folder(path, put=True) as folder:
        file = open_part(folder, ".part", None)
        assert file is not None
        os.write(file, b"data")
        os.close(file)
        put_in_place(folder, ".part", os.path.basename(path), False)


def test_folders_are_made_and_told(root: Path) -> None:
    made: list[str] = []
    with opened(root, root / "a/b", made) as target:
        write(target, "c/d/e.fits")
        write(target, "f.fits")
        write(target, "c/g.fits")
    assert made == ["a", "a/b", "a/b/c", "a/b/c/d"]
    assert (root / "a/b/c/d/e.fits").read_bytes() == b"data"
    assert sorted(path.name for path in (root / "a/b").iterdir()) == ["c", "f.fits"]


def test_the_mask_of_the_user_counts(root: Path) -> None:
    before = os.umask(0o027)
    try:
        with opened(root, root / "a") as target:
            write(target, "b/c.fits")
    finally:
        os.umask(before)
    assert (root / "a/b").stat().st_mode & 0o777 == 0o750
    assert (root / "a/b/c.fits").stat().st_mode & 0o777 == 0o640


def test_a_target_outside_is_refused(root: Path) -> None:
    for wrong in (root.parent, root.parent / "outside", root / ".." / "outside"):
        with pytest.raises(TransferError) as caught:
            Target(str(root), str(wrong))
        assert caught.value.kind == "target"


@pytest.mark.parametrize("there", ["ours", "another", "link", "folder of a link", "nothing"])
def test_only_our_partial_file_is_removed_where_the_target_was_moved(
    root: Path, there: str
) -> None:
    aside = root.parent / "aside"
    outside = root.parent / "outside"
    with opened(root, root / "a") as target:
        with target.folder("b/c.fits") as folder:
            file = open_part(folder, ".part", None)
            assert file is not None
            inode = os.fstat(file).st_ino
            os.close(file)
        (root / "a").rename(aside)
        part = aside / "b/.part"
        if there == "another":
            part.rename(outside / "kept")
            part.write_bytes(b"mine")
        elif there == "link":
            part.rename(outside / "kept")
            part.symlink_to(outside / "kept")
        elif there == "folder of a link":
            part.rename(outside / ".part")
            part.parent.rmdir()
            part.parent.symlink_to(outside)
        elif there == "nothing":
            part.unlink()
        with contextlib.suppress(OSError, TransferError):
            target.remove_moved("b/c.fits", ".part", inode)
    if there in ("ours", "nothing"):
        assert list((aside / "b").iterdir()) == []
    else:
        assert os.path.lexists(part)
        assert len(list(outside.iterdir())) == 1


@pytest.mark.parametrize("where", ["target", "above", "below"])
def test_links_are_not_followed(root: Path, where: str) -> None:
    link = {"target": root / "a/b", "above": root / "a", "below": root / "a/b/c"}[where]
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(root.parent / "outside")
    with pytest.raises(TransferError) as caught, opened(root, root / "a/b") as target:
        write(target, "c/d.fits")
    assert caught.value.kind == "target"
    assert "is a link or a file" in caught.value.message
    assert list((root.parent / "outside").iterdir()) == []


def test_a_root_that_became_a_link_is_refused(root: Path) -> None:
    root.rmdir()
    root.symlink_to(root.parent / "outside")
    with pytest.raises(TransferError):
        Target(str(root), str(root))


@pytest.mark.parametrize("what", ["target", "folder"])
@pytest.mark.parametrize("how", ["deleted", "link", "moved", "another"])
def test_what_is_exchanged_midway_gets_nothing(root: Path, what: str, how: str) -> None:
    with opened(root, root / "a") as target:
        write(target, "b/first.fits")
        victim = root / "a" if what == "target" else root / "a/b"
        aside = root.parent / "aside"
        victim.rename(aside)
        if how == "link":
            victim.symlink_to(root.parent / "outside")
        elif how == "another":
            victim.mkdir()
        if how == "moved":
            victim.symlink_to(aside)
        if what == "folder" and how in ("deleted", "another"):
            write(target, "b/second.fits")  # it is made anew
            assert (root / "a/b/second.fits").exists()
        else:
            with pytest.raises(TransferError) as caught:
                write(target, "b/second.fits")
            assert caught.value.kind == "target"
        if what == "target":
            with pytest.raises(TransferError):
                target.check()
    assert list((root.parent / "outside").iterdir()) == []
    assert not list(aside.rglob("second.fits"))


def test_a_race_of_links_never_writes_outside(root: Path, full: bool) -> None:
    """A folder is exchanged for a link and back, as fast as that goes, while files are put."""
    (root / "a").mkdir()
    stop = threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                os.rename(root / "a/b", root / "a/real")
                os.symlink(root.parent / "outside", root / "a/b")
            with contextlib.suppress(OSError):
                os.unlink(root / "a/b")
                os.rename(root / "a/real", root / "a/b")

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        with opened(root, root / "a") as target:
            for number in range(5000 if full else 500):
                with contextlib.suppress(TransferError, OSError):
                    write(target, f"b/{number}.fits")
    finally:
        stop.set()
        thread.join()
    assert list((root.parent / "outside").iterdir()) == []


def test_many_folders_keep_few_open(root: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with opened(root, root) as target:
        for number in range(300):
            write(target, f"{number}/a.fits")
        assert len(os.listdir("/proc/self/fd")) < before + 70
        target.sync()
    assert len(os.listdir("/proc/self/fd")) == before
    assert len(list(root.rglob("a.fits"))) == 300


def test_without_making_nothing_is_made(root: Path) -> None:
    with pytest.raises(TransferError) as caught:
        Target(str(root), str(root / "a"), make=False)
    assert caught.value.kind == "target"
    with opened(root, root) as target:
        with pytest.raises(TransferError), target.folder("a/b", make=False):
            pass
        target.remove_folder("x/y")
    assert list(root.iterdir()) == []


def test_only_empty_folders_are_removed(root: Path) -> None:
    with opened(root, root) as target:
        write(target, "a/b.fits")
        (root / "c/d").mkdir(parents=True)
        for path in ("a", "c/d", "c", "none"):
            target.remove_folder(path)
    assert [path.name for path in root.iterdir()] == ["a"]


def test_a_closed_target_takes_nothing(root: Path) -> None:
    target = Target(str(root), str(root))
    target.close()
    target.close()
    with pytest.raises(TransferError):
        write(target, "a.fits")


# Files


@pytest.fixture
def folder(root: Path) -> Iterator[int]:
    file = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    yield file
    os.close(file)


def test_a_file_appears_whole(root: Path, folder: int) -> None:
    (root / "part").write_bytes(b"new")
    put_in_place(folder, "part", "a", False)
    assert [path.name for path in root.iterdir()] == ["a"]
    assert (root / "a").stat().st_nlink == 1
    (root / "part").write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        put_in_place(folder, "part", "a", False)
    assert (root / "a").read_bytes() == b"new"
    put_in_place(folder, "part", "a", True)
    assert (root / "a").read_bytes() == b"newer"
    assert [path.name for path in root.iterdir()] == ["a"]


@pytest.mark.parametrize("kind", ["link", "folder", "dangling"])
def test_whatever_is_in_the_way_stays(root: Path, folder: int, kind: str) -> None:
    (root / "part").write_bytes(b"new")
    if kind == "folder":
        (root / "a").mkdir()
    else:
        (root / "a").symlink_to(root.parent / ("outside" if kind == "link" else "none"))
    with pytest.raises(FileExistsError):
        put_in_place(folder, "part", "a", False)
    if kind == "folder":
        with pytest.raises(OSError, match="directory"):
            put_in_place(folder, "part", "a", True)
    else:
        put_in_place(folder, "part", "a", True)
        assert not (root / "a").is_symlink()
    assert list((root.parent / "outside").iterdir()) == []


@pytest.mark.parametrize("error", ["EPERM", "ENOTSUP", "EMLINK"])
def test_file_systems_without_hard_links(
    root: Path, folder: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*arguments: object, **more: object) -> None:
        raise OSError(getattr(errno, error), "no")

    monkeypatch.setattr(os, "link", no_link)
    (root / "part").write_bytes(b"new")
    put_in_place(folder, "part", "a", False)
    assert (root / "a").read_bytes() == b"new"
    (root / "part").write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        put_in_place(folder, "part", "a", False)
    assert (root / "a").read_bytes() == b"new"


def test_a_partial_file_is_opened_again_only_if_it_is_the_same(root: Path, folder: int) -> None:
    file = open_part(folder, "part", None)
    assert file is not None
    inode = os.fstat(file).st_ino
    with pytest.raises(FileExistsError):
        open_part(folder, "part", None)
    again = open_part(folder, "part", inode)
    assert again is not None
    os.close(again)
    assert open_part(folder, "part", inode + 1) is None
    os.link(root / "part", root / "second name")
    assert open_part(folder, "part", inode) is None
    remove_part(folder, "part")
    remove_part(folder, "part")
    assert open_part(folder, "part", inode) is None
    (root / "part").symlink_to("second name")
    assert open_part(folder, "part", inode) is None
    (root / "part").unlink()
    os.mkfifo(root / "part")
    assert open_part(folder, "part", (root / "part").stat().st_ino) is None
    os.close(file)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("ENOSPC", "space"),
        ("EDQUOT", "quota"),
        ("EROFS", "read-only"),
        ("EACCES", "read-only"),
        ("ENOENT", "target"),
        ("ESTALE", "target"),
        ("EIO", "target"),
    ],
)
def test_errors_are_sentences(number: str, kind: str) -> None:
    code = getattr(errno, number)
    problem = disk_problem(OSError(code, os.strerror(code)), "/a/b")
    assert problem.kind == kind
    assert "/a/b" in problem.message
    assert problem.message.endswith(".")
