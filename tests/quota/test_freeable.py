"""What may go besides copies: the rules when it is told of, and again when it goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.mounts import table_of

from jupyterlab_mast.quota import freeable as module
from jupyterlab_mast.quota import inuse, removal
from jupyterlab_mast.quota.freeable import freeable
from jupyterlab_mast.quota.marks import mark_of
from jupyterlab_mast.quota.models import FreeableName
from jupyterlab_mast.quota.names import path_of
from jupyterlab_mast.quota.places import Places
from jupyterlab_mast.quota.removal import Removal
from jupyterlab_mast.quota.trash import TrashError, trash_below
from jupyterlab_mast.quota.tree import Record, Tree
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.transfers.interface import Provenance

Json = dict[str, Any]
DAY = 86_400
OLD = 100
CHECKPOINT = "work/.ipynb_checkpoints/a-checkpoint.ipynb"
TRASHED = ".local/share/Trash/files"

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="files are given to somebody else")


class Home:
    """A root, with what lies below it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, size: int = 5000, days: float = 0) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
        then = time.time() - days * DAY
        os.utime(file, (then, then))
        return file

    def downloaded(self, folder: str, *names: str) -> None:
        """Note in a folder of conda's whence these came, as conda does."""
        addresses = (f"https://conda.anaconda.org/conda-forge/linux-64/{name}\n" for name in names)
        self.put(f"{folder}/urls.txt").write_text("".join(addresses))

    def told(self, seconds: float = 60.0, tree: Tree | None = None) -> dict[str, Json]:
        trash = trash_below(str(self.root))
        tree = tree or measure(str(self.root))
        places = Places(str(self.root), tree, Provenance(self.root / "none"), trash)
        found = freeable(str(self.root), places, trash, seconds)
        return {group["group"]: group for group in found["groups"]}

    def ids(self, group: str) -> set[str]:
        return {one["id"] for one in self.told()[group]["entries"]}

    def marks(self, group: str) -> dict[str, str]:
        return {one["id"]: one["mark"] for one in self.told()[group]["entries"]}

    def remove(self, group: Any, name: str, mark: str) -> int:
        return Removal(str(self.root), group).remove(path_of(name), mark)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    root = tmp_path / "home"
    root.mkdir()
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return Home(root)


# Package caches


def test_caches_that_programs_run_from_are_none(home: Home) -> None:
    for path in (".cache/uv/archive-v0/a/b", ".cache/rattler/cache/pkgs/a/b", ".npm/_npx/a"):
        home.put(path)
    home.put(f"{TRASHED}/old/.cache/pip/a")
    home.put(".cache/pip/.npm/_cacache/a")
    home.put("deep/.cache/pypoetry/cache/a")
    home.put(".cache/pypoetry/virtualenvs/a/bin/python")
    entries = home.told()["package-caches"]["entries"]
    assert {one["id"]: (one["name"], one["program"], one["folder"]) for one in entries} == {
        ".cache/pip": ("pip", "pip", True),
        "deep/.cache/pypoetry/cache": ("Poetry", "Poetry", True),
    }


def test_only_what_conda_downloaded(home: Home) -> None:
    home.put("conda/pkgs/a.conda")
    home.put("conda/pkgs/b.tar.bz2")
    home.put("conda/pkgs/a/lib/a.so")
    home.put("conda/pkgs/mine.conda")
    home.downloaded("conda/pkgs", "a.conda", "b.tar.bz2", "gone.conda")
    home.put("mine/pkgs/a.conda")
    entries = home.told()["package-caches"]["entries"]
    assert {(one["id"], one["name"], one["program"]) for one in entries} == {
        ("conda/pkgs/a.conda", "a.conda", "conda"),
        ("conda/pkgs/b.tar.bz2", "b.tar.bz2", "conda"),
    }
    marks = home.marks("package-caches")
    assert home.remove("package-caches", "conda/pkgs/a.conda", marks["conda/pkgs/a.conda"]) > 0
    # Without the note it is somebody's own folder.
    (home.root / "conda/pkgs/urls.txt").unlink()
    with pytest.raises(TrashError, match="no package cache"):
        home.remove("package-caches", "conda/pkgs/b.tar.bz2", marks["conda/pkgs/b.tar.bz2"])
    assert (home.root / "conda/pkgs/b.tar.bz2").exists()


