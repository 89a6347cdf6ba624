"""Failures of requests about transfers."""

from __future__ import annotations

from typing import Literal

from .types import FailureKind

#: Besides the kinds of a file's failure: it cannot be done in the state that the transfer is in;
#: the copy process is away for a moment; the Jupyter server does not know who asks.
ErrorKind = FailureKind | Literal["refused", "busy", "signed-out"]


class RequestError(Exception):
    """A request that is not fulfilled: its kind, and one sentence on what happened, to what, and
    what to do."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message
