"""The bodies of the quota's HTTP API, and the one table of its routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..rest import Answer, AnyErrorKind, Api, Query, RequestBody, Route
from ..transfers.interface import CachedStanding, Check, Grade, InArchive, Standing
from .kinds import Kind
from .limits import Source
from .usage import Counts


class LookRequest(RequestBody):
    """`refresh` looks for changes now; `rescan` reads all of a root again."""

    action: Literal["refresh", "rescan"]
    root: str | None = Field(None, description="Id of a root, for `rescan`; null is all roots.")


#: Files and folders that one request may be about.
MAX_ENTRIES = 1000

#: Names a file or folder below a root: its path there, every odd byte as %XX; '' is the root. A
#: hundred levels of the longest names, all odd, have 76,599 characters.
_Id = Annotated[str, Field(max_length=1 << 17)]
#: Names something in the trash, in the same way; file systems have names of up to 255 bytes.
_Trashed = Annotated[str, Field(max_length=3 * 255)]
_Mark = Annotated[str, Field(max_length=100)]


class FolderQuery(Query):
    folder: _Id = ""


class LargeFilesQuery(Query):
    order: Literal["largest", "oldest"] = "largest"
    limit: int = Field(100, ge=1, le=MAX_ENTRIES)


class EntriesRequest(RequestBody):
    """Files and folders of a root."""

    entries: list[_Id] = Field(min_length=1, max_length=MAX_ENTRIES)


class DeleteRequest(EntriesRequest):
    """Files and folders of a root that shall go for good."""

    marks: dict[_Id, _Mark] = Field(
        {},
        max_length=MAX_ENTRIES,
        description="The `mark` of each that lies in the trash, by its id: another thing that has "
        "its name there by now stays.",
    )


class RestoreRequest(RequestBody):
    """What a move to the trash has returned."""

    trashed: list[_Trashed] = Field(min_length=1, max_length=MAX_ENTRIES)


#: Copies that one page has.
MAX_COPIES = 500

#: What may go together, besides copies.
FreeableName = Literal["package-caches", "trash", "checkpoints"]

#: Files of a list that one page tells, and that one request names to fetch them again.
MAX_FREED, MAX_FETCHED = 5000, 100_000

_FreedId = Annotated[str, Field(max_length=64)]


class CopiesQuery(Query):
    after: _Id = Field("", description="Only copies behind this one: `next` of the page before.")
    limit: int = Field(200, ge=1, le=MAX_COPIES)


#: Files that one request compares with the archives: all of each is read.
MAX_ADOPTED = 100


class CachesQuery(Query):
    after: _Id = Field("", description="Only files behind this one: `next` of the page before.")
    limit: int = Field(200, ge=1, le=MAX_COPIES)


class AdoptRequest(RequestBody):
    """Files that another program has downloaded."""

    entries: list[_Id] = Field(min_length=1, max_length=MAX_ADOPTED)


class Marked(RequestBody):
    """A thing that shall go, as it was told."""

    id: _Id
    mark: _Mark = Field(description="As `freeable` has told it.")


class RemoveFreeableRequest(RequestBody):
    """Things of one group that shall go. All rules are applied again."""

    group: FreeableName
    entries: list[Marked] = Field(min_length=1, max_length=MAX_ENTRIES)


class RemoveCopiesRequest(RequestBody):
    """Copies that shall go."""

    entries: list[_Id] = Field(min_length=1, max_length=MAX_COPIES)
    newer: bool = Field(
        False, description="Also those of which the archive has another version: they are lost."
    )
    freed: _FreedId = Field(
        description="The list in which they are kept: date, time and eight random hexadecimal "
        "digits, as 20261127-143000-0123abcd. A new one is begun by the first copies."
    )


class ListRequest(RequestBody):
    freed: _FreedId


class FetchRequest(ListRequest):
    """What of a list shall come again."""

    entries: list[_Id] | None = Field(
        None, min_length=1, max_length=MAX_FETCHED, description="Files of it; all without."
    )


class FreedFilesQuery(Query):
    freed: _FreedId
    after: _Id = Field("", description="Only files behind this one: `next` of the page before.")
    limit: int = Field(1000, ge=1, le=MAX_FREED)


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
    used: int = Field(
        description="What counts, with what copies have written since; while `measured` is null, "
        "what was found so far."
    )
    limit: int | None
    source: Source | None = Field(description="Who set the limit.")
    limit_problem: str | None = Field(
        description="Why the limit of now cannot be told; `limit` is the last one that was known."
    )
    reserve: int = Field(description="Kept free so that a server can always start.")
    reserved: int = Field(description="What copies are about to write.")
    copies: int = Field(description="How many copies have reserved that.")
    free: int | None = Field(description="What is left of the limit; null where there is none.")
    hard: bool = Field(description="Whether a copy beyond the limit is refused.")
    measured: float | None = Field(description="When all was read; null before the first time.")
    refreshed: float | None = Field(description="When it was last looked for changes.")
    swept: float | None = Field(
        description="All that was made, removed or moved before is counted, whoever did it."
    )
    reread: float | None = Field(
        description="All that grew or shrank where it is before that is counted."
    )
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


class InTrash(Answer):
    """What was moved to the trash."""

    token: str = Field(description="By what it is brought back.")
    moved: float | None = Field(description="When, in seconds since 1970, where that is known.")


class Entry(Answer):
    """A file, or a folder with all that is in it. Sizes are bytes."""

    id: str = Field(description="What it is called in requests.")
    name: str = Field(description="Of what is `trashed` its path below the root, where it was.")
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    folder: bool
    kind: Kind
    allocated: int = Field(description="On disk.")
    apparent: int = Field(description="The lengths of files; of a single file 0: not kept.")
    files: int
    modified: float | None = Field(
        description="When a file in it was last modified, in seconds since 1970."
    )
    trashed: InTrash | None = Field(
        description="Of what lies in the trash and can be brought back to where it was."
    )
    mark: str | None = Field(
        description="Of all that lies in the trash: another one when it is another thing, or was "
        "written to. To be told when it is deleted."
    )


class UnreadableFolder(Answer):
    """A folder that could not be read: what is in it may be missing."""

    id: str = Field(description="What it is called in requests.")
    name: str = Field(description="Its path below the root.")


class FolderAnswer(Answer):
    """One folder: what is in it, the largest first."""

    folder: Entry
    parents: list[Entry] = Field(description="The folders that it lies in, the root first.")
    kinds: list[KindSum] = Field(description="The kinds in it, the largest first.")
    entries: list[Entry] = Field(description="Its folders and large files.")
    rest_allocated: int = Field(description="What is in it besides.")
    rest_files: int
    unreadable: list[UnreadableFolder] = Field(
        description="In it, the first 20 in the order of their paths."
    )


class LargeFilesAnswer(Answer):
    """Files of a whole root from 1 MiB on; of each folder the 32 largest and the 8 oldest."""

    files: list[Entry]


class Done(Answer):
    id: str
    name: str
    allocated: int | None = Field(
        description="Bytes on disk that are free when it has gone, also from the trash: what has "
        "names elsewhere does not count; of what was brought back all. Null where it is not known."
    )
    trashed: str | None = Field(description="By what a move to the trash is undone.")


class Refused(Answer):
    id: str
    name: str
    message: str


class ChangeAnswer(Answer):
    """What was done, and what was not and why."""

    done: list[Done]
    refused: list[Refused]


class FreeableEntry(Answer):
    """A file, or a folder of a cache or of the trash."""

    id: str = Field(description="What it is called in requests.")
    name: str = Field(description="In the trash its path below the root, where it was.")
    program: str | None = Field(description="Whose cache it is: pip, conda, ...")
    folder: bool
    allocated: int = Field(
        description="Bytes that its removal frees: what has names elsewhere does not count."
    )
    files: int
    mark: str = Field(description="Changes when it is another file, or was written to.")


class FreeableGroup(Answer):
    """What may go together; of very many the largest."""

    group: FreeableName
    allocated: int
    files: int
    entries: list[FreeableEntry] = Field(description="The largest first.")


class FreeableAnswer(Answer):
    """What of a root may go, besides copies from an archive."""

    groups: list[FreeableGroup]
    before: float = Field(description="Checkpoints are older; in seconds since 1970.")


class HomeCopy(Answer):
    """A copy of an archive's object, and whether it may go."""

    id: str = Field(description="What it is called in requests.")
    name: str
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    archive: str
    key: str
    allocated: int = Field(description="Bytes on disk.")
    copied: float = Field(description="When, in seconds since 1970.")
    check: Check | None = Field(description="How it was checked when it was copied.")
    grade: Grade
    standing: Standing
    in_archive: InArchive = Field(description="Asked for where `standing` allows it to go.")
    message: str = Field(description="Why the archive's is not the same; may be empty.")