@pytest.mark.parametrize(
    ("note", "is_noted"),
    [
        (b"https://conda.anaconda.org/conda-forge/noarch/mine-1.tar.bz2", True),
        (b"http://mirror.example.org/mine-1.tar.bz2\r\n", True),
        (b"https://example.org/t/secret/mine-1.tar.bz2#0123456789abcdef\n", True),
        (b"https://example.org/a.conda\n https://example.org/mine-1.tar.bz2 \n\xff", True),
        (b"", False),
        (b"http://example.org where I got tables from\n", False),
        (b"mine-1.tar.bz2\n", False),
        (b"file:///data/mine-1.tar.bz2\n", False),
        (b"ftp://example.org/mine-1.tar.bz2\n", False),
        (b"from https://example.org/mine-1.tar.bz2\n", False),
        (b"https://example.org/not-mine-1.tar.bz2\n", False),
        (b"https://example.org/mine-1.tar.bz2.md5\n", False),
        (b"https://example.org/a.conda#/mine-1.tar.bz2\n", False),
        (b"https://example.org/ and more about/mine-1.tar.bz2\n", False),
    ],
)
def test_conda_fetches_only_what_it_has_noted(home: Home, note: bytes, is_noted: bool) -> None:
    """Else a person's own files, beside any list of addresses, would go for good."""
    name = "iraf/pkgs/mine-1.tar.bz2"
    home.put(name)
    home.downloaded("iraf/pkgs", "mine-1.tar.bz2")
    mark = home.marks("package-caches")[name]
    (home.root / "iraf/pkgs/urls.txt").write_bytes(note)
    assert home.ids("package-caches") == ({name} if is_noted else set())
    if is_noted:
        home.remove("package-caches", name, mark)
    else:
        with pytest.raises(TrashError, match="no package cache"):
            home.remove("package-caches", name, mark)
    assert (home.root / name).exists() != is_noted


@pytest.mark.parametrize("note", ["link", "folder", "pipe"])
def test_a_note_of_conda_that_is_no_file_tells_nothing(home: Home, note: str) -> None:
    home.put("conda/pkgs/a.conda")
    home.downloaded("conda/pkgs", "a.conda")
    mark = home.marks("package-caches")["conda/pkgs/a.conda"]
    path = home.root / "conda/pkgs/urls.txt"
    path.rename(home.root / "urls")
    if note == "link":
        path.symlink_to(home.root / "urls")
    elif note == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert home.ids("package-caches") == set()
    with pytest.raises(TrashError, match="no package cache"):
        home.remove("package-caches", "conda/pkgs/a.conda", mark)


def test_bytes_are_those_that_become_free(home: Home) -> None:
    file = home.put(".cache/pip/a/b", 1 << 20)
    os.link(home.put(".cache/pip/a/c", 1 << 20), home.root / "kept")
    (entry,) = home.told()["package-caches"]["entries"]
    assert file.stat().st_blocks * 512 <= entry["allocated"] < (1 << 20) + 65536
    assert home.remove("package-caches", entry["id"], entry["mark"]) == entry["allocated"]
    assert (home.root / "kept").stat().st_size == 1 << 20


def test_a_file_whose_names_all_go_frees_its_bytes(home: Home) -> None:
    os.link(home.put(".cache/pip/a/b", 1 << 20), home.root / ".cache/pip/c")
    os.link(home.put(".cache/pip/a/d", 1 << 20), home.root / "kept")
    (entry,) = home.told()["package-caches"]["entries"]
    # Besides the file, the folders themselves.
    assert 1 << 20 <= entry["allocated"] < (1 << 20) + 65536
    assert home.remove("package-caches", entry["id"], entry["mark"]) == entry["allocated"]


