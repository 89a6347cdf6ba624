"""The ways of copying that are compared, each with what it costs."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.copy.sets import MIB, Loaded
from benchmarks.servers import BUCKET, ID, REGION, Store, descendant
from jupyterlab_mast.transfers.types import State
from scripts.environments import require
from scripts.paths import ROOT
from scripts.processes import environment

#: The worker lowers itself to this niceness; the others get the same, so that what else the
#: machine does weighs alike on all.
NICE = 5


@dataclass(frozen=True)
class Cost:
    """Seconds from the start to the end, and of CPU; of the server's CPU meanwhile."""

    wall: float
    cpu: float
    server: float


@dataclass
class Way:
    """One way of copying a set into a folder, and what each round cost."""

    name: str
    copy: Callable[[Loaded, Path], float]
    """Copies into an empty folder; returns seconds of CPU."""

    costs: list[Cost] = field(default_factory=list)
    #: Whether files appear.
    writes: bool = True

    def measure(self, loaded: Loaded, folder: Path, server: Callable[[], float]) -> float:
        """One round; its wall time."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        before = server()
        began = time.perf_counter()
        cpu = self.copy(loaded, folder)
        wall = time.perf_counter() - began
        self.costs.append(Cost(wall, cpu, server() - before))
        if self.writes:
            loaded.compare(folder)
        shutil.rmtree(folder)
        return wall


class Worker:
    """The copy process of the extension, warm, as the Jupyter server keeps it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.archive = {
            "id": ID,
            "title": "Benchmark",
            "bucket": BUCKET,
            "region": REGION,
            "endpoint": store.endpoint,
            "roots": [{"title": "Everything", "prefix": ""}],
        }
        self._folder = folder
        self._asked = 0
        python = tools.session().checkout().python
        command = [str(python), "-m", "jupyterlab_mast.transfers.worker"]
        self._log = open(folder / "worker.log", "ab")  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [*command, "--data", str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=variables(store),
            cwd=ROOT,
        )
        self._ask("snapshot")

    def copy(self, loaded: Loaded, target: Path) -> float:
        """Copy a set with everything on; seconds of CPU. Raises RuntimeError unless all is done."""
        now = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
        request = {
            "id": f"{stamp}-{secrets.token_hex(3)}",
            "archive": self.archive,
            "sources": [{"prefix": loaded.kind.prefix}],
            "target": str(target),
            "root": str(target.parent),
            "layout": "flat",
            "conflict": "ask",
            "start": "now",
            "created": now,
            "title": loaded.kind.name,
        }
        before = cpu_of(self._process.pid)
        last = self._ask("create", request=request)
        while not State(last["state"]).ended:
            line = self._read()
            for transfer in line.get("changed", ()):
                if transfer["id"] == request["id"]:
                    last = transfer
        cpu = cpu_of(self._process.pid) - before
        if last["state"] != "done" or last["files"]["copied"] != loaded.kind.count:
            raise RuntimeError(f"the copy ended otherwise: {json.dumps(last)[:2000]}")
        expected = loaded.kind.count
        if last["checked"]["checksum"] != expected:
            raise RuntimeError(f"not all files were checked: {last['checked']}")
        self._ask("clear", id=request["id"])
        return cpu

    @property
    def peak(self) -> int:
        """The most memory that it ever had resident, in bytes."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
        raise RuntimeError("the system does not tell the size of a process")

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _ask(self, do: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        self._asked += 1
        line = json.dumps({"ask": self._asked, "do": do, **arguments})
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        while True:
            answer = self._read()
            if answer.get("answer") == self._asked:
                if "error" in answer:
                    raise RuntimeError(f"the copy process refused {do}: {answer['error']}")
                return answer["value"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            text = (self._folder / "worker.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the copy process ended: {text[-2000:]}")
        found: dict[str, Any] = json.loads(line)
        return found


def s5cmd(store: Store, *, sync: bool = False, nice: int = NICE) -> Callable[[Loaded, Path], float]:
    """s5cmd as it comes: no checksums, no rename, no fsync unless `sync -f` follows."""
    program = require(tools.session().dev.programs / "s5cmd", "s5cmd")

    def copy(loaded: Loaded, folder: Path) -> float:
        objects = f"s3://{BUCKET}/{loaded.kind.prefix}*"
        command = [str(program), "--endpoint-url", store.endpoint, "--no-sign-request"]
        command += ["--log", "error", "cp", objects, f"{folder}/"]
        used = run([command], variables(store), nice)
        return used + (run([["sync", "-f", str(folder)]], variables(store), nice) if sync else 0)

    return copy


def floor(store: Store, folder: Path) -> Callable[[Loaded, Path], float] | None:
    """The same bytes to nowhere: two curls that each fetch half of them, eight at a time. None
    where there is no curl."""
    program = shutil.which("curl")
    if program is None:
        return None

    def copy(loaded: Loaded, _: Path) -> float:
        kind = loaded.kind
        names = sorted(loaded.digests)
        if kind.count == 1:
            step = -(-kind.size // 16)
            ranges = [
                (names[0], f"{at}-{min(at + step, kind.size) - 1}")
                for at in range(0, kind.size, step)
            ]
        else:
            ranges = [(name, "") for name in names]
        commands = []
        for half in (0, 1):
            lines = []
            for name, part in ranges[half::2]:
                lines.append(f'url = "{store.endpoint}/{BUCKET}/{kind.prefix}{name}"')
                lines.append('output = "/dev/null"')
                lines.append("http1.1")
                if store.authority:
                    lines.append(f'cacert = "{store.authority}"')
                if part:
                    lines.append(f'range = "{part}"')
                lines.append("next")
            file = folder / f"curl-{half}"
            file.write_text("\n".join(lines[:-1]) + "\n", encoding="ascii")
            commands.append(
                [
                    program,
                    "-q",
                    "--silent",
                    "--fail",
                    "--no-progress-meter",
                    "--parallel",
                    "--parallel-max",
                    "8",
                    "--config",
                    str(file),
                ]
            )
        return run(commands, variables(store))

    return copy


def run(commands: Sequence[Sequence[str]], env: Mapping[str, str], nice: int = NICE) -> float:
    """Run commands beside one another to their ends; seconds of CPU, children included."""
    before = os.times()
    processes = [
        subprocess.Popen(
            ["nice", "-n", str(nice), *command],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for command in commands
    ]
    said = [process.communicate()[1] for process in processes]
    for process, command, text in zip(processes, commands, said, strict=True):
        if process.returncode:
            raise RuntimeError(f"{command[0]} failed: {text[-1000:].decode(errors='replace')}")
    after = os.times()
    return (
        after.children_user - before.children_user + after.children_system - before.children_system
    )


def variables(store: Store) -> dict[str, str]:
    """The environment of each way: it trusts the authority of the server."""
    extra = {"AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
    if store.authority:
        extra |= {"AWS_CA_BUNDLE": str(store.authority), "SSL_CERT_FILE": str(store.authority)}
    extra["PYTHONPATH"] = str(ROOT)
    return environment(extra=extra)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of another process, to the nanosecond.

    Source: MAKE_PROCESS_CPUCLOCK of glibc, which is what clock_getcpuclockid(3) gives.
    """
    return time.clock_gettime(~pid << 3 | 2)


def server_cpu(name: str) -> Callable[[], float]:
    """The clock of the CPU that the server `name` uses, a descendant of ours."""
    process = descendant(lambda one: one.name().startswith(name))
    if process is None:
        raise RuntimeError(f"no {name} runs")
    pid = process.pid
    return lambda: cpu_of(pid)


def megabytes(loaded: Loaded, wall: float) -> float:
    """MiB a second."""
    return loaded.kind.bytes / MIB / wall
