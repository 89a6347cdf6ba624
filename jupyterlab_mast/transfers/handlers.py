"""The HTTP routes of the transfers, made from ``models.ROUTES``."""

from __future__ import annotations

import asyncio
import json
import re
from asyncio import Future
from collections.abc import Awaitable, Callable
from typing import Any, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic import BaseModel, ValidationError
from tornado import web

from .errors import ErrorKind, RequestError
from .models import ID_PATTERN, MAX_BODY, PREFIX, ROUTES, Route
from .service import TransferService

RESOURCE = "jupyterlab-mast"

#: A body longer than this (bytes) is read in a thread.
_LONG_BODY = 64 << 10

_STATUS = {
    "malformed": 400,
    "signed-out": 403,
    "forbidden": 403,
    "not-found": 404,
    "internal": 503,
    "busy": 503,
}
_KINDS: dict[int, ErrorKind] = {
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    500: "internal",
    503: "internal",
}
_ID = re.compile(ID_PATTERN)

_Method = Callable[..., Awaitable[None]]


def _secured(method: _Method, action: str) -> _Method:
    """`method` for those who are known and may do `action`."""
    may: Callable[[_Method], _Method] = authorized(action, RESOURCE)
    return cast(_Method, web.authenticated(cast(Any, may(method))))


def _method(route: Route) -> _Method:
    async def method(self: TransfersHandler, *arguments: str) -> None:
        await self.run(route, *arguments)

    return _secured(method, "read" if route.method == "GET" else "write")


async def _not_here(self: TransfersHandler, *arguments: str) -> None:
    raise web.HTTPError(405)


class TransfersHandler(APIHandler):
    """What the routes share: JSON in, JSON out, and every error as a sentence and its kind."""

    auth_resource = RESOURCE

    # Who is not known learns nothing, not even what a route could do.
    get = head = _secured(_not_here, "read")
    post = put = patch = delete = _secured(_not_here, "write")

    def initialize(self, service: TransferService) -> None:
        self.service = service

    async def run(self, route: Route, *arguments: str) -> None:
        """Check and answer a request of `route`; `arguments` are the parts of its path."""
        given: list[Any] = []
        for name in arguments:
            if not _ID.fullmatch(name):
                raise RequestError("not-found", "There is no transfer of this id.")
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
                413, f"This request is longer than {MAX_BODY} bytes. Copy fewer objects at once."
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


def routes(service: TransferService) -> list[tuple[str, type[TransfersHandler], dict[str, Any]]]:
    """Return the routes of the transfers, for tornado."""
    paths = dict.fromkeys(route.path for route in ROUTES)
    return [
        (
            PREFIX + path.replace("{id}", "([^/]+)"),
            _handler(path, [route for route in ROUTES if route.path == path]),
            {"service": service},
        )
        for path in paths
    ]


def _handler(path: str, its_routes: list[Route]) -> type[TransfersHandler]:
    methods = {route.method.lower(): _method(route) for route in its_routes}
    name = "".join(part.strip("{}").title() for part in path.split("/")) or "All"
    return cast(
        type[TransfersHandler], type(f"{name}TransfersHandler", (TransfersHandler,), methods)
    )


def _checked(read: Callable[[], BaseModel]) -> BaseModel:
    try:
        return read()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "The request"
        message = first["msg"].removeprefix("Value error, ")
        raise RequestError("malformed", f"{place}: {message}. Correct the request.") from None
