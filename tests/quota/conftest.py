"""What tests of the quota share."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.quotaserver import Ask, asker
from jupyter_server.serverapp import ServerApp


@pytest.fixture
def ask(jp_fetch: Any, jp_serverapp: ServerApp) -> Ask:
    """Ask a route of the quota."""
    return asker(jp_fetch)
