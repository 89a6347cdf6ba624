"""What copies have on the disk before their files have a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def partial_bytes(folder: Path) -> int:
    """Bytes on the disk that the partial files below `folder` have by now."""
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob(".mast-*.part"):
        try:
            yield path.stat().st_blocks * 512
        except FileNotFoundError:
            # It got its name, or was removed, after it was listed.
            continue
