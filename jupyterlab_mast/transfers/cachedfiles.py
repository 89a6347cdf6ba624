"""Files that other programs have downloaded from an archive: what they are to it.

Nothing is read of any file, and the archives are asked for listings only.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..archive.interface import is_below
from ..errors import Json
from ..missions import GotoFile, GotoHstFile
from .bucket import Bucket
from .buckets import Buckets
from .cachenames import asked_of
from .copyrecord import Copy
from .interface import CachedStanding
from .provenance import Provenance
from .requests import Finder
from .types import TransferError


class Found(NamedTuple):
    """An object that the name of a file leads to."""

    bucket: Bucket
    key: str
    #: Bytes.
    size: int
    #: With its quotes; "" where the store has none.
    etag: str


class Answer(NamedTuple):
    """What came of a look."""

    found: Found | None
    #: Why an archive could not be asked; "" where all were.
    problem: str


_NOWHERE = Answer(None, "")


def find(paths: Sequence[str], buckets: Buckets) -> list[Answer]:
    """The objects that these files' names lead to: each in the first archive that has it."""
    asked: dict[str, GotoFile | GotoHstFile] = {}
    groups: dict[str, list[str]] = {}
    for path in dict.fromkeys(paths):
        one = asked_of(path)
        if one is not None:
            asked[path] = one
            # One listing tells of all files of a visit.
            group = one.visit_prefix if isinstance(one, GotoHstFile) else one.keys[0]
            groups.setdefault(group, []).append(path)

    _wait_once(list(asked.values()), buckets)

    def look(group: list[str]) -> dict[str, Answer]:
        finders = [_finder(buckets, bucket) for bucket in buckets.all]
        return {path: _find_one(asked[path], buckets, finders) for path in group}

    told: dict[str, Answer] = {}
    for some in buckets.together(look, list(groups.values())):
        told |= some
    return [told.get(path, _NOWHERE) for path in paths]


def _wait_once(asked: Sequence[GotoFile | GotoHstFile], buckets: Buckets) -> None:
    """Ask all buckets at once, so that those that are away are not waited for one by one."""

    def ask(bucket: Bucket) -> None:
        prefixes = bucket.endpoint.archive.prefixes
        shown = next((one for one in (_shown(one, prefixes) for one in asked) if one), None)
        if shown is not None:
            with contextlib.suppress(TransferError):
                _finder(buckets, bucket).file(shown)

    if len(buckets.all) > 1:
        buckets.together(ask, buckets.all)


def _finder(buckets: Buckets, bucket: Bucket) -> Finder:
    return Finder(bucket, buckets.stop, lambda call: buckets.ask(bucket, call))


def _find_one(asked: GotoFile | GotoHstFile, buckets: Buckets, finders: Sequence[Finder]) -> Answer:
    problem = ""
    for bucket, finder in zip(buckets.all, finders, strict=True):
        shown = _shown(asked, bucket.endpoint.archive.prefixes)
        if shown is None:
            continue
        try:
            sources = finder.file(shown)
        except TransferError as error:
            problem = problem or error.message
            continue
        for one in sources:
            assert one.key is not None
            assert one.size is not None
            return Answer(Found(bucket, one.key, one.size, one.etag or ""), "")
    return Answer(None, problem)


def _shown(
    asked: GotoFile | GotoHstFile, prefixes: tuple[str, ...]
) -> GotoFile | GotoHstFile | None:
    """What of it may be asked of an archive that shows what is below `prefixes`."""
    keys = [key for key in asked.keys if is_below(key, prefixes)]
    if isinstance(asked, GotoHstFile) and is_below(asked.visit_prefix, prefixes):
        return replace(asked, keys=keys)
    return GotoFile(asked.file, keys, asked.folder) if keys else None


def tell_of_cached(provenance: Provenance, files: Sequence[Json], buckets: Buckets) -> list[Json]:
    """What each of `files` (`absolute`, its path, and `size` in bytes) is to the archives.

    Returns them with more: see `interface.CachedStanding`.
    """
    provenance.reload()
    told = []
    answers = find([one["absolute"] for one in files], buckets)
    for file, (found, problem) in zip(files, answers, strict=True):
        standing: CachedStanding
        if found is None:
            standing, message = ("unchecked", problem) if problem else ("unknown", "")
        elif file["size"] == found.size:
            standing, message = "adoptable", ""
        else:
            standing = "different"
            message = other_size(file["absolute"], file["size"], found.size)
        told.append(
            {
                **file,
                "archive": found and found.bucket.endpoint.archive.id,
                "key": found and found.key,
                "standing": standing,
                "shorter": found is not None and file["size"] < found.size,
                "duplicate_of": found and _copy_of(found, provenance, file["absolute"]),
                "message": message,
            }
        )
    return told


def _copy_of(found: Found, provenance: Provenance, path: str) -> str | None:
    """The path of another file that is known as a copy of this version of an object."""
    for copy in provenance.of_key(found.bucket.endpoint.bucket_url, found.key):
        if copy.path != path and copy.etag == found.etag and _is_there(copy):
            return copy.path
    return None


def _is_there(copy: Copy) -> bool:
    try:
        return copy.is_untouched(os.lstat(copy.path))
    except (OSError, ValueError):
        return False


def other_size(path: str, size: int, archived: int) -> str:
    """The sentence about a file that has `size` bytes, and the archive's `archived`."""
    why = (
        "A download was perhaps cut off, or it is an older version. Unless it is just being "
        "downloaded, move it to the trash, and fetch it again."
        if size < archived
        else "Perhaps a program has changed it, or it is another version. Keep it unless you are "
        "sure that you do not need it."
    )
    return (
        f"{shown_name(path)} differs from the archive's file: it has {size} bytes, the archive's "
        f"file has {archived}. {why}"
    )


def shown_name(path: str) -> str:
    """A file's name for sentences: what is no UTF-8 in it is a question mark."""
    return os.fsencode(os.path.basename(path)).decode("utf-8", "replace")
