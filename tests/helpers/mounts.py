"""File systems that are mounted for a test: really, where nobody else sees them, or in the table
alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mast.quota import mounts

_UNSHARE = ("unshare", "--mount")
_HEAD = """
import json, os, subprocess, sys

def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)

def bind(folder, at):
    mount("--bind", folder, at)

def unmount(at):
    subprocess.run(["umount", at], check=True)

def tell(value):
    print(json.dumps(value))

"""


@cache
def _problem() -> str | None:
    """Why nothing can be mounted here."""
    script = "mount -t tmpfs none /mnt"
    try:
        done = subprocess.run(
            [*_UNSHARE, "sh", "-c", script], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return "there is no unshare"
    return done.stderr.strip() or "it was refused" if done.returncode else None


def among_own_mounts(code: str, *arguments: str | os.PathLike[str]) -> Any:
    """Run Python where mounts are seen by nobody else, and are gone afterwards. Returns what it
    tells with ``tell(value)``; ``mount``, ``bind`` and ``unmount`` are there, and `arguments` are
    in ``sys.argv[1:]``. Skips the test where nothing can be mounted."""
    if (problem := _problem()) is not None:
        pytest.skip(f"nothing can be mounted here: {problem}")
    done = subprocess.run(
        [*_UNSHARE, sys.executable, "-c", _HEAD + textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


#: Says where something is mounted from now on.
Mounted = Callable[[Sequence[Path]], None]


def table_of(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Mounted:
    """A table of mounts for this process, kept in a folder; nothing is mounted."""
    table = folder / "mountinfo"
    monkeypatch.setattr(mounts, "_TABLE", str(table))

    def mounted(at: Sequence[Path]) -> None:
        lines = [b"36 35 98:0 / / rw,noatime shared:1 - ext4 /dev/root rw"]
        for path in at:
            escaped = os.fsencode(path)
            for odd in b"\\ \t\n":
                escaped = escaped.replace(bytes([odd]), b"\\%03o" % odd)
            lines.append(b"40 36 98:0 /team %b rw shared:1 - ext4 /dev/root rw" % escaped)
        table.write_bytes(b"\n".join(lines) + b"\n")

    mounted(())
    return mounted
