"""Folders from which nothing can be removed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def nothing_goes_from(folder: Path) -> Iterator[None]:
    """Nothing can be removed from a folder, not even by who may do everything else."""
    is_root = os.geteuid() == 0
    lock, unlock = ("+i", "-i") if is_root else ("a-w", "u+w")
    command = "chattr" if is_root else "chmod"
    if subprocess.run([command, lock, folder], capture_output=True, check=False).returncode != 0:
        pytest.skip("folders cannot be locked here")
    try:
        yield
    finally:
        subprocess.run([command, unlock, folder], check=True)
