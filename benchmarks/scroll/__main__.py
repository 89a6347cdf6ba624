"""Long lists in the panels: does the page stay smooth?

python -m benchmarks.scroll [--full]

The keys of a folder of 100,000 come from versitygw through the relay, page by page, into JupyterLab
in Chromium. Then the list is scrolled from end to end, a step in each frame; so is the list of a
transfer of 50,000 files while they are copied. The peer is the same page at rest: it says what of
the gaps is the machine's. A list of a million is made by the benchmark itself, and only has to
reach its last row.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("scroll")

from benchmarks.browser import Browser, browser
from benchmarks.copy.latency import ask, request
from benchmarks.copy.many import PREFIX, TARGET, fill
from benchmarks.figures import Report, median, options, quantile
from benchmarks.servers import BUCKET, Lab, lab, parent_of, prefix_of, versitygw
from scripts.processes import temporary_folder

MIB = 1 << 20


def told(frames: dict[str, Any]) -> str:
    """What a watch of the frames saw, for people."""
    gaps = frames["gaps"][1:]
    return (
        f"{1000 / median(gaps):.0f} frames/s at the median, "
        f"{1000 * len(gaps) / sum(gaps):.0f} on average; longest gap {max(gaps):.0f} ms, "
        f"p99 {quantile(gaps, 0.99):.0f} ms, {sum(gap > 200 for gap in gaps)} over 200 ms; "
        f"longest task {max(frames['tasks'], default=0):.0f} ms"
    )


def steady(report: Report, what: str, frames: dict[str, Any], rest: dict[str, Any]) -> None:
    """No long gap, and many frames a second; what the same page does at rest is told beside it."""
    gaps, others = frames["gaps"][1:], rest["gaps"][1:]
    report.goal(
        f"{what}: no gap over 200 ms",
        max(gaps) <= 200,
        f"{max(gaps):.0f} ms (at rest {max(others):.0f} ms)",
    )
    report.goal(
        f"{what}: at least 50 frames/s at the median",
        1000 / median(gaps) >= 50,
        f"{1000 / median(gaps):.1f} (at rest {1000 / median(others):.1f})",
    )


def smooth(report: Report, page: Browser, jupyter: Lab, count: int, seconds: float) -> None:
    """Load all pages of a prefix, then scroll from its first row to its last."""
    page.open(jupyter)
    page.ask("panel", place=parent_of(count))
    rest = page.ask("frames", how="wait", seconds=min(3, seconds))
    report.say(f"at rest: {told(rest)}")
    before = page.ask("heap")
    page.ask("into", prefix=prefix_of(count))
    loading = page.ask("frames", how="load")
    if loading["rows"] != count:
        raise RuntimeError(f"{loading['rows']} rows of {count}")
    after = page.ask("heap")
    report.say(f"loading {count:,} keys took {loading['took'] / 1000:.1f} s: {told(loading)}")
    report.goal(
        f"{count:,} keys: no gap over 200 ms while the pages load",
        max(loading["gaps"][1:]) <= 200,
        f"{max(loading['gaps'][1:]):.0f} ms",
    )
    scrolled = page.ask("frames", how="scroll", seconds=seconds)
    report.say(f"scrolling for {seconds:.0f} s: {told(scrolled)}")
    steady(report, f"{count:,} keys, scrolled from end to end", scrolled, rest)
    nodes = max(part["nodes"] for part in (loading, scrolled))
    report.goal("the panel has at most 2,500 DOM nodes", nodes <= 2500, f"{nodes:,}")
    report.goal(
        "rows are drawn wherever the list is looked at",
        scrolled["blank"] == 0,
        f"{scrolled['blank']} looks at an empty place",
    )
    end = page.ask("heap")
    report.say(
        f"the page's heap: {before / MIB:.1f} MiB before, {after / MIB:.1f} with {count:,} keys, "
        f"{end / MIB:.1f} after scrolling: {(end - before) / count:,.0f} bytes a key"
    )


def copying(report: Report, page: Browser, jupyter: Lab, count: int, seconds: float) -> None:
    """The list of a transfer's files while they are copied: at rest, and scrolled."""
    page.open(jupyter)
    one = ask(jupyter.server, "POST", "", request(PREFIX, TARGET, "ask"))
    while not one["confirm"]:
        time.sleep(0.05)
        one = ask(jupyter.server, "GET", f"/{one['id']}")
    page.ask("transfer", files=count)
    rest = page.ask("frames", of="transfers", how="wait", seconds=min(3, seconds))
    report.say(f"{count:,} files that wait: {told(rest)}")
    ask(jupyter.server, "POST", f"/{one['id']}/actions", {"action": "start"})
    watched = [
        page.ask("frames", of="transfers", how=how, seconds=seconds) for how in ("wait", "scroll")
    ]
    one = ask(jupyter.server, "GET", f"/{one['id']}")
    copied = one["files"]["copied"]
    if one["state"] != "running":
        raise RuntimeError(f"the copy is {one['state']} already")
    ask(jupyter.server, "POST", f"/{one['id']}/actions", {"action": "cancel"})
    for what, frames in zip(("", ", scrolling"), watched, strict=True):
        report.say(f"{count:,} files that are copied{what}: {told(frames)}")
        steady(report, f"{count:,} files that are copied{what}", frames, rest)
    report.say(f"{copied:,} files were copied by then")
    report.goal(
        "rows of files are drawn wherever the list is looked at",
        watched[1]["blank"] == 0,
        f"{watched[1]['blank']} looks at an empty place",
    )


