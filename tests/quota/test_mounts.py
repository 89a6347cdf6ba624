"""Folders of others that are mounted in the home: nothing of them goes with what holds them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from helpers.mounts import Mounted, among_own_mounts, table_of

from jupyterlab_mast.quota.marks import mark_of
from jupyterlab_mast.quota.removal import Removal
from jupyterlab_mast.quota.trash import Trash, TrashError

TRASH = ".local/share/Trash/files"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a folder ``proj``, of which ``shared`` is meant to be a team's."""
    home = tmp_path / "home"
    (home / "proj" / "shared" / "deep").mkdir(parents=True)
    (home / "proj" / "a").mkdir()
    for name in ("own", "a/own", "shared/precious", "shared/deep/precious"):
        (home / "proj" / name).write_text(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return home


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mounted:
    return table_of(monkeypatch, tmp_path)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def removed(home: Path, group: Any, path: str) -> int:
    mark = mark_of((home / path).lstat(), group)
    return Removal(str(home), group).remove(path.encode(), mark)


@pytest.mark.parametrize("act", ["move", "delete"])
@pytest.mark.parametrize("at", ["proj/shared", "proj/shared/deep", "proj/own", "proj"])
def test_what_holds_a_mount_stays_whole(home: Path, mounted: Mounted, act: str, at: str) -> None:
    before = files_in(home)
    mounted([home / at, home / "proj-2"])
    with pytest.raises(TrashError, match=f"mounted at {at}: proj stays"):
        getattr(Trash(str(home)), act)(b"proj")
    assert files_in(home) == before
    # What lies beside it goes all the same.
    if at.startswith("proj/shared"):
        getattr(Trash(str(home)), act)(b"proj/a")
        assert not (home / "proj" / "a").exists()


@pytest.mark.parametrize("act", ["move", "delete"])
@pytest.mark.parametrize("path", ["shared/precious", "shared/deep", "shared/deep/precious"])
def test_what_lies_in_a_mount_stays(home: Path, mounted: Mounted, act: str, path: str) -> None:
    before = files_in(home)
    mounted([home / "proj" / "shared"])
    with pytest.raises(TrashError, match=f"proj/{path} lies in proj/shared, where files from"):
        getattr(Trash(str(home)), act)(f"proj/{path}".encode())
    assert files_in(home) == before
    # What is only called alike goes.
    (home / "proj" / "shared-2").write_text("mine")
    getattr(Trash(str(home)), act)(b"proj/shared-2")
    assert not (home / "proj" / "shared-2").exists()


@pytest.mark.parametrize(
    "name",
    [
        b"a b\\ \xc3\xa9\xff\n",
        # The kernel writes these as they are, and much takes them for ends of lines.
        *(b"x%by" % bytes([end]) for end in b"\r\x0b\x0c\x1c\x1d\x1e\x85"),
        "x\u2028y".encode(),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
def test_a_mount_of_any_name_is_known(
    home: Path, tmp_path: Path, mounted: Mounted, name: bytes, beside: bool
) -> None:
    odd = home / os.fsdecode(name) / "team"
    odd.mkdir(parents=True)
    # One that has nothing to do with the home does no harm.
    mounted([tmp_path / os.fsdecode(name), odd] if beside else [odd])
    with pytest.raises(TrashError, match="mounted at"):
        Trash(str(home)).delete(os.fsencode(odd.parent.relative_to(home)))
    assert odd.is_dir()


def test_of_the_trash_only_what_holds_a_mount_stays(home: Path, mounted: Mounted) -> None:
    trash = Trash(str(home))
    (home / "other").mkdir()
    for path in (b"proj", b"other"):
        trash.move(path)
    mounted([home / TRASH / "proj" / "shared"])
    with pytest.raises(TrashError, match="proj/shared"):
        removed(home, "trash", f"{TRASH}/proj")
    removed(home, "trash", f"{TRASH}/other")
    assert (home / TRASH / "proj" / "shared" / "precious").exists()
    assert (home / TRASH / "proj" / "own").exists()
    assert os.listdir(home / TRASH) == ["proj"]


def test_a_cache_that_holds_a_mount_stays(home: Path, mounted: Mounted) -> None:
    shared = home / ".cache" / "pip" / "wheels" / "shared"
    shared.mkdir(parents=True)
    (shared / "precious").write_text("1")
    mounted([shared])
    with pytest.raises(TrashError, match="pip/wheels/shared"):
        removed(home, "package-caches", ".cache/pip")
    assert (shared / "precious").exists()


def test_without_a_table_another_disk_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_mast.quota.mounts._TABLE", str(tmp_path / "none"))
    inner = (home / "proj" / "shared" / "deep").stat().st_ino
    before, true_fstat = files_in(home), os.fstat

    def fstat(file: int) -> os.stat_result:
        about = true_fstat(file)
        return os.stat_result((*about[:2], 7, *about[3:])) if about.st_ino == inner else about

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(TrashError, match="mounted at proj/shared/deep: proj stays"):
        Trash(str(home)).delete(b"proj")
    assert files_in(home) == before


def test_what_is_mounted_meanwhile_is_not_emptied(
    home: Path, mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at all folders and their removal another folder came to one's place."""
    true_rmdir = os.rmdir

    def rmdir(name: Any, *, dir_fd: int) -> None:
        true_rmdir(name, dir_fd=dir_fd)
        if not (home / "moved").exists() and (home / "proj" / "shared").exists():
            (home / "proj" / "shared").rename(home / "moved")
            (home / "proj" / "shared").mkdir()
            (home / "proj" / "shared" / "precious").write_text("1")

    monkeypatch.setattr(os, "rmdir", rmdir)
    with pytest.raises(TrashError, match="another folder now"):
        Trash(str(home)).delete(b"proj")
    assert (home / "proj" / "shared" / "precious").exists()


CARRIAGE_RETURN = """
from jupyterlab_mast.quota.trash import Trash, TrashError
from jupyterlab_mast.quota.walk import measure

home, team = sys.argv[1:]
bind(team, os.path.join(home, "x\\ry"))
files = measure(home).sums.files
try:
    Trash(home).delete(b"x\\ry")
except TrashError as error:
    tell([files, str(error), os.listdir(team)])
"""


def test_a_mount_whose_name_looks_like_two_lines_keeps_its_files(
    home: Path, tmp_path: Path
) -> None:
    (home / "x\ry").mkdir()
    team = tmp_path / "team"
    team.mkdir()
    (team / "theirs").write_text("1")
    files, said, kept = among_own_mounts(CARRIAGE_RETURN, home, team)
    assert files == len(files_in(home))
    assert "mounted at" in said
    assert kept == ["theirs"]


def test_nothing_comes_back_into_a_mount(home: Path, mounted: Mounted) -> None:
    trash = Trash(str(home))
    token = trash.move(b"proj/shared/deep/precious")
    (home / "proj/shared/deep").rmdir()
    mounted([home / "proj" / "shared"])
    with pytest.raises(TrashError) as refused:
        trash.bring_back(token)
    assert str(refused.value) == (
        "Files from elsewhere are mounted at proj/shared now: proj/shared/deep/precious stays in "
        f"the trash. Move it from {home}/{TRASH}/precious to another place yourself."
    )
    # Not even its folder is made there.
    assert not (home / "proj/shared/deep").exists()
    mounted([])
    assert trash.bring_back(token) == b"proj/shared/deep/precious"


BACK = """
from jupyterlab_mast.quota.trash import Trash, TrashError

home, team = sys.argv[1:]
trash = Trash(home)
token = trash.move(b"proj/shared/deep/precious")
bind(team, os.path.join(home, "proj", "shared"))
try:
    trash.bring_back(token)
except TrashError as error:
    tell([str(error), os.listdir(team), os.path.exists(trash.place_of(token))])
"""


def test_nothing_comes_back_into_a_real_mount(home: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    said, made, is_kept = among_own_mounts(BACK, home, team)
    assert "mounted at proj/shared now" in said
    assert (made, is_kept) == ([], True)


INSIDE = """
from jupyterlab_mast.quota.trash import Trash, TrashError

home, team, what, how = sys.argv[1:]
at, said = os.path.join(home, "proj", "shared"), []
if what == "tmpfs":
    mount("-t", "tmpfs", "none", at)
else:
    bind(team, at)
os.mkdir(os.path.join(at, "folder"))
open(os.path.join(at, "theirs"), "w").close()
for name in (b"folder", b"theirs"):
    try:
        getattr(Trash(home), how)(b"proj/shared/" + name)
    except TrashError as error:
        said.append(str(error))
tell([said, sorted(os.listdir(at))])
"""


@pytest.mark.parametrize("how", ["move", "delete"])
@pytest.mark.parametrize("what", ["tmpfs", "bind"])
def test_what_lies_in_a_real_mount_stays(home: Path, tmp_path: Path, what: str, how: str) -> None:
    team = tmp_path / "team"
    team.mkdir()
    said, kept = among_own_mounts(INSIDE, home, team, what, how)
    assert kept == ["folder", "theirs"]
    assert ["lies in proj/shared, where files from elsewhere" in one for one in said] == [True] * 2


REAL = """
from jupyterlab_mast.quota.marks import mark_of
from jupyterlab_mast.quota.removal import Removal
from jupyterlab_mast.quota.trash import Trash, TrashError

home, team, what, how = sys.argv[1:]
trash, said = Trash(home), []
at, path = os.path.join(home, "proj", "shared"), b"proj"
if how == "empty":
    trash.move(b"proj")
    path = b".local/share/Trash/files/proj"
    at = os.path.join(home, os.fsdecode(path), "shared")
if what == "tmpfs":
    mount("-t", "tmpfs", "none", at)
    open(os.path.join(at, "theirs"), "w").close()
else:
    bind(team, at)
try:
    if how == "empty":
        mark = mark_of(os.lstat(os.path.join(home, os.fsdecode(path))), "trash")
        Removal(home, "trash").remove(path, mark)
    else:
        getattr(trash, how)(path)
except TrashError as error:
    said.append(str(error))
tell([said, os.listdir(at)])
"""


@pytest.mark.parametrize("how", ["move", "delete", "empty"])
@pytest.mark.parametrize("what", ["tmpfs", "bind"])
def test_what_is_really_mounted_keeps_its_files(
    home: Path, tmp_path: Path, what: str, how: str
) -> None:
    team = tmp_path / "team"
    team.mkdir()
    (team / "theirs").write_text("1")
    before = len(files_in(home))
    (said,), kept = among_own_mounts(REAL, home, team, what, how)
    assert "proj/shared: " in said
    assert "proj stays" in said
    assert kept == ["theirs"]
    assert [path for path in files_in(home) if path.endswith("precious")]
    assert len([path for path in files_in(home) if not path.endswith("info")]) == before
