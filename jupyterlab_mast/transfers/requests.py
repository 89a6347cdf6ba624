"""What people name on the command line and in notebooks, as requests of the engine.

A source is an address (``s3://``, ``https://``, ``mast:``), a key, a folder, or what "Go to" of the
archive panel understands: a file name, a root name, a TIC. Every one is looked for in the archive.
"""

from __future__ import annotations

import csv
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeVar

from ..archive.interface import (
    DEFAULT_ARCHIVES,
    Archive,
    ConfigurationError,
    is_below,
    read_archives,
)
from ..files import nearest
from ..missions import (
    GotoFile,
    GotoHstFile,
    GotoKeplerTarget,
    GotoPlace,
    GotoRootname,
    GotoTessTarget,
    GotoVisit,
    KnownArchive,
    go_to,
    parse_s3_uri,
)
from .answers import is_etag
from .bucket import Bucket, Listed, NoSuchBucket, Page, with_retries
from .endpoint import Endpoint
from .layout import default_layout
from .listing import objects_below
from .site import Site
from .store import new_id
from .types import Conflict, Layout, Request, Source, TransferError

#: Sources that are looked up at a time.
_AT_ONCE = 16

Result = TypeVar("Result")


class UsageError(Exception):
    """What was asked for cannot be read; its text is a sentence that says why."""


def data_folder() -> str:
    """The folder that servers, command line and notebooks of one home share."""
    from jupyter_core.paths import jupyter_data_dir

    return os.path.join(jupyter_data_dir(), "jupyterlab-mast")


# Archives

#: MAST's public bucket.
_MAST = Archive.model_validate(DEFAULT_ARCHIVES[0])


@dataclass(frozen=True)
class Access:
    """How a bucket is reached: MAST's as it is, unless something is given."""

    endpoint: str | None = None
    region: str | None = None
    #: Requests are signed with the credentials that botocore finds.
    signed: bool = False
    #: The bucket of keys and names without one.
    bucket: str | None = None
    #: An archive as `c.MastExtension.archives` has them, in place of all above.
    archive: Archive | None = None
    #: The archives that are known by name, and the bounds of all.
    site: Site = field(default_factory=Site)

    @property
    def usual(self) -> bool:
        """Whether nothing is said about how a bucket is reached."""
        return self.endpoint is None and self.region is None and not self.signed

    @property
    def mast(self) -> Archive:
        """MAST's archive: as the server shows it, or its public bucket."""
        return self.site.by_id(_MAST.id) or _MAST

    def archive_of(self, bucket: str | None, keys: Iterable[str]) -> Archive:
        """The archive that holds `keys` in `bucket`, with its bounds. Raises UsageError."""
        return self.site.bounded(self._archive_of(bucket, list(keys)))

    def _archive_of(self, bucket: str | None, keys: Sequence[str]) -> Archive:
        if self.archive is not None:
            if bucket not in (None, self.archive.bucket):
                raise UsageError(
                    f"The archive {self.archive.title} has the bucket {self.archive.bucket}, "
                    f"not {bucket}."
                )
            return self.archive
        mast = self.mast
        bucket = bucket or self.bucket
        if bucket is None:
            if self.endpoint is not None:
                raise UsageError(
                    f"{self.endpoint} has many buckets: name the source as s3://bucket/key, or "
                    "give --bucket."
                )
            bucket = mast.bucket
        if self.usual:
            for one in (mast, *self.site.archives):
                if one.bucket == bucket and all(is_below(key, one.prefixes) for key in keys):
                    return one
        value = {
            "id": f"s3-{bucket}"[:64].rstrip("."),
            "title": bucket,
            "bucket": bucket,
            "region": self.region or mast.region,
            "endpoint": self.endpoint,
            "access": "role" if self.signed else "anonymous",
            "roots": [{"title": bucket, "prefix": ""}],
        }
        return read_archive(value)


def read_archive(value: object) -> Archive:
    """An archive from plain values, as `c.MastExtension.archives` has them. Raises UsageError."""
    try:
        (archive,) = read_archives([value], "archive").values()
    except ConfigurationError as error:
        text = str(error).replace("archive[0]", "archive")
        raise UsageError(f"The archive cannot be used. {text.rstrip('.')}.") from None
    return archive


