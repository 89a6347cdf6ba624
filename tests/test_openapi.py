"""docs/openapi.json and the page's types are what the models and the routes say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from jupyterlab_mast.app import APIS
from jupyterlab_mast.openapi import document
from jupyterlab_mast.quota.models import API as QUOTA
from jupyterlab_mast.quota.service import QuotaService
from jupyterlab_mast.rest import handlers
from jupyterlab_mast.transfers.models import API as TRANSFERS
from jupyterlab_mast.transfers.service import TransferService
from scripts.openapi import DOCUMENT, TYPES, find_node, generate

STALE = "run `python -m scripts.openapi`"


def test_the_document_is_a_document() -> None:
    validate(document(APIS))


def test_the_document_is_what_the_models_say() -> None:
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == document(APIS), STALE


def test_the_types_are_what_the_models_say() -> None:
    node = find_node()
    if node is None:
        pytest.skip("Node or the packages of package.json are not installed")
    for path, text in zip((DOCUMENT, TYPES), generate(node), strict=True):
        assert path.read_text(encoding="utf-8") == text, f"{Path(path).name}: {STALE}"


def test_every_documented_operation_is_a_route_and_the_other_way_round() -> None:
    found = set()
    for api in APIS:
        for pattern, handler, _ in handlers(api, None):
            for method in handler.SUPPORTED_METHODS:
                if method.lower() in vars(handler):
                    found.add((method.lower(), re.sub(r"\(\[\^/\]\+\)", "{id}", pattern)))
    documented = {
        (method, path)
        for path, operations in document(APIS)["paths"].items()
        for method in operations
    }
    assert found == documented
    for api, service in ((TRANSFERS, TransferService), (QUOTA, QuotaService)):
        assert all(callable(getattr(service, route.name)) for route in api.routes)
