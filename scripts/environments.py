"""The environments of ./run and ./test, each made once.

They lie in .venv/NAME-HASH, where the hash is of what they are made from. A
marker file is written last, so one whose making was interrupted is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.paths import REQUIREMENTS, ROOT, VENV
from scripts.processes import Failure, call, environment

LOGS = VENV / "logs"
MARKER = "made"


def digest(*parts: str | Path) -> str:
    """A short hash of texts and files; a folder counts with all its files."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(b"text\0" + part.encode() + b"\0")
            continue
        files = sorted(path for path in part.rglob("*") if path.is_file()) if part.is_dir() else []
        for path in files or [part]:
            total.update(str(path.relative_to(part.parent)).encode() + b"\0")
            total.update(path.read_bytes() if path.is_file() else b"absent")
    return total.hexdigest()[:10]


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Only one ./run or ./test at a time makes a thing."""
    folder = VENV / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Marker:
    """Remembers the hash of what a thing was last made from."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fits(self, key: str) -> bool:
        try:
            return self.path.read_text(encoding="ascii").strip() == key
        except OSError:
            return False

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def set(self, key: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(self.path.name + ".new")
        new.write_text(key + "\n", encoding="ascii")
        new.replace(self.path)


@dataclass(frozen=True)
class PythonEnvironment:
    """A virtual environment of ours."""

    name: str
    folder: Path
    #: Whether Node and jlpm are in it.
    node: bool = False

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        return self.programs / "python"

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """For a child: this environment first on the PATH, and no Node but its own."""
        return environment(self.programs, node=self.node, extra=extra)

    def call(
        self,
        *command: str | Path,
        what: str,
        log: Path | None = None,
        cwd: Path = ROOT,
        extra: Mapping[str, str] | None = None,
        timeout: float = 1800,
    ) -> None:
        """Run one of its programs as a step of the set-up."""
        call(
            [self.programs / command[0], *command[1:]],
            what=what,
            env=self.variables(extra),
            log=log or LOGS / f"{self.name}.log",
            cwd=cwd,
            timeout=timeout,
        )

    def pip_install(self, *arguments: str | Path, what: str) -> None:
        self.call("python", "-m", "pip", "install", "--quiet", *arguments, what=what)


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def requirement_lines(path: Path) -> list[str]:
    """The lines of a requirements file, with the files that it includes."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            lines += requirement_lines(path.parent / line[3:])
        elif line:
            lines.append(line)
    return lines


def constraints(name: str) -> Path:
    """The exact versions for one of the lists."""
    if name in ("base", "dev"):
        return ROOT / "constraints.txt"
    return REQUIREMENTS / f"constraints-{name}.txt"


def python_environment(
    name: str, requirements: str, *, node: bool = False, copy: str = ""
) -> PythonEnvironment:
    """The environment `name` with the list `requirements`, made if need be.

    `copy` tells apart two environments with the same contents.
    """
    result = _planned(name, requirements, node=node, copy=copy)
    wanted = requirement_lines(REQUIREMENTS / f"{requirements}.txt")
    pins = constraints(requirements)
    marker = result.folder / MARKER
    with lock(name):
        if marker.exists():
            return result
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        log = LOGS / f"{name}.log"
        say(f"Making {name}: Python {version} with {len(wanted)} packages and what they need …")
        shutil.rmtree(result.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            log.unlink(missing_ok=True)
        call(
            [sys.executable, "-m", "venv", result.folder],
            what=f"making the virtual environment {name}",
            env=environment(),
            log=log,
        )
        pip = [line for line in pins.read_text(encoding="utf-8").splitlines() if line[:4] == "pip="]
        if pip:
            result.pip_install(*pip, what="updating pip")
        listed = result.folder / "requirements.txt"
        listed.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        result.pip_install("-r", listed, "-c", pins, what=f"installing the packages of {name}")
        marker.write_text("all is there\n", encoding="ascii")
        forget_old(name)
    return result


def _planned(name: str, requirements: str, *, node: bool, copy: str = "") -> PythonEnvironment:
    """Where an environment is to be, by all that it is made from."""
    wanted = requirement_lines(REQUIREMENTS / f"{requirements}.txt")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    system = (version, platform.machine(), platform.system())
    key = digest(*system, *wanted, constraints(requirements), copy)
    return PythonEnvironment(name, VENV / f"{name}-{key}", node)


def run_environment() -> PythonEnvironment:
    """What ./run needs: the environment of the tools, if ./test has made it, has all of it."""
    tools = _planned("dev", "dev", node=True)
    if (tools.folder / MARKER).exists():
        return tools
    return python_environment("run", "base", node=True)


def forget_old(name: str) -> None:
    """Keep the newest environments of a name: others may be in use, or of another Python."""
    made = sorted(
        VENV.glob(f"{name}-*/{MARKER}"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for marker in made[4:]:
        if marker.parent.name.rpartition("-")[0] == name:
            shutil.rmtree(marker.parent, ignore_errors=True)


def node_modules(
    folder: Path, env: PythonEnvironment, name: str, also: Sequence[Path] = ()
) -> None:
    """Install a folder's JavaScript packages as its lock file says."""
    key = digest(folder / "package.json", folder / "yarn.lock", *also)
    marker = Marker(VENV / f"node_modules-{name}.key")
    with lock(f"node_modules-{name}"):
        if marker.fits(key) and (folder / "node_modules" / ".yarn-state.yml").exists():
            return
        say(f"Installing the JavaScript packages of {name} …")
        marker.clear()
        env.call(
            "jlpm",
            "install",
            "--immutable",
            what=f"installing the JavaScript packages of {name}",
            log=LOGS / f"node_modules-{name}.log",
            cwd=folder,
        )
        marker.set(key)


#: What the front end is built from.
FRONT_END = ("src", "style", "schema", "package.json", "yarn.lock", "tsconfig.json", "install.json")


def front_end_key() -> str:
    return digest(*(ROOT / name for name in FRONT_END))


def front_end(env: PythonEnvironment) -> None:
    """Build the labextension of the checkout, if its sources changed."""
    node_modules(ROOT, env, "root")
    key = front_end_key()
    marker = Marker(VENV / "front-end.key")
    built = ROOT / "jupyterlab_mast" / "labextension"
    with lock("front-end"):
        if not (marker.fits(key) and (built / "package.json").exists()):
            say("Building the front end …")
            marker.clear()
            env.call("jlpm", "build", what="building the front end", log=LOGS / "front-end.log")
            marker.set(key)
    link = env.folder / "share" / "jupyter" / "labextensions" / "jupyterlab-mast"
    if not link.is_symlink():
        shutil.rmtree(link, ignore_errors=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(built)


def editable(env: PythonEnvironment) -> None:
    """Install the checkout into `env` by `pip install -e`, without its front end."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    about = json.dumps([package.get(name) for name in ("version", "description", "author")])
    key = digest(ROOT / "pyproject.toml", ROOT / "jupyter-config", ROOT / "install.json", about)
    marker = Marker(env.folder / "editable.key")
    with lock("editable"):
        version = ROOT / "jupyterlab_mast" / "_version.py"
        if marker.fits(key) and version.exists():
            return
        say(f"Installing the checkout into {env.name} …")
        marker.clear()
        # The wheel copies this folder, so it must be there, if only empty.
        (ROOT / "jupyterlab_mast" / "labextension").mkdir(parents=True, exist_ok=True)
        env.call(
            *("python", "-m", "pip", "install", "--quiet", "--no-build-isolation"),
            *("--constraint", constraints("dev"), "--editable", "."),
            what="installing the checkout",
            extra={"SKIP_JUPYTER_BUILDER": "1"},
        )
        marker.set(key)


def require(path: Path, what: str) -> Path:
    """A program that an environment should have brought."""
    if not os.access(path, os.X_OK):
        raise Failure(f"{what} is not there; delete .venv and start again")
    return path
