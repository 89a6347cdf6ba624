"""A large object through the relay, beside the same client that goes direct.

python -m benchmarks.relay [--full]

There are two clients. boto3 downloads as people do, by `download_fileobj`: ranges of 8 MiB, ten at
a time. Python's own http.client reads one answer into one buffer and does nothing else: the least
that a client can be. The server is versitygw on loopback, once plain and once with TLS and a
private authority (AWS_CA_BUNDLE). To the relay a client always speaks plain HTTP, as a browser on
the same machine does. Beside http.client runs the least that a relay can be (bare.py), which says
what the machine leaves to any.
"""

from __future__ import annotations

import gc
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("relay")

from benchmarks.figures import Report, median, options, quantile, ratios, rounds, spread
from benchmarks.poll import polling
from benchmarks.relay.bare import bare_relay
from benchmarks.sampling import Sampling
from benchmarks.servers import BUCKET, ID, ROOT_PREFIX, Client, Lab, Store, lab, seconds, versitygw
from jupyterlab_mast.archive.s3clients import boto3_client
from scripts.processes import temporary_folder

MIB = 1 << 20
KEY = f"{ROOT_PREFIX}s0014/large.fits"


class Watch(Sampling):
    """The largest growth of the server's memory while a context lasts."""

    def __init__(self, jupyter: Lab) -> None:
        super().__init__(0.1)
        self.jupyter = jupyter
        self.growth = 0
        self._before = jupyter.rss()

    def look(self) -> None:
        self.growth = max(self.growth, self.jupyter.rss() - self._before)