@contextmanager
def running(program: Path, folder: Path) -> Iterator[None]:
    with subprocess.Popen([program, "1000"], cwd=folder) as process:
        try:
            # Until it is the program.
            while not os.path.samefile(f"/proc/{process.pid}/exe", program):
                time.sleep(0.01)
            yield
        finally:
            process.kill()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("what", ["runs", "works there"])
def test_a_cache_in_which_a_program_runs_stays(home: Home, what: str) -> None:
    inside = home.put(".cache/pip/bin/sleep")
    program = Path(shutil.which("sleep") or "")
    mark = home.marks("package-caches")[".cache/pip"]
    if what == "runs":
        inside.unlink()
        shutil.copy(os.path.realpath(program), inside)
        program, folder = inside, home.root
    else:
        folder = inside.parent
    with running(program, folder):
        assert home.ids("package-caches") == set()
        with pytest.raises(TrashError, match="A program runs from"):
            home.remove("package-caches", ".cache/pip", mark)
    assert inside.exists()
    assert home.ids("package-caches") == {".cache/pip"}


def test_a_cache_with_the_server_in_it_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.put(".cache/pip/env/bin/python")
    mark = home.marks("package-caches")[".cache/pip"]
    monkeypatch.setattr(sys, "base_prefix", str(home.root / ".cache/pip/env"))
    assert home.ids("package-caches") == set()
    with pytest.raises(TrashError, match="A program runs from"):
        home.remove("package-caches", ".cache/pip", mark)


def test_mapped_files_are_in_use() -> None:
    with open("/proc/self/maps") as lines:
        mapped = {line.split(maxsplit=5)[5].strip() for line in lines if "/" in line}
    assert mapped
    assert mapped <= inuse.paths_in_use()


# Checkpoints


def test_checkpoints_of_documents_that_have_more(home: Home) -> None:
    for name in ("fine", "gone", "empty", "older", "dangling", "folder", "linked", "young"):
        days = 1 if name == "young" else OLD
        home.put(f"work/.ipynb_checkpoints/{name}-checkpoint.ipynb", days=days)
    for name in ("fine", "young"):
        home.put(f"work/{name}.ipynb", days=0)
    home.put("work/empty.ipynb", size=0)
    home.put("work/older.ipynb", days=OLD + 1)
    (home.root / "work/dangling.ipynb").symlink_to("nowhere")
    (home.root / "work/folder.ipynb").mkdir()
    (home.root / "work/linked.ipynb").symlink_to(home.put("shared/linked.ipynb"))
    home.put("work/.ipynb_checkpoints/notes", days=OLD)
    # Without a dot, with two, and one that begins with it.
    for name in ("README", "a.tar.gz", ".bashrc"):
        stem, suffix = os.path.splitext(name)
        home.put(f"more/.ipynb_checkpoints/{stem}-checkpoint{suffix}", days=OLD)
        home.put(f"more/{name}")
    assert home.ids("checkpoints") == {
        "work/.ipynb_checkpoints/fine-checkpoint.ipynb",
        "work/.ipynb_checkpoints/linked-checkpoint.ipynb",
        "more/.ipynb_checkpoints/README-checkpoint",
        "more/.ipynb_checkpoints/a.tar-checkpoint.gz",
        "more/.ipynb_checkpoints/.bashrc-checkpoint",
    }


@pytest.mark.parametrize("harm", ["gone", "empty", "older", "dangling"])
def test_a_checkpoint_whose_document_was_lost_meanwhile_stays(home: Home, harm: str) -> None:
    checkpoint = home.put(CHECKPOINT, days=OLD)
    document = home.put("work/a.ipynb")
    mark = home.marks("checkpoints")[CHECKPOINT]
    document.unlink()
    if harm == "empty":
        document.touch()
    elif harm == "older":
        home.put("work/a.ipynb", days=2 * OLD)
    elif harm == "dangling":
        document.symlink_to("nowhere")
    with pytest.raises(TrashError, match="its document is not there, is empty, or is older"):
        home.remove("checkpoints", CHECKPOINT, mark)
    assert checkpoint.exists()
    document.unlink(missing_ok=True)
    home.put("work/a.ipynb")
    assert home.remove("checkpoints", CHECKPOINT, mark) >= 5000
    assert not checkpoint.exists()


