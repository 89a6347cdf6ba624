"""Telling processes of this machine apart, also after they have gone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def machine_session() -> str:
    """What changes when the page cache is lost: host and boot.

    Source: /proc/sys/kernel/random/boot_id, random(4). Elsewhere every process is a session of
    its own, so that all is checked.
    """
    override = os.environ.get("MAST_BOOT_ID")
    try:
        boot = override or Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = os.urandom(16).hex()
    return f"{os.uname().nodename} {boot}"


def identity() -> dict[str, Any]:
    """What tells this process from all others, for a file that others read."""
    return {
        "session": machine_session(),
        "space": _process_space(),
        "pid": os.getpid(),
        "born": _born(os.getpid()),
    }


def is_here(holder: Mapping[str, Any]) -> bool:
    """Whether the process of this `identity` is one that we would see if it lived."""
    return (
        isinstance(holder.get("pid"), int)
        and holder.get("session") == machine_session()
        and holder.get("space") == _process_space()
        and bool(holder.get("space"))
    )


def is_gone(holder: Mapping[str, Any]) -> bool:
    """Whether the process of this `identity` is one that we would see if it lived, and do not."""
    return is_here(holder) and _born(holder["pid"]) != holder.get("born")


def give_way(niceness: int) -> None:
    """Let other processes go first: add to the niceness of this one, for good.

    Where Linux groups processes by session ("autogroup", which is on where no container or service
    has them in a group of its own), niceness counts only within one session. So that of the session
    is set too, where this process has begun it. Source: sched(7), "The autogroup feature".
    """
    if not hasattr(os, "nice"):
        return
    whole = os.nice(niceness)
    if os.getsid(0) != os.getpid():
        return
    with contextlib.suppress(OSError):
        for _ in range(3):
            try:
                Path("/proc/self/autogroup").write_text(str(whole), "ascii")
                return
            except BlockingIOError:
                # It can be set ten times a second, by all users together.
                time.sleep(0.1)


def open_files() -> set[tuple[int, int]]:
    """Device and inode of all files that processes of this user have open on this machine, or write
    to through a map, for which they need not be open.

    Empty where the system does not tell. Source: proc_pid_fd(5), proc_pid_maps(5).
    """
    found: set[tuple[int, int]] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError), os.scandir(process / "fd") as entries:
            found.update(_identities(entries))
        with contextlib.suppress(OSError):
            found.update(_identities(_written_maps((process / "maps").read_bytes())))
    return found


def _identities(
    files: Iterable[os.DirEntry[str]] | Iterable[bytes],
) -> Iterator[tuple[int, int]]:
    """Device and inode of those that are there, whatever links lead to them."""
    for file in files:
        with contextlib.suppress(OSError):
            about = os.stat(file)
            yield about.st_dev, about.st_ino


def _written_maps(maps: bytes) -> set[bytes]:
    """The paths of files that are mapped to be written to, of a process's table."""
    # The kernel writes a line feed in a name as \012, and nothing else otherwise.
    return {
        fields[5].lstrip(b" ").replace(rb"\012", b"\n")
        for line in maps.split(b"\n")
        if len(fields := line.split(b" ", 5)) == 6 and fields[1] == b"rw-s"
    }


def _process_space() -> str:
    """The PID namespace: two containers of one machine number their processes each on its own."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """When a process began, in clock ticks since boot: a number used again is another process.

    Source: proc_pid_stat(5), field 22.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
