"""Events in the versions of jupyter_events that JupyterLab 4.2 and later bring."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from jupyter_events import EventLogger
from jupyter_events import yaml as events_yaml

import jupyterlab_mast
from jupyterlab_mast import events
from jupyterlab_mast.errors import Json

PACKAGE = Path(jupyterlab_mast.__file__).parent
SCHEMAS = [
    pytest.param(PACKAGE / "transfers" / "events" / "transfers.yaml", id="transfers"),
    pytest.param(PACKAGE / "quota" / "events" / "quota.yaml", id="quota"),
]
LOG = logging.getLogger("test")


def example(schema: dict[str, Any]) -> Json:
    """Something that the schema allows, but for what `Events` adds itself."""
    empty: dict[str, Any] = {"array": [], "string": "", "integer": 0, "number": 0, "object": {}}
    properties = schema["properties"]
    return {
        name: empty[properties[name]["type"]]
        for name in schema["required"]
        if name not in ("server", "sequence")
    }


def listened(logger: EventLogger, made: events.Events) -> list[Json]:
    """What a page would hear."""
    heard: list[Json] = []

    async def listen(logger: EventLogger, schema_id: str, data: Json) -> None:
        heard.append(data)

    logger.add_listener(schema_id=made.id, listener=listen)
    return heard


# Later versions warn of integers, and take them.
@pytest.mark.filterwarnings("ignore:The `version` property")
@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize(
    ("version", "kind"), [("0.10.0", int), ("0.11.0", str), ("0.12.1", str), ("1.0.0", str)]
)
async def test_each_version_gets_the_version_of_the_schema_that_it_takes(
    schema: Path, version: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "events_version", version)
    logger = EventLogger()
    registered: list[type] = []
    register = logger.register_event_schema

    def noted(schema: Any) -> None:
        registered.append(type(schema["version"]))
        register(schema)

    monkeypatch.setattr(logger, "register_event_schema", noted)
    made = events.Events(logger, schema, LOG)
    assert registered == [kind]

    heard = listened(logger, made)
    made.now(lambda: example(events_yaml.load(schema)))
    made.now(lambda: example(events_yaml.load(schema)))
    await asyncio.sleep(0.05)
    assert [(one["server"], one["sequence"]) for one in heard] == [
        (made.server, 1),
        (made.server, 2),
    ]


async def test_a_schema_that_forbids_what_is_told_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = EventLogger()
    made = events.Events(logger, PACKAGE / "transfers" / "events" / "transfers.yaml", LOG)
    heard = listened(logger, made)
    made.now(lambda: {"transfers": "none", "removed": []})
    assert "an event could not be sent" in caplog.text
    made.now(lambda: {"transfers": [], "removed": []})
    await asyncio.sleep(0.05)
    # Pages notice that one is missing.
    assert [one["sequence"] for one in heard] == [2]


async def test_what_nothing_hurries_is_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVENT_SECONDS", 0.05)
    made = events.Events(EventLogger(), PACKAGE / "transfers" / "events" / "transfers.yaml", LOG)
    told: list[int] = []

    def tell() -> Json:
        told.append(made.sequence)
        return {"transfers": [], "removed": []}

    made.now(tell)
    for _ in range(3):
        made.soon(tell)
    assert told == [0]
    await asyncio.sleep(0.15)
    assert told == [0, 1]
    made.soon(tell)
    made.close()
    await asyncio.sleep(0.1)
    assert told == [0, 1]
