"""Builds and serves a JupyterLite site: a Jupyter without any server of ours."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.environments import PythonEnvironment
from scripts.lab import SETTINGS, Server, answers
from scripts.processes import Guarded, free_ports, wait_until


@contextlib.contextmanager
def jupyterlite(
    env: PythonEnvironment,
    *,
    folder: Path,
    archives: list[Mapping[str, object]],
    log: Path,
) -> Iterator[Server]:
    """Build a site with the extensions of `env` that lists `archives`, and serve it."""
    source, site = folder / "lite", folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    source.mkdir(parents=True, exist_ok=True)
    config = {
        "appName": "JupyterLite",
        "exposeAppInBrowser": True,
        "jupyterlabMast": {"archives": archives},
    }
    text = json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": config})
    (source / "jupyter-lite.json").write_text(text, encoding="utf-8")
    (source / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    env.call(
        *("jupyter-lite", "build", "--lite-dir", source, "--output-dir", site),
        what="building the JupyterLite site",
        log=log,
        cwd=source,
    )
    port = free_ports(1)[0]
    serve: list[str | Path] = [env.python, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with Guarded(
        [*serve, "--directory", site], env=env.variables(), cwd=folder, log=log, grace=0
    ) as process:
        base = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{base}/jupyter-lite.json"), process, what="the site")
        yield Server(base, "", process)
