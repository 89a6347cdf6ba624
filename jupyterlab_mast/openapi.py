"""The OpenAPI document of our HTTP APIs, made from their models and tables of routes."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from .rest import Api, Route

_REF = "#/components/schemas/{model}"


def document(apis: Sequence[Api]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document as plain values, the same at every call."""
    used: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    paths: dict[str, dict[str, Any]] = {}
    for api in apis:
        used.append((api.error, "serialization"))
        for route in api.routes:
            if route.request is not None:
                used.append((route.request, "validation"))
            if route.answer is not None:
                used.append((route.answer, "serialization"))
            methods = paths.setdefault(api.prefix + route.path, {})
            methods[route.method.lower()] = _operation(api, route)
    _, schemas = models_json_schema(used, ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyterlab-mast",
            "version": "1",
            "summary": "Copy to workspace, from an archive to the disk beside the Jupyter server; "
            "and what of that disk is used",
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


def _operation(api: Api, route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": ([_id(api)] if "{id}" in route.path else []) + _query(route.query),
        "responses": {
            str(route.status): _response(route.status, route.answer),
            **{str(status): _response(status, api.error) for status in route.errors},
        },
    }
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.request)}
    return operation


def _id(api: Api) -> dict[str, Any]:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{api.id_pattern}$"},
    }


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
