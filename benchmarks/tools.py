"""Environments and programs of the benchmarks, made by the same code as those of ./test."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from scripts.checks import Session, browser, package
from scripts.environments import (
    LOGS,
    MARKER,
    PythonEnvironment,
    digest,
    lock,
    python_environment,
    require,
    say,
)
from scripts.paths import ROOT, VENV
from scripts.processes import call, environment
from scripts.results import Results

#: A second S3 server, the fastest, and the one whose big prefixes are quickly made.
VERSITYGW = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"


def enter(name: str) -> None:
    """Go on in the environment of the tools, so that any Python may start a benchmark."""
    tools = session().dev
    if Path(sys.prefix).resolve() != tools.folder.resolve():
        sys.stdout.flush()
        # Modules of the standard library must not be hidden by those of a folder of ours.
        command = [str(tools.python), "-m", f"benchmarks.{name}", *sys.argv[1:]]
        os.chdir(ROOT)
        os.execve(command[0], command, tools.variables())


_session: Session | None = None


def session() -> Session:
    """The one session of this process, as ./test has one."""
    global _session
    if _session is None:
        _session = Session(results=Results())
    return _session


def lab() -> PythonEnvironment:
    """The newest JupyterLab with the wheel of this checkout, a production build."""
    return package.with_wheel(session(), package.INSTALLED)


def chromium() -> Path:
    """The browser."""
    node = session().ui_packages()
    found = browser.chromium(node)
    return require(found or Path("chromium"), "a Chromium of the system (or $CHROMIUM)")


def seaweedfs() -> Path:
    return require(session().dev.programs / "weed", "SeaweedFS")


def versitygw() -> Path:
    """The program of versitygw, built once with the Go of PyPI (minutes)."""
    return _built("versitygw", "install", VERSITYGW)


def transfer_manager() -> Path:
    """The transfer manager of the AWS SDK for Go, as a program (minutes)."""
    source = ROOT / "benchmarks" / "copy" / "sdk"
    return _built("sdk", "-C", source, "install", ".", of=source)


def _built(name: str, *arguments: str | Path, of: Path | None = None) -> Path:
    """The program that a command of Go installs, `of` a folder of sources or a module."""
    tools = python_environment("go", "go")
    made_of = of or "".join(str(one) for one in arguments[1:])
    folder = VENV / f"{name}-{digest(made_of, str(tools.folder))}"
    with lock(name):
        if not (folder / MARKER).exists():
            say(f"Building {name} (some minutes) …")
            shutil.rmtree(folder, ignore_errors=True)
            call(
                [require(tools.programs / "go", "Go"), *arguments],
                what=f"building {name}",
                env=environment(
                    tools.programs,
                    extra={"CGO_ENABLED": "0", "GOBIN": str(folder), "GOTOOLCHAIN": "local"},
                ),
                log=LOGS / f"{name}.log",
            )
            (folder / MARKER).write_text("", encoding="ascii")
    return require(folder / name, name)


def peer(name: str, *requirements: str) -> PythonEnvironment:
    """An environment of its own with another project, at exact versions."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    result = PythonEnvironment(name, VENV / f"{name}-{digest(version, *requirements)}")
    with lock(name):
        if not (result.folder / MARKER).exists():
            say(f"Making {name} …")
            shutil.rmtree(result.folder, ignore_errors=True)
            call(
                [sys.executable, "-m", "venv", result.folder],
                what=f"making the virtual environment {name}",
                env=environment(),
                log=LOGS / f"{name}.log",
            )
            result.pip_install(*requirements, what=f"installing {name}")
            (result.folder / MARKER).write_text("", encoding="ascii")
    return result