class HomeCopies(Answer):
    """Copies in the order of their paths."""

    copies: list[HomeCopy]
    next: str | None = Field(description="Where the next page begins; null on the last one.")


class CachedFile(Answer):
    """A file that another program has downloaded, and what it is to the archives."""

    id: str = Field(description="What it is called in requests.")
    name: str
    path: str | None = Field(description="As the file browser names it; null where it cannot.")
    archive: str | None = Field(description="That has an object of its name; null where none has.")
    key: str | None
    allocated: int = Field(
        description="Bytes on disk that its removal frees: 0 where it has other names."
    )
    size: int = Field(description="Its length in bytes.")
    standing: CachedStanding
    shorter: bool = Field(description="Whether it is shorter than the archive's.")
    duplicate_of: str | None = Field(
        description="A file that is known as a copy of the same object: as the file browser names "
        "it, or its full path."
    )
    message: str = Field(description="What is wrong with it, or with the archive; may be empty.")


class CachedFiles(Answer):
    """Files in caches that are not known as copies, folder by folder."""

    files: list[CachedFile]
    next: str | None = Field(
        description="Where the next page begins, also of a page without files; null on the last."
    )


class Adopted(Answer):
    """A file that is known as a copy now; it was not moved."""

    id: str
    name: str
    allocated: int = Field(description="Bytes on disk.")
    algorithm: str = Field(description="By which checksum its bytes are the archive's.")