# Sources


@dataclass(frozen=True)
class Found:
    """Sources that are there, and the archive that holds them."""

    archive: Archive
    sources: tuple[Source, ...]


def address_of(text: str, access: Access) -> tuple[str | None, str] | None:
    """Bucket (None: the usual one) and key that a text names literally; None for other texts."""
    s3 = parse_s3_uri(text)
    if s3:
        return s3.bucket, s3.key
    known = []
    if access.archive is not None:
        archives = [access.archive]
    else:
        archives = [] if access.endpoint else [access.mast, *access.site.archives]
    known += [KnownArchive(one.bucket, one.id, one.region, one.endpoint) for one in archives]
    if not archives and access.endpoint:
        # Path style: the bucket is what follows the endpoint.
        start = f"{access.endpoint.rstrip('/')}/"
        if text.lower().startswith(start.lower()):
            bucket = text[len(start) :].partition("/")[0]
            known.append(KnownArchive(bucket, endpoint=access.endpoint))
    asked = go_to(text, known)
    if isinstance(asked, GotoPlace):
        return asked.bucket, asked.key
    return None


def find_sources(
    texts: Sequence[str], access: Access, stop: threading.Event | None = None
) -> Found:
    """Look all sources up in the archive. Blocks; ends early when `stop` is set.

    Raises UsageError for what cannot be understood, and TransferError: "not-found" for what is not
    there, "network" when the archive cannot be reached.
    """
    stop = stop or threading.Event()
    places = [_place(text, access) for text in texts]
    if not places:
        raise UsageError("Nothing is named that could be copied.")
    archives = [access.archive_of(bucket, [] if key is None else [key]) for bucket, key in places]
    buckets = {one.bucket_url: one for one in archives}
    if len(buckets) > 1:
        first, second, *_ = buckets.values()
        raise UsageError(
            f"One copy takes from one bucket: {first.bucket} and {second.bucket} are two. "
            "Copy from one after the other."
        )
    # MAST's own, or one without bounds where somebody named what lies outside of it.
    archive = next((one for one in archives if one.prefixes == ("",)), archives[0])
    finder = Finder(Bucket(Endpoint(archive)), stop)

    def find(index: int) -> list[Source]:
        key = places[index][1]
        return finder.name(texts[index]) if key is None else finder.place(key)

    if len(texts) == 1:
        return Found(archive, tuple(find(0)))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mast-find") as pool:
        try:
            found = list(pool.map(find, range(len(texts))))
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Found(archive, tuple(one for some in found for one in some))


def _place(text: str, access: Access) -> tuple[str | None, str | None]:
    """Bucket and key; no key for what is a name."""
    if not text.strip():
        raise UsageError("A source is empty. Name a key, a folder or an address.")
    return address_of(text, access) or (None, None)


class _Ask(Protocol):
    def __call__(self, call: Callable[[], Result], /) -> Result: ...


