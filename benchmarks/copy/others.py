"""Two more ways of copying, once each: jupyterlab-minio, and the AWS SDK for Go."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks import tools
from benchmarks.copy.sets import Loaded
from benchmarks.copy.ways import NICE, cpu_of, run, variables
from benchmarks.servers import BUCKET, REGION, Store
from scripts.environments import PythonEnvironment
from scripts.lab import Server, jupyter

MINIO = ("jupyterlab-minio==2.4.2", "jupyterlab==4.6.6")
#: Files that jupyterlab-minio copies in five minutes: each time one of them gets on, it writes down
#: the state of all.
MINIO_FILES = 500
#: Seconds that one of its downloads may take.
PATIENCE = 300.0
CONFIGURATION = "c.ServerApp.jpserver_extensions = {'jupyterlab-minio': True}"


def sdk(store: Store) -> Callable[[Loaded, Path], float]:
    """The transfer manager of aws-sdk-go-v2, with its own choices: it checks checksums too."""
    program = tools.transfer_manager()

    def copy(loaded: Loaded, folder: Path) -> float:
        command = [str(program), store.endpoint, REGION, BUCKET, loaded.kind.prefix, str(folder)]
        return run([command], variables(store))

    return copy


@contextlib.contextmanager
def minio(store: Store, folder: Path) -> Iterator[Callable[[Loaded, Path], float]]:
    """jupyterlab-minio's bulk download below `folder`, sixteen files at a time, its most.

    It asks for each file's MD5 and compares it.
    """
    environment = tools.peer("jupyterlab-minio", *MINIO)
    workspace = folder / "minio"
    home = folder / "minio-home"
    home.mkdir()
    extra = {
        "HOME": str(home),
        "AWS_CA_BUNDLE": str(store.authority),
        "AWS_EC2_METADATA_DISABLED": "true",
        "MINIO_ENDPOINT": store.endpoint,
        "MINIO_ACCESS_KEY": store.access_key,
        "MINIO_SECRET_KEY": store.secret_key,
        "MINIO_REGION": REGION,
    }
    with _plain(environment, home / "lab", workspace, extra) as server:
        name = next((home / "lab" / "runtime").glob("jpserver-*.json")).stem
        process = psutil.Process(int(name.rpartition("-")[2]))
        process.nice(NICE)

        def copy(loaded: Loaded, target: Path) -> float:
            before = cpu_of(process.pid)
            body = {
                "operation": "download",
                "source": {"type": "s3", "path": f"/{BUCKET}/{loaded.kind.prefix.rstrip('/')}"},
                "dest": {"type": "local", "path": "copies"},
                "concurrency": 16,
            }
            job = _ask(server, "", body)["job_id"]
            state: dict[str, Any] = {"state": "queued"}
            deadline = time.monotonic() + PATIENCE
            while state["state"] in ("queued", "running", "pending"):
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        f"jupyterlab-minio has not ended: {json.dumps(state)[:1000]}"
                    )
                time.sleep(0.02)
                state = _ask(server, f"/{job}")
            used = cpu_of(process.pid) - before
            if state["state"] not in ("done", "completed"):
                raise RuntimeError(f"jupyterlab-minio: {json.dumps(state)[:1000]}")
            shutil.rmtree(target)
            (workspace / "copies").rename(target)
            return used

        yield copy


@contextlib.contextmanager
def _plain(
    environment: PythonEnvironment, folder: Path, workspace: Path, extra: dict[str, str]
) -> Iterator[Server]:
    """A Jupyter server without our extension."""
    stub = folder / "stub" / "jupyterlab_mast" / "archive"
    stub.mkdir(parents=True)
    # The configuration of our servers names our package, which is not installed there.
    for part in (stub.parent, stub):
        (part / "__init__.py").write_text("", encoding="ascii")
    (stub / "config.py").write_text("DEFAULT_ARCHIVES = []\n", encoding="ascii")
    with jupyter(
        environment,
        folder=folder,
        workspace=workspace,
        archives="[]",
        more=[CONFIGURATION],
        variables={**extra, "PYTHONPATH": str(folder / "stub")},
    ) as server:
        yield server


def _ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{server.base}/jupyterlab-minio/transfer/bulk{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {server.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())
