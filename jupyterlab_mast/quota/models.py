"""The bodies of the quota's HTTP API, and the one table of its routes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..rest import Answer, AnyErrorKind, Api, RequestBody, Route
from .limits import Source
from .usage import Counts


class LookRequest(RequestBody):
    """`refresh` looks for changes now; `rescan` reads all of a root again."""

    action: Literal["refresh", "rescan"]
    root: str | None = Field(None, description="Id of a root, for `rescan`; null is all roots.")


class RootUsage(Answer):
    """What a root holds. Sizes are bytes, times seconds since 1970."""

    id: str
    title: str
    absolute: str
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    allocated: int = Field(description="On disk, with trash and hidden folders.")
    apparent: int = Field(description="The lengths of all files.")
    files: int
    folders: int
    unreadable: int = Field(description="Folders that could not be read; they are not counted.")
    counts: Counts = Field(description="Which of both counts against the limit.")
    used: int = Field(description="What counts, with what copies have written since.")
    limit: int | None
    source: Source | None = Field(description="Who set the limit.")
    reserve: int = Field(description="Kept free so that a server can always start.")
    reserved: int = Field(description="What copies are about to write.")
    copies: int = Field(description="How many copies have reserved that.")
    free: int | None = Field(description="What is left of the limit; null where there is none.")
    hard: bool = Field(description="Whether a copy beyond the limit is refused.")
    measured: float | None = Field(description="When all was read; null before the first time.")
    refreshed: float | None = Field(description="When it was last looked for changes.")
    counting: int | None = Field(description="Files seen by the count under way; null while none.")
    problem: str | None = Field(description="Why it cannot be measured.")


class UsageSnapshot(Answer):
    """All roots as they stood right after the event `sequence` of this server."""

    server: str
    sequence: int
    roots: list[RootUsage]


class UsageError(Answer):
    """What happened, to what, and what to do."""

    message: str
    kind: AnyErrorKind


API = Api(
    "/jupyterlab-mast/quota",
    (
        Route("GET", "", "usage", "What the roots hold, and what is left", UsageSnapshot),
        Route(
            "POST",
            "/actions",
            "look",
            "Look for changes, or count a root again",
            UsageSnapshot,
            request=LookRequest,
            errors=(400, 403, 404, 503),
        ),
    ),
    UsageError,
)
