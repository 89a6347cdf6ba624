"""The OpenAPI document of the transfers' HTTP API, made from its models and its table of routes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from .models import ID_PATTERN, PREFIX, ROUTES, Error, Route

_REF = "#/components/schemas/{model}"
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$"},
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document as plain values, the same at every call."""
    used: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Error, "serialization")]
    for route in ROUTES:
        if route.request is not None:
            used.append((route.request, "validation"))
        if route.answer is not None:
            used.append((route.answer, "serialization"))
    _, schemas = models_json_schema(used, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyterlab-mast",
            "version": "1",
            "summary": "Copy to workspace: from an archive to the disk beside the Jupyter server",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [
            {
                "url": "{base}",
                "description": "The Jupyter server",
                "variables": {"base": {"default": "http://localhost:8888"}},
            }
        ],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token …`, with a token of the Jupyter server",
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": ([_ID] if "{id}" in route.path else []) + _query(route.query),
        "responses": {
            str(route.status): _response(route.status, route.answer),
            **{str(status): _response(status, Error) for status in route.errors},
        },
    }
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.request)}
    return operation


def _query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": value}
        for name, value in schema["properties"].items()
    ]


def _response(status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is not None:
        response["content"] = _content(model)
    return response


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