class Finder:
    """Looks into one bucket for what people name. `ask`: how, if not again and again."""

    def __init__(self, bucket: Bucket, stop: threading.Event, ask: _Ask | None = None) -> None:
        self._bucket = bucket
        self._stop = stop
        self._own_ask = ask
        self._title = bucket.endpoint.archive.title
        #: The prefix that was listed last, and all below it: files of one visit come together.
        self._listed: tuple[str, list[Listed]] | None = None

    def place(self, key: str) -> list[Source]:
        """An object, or a folder with or without its slash."""
        if key == "" or key.endswith("/"):
            if self._any(key):
                return [Source(prefix=key)]
            raise self._nothing(key or "the bucket")
        try:
            head = self._ask(lambda: self._bucket.head(key))
            # Without an ETag the plan asks again.
            return [Source(key, None, head.size, head.etag or None)]
        except NoSuchBucket:
            raise
        except TransferError as error:
            if error.kind not in ("not-found", "forbidden"):
                raise
            # Who may read an object and not list gets 403 for what is not there.
            refused = error if error.kind == "forbidden" else None
        if self._any(f"{key}/"):
            return [Source(prefix=f"{key}/")]
        raise refused or self._nothing(key)

    def name(self, text: str) -> list[Source]:
        """A file name, root name or target, as "Go to" reads it."""
        asked = go_to(text)
        found: list[Source] = []
        if isinstance(asked, GotoRootname):
            found = self._root(asked.visit_prefix, asked.name)
        elif isinstance(asked, GotoVisit):
            found = self._prefixes([asked.prefix])
        elif isinstance(asked, (GotoHstFile, GotoFile)):
            found = self.file(asked)
        elif isinstance(asked, GotoTessTarget):
            prefixes = asked.prefixes or self._below([asked.sectors], asked.path)
            found = self._prefixes(prefixes)
        elif isinstance(asked, GotoKeplerTarget):
            found = self._prefixes(asked.prefixes or self._below(asked.campaigns, asked.path))
        elif self._bucket.endpoint.archive.prefixes == ("",):
            found = self.place(text)
        else:
            raise UsageError(
                f"{text} is no address, key, file name or target that is known here. "
                "Name it as s3://bucket/key, or list the archive with `jupyter mast ls`."
            )
        if not found:
            raise self._nothing(text)
        return found

    def file(self, asked: GotoFile | GotoHstFile) -> list[Source]:
        """The file that is asked for, or those whose names begin so. Raises TransferError."""
        return self._hst_file(asked) if isinstance(asked, GotoHstFile) else self._first(asked.keys)

    def _root(self, visit: str, name: str) -> list[Source]:
        """The folder of a root name, or its files in the folder of an association."""
        files: list[Source] = []
        for page in objects_below(self._bucket, visit, self._stop):
            for one in page:
                folder, _, file = one.key.rpartition("/")
                if folder.rpartition("/")[2] == name:
                    return [Source(prefix=f"{folder}/")]
                if file.startswith(name):
                    files.append(_known(one))
        return files

    def _hst_file(self, asked: GotoHstFile) -> list[Source]:
        found: list[Source] = []
        for one in self._listing(asked.visit_prefix):
            file = one.key.rpartition("/")[2]
            if file == asked.file if asked.exact else file.startswith(asked.file):
                found.append(_known(one))
                if asked.exact:
                    return found
        if not found and asked.exact:
            return self._first(
                [key for key in asked.keys if not key.startswith(asked.visit_prefix)]
            )
        return found

    def _listing(self, prefix: str) -> list[Listed]:
        known = self._listed
        if known is None or known[0] != prefix:
            pages = self._pages(prefix, "")
            known = self._listed = prefix, [one for page in pages for one in page.objects]
        return known[1]

    def _first(self, keys: Sequence[str]) -> list[Source]:
        for key in keys:
            page = self._page(key, "/")
            for one in page.objects:
                if one.key == key:
                    return [_known(one)]
        return []

    def _prefixes(self, prefixes: Sequence[str]) -> list[Source]:
        return [Source(prefix=prefix) for prefix in prefixes if self._any(prefix)]

    def _below(self, parents: Sequence[str], path: str) -> list[str]:
        """`path` in each folder of `parents`."""
        found: list[str] = []
        for parent in parents:
            for page in self._pages(parent, "/"):
                found += [f"{folder}{path}" for folder in page.folders]
        return found

    def _pages(self, prefix: str, delimiter: str) -> Iterator[Page]:
        token: str | None = None
        while True:
            page = self._page(prefix, delimiter, token)
            yield page
            token = page.next_token
            if token is None:
                return

    def _any(self, prefix: str) -> bool:
        page = self._ask(lambda: self._bucket.list(prefix, max_keys=1))
        return bool(page.objects or page.folders)

    def _page(self, prefix: str, delimiter: str, token: str | None = None) -> Page:
        return self._ask(lambda: self._bucket.list(prefix, delimiter=delimiter, token=token))

    def _ask(self, call: Callable[[], Result]) -> Result:
        return self._own_ask(call) if self._own_ask else with_retries(call, self._stop)

    def _nothing(self, what: str) -> TransferError:
        return TransferError(
            "not-found",
            f"There is no {what} in {self._title}. "
            "List the folder above it with `jupyter mast ls`.",
        )


