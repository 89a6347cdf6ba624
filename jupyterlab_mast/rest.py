"""HTTP APIs made from tables of routes: JSON in, JSON out, every error a sentence and its kind.

tornado's routes, ``docs/openapi.json`` and the page's types are made from an `Api`.
"""

from __future__ import annotations

import asyncio
import json
import re
from asyncio import Future
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic import BaseModel, ConfigDict, ValidationError
from tornado import web

from .errors import RequestError

#: What an administrator's authorizer is asked about.
RESOURCE = "jupyterlab-mast"
#: Bytes that the body of a request may have.
MAX_BODY = 32 << 20
#: A body longer than this (bytes) is read in a thread.
_LONG_BODY = 64 << 10

#: What any API may answer: `signed-out` where the Jupyter server does not know who asks, `busy`
#: where a process of it is away for a moment, `refused` where it cannot be done as things stand.
AnyErrorKind = Literal[
    "malformed", "signed-out", "forbidden", "not-found", "internal", "busy", "refused"
]

_STATUS = {
    "malformed": 400,
    "signed-out": 403,
    "forbidden": 403,
    "not-found": 404,
    "internal": 503,
    "busy": 503,
}
_KINDS: dict[int, AnyErrorKind] = {
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    500: "internal",
    503: "internal",
}

_Method = Callable[..., Awaitable[None]]


class RequestBody(BaseModel):
    """A body from outside: what we do not know is an error, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """What stands behind a ``?``: all of it is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What is answered; answers are not checked but documented by it."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    #: Below the prefix of its API; ``{id}`` stands for an id.
    path: str
    #: The name of the operation: a method of the API's service, which returns JSON.
    name: str
    summary: str
    answer: type[BaseModel] | None
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[int, ...] = field(default=(403, 503))


@dataclass(frozen=True)
class Api:
    """All addresses below one prefix."""

    prefix: str
    routes: tuple[Route, ...]
    #: What errors look like.
    error: type[BaseModel]
    #: What an id looks like, and what is said of one that does not look so.
    id_pattern: str = r"[a-z0-9-]{1,64}"
    no_such_id: str = "There is nothing of this name."


def handlers(api: Api, service: Any) -> list[tuple[str, type[RestHandler], dict[str, Any]]]:
    """The routes of an API for tornado; each calls the method of `service` that it names."""
    paths = dict.fromkeys(route.path for route in api.routes)
    return [
        (
            api.prefix + path.replace("{id}", "([^/]+)"),
            _handler(api, path),
            {"api": api, "service": service},
        )
        for path in paths
    ]


def _handler(api: Api, path: str) -> type[RestHandler]:
    methods = {route.method.lower(): _method(route) for route in api.routes if route.path == path}
    name = "".join(part.strip("{}").title() for part in f"{api.prefix}{path}".split("/"))
    return cast(type[RestHandler], type(f"{name}Handler", (RestHandler,), methods))


def secured(action: str) -> Callable[[_Method], _Method]:
    """Decorate a method of a handler: it is for those who are known and may do `action`."""
    may: Callable[[_Method], _Method] = authorized(action, RESOURCE)
    return lambda method: cast(_Method, web.authenticated(cast(Any, may(method))))


def _method(route: Route) -> _Method:
    async def method(self: RestHandler, *arguments: str) -> None:
        await self.run(route, *arguments)

    return secured("read" if route.method == "GET" else "write")(method)


async def _not_here(self: Any, *arguments: str) -> None:
    raise web.HTTPError(405)


class SecuredHandler(APIHandler):
    """A route that refuses every method that it does not have itself.

    Who is not known learns nothing, not even what a route could do: jupyter_server itself would
    answer the OPTIONS of pages of other origins.
    """

    auth_resource = RESOURCE

    get = head = secured("read")(_not_here)
    options: Any = get
    post = put = patch = delete = secured("write")(_not_here)


class RestHandler(SecuredHandler):
    """What all routes of an `Api` share."""

    def initialize(self, api: Api, service: Any) -> None:
        self.api = api
        self.service = service

    async def run(self, route: Route, *arguments: str) -> None:
        """Check and answer a request of `route`; `arguments` are the parts of its path."""
        given: list[Any] = []
        for name in arguments:
            if not re.fullmatch(self.api.id_pattern, name):
                raise RequestError("not-found", self.api.no_such_id)
            given.append(name)
        if route.query is not None:
            given.append(self._query(route.query))
        if route.request is not None:
            given.append(await self._body(route.request))
        answer = await getattr(self.service, route.name)(*given)
        self.set_status(route.status)
        if route.answer is None:
            self.finish()
        else:
            self.finish(json.dumps(answer, separators=(",", ":")))

    def _query(self, model: type[BaseModel]) -> BaseModel:
        names = [name for name in self.request.query_arguments if name in model.model_fields]
        values = {name: self.get_query_argument(name, strip=False) for name in names}
        return _checked(lambda: model.model_validate(values))

    async def _body(self, model: type[BaseModel]) -> BaseModel:
        body = self.request.body
        if len(body) > MAX_BODY:
            raise web.HTTPError(
                413, f"This request is longer than {MAX_BODY} bytes. Ask for less at once."
            )
        if len(body) > _LONG_BODY:
            return await asyncio.to_thread(_checked, lambda: model.model_validate_json(body))
        return _checked(lambda: model.model_validate_json(body))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, RequestError):
            status_code = _STATUS.get(error.kind, 409)
        super().send_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, RequestError):
            self.log.debug("jupyterlab-mast: %s: %s", value.kind, value.message)
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, RequestError):
            kind, message = error.kind, error.message
        elif status_code in (401, 403) and getattr(self, "_jupyter_current_user", None) is None:
            kind = "signed-out"
            message = "The Jupyter server does not know who asks. Sign in again, or give its token."
        else:
            kind = _KINDS.get(status_code, "malformed")
            message = self._sentence(status_code, error)
        self.finish(json.dumps({"message": message, "kind": kind}))

    def _sentence(self, status: int, error: BaseException | None) -> str:
        if status == 405:
            return f"{self.request.method} is not possible at this address."
        if isinstance(error, web.HTTPError):
            return error.log_message or error.reason or "The Jupyter server refused this."
        return "The Jupyter server failed at this request. Its log tells why."

    def finish(self, *args: Any, **kwargs: Any) -> Future[Any]:
        # Answers are of the moment.
        self.set_header("Cache-Control", "no-store")
        return super().finish(*args, **kwargs)


def _checked(read: Callable[[], BaseModel]) -> BaseModel:
    try:
        return read()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "The request"
        message = first["msg"].removeprefix("Value error, ")
        raise RequestError("malformed", f"{place}: {message}. Correct the request.") from None
