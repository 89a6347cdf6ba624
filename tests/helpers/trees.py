"""Folders with files, for tests of what measures them."""

from __future__ import annotations

from pathlib import Path

from jupyterlab_mast.quota.tree import Tree


def folders_of_one_file(root: Path, count: int, size: int) -> Path:
    """`root`, with so many folders ``0``, ``1``, … that hold a file ``a.fits`` of `size` bytes."""
    for number in range(count):
        folder = root / f"{number}"
        folder.mkdir(parents=True)
        (folder / "a.fits").write_bytes(b"x" * size)
    return root


def each_folder(tree: Tree) -> dict[bytes, tuple[object, ...]]:
    """What is known of each folder: a file that moves from one to another leaves all sums."""
    return {
        one.path: (one.inode, one.allocated, one.apparent, one.files, sorted(one.folders))
        for one in tree.records()
    }
