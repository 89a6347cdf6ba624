"""The trash: moved and brought back, deleted for good, and who tries to lead it elsewhere."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from send2trash import send2trash

from jupyterlab_mast.quota.trash import Trash, TrashError, name_of, trash_below


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return home


@pytest.fixture
def trash(home: Path) -> Trash:
    return Trash(str(home))


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".local" not in path.parts
    }


def test_what_is_moved_comes_back(home: Path, trash: Trash) -> None:
    write(home / "a" / "one.fits", "1")
    write(home / "a" / "b" / "two.fits", "2")
    before = contents(home)
    token = trash.move(b"a")
    assert contents(home) == {}
    assert Path(trash.place_of(token)).is_dir()
    assert trash.bring_back(token) == b"a"
    assert contents(home) == before
    assert not list((home / ".local" / "share" / "Trash" / "info").iterdir())


def test_a_desktop_understands_it(home: Path, trash: Trash) -> None:
    write(home / "a b%.txt")
    trash.move(b"a b%.txt")
    (note,) = (home / ".local" / "share" / "Trash" / "info").iterdir()
    assert note.name == "a b%.txt.trashinfo"
    head, path, date = note.read_text().splitlines()
    assert head == "[Trash Info]"
    assert path == f"Path={str(home).replace(' ', '%20')}/a%20b%25.txt"
    assert date.startswith("DeletionDate=20")


def test_it_is_known_whence_things_came_and_when(home: Path, trash: Trash, tmp_path: Path) -> None:
    write(home / "a" / "b c.txt")
    before = int(time.time())
    token = trash.move(b"a/b c.txt")
    info = home / ".local" / "share" / "Trash" / "info"
    for name, note in {
        "other": f"[Trash Info]\nPath={tmp_path}/elsewhere/other\n",
        "undated": f"[Trash Info]\nPath={home}/undated\nDeletionDate=yesterday\n",
        "nowhere": "nothing that anybody understands",
    }.items():
        write(info / f"{name}.trashinfo", note)
    names = [b"b c.txt", b"other", b"undated", b"nowhere", b"without a note"]
    origins = trash.origins(names)
    assert {name: origin.path for name, origin in origins.items()} == {
        b"b c.txt": b"a/b c.txt",
        b"undated": b"undated",
    }
    moved = origins[name_of(token)].moved
    assert moved is not None
    assert before <= moved <= time.time()
    assert origins[b"undated"].moved is None


def test_two_of_one_name(home: Path, trash: Trash) -> None:
    tokens = []
    for text in ("first", "second"):
        write(home / "x.tar.gz", text)
        tokens.append(trash.move(b"x.tar.gz"))
    assert tokens[0] != tokens[1]
    trash.bring_back(tokens[0])
    assert (home / "x.tar.gz").read_text() == "first"
    # Nothing is replaced.
    with pytest.raises(TrashError, match="nothing was replaced"):
        trash.bring_back(tokens[1])
    (home / "x.tar.gz").unlink()
    trash.bring_back(tokens[1])
    assert (home / "x.tar.gz").read_text() == "second"


@pytest.mark.parametrize("comes", ["file", "folder", "empty folder", "link"])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_comes_in_the_last_moment_is_not_replaced(
    home: Path, trash: Trash, monkeypatch: pytest.MonkeyPatch, what: str, comes: str
) -> None:
    """After the last look at the place, and before something gets the name."""
    place = home / "x"
    write(place if what == "file" else place / "inner", "mine")
    token = trash.move(b"x")
    if comes == "file":
        write(place, "theirs")
    elif comes == "folder":
        write(place / "inner", "theirs")
    elif comes == "empty folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    before = place.lstat()
    true_stat = os.stat

    def stat(name: Any, *, dir_fd: int | None = None, **rest: Any) -> os.stat_result:
        if dir_fd is not None and os.path.samestat(os.fstat(dir_fd), true_stat(home)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return true_stat(name, dir_fd=dir_fd, **rest)

    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(TrashError, match="nothing was replaced"):
        trash.bring_back(token)
    monkeypatch.undo()
    assert os.path.samestat(place.lstat(), before)
    assert Path(trash.place_of(token)).exists()


def test_what_fills_the_place_of_a_folder_stays(
    home: Path, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home / "x" / "inner", "mine")
    token = trash.move(b"x")
    true_rename = os.rename

    def rename(*names: Any, **rest: Any) -> None:
        write(home / "x" / "inner", "theirs")
        true_rename(*names, **rest)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(TrashError):
        trash.bring_back(token)
    assert (home / "x" / "inner").read_text() == "theirs"
    assert (Path(trash.place_of(token)) / "inner").read_text() == "mine"


@pytest.mark.parametrize("comes", ["file", "link"])
def test_what_lies_where_its_folder_was_is_named(home: Path, trash: Trash, comes: str) -> None:
    write(home / "a" / "b" / "one.fits", "1")
    token = trash.move(b"a/b/one.fits")
    shutil.rmtree(home / "a")
    if comes == "file":
        write(home / "a", "theirs")
    else:
        (home / "a").symlink_to(home)
    with pytest.raises(TrashError) as refused:
        trash.bring_back(token)
    assert str(refused.value) == (
        "a is a file or a link now, no folder: a/b/one.fits stays in the trash. Move that away "
        "first."
    )
    (home / "a").unlink()
    assert trash.bring_back(token) == b"a/b/one.fits"


def test_what_has_gone_from_the_trash_is_said(home: Path, trash: Trash) -> None:
    write(home / "a")
    token = trash.move(b"a")
    os.unlink(trash.place_of(token))
    with pytest.raises(TrashError, match="a is not in the trash any more"):
        trash.bring_back(token)


def test_what_cannot_come_back_stays_in_the_trash(home: Path, trash: Trash) -> None:
    write(home / "a")
    token = trash.move(b"a")
    note = home / ".local/share/Trash/info/a.trashinfo"
    note.write_text(f"[Trash Info]\nPath={home}/{'x' * 300}\n")
    with pytest.raises(TrashError, match=r"cannot be brought back: .*\. It stays in the trash"):
        trash.bring_back(token)
    assert Path(trash.place_of(token)).exists()


def test_of_a_trash_that_cannot_be_used_nothing_advises_to_delete_what_should_come_back(
    home: Path, trash: Trash
) -> None:
    write(home / "a")
    token = trash.move(b"a")
    folder = home / ".local/share/Trash/info"
    shutil.rmtree(folder)
    write(folder)
    with pytest.raises(TrashError) as refused:
        trash.bring_back(token)
    assert "cannot be used" in str(refused.value)
    assert "elete" not in str(refused.value)
    assert str(refused.value).endswith("Nothing was brought back: look into it yourself.")


def test_the_folder_of_what_comes_back_is_made(home: Path, trash: Trash) -> None:
    write(home / "a" / "b" / "one.fits", "1")
    token = trash.move(b"a/b/one.fits")
    shutil.rmtree(home / "a")
    trash.bring_back(token)
    assert (home / "a" / "b" / "one.fits").read_text() == "1"


def test_a_link_is_moved_itself(home: Path, trash: Trash, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "kept")
    (home / "link").symlink_to(outside.parent)
    trash.move(b"link")
    assert outside.exists()
    (home / "link").symlink_to(outside.parent)
    trash.delete(b"link")
    assert outside.exists()


@pytest.mark.parametrize("act", ["move", "delete"])
@pytest.mark.parametrize("inner", ["", "deep/", "deep/er/"])
def test_nothing_behind_a_link_is_touched(
    home: Path, trash: Trash, tmp_path: Path, act: str, inner: str
) -> None:
    outside = write(tmp_path / "outside" / inner / "kept")
    (home / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(TrashError):
        getattr(trash, act)(f"link/{inner}kept".encode())
    assert outside.exists()


def test_nothing_comes_back_through_a_link(home: Path, trash: Trash, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    write(home / "a" / "one.fits")
    token = trash.move(b"a/one.fits")
    (home / "a").rmdir()
    (home / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(TrashError):
        trash.bring_back(token)
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("token", ["..", "../../x", "a/b", "", "%2e%2e", "nothing", "a%00"])
def test_tokens_that_lead_elsewhere(home: Path, trash: Trash, token: str) -> None:
    write(home / "x")
    trash.move(b"x")
    with pytest.raises(TrashError):
        trash.bring_back(token)


def test_a_note_that_names_another_place(home: Path, trash: Trash, tmp_path: Path) -> None:
    write(home / "x")
    token = trash.move(b"x")
    note = home / ".local" / "share" / "Trash" / "info" / "x.trashinfo"
    note.write_text(f"[Trash Info]\nPath={tmp_path}/elsewhere\n")
    with pytest.raises(TrashError):
        trash.bring_back(token)
    note.write_text(f"[Trash Info]\nPath={home}/../elsewhere\n")
    with pytest.raises(TrashError):
        trash.bring_back(token)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "path",
    [
        *("{}/a%00b", "{}/d%00/x", "{}/a/b/", "{}//a", "{}/a//b", "{}/./a", "{}/a/."),
        *("{}/a/%2e%2e/b", "{}/", "{}", "", "a%00b", "a//b", "a/"),
    ],
)
def test_a_note_whose_place_no_file_can_have(home: Path, trash: Trash, path: str) -> None:
    write(home / "x")
    token = trash.move(b"x")
    note = home / ".local" / "share" / "Trash" / "info" / "x.trashinfo"
    note.write_text(f"[Trash Info]\nPath={path.format(home)}\n")
    assert trash.origins([b"x"]) == {}
    with pytest.raises(TrashError, match="came from elsewhere"):
        trash.bring_back(token)
    assert Path(trash.place_of(token)).exists()


@pytest.mark.parametrize("note", ["folder", "pipe", "link"])
def test_a_note_that_is_no_file_tells_nothing(home: Path, trash: Trash, note: str) -> None:
    write(home / "x")
    token = trash.move(b"x")
    path = home / ".local" / "share" / "Trash" / "info" / "x.trashinfo"
    path.rename(home / "note")
    if note == "folder":
        path.mkdir()
    elif note == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(home / "note")
    assert trash.origins([b"x"]) == {}
    with pytest.raises(TrashError, match="came from elsewhere"):
        trash.bring_back(token)


def test_what_holds_the_trash_is_not_moved_into_it(home: Path, trash: Trash) -> None:
    write(home / "x", "old")
    token = trash.move(b"x")
    for path in (b".local", b".local/share"):
        with pytest.raises(TrashError, match="which lies in it"):
            trash.move(path)
    assert trash.bring_back(token) == b"x"


def test_what_is_in_the_trash_is_only_deleted(home: Path, trash: Trash) -> None:
    write(home / "x", "old")
    trash.move(b"x")
    with pytest.raises(TrashError, match="in the trash already"):
        trash.move(b".local/share/Trash/files/x")
    trash.delete(b".local/share/Trash/files/x")
    assert not list((home / ".local" / "share" / "Trash" / "info").iterdir())


def test_what_was_deleted_is_not_refused_for_its_note(home: Path, trash: Trash) -> None:
    write(home / "x")
    trash.move(b"x")
    info = home / ".local/share/Trash/info"
    shutil.rmtree(info)
    write(info)
    trash.delete(b".local/share/Trash/files/x")
    assert not (home / ".local/share/Trash/files/x").exists()


def test_the_root_itself_stays(home: Path, trash: Trash) -> None:
    for act in (trash.move, trash.delete):
        with pytest.raises(TrashError, match="whole folder"):
            act(b"")
    assert home.is_dir()


def test_what_has_gone_is_said(home: Path, trash: Trash) -> None:
    for act in (trash.move, trash.delete):
        with pytest.raises(TrashError, match="not there any more"):
            act(b"nothing")
    # No note is left of what was not moved.
    assert not list((home / ".local" / "share" / "Trash" / "info").iterdir())


def test_any_depth_is_deleted(home: Path, trash: Trash) -> None:
    # Longer than PATH_MAX.
    folder = os.open(home, os.O_RDONLY)
    os.mkdir("deep", dir_fd=folder)
    inner = os.open("deep", os.O_RDONLY, dir_fd=folder)
    for _ in range(60):
        os.mkdir("d" * 100, dir_fd=inner)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=inner)
        os.close(inner)
        inner = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=inner))
    os.close(inner)
    os.close(folder)
    trash.delete(b"deep")
    assert not (home / "deep").exists()


def test_only_the_folder_that_was_checked_is_deleted(home: Path, trash: Trash) -> None:
    write(home / "a" / "inner" / "x", "old")
    write(home / "b" / "inner" / "x", "kept")

    def check(folder: int, name: bytes) -> os.stat_result:
        about = os.stat(name, dir_fd=folder)
        (home / "a").rename(home / "c")
        (home / "b").rename(home / "a")
        return about

    with pytest.raises(TrashError, match="a is another folder now: it stays"):
        trash.delete(b"a", check)
    assert (home / "a" / "inner" / "x").read_text() == "kept"


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def test_another_disk_has_a_trash_of_its_own(home: Path, full_disk: Path) -> None:
    write(full_disk / "a" / "b", "kept")
    trash = Trash(str(full_disk))
    assert os.fsdecode(trash.folder) == f"{full_disk}/.Trash-{os.getuid()}"
    token = trash.move(b"a")
    assert not (full_disk / "a").exists()
    trash.bring_back(token)
    assert (full_disk / "a" / "b").read_text() == "kept"


def test_what_other_programs_moved_there_comes_back(home: Path, full_disk: Path) -> None:
    """They name places from the top of the disk on."""
    trash = Trash(str(full_disk))
    folder = Path(os.fsdecode(trash.folder))
    write(folder / "files" / "b", "theirs")
    write(folder / "info" / "b.trashinfo", "[Trash Info]\nPath=a/b\n")
    assert trash.bring_back("b") == b"a/b"
    assert (full_disk / "a" / "b").read_text() == "theirs"


@pytest.mark.parametrize(
    ("common", "is_used"),
    [
        ("none", False),
        ("sticky", True),
        ("own inside", True),
        ("not sticky", False),
        ("link", False),
        ("file", False),
    ],
)
def test_the_trash_of_a_disk_is_where_the_file_browser_has_it(
    home: Path, full_disk: Path, common: str, is_used: bool
) -> None:
    """In a folder that all share, where an administrator has made it for that."""
    shared = full_disk / ".Trash"
    if common == "file":
        shared.touch()
    elif common == "link":
        (full_disk / "other").mkdir()
        (full_disk / "other").chmod(0o1777)
        shared.symlink_to(full_disk / "other")
    elif common != "none":
        shared.mkdir()
        shared.chmod(0o777 if common == "not sticky" else 0o1777)
    if common == "own inside":
        (shared / f"{os.getuid()}").mkdir(mode=0o700)
    folder = f".Trash/{os.getuid()}" if is_used else f".Trash-{os.getuid()}"
    before = contents(full_disk)
    assert trash_below(str(full_disk)) == folder.encode()
    # Asking alone makes nothing.
    assert contents(full_disk) == before
    for name in ("ours", "theirs"):
        write(full_disk / "a" / name, name)
    trash = Trash(str(full_disk))
    token = trash.move(b"a/ours")
    send2trash(full_disk / "a" / "theirs")
    assert sorted(path.name for path in (full_disk / folder / "files").iterdir()) == [
        "ours",
        "theirs",
    ]
    assert (full_disk / folder).stat().st_mode & 0o777 == 0o700
    origins = trash.origins([b"ours", b"theirs"])
    assert [origin.path for origin in origins.values()] == [b"a/ours", b"a/theirs"]
    assert [trash.bring_back(one) for one in (token, "theirs")] == [b"a/ours", b"a/theirs"]
    assert (full_disk / "a" / "theirs").read_text() == "theirs"


@pytest.mark.parametrize("taken", ["link", "folder of another"])
def test_a_place_in_the_common_trash_that_is_another_persons_is_not_used(
    home: Path, full_disk: Path, taken: str
) -> None:
    shared, theirs = full_disk / ".Trash", full_disk / "theirs"
    for folder in (shared, theirs):
        folder.mkdir()
    shared.chmod(0o1777)
    place = shared / f"{os.getuid()}"
    if taken == "link":
        place.symlink_to(theirs)
    else:
        place.mkdir()
        os.chown(place, 12345, 12345)
    trash = Trash(str(full_disk))
    write(full_disk / "a", "mine")
    assert trash.bring_back(trash.move(b"a")) == b"a"
    assert os.fsdecode(trash.folder) == f"{full_disk}/.Trash-{os.getuid()}"
    assert list(theirs.iterdir()) == []


def test_what_the_file_browser_moved_from_the_data_folder_comes_back(
    home: Path, trash: Trash
) -> None:
    """It names such a place from that folder on."""
    write(home / ".local/share/Trash/files/b", "theirs")
    write(home / ".local/share/Trash/info/b.trashinfo", "[Trash Info]\nPath=app/b\n")
    assert trash.bring_back("b") == b".local/share/app/b"
    assert (home / ".local/share/app/b").read_text() == "theirs"


def test_a_trash_that_somebody_else_has_put_there_is_not_used(
    home: Path, full_disk: Path, tmp_path: Path
) -> None:
    write(full_disk / "a", "kept")
    (tmp_path / "theirs").mkdir()
    folder = full_disk / f".Trash-{os.getuid()}"
    folder.symlink_to(tmp_path / "theirs")
    with pytest.raises(TrashError, match="cannot be used"):
        Trash(str(full_disk)).move(b"a")
    folder.unlink()
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(TrashError, match="belongs to somebody else"):
        Trash(str(full_disk)).move(b"a")
    assert (full_disk / "a").read_text() == "kept"
    assert not list((tmp_path / "theirs").iterdir())


def test_a_full_disk_loses_nothing(home: Path, full_disk: Path) -> None:
    write(full_disk / "a", "kept")
    with pytest.raises(OSError, match="No space left"):
        (full_disk / "rest").write_bytes(bytes(1 << 20))
    trash = Trash(str(full_disk))
    with pytest.raises(TrashError, match="Delete for good"):
        trash.move(b"a")
    assert (full_disk / "a").read_text() == "kept"
    trash.delete(b"a")
    assert not (full_disk / "a").exists()


NAMES = st.binary(min_size=1, max_size=30).filter(
    lambda name: name not in (b".", b"..") and not {0, 47} & set(name)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(NAMES, min_size=1, max_size=4), NAMES)
def test_any_name_comes_back(home: Path, trash: Trash, folders: list[bytes], name: bytes) -> None:
    outer = os.path.join(os.fsencode(home), b"t", *folders)
    os.makedirs(outer, exist_ok=True)
    whole = os.path.join(outer, name)
    if os.path.isdir(whole):
        return
    with open(whole, "wb") as file:
        file.write(name)
    path = os.path.relpath(whole, os.fsencode(home))
    token = trash.move(path)
    assert not os.path.lexists(whole)
    assert trash.bring_back(token) == path
    with open(whole, "rb") as file:
        assert file.read() == name
    trash.delete(b"t")
    assert not (home / "t").exists()
