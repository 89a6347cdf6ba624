"""The bodies of the transfers' HTTP API, and the one table of its routes.

tornado's routes (``handlers``), ``docs/openapi.json`` and the page's types are made from here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from ..rest import Answer, AnyErrorKind, Api, Query, RequestBody, Route
from .answers import is_etag
from .copyrecord import Check
from .types import Conflict, FailureKind, Layout, Outcome, Start, State, WaitReason

#: Sources that one transfer may have; a prefix is one, whatever lies below it.
MAX_SOURCES = 100_000
#: Files that one page of a transfer's files may have.
MAX_FILES = 1000
#: Kinds of files that may be left out of a transfer.
MAX_KINDS = 100

#: Besides the kinds of a file's failure.
ErrorKind = FailureKind | AnyErrorKind

Action = Literal["start", "pause", "resume", "cancel", "retry", "undo", "try-now"]

_Key = Annotated[str, Field(max_length=1024)]
_Path = Annotated[str, Field(max_length=4096)]
_Name = Annotated[str, Field(min_length=1, max_length=1100)]
_Index = Annotated[int, Field(ge=0)]


def _etag(text: str) -> str:
    if text and not is_etag(text):
        raise ValueError("an ETag has no spaces, control characters or quotes inside")
    return text


_ETag = Annotated[_Key, AfterValidator(_etag)]


# Requests


class SourceRequest(RequestBody):
    """An object, by `key`, or all objects whose keys begin with `prefix`."""

    key: _Key | None = Field(None, min_length=1)
    prefix: _Key | None = None
    size: int | None = Field(None, ge=0, description="Bytes, where a listing told them.")
    etag: _ETag | None = Field(None, description="With its quotes, where a listing told it.")

    @model_validator(mode="after")
    def _one_of_both(self) -> SourceRequest:
        if (self.key is None) == (self.prefix is None):
            raise ValueError("a source has either a key or a prefix")
        return self


class CreateRequest(RequestBody):
    """What to copy, and whereto."""

    archive: str = Field(description="Id of an archive.")
    sources: list[SourceRequest] = Field(min_length=1, max_length=MAX_SOURCES)
    root: str = Field("home", description="Id of a target root.")
    target: _Path = Field("", description="A folder below the root, with /; '' is the root.")
    layout: Layout = "observation"
    conflict: Conflict = "ask"
    start: Start = "auto"
    exact: bool = Field(
        False,
        description="Only the versions (ETags) that the sources name; replaced ones fail.",
    )


class PlanRequest(RequestBody):
    """What to change before a transfer starts; it is planned again."""

    root: str | None = None
    target: _Path | None = Field(None, description="A folder below the root; goes with `root`.")
    layout: Layout | None = None
    conflict: Conflict | None = None
    without: list[_Name] | None = Field(
        None,
        max_length=MAX_KINDS,
        description="Kinds of files to leave out, by the names that the plan gives them. Of a "
        "transfer that has begun, what is not copied yet; nothing else of it can be changed.",
    )

    @model_validator(mode="after")
    def _root_and_target(self) -> PlanRequest:
        if (self.root is None) != (self.target is None):
            raise ValueError("root and target go together")
        return self


class ActionRequest(RequestBody):
    action: Action
    decisions: dict[_Path, Conflict] | None = Field(
        None, description="For `start`: what to do about single files, by path below the target."
    )
    files: list[_Index] | None = Field(
        None,
        min_length=1,
        max_length=MAX_FILES,
        description="For `retry`: only these of the files that failed, by their `index`.",
    )

    @model_validator(mode="after")
    def _files_to_retry(self) -> ActionRequest:
        if self.files is not None and self.action != "retry":
            raise ValueError("only a retry is of single files")
        return self


class AllRequest(RequestBody):
    action: Literal["pause", "resume", "clear"]


class VerifyRequest(RequestBody):
    """Which file to compare with the record of its copy."""

    root: str = Field("home", description="Id of a target root.")
    path: _Path = Field(min_length=1, description="A file below the root, with /.")


class FilesQuery(Query):
    offset: int = Field(0, ge=0)
    limit: int = Field(200, ge=1, le=MAX_FILES)
    outcome: Outcome | None = None


class CopiesQuery(Query):
    archive: str
    prefix: _Key = ""
    after: _Key = Field("", description="Only keys behind this one: `next` of the page before.")


# Answers


class Source(Answer):
    key: str | None = None
    prefix: str | None = None


class Target(Answer):
    root: str | None = Field(description="Id of a target root; null where it is below none.")
    path: str | None = Field(description="Below that root, with /; '' is the root itself.")
    absolute: str


class Differing(Answer):
    """A file in the way. Times are seconds since 1970, sizes bytes."""

    model_config = ConfigDict(extra="allow")

    path: str


class PlanKind(Answer):
    """The files of one kind among those that were asked for."""

    name: str
    files: int
    bytes: int
    without: bool = Field(description="They are left out.")


class Plan(Answer):
    """What a transfer would do, as far as it is known. Counts are objects, sizes bytes."""

    complete: bool
    files: int
    bytes: int
    identical_files: int
    identical_bytes: int
    differing: int
    differing_first: list[Differing]
    needed: int = Field(description="Bytes that are to be written.")
    blocks: int = Field(description="What these take more on the disk, in whole blocks.")
    free: int | None = Field(description="What limit and disk leave; null where nobody knows.")
    allowed: int | None = Field(
        description="What is let in: more than `free` where the limit only warns. A copy that "
        "needs more waits for room."
    )
    limit: int | None
    used: int | None
    reserve: int = Field(description="What of the limit stays free, so that a server can start.")
    counting: bool = Field(
        description="Files are being counted for the first time: `used` is what was found so far."
    )
    error: str | None
    kinds: list[PlanKind] = Field(
        description="Where it does not fit, or some are left out; the largest first. Of a "
        "transfer that has begun, what is not copied yet."
    )


class Files(Answer):
    total: int
    copied: int
    identical: int
    skipped: int
    failed: int
    left_out: int = Field(description="Of kinds that are left out; not in the total.")


class Bytes(Answer):
    total: int
    done: int


class Checked(Answer):
    """How many files were checked how."""

    checksum: int
    version: int = Field(description="By size and ETag.")
    size: int = Field(0, description="By size alone.")
    algorithms: dict[str, int]


class ActiveFile(Answer):
    index: int
    key: str
    path: str
    size: int
    done: int


class Failure(Answer):
    index: int
    key: str
    path: str
    size: int
    kind: FailureKind
    message: str


class Waiting(Answer):
    reason: WaitReason
    since: float
    next: float | None
    missing: int | None
    message: str | None = Field(
        description="Why, in one or two sentences, as far as the last try told it."
    )


class TransferProblem(Answer):
    kind: FailureKind
    message: str


class Transfer(Answer):
    """One transfer. Times are seconds since 1970, sizes bytes."""

    id: str
    title: str
    archive: str
    origin: Literal["page", "command", "python"]
    state: State
    created: float
    started: float | None
    ended: float | None
    sources: list[Source]
    target: Target
    layout: Layout
    conflict: Conflict
    plan: Plan
    confirm: bool = Field(description="Planned, and waits for somebody to start it.")
    files: Files
    bytes: Bytes
    checked: Checked
    active: list[ActiveFile]
    failures: list[Failure] = Field(description="The first ten.")
    waiting: Waiting | None
    error: TransferProblem | None
    elsewhere: bool = Field(description="Another process works at it.")
    undone: bool


class File(Answer):
    index: int
    key: str
    path: str
    size: int
    done: int
    outcome: Outcome
    check: Check | None
    algorithm: str
    kind: FailureKind | None
    message: str


class FilesAnswer(Answer):
    total: int
    files: list[File]


class TargetRoot(Answer):
    """A folder into which may be copied."""

    id: str
    title: str
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    absolute: str


class Snapshot(Answer):
    """All transfers as they stood right after the event `sequence` of this server."""

    server: str
    sequence: int
    active_until: float | None = Field(
        alias="activeUntil",
        description="Until when moving bytes keep the server alive; null while none move.",
    )
    transfers: list[Transfer]
    roots: list[TargetRoot]


class Copy(Answer):
    """A file of the workspace that was copied from the archive."""

    key: str
    etag: str
    size: int
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    absolute: str
    time: float
    check: Check | None
    algorithm: str


class CopiesAnswer(Answer):
    """Copies in the order of their keys."""

    copies: list[Copy]
    next: str | None = Field(description="Where the next page begins; null on the last one.")


class VerifyAnswer(Answer):
    """Whether a file has the bytes that were copied."""

    same: bool | None = Field(description="Null where it cannot be told.")
    algorithm: str = Field(description="The checksum that was computed; '' where none was.")
    message: str
    time: float = Field(description="When it was copied, in seconds since 1970.")


class Error(Answer):
    """What happened, to what, and what to do."""

    message: str
    kind: ErrorKind


_ROUTES = (
    Route("GET", "", "snapshot", "All transfers, and the folders to copy into", Snapshot),
    Route(
        "POST",
        "",
        "create",
        "Copy objects and folders of an archive to the workspace",
        Transfer,
        request=CreateRequest,
        status=201,
        errors=(400, 403, 404, 409, 413, 503),
    ),
    Route(
        "POST",
        "/actions",
        "act_on_all",
        "Pause or resume all transfers, or clear those that have ended",
        Snapshot,
        request=AllRequest,
        errors=(400, 403, 503),
    ),
    Route(
        "GET",
        "/copies",
        "copies",
        "What of an archive lies in the workspace",
        CopiesAnswer,
        query=CopiesQuery,
        errors=(400, 403, 404, 503),
    ),
    Route(
        "POST",
        "/verify",
        "verify",
        "Compare a copied file with the record of its copy; reads all of it",
        VerifyAnswer,
        request=VerifyRequest,
        errors=(400, 403, 404, 409, 503),
    ),
    Route("GET", "/{id}", "transfer", "One transfer", Transfer, errors=(403, 404, 503)),
    Route(
        "DELETE",
        "/{id}",
        "clear",
        "Take a transfer that has ended off the list",
        None,
        status=204,
        errors=(403, 404, 409, 503),
    ),
    Route(
        "PUT",
        "/{id}/plan",
        "choose",
        "Change target, layout or conflicts of a transfer before it starts, or kinds of files",
        Transfer,
        request=PlanRequest,
        errors=(400, 403, 404, 409, 503),
    ),
    Route(
        "POST",
        "/{id}/actions",
        "act",
        "Start, pause, resume, cancel, retry or undo a transfer",
        Transfer,
        request=ActionRequest,
        errors=(400, 403, 404, 409, 413, 503),
    ),
    Route(
        "GET",
        "/{id}/files",
        "files",
        "The files of a transfer, page by page",
        FilesAnswer,
        query=FilesQuery,
        errors=(400, 403, 404, 503),
    ),
)

API = Api(
    "/jupyterlab-mast/transfers",
    _ROUTES,
    Error,
    id_pattern=r"[a-z0-9-]{8,40}",
    no_such_id="There is no transfer of this id.",
)
