"""The helper that gives a program an S3 client through the relay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from helpers.servers import OPEN, TOKEN, JupyterProcess, SeaweedFS, free_ports
from helpers.upstream import Upstream

import jupyterlab_mast
from jupyterlab_mast.archive import s3clients

KEY = "hst/public/helper/x.txt"
NAMES = ("JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "JUPYTER_SERVER_URL")


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The servers that seem to run; none to begin with."""
    for name in (*NAMES, "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    running: list[dict[str, Any]] = []
    monkeypatch.setattr(s3clients, "list_running_servers", lambda: iter(running))
    return running


@pytest.mark.parametrize("base", ["", "/", "?token=x"])
def test_it_reads_through_the_relay(jupyter: JupyterProcess, seaweed: SeaweedFS, base: str) -> None:
    seaweed.admin.put_object(Bucket=OPEN, Key=KEY, Body=b"hello")
    url = jupyter.base_url.rstrip("/") + base
    client = jupyterlab_mast.boto3_client("weed", url, TOKEN)
    assert client.get_object(Bucket=OPEN, Key=KEY)["Body"].read() == b"hello"


def test_a_wrong_token_is_an_error(jupyter: JupyterProcess) -> None:
    client = jupyterlab_mast.boto3_client("weed", jupyter.base_url, "wrong")
    with pytest.raises(ClientError, match="does not know who asks"):
        client.list_objects_v2(Bucket=OPEN, Prefix="hst/public/")


def test_options_and_config_go_on_to_boto3(jupyter: JupyterProcess) -> None:
    from botocore.config import Config

    client = jupyterlab_mast.boto3_client(
        "weed", jupyter.base_url, TOKEN, config=Config(read_timeout=7), region_name="eu-west-1"
    )
    assert client.meta.config.read_timeout == 7
    assert client.meta.config.s3["addressing_style"] == "path"
    assert client.meta.region_name == "eu-west-1"


def test_this_machines_server_is_not_asked_through_a_proxy(
    jupyter: JupyterProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = jupyterlab_mast.boto3_client("weed", jupyter.base_url, TOKEN)
    assert client.list_objects_v2(Bucket=OPEN, Prefix="hst/public/none")["KeyCount"] == 0


def test_the_token_goes_to_that_server_only(upstream: Upstream) -> None:
    """boto3 follows a region's redirect by itself: the new place must not get the token."""
    client = jupyterlab_mast.boto3_client("x", f"{upstream.endpoint}/user/me/", TOKEN)
    client.get_object(Bucket=OPEN, Key="a")
    assert upstream.last().headers["authorization"] == f"token {TOKEN}"
    assert upstream.last().path == "/user/me/jupyterlab-mast/archive/x/s3/open/a"

    def elsewhere(request: Any, **_: Any) -> None:
        request.url = f"{upstream.endpoint}/user/other/jupyterlab-mast/archive/x/s3/open/a"

    client.meta.events.register_first("before-send.s3", elsewhere)
    client.get_object(Bucket=OPEN, Key="a")
    assert "authorization" not in upstream.last().headers


def test_without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3clients, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="pip install boto3"):
        jupyterlab_mast.boto3_client()


def test_the_server_of_this_terminal(
    servers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    servers += [
        {"url": "http://localhost:1/", "pid": 1, "token": "one"},
        {"url": "http://localhost:2/", "pid": 2, "token": "two"},
    ]
    monkeypatch.setenv("JUPYTER_SERVER_URL", "http://localhost:2/")
    assert s3clients.find_server(os.environ) == ("http://localhost:2/", "two")


def test_the_server_that_started_this_kernel(servers: list[dict[str, Any]]) -> None:
    servers += [
        {"url": "http://localhost:1/", "pid": 1, "token": "one"},
        {"url": "http://localhost:2/", "pid": 2, "token": "two"},
    ]
    assert s3clients.find_server({"JPY_PARENT_PID": "2"}) == ("http://localhost:2/", "two")


@pytest.mark.parametrize("name", ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"])
def test_on_a_hub_the_token_is_in_the_environment(servers: list[dict[str, Any]], name: str) -> None:
    servers.append({"url": "http://localhost:1/user/me/", "pid": 1, "token": ""})
    assert s3clients.find_server({name: "hub"}) == ("http://localhost:1/user/me/", "hub")


@pytest.mark.parametrize("number", [0, 2])
def test_no_guess_is_made(servers: list[dict[str, Any]], number: int) -> None:
    servers += [
        {"url": f"http://localhost:{pid}/", "pid": pid, "token": ""} for pid in range(number)
    ]
    with pytest.raises(s3clients.ServerNotFoundError, match="base_url="):
        s3clients.find_server({})


def test_the_example_of_the_documentation_runs(
    jupyter: JupyterProcess, seaweed: SeaweedFS, tmp_path: Path
) -> None:
    """In a program of its own that finds the server by itself, as in a kernel."""
    seaweed.admin.put_object(Bucket=OPEN, Key=KEY, Body=b"hello")
    text = (Path(__file__).parents[2] / "docs" / "s3-clients.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    for there, here in {
        'boto3_client("mast")': 'boto3_client("weed")',
        "stpubdata": OPEN,
        "hst/public/jbev/jbeveo010/jbeveo010_drz.fits": KEY,
        "hst/public/jbev/": "hst/public/helper/",
    }.items():
        assert there in code
        code = code.replace(there, here)
    script = tmp_path / "example.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script],
        env={**jupyter.environ, "JPY_PARENT_PID": str(jupyter.process.pid)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert KEY in done.stdout


def test_boto3_is_not_loaded_by_the_package() -> None:
    code = (
        "import sys, json, jupyterlab_mast.app; "
        "print(json.dumps([name for name in ('boto3', 'botocore') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []
