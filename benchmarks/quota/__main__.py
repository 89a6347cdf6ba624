"""What it costs to know how much is used, beside du.

python -m benchmarks.quota [--full]

100,000 files of up to 20 kB in 6,500 folders, 1,000,000 in 65,000 with --full; as many in one
folder; and 20,000 files where each call to the file system waits 1 ms, for `du` and for ours alike
(strace), which stands for a network file system; with --full also with a cold cache. Linux only.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("quota")

import psutil

from benchmarks.figures import Report, median, options, quantile, ratios, rounds, spread
from benchmarks.poll import polling
from benchmarks.sampling import Sampling
from benchmarks.servers import descendant
from scripts.lab import Server, jupyter
from scripts.processes import temporary_folder

MIB = 1 << 20
#: Writing to it empties the system's caches of the file system.
DROP_CACHES = Path("/proc/sys/vm/drop_caches")
DRIVER = Path(__file__).with_name("driver.py")
#: Files of a folder, on average: as in the homes that DESIGN measured.
PER_FOLDER = 15.4
#: Refreshes within which all changes are found.
PARTS = 16
#: Calls that wait in the place of a network file system's, and for how long (microseconds).
CALLS = "openat,getdents64,newfstatat,statx,lstat,stat,fstat,openat2"
LATENCY = 1000


def grow(folder: Path, files: int, seed: int = 7) -> list[Path]:
    """Make a tree; returns its folders.

    65,000 folders lie 7.1 levels deep on average, and their paths have 64 bytes: /usr/lib of a
    Debian has 6.2 and 64, a Python environment with JupyterLab 7.5 and 70.
    """
    chance = random.Random(seed)
    folders = [folder]
    folder.mkdir(parents=True)
    content = b"x" * 20_000
    left = files
    while left > 0:
        parent = folders[int(len(folders) * chance.random() ** 1.5)]
        inner = parent / f"set{len(folders):05}"
        inner.mkdir()
        folders.append(inner)
        count = min(left, max(0, round(chance.expovariate(1 / PER_FOLDER))))
        for number in range(count):
            (inner / f"f{number}.fits").write_bytes(content[: chance.randrange(20_000)])
        left -= count
    return folders


class Ours:
    """An account in a process of its own."""

    def __init__(self, root: Path, kept: Path, before: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, DRIVER, root, kept],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def measure(self) -> float:
        return float(self.ask("measure")["seconds"])

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def account(root: Path, kept: Path, before: tuple[str, ...] = ()) -> Iterator[Ours]:
    ours = Ours(root, kept, before)
    try:
        yield ours
    finally:
        ours.close()


def du(root: Path, *more: str, before: tuple[str, ...] = ()) -> tuple[float, int]:
    """Seconds of `du -s`, and the bytes that it says."""
    began = time.perf_counter()
    done = subprocess.run(
        [*before, "du", *(more or ("-s", "-x", "-B1")), root],
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - began, int(done.stdout.split()[0])


class Memory(Sampling):
    """The largest sum over a process and those that it has started, while a context lasts."""

    def __init__(self, process: int) -> None:
        super().__init__(0.02)
        self._process = psutil.Process(process)
        self.most = 0

    def look(self) -> None:
        total = 0
        for one in [self._process, *self._process.children(recursive=True)]:
            try:
                total += one.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        self.most = max(self.most, total)


def walk(report: Report, root: Path, kept: Path, count: int, full: bool) -> None:
    """All read, warm, beside du."""
    with account(root, kept) as ours:
        ways = {"du": lambda: du(root)[0], "ours": ours.measure}
        if full:
            # The collector of jupyter-storage-usage 0.1 runs this command.
            ways["du -sb"] = lambda: du(root, "-sb")[0]
        took = rounds(count, ways)
        with Memory(ours.process.pid) as memory:
            said = ours.ask("measure")
        same = said["allocated"] == du(root)[1]
    for way, seconds in took.items():
        report.say(f"{said['files']:,} files, {way}: {spread(seconds, ' s')}")
    report.goal("the same bytes as du", same, f"{said['allocated']:,}")
    ratio = ratios(took["ours"], took["du"])
    report.goal("a full walk at most 1.2 of du", median(ratio) <= 1.2, spread(ratio))
    report.goal(
        "at most 100 MiB over all processes (proportional set size)",
        memory.most <= 100 * MIB,
        f"{memory.most / MIB:.0f} MiB",
    )


def cold(report: Report, root: Path, kept: Path, count: int) -> None:
    """All read from the disk itself, beside du and what jupyter-storage-usage runs."""
    if not os.access(DROP_CACHES, os.W_OK):
        report.say("cold cache: not measured, since only root may drop the system's caches")
        return

    def after_drop(way: Callable[[], float]) -> Callable[[], float]:
        def run() -> float:
            os.sync()
            # 3: the page cache, directory entries and inodes. Source: sysctl/vm of Linux.
            DROP_CACHES.write_text("3", encoding="ascii")
            return way()

        return run

    with account(root, kept) as ours:
        ways = {"du": lambda: du(root)[0], "du -sb": lambda: du(root, "-sb")[0]}
        ways["ours"] = ours.measure
        took = rounds(count, {name: after_drop(way) for name, way in ways.items()})
    for way, seconds in took.items():
        report.say(f"cold cache, {way}: {spread(seconds, ' s')}")
    report.say(f"cold cache: ours over du {spread(ratios(took['ours'], took['du']))}")


def refreshes(report: Report, root: Path, folders: list[Path], kept: Path, count: int) -> None:
    """What changes cost beside a walk: ten of ours, and ten from elsewhere."""
    chance = random.Random(11)
    numbers = iter(range(1_000_000))

    def change() -> list[Path]:
        some = chance.sample(folders, 10)
        for folder in some:
            (folder / f"new{next(numbers)}").write_bytes(b"x" * 5000)
        return some

    # An account that refreshes is not walked: another one is, in each round.
    walked = kept.with_name(f"{kept.name}.walked")
    with account(root, kept) as ours, account(root, walked) as walker:
        ours.ask("measure")
        # What was made just before a walk is looked at again soon after.
        time.sleep(2.5)
        for _ in range(PARTS):
            ours.ask("refresh 0")
        walks, local, elsewhere, worked, late = [], [], [], [], 0
        for _ in range(count):
            walk = walker.ask("measure")
            walks.append(walk["seconds"])
            for folder in change():
                ours.ask(f"hint {folder}")
            local.append(float(ours.ask("refresh")["seconds"]))
            expected = du(root)[1]
            late += ours.ask("refresh 0")["allocated"] != expected
            time.sleep(2.5)
            change()
            # Refreshes are a minute apart, so what is found is hardly ever as young as this.
            time.sleep(2.5)
            expected = du(root)[1]
            answers = [ours.ask("refresh 0") for _ in range(PARTS)]
            late += answers[-1]["allocated"] != expected
            elsewhere.append(sum(one["seconds"] for one in answers))
            worked.append(sum(one["cpu"] for one in answers) / walk["cpu"])
    report.goal("all changes are found", late == 0, f"{2 * count - late} of {2 * count} rounds")
    part = ratios(local, walks)
    report.goal(
        "a refresh after 10 changes of ours, with its share of re-checks: at most .02 of a walk",
        median(part) <= 0.02,
        spread(part, digits=3),
    )
    part = ratios(elsewhere, walks)
    report.goal(
        f"10 changes from elsewhere, {PARTS} refreshes: at most .10 of a walk",
        median(part) <= 0.10,
        spread(part, digits=3),
    )
    # A walk has two processes, a refresh is done by one.
    report.say(f"... of a walk's CPU: {spread(worked, digits=3)}")


def latency(report: Report, folder: Path, count: int) -> None:
    """20,000 files where each call waits."""
    strace = shutil.which("strace")
    if strace is None:
        report.goal("a full walk with latency at most .25 of du", False, "strace is not installed")
        return
    slow = (
        *(strace, "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"),
        *("-e", f"trace={CALLS}", "-e", f"inject={CALLS}:delay_enter={LATENCY}"),
    )
    root = folder / "slow"
    folders = grow(root, 20_000)
    chance = random.Random(13)
    with account(root, folder / "slow.folders", slow) as ours:
        took = rounds(
            count, {"du": lambda: du(root, "-s", "-x", "-B1", before=slow)[0], "ours": ours.measure}
        )
        elsewhere = []
        for number in range(3):
            time.sleep(2.5)
            for some in chance.sample(folders, 10):
                (some / f"new{number}").write_bytes(b"x" * 5000)
            time.sleep(2.5)
            elsewhere.append(sum(ours.ask("refresh 0")["seconds"] for _ in range(PARTS)))
    for way, seconds in took.items():
        report.say(f"20,000 files, 1 ms a call, {way}: {spread(seconds, ' s')}")
    ratio = ratios(took["ours"], took["du"])
    report.goal(
        "a full walk with 1 ms a call at most .25 of du", median(ratio) <= 0.25, spread(ratio)
    )
    part = [one / median(took["ours"]) for one in elsewhere]
    report.say(
        f"... 10 changes from elsewhere, {PARTS} refreshes: {spread(part, digits=3)} of a walk"
    )


def large(report: Report, folder: Path, files: int) -> None:
    """One folder that holds all of them, as those of light curves and cutouts do."""
    root = folder / "large"
    root.mkdir()
    for number in range(files):
        (root / f"tess{number:016}_lc.fits").touch()
    with account(root, folder / "large.folders") as ours:
        took = rounds(3, {"du": lambda: du(root)[0], "ours": ours.measure})
        with Memory(ours.process.pid) as memory:
            ours.ask("measure")
            (root / "new").touch()
            read = ours.ask("refresh 0")["read"]
    if not read:
        raise RuntimeError("the refresh has not read the folder")
    ratio = ratios(took["ours"], took["du"])
    report.say(f"one folder of {files:,} files: a walk {spread(ratio)} of du")
    report.goal(
        "... at most 100 MiB over all processes, in a walk and in a refresh that reads it",
        memory.most <= 100 * MIB,
        f"{memory.most / MIB:.0f} MiB",
    )


def answering(report: Report, root: Path, folder: Path, count: int) -> None:
    """Does the Jupyter server answer while the home is counted, as it does while du runs?"""
    with jupyter(
        tools.session().checkout(),
        folder=folder / "jupyter",
        workspace=folder / "workspace",
        archives="[]",
        more=[f"c.MastExtension.quota_roots = [dict(id='home', title='Home', path={str(root)!r})]"],
    ) as server:
        settled(server)

        def poll(way: str) -> float:
            with polling(server) as milliseconds:
                end = time.monotonic() + 4.0
                while time.monotonic() < end:
                    if way == "ours":
                        ask(server, {"action": "rescan"})
                        settled(server)
                    elif way == "du":
                        du(root, before=("nice", "-n", "19"))
                    else:
                        time.sleep(0.1)
            return quantile(milliseconds, 0.99)

        p99 = rounds(count, {way: lambda way=way: poll(way) for way in ("idle", "du", "ours")})
        # As it serves pages: with the index of copies, the kinds and the folders that they show.
        counts = descendant(lambda one: "jupyterlab_mast.quota.worker" in one.cmdline())
        if counts is None:
            raise RuntimeError("no accountant runs")
        with Memory(counts.pid) as memory:
            for _ in range(3):
                ask(server, {"action": "rescan"})
                time.sleep(0.5)
                settled(server)
    report.goal(
        "at most 100 MiB over the accountant of a server and what it starts",
        memory.most <= 100 * MIB,
        f"{memory.most / MIB:.0f} MiB",
    )
    for way, values in p99.items():
        report.say(f"/api/status, {way}: p99 {spread(values, ' ms', 1)}")
    added = [ours - other for ours, other in zip(p99["ours"], p99["du"], strict=True)]
    report.goal(
        "p99 of /api/status at most 5 ms above that while du runs",
        median(added) <= 5.0,
        spread(added, " ms", 1),
    )


def settled(server: Server) -> None:
    """Wait until nothing is counted."""
    while True:
        root = ask(server)["roots"][0]
        if root["measured"] is not None and root["counting"] is None:
            return
        time.sleep(0.05)


def ask(server: Server, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{server.base}/jupyterlab-mast/quota{'/actions' if body else ''}",
        method="POST" if body else "GET",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"token {server.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def main() -> int:
    given = options("quota", __doc__)
    report = Report("quota", given.report)
    count = max(9, given.rounds or 9)

    def wanted(part: str) -> bool:
        return part.startswith(given.only)

    with temporary_folder("quota") as folder:
        root, kept = folder / "home", folder / "home.folders"
        if any(map(wanted, ("walk", "refresh", "status"))):
            folders = grow(root, 1_000_000 if given.full else 100_000)
            walk(report, root, kept, count, given.full)
            if given.full and wanted("walk"):
                cold(report, root, kept, 3)
        if wanted("refresh"):
            refreshes(report, root, folders, kept, count)
        if wanted("status"):
            answering(report, root, folder, count)
        if wanted("large"):
            large(report, folder, 1_000_000 if given.full else 100_000)
        if wanted("latency"):
            latency(report, folder, count if given.full else 9)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
