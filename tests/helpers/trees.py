"""Folders with files, for tests of what measures them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from jupyterlab_mast.quota.tree import Tree


def folders_of_one_file(root: Path, count: int, size: int) -> Path:
    """`root`, with so many folders ``0``, ``1``, … that hold a file ``a.fits`` of `size` bytes."""
    for number in range(count):
        folder = root / f"{number}"
        folder.mkdir(parents=True)
        (folder / "a.fits").write_bytes(b"x" * size)
    return root


@contextlib.contextmanager
def chain(root: Path, levels: int, name: bytes = b"a", size: int = 5000) -> Iterator[int]:
    """A descriptor of the last of so many folders in each other below `root`; a file ``file`` of
    `size` bytes is in it. They go in the end: what else removes folders may not get so deep."""
    at = os.open(root, os.O_RDONLY)
    try:
        for _ in range(levels):
            os.mkdir(name, dir_fd=at)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = inner
        file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=at)
        os.write(file, b"x" * size)
        os.close(file)
        yield at
    finally:
        os.close(at)
        subprocess.run(["rm", "-r", os.path.join(os.fsencode(root), name)], check=True)


def each_folder(tree: Tree) -> dict[bytes, tuple[object, ...]]:
    """What is known of each folder: a file that moves from one to another leaves all sums."""
    return {
        one.path: (one.inode, one.allocated, one.apparent, one.files, sorted(one.folders))
        for one in tree.records()
    }
