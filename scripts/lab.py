"""Starts a Jupyter server of ours: for ./run, the browser tests, the benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.environments import PythonEnvironment, require
from scripts.processes import Guarded, free_ports, wait_until
from scripts.sample_archive import SampleArchive

CONFIG = """\
# Written by scripts/lab.py.
import json
import sys

from jupyterlab_mast.archive.config import DEFAULT_ARCHIVES

c = get_config()  # noqa: F821
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = {root}
c.ServerApp.root_dir = {workspace!r}
c.IdentityProvider.token = {token!r}
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.MastExtension.archives = {archives}
{more}
"""


RESPAWN = Path(__file__).with_name("respawn.py")

#: Ask nobody about news, and look for no updates.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
    }
}


@dataclass(frozen=True)
class Server:
    """A Jupyter server that answers."""

    base: str
    token: str
    process: Guarded

    def url(self, path: str = "lab") -> str:
        return f"{self.base}/{path}?token={self.token}"


def sample_entry(archive: SampleArchive) -> dict[str, object]:
    """The sample archive as the extension's configuration lists it."""
    return {
        "id": "sample",
        "title": "Sample",
        "bucket": archive.bucket,
        "region": archive.region,
        "endpoint": archive.endpoint,
        "roots": [{"title": "Everything", "prefix": ""}],
    }


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status) == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


@contextlib.contextmanager
def jupyter(
    env: PythonEnvironment,
    *,
    folder: Path,
    workspace: Path,
    archives: str,
    port: int | None = None,
    log: Path | None = None,
    app: str = "lab",
    more: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    respawn: bool = False,
) -> Iterator[Server]:
    """Start JupyterLab or Notebook, wait until it answers, and end it afterwards.

    With `respawn` it is started again when somebody kills it.

    `archives` is a Python expression for the configuration; its state
    (settings, workspaces, runtime files) lies in `folder`.
    """
    token = secrets.token_hex(24)
    port = port or free_ports(1)[0]
    workspace.mkdir(parents=True, exist_ok=True)
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "jupyter_server_config.py").write_text(
        CONFIG.format(
            port=port,
            root=hasattr(os, "geteuid") and os.geteuid() == 0,
            workspace=str(workspace),
            token=token,
            archives=archives,
            more="\n".join(more),
        ),
        encoding="utf-8",
    )
    (config / "labconfig").mkdir(exist_ok=True)
    (config / "labconfig" / "default_setting_overrides.json").write_text(
        json.dumps(SETTINGS), encoding="utf-8"
    )
    extra = {
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        **(variables or {}),
    }
    program = require(env.programs / f"jupyter-{app}", f"jupyter-{app}")
    command: list[str | Path] = [sys.executable, RESPAWN, program] if respawn else [program]
    with Guarded(
        command, env=env.variables(extra), cwd=workspace, log=log or folder / f"{app}.log"
    ) as process:
        base = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: answers(f"{base}/api/status?token={token}"),
            process,
            what="JupyterLab" if app == "lab" else "Jupyter Notebook",
        )
        yield Server(base, token, process)


def python_list(first: str, *entries: Mapping[str, object]) -> str:
    """A Python expression: the list `first` with some more entries."""
    # JSON of strings, lists and objects is Python; true, false and null are not.
    rest = ", ".join(f"json.loads({json.dumps(json.dumps(entry))})" for entry in entries)
    return f"[*{first}, {rest}]"


if sys.platform == "win32":  # pragma: no cover
    raise ImportError("./run and ./test are for Linux and macOS")