class Nowhere(io.RawIOBase):
    """A file that keeps nothing but how much was written to it."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def by_boto3(client: Any, size: int) -> int:
    """Download the object as people do; how many bytes it had."""
    file = Nowhere()
    client.download_fileobj(BUCKET, KEY, file)
    if file.size != size:
        raise RuntimeError(f"{file.size} of {size} bytes came")
    return size


class Way:
    """Direct or through the relay, with what it costs the Jupyter server."""

    def __init__(self, download: Callable[[], int], jupyter: Lab) -> None:
        self.download, self.jupyter = download, jupyter
        self.cpu: list[float] = []

    def rate(self) -> float:
        """MiB a second of one download."""
        gc.collect()
        before = self.jupyter.cpu()
        began = time.perf_counter()
        size = self.download()
        took = time.perf_counter() - began
        self.cpu.append((self.jupyter.cpu() - before) / (size / (1 << 30)))
        return size / MIB / took


def throughput(report: Report, store: Store, size: int, count: int, full: bool) -> None:
    """One server: the rates, the memory, the CPU."""
    tls = store.authority is not None
    name, goal = ("TLS upstream", 0.85) if tls else ("plain", 0.6)
    with (
        temporary_folder("relay") as folder,
        opened(folder, store) as jupyter,
        bare_relay(store) as endpoint,
    ):
        path = f"/{BUCKET}/{KEY}"
        bare_client = Client(endpoint)
        direct_client = Client(store.endpoint, None, store.authority)
        relay_client = Client(jupyter.server.base + jupyter.relay(), jupyter.headers)
        direct_boto3 = store.client()
        relay_boto3 = boto3_client(ID, jupyter.server.base, jupyter.server.token)
        bare = Way(lambda: bare_client.download(path), jupyter)
        direct = Way(lambda: direct_client.download(path), jupyter)
        relay = Way(lambda: relay_client.download(path), jupyter)
        ways = {
            "http.client direct": direct,
            "http.client bare": bare,
            "http.client relay": relay,
            "boto3 direct": Way(lambda: by_boto3(direct_boto3, size), jupyter),
            "boto3 relay": Way(lambda: by_boto3(relay_boto3, size), jupyter),
        }
        with Watch(jupyter) as watch:
            rates = rounds(count, {which: way.rate for which, way in ways.items()})
        bare_client.close()
        for which, some in rates.items():
            report.say(f"{name}: {which} {spread(some, ' MiB/s', 0)}")
        of_direct = ratios(rates["http.client bare"], rates["http.client direct"])
        of_bare = ratios(rates["http.client relay"], rates["http.client bare"])
        report.say(
            f"{name}: a bare relay {spread(of_direct)} of direct, ours {spread(of_bare)} of it"
        )
        for client in ("boto3", "http.client"):
            ratio = ratios(rates[f"{client} relay"], rates[f"{client} direct"])
            report.goal(
                f"{name}, {size // MIB} MiB, {client}: rate through the relay at least {goal} of "
                "direct",
                median(ratio) >= goal,
                spread(ratio),
            )
        cpu = relay.cpu[1:]
        if tls or not full:
            report.say(f"{name}: {spread(cpu, ' s')} of the server's CPU a GiB")
        else:
            report.goal(
                f"{name}: at most 1.0 CPU second a GiB", median(cpu) <= 1.0, spread(cpu, " s")
            )
        report.goal(
            f"{name}: memory grows by at most 64 MiB",
            watch.growth <= 64 * MIB,
            f"{watch.growth / MIB:.1f} MiB over {count + 1} downloads",
        )
        stopped(report, name, store, jupyter, 20 if full else 4)
        if full:
            answering(report, name, direct, relay)
            if not tls:
                ranges(report, store, jupyter, size)


def opened(folder: Path, store: Store):  # type: ignore[no-untyped-def]
    return lab(folder, [store.entry()], authority=store.authority)


def stopped(report: Report, name: str, store: Store, jupyter: Lab, wait: float) -> None:
    """Four readers that take the first bytes and then no more."""
    with Watch(jupyter) as watch:
        readers = []
        for _ in range(4):
            client = Client(jupyter.server.base + jupyter.relay(), jupyter.headers)
            answer = client.open(f"/{BUCKET}/{KEY}")
            answer.read(1000)
            readers.append((client, answer))
        time.sleep(wait)
    for client, _answer in readers:
        client.close()
    report.goal(
        f"{name}: memory grows by at most 64 MiB with readers that stop reading",
        watch.growth <= 64 * MIB,
        f"{watch.growth / MIB:.1f} MiB with 4 readers after {wait:.0f} s",
    )


def answering(report: Report, name: str, direct: Way, relay: Way) -> None:
    """The 99th percentile of a poll during a download, over that during a direct one."""
    took: dict[str, list[float]] = {"direct": [], "relay": []}

    def poll(way: str, client: Way) -> float:
        with polling(client.jupyter.server) as milliseconds:
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                client.rate()
        took[way] += milliseconds
        return quantile(milliseconds, 0.99)

    p99 = rounds(
        9, {"direct": lambda: poll("direct", direct), "relay": lambda: poll("relay", relay)}
    )
    added = [b - a for a, b in zip(p99["direct"], p99["relay"], strict=True)]
    for way, all_of_it in took.items():
        report.say(
            f"{name}: /api/status during a {way} download: p50 {quantile(all_of_it, 0.5):.1f} ms, "
            f"p99 {quantile(all_of_it, 0.99):.1f} ms, {len(all_of_it)} polls"
        )
    report.goal(
        f"{name}: p99 of /api/status at most 20 ms above that during a direct download",
        median(added) <= 20,
        spread(added, " ms", 1),
    )


def ranges(report: Report, store: Store, jupyter: Lab, size: int) -> None:
    """Small pieces, as a FITS reader asks for them."""
    ways = {
        "direct": Client(store.endpoint, None, store.authority),
        "relay": Client(jupyter.server.base + jupyter.relay(), jupyter.headers),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(201):
        start = number * 2_999_999 % (size - (64 << 10))
        order = list(ways) if number % 2 else list(ways)[::-1]
        for name in order:
            header = {"Range": f"bytes={start}-{start + (64 << 10) - 1}"}
            took[name].append(
                1e3 * seconds(lambda: ways[name].get(f"/{BUCKET}/{KEY}", header))  # noqa: B023
            )
    direct, relay = (quantile(values[1:], 0.5) for values in took.values())
    report.goal(
        "200 ranges of 64 KiB: the relay adds at most 3 ms to the median",
        relay - direct <= 3,
        f"{relay - direct:.2f} ms ({direct:.2f} direct, {relay:.2f} through the relay; "
        f"p90 {quantile(took['direct'][1:], 0.9):.2f} and {quantile(took['relay'][1:], 0.9):.2f})",
    )


def main() -> int:
    given = options("relay", __doc__)
    count = given.rounds or 9
    size = (1024 if given.full else 256) * MIB
    report = Report("relay", given.report)
    for tls in (False, True):
        if not ("tls" if tls else "plain").startswith(given.only):
            continue
        with temporary_folder("store") as folder, versitygw(folder, tls=tls) as store:
            store.write(KEY, size)
            throughput(report, store, size, count, given.full)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
