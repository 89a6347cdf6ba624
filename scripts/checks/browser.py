"""Playwright in a real Chromium, against JupyterLab with the built wheel."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from scripts.bad_archive import ANSWER_TIMEOUT, bad_archive
from scripts.checks import Session, in_parallel, package, report, run_reported
from scripts.environments import LOGS, PythonEnvironment, require, say
from scripts.lab import Server, jupyter, sample_entry
from scripts.lite import jupyterlite
from scripts.odd_archive import odd_archive
from scripts.paths import UI_TESTS
from scripts.processes import Failure, call, free_ports, temporary_folder
from scripts.processes import environment as plain_variables
from scripts.results import read_playwright
from scripts.sample_archive import SampleArchive, sample_archive
from scripts.slow_archive import slow_archive
from scripts.strict_archive import strict_archive

PLAYWRIGHT = UI_TESTS / "node_modules" / "@playwright" / "test" / "cli.js"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Bytes that may be stored in the home of the tests.
LIMIT = 1_000_000_000
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Target:
    """One environment, one application in it, and the tests that run there."""

    name: str
    requirements: str
    #: The tag of the tests; None: all but those for other targets only.
    tag: str | None = "@smoke"
    app: str = "lab"
    #: Which of how many parts of the tests, each with servers of its own.
    shard: tuple[int, int] = (1, 1)

    @property
    def whole(self) -> bool:
        """Whether nearly all tests run there, with all that they ask of a server."""
        return self.tag is None

    def shards(self, count: int) -> list[Target]:
        """So many parts of it."""
        return [
            replace(self, name=f"{self.name}, {number} of {count}", shard=(number, count))
            for number in range(1, count + 1)
        ]

    @property
    def short(self) -> str:
        """The name, for files."""
        return re.sub(r"\W+", "-", self.name.lower())

    @property
    def log(self) -> Path:
        """What its server says."""
        return LOGS / "checks" / f"browser-{self.short}-server.log"


#: Into so many parts the tests are divided; two targets or parts run at a time.
SHARDS = 3
#: Held while servers start.
STARTING = threading.Lock()
NEWEST = Target("JupyterLab 4.6", "lab-4.6", tag=None)
DEFAULT = (
    NEWEST,
    Target("JupyterLab 4.2", "lab-4.2"),
    Target("Notebook 7.6", "lab-4.6", tag="@notebook", app="notebook"),
    Target("beside other extensions", "beside", tag="@beside"),
)
FULL = (
    *DEFAULT,
    Target("JupyterLab 4.3", "lab-4.3"),
    Target("JupyterLab 4.4", "lab-4.4"),
    Target("JupyterLab 4.5", "lab-4.5"),
    Target("Notebook 7.2", "lab-4.2", tag="@notebook", app="notebook"),
    Target("Notebook 7.5", "lab-4.5", tag="@notebook", app="notebook"),
    Target("JupyterLite", "jupyterlite", tag="@lite", app="lite"),
)


def targets(session: Session) -> list[Target]:
    """The targets of this run that have a test."""
    tests = "".join(
        path.read_text(encoding="utf-8") for path in (UI_TESTS / "tests").glob("*.spec.ts")
    )
    chosen = FULL if session.full else DEFAULT
    return [target for target in chosen if target.tag is None or target.tag in tests]


def prepare(session: Session, target: Target) -> PythonEnvironment:
    """The target's environment, with the wheel in it."""
    return package.with_wheel(session, target.requirements)


def run(session: Session) -> None:
    # The tests use packages of the top folder too.
    session.packages()
    node = session.ui_packages()
    browser = chromium(node)
    chosen = targets(session)
    if session.name:
        chosen = [target for target in chosen if has_test(session, target)] or chosen[:1]
    else:
        chosen = [
            part
            for target in chosen
            for part in (target.shards(SHARDS) if target.whole else [target])
        ]
    in_parallel([partial(run_target, session, target, browser) for target in chosen])


def run_target(session: Session, target: Target, browser: Path | None) -> None:
    """Serve the samples and JupyterLab, and run the target's tests."""
    try:
        _run_target(session, target, prepare(session, target), browser)
    except Failure as error:
        session.results.add(f"browser, {target.name}", False, str(error))


