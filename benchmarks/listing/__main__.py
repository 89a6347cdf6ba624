"""One page of a listing, beside the same page fetched raw and beside boto3.

python -m benchmarks.listing [--full]

versitygw on loopback serves prefixes of 1,000, 10,000 and 100,000 keys of some 130 characters.
Asked is: what the relay adds to a page, what goes over the wire, how long people wait from the
click on a folder to its first rows on the screen, and whether the server goes on answering.
With --full another extension that lists a bucket stands beside it.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("listing")

from benchmarks.browser import browser
from benchmarks.figures import Report, median, options, quantile, ratios, rounds, spread
from benchmarks.listing import peer
from benchmarks.poll import polling
from benchmarks.servers import (
    BUCKET,
    ID,
    Client,
    Lab,
    Store,
    lab,
    list_path,
    name_of,
    parent_of,
    prefix_of,
    seconds,
    versitygw,
)
from jupyterlab_mast.archive.s3clients import boto3_client
from scripts.processes import temporary_folder

PAGE = 1000
SIZES = (1_000, 10_000, 100_000)


def pages(report: Report, store: Store, jupyter: Lab, sizes: Sequence[int], count: int) -> None:
    """The relay's page over the raw one, by the same client over a kept connection."""
    raw = Client(store.endpoint)
    relay = Client(jupyter.server.base + jupyter.relay(), jupyter.headers)
    medians = []
    for size in sizes:
        # Each round another page, from all over the prefix.
        starts = [
            prefix_of(size) + name_of(n * (size - PAGE - 1) // count) for n in range(count + 1)
        ]
        starts[0] = ""
        paths = [list_path(prefix_of(size), start if size > PAGE else "") for start in starts]

        def ask(client: Client, compressed: bool, paths: list[str] = paths) -> Callable[[], float]:
            todo = iter(paths)
            headers = {"Accept-Encoding": "gzip"}

            def task() -> float:
                path = next(todo)
                began = time.perf_counter()
                body = client.get(path, headers)
                if compressed:
                    body = gzip.decompress(body)
                took = time.perf_counter() - began
                if (found := body.count(b"<Key>")) != PAGE:
                    raise RuntimeError(f"{found} keys in a page")
                return took * 1e3

            return task

        took = rounds(count, {"raw": ask(raw, False), "relay": ask(relay, True)})
        ratio = ratios(took["relay"], took["raw"])
        medians.append(median(ratio))
        report.say(f"{size:,} keys, a page raw {spread(took['raw'], ' ms', 1)}")
        report.say(f"{size:,} keys, a page relayed {spread(took['relay'], ' ms', 1)}")
        report.goal(
            f"{size:,} keys: a page through the relay at most 2 × the raw one",
            median(ratio) <= 2,
            spread(ratio),
        )
    if len(sizes) > 1:
        report.goal(
            "the ratio does not grow with the prefix",
            # A tenth for the noise of a shared machine.
            medians[-1] <= 1.1 * medians[0],
            " → ".join(f"{value:.2f}" for value in medians),
        )


def wire(report: Report, store: Store, jupyter: Lab, size: int) -> None:
    """Bytes of a page on its way to the browser, headers and all."""
    relay = Client(jupyter.server.base + jupyter.relay(), jupyter.headers)
    path = list_path(prefix_of(size), prefix_of(size) + name_of(size // 3))
    answer = relay.open(path, {"Accept-Encoding": "gzip, deflate, br, zstd"})
    head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + 19
    body = answer.read()
    raw = Client(store.endpoint).get(path)
    if gzip.decompress(body) != raw:
        raise RuntimeError("the relay's page is not the raw one")
    total = len(body) + head
    report.goal(
        "a page of 1,000 keys takes at most 60 kB on the wire",
        total <= 60_000,
        f"{total:,} bytes ({len(raw):,} raw; a key has {len(prefix_of(size) + name_of(0))} "
        "characters)",
    )


def clicks(report: Report, store: Store, jupyter: Lab, sizes: Sequence[int], count: int) -> None:
    """From the double click on a folder to its first rows, beside one page of boto3."""
    client = store.client()
    with temporary_folder("browser") as folder, browser(folder / "log") as page:
        report.say(f"Chromium {page.version}")
        page.open(jupyter)
        page.ask("panel", place=parent_of(sizes[0]))
        for size in sizes:
            prefix = prefix_of(size)
            waits: list[dict[str, float]] = []

            def click(prefix: str = prefix, waits: list[dict[str, float]] = waits) -> float:
                waits.append(page.ask("into", prefix=prefix))
                page.ask("up", prefix=parent_of(1))
                return waits[-1]["painted"]

            def bare(prefix: str = prefix) -> float:
                def ask() -> Any:
                    return client.list_objects_v2(Bucket=BUCKET, Prefix=prefix, Delimiter="/")

                return 1e3 * seconds(ask)

            took = rounds(count, {"boto3": bare, "panel": click})
            ratio = ratios(took["panel"], took["boto3"])
            asked, answered = (
                median([wait[name] for wait in waits[1:]]) for name in ("asked", "answered")
            )
            report.say(f"{size:,} keys, one page of boto3 {spread(took['boto3'], ' ms', 0)}")
            report.say(
                f"{size:,} keys, click to rows {spread(took['panel'], ' ms', 0)}, "
                f"asked for after {asked:.0f} ms, there after {answered:.0f} ms"
            )
            report.goal(
                f"{size:,} keys: click to rows at most 2 × one bare boto3 page",
                median(ratio) <= 2,
                spread(ratio),
            )


def answering(
    report: Report, store: Store, jupyter: Lab, size: int, count: int, length: float
) -> None:
    """The 99th percentile of a poll while pages are listed: one client, two ways."""
    ways = {
        "boto3 direct": store.client(),
        "boto3 through the relay": boto3_client(ID, jupyter.server.base, jupyter.server.token),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    listed = dict.fromkeys(ways, 0)

    def poll(name: str) -> float:
        with polling(jupyter.server) as milliseconds:
            deadline = time.monotonic() + length
            after = ""
            while time.monotonic() < deadline:
                page = ways[name].list_objects_v2(
                    Bucket=BUCKET, Prefix=prefix_of(size), Delimiter="/", StartAfter=after
                )
                after = page["Contents"][-1]["Key"] if page["IsTruncated"] else ""
                listed[name] += 1
        took[name] += milliseconds
        return quantile(milliseconds, 0.99)

    p99 = rounds(count, {name: lambda name=name: poll(name) for name in ways})  # type: ignore[misc]
    direct, relay = p99.values()
    for name, milliseconds in took.items():
        report.say(
            f"/api/status during {listed[name]} pages of {name}: "
            f"p50 {quantile(milliseconds, 0.5):.1f} ms, p99 {quantile(milliseconds, 0.99):.1f} ms, "
            f"{len(milliseconds)} polls"
        )
    added = [b - a for a, b in zip(direct, relay, strict=True)]
    report.goal(
        "p99 of /api/status while the relay lists at most 20 ms above that while boto3 lists",
        median(added) <= 20,
        spread(added, " ms", 1),
    )


def main() -> int:
    given = options("listing", __doc__)
    sizes = SIZES if given.full else SIZES[:2]
    count = max(9, given.rounds or (15 if given.full else 9))
    report = Report("listing", given.report)
    with temporary_folder("listing") as folder, versitygw(folder) as store:
        for size in sizes:
            store.fill(prefix_of(size), size)
        with lab(folder, [store.entry()]) as jupyter:
            parts: dict[str, Callable[[], None]] = {
                "pages": lambda: pages(report, store, jupyter, sizes, count),
                "wire": lambda: wire(report, store, jupyter, sizes[-1]),
                "clicks": lambda: clicks(report, store, jupyter, sizes, count),
                "answering": lambda: answering(
                    report, store, jupyter, sizes[1], 9, 4 if given.full else 2
                ),
            }
            for name, part in parts.items():
                if name.startswith(given.only):
                    part()
            if given.full and "peer".startswith(given.only):
                peer.beside(report, folder, store, jupyter, sizes[1])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
