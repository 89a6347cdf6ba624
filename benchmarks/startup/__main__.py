"""What the extension adds to JupyterLab's first load, for those who never open the archive.

python -m benchmarks.startup [--full]

JupyterLab with the production build is opened in Chromium with an empty cache, with the
extension and without it: the difference is what it costs. Bytes are those of gzip -6,
whatever this server does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import tools

if __name__ == "__main__":
    tools.enter("startup")

from benchmarks.browser import browser
from benchmarks.figures import Report, options, ratios, rounds, spread
from benchmarks.servers import Lab, lab, parent_of, prefix_of, versitygw
from scripts.processes import temporary_folder

EXTENSION = "/lab/extensions/jupyterlab-mast/"
LIMIT = 30_000


def kind(url: str) -> str:
    """What a request was for, told apart as far as we care."""
    path = urlsplit(url).path
    if EXTENSION in path:
        return path.split(EXTENSION)[1]
    return "other"


def weigh(report: Report, with_it: dict[str, Any], without: dict[str, Any]) -> None:
    """The bytes of both loads until the page can be used, and in idle time after that."""
    everything = [body for body in with_it["bodies"] if kind(body["url"]) != "other"]
    for body in sorted(everything, key=lambda one: -one["gzipped"]):
        when = "in idle time" if body["idle"] else "first load"
        report.say(f"{body['gzipped']:>7,} bytes ({body['bytes']:,})  {kind(body['url'])}, {when}")
    ours = [body for body in everything if not body["idle"]]
    total = sum(body["gzipped"] for body in ours)
    all_of, peer = (
        sum(body["gzipped"] for body in side["bodies"] if not body["idle"])
        for side in (with_it, without)
    )
    later = sum(body["gzipped"] for body in everything if body["idle"])
    report.say(f"in idle time after that, within 3 s: {later:,} bytes of our files")
    report.goal(
        f"the first load grows by at most {LIMIT:,} bytes (gzip): our files",
        0 < total <= LIMIT,
        f"{total:,} bytes in {len(ours)} files, {total / peer:.2%} of JupyterLab's {peer:,}",
    )
    report.goal(
        f"the first load grows by at most {LIMIT:,} bytes (gzip): whole loads compared",
        all_of - peer <= LIMIT,
        f"{all_of - peer:,} bytes, with our part of the settings and of the page",
    )
    report.goal(
        "no request to an archive before the panel is shown",
        not with_it["archive"],
        f"{len(with_it['archive'])} requests",
    )


def others(folder: Path) -> list[str]:
    """Configuration of a JupyterLab that has all other extensions, and not ours."""
    kept = folder / "labextensions"
    kept.mkdir()
    for path in (tools.lab().folder / "share" / "jupyter" / "labextensions").iterdir():
        if path.name != "jupyterlab-mast":
            (kept / path.name).symlink_to(path)
    return [
        f"c.LabApp.labextensions_path = [{str(kept)!r}]",
        'c.ServerApp.jpserver_extensions = {"jupyterlab_mast": False}',
    ]


def main() -> int:
    given = options("startup", __doc__)
    report = Report("startup", given.report)
    with (
        temporary_folder("with") as one,
        temporary_folder("without") as two,
        versitygw(one) as store,
        browser(one / "browser.log") as page,
    ):
        store.fill(prefix_of(1000), 1000)
        with (
            lab(one, [store.entry()]) as ours,
            lab(two, [store.entry()], more=others(two)) as theirs,
        ):
            report.say(f"Chromium {page.version}")

            def visit(jupyter: Lab) -> dict[str, Any]:
                page.open(jupyter, weigh=True)
                seen: dict[str, Any] = page.ask("loaded")
                return seen

            # The first visit of a server makes what later ones find there.
            visit(theirs)
            visit(ours)
            without, with_it = visit(theirs), visit(ours)
            if any(kind(body["url"]) != "other" for body in without["bodies"]):
                raise RuntimeError("there is an extension where none should be")
            weigh(report, with_it, without)
            page.ask("panel", place=parent_of(1000))
            shown = page.ask("loaded")
            report.goal(
                "then the panel asks (so the count counts)",
                len(shown["archive"]) > 0,
                f"{len(shown['archive'])} requests",
            )
            count = given.rounds or (9 if given.full else 3)
            ready = rounds(
                count, {"without": lambda: page.open(theirs), "with": lambda: page.open(ours)}
            )
            report.say(f"ready without the extension after {spread(ready['without'], ' ms', 0)}")
            report.say(f"ready with it after {spread(ready['with'], ' ms', 0)}")
            ratio = ratios(ready["with"], ready["without"])
            report.say(f"ready with it over without: {spread(ratio)}")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