def _run_target(
    session: Session, target: Target, env: PythonEnvironment, browser: Path | None
) -> None:
    node = session.dev
    part = f"browser, {target.name}"
    path = report(f"browser-{target.short}.json")
    with contextlib.ExitStack() as stack:
        # One after the other: free ports are looked for.
        with STARTING:
            variables = stack.enter_context(served(session, target, env, browser))
        variables["MAST_REPORT"] = str(path)
        variables["MAST_OUTPUT"] = str(UI_TESTS / "test-results" / target.short)
        command: list[str | Path] = [node.programs / "node", PLAYWRIGHT, "test"]
        command += selection(target, session.name)
        run_reported(
            session, part, command, path, read_playwright, env=node, extra=variables, cwd=UI_TESTS
        )
    said = target.log.read_text(encoding="utf-8", errors="replace")
    traces = [text for text in traces_of(said) if "jupyterlab_mast" in text]
    session.results.add(f"{part}: no traceback in the server's log", not traces, "\n".join(traces))


@contextlib.contextmanager
def served(
    session: Session, target: Target, env: PythonEnvironment, browser: Path | None
) -> Iterator[dict[str, str]]:
    """The samples and JupyterLab; the variables that tell Playwright of them."""
    weed = require(session.dev.programs / "weed", "SeaweedFS")
    target.log.unlink(missing_ok=True)
    with (
        temporary_folder("browser") as folder,
        sample_archive(weed, log=folder / "weed.log") as samples,
        as_seen(target, samples) as archive,
        odd_keys(session, target, folder) as odd,
        slow_line(target, archive) as slow,
        misbehaving(target) as bad,
        started(target, env, folder, archive, odd, slow, bad, *direct(archive, bad)) as server,
    ):
        given = {
            "target": target.name,
            "app": target.app,
            "base": server.base,
            "token": server.token,
            "workspace": str(folder / "workspace"),
            "settings": str(folder / "settings"),
            "runtime": str(folder / "runtime"),
            "sample": asdict(archive),
            "full": session.full,
        }
        result = {"MAST_UI": json.dumps(given), "CI": "true" if session.ci else ""}
        if browser:
            result["CHROMIUM"] = str(browser)
        yield result


def as_seen(
    target: Target, archive: SampleArchive
) -> contextlib.AbstractContextManager[SampleArchive]:
    """The samples; where a page reads them itself, as a bucket that allows it little."""
    return strict_archive(archive) if target.app == "lite" else contextlib.nullcontext(archive)


def odd_keys(
    session: Session, target: Target, folder: Path
) -> contextlib.AbstractContextManager[dict[str, object] | None]:
    """The archive of odd keys, for the newest JupyterLab."""
    if not target.whole:
        return contextlib.nullcontext()
    return odd_archive(session.dev, folder / "moto.log")


def slow_line(
    target: Target, archive: SampleArchive
) -> contextlib.AbstractContextManager[dict[str, object] | None]:
    """The archive behind a slow line, for the newest JupyterLab."""
    return slow_archive(archive) if target.whole else contextlib.nullcontext()


def home(folder: Path) -> dict[str, str]:
    """What is measured: what the file browser shows, and not the home of whoever tests."""
    return {"id": "home", "title": "Home", "path": str(folder / "workspace")}


def misbehaving(target: Target) -> contextlib.AbstractContextManager[dict[str, object] | None]:
    """The archive that misbehaves, for the newest JupyterLab."""
    return bad_archive() if target.whole else contextlib.nullcontext()


def direct(archive: SampleArchive, bad: dict[str, object] | None) -> tuple[dict[str, object], ...]:
    """Archives that the page asks itself, for the newest JupyterLab: one that allows it by CORS,
    and one that does not."""
    if bad is None:
        return ()
    allows = {"id": "direct", "title": "Direct", "roots": [{"title": "Straight", "prefix": ""}]}
    refuses = {"id": "closed", "title": "Closed"}
    return (
        {**sample_entry(archive), **allows, "route": "direct"},
        {**bad, **refuses, "roots": [{"title": "Nobody", "prefix": ""}], "route": "direct"},
    )


