"""Failures that people are told of, and the JSON that goes between processes and pages."""

from __future__ import annotations

from typing import Any

#: JSON, as `json` reads and writes it.
Json = dict[str, Any]


class RequestError(Exception):
    """A request that is not fulfilled: its kind, and one sentence on what happened, to what, and
    what to do."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class ConfigurationError(Exception):
    """A setting that cannot be used; its text is one sentence that names the setting."""
