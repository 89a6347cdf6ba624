"""The buckets of all archives: many questions at a time, and none to one that is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..archive.interface import Archive, is_below
from .bucket import Bucket, NoSuchBucket, with_retries
from .endpoint import Endpoint
from .interface import InArchive
from .provenance import Copy
from .types import TransferError

#: Questions to the archives at a time, and how often one is asked that is not answered.
_AT_ONCE = 16
_TRIES = 2

Item = TypeVar("Item")
Result = TypeVar("Result")


class Buckets:
    """The buckets of `archives`, in their order. For one run; any thread may use it."""

    def __init__(self, archives: Iterable[Archive], stop: threading.Event) -> None:
        self.all = [Bucket(Endpoint(one)) for one in archives]
        self.stop = stop
        #: By URL those that did not answer: they are not asked again.
        self._away: dict[str, str] = {}

    def together(self, ask: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """What `ask` returns for each item, many at a time."""
        if len(items) == 1:
            return [ask(items[0])]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mast-look") as pool:
            return list(pool.map(ask, items))

    def ask(self, bucket: Bucket, call: Callable[[], Result]) -> Result:
        """What `call` returns, which asks `bucket`.

        Raises TransferError, at once for a bucket that did not answer before.
        """
        url = bucket.endpoint.bucket_url
        if url in self._away:
            raise TransferError("network", self._away[url])
        try:
            return with_retries(call, self.stop, tries=_TRIES)
        except TransferError as error:
            if error.kind in ("network", "throttled"):
                self._away[url] = error.message
            raise

    def look(self, copies: Sequence[Copy]) -> list[tuple[InArchive, str]]:
        """What there is now of each copy, and a sentence where that is not "same"."""
        return self.together(self._look, copies)

    def _look(self, copy: Copy) -> tuple[InArchive, str]:
        bucket = self._of(copy)
        if bucket is None:
            return "unknown", f"The archive {copy.archive} is not set up on this server."
        if not copy.etag:
            return "unknown", "The archive does not tell versions of files apart."
        try:
            head = self.ask(bucket, lambda: bucket.head(copy.key, etag=copy.etag))
        except NoSuchBucket as error:
            return "unknown", error.message
        except TransferError as error:
            if error.kind == "changed":
                return "newer", "The archive has another version of it now."
            if error.kind == "not-found":
                return "gone", "The archive does not have it any more."
            return "unknown", error.message
        if head.etag != copy.etag or head.size != copy.size:
            return "unknown", "The archive does not say which version it has."
        return "same", ""

    def _of(self, copy: Copy) -> Bucket | None:
        """Where a copy is from: several archives may show parts of one bucket."""
        found = [one for one in self.all if one.endpoint.bucket_url == copy.bucket_url]
        shown = (one for one in found if is_below(copy.key, one.endpoint.archive.prefixes))
        return next(shown, found[0] if found else None)