class NotAdopted(Answer):
    id: str
    name: str
    message: str
    damaged: bool = Field(description="Whether its bytes are certainly not the archive's.")


class AdoptAnswer(Answer):
    """What is a copy now, and what is none and why."""

    adopted: list[Adopted]
    refused: list[NotAdopted]
    left: list[str] = Field(description="Not read: the time was over. To be asked again.")


class RemoveCopiesAnswer(ChangeAnswer):
    left: list[str] = Field(description="Not looked at: the time was over. To be asked again.")


class FreedList(Answer):
    """What was removed at one time, and is not there again."""

    freed: str
    time: float = Field(description="In seconds since 1970.")
    files: int
    bytes: int
    lost: bool = Field(
        description="Older versions, which the archive does not have: they cannot be fetched."
    )
    fetching: bool = Field(description="A transfer that fetches them has not ended.")


class FreedLists(Answer):
    """The last first."""

    lists: list[FreedList]


class FreedFile(Answer):
    """A copy that was removed."""

    id: str = Field(description="What it is called in requests: where it was.")
    archive: str
    key: str
    size: int = Field(description="Its length in bytes.")


class FreedFiles(Answer):
    """Those of a list that are not there again, in the order of their paths."""

    files: list[FreedFile]
    next: str | None = Field(description="Where the next page begins; null on the last one.")


class FetchAnswer(Answer):
    transfers: list[str] = Field(description="Ids of the transfers.")


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
            request=DeleteRequest,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "GET",
            "/{id}/freeable",
            "freeable",
            "What of a root may go without harm, besides copies",
            FreeableAnswer,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "POST",
            "/{id}/freeable/remove",
            "remove_freeable",
            "Remove package caches, old checkpoints, or what is in the trash",
            ChangeAnswer,
            request=RemoveFreeableRequest,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "GET",
            "/{id}/copies",
            "home_copies",
            "Copies from archives, and whether the archives still have them",
            HomeCopies,
            query=CopiesQuery,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "POST",
            "/{id}/copies/remove",
            "remove_copies",
            "Remove copies that an archive still has, and keep a list of them",
            RemoveCopiesAnswer,
            request=RemoveCopiesRequest,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "GET",
            "/{id}/caches",
            "cached_files",
            "What other programs have downloaded, and whether an archive has it",
            CachedFiles,
            query=CachesQuery,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "POST",
            "/{id}/caches/adopt",
            "adopt_cached",
            "Take files for copies whose bytes are the archive's; reads all of them",
            AdoptAnswer,
            request=AdoptRequest,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "GET",
            "/{id}/freed",
            "freed",
            "Lists of removed copies that can be fetched again",
            FreedLists,
            errors=(403, 404, 503),
        ),
        Route(
            "GET",
            "/{id}/freed/files",
            "freed_files",
            "The files of a list of removed copies",
            FreedFiles,
            query=FreedFilesQuery,
            errors=(400, 403, 404, 503),
        ),
        Route(
            "POST",
            "/{id}/freed/fetch",
            "fetch_again",
            "Copy what is missing of a list, or some of it, to where it was",
            FetchAnswer,
            request=FetchRequest,
            errors=(400, 403, 404, 409, 503),
        ),
        Route(
            "POST",
            "/{id}/freed/forget",
            "forget_list",
            "Forget a list of removed copies",
            FreedLists,
            request=ListRequest,
            errors=(400, 403, 404, 409, 503),
        ),
    ),
    UsageError,
    id_pattern=r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}",
    no_such_id="This server measures no folder of this id. Reload the page.",
)
