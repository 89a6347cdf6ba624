"""Asking the quota of a Jupyter server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ConfigDict, create_model

from jupyterlab_mast.quota.models import API

Json = dict[str, Any]
Ask = Callable[..., Awaitable[Json]]


def asker(jp_fetch: Any) -> Ask:
    """What asks a route of the quota. The answer is checked against its model."""

    async def send(method: str = "GET", path: str = "", body: Any = None, **query: Any) -> Json:
        answer = await jp_fetch(
            "jupyterlab-mast/quota" + path,
            method=method,
            params=query,
            body=None if body is None else json.dumps(body),
        )
        value: Json = json.loads(answer.body)
        template = re.sub(r"^/(?!actions$)[^/]+", "/{id}", path)
        (route,) = (
            route for route in API.routes if (route.method, route.path) == (method, template)
        )
        assert route.answer is not None
        model = create_model("Strict", __base__=route.answer)
        model.model_config = ConfigDict(extra="forbid", strict=True)
        model.model_validate(value)
        return value

    return send


async def roots(ask: Ask, test: Callable[[list[Json]], bool]) -> list[Json]:
    """The figures of all roots, when they pass a test."""

    async def look() -> list[Json]:
        while True:
            found: list[Json] = (await ask())["roots"]
            if test(found):
                return found
            await asyncio.sleep(0.1)

    return await asyncio.wait_for(look(), 30)


async def home(ask: Ask, test: Callable[[Json], bool]) -> Json:
    """The figures of the first root, when they pass a test."""
    return (await roots(ask, lambda found: test(found[0])))[0]


def is_counted(root: Json) -> bool:
    return root["measured"] is not None and root["counting"] is None
