"""What a transfer would do, found out before anything is written to the target.

First all objects are listed into the plan's file, then the target is looked at. Neither holds the
objects in memory: what grows with their number is eight bytes or so for each (`Collisions`), and
what is in the target's folders already.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ..archive.interface import is_below
from ..files import json_line, nearest, on_disk
from ..quota.interface import Quota
from .bucket import Bucket, Head, Listed, Page, with_retries
from .copyrecord import Version
from .endpoint import Endpoint
from .kinds import kinds_of
from .layout import Collisions, Paths
from .listing import objects_below
from .provenance import Provenance
from .store import PLAN
from .types import Plan, Request, Source, TransferError

#: Heads, first pages and pages of one listing that are asked for at a time.
PARALLEL = 16
#: Sources that are asked about before their turn.
_AHEAD = 64
#: How often progress is told, in seconds.
_TELL_SECONDS = 0.2
#: Differing files that the plan names.
_NAMED = 100

Progress = Callable[[Plan], None]


def make_plan(
    request: Request, folder: str | os.PathLike[str], stop: threading.Event, progress: Progress
) -> Plan:
    """List all that `request` asks for into `folder`/objects.jsonl.

    The file appears when it is whole: a line an object, in the order of the sources and of their
    listings, and a last line with the sums. An object that several sources name is there once.
    What S3 keeps for an empty folder (no bytes, a key that ends in a slash) is left out. Of a key
    that is not there or must not be read, a size of 0 and an empty ETag are noted, so that it
    fails by itself; where nothing else is asked for, TransferError is raised.

    Calls `progress` with a plan that grows; the one that is returned has no word on the target
    yet. When `stop` is set it returns early, and there is no file. Raises TransferError, OSError.
    """
    return Planner(request, Path(folder), stop, progress).run()


class Planner:
    """See `make_plan`. For one run."""

    def __init__(
        self,
        request: Request,
        folder: Path,
        stop: threading.Event,
        progress: Progress,
        bucket: Bucket | None = None,
    ) -> None:
        self._request = request
        self._folder = folder
        self._stop = stop
        self._bucket = bucket or Bucket(Endpoint(request.archive))
        self._plan = Plan()
        self._teller = _Teller(progress)

    def run(self) -> Plan:
        """List everything."""
        sources = distinct_sources(self._request.sources)
        self._check(sources)
        temporary = self._folder / f".{PLAN}.{secrets.token_hex(4)}"
        try:
            with open(temporary, "wb", buffering=1 << 18) as file:
                for objects in self._objects(sources):
                    if self._stop.is_set():
                        break
                    file.write(b"".join([_line(one) for one in objects]))
                    self._plan.files += len(objects)
                    self._plan.bytes += sum(one.size for one in objects)
                    self._teller.tell(self._plan)
                if self._stop.is_set():
                    temporary.unlink()
                    return self._plan
                if not self._plan.files:
                    raise TransferError("not-found", self._nothing())
                end = {"end": True, "files": self._plan.files, "bytes": self._plan.bytes}
                file.write(json.dumps(end).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._folder / PLAN)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._teller.tell(self._plan, at_once=True)
        return self._plan

    def _check(self, sources: list[Source]) -> None:
        archive = self._request.archive
        for source in sources:
            name = source.key if source.key is not None else source.prefix or ""
            if not is_below(name, archive.prefixes):
                raise TransferError(
                    "forbidden",
                    f"{name or 'The whole bucket'} is not in what the archive “{archive.title}” "
                    "shows. Choose something below its folders.",
                )

    def _nothing(self) -> str:
        first = next((one.prefix for one in self._request.sources if one.prefix is not None), "")
        return (
            f"There is nothing to copy in {first or 'the bucket'}. List the archive again; "
            "it may have been moved."
        )

    def _objects(self, sources: list[Source]) -> Iterator[list[Listed]]:
        """The objects of all sources in their order; those to come are asked about meanwhile."""
        waiting: deque[tuple[Source, Future[Head | Page] | None]] = deque()
        alone = len(sources) == 1
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="mast-plan") as pool:
            try:
                known: list[Listed] = []
                rest = iter(sources)
                while not self._stop.is_set():
                    while len(waiting) < _AHEAD:
                        source = next(rest, None)
                        if source is None:
                            break
                        waiting.append((source, self._begin(pool, source)))
                    if not waiting:
                        break
                    source, future = waiting.popleft()
                    if source.key is None:
                        if known:
                            yield known
                            known = []
                        assert future is not None
                        yield from self._below(source.prefix or "", future.result())
                        continue
                    known.append(self._one(source, future, alone))
                    if len(known) >= 1000:
                        yield known
                        known = []
                if known:
                    yield known
            finally:
                for _, future in waiting:
                    if future is not None:
                        future.cancel()

    def _begin(self, pool: ThreadPoolExecutor, source: Source) -> Future[Head | Page] | None:
        if source.key is None:
            return pool.submit(self._ask, lambda: self._bucket.list(source.prefix or ""))
        if source.size is not None and source.etag is not None:
            return None
        return pool.submit(self._ask, lambda: self._bucket.head(source.key or ""))

    def _ask(self, call: Callable[[], Head | Page]) -> Head | Page:
        return with_retries(call, self._stop)

    def _one(self, source: Source, future: Future[Head | Page] | None, alone: bool) -> Listed:
        assert source.key is not None
        if future is None:
            return Listed(source.key, source.size or 0, source.etag or "", None)
        try:
            head = future.result()
        except TransferError as error:
            if alone or error.kind not in ("not-found", "forbidden"):
                raise
            return Listed(source.key, 0, source.etag or "", None)
        assert isinstance(head, Head)
        if self._request.exact and source.size not in (None, head.size):
            # Another version than was asked for: whoever fetches it finds that, and it fails.
            return Listed(source.key, source.size or 0, "", None)
        # A version that was asked for stays the one to copy.
        etag = source.etag if source.etag is not None else head.etag
        return Listed(source.key, head.size, etag, head.modified)

    def _below(self, prefix: str, first: Head | Page) -> Iterator[list[Listed]]:
        assert isinstance(first, Page)
        for objects in objects_below(self._bucket, prefix, self._stop, PARALLEL, first=first):
            kept = [one for one in objects if one.size or not one.key.endswith("/")]
            if kept:
                yield kept


def distinct_sources(sources: tuple[Source, ...]) -> list[Source]:
    """The sources without those whose objects another one brings, in their order."""
    prefixes: list[str] = []
    for prefix in sorted({one.prefix for one in sources if one.prefix is not None}):
        if not prefixes or not prefix.startswith(prefixes[-1]):
            prefixes.append(prefix)
    outer = set(prefixes)
    seen: set[str] = set()
    found: list[Source] = []
    for one in sources:
        if one.prefix is not None:
            if one.prefix in outer:
                outer.discard(one.prefix)
                found.append(one)
            continue
        key = one.key
        if key is None or key in seen:
            continue
        seen.add(key)
        at = bisect_right(prefixes, key)
        if not (at and key.startswith(prefixes[at - 1])):
            found.append(one)
    return found


def _line(one: Listed) -> bytes:
    value = {"key": one.key, "size": one.size, "etag": one.etag, "modified": one.modified}
    return json_line(value)


class _Teller:
    """Tells how a plan grows, not too often, and each time by a copy of it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told = time.monotonic()

    def tell(self, plan: Plan, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._told >= _TELL_SECONDS:
            self._told = now
            self._progress(replace(plan, differing_first=list(plan.differing_first)))


def survey(
    request: Request,
    folder: str | os.PathLike[str],
    provenance: Provenance,
    quota: Quota,
    stop: threading.Event,
    progress: Progress,
) -> Plan:
    """Look at the target: which objects of the plan's file are there already, and what room is.

    "Identical" is a file that we put there ourselves, from this object in this version, and that
    nobody seems to have written to since, or one that lies beside another file where both are to be
    kept; any other file in the way is "differing", whatever its size. Nothing is fetched and no
    file is read. Returns early when `stop` is set; then the plan is not complete. Raises OSError,
    and ValueError where the plan's file is damaged.
    """
    plan = Plan()
    teller = _Teller(progress)
    provenance.reload()
    bucket_url = request.archive.bucket_url
    looks = _Looks(request.target)
    paths = Paths(request.layout, request.sources)
    unique = Collisions()
    with open(Path(folder) / PLAN, "rb") as lines:
        for value in _values(lines):
            if value.get("end"):
                plan.complete = True
                break
            if stop.is_set():
                return plan
            size = int(value["size"])
            plan.files += 1
            plan.bytes += size
            path = unique.path(paths.path(value["key"]))
            found = looks.at(path)
            if found is None:
                plan.add(size)
            else:
                version = Version(bucket_url, value["key"], value["etag"], size)
                absolute = os.path.join(request.target, path)
                copy = provenance.of_file(absolute, found)
                same = copy is not None and copy.is_of(version, found)
                if not same and request.conflict == "keep-both":
                    same = any(provenance.beside(absolute, version))
                if same:
                    plan.identical_files += 1
                    plan.identical_bytes += size
                else:
                    plan.differing += 1
                    if request.conflict != "skip":
                        plan.add(size)
                    if len(plan.differing_first) < _NAMED:
                        plan.differing_first.append(_differing(path, found, size))
            if plan.files % 1000 == 0:
                teller.tell(plan)
    if not plan.complete:
        raise ValueError("the plan is not complete")
    space = quota.space(nearest(request.target))
    plan.free, plan.allowed = space.free, space.allowed
    plan.limit, plan.used, plan.reserve = space.limit, space.used, space.reserve
    plan.counting = space.counting
    if request.without or (plan.free is not None and plan.reserved > plan.free):
        plan.kinds = kinds_of(Path(folder), request.without, stop)
    teller.tell(plan, at_once=True)
    return plan


def _values(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    rest = iter(lines)
    while some := list(islice(rest, 500)):
        # One call for all is several times faster.
        yield from json.loads(b"[" + b",".join(some) + b"]")


def _differing(path: str, found: os.stat_result, size: int) -> dict[str, Any]:
    return {
        "path": path,
        "size": found.st_size,
        "modified": found.st_mtime,
        "archive_size": size,
        "archive_blocks": on_disk(size) - size,
    }


class _Looks:
    """What lies at paths below a folder, with few questions to the file system.

    On a network every question takes milliseconds, also one for what is not there. So a folder
    that is asked about often is read once, and below one that is missing nothing is looked for.
    """

    #: Files of a folder that are looked for one by one before the folder is read.
    SINGLE = 8
    #: Folders and names that are remembered.
    FOLDERS = 4096
    NAMES = 500_000

    def __init__(self, target: str) -> None:
        self._target = target
        self._asked: OrderedDict[str, int] = OrderedDict()
        #: A folder's names; None where there is no such folder.
        self._names: OrderedDict[str, set[str] | None] = OrderedDict()
        self._count = 0

    def at(self, path: str) -> os.stat_result | None:
        """The file at a relative path, or the file that one of its folders is; None for none."""
        folder, _, name = path.rpartition("/")
        if not self._has(folder, name):
            return None
        try:
            return os.lstat(os.path.join(self._target, path))
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            while folder:
                try:
                    return os.lstat(os.path.join(self._target, folder))
                except NotADirectoryError:
                    folder = folder.rpartition("/")[0]
            return None

    def _has(self, folder: str, name: str) -> bool:
        """Whether `name` may be in `folder`; when in doubt, yes."""
        if folder not in self._names:
            if folder:
                above, _, own = folder.rpartition("/")
                if not self._has(above, own):
                    self._remember(folder, None)
                    return False
            asked = self._asked.get(folder, 0) + 1
            self._asked[folder] = asked
            if len(self._asked) > self.FOLDERS:
                self._asked.popitem(last=False)
            if asked <= self.SINGLE and folder:
                return True
            self._remember(folder, self._read(folder))
        self._names.move_to_end(folder)
        names = self._names[folder]
        return names is not None and name in names

    def _read(self, folder: str) -> set[str] | None:
        try:
            return set(os.listdir(os.path.join(self._target, folder)))
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return _Everything()

    def _remember(self, folder: str, names: set[str] | None) -> None:
        self._names[folder] = names
        self._count += len(names or ())
        while len(self._names) > 1 and (
            len(self._names) > self.FOLDERS or self._count > self.NAMES
        ):
            oldest, gone = self._names.popitem(last=False)
            self._count -= len(gone or ())
            self._asked.pop(oldest, None)


class _Everything(set[str]):
    """Of a file where a folder should be: the question is passed on to the file system."""

    def __contains__(self, _: object) -> bool:
        return True
