"""`jupyter mast ls`: a listing of the archive, printed while it comes."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Iterator

from ..errors import Json
from ..terminal import GOOD, Output, format_bytes, new_parser
from .bucket import Bucket, Page, with_retries
from .console import access_of, add_access, exit_code
from .endpoint import Endpoint
from .follow import (
    beside,
)
from .progress import count_files, format_time
from .requests import (
    Finder,
    address_of,
)
from .site import Site
from .types import Source, TransferError


def ls_parser() -> argparse.ArgumentParser:
    """The options of `jupyter mast ls`."""
    parser = new_parser("ls", "List a folder of the archive, all pages of it.")
    parser.add_argument(
        "place",
        nargs="?",
        default="",
        help="s3://bucket/prefix/, a key, the beginning of one, a file name, a root name or a "
        "target; nothing: the folders of the archive",
    )
    add_access(parser)
    return parser


def list_archive(
    options: argparse.Namespace, site: Site, output: Output, stop: threading.Event
) -> int:
    """Run `jupyter mast ls` and return its exit code. Raises UsageError and Stopped."""
    access = access_of(options, site)
    address = address_of(options.place, access) if options.place else (None, "")
    archive = access.archive_of(address[0] if address else None, [address[1]] if address else [])
    if not options.place and access.bucket is None and access.endpoint is None:
        # MAST as a whole: what is worth a look in it.
        archive = access.archive_of(None, [])
    bucket = Bucket(Endpoint(archive))
    lister = _Lister(output, archive.bucket)

    def pages(leave: threading.Event) -> Iterator[tuple[str, Page]]:
        if not options.place and archive.prefixes != ("",):
            yield "", Page(folders=list(archive.prefixes))
            return
        if address is not None:
            yield from _pages_of(bucket, address[1], leave)
            return
        for source in Finder(bucket, leave).name(options.place):
            if source.prefix is not None:
                yield from _pages_of(bucket, source.prefix, leave)
            else:
                yield from _one(bucket, source, leave)

    try:
        for prefix, page in beside(pages, stop, options.timeout):
            lister.show(prefix, page)
        if not lister.count and options.place and not options.place.endswith("/"):
            raise TransferError(
                "not-found", f"Nothing in {archive.title} begins with {options.place}."
            )
        if not lister.count and address and address[1]:
            raise TransferError("not-found", f"There is nothing in {options.place}.")
    except TransferError as error:
        lister.end({"kind": error.kind, "message": error.message})
        output.note(error.message)
        return exit_code(error.kind)
    lister.end(None)
    return GOOD


def _pages_of(bucket: Bucket, prefix: str, leave: threading.Event) -> Iterator[tuple[str, Page]]:
    token: str | None = None
    first = True
    while True:
        page = with_retries(
            lambda: bucket.list(prefix, delimiter="/", token=token),  # noqa: B023 - called at once
            leave,
        )
        if first and not page.objects and page.folders == [f"{prefix}/"]:
            # A folder without its slash.
            yield from _pages_of(bucket, f"{prefix}/", leave)
            return
        first = False
        yield prefix, page
        token = page.next_token
        if token is None:
            return


def _one(bucket: Bucket, source: Source, leave: threading.Event) -> Iterator[tuple[str, Page]]:
    key = source.key or ""
    page = with_retries(lambda: bucket.list(key, max_keys=1), leave)
    yield key, Page(objects=[one for one in page.objects if one.key == key])


class _Lister:
    """Prints a listing while it comes. The JSON document is whole also when the listing is not."""

    def __init__(self, output: Output, bucket: str) -> None:
        self._output = output
        self._bucket = bucket
        self._folders = self._files = self._bytes = 0
        self._open = False

    @property
    def count(self) -> int:
        return self._folders + self._files

    def show(self, prefix: str, page: Page) -> None:
        base = len(prefix[: prefix.rfind("/") + 1])
        for folder in page.folders:
            self._entry({"prefix": folder})
            self._output.say(f"{'':16}  {'':>10}  {folder[base:]}")
        for one in page.objects:
            self._entry(
                {"key": one.key, "size": one.size, "etag": one.etag, "modified": one.modified}
            )
            self._output.say(
                f"{format_time(one.modified):16}  {format_bytes(one.size):>10}  {one.key[base:]}"
            )
            self._bytes += one.size
        self._folders += len(page.folders)
        self._files += len(page.objects)

    def _entry(self, value: Json) -> None:
        if self._output.as_json:
            sys.stdout.write(f"{self._start()}\n{json.dumps(value)}")

    def _start(self) -> str:
        if self._open:
            return ","
        self._open = True
        return f'{{"bucket": {json.dumps(self._bucket)}, "entries": ['

    def end(self, error: Json | None) -> None:
        if self._output.as_json:
            start = "" if self._open else self._start()
            print(f'{start}\n], "error": {json.dumps(error)}}}', flush=True)
        elif sys.stderr.isatty() and self.count:
            folders = "1 folder" if self._folders == 1 else f"{self._folders:,} folders"
            self._output.note(f"{folders}, {count_files(self._files)}, {format_bytes(self._bytes)}")
