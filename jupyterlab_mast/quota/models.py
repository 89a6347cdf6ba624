"""The bodies of the quota's HTTP API, and the one table of its routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..rest import Answer, AnyErrorKind, Api, Query, RequestBody, Route
from .kinds import Kind
from .limits import Source
from .usage import Counts


class LookRequest(RequestBody):
    """`refresh` looks for changes now; `rescan` reads all of a root again."""

    action: Literal["refresh", "rescan"]
    root: str | None = Field(None, description="Id of a root, for `rescan`; null is all roots.")


#: Files and folders that one request may be about.
MAX_ENTRIES = 1000

#: Names a file or folder below a root: its path there, every odd byte as %XX; '' is the root.
_Id = Annotated[str, Field(max_length=16384)]


class FolderQuery(Query):
    folder: _Id = ""


class LargeFilesQuery(Query):
    order: Literal["largest", "oldest"] = "largest"
    limit: int = Field(100, ge=1, le=MAX_ENTRIES)


class EntriesRequest(RequestBody):
    """Files and folders of a root."""

    entries: list[_Id] = Field(min_length=1, max_length=MAX_ENTRIES)


class RestoreRequest(RequestBody):
    """What a move to the trash has returned."""

    trashed: list[Annotated[str, Field(max_length=512)]] = Field(
        min_length=1, max_length=MAX_ENTRIES
    )


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


class KindSum(Answer):
    """What one kind of files takes, in bytes."""

    kind: Kind
    allocated: int
    files: int


class Entry(Answer):
    """A file, or a folder with all that is in it. Sizes are bytes."""

    id: str = Field(description="What it is called in requests.")
    name: str
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    folder: bool
    kind: Kind
    allocated: int = Field(description="On disk.")
    apparent: int = Field(description="The lengths of files; of a single file 0: not kept.")
    files: int
    modified: float | None = Field(
        description="When a file in it was last modified, in seconds since 1970."
    )


class FolderAnswer(Answer):
    """One folder: what is in it, the largest first."""

    folder: Entry
    parents: list[Entry] = Field(description="The folders that it lies in, the root first.")
    kinds: list[KindSum] = Field(description="The kinds in it, the largest first.")
    entries: list[Entry] = Field(description="Its folders and large files.")
    rest_allocated: int = Field(description="What is in it besides.")
    rest_files: int


class LargeFilesAnswer(Answer):
    """Files of a whole root; those below 1 MiB are not listed."""

    files: list[Entry]


class Done(Answer):
    id: str
    name: str
    allocated: int
    trashed: str | None = Field(description="By what a move to the trash is undone.")


class Refused(Answer):
    id: str
    name: str
    message: str


class ChangeAnswer(Answer):
    """What was done, and what was not and why."""

    done: list[Done]
    refused: list[Refused]


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
        Route(
            "GET",
            "/{id}/folder",
            "folder",
            "What is in a folder of a root, the largest first",
            FolderAnswer,
            query=FolderQuery,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "GET",
            "/{id}/files",
            "large_files",
            "The largest or the oldest files of a root",
            LargeFilesAnswer,
            query=LargeFilesQuery,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "POST",
            "/{id}/trash",
            "trash",
            "Move files and folders to the trash",
            ChangeAnswer,
            request=EntriesRequest,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "POST",
            "/{id}/restore",
            "restore",
            "Bring back what was moved to the trash",
            ChangeAnswer,
            request=RestoreRequest,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "POST",
            "/{id}/delete",
            "delete",
            "Delete files and folders for good",
            ChangeAnswer,
            request=EntriesRequest,
            errors=(400, 403, 404, 503),
        ),
    ),
    UsageError,
    id_pattern=r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}",
    no_such_id="This server measures no folder of this id. Reload the page.",
)
