"""Does the Jupyter server still answer while its copy process works?"""

from __future__ import annotations

import itertools
import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.copy.sets import Loaded
from benchmarks.copy.ways import s5cmd
from benchmarks.figures import Report, median, quantile, rounds, spread
from benchmarks.poll import polling
from benchmarks.servers import ID, Store
from jupyterlab_mast.transfers.types import State
from scripts.lab import Server, jupyter

SECONDS = 4.0  # of polling, for each way and round


def answering(report: Report, store: Store, sets: list[Loaded], folder: Path, count: int) -> None:
    """The 99th percentile of a poll: idle, while copying, and while s5cmd runs beside."""
    archive = {**store.entry(), "roots": [{"title": "Everything", "prefix": ""}]}
    workspace = folder / "workspace"
    variables = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": str(store.authority)}
    numbers = itertools.count()
    took: dict[str, list[float]] = {"idle": [], "ours": [], "s5cmd": []}
    peer = s5cmd(store, nice=0)
    with jupyter(
        tools.session().checkout(),
        folder=folder / "jupyter",
        workspace=workspace,
        archives=f"json.loads({json.dumps(json.dumps([archive]))})",
        variables=variables,
    ) as server:

        def ours(loaded: Loaded, name: str) -> Path:
            copy(server, loaded, name)
            return workspace / name

        def theirs(loaded: Loaded, name: str) -> Path:
            target = folder / name
            target.mkdir()
            peer(loaded, target)
            return target

        def poll(way: str, work: Callable[[Loaded, str], Path] | None) -> float:
            made: list[tuple[Loaded, Path]] = []
            with polling(server) as milliseconds:
                end = time.monotonic() + SECONDS
                while work and time.monotonic() < end:
                    number = next(numbers)
                    loaded = sets[number % len(sets)]
                    made.append((loaded, work(loaded, f"copy-{number}")))
                time.sleep(max(0.0, end - time.monotonic()))
            for loaded, target in made:
                loaded.compare(target)
                shutil.rmtree(target)
            took[way] += milliseconds
            return quantile(milliseconds, 0.99)

        p99 = rounds(
            count,
            {
                "idle": lambda: poll("idle", None),
                "ours": lambda: poll("ours", ours),
                "s5cmd": lambda: poll("s5cmd", theirs),
            },
        )
    for way, all_of_it in took.items():
        report.say(
            f"/api/status, {way}: p50 {quantile(all_of_it, 0.5):.1f} ms, "
            f"p99 {quantile(all_of_it, 0.99):.1f} ms, {len(all_of_it)} polls"
        )
    for goal, way, most in (
        ("while copying at most 10 ms above that of a server at rest", "idle", 10.0),
        ("while copying no more than beside s5cmd", "s5cmd", 0.0),
    ):
        added = [ours - other for ours, other in zip(p99["ours"], p99[way], strict=True)]
        report.goal(f"p99 of /api/status {goal}", median(added) <= most, spread(added, " ms", 1))


def copy(server: Server, loaded: Loaded, target: str) -> None:
    """Copy a set by the REST interface, and wait until it is done, asking seldom."""
    one = ask(server, "POST", "", request(loaded.kind.prefix, target))
    while not State(one["state"]).ended:
        time.sleep(0.25)
        one = ask(server, "GET", f"/{one['id']}")
    if one["state"] != "done":
        raise RuntimeError(f"the copy ended otherwise: {json.dumps(one)[:2000]}")
    ask(server, "DELETE", f"/{one['id']}")


def request(prefix: str, target: str, start: str = "now") -> dict[str, Any]:
    """What is asked for to copy all below a prefix into a folder."""
    return {
        "archive": ID,
        "sources": [{"prefix": prefix}],
        "target": target,
        "layout": "flat",
        "start": start,
    }


def ask(server: Server, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    asked = urllib.request.Request(
        f"{server.base}/jupyterlab-mast/transfers{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {server.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None
