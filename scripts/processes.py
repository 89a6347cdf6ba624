"""Servers in the background that end with us, however we end."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from scripts.paths import ROOT, VENV

GUARD = ROOT / "scripts" / "guard.py"
#: What a build or a server may need besides its own environment; no Node.
PLAIN_TOOLS = (
    "sh bash env uname git tar gzip ldconfig ps id dirname basename readlink sed grep cat rm mkdir "
    "ln cp mv chmod ls tr cut head tail sleep which locale sysctl"
)


class Failure(Exception):
    """Something that ends ./run or ./test with a sentence instead of a trace."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens at just now."""
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(count):
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(int(listener.getsockname()[1]))
        return ports


def plain_path() -> str:
    """A PATH with a few plain tools and certainly no Node."""
    folder = VENV / "plain-tools"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PLAIN_TOOLS.split():
        found = shutil.which(name)
        link = folder / name
        if found and not link.exists():
            with contextlib.suppress(FileExistsError):
                link.symlink_to(found)
    return str(folder)


def environment(
    *folders: Path, node: bool = True, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables for a child: `folders` first on its PATH, nothing of
    another Python, Node or Jupyter."""
    result = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "CONDA", "npm_", "MAST"))
        and name
        not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_PATH", "NODE_OPTIONS", "NODE_ENV")
    }
    path = result.get("PATH", os.defpath) if node else plain_path()
    result["PATH"] = os.pathsep.join([*(str(folder) for folder in folders), path])
    result["PYTHONUNBUFFERED"] = "1"
    # One cache for all folders that jlpm installs into, and lock files that hold.
    result["YARN_ENABLE_GLOBAL_CACHE"] = "1"
    result["YARN_ENABLE_TELEMETRY"] = "0"
    result["YARN_ENABLE_IMMUTABLE_INSTALLS"] = "1"
    result["PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"] = "1"
    result.update(extra or {})
    return result


def call(
    command: Sequence[str | Path],
    *,
    what: str,
    env: Mapping[str, str],
    log: Path,
    cwd: Path = ROOT,
    timeout: float = 1800,
) -> None:
    """Run a step to its end; its output goes to `log`, whose end is shown when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        output.write(f"$ {' '.join(str(part) for part in command)}\n".encode())
        output.flush()
        guarded = Guarded(command, env=env, cwd=cwd, output=output.fileno(), grace=2)
        with guarded:
            code = guarded.wait(timeout)
    if code is None:
        raise Failure(f"{what} did not end within {timeout:.0f} s; see {shown(log)}")
    if code != 0:
        raise Failure(f"{what} failed (exit code {code}); {end_of(log)}")


def end_of(log: Path, lines: int = 40) -> str:
    """The last lines of a log, for a message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        text = []
    return f"the end of {shown(log)}:\n" + "\n".join(f"  | {line}" for line in text)


def shown(path: Path) -> str:
    """A path as people read it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Guarded:
    """A process under scripts/guard.py: closing it, or our death, ends it and
    all that it started."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: int | None = None,
        log: Path | None = None,
        grace: float = 5,
    ) -> None:
        watched, self._held = os.pipe()
        os.set_inheritable(watched, True)
        self.log = log
        try:
            with contextlib.ExitStack() as stack:
                if log is not None:
                    log.parent.mkdir(parents=True, exist_ok=True)
                    output = stack.enter_context(open(log, "ab")).fileno()
                self._guard = subprocess.Popen(
                    [sys.executable, "-S", "-E", str(GUARD), str(watched), str(grace)]
                    + [str(part) for part in command],
                    env=dict(env) if env is not None else None,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(watched,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._held)
            raise
        finally:
            os.close(watched)

    def poll(self) -> int | None:
        return self._guard.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, or None when it still runs after `timeout` seconds."""
        try:
            return self._guard.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End it, and wait until it is gone."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1
        self._guard.wait()

    def __enter__(self) -> Guarded:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def wait_until(
    ready: Callable[[], bool], process: Guarded, *, what: str, timeout: float = 120
) -> None:
    """Ask `ready` until it says yes; a process that ended or took too long is a failure."""
    deadline = time.monotonic() + timeout
    pause = 0.02
    while not ready():
        code = process.poll()
        said = end_of(process.log) if process.log else ""
        if code is not None:
            raise Failure(f"{what} ended at once (exit code {code}); {said}")
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not answer within {timeout:.0f} s; {said}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def alive(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def temporary_folder(name: str) -> Iterator[Path]:
    """A folder under .venv that is gone afterwards, whatever was in it. Those of
    processes that were killed go with the next one."""
    parent = VENV / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob("*-*-*"):
        owner = left.name.split("-")[-2]
        if owner.isdigit() and not alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
