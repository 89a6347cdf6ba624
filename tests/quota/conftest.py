"""What tests of the quota share."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.quotaserver import Ask, asker
from jupyter_server.serverapp import ServerApp

from jupyterlab_mast.quota import tree


@pytest.fixture
def nothing_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees of tests are younger than two seconds: they would be read again for that alone."""
    monkeypatch.setattr(tree, "YOUNG", 0)


@pytest.fixture
def ask(jp_fetch: Any, jp_serverapp: ServerApp) -> Ask:
    """Ask a route of the quota."""
    return asker(jp_fetch)
