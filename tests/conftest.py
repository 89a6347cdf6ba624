"""Servers that the tests share: one of each for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.servers import (
    ACCESS_KEY,
    CLOSED,
    OPEN,
    SECRET_KEY,
    JupyterProcess,
    SeaweedFS,
    archive_of,
    free_ports,
    s3_client,
)
from helpers.upstream import Upstream
from moto.server import ThreadedMotoServer

pytest_plugins = ["pytest_jupyter.jupyter_server"]

#: MAST_TEST_FULL=1 runs counts at full size.
FULL = os.environ.get("MAST_TEST_FULL") == "1"


@pytest.fixture(scope="session")
def full() -> bool:
    return FULL


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """SeaweedFS, which anonymous people may read in the bucket `OPEN`."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweed"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """moto, which holds keys that real servers fold; its bucket `OPEN` is there and empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    s3_client(endpoint, signed=True).create_bucket(Bucket=OPEN, ACL="public-read")
    yield endpoint
    server.stop()


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """An endpoint that misbehaves on demand and records what it is sent."""
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def jupyter(
    tmp_path_factory: pytest.TempPathFactory,
    seaweed: SeaweedFS,
    moto_endpoint: str,
    upstream: Upstream,
) -> Iterator[JupyterProcess]:
    """A Jupyter server in its own process, with an archive for each of the endpoints."""
    settings = {
        "answer_timeout": 1.5,
        "stall_timeout": 1.5,
        "list_bytes": 1 << 20,
        "archives": [
            archive_of("weed", seaweed.endpoint, "hst/public/", "tess/public/"),
            archive_of("role", seaweed.endpoint, "hst/public/", bucket=CLOSED, access="role"),
            archive_of("odd", moto_endpoint, "odd/"),
            archive_of("weedodd", seaweed.endpoint, "odd/"),
            archive_of("motoall", moto_endpoint, ""),
            archive_of("up", upstream.endpoint, "hst/public/", "tess/public/"),
            archive_of("upall", upstream.endpoint, ""),
            archive_of("pays", upstream.endpoint, requester_pays=True),
            archive_of("dead", f"http://127.0.0.1:{free_ports(1)[0]}"),
        ],
    }
    server = JupyterProcess(
        Path(tmp_path_factory.mktemp("jupyter")),
        settings,
        AWS_ACCESS_KEY_ID=ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY=SECRET_KEY,
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def faulty_server() -> Iterator[Faulty]:
    server = Faulty()
    yield server
    server.stop()


@pytest.fixture
def faulty(faulty_server: Faulty) -> Iterator[Faulty]:
    """An S3 server of objects in memory, empty and without faults."""
    faulty_server.forget()
    yield faulty_server
    faulty_server.fault = None
