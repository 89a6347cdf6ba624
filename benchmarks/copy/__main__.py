"""Copy to workspace beside s5cmd, over TLS, into memory, with a floor beside both.

python -m benchmarks.copy [--full]

Ours is the extension's own copy process, warm, from the ask to the state "done": listing, plan,
journal, checksums compared with the store's, fsync, rename and the index of copies. s5cmd lists
and writes. The floor is curl, which does neither. After each round every byte is compared.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("copy")
    tools.session().checkout()

from benchmarks.copy.latency import answering
from benchmarks.copy.many import many
from benchmarks.copy.others import MINIO_FILES, minio, sdk
from benchmarks.copy.sets import MIB, Kind, Loaded, kept, kinds, load
from benchmarks.copy.ways import Way, Worker, floor, megabytes, s5cmd, server_cpu
from benchmarks.figures import Report, median, options, ratios, rounds, spread
from benchmarks.servers import Store, seaweedfs, versitygw
from scripts.processes import alive, temporary_folder

MEMORY = Path("/dev/shm")
WORKER_BYTES = 128 * MIB
SERVERS: dict[str, tuple[Callable[..., contextlib.AbstractContextManager[Store]], str]] = {
    "seaweedfs": (seaweedfs, "weed"),
    "versitygw": (versitygw, "versitygw"),
}


@contextlib.contextmanager
def in_memory() -> Iterator[Path]:
    """A folder on tmpfs that is gone afterwards; so are those of processes that were killed."""
    for left in MEMORY.glob("mast-benchmark-*-*"):
        owner = left.name.split("-")[2]
        if owner.isdigit() and not alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"mast-benchmark-{os.getpid()}-", dir=MEMORY))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def throughput(report: Report, server: str, count: int, full: bool, tls: bool = True) -> None:
    """One server: every set by every way."""
    start, program = SERVERS[server]
    where = server if tls else f"{server}, plain HTTP"
    with in_memory() as folder, start(folder, tls=tls) as store:
        clock = server_cpu(program)
        worker = Worker(store, folder)
        lowest = floor(store, folder)
        if lowest is None:
            report.say(f"{where}: no floor, since there is no curl on this machine")
        try:
            for kind in kinds(full):
                loaded = load(store, kind)
                report.say(f"{where}, {kind.name}: checksums given: {kept(store, kind)}")
                ways = [Way("ours", worker.copy), Way("s5cmd", s5cmd(store))]
                if lowest is not None:
                    ways.append(Way("floor", lowest, writes=False))
                compare(report, where, loaded, ways, folder / "home" / "target", clock, count)
                judge(report, where, kind, ways, server if tls else "")
            report.goal(
                f"{where}: the copy process holds at most {WORKER_BYTES // MIB} MiB",
                worker.peak <= WORKER_BYTES,
                f"{worker.peak / MIB:.0f} MiB at its peak",
            )
        finally:
            worker.close()


def disk(report: Report, count: int, full: bool) -> None:
    """Into a file system on a disk; s5cmd is followed by `sync -f`, since ours syncs each file."""
    with in_memory() as folder, seaweedfs(folder, tls=True) as store:
        clock = server_cpu(SERVERS["seaweedfs"][1])
        worker = Worker(store, folder)
        try:
            with temporary_folder("copy") as disk_folder:
                for kind in kinds(full)[:4]:
                    loaded = load(store, kind)
                    ways = [
                        Way("ours", worker.copy),
                        Way("s5cmd and sync -f", s5cmd(store, sync=True)),
                    ]
                    compare(report, "disk", loaded, ways, disk_folder / "target", clock, count)
                    judge(report, "disk", kind, ways, "disk")
        finally:
            worker.close()


def others(report: Report, full: bool) -> None:
    """Two more, two rounds each of which one counts: for orientation."""
    with in_memory() as folder, seaweedfs(folder, tls=True) as store:
        clock = server_cpu(SERVERS["seaweedfs"][1])
        worker = Worker(store, folder)
        try:
            with minio(store, folder) as jupyterlab_minio:
                for kind in kinds(full)[:4]:
                    loaded = load(store, kind)
                    ours = Way("ours", worker.copy)
                    more = [Way("aws-sdk-go-v2", sdk(store))]
                    if kind.count <= MINIO_FILES:
                        more.append(Way("jupyterlab-minio", jupyterlab_minio))
                    else:
                        report.say(
                            f"others, {kind.name}: jupyterlab-minio takes more than five minutes"
                        )
                    target = folder / "home" / "target"
                    compare(report, "others", loaded, [ours, *more], target, clock, 1)
                    for way in more:
                        judge(report, "others", kind, [ours, way], "")
        finally:
            worker.close()


def latency(report: Report, count: int, full: bool) -> None:
    """What the Jupyter server's pages notice of it."""
    # The store of a hub works on other machines: here it takes only what nobody else wants.
    with in_memory() as folder, versitygw(folder, tls=True, nice=19) as store:
        sets = [load(store, kind) for kind in kinds(full)[1:4]]
        answering(report, store, sets, folder, count)


def very_many(report: Report, count: int, full: bool) -> None:
    """50,000 files in one transfer."""
    with in_memory() as folder, versitygw(folder) as store:
        many(report, store, folder, count, full)


def compare(
    report: Report,
    where: str,
    loaded: Loaded,
    ways: list[Way],
    target: Path,
    server: Callable[[], float],
    count: int,
) -> None:
    """Measure the ways in turns, and say what each costs."""
    measured = {way.name: lambda way=way: way.measure(loaded, target, server) for way in ways}
    rounds(count, measured)
    for way in ways:
        del way.costs[0]  # all was still cold
        walls = [cost.wall for cost in way.costs]
        rate = [megabytes(loaded, wall) for wall in walls]
        cpu = [cost.cpu for cost in way.costs]
        theirs = median([cost.server for cost in way.costs])
        report.say(
            f"{where}, {loaded.kind.name}, {way.name}: {spread(walls, ' s')}, "
            f"{median(rate):.0f} MiB/s; CPU {spread(cpu, ' s')}, of the server {theirs:.2f} s"
        )


def judge(report: Report, where: str, kind: Kind, ways: list[Way], server: str) -> None:
    """The ratios over the second way, and the goal where there is one."""
    ours, theirs = ways[:2]
    wall = ratios([cost.wall for cost in ours.costs], [cost.wall for cost in theirs.costs])
    cpu = ratios([cost.cpu for cost in ours.costs], [cost.cpu for cost in theirs.costs])
    said = f"wall {spread(wall)}, CPU {spread(cpu)}"
    goal = kind.goals.get(server)
    if goal is None:
        report.say(f"{where}, {kind.name}: over {theirs.name}: {said}")
    else:
        report.goal(
            f"{where}, {kind.name}: wall at most {goal} of {theirs.name}'s",
            median(wall) <= goal,
            said,
        )


def main() -> int:
    given = options("copy", __doc__)
    count = given.rounds or (7 if given.full else 5)
    report = Report("copy", given.report)
    for server in SERVERS:
        if server.startswith(given.only):
            throughput(report, server, count, given.full)
    if "latency".startswith(given.only):
        latency(report, count, given.full)
    if "many".startswith(given.only):
        very_many(report, count, given.full)
    if given.full or given.only:
        for server in SERVERS:
            if "plain".startswith(given.only):
                throughput(report, server, count, given.full, tls=False)
        if "disk".startswith(given.only):
            disk(report, count, given.full)
        if "others".startswith(given.only):
            others(report, given.full)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
