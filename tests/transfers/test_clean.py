"""Partial files that nobody will go on with, wherever they lie."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_mast.transfers.clean import clean

NAME = ".mast-20200101-000000-abcdef-0.part"


@pytest.fixture
def deepest(tmp_path: Path) -> Iterator[Path]:
    """The last of so many folders in each other that calls in each other are too many."""
    folder = str(tmp_path / "a")
    os.mkdir(folder)
    for _ in range(1100):
        folder += "/a"
        os.mkdir(folder)
    yield Path(folder)
    # Python's own removal calls itself for each folder.
    subprocess.run(["rm", "-rf", str(tmp_path / "a")], check=True)


def test_they_are_found_at_any_depth(tmp_path: Path, deepest: Path) -> None:
    parts = [tmp_path / NAME, deepest / NAME]
    for part in parts:
        part.write_bytes(b"x")
        os.utime(part, (0, 0))
    assert sorted(clean([str(tmp_path)], [], [])) == sorted(map(str, parts))
    assert os.listdir(deepest) == []


def test_no_link_is_followed(tmp_path: Path) -> None:
    part = tmp_path / "elsewhere" / NAME
    part.parent.mkdir()
    part.write_bytes(b"x")
    os.utime(part, (0, 0))
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(part.parent)
    (root / NAME).symlink_to(part)
    assert clean([str(root)], [], []) == []
    assert part.exists()
