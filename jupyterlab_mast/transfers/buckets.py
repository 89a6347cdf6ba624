"""The buckets of all archives: many questions at a time, and none to one that is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..archive.interface import Archive, is_below
from .bucket import Bucket, NoSuchBucket, with_retries
from .copyrecord import Copy
from .endpoint import Endpoint
from .interface import InArchive
from .types import PASSING, TransferError

#: Questions to the archives at a time, and how often one is asked that is not answered.
_AT_ONCE = 16
_TRIES = 2

#: Seconds for which an archive that did not answer is not asked again.
AWAY_SECONDS = 60.0

Item = TypeVar("Item")
Result = TypeVar("Result")


def archive_of(archives: Iterable[Archive], bucket_url: str, key: str) -> Archive | None:
    """Where an object is from: several archives may show parts of one bucket."""
    return next(
        (one for one in archives if one.bucket_url == bucket_url and is_below(key, one.prefixes)),
        None,
    )


class Away:
    """Which buckets did not answer: for a while they are not asked again. Any thread may use it."""

    def __init__(self, seconds: float = AWAY_SECONDS) -> None:
        self._seconds = seconds
        #: URL of a bucket → until when, by ``time.monotonic``, and a sentence.
        self._until: dict[str, tuple[float, str]] = {}

    def note(self, url: str, message: str) -> None:
        self._until[url] = (time.monotonic() + self._seconds, message)

    def message(self, url: str) -> str | None:
        """Why it is not asked; None where it is."""
        until, message = self._until.get(url, (0.0, ""))
        return message if time.monotonic() < until else None


class Buckets:
    """The buckets of `archives`, in their order. For one run; any thread may use it."""

    def __init__(
        self, archives: Iterable[Archive], stop: threading.Event, away: Away | None = None
    ) -> None:
        self.all = [Bucket(Endpoint(one)) for one in archives]
        self.stop = stop
        self._away = Away() if away is None else away

    def together(self, ask: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """What `ask` returns for each item, many at a time."""
        if len(items) < 2:
            return [ask(item) for item in items]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mast-look") as pool:
            return list(pool.map(ask, items))

    def ask(self, bucket: Bucket, call: Callable[[], Result]) -> Result:
        """What `call` returns, which asks `bucket`.

        Raises TransferError, at once for a bucket that did not answer before.
        """
        url = bucket.endpoint.bucket_url
        message = self._away.message(url)
        if message is not None:
            raise TransferError("network", message)
        try:
            return with_retries(call, self.stop, tries=_TRIES)
        except TransferError as error:
            if error.kind in PASSING:
                self._away.note(url, error.message)
            raise

    def look(self, copies: Sequence[Copy]) -> list[tuple[InArchive, str]]:
        """What there is now of each copy, and a sentence where that is not "same"."""
        # First one of each bucket, so that those that are away are waited for at once, and once.
        firsts = {copy.bucket_url: at for at, copy in reversed(list(enumerate(copies)))}
        order = [*firsts.values(), *sorted(set(range(len(copies))) - set(firsts.values()))]
        told: dict[int, tuple[InArchive, str]] = {}
        for some in (order[: len(firsts)], order[len(firsts) :]):
            told |= zip(some, self.together(lambda at: self._look(copies[at]), some), strict=True)
        return [told[at] for at in range(len(copies))]

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
        """Where a copy is from."""
        archive = archive_of((one.endpoint.archive for one in self.all), copy.bucket_url, copy.key)
        return next((one for one in self.all if one.endpoint.archive is archive), None)
