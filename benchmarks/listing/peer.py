"""jupyter-fs, the extension with which people browse buckets in JupyterLab today."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.figures import Report, ratios, rounds, spread
from benchmarks.poll import polling
from benchmarks.servers import (
    BUCKET,
    Client,
    Lab,
    Store,
    list_path,
    name_of,
    parent_of,
    prefix_of,
    seconds,
)
from scripts.environments import constraints
from scripts.lab import Server, answers
from scripts.processes import Guarded, free_ports, wait_until

VERSION = "1.2.1"


@contextlib.contextmanager
def jupyter_fs(folder: Path) -> Iterator[Server]:
    """A Jupyter server with jupyter-fs as its contents manager."""
    env = tools.peer(
        "jupyter-fs",
        *(f"jupyter-fs=={VERSION}", "jupyterlab==4.6.*", "fsspec", "s3fs"),
        *("--constraint", str(constraints("dev"))),
    )
    port, token = free_ports(1)[0], secrets.token_hex(24)
    base = f"http://127.0.0.1:{port}"
    folder.mkdir()
    settings = {
        "ip": "127.0.0.1",
        "port": port,
        "open_browser": False,
        "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
        "root_dir": str(folder),
        "jpserver_extensions": {"jupyterfs.extension": True},
        "contents_manager_class": "jupyterfs.metamanager.MetaManager",
    }
    config = folder / "jupyter_server_config.json"
    config.write_text(
        json.dumps({"ServerApp": settings, "IdentityProvider": {"token": token}}),
        encoding="utf-8",
    )
    extra = {
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with Guarded(
        [env.programs / "jupyter-server"], env=env.variables(extra), log=folder / "log"
    ) as process:
        wait_until(lambda: answers(f"{base}/api/status?token={token}"), process, what="jupyter-fs")
        yield Server(base, token, process)


def resource(server: Server, store: Store) -> str:
    """Tell it of the bucket; the name of its drive."""
    asked = {
        "resources": [
            {
                "name": "bench",
                "url": f"s3://{BUCKET}/{parent_of(1).rstrip('/')}",
                "auth": "none",
                "type": "fsspec",
                "kwargs": {"anon": True, "endpoint_url": store.endpoint},
            }
        ],
        "options": {"cache": False},
    }
    request = urllib.request.Request(
        f"{server.base}/jupyterfs/resources",
        json.dumps(asked).encode(),
        {"Authorization": f"token {server.token}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        made: list[dict[str, Any]] = json.load(answer)
    if not made[0]["init"]:
        raise RuntimeError(f"jupyter-fs does not take the bucket: {made}")
    return str(made[0]["drive"])


def beside(report: Report, folder: Path, store: Store, jupyter: Lab, size: int) -> None:
    """What a panel must have before it can show a row of the folder: theirs takes long."""
    with jupyter_fs(folder / "peer") as server:
        theirs = Client(server.base, {"Authorization": f"token {server.token}"})
        ours = Client(jupyter.server.base + jupyter.relay(), jupyter.headers)
        name = prefix_of(size).rstrip("/").rpartition("/")[2]
        path = f"/api/contents/{resource(server, store)}:{name}?type=directory&content=1"
        page = list_path(prefix_of(size))
        sizes = {"ours": 0, "theirs": 0}

        def relay() -> float:
            def ask() -> None:
                sizes["ours"] = len(ours.get(page, {"Accept-Encoding": "gzip"}))

            return 1e3 * seconds(ask)

        def contents() -> float:
            def ask() -> None:
                body = theirs.get(path, {"Accept-Encoding": "gzip"})
                if name_of(size - 1).encode() not in body:
                    raise RuntimeError(f"jupyter-fs did not list the folder: {body[:200]!r}")
                sizes["theirs"] = len(body)

            return 1e3 * seconds(ask)

        took = rounds(3, {"ours": relay, "theirs": contents})
        report.say(
            f"{size:,} keys: what the first rows need, from jupyter-fs {VERSION}: "
            f"{spread(took['theirs'], ' ms', 0)}, {sizes['theirs']:,} bytes"
        )
        report.say(
            f"{size:,} keys: what the first rows need, from the relay: "
            f"{spread(took['ours'], ' ms', 0)}, {sizes['ours']:,} bytes"
        )
        with polling(server) as milliseconds:
            contents()
        report.say(
            f"{size:,} keys: longest /api/status while jupyter-fs lists: {max(milliseconds):.0f} ms"
        )
        ratio = ratios(took["ours"], took["theirs"])
        report.goal(
            f"{size:,} keys: the relay's page is there before jupyter-fs's folder",
            max(ratio) < 1,
            f"{spread(ratio, digits=3)} of its time",
        )