def reach(report: Report, page: Browser, jupyter: Lab, count: int, step: int) -> None:
    """A list that is taller than an element may be."""
    page.open(jupyter)
    page.ask("panel", place=parent_of(count))
    prefix = f"{parent_of(count)}of-a-million/"
    page.ask("fake", bucket=BUCKET, prefix=prefix, count=count, step=step)
    page.ask("panel", place=prefix)
    loading = page.ask("frames", how="load")
    last = page.ask("bottom")
    report.say(f"{count:,} rows, {step:,} a page: loaded in {loading['took'] / 1000:.0f} s")
    report.goal(
        f"{count:,} rows: the last one is reached by scrolling",
        loading["rows"] == count and f"{count - 1:016d}" in (last or ""),
        f"{loading['rows']:,} rows, at the end {last}",
    )
    ends = [page.ask("press", key=key) for key in ("Home", "End")]
    report.goal(
        f"{count:,} rows: Home and End reach the first and the last",
        f"{0:016d}" in (ends[0] or "") and f"{count - 1:016d}" in (ends[1] or ""),
        " … ".join(str(end) for end in ends),
    )
    scrolled = page.ask("frames", how="scroll", seconds=5)
    report.say(f"{count:,} rows, scrolling: {told(scrolled)}")


def main() -> int:
    given = options("scroll", __doc__)
    count = 100_000 if given.full else 20_000
    report = Report("scroll", given.report)
    if any(part.startswith(given.only) for part in ("smooth", "reach")):
        with temporary_folder("scroll") as folder, versitygw(folder) as store:
            store.fill(prefix_of(count), count)
            with lab(folder, [store.entry()]) as jupyter, browser(folder / "browser.log") as page:
                report.say(f"Chromium {page.version}")
                if "smooth".startswith(given.only):
                    smooth(report, page, jupyter, count, 10 if given.full else 5)
                if "reach".startswith(given.only):
                    reach(report, page, jupyter, 1_000_000, 20_000)
    if "copying".startswith(given.only):
        # The store of a hub works on other machines: here it takes only what nobody else wants.
        with temporary_folder("scroll") as folder, versitygw(folder, nice=19) as store:
            files = 50_000 if given.full else 20_000
            fill(store, files)
            with lab(folder, [store.entry()]) as jupyter, browser(folder / "browser.log") as page:
                copying(report, page, jupyter, files, 5 if given.full else 2)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
