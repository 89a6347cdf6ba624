"""What tests of the copy engine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.home import Home


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


@pytest.fixture
def home(tmp_path: Path, faulty: Faulty) -> Iterator[Home]:
    """An empty home whose archive is `faulty`."""
    one = Home(tmp_path, faulty)
    yield one
    one.close()
