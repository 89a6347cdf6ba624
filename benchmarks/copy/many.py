"""Very many small files in one transfer: what planning takes, and what both processes hold."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.copy.latency import ask, request
from benchmarks.copy.sets import MIB
from benchmarks.figures import Report, median, ratios, rounds, spread
from benchmarks.servers import BUCKET, ROOT_PREFIX, Lab, Store, descendant, lab, mark
from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.transfers.bucket import Bucket
from jupyterlab_mast.transfers.endpoint import Endpoint
from jupyterlab_mast.transfers.listing import objects_below
from jupyterlab_mast.transfers.types import State
from scripts.lab import Server

SIZE = 4096  # bytes
PREFIX = f"{ROOT_PREFIX}many/"
TARGET = "many"
PLAN_RATIO = 1.2
SERVER_BYTES = 64 * MIB
WORKER_BYTES = 128 * MIB


def many(report: Report, store: Store, folder: Path, count: int, full: bool) -> None:
    """Plan, copy, and copy with the process killed at half of it."""
    files = 50_000 if full else 10_000
    fill(store, files)
    archive = {**store.entry(), "roots": [{"title": "Everything", "prefix": ""}]}
    with lab(folder, [archive], more=["c.MastExtension.quota = False"]) as jupyter:
        planning(report, jupyter.server, archive, files, count)
        before = jupyter.rss()
        for name, killed in (("copied", False), ("killed at half, and gone on", True)):
            peak = copy(jupyter, files, killed)
            report.say(
                f"{files} files, {name}: the copy process holds {peak[1] / MIB:.0f} MiB, the "
                f"server {peak[0] / MIB:.0f} MiB, {before / MIB:.0f} MiB before the first copy"
            )
            report.goal(
                f"{files} files, {name}: the copy process holds at most {WORKER_BYTES // MIB} MiB",
                peak[1] <= WORKER_BYTES,
                f"{peak[1] / MIB:.0f} MiB",
            )
            report.goal(
                f"{files} files, {name}: the server holds at most {SERVER_BYTES // MIB} MiB more",
                peak[0] - before <= SERVER_BYTES,
                f"{(peak[0] - before) / MIB:.0f} MiB",
            )
            target = folder / "workspace" / TARGET
            if len(list(target.iterdir())) != files:
                raise RuntimeError("not all files are there")
            shutil.rmtree(target)


def fill(store: Store, files: int) -> None:
    """Write the objects, past the server."""
    folder = store.folder / BUCKET / PREFIX
    folder.mkdir(parents=True)
    for number in range(files):
        path = folder / f"f{number:06d}.fits"
        body = os.urandom(SIZE)
        path.write_bytes(body)
        mark(path, hashlib.md5(body).hexdigest())


def planning(
    report: Report, server: Server, archive: dict[str, Any], files: int, count: int
) -> None:
    """From the ask to the plan that is shown, beside a listing by as many requests alone."""
    bucket = Bucket(Endpoint(Archive(**archive)))

    def plan() -> float:
        began = time.perf_counter()
        one = ask(server, "POST", "", request(PREFIX, TARGET, "ask"))
        while not one["confirm"]:
            time.sleep(0.01)
            one = ask(server, "GET", f"/{one['id']}")
        seconds = time.perf_counter() - began
        if one["plan"]["files"] != files:
            raise RuntimeError(f"{one['plan']['files']} files were planned instead of {files}")
        ask(server, "POST", f"/{one['id']}/actions", {"action": "cancel"})
        ask(server, "DELETE", f"/{one['id']}")
        return seconds

    def listing() -> float:
        began = time.perf_counter()
        if sum(len(page) for page in objects_below(bucket, PREFIX, threading.Event())) != files:
            raise RuntimeError("the listing is not whole")
        return time.perf_counter() - began

    took = rounds(count, {"plan": plan, "listing": listing})
    ratio = ratios(took["plan"], took["listing"])
    report.say(f"{files} files: planned in {spread(took['plan'], ' s')}")
    report.goal(
        f"{files} files: planned within {PLAN_RATIO} of what a parallel listing takes",
        median(ratio) <= PLAN_RATIO,
        spread(ratio),
    )


def copy(jupyter: Lab, files: int, killed: bool) -> tuple[int, int]:
    """The most bytes that server and copy process had resident meanwhile."""
    server = jupyter.server
    one = ask(server, "POST", "", request(PREFIX, TARGET))
    most = (0, 0)
    for turn in itertools.count():
        worker = descendant(lambda one: "jupyterlab_mast.transfers.worker" in one.cmdline())
        most = (max(most[0], jupyter.rss()), max(most[1], resident(worker)))
        one = ask(server, "GET", f"/{one['id']}")
        if killed and worker is not None and one["files"]["copied"] > files // 2:
            worker.kill()
            killed = False
        if State(one["state"]).ended:
            break
        if turn % 4 == 0:
            # What a panel asks for that shows the files.
            ask(server, "GET", f"/{one['id']}/files?offset={files // 2}&limit=100")
        time.sleep(0.25)
    if one["state"] != "done":
        raise RuntimeError(f"the copy ended otherwise: {one}")
    ask(server, "DELETE", f"/{one['id']}")
    return most


def resident(process: Any | None) -> int:
    """Bytes of a process that are in memory."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss) if process is not None else 0
    return 0
