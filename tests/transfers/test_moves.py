"""Copies that were moved by a shell: found nearby, and below the roots in the background."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.home import until

from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.moves import Bounds, Finder
from jupyterlab_mast.transfers.provenance import Provenance

URL = "https://example.org/b"


class Moved:
    """A home with copies, and what is found of them."""

    def __init__(self, folder: Path, **bounds: Any) -> None:
        self.home = folder.resolve() / "home"
        self.index = Provenance(folder / "copies")
        self.finder = Finder(self.index, Bounds(pause=0.0, **bounds))

    def copy(self, name: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        os.utime(path, (10, 10))
        found = path.stat()
        self.index.add(
            Copy(
                path=str(path),
                archive="a",
                bucket_url=URL,
                key=f"k/{name}",
                etag='"e"',
                size=found.st_size,
                time=1000.0,
                device=found.st_dev,
                inode=found.st_ino,
                mtime_ns=found.st_mtime_ns,
                ctime_ns=found.st_ctime_ns,
            )
        )
        return path

    def shown(self) -> dict[str, str]:
        """Which copies are there, by key, and where below the home."""
        found = self.finder.present(self.index.below(URL, ""), [str(self.home)])
        return {copy.key: os.path.relpath(copy.path, self.home) for copy in found}

    def after_search(self) -> dict[str, str]:
        until(lambda: not self.finder.searching)
        return self.shown()


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Moved]:
    one = Moved(tmp_path)
    yield one
    one.finder.close()
    one.index.close()


def test_a_new_name_in_the_same_folder_is_found_at_once(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    moved.copy("a/y.fits")
    path.rename(path.with_name("z.fits"))
    assert moved.shown() == {"k/a/x.fits": "a/z.fits", "k/a/y.fits": "a/y.fits"}
    assert not moved.finder.searching


def test_a_folder_of_other_copies_is_looked_into_at_once(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    path.rename(moved.copy("b/y.fits").with_name("x.fits"))
    assert moved.shown()["k/a/x.fits"] == "b/x.fits"


def test_another_file_in_the_old_place_is_no_copy(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    path.rename(path.with_name("z.fits"))
    path.write_bytes(b"a/x.fits")
    os.utime(path, (10, 10))
    assert moved.shown() == {"k/a/x.fits": "a/z.fits"}
    path.with_name("z.fits").unlink()
    assert moved.after_search() == {}


def test_a_moved_folder_is_found_below_the_root(moved: Moved) -> None:
    moved.copy("a/b/x.fits")
    moved.copy("a/y.fits")
    (moved.home / "deep" / "er").mkdir(parents=True)
    (moved.home / "a").rename(moved.home / "deep" / "er" / "c")
    assert moved.shown() == {}
    assert moved.after_search() == {
        "k/a/b/x.fits": "deep/er/c/b/x.fits",
        "k/a/y.fits": "deep/er/c/y.fits",
    }


def test_a_moved_file_that_was_edited_is_no_copy(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    path = path.rename(path.with_name("z.fits"))
    with path.open("r+b") as file:
        file.write(b"?")
    assert moved.shown() == moved.after_search() == {}


def test_another_name_of_a_copy_is_enough(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    path.with_name("link.fits").hardlink_to(path)
    assert moved.shown() == {"k/a/x.fits": "a/x.fits"}
    path.unlink()
    assert moved.shown() == {"k/a/x.fits": "a/link.fits"}


def test_what_is_in_the_trash_is_not_in_the_workspace(moved: Moved) -> None:
    path = moved.copy("a/x.fits")
    trash = moved.home / ".local" / "Trash"
    trash.mkdir(parents=True)
    path.rename(trash / "x.fits")
    assert moved.shown() == moved.after_search() == {}


def test_what_is_not_found_is_not_searched_for_again(tmp_path: Path) -> None:
    moved = Moved(tmp_path)
    moved.copy("a/x.fits").unlink()
    assert moved.shown() == moved.after_search() == {}
    assert not moved.finder.searching
    moved.finder.close()


def test_a_search_has_an_end(tmp_path: Path) -> None:
    moved = Moved(tmp_path, folders=3)
    path = moved.copy("a/x.fits")
    far = moved.home / "1" / "2" / "3" / "4"
    far.mkdir(parents=True)
    path.rename(far / "x.fits")
    assert moved.shown() == moved.after_search() == {}
    moved.finder.close()
