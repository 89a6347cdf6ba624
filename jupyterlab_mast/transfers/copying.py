"""The copy of one object: from its plan to a checked file in its place.

Small objects are held in memory and written when they are whole; larger ones are written into a
hidden partial file, a range at a time, every mebibyte noted in the journal. Whatever goes wrong,
the file appears complete or not at all.
"""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from awscrt import checksums as crt

from ..files import on_disk
from .answers import NO_ACCESS, http_date
from .checksums import (
    OWN,
    PIECE,
    Promise,
    combine_crc64,
    composite_digest,
    even_parts,
    hash_file,
    new_hash,
    promise_of,
)
from .copyrecord import Check
from .fetch import Fetch, Stopped
from .journal import Part, Range
from .layout import keep_both
from .targets import (
    disk_problem,
    open_part,
    part_name,
    put_in_place,
    remove_part,
    remove_same,
)
from .types import PASSING, Finished, Object, TransferError

if TYPE_CHECKING:
    from .job import Job

#: Up to this size (bytes) an object is held in memory until it is whole.
SMALL = 4 << 20
#: What one request brings of a larger one, in bytes.
RANGE = 8 << 20
#: An object of at most `WHOLE` bytes, and of at most one `WHOLES`-th of all, is not divided.
WHOLE, WHOLES = 32 << 20, 16
#: Shares of the streams: so many small objects run beside or instead of one large.
SMALL_WEIGHT, LARGE_WEIGHT = 1, 4
#: How often in a row an object's requests may fail: with what no store should answer; and while
#: those of other objects succeed.
_ODD_ANSWERS = 3
MOST_BROKEN = 12