def _known(one: Listed) -> Source:
    return Source(one.key, None, one.size, one.etag or None)


# Lists


def read_list(path: str, access: Access) -> Found:
    """The files that a CSV list names: the columns archive and key, and size and etag if known.

    Such a list is what *Save selection as list…* of the archive panel writes. Raises UsageError,
    and OSError when the file cannot be read.
    """
    sources: list[Source] = []
    archives: set[str] = set()
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            for line, row in _rows(csv.reader(file, strict=True), path):
                sources.append(_row(row, f"Line {line} of {path}"))
                archives.add(row["archive"])
        except (csv.Error, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read as CSV: {error}.") from None
    if not sources:
        raise UsageError(f"{path} names no files.")
    if len(archives) > 1:
        raise UsageError(
            f"{path} names files of several archives ({', '.join(sorted(archives))}). "
            "Make a list for each."
        )
    (archive,) = archives
    keys = [one.key or "" for one in sources]
    if access.archive is not None or access.bucket is not None or access.endpoint is not None:
        return Found(access.archive_of(None, keys), tuple(sources))
    named = access.mast if archive == access.mast.id else access.site.by_id(archive)
    if named is None:
        raise UsageError(
            f"{path} names files of the archive {archive}, which the configuration here does not "
            "have. Say where it is with --endpoint and --bucket."
        )
    if access.usual:
        access = replace(access, archive=named)
    return Found(access.archive_of(named.bucket, keys), tuple(sources))


def _rows(lines: Iterator[list[str]], path: str) -> Iterator[tuple[int, dict[str, str]]]:
    names: list[str] | None = None
    for line, fields in enumerate(lines, 1):
        if not fields:
            continue
        if names is None:
            names = [field.strip().lower() for field in fields]
            if not {"archive", "key"} <= set(names):
                raise UsageError(
                    f"{path} is no list of files: its first line must name the columns "
                    "archive, key, size and etag."
                )
            continue
        row = dict.fromkeys(("archive", "key", "size", "etag"), "")
        row.update(zip(names, fields, strict=False))
        yield line, row


def _row(row: dict[str, str], where: str) -> Source:
    size = row["size"].strip()
    if not row["archive"] or not row["key"]:
        raise UsageError(f"{where} has no {'key' if row['archive'] else 'archive'}.")
    if size and not (size.isascii() and size.isdecimal() and len(size) < 20):
        raise UsageError(f"{where} has a size that is no number of bytes: {size}.")
    etag = row["etag"].strip()
    if etag and not is_etag(etag):
        raise UsageError(
            f"{where} has an ETag that is none: there are spaces, control characters or quotes in "
            "it."
        )
    return Source(row["key"], None, int(size) if size else None, etag or None)


# Requests


def make_request(
    found: Found,
    target: str | os.PathLike[str],
    *,
    layout: Layout | None,
    conflict: Conflict,
    origin: Literal["command", "python"],
    exact: bool = False,
) -> Request:
    """A request that waits for a word when it is planned. Raises UsageError."""
    folder = os.path.realpath(os.path.expanduser(os.fspath(target)))
    there = nearest(folder, os.path.lexists)
    if not os.path.isdir(there):
        raise UsageError(f"{there} is not a folder. Name a folder to copy into.")
    chosen = layout or default_layout(found.sources[:1000])
    first = found.sources[0]
    name = (first.prefix if first.key is None else first.key) or ""
    return Request(
        id=new_id(),
        archive=found.archive,
        sources=found.sources,
        target=folder,
        # The user's own rights count, so any folder will do. The one that is there already:
        # those above it may be closed to readers, as /home often is.
        root=there,
        layout=chosen,
        conflict=conflict,
        start="ask",
        exact=exact,
        created=time.time(),
        title=name.rstrip("/").rpartition("/")[2] or name or found.archive.bucket,
        origin=origin,
    )