def started(
    target: Target,
    env: PythonEnvironment,
    folder: Path,
    archive: SampleArchive,
    *others: dict[str, object] | None,
) -> contextlib.AbstractContextManager[Server]:
    """The target's application, which lists the samples."""
    if target.app == "lite":
        entry = {**sample_entry(archive), "access": "anonymous", "route": "auto"}
        return jupyterlite(env, folder=folder, archives=[entry], log=target.log)
    return jupyter(
        env,
        folder=folder,
        workspace=folder / "workspace",
        archives=archives(sample_entry(archive), *others),
        app=target.app,
        log=target.log,
        more=[
            "c.LabApp.expose_app_in_browser = True",
            "c.JupyterNotebookApp.expose_app_in_browser = True",
            f"c.MastExtension.quota_roots = [{home(folder)!r}]",
            f"c.MastExtension.quota_bytes = {LIMIT}",
            *([f"c.MastExtension.answer_timeout = {ANSWER_TIMEOUT}"] if target.whole else []),
        ],
        # A test kills it.
        respawn=target.whole,
        variables={
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": archive.endpoint,
            # The trash is in the home that is measured.
            "XDG_DATA_HOME": str(folder / "workspace" / ".local" / "share"),
        },
    )


def has_test(session: Session, target: Target) -> bool:
    """Whether the name that was asked for is of one of the target's tests."""
    node = session.dev
    command: list[str | Path] = [node.programs / "node", PLAYWRIGHT, "test", "--list"]
    command += selection(target, session.name)
    done = subprocess.run(
        command,
        env=node.variables({"MAST_UI": "{}"}),
        cwd=UI_TESTS,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode == 0


def archives(*entries: dict[str, object] | None) -> str:
    """These, and a MAST that cannot be reached: nothing leaves this machine."""
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    listed = json.dumps(json.dumps([entry for entry in entries if entry]))
    return f'[*json.loads({listed}), {{**DEFAULT_ARCHIVES[0], "endpoint": "{nowhere}"}}]'


def selection(target: Target, name: str | None) -> list[str]:
    """Playwright's arguments that choose the target's tests."""
    others = sorted({t.tag for t in FULL if t.tag} - {"@smoke"})
    wanted = f"(?=.*{target.tag}\\b)" if target.tag else ""
    wanted += f"(?=.*{re.escape(name)})" if name else ""
    result = ["--grep", wanted] if wanted else []
    number, count = target.shard
    if count > 1:
        result += [f"--shard={number}/{count}"]
    if target.tag is None:
        # What is for another application only; @smoke is for this one too.
        result += ["--grep-invert", f"^(?!.*@smoke\\b).*({'|'.join(others)})\\b"]
    return result


def traces_of(log: str) -> list[str]:
    """The tracebacks of a log."""
    return re.findall(r"Traceback \(most recent call last\):\n(?:.*\n)*?(?=\S|\Z)", log)


def chromium(node: PythonEnvironment) -> Path | None:
    """A Chromium: $CHROMIUM, the system's, Debian's when we are root, or the
    one that Playwright downloads (None: it knows where)."""
    asked = os.environ.get("CHROMIUM")
    if asked:
        return require(Path(asked), "the browser that $CHROMIUM names")
    found = installed()
    if found:
        return found
    ways: list[Callable[[], None]] = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append(from_debian)
    ways.append(lambda: from_playwright(node))
    problems = []
    for way in ways:
        try:
            way()
            return installed()
        except Failure as error:
            problems.append(str(error))
    raise Failure("\n".join(["No Chromium was found, and none could be installed.", *problems]))


def installed() -> Path | None:
    for name in CHROMIUMS:
        found = shutil.which(name)
        # Ubuntu's chromium-browser may be a script that only names a snap.
        if found and works(Path(found)):
            return Path(found)
    return ON_A_MAC if ON_A_MAC.exists() else None


def works(browser: Path) -> bool:
    try:
        done = subprocess.run([browser, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def from_debian() -> None:
    say("Installing Chromium with apt-get …")
    quiet = plain_variables(extra={"DEBIAN_FRONTEND": "noninteractive"})
    log = LOGS / "chromium.log"
    call(["apt-get", "update"], what="apt-get update", env=quiet, log=log)
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
    call(command, what="apt-get install chromium", env=quiet, log=log)


def from_playwright(node: PythonEnvironment) -> None:
    say("Downloading Playwright's Chromium …")
    call(
        [node.programs / "node", PLAYWRIGHT, "install", "chromium"],
        what="playwright install chromium",
        env=node.variables(),
        log=LOGS / "chromium.log",
        cwd=UI_TESTS,
    )