def test_a_checkpoint_that_was_written_again_stays(home: Home) -> None:
    home.put("work/a.ipynb")
    checkpoint = home.put(CHECKPOINT, days=OLD)
    mark = home.marks("checkpoints")[CHECKPOINT]
    home.put(CHECKPOINT, days=OLD + 1)
    with pytest.raises(TrashError, match="has changed since it was listed"):
        home.remove("checkpoints", CHECKPOINT, mark)
    checkpoint.touch()
    with pytest.raises(TrashError, match="it is not old"):
        home.remove("checkpoints", CHECKPOINT, mark)
    assert checkpoint.exists()


# All groups


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("package-caches", "work"),
        ("package-caches", ".cache"),
        ("package-caches", ".cache/pip/a"),
        ("package-caches", ".cache/uv"),
        ("package-caches", f"{TRASHED}/old/.cache/pip"),
        ("checkpoints", "work/a.ipynb"),
        ("checkpoints", "work/.ipynb_checkpoints"),
        ("checkpoints", f"{TRASHED}/old/.ipynb_checkpoints/a-checkpoint.ipynb"),
        ("trash", "work/a.ipynb"),
        ("trash", f"{TRASHED}/old/a.ipynb"),
        ("trash", TRASHED),
        ("trash", ".local/share/Trash/info/old.trashinfo"),
        ("trash", "work"),
    ],
)
def test_what_is_of_no_group_stays(home: Home, group: Any, name: str) -> None:
    for path in (
        *("work/a.ipynb", ".cache/pip/a/b", ".cache/uv/a", f"{TRASHED}/old/a.ipynb"),
        *(f"{TRASHED}/old/.cache/pip/a", ".local/share/Trash/info/old.trashinfo"),
    ):
        home.put(path)
    home.put(CHECKPOINT, days=OLD)
    home.put(f"{TRASHED}/old/.ipynb_checkpoints/a-checkpoint.ipynb", days=OLD)
    before = sorted(home.root.rglob("*"))
    about = (home.root / name).stat()
    for mark in (
        f"{about.st_ino}",
        f"{about.st_ino}-{about.st_mtime_ns}",
        f"{about.st_ino}-{about.st_mtime_ns}-{about.st_size}",
    ):
        with pytest.raises(TrashError, match="stay"):
            home.remove(group, name, mark)
    assert sorted(home.root.rglob("*")) == before


@pytest.mark.parametrize("data", ["", "xdg", "deep/data"])
def test_what_lies_in_a_trash_anywhere_is_offered_as_that_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(home.root / data))
    files = os.path.join(data, "Trash/files")
    old: dict[FreeableName, str] = {
        "package-caches": f"{files}/old/.cache/pip",
        "checkpoints": f"{files}/old/{CHECKPOINT}",
    }
    home.put(f"{old['package-caches']}/a")
    home.put(old["checkpoints"], days=OLD)
    home.put(f"{files}/old/work/a.ipynb")
    assert {
        name: [one["id"] for one in group["entries"]] for name, group in home.told().items()
    } == {
        "package-caches": [],
        "trash": [f"{files}/old"],
        "checkpoints": [],
    }
    for group, name in old.items():
        about = (home.root / name).stat()
        mark = mark_of(about, group)
        with pytest.raises(TrashError, match="stays"):
            home.remove(group, name, mark)
        assert (home.root / name).exists()
    mark = home.marks("trash")[f"{files}/old"]
    assert home.remove("trash", f"{files}/old", mark) >= 15_000


def test_what_has_gone_is_told(home: Home) -> None:
    with pytest.raises(TrashError, match="is not there any more"):
        home.remove("trash", f"{TRASHED}/a", "1")
    with pytest.raises(TrashError, match="whole folder"):
        home.remove("trash", "", "1")


