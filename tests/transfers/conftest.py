"""What tests of the copy engine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.faulty import Faulty
from helpers.home import Home


@pytest.fixture
def home(tmp_path: Path, faulty: Faulty) -> Iterator[Home]:
    """An empty home whose archive is `faulty`."""
    one = Home(tmp_path, faulty)
    yield one
    one.close()
