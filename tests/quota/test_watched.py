"""How often a server looks for changes, as its settings say: while a page is open, and else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from helpers.quotaserver import Ask, Json, home, is_counted
from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from jupyterlab_mast.quota import manager


@pytest.fixture
def jp_server_config(
    jp_server_config: Config,
    jp_root_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Config:
    # A page that does not ask for so long is closed.
    monkeypatch.setattr(manager, "OPEN_SECONDS", 1.0)
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[{"id": "home", "title": "Home", "path": str(jp_root_dir)}], **request.param
    )
    return jp_server_config


@pytest.fixture
def looks(jp_serverapp: ServerApp) -> set[float]:
    """When it began to look, as far as it was told."""
    found: set[float] = set()

    async def listen(logger: Any, schema_id: str, data: Json) -> None:
        found.add(data["roots"][0]["refreshed"])

    (app,) = jp_serverapp.extension_manager.extension_apps["jupyterlab_mast"]
    schema = app._quota.manager._events.id
    jp_serverapp.event_logger.add_listener(schema_id=schema, listener=listen)
    return found


@pytest.mark.parametrize(
    "jp_server_config",
    [{"quota_open_seconds": 1.0, "quota_away_seconds": 600.0}],
    indirect=True,
)
async def test_it_looks_while_a_page_is_open(ask: Ask, looks: set[float]) -> None:
    await home(ask, is_counted)
    looks.clear()

    async def until_it_looked() -> None:
        while len(looks) < 3:
            await ask()
            await asyncio.sleep(0.1)

    await asyncio.wait_for(until_it_looked(), 30)
    # The page is closed: that is noticed, and one look may have been due.
    await asyncio.sleep(2.5)
    looks.clear()
    await asyncio.sleep(2.0)
    assert not looks


@pytest.mark.parametrize(
    "jp_server_config",
    [{"quota_open_seconds": 600.0, "quota_away_seconds": 1.0}],
    indirect=True,
)
async def test_it_looks_now_and_then_while_no_page_is_open(looks: set[float]) -> None:
    async def until_it_looked() -> None:
        while len(looks) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    await asyncio.wait_for(until_it_looked(), 30)


def test_a_page_that_is_open_asks_more_often_than_it_is_forgotten() -> None:
    """Also when one of its questions is lost."""
    page = Path(__file__).parents[2] / "src" / "quota" / "model.ts"
    found = re.search(r"const INTERVAL = ([\d_]+);", page.read_text(encoding="utf-8"))
    assert found is not None
    assert 2 * int(found[1]) / 1000 < manager.OPEN_SECONDS