def test_another_thing_of_the_same_name_stays(home: Home) -> None:
    home.put(".cache/pip/a")
    home.put(f"{TRASHED}/file")
    home.put(f"{TRASHED}/folder/a")
    marks = home.marks("trash") | home.marks("package-caches")
    assert len(marks) == 3
    kept = home.root / "kept"
    kept.mkdir()
    for number, name in enumerate(marks):
        (home.root / name).rename(kept / str(number))
        shutil.copytree(kept, home.root / name)
        with pytest.raises(TrashError, match="has changed since it was listed"):
            home.remove("trash" if "Trash" in name else "package-caches", name, marks[name])
        assert (home.root / name).exists()


@pytest.mark.parametrize("name", [f"{TRASHED}/file", f"{TRASHED}/folder"])
def test_what_gets_the_name_while_it_is_looked_at_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As when it is restored in another window, and another is moved to the trash."""
    home.put(f"{TRASHED}/file")
    home.put(f"{TRASHED}/folder/inner/a")
    home.put("another/file", size=6000)
    home.put("another/folder/inner/a", size=6000)

    def exchange() -> set[tuple[int, int]]:
        (home.root / name).rename(home.root / "restored")
        (home.root / "another" / Path(name).name).rename(home.root / name)
        return set()

    monkeypatch.setattr(removal, "open_files", exchange)
    with pytest.raises(TrashError, match="has changed since it was listed"):
        home.remove("trash", name, home.marks("trash")[name])
    file = "" if name.endswith("file") else "inner/a"
    assert (home.root / name / file).stat().st_size == 6000


def test_no_link_is_followed_to_what_goes(home: Home, tmp_path: Path) -> None:
    home.put(".cache/pip/a")
    mark = home.marks("package-caches")[".cache/pip"]
    (home.root / ".cache").rename(tmp_path / "cache")
    (home.root / ".cache").symlink_to(tmp_path / "cache")
    with pytest.raises(TrashError, match=r"is not there any more|behind a link"):
        home.remove("package-caches", ".cache/pip", mark)
    assert (tmp_path / "cache/pip/a").exists()
    # A link in the trash goes itself.
    outside = home.put("outside/a")
    (home.root / TRASHED).mkdir(parents=True)
    (home.root / TRASHED / "link").symlink_to(outside.parent)
    name = f"{TRASHED}/link"
    home.remove("trash", name, home.marks("trash")[name])
    assert outside.exists()
    assert not os.path.lexists(home.root / name)


def test_caches_may_be_written_to_meanwhile(home: Home) -> None:
    home.put(".cache/pip/a")
    mark = home.marks("package-caches")[".cache/pip"]
    home.put(".cache/pip/b")
    assert home.remove("package-caches", ".cache/pip", mark) > 0
    assert not (home.root / ".cache/pip").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_open_files_stay(home: Home) -> None:
    home.put("work/a.ipynb")
    files = {
        "checkpoints": home.put(CHECKPOINT, days=OLD),
        "trash": home.put(f"{TRASHED}/folder/inner/a"),
        "package-caches": home.put(".cache/pip/inner/a"),
    }
    for group, file in files.items():
        ((name, mark),) = home.marks(group).items()
        with open(file, "rb"), pytest.raises(TrashError, match=r"A program has .* open"):
            home.remove(group, name, mark)
        assert file.exists()
        home.remove(group, name, mark)
        assert not file.exists()


@is_root
def test_files_of_somebody_else_are_not_told_of_and_stay(home: Home) -> None:
    home.put("work/a.ipynb")
    home.downloaded("conda/pkgs", "a.conda")
    home.put(".cache/pip/a")
    theirs = {
        "package-caches": [home.root / ".cache/pip", home.put("conda/pkgs/a.conda")],
        "checkpoints": [home.put(CHECKPOINT, days=OLD)],
        "trash": [home.put(f"{TRASHED}/file"), home.put(f"{TRASHED}/folder/a").parent],
    }
    for group, paths in theirs.items():
        marks = home.marks(group)
        assert len(marks) == len(paths)
        for path in paths:
            os.chown(path, 12345, -1)
        assert home.ids(group) == set()
        for name, mark in marks.items():
            with pytest.raises(TrashError, match="belongs to somebody else"):
                home.remove(group, name, mark)
        assert all(path.exists() for path in paths)


@is_root
def test_somebody_else_does_not_say_what_conda_has_downloaded(home: Home) -> None:
    home.put("conda/pkgs/a.conda")
    home.downloaded("conda/pkgs", "a.conda")
    ((name, mark),) = home.marks("package-caches").items()
    os.chown(home.root / "conda/pkgs/urls.txt", 12345, -1)
    assert home.ids("package-caches") == set()
    with pytest.raises(TrashError, match="is no package cache, or no download of one"):
        home.remove("package-caches", name, mark)


@is_root
def test_a_folder_with_something_of_somebody_else_stays(home: Home) -> None:
    os.chown(home.put(".cache/pip/a/b/c"), 12345, -1)
    mark = home.marks("package-caches")[".cache/pip"]
    with pytest.raises(TrashError, match="belongs to somebody else, or something in it"):
        home.remove("package-caches", ".cache/pip", mark)
    assert (home.root / ".cache/pip/a/b/c").exists()


def test_what_lies_in_a_mount_is_not_told_of_and_stays(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was counted before that was mounted."""
    for outer in ("", "team/"):
        home.put(f"{outer}.cache/pip/a")
        home.put(f"{outer}miniforge3/pkgs/a.conda")
        home.downloaded(f"{outer}miniforge3/pkgs", "a.conda")
        home.put(f"{outer}{CHECKPOINT}", days=OLD)
        home.put(f"{outer}work/a.ipynb")
    home.put(f"{TRASHED}/a")
    tree = measure(str(home.root))
    before = {name: group["entries"] for name, group in home.told(tree=tree).items()}
    assert {name: len(entries) for name, entries in before.items()} == {
        "package-caches": 4,
        "trash": 1,
        "checkpoints": 2,
    }
    mounted = table_of(monkeypatch, tmp_path)
    mounted([home.root / "team", home.root / ".local" / "share"])
    after = home.told(tree=tree)
    for name, entries in before.items():
        mine = [one for one in entries if not one["id"].startswith(("team/", ".local/"))]
        assert after[name]["entries"] == mine
        for one in entries:
            if one not in mine:
                with pytest.raises(TrashError, match="where files from elsewhere are mounted"):
                    home.remove(name, one["id"], one["mark"])
                assert (home.root / one["id"]).exists()