class Copy:
    """One object on its way. A Sink of its fetches; all is guarded by one lock."""

    def __init__(self, job: Job, planned: Object, part: Part | None) -> None:
        self.job = job
        self.index = planned.index
        self.key = planned.key
        self.path = planned.path
        #: Path and size of the plan; the object may turn out to have another size.
        self.planned = (planned.path, planned.size)
        self.size = planned.size
        self.etag = planned.etag
        self.modified = planned.modified
        #: Bytes that are here, for those who look.
        self.done = 0
        self.small = False
        self._old = part
        self._lock = threading.RLock()
        self._file = -1
        #: The folder that the partial file is in, wherever that is moved to.
        self._folder = -1
        self._inode = 0
        self.part_name = part_name(job.id, self.index)
        self._memory: list[bytes] = []
        self._waiting: deque[tuple[int, int | None]] = deque()
        self._heads: deque[int | None] = deque()
        self._running: set[Fetch] = set()
        self._ranges: list[tuple[int, int, int]] = []
        self._promise: Promise | None = None
        self._asked = False
        #: The Last-Modified of all answers, where there is no ETag.
        self._date: str | None = None
        self._part_sizes: list[int] = []
        self._failure: TransferError | None = None
        self._stopped = False
        self._learning = False
        self._attempt = 0
        self._restarts = 0
        self._bad_sums = 0
        self._odd = 0
        self._broken = 0
        self._broken_since = 0.0
        self._replace = False
        self._closing = False
        self._prepared = False
        #: Monotonic seconds before which nothing more is asked for.
        self.not_before = 0.0
        #: For the job: whether its queue holds this copy, and how many bytes of memory are set
        #: aside for it.
        self.queued = False
        self.reserved = 0

    # Before the first byte

    def prepare(self) -> Finished | None:
        """Look at the target, and open the partial file; or say why nothing is to be fetched.

        Raises TransferError, OSError, and Stopped when the transfer is not ours any more.
        """
        job = self.job
        verdict = job.placed(self) or job.judge(self)
        if isinstance(verdict, Finished):
            if self._old is not None:
                self.forget_part()
            return verdict
        self._replace = verdict == "replace"
        self.small = self.size <= SMALL and self._old is None
        if self.small:
            job.target.check()
        else:
            job.must_hold()
            try:
                with job.target.folder(self.path) as folder:
                    self._open(folder)
                    self._folder = os.dup(folder)
            except BaseException:
                self._close()
                raise
        with self._lock:
            missing = self._missing()
            if self.small or (self.size <= self._whole and not self._ranges):
                self._waiting.append((0, None))
            else:
                self._heads.append(None)
                self._waiting.extend(missing)
            self._prepared = True
        return None

    def _open(self, folder: int) -> None:
        old, self._old = self._old, None
        if old is not None:
            about = old.about
            # Without an ETag nothing tells whether it is the same version still.
            same = about.get("etag") == self.etag != "" and about.get("size") == self.size
            file = open_part(folder, self.part_name, about.get("inode")) if same else None
            if file is not None:
                try:
                    self._file = file
                    self._ranges = self._believed(old)
                    if not old.trusted or len(self._ranges) != len(old.ranges):
                        # What is not there must not be believed when more has been written.
                        self._note_part()
                except BaseException:
                    self._close()
                    self._old = old
                    raise
                self._inode = about["inode"]
                self.done = sum(length for _, length, _ in self._ranges)
                self.job.moved(self.done)
                self.job.more(old.bytes - self.done)
                return
            self.job.journal.dropped(self.index)
            self.job.more(old.bytes)
            self._remove_old(folder, int(about.get("inode", 0)))
        remove_part(folder, self.part_name)
        file = open_part(folder, self.part_name, None)
        assert file is not None
        self._file = file
        try:
            self._note_part()
        except BaseException:
            self._close()
            self._inode = 0
            remove_part(folder, self.part_name)
            raise

    def _remove_old(self, folder: int, inode: int) -> None:
        """Remove the partial file of an earlier session, or have it looked for when all ends: its
        folder may have been moved."""
        found = False
        with contextlib.suppress(OSError):
            found = remove_same(folder, self.part_name, inode)
        if not found:
            self.job.lost_parts[self.part_name] = inode

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _close_folder(self) -> None:
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _believed(self, part: Part) -> list[tuple[int, int, int]]:
        """The ranges of an earlier session that lie on the disk as the journal says."""
        found: list[tuple[int, int, int]] = []
        size = os.fstat(self._file).st_size
        at = 0
        for one in sorted(part.ranges, key=lambda one: (one.offset, -one.length)):
            if one.offset < at or one.offset + one.length > min(size, self.size):
                continue
            if not part.trusted:
                digest = hash_file(self._file, OWN, one.offset, one.length)
                if int.from_bytes(digest, "big") != one.crc:
                    continue
            found.append((one.offset, one.length, one.crc))
            at = one.offset + one.length
        return found

    @property
    def _whole(self) -> int:
        """Up to this size one request brings all. Beside many other objects, parts of each would
        only cost more requests."""
        return max(RANGE, min(WHOLE, self.job.plan.bytes // WHOLES))

    def _missing(self) -> list[tuple[int, int]]:
        gaps: list[tuple[int, int]] = []
        at = 0
        for offset, length, _ in [*sorted(self._ranges), (self.size, 0, 0)]:
            while at < offset:
                step = min(RANGE, offset - at)
                gaps.append((at, step))
                at += step
            at = max(at, offset + length)
        return gaps

    # Giving out requests

    @property
    def weight(self) -> int:
        return SMALL_WEIGHT if self.small or self.size <= SMALL else LARGE_WEIGHT

    def next_fetch(self) -> Fetch | None:
        """The next request; None when nothing is to be asked for now."""
        with self._lock:
            if self._failure is not None or self._stopped:
                return None
            if self._heads:
                part = self._heads.popleft()
                fetch = self._fetch("HEAD", part=part)
            elif self._waiting and not self._learning:
                offset, length = self._waiting.popleft()
                fetch = self._fetch("GET", offset, length)
            else:
                return None
            self._running.add(fetch)
            return fetch

    @property
    def has_work(self) -> bool:
        """Whether a request could be given out. Without the lock it is true for a moment only."""
        if self._failure is not None or self._stopped or self._closing:
            return False
        return bool(self._heads or (self._waiting and not self._learning))

    def _fetch(
        self, method: str, offset: int = 0, length: int | None = None, part: int | None = None
    ) -> Fetch:
        head = method == "HEAD"
        fetch = Fetch(
            self,
            self.job.endpoint,
            "HEAD" if head else "GET",
            self.key,
            etag="" if self._learning else self.etag,
            total=None if self._learning or part else self.size,
            offset=offset,
            length=length,
            part=part,
            weight=SMALL_WEIGHT if head else self.weight,
        )
        fetch.attempt = self._attempt
        return fetch

    # What the requests bring

    def begun(self, fetch: Fetch) -> None:
        if not self.etag:
            self._compare_dates(fetch)
        if fetch.length is not None:
            return
        with self._lock:
            if fetch.attempt != self._attempt:
                raise Stopped
            if fetch.part is not None:
                self._part_sizes.append(int(fetch.headers["content-length"]))
                return
            if self._learning:
                self._learn(fetch)
            self._promise = promise_of(fetch.headers, self.etag)
            self._asked = True
            if self.modified is None:
                self.modified = http_date(fetch.headers.get("last-modified", ""))

    def _compare_dates(self, fetch: Fetch) -> None:
        """Where the store has no ETags, the date has to tell that all is of one version."""
        date = fetch.headers.get("last-modified", "")
        with self._lock:
            if fetch.attempt != self._attempt:
                raise Stopped
            if self._date is None:
                self._date = date
            elif date != self._date:
                raise TransferError("changed", f"{self.key} was replaced in the archive meanwhile.")

    def write(self, fetch: Fetch, at: int, data: bytes) -> None:
        if self.small:
            with self._lock:
                if fetch.attempt != self._attempt:
                    raise Stopped
                self._memory.append(data)
                self.done += len(data)
        else:
            crc = crt.crc64nvme(data, fetch.crc)
            view = memoryview(data)
            # One writer a file at a time: parallel writes to one inode burn CPU in its lock.
            with self._lock:
                if self._failure is not None or fetch.attempt != self._attempt:
                    raise Stopped
                self.job.must_hold()
                put = 0
                while put < len(data):
                    put += os.pwrite(self._file, view[put:], at + put)
                if fetch.unnoted + len(data) >= PIECE:
                    self._note_range(at - fetch.unnoted, fetch.unnoted + len(data), crc)
                    fetch.unnoted = fetch.crc = 0
                else:
                    fetch.unnoted += len(data)
                    fetch.crc = crc
                self.done += len(data)
        self.job.moved(len(data), fetched=True)

    def _note_range(self, at: int, length: int, crc: int) -> None:
        self.job.journal.range(self.index, at, length, crc)
        self._ranges.append((at, length, crc))

    def _note_rest(self, fetch: Fetch) -> None:
        """Note what was written last; what cannot be noted counts as not written."""
        length, fetch.unnoted = fetch.unnoted, 0
        try:
            self.job.must_hold()
            self._note_range(fetch.offset + fetch.written - length, length, fetch.crc)
        except BaseException:
            fetch.written -= length
            self.done -= length
            self.job.dropped(length)
            raise

    def ended(self, fetch: Fetch, failure: Exception | None) -> None:
        end: Callable[[], None] | None = None
        try:
            with self._lock:
                self._running.discard(fetch)
                try:
                    if fetch.unnoted and fetch.attempt == self._attempt:
                        try:
                            self._note_rest(fetch)
                        except Exception as error:
                            failure = failure or error
                    if failure is None:
                        self.job.worked(wrote=fetch.method == "GET" and not self.small)
                        self._broken = self._odd = 0
                    elif fetch.attempt == self._attempt:
                        self._trouble(fetch, failure)
                except Exception as error:
                    self.job.unexpected(error)
                    self._fail(TransferError("internal", f"{self.path}: {error!r}."))
                end = self._go_on()
        finally:
            self.job.released(fetch, failure is None)
        if end is not None:
            self.job.later(end, short=self.small)

    def _go_on(self) -> Callable[[], None] | None:
        """What comes next: more requests, or an end, which is to be run without the lock."""
        end: Callable[[], None] | None = None
        if not self._running and not self._closing:
            if self._failure is not None:
                end = self._give_up
            elif self._stopped:
                end = self._put_aside
            elif not (self._heads or self._waiting or self._learning or self._needs_head()):
                end = self._finish
            if end is not None:
                self._closing = True
        if self.has_work:
            self.job.again(self)
        return end

    def _needs_head(self) -> bool:
        if not self._asked:
            self._heads.append(None)
            return True
        promise = self._promise
        if promise is None or not promise.parts:
            return False
        known = self._part_sizes
        if len(known) == 1:
            even = even_parts(self.size, known[0], promise.parts)
            if even is not None:
                self._part_sizes = even
                return False
        if len(known) < promise.parts:
            self._heads.append(len(known) + 1)
            return True
        return False

    def _trouble(self, fetch: Fetch, failure: Exception) -> None:
        """Decide what a failed request means. What it brought stays."""
        mute = (
            fetch.method == "HEAD"
            and fetch.status in NO_ACCESS
            and isinstance(failure, TransferError)
        )
        if mute and (self._waiting or self._running) and not self._learning:
            # What answers a HEAD does not say why; what answers a GET does. `_needs_head` asks
            # again after it.
            return
        if fetch.method == "HEAD":
            self._heads.appendleft(fetch.part)
        elif self.small and 0 < self.done < self.size:
            self._waiting.appendleft((self.done, self.size - self.done))
        elif self.small:
            self.job.dropped(self.done)
            self._memory.clear()
            self.done = 0
            self._waiting.appendleft((0, None))
        else:
            end = self.size if fetch.length is None else fetch.offset + fetch.length
            at = fetch.offset + fetch.written
            if at < end:
                while end - at > RANGE:
                    self._waiting.append((at, RANGE))
                    at += RANGE
                self._waiting.appendleft((at, end - at))
        if isinstance(failure, Stopped):
            # From our side; or the transfer is somebody else's now, and must not go on.
            self._stopped = self._stopped or not self.job.lease_held()
            return
        if isinstance(failure, OSError):
            failure = disk_problem(failure, os.path.join(self.job.target.path, self.path))
        if not isinstance(failure, TransferError):
            self.job.unexpected(failure)
            failure = TransferError("internal", f"{self.path} could not be copied: {failure!r}.")
        kind = failure.kind
        if kind in PASSING:
            if self._pause():
                self._broken += 1
            if self._broken > MOST_BROKEN and self.job.worked_since(self._broken_since):
                self._fail(failure)
            else:
                self.job.hindered(failure)
        elif kind in ("space", "quota"):
            self.job.out_of_space(failure)
        elif kind == "changed":
            self._changed()
        elif kind == "malformed" and fetch.part is not None:
            # A store that does not tell the sizes of parts: only the version can be checked.
            self._heads.clear()
            self._promise = None
        elif (kind == "malformed" or mute) and self._odd < _ODD_ANSWERS:
            if self._pause():
                self._odd += 1
        else:
            self._fail(failure)

    def _pause(self) -> bool:
        """Wait before the next request; False when that is so already: of several requests that
        fail at once, one counts."""
        now = time.monotonic()
        if now < self.not_before:
            return False
        if self._broken == 0:
            self._broken_since = now
        self.not_before = now + self.job.timing.pause(self._broken)
        return True

    def _changed(self) -> None:
        if self._learning:
            return
        if self.job.request.exact:
            self._fail(
                TransferError(
                    "other-version",
                    f"The archive has another version of {self.key} than the list names. Nothing "
                    "was kept; copy it by itself to get the version that is there now.",
                )
            )
            return
        if self._restarts:
            self._fail(
                TransferError(
                    "changed",
                    f"{self.key} changed in the archive twice while copying. Nothing was kept; "
                    "retry fetches the new version.",
                )
            )
            return
        self._restarts += 1
        self._start_over()
        self._learning = True
        self._heads.append(None)

    def _learn(self, fetch: Fetch) -> None:
        """Take the version that the archive has now."""
        headers = fetch.headers
        new_size = int(headers["content-length"])
        self.job.resized(self.size, new_size)
        self.job.more(on_disk(new_size) - on_disk(self.size))
        self.size = new_size
        self.etag = headers.get("etag", "")
        self.modified = http_date(headers.get("last-modified", ""))
        if self.small and new_size <= SMALL:
            self._waiting.append((0, None))
        else:
            self.job.must_hold()
            if self.small:
                with self.job.target.folder(self.path) as folder:
                    self._open(folder)
                self.small = False
            else:
                self._note_part()
            self._waiting.extend(self._missing())
        self._learning = False

    def _note_part(self) -> None:
        self._inode = os.fstat(self._file).st_ino
        about = {"etag": self.etag, "size": self.size, "inode": self._inode}
        self.job.journal.part(self.index, about, [Range(*one) for one in self._ranges])

    def _start_over(self) -> None:
        self._attempt += 1
        for other in self._running:
            other.stop = True
        self.job.dropped(self.done)
        self.done = 0
        self._memory.clear()
        self._ranges.clear()
        self._heads.clear()
        self._waiting.clear()
        self._asked = False
        self._date = None
        self._promise = None
        self._part_sizes = []
        if not self.small:
            self.job.journal.dropped(self.index)
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)

    def _fail(self, failure: TransferError) -> None:
        self._failure = self._failure or failure
        self._heads.clear()
        self._waiting.clear()
        for other in self._running:
            other.stop = True

    def stop(self) -> None:
        """End soon and keep what is here; `Job.put_aside` is told when it has."""
        with self._lock:
            self._stopped = True
            if self._closing:
                return
            for fetch in self._running:
                fetch.stop = True
            if self._prepared and not self._running:
                self._closing = True
                self.job.later(self._put_aside)

    @property
    def part(self) -> Part | None:
        """What lies in the partial file, for going on later."""
        if self._old is not None:
            return self._old
        if self.small or not self._inode:
            return None
        about = {"etag": self.etag, "size": self.size, "inode": self._inode}
        return Part(about, [Range(*one) for one in self._ranges])

    # After the last byte, in a thread of the pool

    def _put_aside(self) -> None:
        self._close()
        if self.job.discards:
            self.forget_part()
        self._close_folder()
        self.job.put_aside(self)

    def _give_up(self) -> None:
        failure = self._failure
        assert failure is not None
        self.job.moved(-self.done)
        self.done = 0
        self._close()
        self.forget_part()
        self._close_folder()
        how = Finished("failed", self.path, self.size, self.etag)
        how.kind, how.message = failure.kind, failure.message
        self.job.settled(self, how)

    def forget_part(self) -> None:
        """Remove the partial file."""
        if self.small or not self.job.lease_held():
            return
        self._remove_part()
        self.job.journal.dropped(self.index)

    def _remove_part(self) -> None:
        """Remove the partial file, also where its folder was moved since the transfer began."""
        target = self.job.target
        inode = self._inode or (self._old.about.get("inode", 0) if self._old else 0)
        with contextlib.suppress(OSError, TransferError):
            if self._folder >= 0:
                remove_same(self._folder, self.part_name, inode)
                return
            try:
                with target.folder(self.path, make=False) as folder:
                    remove_part(folder, self.part_name)
            except TransferError:
                target.remove_moved(self.path, self.part_name, inode)

    def _finish(self) -> None:
        try:
            how = self._check()
            if how is None:
                self._checksum_differs()
                return
            self.job.must_hold()
            with self.job.target.folder(self.path, put=True) as folder:
                if self.small:
                    self._write_small(folder)
                stamp = self.modified
                if stamp is not None:
                    with contextlib.suppress(OverflowError):
                        os.utime(self._file, (stamp, stamp))
                os.fsync(self._file)
                self._place(folder, how)
        except Exception as error:
            self._could_not_finish(error)
            return
        self._memory.clear()
        self._close()
        self._close_folder()
        self.job.settled(self, how)

    def _check(self) -> Finished | None:
        """How the bytes were checked; None where they are not what the store promised."""
        promise = self._promise
        if promise is not None and promise.parts and sum(self._part_sizes) != self.size:
            promise = None  # the store did not tell where its parts end
        if self.small:
            data = self._memory
            crc, total = 0, 0
            for piece in data:
                crc = crt.crc64nvme(piece, crc)
                total += len(piece)
        else:
            total, crc = combine_crc64(self._ranges)
        if total != self.size:
            raise TransferError("internal", f"{self.path} has {total} bytes, not {self.size}.")
        pinned: Check = "version" if self.etag else "size"
        how = Finished("copied", self.path, self.size, self.etag, pinned)
        own = crc.to_bytes(8, "big")
        own_text = base64.b64encode(own).decode()
        how.algorithm, how.checksum = OWN, own_text
        if promise is None:
            return how
        if promise.algorithm == OWN and not promise.parts:
            found = own
        elif self.small and not promise.parts:
            one = new_hash(promise.algorithm)
            for piece in self._memory:
                one.update(piece)
            found = one.digest()
        elif self.small:
            with _unnamed_file(self._memory) as file:
                found = composite_digest(file, promise.algorithm, self._part_sizes)
        elif promise.parts:
            found = composite_digest(self._file, promise.algorithm, self._part_sizes)
        else:
            found = hash_file(self._file, promise.algorithm, 0, self.size)
        if found != promise.digest():
            return None
        how.check = "checksum"
        how.algorithm, how.checksum = promise.algorithm, promise.text
        if promise.parts:
            # Nobody knows later where the parts end.
            how.own = own_text
        return how

    def _checksum_differs(self) -> None:
        promise = self._promise
        name = promise.algorithm if promise else ""
        with self._lock:
            self._closing = False
            self._bad_sums += 1
            self._start_over()
            if self._bad_sums > 1:
                # It is not fetched a third time.
                self.job.more(-self.size)
                self._closing = True
                self._failure = TransferError(
                    "checksum",
                    f"The checksum ({name}) of {self.key} does not match what arrived. "
                    "Nothing was kept.",
                )
            elif self.small:
                self._waiting.append((0, None))
            else:
                self._note_part()
                self._heads.append(None)
                self._waiting.extend(self._missing())
            if self._stopped:
                self._closing = True
        if self._failure is not None:
            self._give_up()
        elif self._stopped:
            self._put_aside()
        else:
            self.job.again(self)

    def _write_small(self, folder: int) -> None:
        try:
            file = open_part(folder, self.part_name, None)
        except FileExistsError:
            # Of a process that was killed.
            remove_part(folder, self.part_name)
            file = open_part(folder, self.part_name, None)
        assert file is not None
        self._file = file
        self._inode = os.fstat(file).st_ino
        for piece in self._memory:
            put = 0
            while put < len(piece):
                put += os.write(file, piece[put:] if put else piece)

    def _place(self, folder: int, how: Finished) -> None:
        job = self.job
        found = os.fstat(self._file)
        how.device, how.inode = found.st_dev, found.st_ino
        how.mtime_ns, how.ctime_ns = found.st_mtime_ns, found.st_ctime_ns

        def put(name: str, replace: bool) -> None:
            job.must_hold()
            how.path = os.path.join(os.path.dirname(self.path), name)
            # Whoever is killed now finds its file again by that.
            job.journal.placing(self.index, how)
            put_in_place(folder, self.part_name, name, replace)

        def taken(name: str) -> bool:
            try:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return False
            return True

        name = other = os.path.basename(self.path)
        policy = job.policy(self.path)
        while True:
            try:
                put(other, self._replace)
                break
            except FileExistsError:
                # Somebody put a file there since this copy began, or both are to be kept.
                if policy == "replace":
                    self._replace = True
                elif policy == "skip":
                    remove_part(folder, self.part_name)
                    how.outcome = "skipped"
                    job.moved(-self.done)
                    self.done = 0
                    return
                elif policy == "keep-both":
                    other = keep_both(name, taken)
                else:
                    raise TransferError("in-the-way", in_the_way(self.path)) from None
            except IsADirectoryError:
                raise TransferError("in-the-way", folder_in_the_way(self.path)) from None
        how.ctime_ns = os.fstat(self._file).st_ctime_ns

    def _could_not_finish(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            self._forget_small()
            self._stopped = True
            self._put_aside()
            return
        if isinstance(error, OSError):
            error = disk_problem(error, os.path.join(self.job.target.path, self.path))
        if not isinstance(error, TransferError):
            self.job.unexpected(error)
            error = TransferError("internal", f"{self.path} could not be copied: {error!r}.")
        if error.kind in ("space", "quota"):
            self._forget_small()
            self._stopped = True
            self.job.out_of_space(error)
            self._put_aside()
            return
        self._failure = error
        if self.small and self._file >= 0:
            self.small = False  # its partial file goes with it
        self._give_up()

    def _forget_small(self) -> None:
        """Drop what is in memory, and the file that it was about to be."""
        if not self.small:
            return
        if self._file >= 0:
            self._close()
            if self.job.lease_held():
                self._remove_part()
        self.job.dropped(self.done)
        self._memory.clear()
        self.done = 0


def in_the_way(path: str) -> str:
    """The sentence about another file at a path."""
    return f"{path} is there already, and is another file. Choose what to do with it."


def folder_in_the_way(path: str) -> str:
    """The sentence about a folder where a file is to replace what is there."""
    return (
        f"{path} is a folder, which no file replaces. It was kept; move or rename it, then try "
        "again."
    )


@contextlib.contextmanager
def _unnamed_file(pieces: list[bytes]) -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        yield file.fileno()
