"""One transfer at work: which object is next, what became of others, and what hinders it."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..files import on_disk
from ..lease import Lease
from ..opening import READ
from .bucket import Bucket
from .copying import MOST_BROKEN, SMALL, Copy, folder_in_the_way, in_the_way
from .copyrecord import Copy as CopyRecord
from .copyrecord import Version
from .endpoint import Endpoint
from .fetch import Fetch, Stopped
from .journal import History, Journal, Part
from .memory import Memory
from .provenance import Provenance
from .sameness import compare
from .store import PlanFile
from .tally import Tally
from .targets import Target, disk_problem, open_part, remove_part
from .timing import Timing
from .types import PASSING, Conflict, Finished, Outcome, Request, TransferError, WaitReason
from .verify import has_its_bytes

log = logging.getLogger(__name__)

#: Objects that are looked at in the target before their turn comes.
_AHEAD = 64
_BATCH = 16


@dataclass
class Waiting:
    """What a transfer waits for, since when and until when it does so (seconds since 1970)."""

    reason: WaitReason
    since: float
    next: float | None = None
    missing: int | None = None
    message: str = ""


class Job:
    """A transfer that has its lease, its plan and its journal.

    `pool` runs what touches the disk, `short` what does so for a moment; `wake` tells the transport
    of new work; `ended` is called once, when nothing is left to do or after `stop`.
    """

    def __init__(
        self,
        request: Request,
        plan: PlanFile,
        history: History,
        tally: Tally,
        journal: Journal,
        lease: Lease,
        target: Target,
        provenance: Provenance,
        *,
        decisions: dict[str, Conflict],
        memory: Memory,
        pool: Callable[[Callable[[], None]], None],
        short: Callable[[Callable[[], None]], None],
        wake: Callable[[], None],
        ended: Callable[[Job], None],
        timing: Timing | None = None,
    ) -> None:
        self.id = request.id
        self.request = request
        self.timing = timing or Timing()
        self.endpoint = Endpoint(request.archive, self.timing)
        self.journal = journal
        self.target = target
        self.counts = tally.counts
        self.waiting: Waiting | None = None
        self.failures = tally.failures
        #: Partial files of earlier sessions that are not where they were: names and inodes.
        self.lost_parts: dict[str, int] = {}
        self.plan = plan
        #: Whether most of its objects are small.
        self.of_small = plan.bytes <= len(plan) * SMALL
        self._lease = lease
        self._provenance = provenance
        self._bucket = Bucket(self.endpoint)
        #: Records of copies that are not in the index yet.
        self._unrecorded: deque[CopyRecord] = deque()
        self._recording = threading.Lock()
        self._decisions = decisions
        self._memory = memory
        self._pool = pool
        self._short = short
        self._wake = wake
        self._ended = ended
        self._lock = threading.RLock()
        self._leaf = threading.Lock()
        self._tally = tally
        self._outcomes = tally.outcomes
        self._parts: dict[int, Part] = dict(history.parts)
        #: What may be in its place or not; it is looked at when its turn comes.
        self._placing = history.placing
        self._finishes = history.finished
        self._cursor = 0
        self._preparing = 0
        self._again: deque[int] = deque()
        #: Those that could not be compared with their files: from when on to try again; how
        #: often and since when that was tried, in monotonic seconds.
        self._later: list[tuple[float, int]] = []
        self._unanswered: dict[int, tuple[int, float]] = {}
        self._ready: deque[Copy] = deque()
        #: By the monotonic seconds at which they may go on.
        self._delayed: list[tuple[float, int, Copy]] = []
        self._serial = itertools.count()
        self._active: dict[int, Copy] = {}
        self._weight = 0
        self._limit = float("inf")
        self._limited_at = 0.0
        self._last_success = time.monotonic()
        self._trouble_since: float | None = None
        self._pauses = 0
        self._not_before = 0.0
        self._stopping = False
        #: Whether partial files go when copies are stopped.
        self.discards = False
        self._over = False

    # For those who look

    @property
    def active(self) -> list[Copy]:
        """The objects that are on their way."""
        with self._lock:
            return [copy for copy in self._active.values() if copy.done or not copy.small][:8]

    def outcome(self, index: int) -> Outcome:
        return "running" if index in self._active else self._outcomes[index]

    def detail(self, index: int) -> Finished | None:
        return self._outcomes.detail(index)

    def wanted(self) -> Sequence[int]:
        """The numbers of all objects that are not left out."""
        return self._outcomes.wanted()

    def having(self, outcome: Outcome) -> list[int]:
        """The numbers of all objects with an outcome."""
        with self._lock:
            if outcome == "running":
                return sorted(self._active)
            return [index for index in self._outcomes.having(outcome) if index not in self._active]

    def progress_of(self, index: int) -> int:
        copy = self._active.get(index)
        return copy.done if copy else 0

    # For the transport

    def next_fetch(self, room: int) -> Fetch | None:
        """The next request that weighs at most `room`, or None."""
        now = time.monotonic()
        with self._lock:
            if self._stopping or self._over or now < self._not_before:
                return None
            if self._trouble_since is not None and self._weight > 0 and self.waiting is not None:
                return None  # one request at a time finds out whether it works again
            while self._delayed and self._delayed[0][0] <= now:
                self._queue(heapq.heappop(self._delayed)[2])
            self._prepare_more()
            for _ in range(len(self._ready)):
                copy = self._ready[0]
                if copy.not_before > now and copy.has_work:
                    self._ready.popleft()
                    heapq.heappush(self._delayed, (copy.not_before, next(self._serial), copy))
                    continue
                if copy.weight > room or self._weight + copy.weight > max(self._limit, copy.weight):
                    return None
                if copy.small and not copy.reserved:
                    size = max(1, copy.size)
                    if not self._memory.try_take(size):
                        return None
                    copy.reserved = size
                fetch = copy.next_fetch()
                if not copy.has_work:
                    self._ready.popleft()
                    copy.queued = False
                    if copy.has_work:  # came meanwhile
                        self._queue(copy)
                if fetch is not None:
                    self._weight += fetch.weight
                    return fetch
            if not self._active and not self._preparing:
                self._pool(self._look_for_end)
            return None

    def _queue(self, copy: Copy) -> None:
        copy.queued = True
        self._ready.append(copy)

    def _prepare_more(self) -> None:
        waiting = len(self._ready) + self._preparing
        while waiting < _AHEAD:
            batch: list[int] = []
            while len(batch) < _BATCH and (index := self._next_index()) is not None:
                batch.append(index)
            if not batch:
                return
            self._preparing += len(batch)
            waiting += len(batch)
            self._pool(partial(self._prepare, batch))

    def _next_index(self) -> int | None:
        while self._later and self._later[0][0] <= time.monotonic():
            self._again.append(heapq.heappop(self._later)[1])
        while self._again:
            index = self._again.popleft()
            if index not in self._active and self._outcomes[index] == "waiting":
                return index
        while self._cursor < len(self._outcomes):
            index = self._cursor
            self._cursor += 1
            if index not in self._active and self._outcomes[index] == "waiting":
                return index
        return None

    def _prepare(self, batch: list[int]) -> None:
        for index in batch:
            copy: Copy | None = None
            try:
                if self._stopping or time.monotonic() < self._not_before:
                    self._again.append(index)
                    continue
                copy = Copy(self, self.plan[index], self._parts.pop(index, None))
                with self._lock:
                    self._active[index] = copy
                how = copy.prepare()
                if how is not None:
                    self.settled(copy, how)
                    continue
                with self._lock:
                    stopping = self._stopping
                    if not stopping:
                        self._queue(copy)
                if stopping:
                    copy.stop()
            except Exception as error:
                self._unprepared(index, copy, error)
            finally:
                with self._lock:
                    self._preparing -= 1
                self._look_for_end()
        self._wake()

    def _unprepared(self, index: int, copy: Copy | None, error: Exception) -> None:
        if isinstance(error, Stopped):
            self._put_back(index, copy)
            return
        if isinstance(error, OSError):
            path = os.path.join(self.target.path, copy.path if copy else "")
            error = disk_problem(error, path)
        if not isinstance(error, TransferError):
            self.unexpected(error)
            error = TransferError("internal", f"The transfer's own files are damaged: {error!r}.")
        if error.kind in ("space", "quota"):
            self._put_back(index, copy)
            self.out_of_space(error)
            return
        if error.kind in PASSING and self._ask_later(index, copy):
            self.hindered(error)
            return
        how = Finished("failed", copy.path if copy else "", kind=error.kind, message=error.message)
        if copy is not None:
            how.size, how.etag = copy.size, copy.etag
            copy.forget_part()
        with self._lock:
            self._active.pop(index, None)
        self._note(index, how)
        self.journal.finished(index, how)

    def _ask_later(self, index: int, copy: Copy | None) -> bool:
        """Put back an object that could not be compared with its file; False when that has been
        tried often enough while requests for others succeeded."""
        now = time.monotonic()
        tries, since = self._unanswered.pop(index, (0, now))
        if tries >= MOST_BROKEN and self.worked_since(since):
            return False
        self._unanswered[index] = (tries + 1, since)
        self._put_back(index, copy, now + self.timing.pause(tries))
        return True

    def _put_back(self, index: int, copy: Copy | None, not_before: float | None = None) -> None:
        part = copy.part if copy else None
        with self._lock:
            self._active.pop(index, None)
            if part is not None:
                self._parts[index] = part
            if not_before is None:
                self._again.append(index)
            else:
                heapq.heappush(self._later, (not_before, index))

    def released(self, fetch: Fetch, worked: bool) -> None:
        """A request is over, and did what it should or not."""
        with self._lock:
            self._weight -= fetch.weight
            if worked and self._limit != float("inf"):
                self._limit += 0.25
                if self._limit > 64:
                    self._limit = float("inf")

    # For the copies. These hold the copy's own lock: only leaf locks may be taken here.

    def placed(self, copy: Copy) -> Finished | None:
        """Whether the file is in its place, of one whose last session died while it put it there.

        Not called with locks held.
        """
        with self._lock:
            how = self._placing.pop(copy.index, None)
            finished = how is None and self._finishes.is_doubtful(copy.index)
        if finished:
            how = self._finishes[copy.index]
            self._finishes.drop(copy.index)
        if how is None:
            return None
        name = os.path.basename(how.path)
        try:
            with self.target.folder(how.path, make=False) as folder:
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                ours = (found.st_ino, found.st_size) == (how.inode, how.size)
                if not ours and finished:
                    # It was there: somebody has another one there since, unless a machine that
                    # died forgot that the file had got its name.
                    left = open_part(folder, copy.part_name, how.inode)
                    if left is not None:
                        os.close(left)
                    ours = left is None
                if ours:
                    self.must_hold()
                    remove_part(folder, copy.part_name)
                    if not finished:
                        self._date(copy.key, how, folder, name)
        except (OSError, TransferError):
            ours = False
        if not ours:
            if finished:
                self.journal.reopened(copy.index)
                self.more(on_disk(how.size))
            return None
        self.resized(copy.size, how.size)
        copy.size = how.size
        return how

    def _date(self, key: str, how: Finished, folder: int, name: str) -> None:
        """Note when a file got its name, if its bytes are those that were put there: somebody may
        have written to it since."""
        with contextlib.suppress(OSError):
            file = os.open(name, READ, dir_fd=folder)
            try:
                found = os.fstat(file)
                record = self._record(key, how)
                if record.is_untouched(found) and has_its_bytes(record, file, found):
                    how.ctime_ns = found.st_ctime_ns
            finally:
                os.close(file)

    def judge(self, copy: Copy) -> Finished | Literal["new", "replace", "keep-both"]:
        """What is to be done about a file that is there already. Not called with locks held."""
        absolute = os.path.join(self.target.path, copy.path)
        try:
            found = os.lstat(absolute)
        except FileNotFoundError:
            return "new"
        except NotADirectoryError:
            raise TransferError(
                "target",
                f"{os.path.dirname(absolute)} is a file, and files are copied into folders only.",
            ) from None
        record = self._provenance.of_file(absolute, found)
        if (
            record is not None
            and record.is_of(self._version(copy), found)
            and self._has_its_bytes(record, copy.path, found)
        ):
            return Finished("identical", copy.path, copy.size, copy.etag)
        policy = self.policy(copy.path)
        if policy == "replace" and stat.S_ISDIR(found.st_mode):
            raise TransferError("in-the-way", folder_in_the_way(copy.path))
        if policy == "skip":
            return Finished("skipped", copy.path, copy.size, copy.etag)
        kept = self._kept(copy, absolute) if policy == "keep-both" else None
        if kept is not None:
            return Finished("identical", kept, copy.size, copy.etag)
        if stat.S_ISREG(found.st_mode) and found.st_size == copy.size:
            same = self._compare(copy, found)
            if same is not None:
                return same
        if policy == "ask":
            raise TransferError("in-the-way", in_the_way(copy.path))
        return policy

    def _kept(self, copy: Copy, absolute: str) -> str | None:
        """Where this version was put beside another file before, below the target."""
        for record, found in self._provenance.beside(absolute, self._version(copy)):
            path = os.path.join(os.path.dirname(copy.path), os.path.basename(record.path))
            if self._has_its_bytes(record, path, found):
                return path
        return None

    def _version(self, copy: Copy) -> Version:
        return Version(self.endpoint.bucket_url, copy.key, copy.etag, copy.size)

    def _has_its_bytes(self, record: CopyRecord, path: str, found: os.stat_result) -> bool:
        """Whether the file `found` at a path below the target, which seems untouched, is what was
        copied. It is read where its times do not tell, and what they are then is noted."""
        if record.is_unchanged(found):
            return True
        try:
            with self._opened(path) as file:
                if not has_its_bytes(record, file, found):
                    return False
        except OSError:
            return False  # it may not be read: then it is another one for us
        with contextlib.suppress(OSError):  # no room: it is read again next time
            self._provenance.add(record._replace(ctime_ns=found.st_ctime_ns))
        return True

    @contextlib.contextmanager
    def _opened(self, path: str) -> Iterator[int]:
        """A descriptor of a file below the target. Raises OSError, and as `Target.folder`."""
        with self.target.folder(path, make=False) as folder:
            file = os.open(os.path.basename(path), READ, dir_fd=folder)
        try:
            yield file
        finally:
            os.close(file)

    def _compare(self, copy: Copy, found: os.stat_result) -> Finished | None:
        """Whether a file of the right size has the checksum that the archive promises."""
        try:
            answer = self._bucket.head(copy.key, etag=copy.etag or None)
        except TransferError as error:
            if error.kind == "changed":
                return None
            raise
        self.worked(wrote=False)
        if answer.size != found.st_size:
            return None

        def parts(numbers: Sequence[int]) -> list[int]:
            etag = answer.etag or None
            return [self._bucket.part_size(copy.key, part, etag=etag) for part in numbers]

        try:
            with self._opened(copy.path) as file:
                now = os.fstat(file)
                if (now.st_ino, now.st_size) != (found.st_ino, found.st_size):
                    return None
                try:
                    sameness = compare(file, answer, parts)
                except TransferError as error:
                    if error.kind in PASSING:
                        raise
                    return None  # the store does not tell its parts, or has another version now
        except OSError:
            return None  # it may not be read: then it is another one for us
        if not sameness.same:
            return None
        return Finished(
            "identical",
            copy.path,
            now.st_size,
            answer.etag,
            "checksum",
            sameness.algorithm,
            sameness.checksum,
            sameness.own,
            now.st_dev,
            now.st_ino,
            now.st_mtime_ns,
            now.st_ctime_ns,
        )

    def policy(self, path: str) -> Conflict:
        return self._decisions.get(path, self.request.conflict)

    def moved(self, size: int, fetched: bool = False) -> None:
        """So many bytes more are done; fewer when they are not kept."""
        with self._leaf:
            self.counts.done += size
            if fetched:
                self.counts.fetched += size

    def dropped(self, size: int) -> None:
        """So many bytes that were done are to be fetched again."""
        with self._leaf:
            self.counts.done -= size
            self.counts.more += size

    def more(self, size: int) -> None:
        """So many bytes are to be fetched beyond what was planned; fewer when that was too much."""
        with self._leaf:
            self.counts.more += size

    def resized(self, old: int, new: int) -> None:
        with self._leaf:
            self.counts.total += new - old

    def worked(self, wrote: bool) -> None:
        """A request succeeded; whether what it brought was `wrote` to the disk too."""
        with self._leaf:
            self._last_success = time.monotonic()
            if self._trouble_since is not None:
                if self.waiting is not None and self.waiting.reason != "network" and not wrote:
                    return
                self._trouble_since = None
                self._pauses = 0
                self.waiting = None

    def worked_since(self, moment: float) -> bool:
        """Whether a request of this transfer has succeeded since then, in monotonic seconds."""
        return self._last_success > moment

    def hindered(self, failure: TransferError) -> None:
        """The archive or the way to it made a request fail: ask less, and later."""
        now = time.monotonic()
        with self._leaf:
            if failure.kind == "throttled" and now - self._limited_at > 1:
                self._limited_at = now
                self._limit = max(2.0, min(self._limit, max(self._weight, 2)) / 2)
            if self._trouble_since is None:
                self._trouble_since = now
            if now < self._not_before:
                return  # several requests failed at once: one pause for all
            timing, asked = self.timing, failure.retry_after
            if asked is None and now - self._last_success < 1:
                return  # others get through: only that object waits
            pause = timing.pause(self._pauses, asked)
            self._pauses += 1
            self._not_before = now + pause
            if now - max(self._last_success, self._trouble_since) > timing.patience:
                since = self.waiting.since if self.waiting else time.time()
                self.waiting = Waiting("network", since, time.time() + pause, None, failure.message)

    def out_of_space(self, failure: TransferError) -> None:
        """The disk or the quota is full: look again later."""
        now = time.time()
        reason: WaitReason = "quota" if failure.kind == "quota" else "space"
        with self._leaf:
            since = self.waiting.since if self.waiting else now
            left = max(0, self.counts.total - self.counts.done)
            pause = self.timing.space
            self.waiting = Waiting(reason, since, now + pause, left, failure.message)
            self._not_before = time.monotonic() + pause
            self._trouble_since = self._trouble_since or time.monotonic()

    def try_now(self) -> None:
        with self._leaf:
            self._not_before = 0.0
        self._wake()

    def later(self, task: Callable[[], None], *, short: bool = False) -> None:
        """Run what touches the disk; what is `short` perhaps at once, so without locks held."""
        (self._short if short else self._pool)(task)

    def again(self, copy: Copy) -> None:
        """The copy has requests to give out again."""
        if not copy.queued:
            self._queue(copy)
        self._wake()

    def unexpected(self, error: BaseException) -> None:
        log.error("jupyterlab-mast: a copy failed unexpectedly", exc_info=error)

    @property
    def resumed(self) -> bool:
        """Whether other sessions worked at the transfer before."""
        return self._lease.number > 1

    def lease_held(self) -> bool:
        return self._lease.holds()

    def must_hold(self) -> None:
        """Raises Stopped, and ends the job, when another process works at the transfer now."""
        if not self._lease.holds():
            if not self._stopping:
                self._stopping = True
                self._pool(self.stop)
            raise Stopped

    # Ends

    def settled(self, copy: Copy, how: Finished) -> None:
        """An object has its outcome."""
        if how.outcome == "copied" or how.algorithm:
            self._record_copy(self._record(copy.key, how))
        self.journal.finished(copy.index, how)
        with self._lock:
            self._active.pop(copy.index, None)
            self._release(copy)
            counted = how.outcome == "copied" and copy.done > 0
            self._note(copy.index, how, copy.planned, counted)
        if how.outcome == "copied":
            self.worked(wrote=True)
        self._look_for_end()
        self._wake()

    def _record_copy(self, record: CopyRecord | None) -> None:
        if record is not None:
            self._unrecorded.append(record)
        with self._recording:
            # One thread writes for all that wait.
            records = []
            while self._unrecorded:
                records.append(self._unrecorded.popleft())
            if not records:
                return
            try:
                self._provenance.add(*records)
            except OSError as error:
                # The file is there all the same.
                self._unrecorded.extendleft(reversed(records))
                log.warning("jupyterlab-mast: the index of copies cannot be written: %r", error)

    def _record(self, key: str, how: Finished) -> CopyRecord:
        archive = self.request.archive
        return CopyRecord(
            path=os.path.join(self.target.path, how.path),
            archive=archive.id,
            bucket_url=self.endpoint.bucket_url,
            key=key,
            etag=how.etag,
            size=how.size,
            check=how.check,
            algorithm=how.algorithm,
            checksum=how.checksum,
            own=how.own,
            time=time.time(),
            device=how.device,
            inode=how.inode,
            mtime_ns=how.mtime_ns,
            ctime_ns=how.ctime_ns,
            transfer=self.id,
        )

    def put_aside(self, copy: Copy) -> None:
        """A copy was stopped; what it has is kept for going on."""
        part = copy.part
        with self._lock:
            self._active.pop(copy.index, None)
            self._release(copy)
            if part is not None:
                self._parts[copy.index] = part
            self._again.append(copy.index)
            self.moved(-copy.done)
        self._look_for_end()

    def _release(self, copy: Copy) -> None:
        if copy.reserved:
            self._memory.give_back(copy.reserved)
            copy.reserved = 0

    def _note(
        self,
        index: int,
        how: Finished,
        planned: tuple[str, int] | None = None,
        counted: bool = False,
    ) -> None:
        if planned is None:
            one = self.plan[index]
            planned = (one.path, one.size)
        with self._leaf:
            self._tally.note(index, how, planned, counted)

    def _look_for_end(self) -> None:
        with self._lock:
            if self._over or self._active or self._preparing:
                return
            unlooked = self._again or self._later or self._cursor < len(self._outcomes)
            if unlooked and not self._stopping:
                return
            self._over = True
        self._ended(self)

    def start(self) -> None:
        self._wake()
        with self._lock:
            self._prepare_more()
        self._look_for_end()

    def stop(self, *, discard: bool = False) -> None:
        """Put aside what is under way, or `discard` it; `ended` is called when that is done."""
        with self._lock:
            self.discards = self.discards or discard
            self._stopping = True
            copies = list(self._active.values())
            self._ready.clear()
            self._delayed.clear()
        for copy in copies:
            copy.stop()
        self._look_for_end()
        self._wake()

    @property
    def finished(self) -> bool:
        """Whether every object has an outcome."""
        return self._outcomes.all_ended

    def sync_folders(self) -> None:
        """Wait until the names of the new files are on the disk itself; where that cannot be had,
        the files of the folder fail."""
        for folder, error in self.target.sync().items():
            if not self._lease.holds():
                return
            problem = disk_problem(error, os.path.join(self.target.path, folder))
            for index in list(self._outcomes.having("copied")):
                self._fail_in(folder, index, problem)

    def _fail_in(self, folder: str, index: int, problem: TransferError) -> None:
        """A file that was copied into a folder may not be there when the machine starts anew."""
        how, planned = self._outcomes.detail(index), self.plan[index]
        assert how is not None
        path = how.path or planned.path
        if os.path.dirname(path) != folder:
            return
        size = how.size or planned.size
        failed = Finished("failed", path, size, kind=problem.kind, message=problem.message)
        self.journal.finished(index, failed)
        with self._leaf:
            self.counts.done -= size
            self.counts.checked[how.check or "size"] -= 1
            if how.check == "checksum":
                self.counts.algorithms[how.algorithm] -= 1
                if not self.counts.algorithms[how.algorithm]:
                    del self.counts.algorithms[how.algorithm]
        self._note(index, failed)

    def close(self) -> None:
        """Close what is open; only when the job has ended."""
        with self._lock:
            # Others share that memory.
            for copy in self._active.values():
                self._release(copy)
        self._record_copy(None)
        self.target.close()
        self.plan.close()

    def summary_active(self) -> list[dict[str, Any]]:
        return [
            {
                "index": copy.index,
                "key": copy.key,
                "path": copy.path,
                "size": copy.size,
                "done": copy.done,
            }
            for copy in self.active
        ]