# Many


def test_a_second_run_tells_more(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for number in range(5):
        home.put(f"{TRASHED}/{number}", 10_000 * (number + 1))
    trash = home.told()["trash"]
    assert [one["name"] for one in trash["entries"]] == ["4", "3", "2"]
    assert trash["allocated"] == sum(one["allocated"] for one in trash["entries"])
    assert trash["files"] == 3
    for one in trash["entries"]:
        home.remove("trash", one["id"], one["mark"])
    assert home.ids("trash") == {f"{TRASHED}/0", f"{TRASHED}/1"}


def test_without_time_there_is_less(home: Home) -> None:
    home.put("work/a.ipynb")
    home.put(CHECKPOINT, days=OLD)
    home.put(".cache/pip/a")
    home.put(f"{TRASHED}/a")
    told = home.told(seconds=-1.0)
    assert [group["entries"] for group in told.values()] == [[], [], []]
    assert all(group["entries"] for group in home.told().values())


def test_many_folders_cost_one_pass(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        home.put(f"{TRASHED}/{number}/a/b", 4096)
        home.put(f"{TRASHED}/{number}-more/a")
    passes: list[int] = []
    tree = measure(str(home.root))
    records = tree.records

    def counted() -> Iterator[Record]:
        passes.append(1)
        return records()

    monkeypatch.setattr(tree, "records", counted)
    places = Places(str(home.root), tree, Provenance(home.root / "none"))
    found = freeable(str(home.root), places, trash_below(str(home.root)))
    (trash,) = (group for group in found["groups"] if group["group"] == "trash")
    assert len(trash["entries"]) == 60
    assert all(one["files"] == 1 and one["allocated"] >= 4096 for one in trash["entries"])
    assert len(passes) == 2
