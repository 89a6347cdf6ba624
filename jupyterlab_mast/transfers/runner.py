"""All transfers of a home, as one process sees and works at them."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import Json
from ..files import nearest
from ..lease import LeaseWatch
from ..quota.interface import HomeQuota, Quota, QuotaError
from .caps import bound_all
from .clean import clean_orphans
from .engine import Engine
from .entry import Entry, News
from .job import Job, Waiting
from .journal import Journal, read_history
from .kinds import rest_of
from .missing import remove_lost_parts
from .opened import Again, Opened, open_transfer
from .planning import Planning
from .provenance import Provenance
from .settings import Settings
from .store import PLAN, Folder, folders, sweep
from .targets import Target, disk_problem
from .types import Conflict, Outcome, Plan, Request, State, TransferError, WaitReason
from .undo import drop_parts, undo_files

log = logging.getLogger(__name__)

Action = Literal["start", "pause", "resume", "cancel", "retry", "undo", "try-now"]

#: Transfers that run at once; the others are queued. With those that wait there may be more.
_AT_ONCE, _MOST_BEGUN = 3, 12
_TICK_SECONDS = 0.25
_LISTEN_SECONDS = 1.0
#: Between two looks at what the quota's accountant found, and signs of life for reservations.
_COUNT_SECONDS = 30.0
#: For which a plan is kept that somebody wanted to see, and did not start.
_DRAFT_SECONDS = 3600.0
_NOT_STARTED = "Nobody started this copy in an hour. Nothing was copied; retry begins it."
#: How long copies may take to put aside what they have; the Jupyter server waits five.
_CLOSE_SECONDS = 3.5
#: That are looked into for partial files of nobody.
_MOST_FOLDERS = 2000


class Transfers:
    """Everything about transfers. `data` is the folder of this extension's data.

    Methods may be called from any thread and return at once. An id that is not there raises
    KeyError; what cannot be done raises TransferError with a sentence. `changed` is called from a
    thread with summaries, at most four times a second for each transfer, and at once when a state
    changes.
    """

    def __init__(
        self,
        data: str | os.PathLike[str],
        *,
        quota: Quota | None = None,
        settings: Settings | None = None,
        changed: Callable[[list[Json]], None] | None = None,
        adopt: bool = True,
    ) -> None:
        self._data = Path(data)
        self._parent = self._data / "transfers"
        self._quota = quota or HomeQuota(self._data)
        self._settings = settings or Settings()
        bound_all(self._settings.streams, self._settings.bandwidth)
        self._changed = changed
        self._adopt = adopt
        self.provenance = Provenance(self._data / "copies")
        self._engine: Engine | None = None
        self._entries: dict[str, Entry] = {}
        #: Whether those that have ended are known too: somebody has asked for all.
        self._knows_all = False
        self._watches: dict[str, LeaseWatch] = {}
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._closing = False
        self._dirty: set[str] = set()
        self._looked = 0.0
        self._listened = 0.0
        self._counted = 0.0
        sweep(self._parent)
        self._look()
        self._ticker = threading.Thread(target=self._tick, name="mast-transfers", daemon=True)
        self._ticker.start()

    # What people ask for

    def create(self, request: Request) -> Json:
        """Take a request up: plan it, and start it when nothing is in the way."""
        if not request.id:
            raise ValueError("a request needs an id")
        folder = Folder.make(self._parent, request)
        lease = LeaseWatch(folder.path, self._settings.timing).take()
        assert lease is not None
        entry = Entry(folder, request)
        entry.lease = lease
        entry.journal = Journal(folder.path, lease.number)
        with self._lock:
            self._entries[request.id] = entry
            self._plan(entry)
            return self._told(entry)

    def choose(
        self,
        transfer_id: str,
        *,
        target: str | None = None,
        root: str | None = None,
        layout: str | None = None,
        conflict: str | None = None,
        without: list[str] | None = None,
    ) -> Json:
        """Change what was asked, before the start, and plan again.

        Of one that has begun only `without` can be changed: what of these kinds is not copied yet
        is left out, or no longer.
        """
        with self._lock:
            entry = self._own(transfer_id)
            values = {
                "target": target,
                "root": root,
                "layout": layout,
                "conflict": conflict,
                "without": without,
            }
            given = {name: value for name, value in values.items() if value is not None}
            if entry.state is not State.PLANNING:
                self._leave_out(entry, given)
            elif given:
                entry.folder.choose(**given)
                entry.request = entry.folder.request()
                entry.asked_again = True
                self._plan(entry)
            return self._told(entry)

    def act(
        self,
        transfer_id: str,
        action: Action,
        decisions: dict[str, Conflict] | None = None,
        files: list[int] | None = None,
    ) -> Json:
        """Do something with a transfer. What makes no sense now is refused with a sentence.

        `files` are the numbers of the files that a retry is for; without them, of all that failed.
        """
        if action not in get_args(Action):
            raise TransferError("internal", f"There is no action {action!r}.")
        if action == "retry" and files is not None:
            self._check_failed(transfer_id, files)
        with self._lock:
            entry = self._entry(transfer_id)
            if decisions:
                known = entry.folder.choice().get("decisions", {})
                entry.folder.choose(decisions={**known, **decisions})
            if entry.elsewhere:
                entry.pass_on(action)
                return self._told(entry)
            self._do(entry, action, files)
            self._news.wait_for(lambda: not entry.tidying, timeout=1.0)
            return self._told(entry)

    def take_over(self, transfer_id: str) -> bool:
        """Make an unfinished transfer this process's own, when nobody works at it any more.

        What others asked of it meanwhile is dropped. False while another process works at it, or
        may: one of another machine counts as gone after a minute of silence, so ask again.
        """
        with self._lock:
            entry = self._entry(transfer_id)
        if entry.elsewhere:
            self._adopt_entry(entry, deaf=True)
        return not entry.elsewhere

    def clear(self, transfer_id: str) -> None:
        """Forget a transfer that has ended. Its files stay."""
        with self._lock:
            entry = self._entry(transfer_id)
            self._check_ended(entry)
            # Another server may have begun to try it again since it was looked at.
            self._take_up(entry)
            try:
                news = entry.read_news()
                if news is not None:
                    entry.take_in(news)
                self._check_ended(entry)
            except BaseException:
                entry.put_down()
                raise
            entry.close()
            entry.folder.remove()
            del self._entries[transfer_id]
            self._dirty.discard(transfer_id)

    @staticmethod
    def _check_ended(entry: Entry) -> None:
        if not entry.state.ended:
            raise TransferError(
                "internal", "This transfer has not ended. Cancel it before it is cleared."
            )

    def summary(self, transfer_id: str) -> Json:
        with self._lock:
            return self._entry(transfer_id).summary()

    def snapshot(self) -> list[Json]:
        """All transfers of this home, oldest first."""
        self._knows_all = True
        self._look()
        with self._lock:
            return [entry.summary() for _, entry in sorted(self._entries.items())]

    def remove_orphans(self) -> list[str]:
        """Remove partial files that no transfer of this home claims, where copies are and were to
        be; those of the last day stay. Reads these folders, and returns what it removed."""
        known = self.snapshot()
        ended = {one["id"] for one in known if State(one["state"]).ended}
        claimed = {folder.path.name for folder in folders(self._parent)} - ended
        self.provenance.reload()
        places = [one["target"] for one in known] + self.provenance.folders(_MOST_FOLDERS)
        removed = clean_orphans(places, claimed)
        self._quota.changed({os.path.dirname(path) for path in removed})
        return removed

    def unfinished(self) -> set[str]:
        """The ids of the transfers of this home that have not ended."""
        self._look()
        with self._lock:
            return {name for name, entry in self._entries.items() if not entry.state.ended}

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do: all transfers have ended, and no files are removed."""
        self._look()
        with self._lock:
            return all(entry.state.ended and not entry.tidying for entry in self._entries.values())

    def files(
        self,
        transfer_id: str,
        offset: int = 0,
        limit: int = 200,
        outcome: Outcome | None = None,
    ) -> Json:
        """Some files of a transfer, in the order of the plan; `outcome` keeps only those."""
        with self._lock:
            entry = self._entry(transfer_id)
        return entry.files(offset, limit, outcome)

    def copies(self, archive: str, prefix: str) -> list[Json]:
        """The copies here of objects below a prefix; `archive` is the URL of its bucket."""
        self.provenance.reload()
        return [copy._asdict() for copy in self.provenance.below(archive, prefix)]

    def wait(self, transfer_id: str, timeout: float | None = None) -> Json:
        """Wait until a transfer has ended, or needs somebody's word; its summary then."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._news:
            while True:
                entry = self._entry(transfer_id)
                if entry.state.ended or (entry.confirm and entry.plan.complete):
                    return entry.summary()
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return entry.summary()
                self._news.wait(min(left, 1.0) if left is not None else 1.0)

    def close(self) -> None:
        """Stop. What is unfinished goes on when somebody opens this home again."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            jobs = [entry.job for entry in self._entries.values() if entry.job]
            for entry in self._entries.values():
                self._stop_planning(entry)
            for job in jobs:
                job.stop()
            end = time.monotonic() + _CLOSE_SECONDS
            while any(entry.job for entry in self._entries.values()) and time.monotonic() < end:
                self._news.wait(0.1)
        self._ticker.join(timeout=2)
        if self._engine is not None:
            self._engine.close()
        with self._lock:
            for entry in self._entries.values():
                entry.close()
        self.provenance.close()
        self._quota.close()

    def _leave_out(self, entry: Entry, given: dict[str, Any]) -> None:
        """Leave kinds of files out of what a transfer has still to copy, or no longer."""
        if entry.state.ended or entry.cancelling or entry.tidying:
            raise TransferError("internal", "This transfer has ended and cannot be changed.")
        if list(given) != ["without"]:
            raise TransferError(
                "internal",
                "This transfer has begun: only kinds of files can be left out of it. Cancel it to "
                "copy in another way.",
            )
        left_out = given["without"]
        entry.folder.choose(left_out=left_out)
        entry.request = entry.folder.request()
        entry.forget_view()
        for kind in entry.plan.kinds:
            kind["without"] = kind["name"] in left_out
        if entry.state is not State.PAUSED:
            # It goes on without them, or waits again.
            self._set_state(entry, State.QUEUED)
            if entry.job:
                entry.job.stop()
        if entry.job is None:
            self._look_at_rest(entry)
        self._next()

    def _look_at_rest(self, entry: Entry) -> None:
        """Find out in a thread which kinds of files are not copied yet."""
        request = entry.request

        def look() -> None:
            try:
                path = entry.folder.path
                rest = rest_of(path, read_history(path), request.left_out)
            except (OSError, ValueError, KeyError) as error:
                log.warning("jupyterlab-mast: the plan of %s cannot be read: %r", entry.id, error)
                return
            with self._lock:
                begun = entry.state is not State.PLANNING and not entry.state.ended
                if begun and entry.request is request and not entry.elsewhere:
                    entry.take_in_rest(rest)
                    entry.note_state()
                    self._touch(entry, now=True)

        threading.Thread(target=look, name="mast-rest", daemon=True).start()

    # Actions

    def _do(self, entry: Entry, action: str, files: list[int] | None = None) -> None:
        if entry.tidying:
            raise TransferError(
                "internal", "Files of this transfer are being removed. Try again in a moment."
            )
        if action == "retry":
            self._do_retry(entry, files)
        else:
            getattr(self, f"_do_{action.replace('-', '_')}")(entry)

    def _tidy(
        self, entry: Entry, task: Callable[[], Collection[str]], after: Callable[[], None]
    ) -> None:
        """Remove files in a thread, then do something with the lock held. The `task` returns the
        folders in which something has changed."""

        def run() -> None:
            try:
                self._quota.changed(task())
            except Exception:
                log.exception("jupyterlab-mast: files of %s could not be removed", entry.id)
            with self._news:
                entry.tidying = False
                after()
                self._news.notify_all()

        entry.tidying = True
        threading.Thread(target=run, name="mast-tidy", daemon=True).start()

    def _do_start(self, entry: Entry) -> None:
        if entry.state is not State.PLANNING:
            raise TransferError("internal", "This transfer has begun already.")
        entry.confirm = False
        entry.start_when_planned = True
        if entry.plan.complete and entry.planning is None:
            self._begin(entry)

    def _do_pause(self, entry: Entry) -> None:
        if entry.state.ended or entry.state is State.PLANNING:
            raise TransferError("internal", "This transfer is not running.")
        self._set_state(entry, State.PAUSED)
        if entry.job:
            entry.job.stop()

    def _do_resume(self, entry: Entry) -> None:
        if entry.state is not State.PAUSED:
            raise TransferError("internal", "This transfer is not paused.")
        entry.set_going = time.time()
        entry.looked = False
        self._set_state(entry, State.QUEUED)
        self._next()

    def _do_cancel(self, entry: Entry) -> None:
        if entry.state.ended:
            raise TransferError("internal", "This transfer has ended already.")
        self._stop_planning(entry)
        entry.confirm = False
        entry.cancelling = True
        # Whoever takes it up after a kill shall not go on with it.
        entry.note_state()
        if entry.job:
            entry.job.stop(discard=True)
        else:
            self._drop_cancelled(entry)

    def _drop_cancelled(self, entry: Entry) -> None:
        """Remove the partial files of a cancelled transfer that does not run, and end it."""
        if entry.started:
            self._tidy(
                entry,
                lambda: drop_parts(entry.folder, entry.request),
                lambda: self._end_cancelled(entry),
            )
        else:
            self._end_cancelled(entry)

    def _check_failed(self, transfer_id: str, files: list[int]) -> None:
        """Refuse to try files again that did not fail."""
        with self._lock:
            entry = self._entry(transfer_id)
            # Whoever works at it knows; and of one that has not ended nothing is tried again.
            known = entry.state.ended and not entry.elsewhere
        # That reads plan and journals: others are answered meanwhile. What is tried again by
        # somebody else until the lock is ours is left out when it begins.
        if known and not entry.have_failed(files):
            raise TransferError("internal", "These files have not failed. List them again.")

    def _do_retry(self, entry: Entry, files: list[int] | None) -> None:
        if entry.state not in (State.DONE_WITH_FAILURES, State.FAILED, State.CANCELLED):
            raise TransferError("internal", "Nothing of this transfer failed.")
        if entry.undone:
            raise TransferError(
                "internal", "What this transfer copied was removed by undo. Copy anew."
            )
        self._take_up(entry)
        entry.retrying = True
        entry.retry_only = None if files is None else frozenset(files)
        entry.error = None
        entry.ended = None
        entry.set_going = time.time()
        if entry.folder.has_plan:
            self._set_state(entry, State.QUEUED)
            self._next()
        else:
            self._set_state(entry, State.PLANNING)
            self._plan(entry)

    def _do_undo(self, entry: Entry) -> None:
        if not entry.state.ended:
            raise TransferError("internal", "This transfer has not ended. Cancel it first.")
        self._take_up(entry)

        def undone() -> None:
            entry.undone = True
            self._set_state(entry, entry.state)
            entry.save()
            entry.put_down()

        self._tidy(entry, lambda: undo_files(entry.folder, entry.request, self.provenance), undone)

    def _do_try_now(self, entry: Entry) -> None:
        entry.retry_at = 0.0
        for working in (entry.planning, entry.job):
            if working is not None:
                working.try_now()

    # Planning

    def _stop_planning(self, entry: Entry) -> None:
        if entry.planning is not None:
            entry.planning.stop()
            entry.planning = None

    def _plan(self, entry: Entry) -> None:
        """Begin to plan. With the lock, for which the new thread waits before it tells anything."""
        self._stop_planning(entry)
        entry.waiting = None
        entry.plan = Plan()
        entry.planning = Planning(
            entry.folder,
            entry.request,
            narrowing=entry.narrowing,
            provenance=self.provenance,
            quota=self._quota,
            timing=self._settings.timing,
            told=lambda planning: self._planning_told(entry, planning),
            listed=entry.forget_view,
            ended=lambda planning, end: self._planning_ended(entry, planning, end),
        )

    def _planning_told(self, entry: Entry, planning: Planning) -> None:
        with self._lock:
            if entry.planning is planning:
                entry.plan = planning.plan
                entry.waiting = planning.waiting
                self._touch(entry, now=planning.waiting is not None)

    def _planning_ended(self, entry: Entry, planning: Planning, end: Plan | TransferError) -> None:
        with self._lock:
            if entry.planning is not planning:
                return
            entry.planning = None
            if isinstance(end, TransferError):
                entry.error = {"kind": end.kind, "message": end.message}
                self._finish(entry, State.FAILED)
                return
            entry.waiting = None
            entry.plan = end
            if entry.start_when_planned or self._may_start(entry, planning.request):
                self._begin(entry)
            else:
                entry.confirm = True
                self._set_state(entry, State.PLANNING)

    def _may_start(self, entry: Entry, request: Request) -> bool:
        if request.start == "now":
            return True
        plan = entry.plan
        return (
            request.start == "auto"
            and not entry.confirm
            and not entry.asked_again
            and (plan.differing == 0 or request.conflict != "ask")
            and not self._settings.is_much(plan, request.conflict)
            and (plan.free is None or plan.reserved <= plan.free)
        )

    def _begin(self, entry: Entry) -> None:
        entry.confirm = False
        # From now on they are those of what is not copied yet.
        entry.plan.kinds = []
        self._set_state(entry, State.QUEUED)
        self._next()

    # Running

    def _next(self) -> None:
        begun = [entry for entry in self._entries.values() if entry.job or entry.opening]
        # Those that wait for their archive or a full disk do not hold up others.
        running = sum(entry.state is not State.WAITING for entry in begun)
        for _, entry in sorted(self._entries.items()):
            if running >= _AT_ONCE or len(begun) >= _MOST_BEGUN or self._closing:
                return
            free = entry.job is None and not (entry.opening or entry.elsewhere or entry.cancelling)
            if entry.state is State.QUEUED and free:
                self._open(entry)
                if entry.opening:
                    running += 1
                    begun.append(entry)

    def _open(self, entry: Entry) -> None:
        """Read plan and journals in a thread, for seconds where there are many, and begin then."""
        try:
            self._take_up(entry)
        except TransferError as error:
            entry.error = {"kind": error.kind, "message": error.message}
            self._finish(entry, State.FAILED)
            return
        lease, journal, request = entry.lease, entry.journal, entry.request
        again = Again(entry.retry_only) if entry.retrying else None
        looked = entry.looked
        assert lease is not None
        assert journal is not None

        def read() -> None:
            opened: Opened | Exception
            try:
                opened = open_transfer(entry.folder.path, request, journal, lease, again, looked)
            except Exception as error:
                opened = error
            with self._news:
                entry.opening = False
                # One that waits for room is opened again and again.
                entry.looked = not isinstance(opened, Exception) and opened.trouble is None
                # It may have been paused, cancelled or taken away meanwhile.
                same = entry.lease is lease and entry.request is request
                stays = entry.state is State.QUEUED and same
                if stays and not (entry.cancelling or entry.tidying or self._closing):
                    self._run(entry, request, opened)
                elif not isinstance(opened, Exception):
                    opened.plan.close()
                if not self._closing:
                    self._next()

        entry.opening = True
        threading.Thread(target=read, name="mast-open", daemon=True).start()

    def _run(self, entry: Entry, request: Request, opened: Opened | Exception) -> None:
        assert entry.journal is not None
        assert entry.lease is not None
        try:
            if isinstance(opened, Exception):
                raise opened
            history, plan, rest = opened.history, opened.plan, opened.rest
        except (OSError, ValueError, KeyError) as error:
            log.warning("jupyterlab-mast: the plan of %s is damaged: %r", entry.id, error)
            with contextlib.suppress(OSError):
                os.unlink(entry.folder.path / PLAN)
            entry.start_when_planned = True
            self._set_state(entry, State.PLANNING)
            self._plan(entry)
            return
        # Another one each time: what the last one wrote was written for good.
        entry.reservation = f"{entry.id} {secrets.token_hex(4)}"
        try:
            if opened.trouble is not None:
                raise opened.trouble
            needed = max(0, entry.plan.reserved + opened.tally.larger - history.written)
            if rest is not None:
                needed = min(needed, rest.room)
            self._quota.reserve(entry.reservation, request.target, needed)
            target = Target(request.root, request.target, made=entry.journal.made)
        except QuotaError as error:
            plan.close()
            entry.wanted = error.planned
            self._wait_for_room(entry, _what_is_full(error.limit), error.planned - error.free)
            return
        except (TransferError, OSError) as error:
            if isinstance(error, OSError):
                error = disk_problem(error, request.target)
            plan.close()
            self._quota.give_back(entry.reservation)
            if error.kind in ("space", "quota"):
                # Not even the target folder can be made.
                entry.wanted = None
                self._wait_for_room(entry, "space" if error.kind == "space" else "quota", None)
                return
            entry.error = {"kind": error.kind, "message": error.message}
            self._finish(entry, State.FAILED)
            return
        if self._engine is None:
            self._engine = Engine()
        engine = self._engine
        job = Job(
            request,
            plan,
            history,
            opened.tally,
            entry.journal,
            entry.lease,
            target,
            self.provenance,
            decisions=entry.folder.choice().get("decisions", {}),
            memory=engine.memory,
            pool=engine.later,
            short=engine.short.run,
            wake=engine.wake,
            ended=lambda job: engine.later(lambda: self._job_ended(entry, job)),
            timing=self._settings.timing,
        )
        entry.retrying = False
        entry.job = job
        entry.forget_view()
        entry.started = entry.started or time.time()
        entry.set_going = entry.set_going or entry.started
        entry.waiting = None
        self._set_state(entry, State.RUNNING)
        engine.add(job)

    def _wait_for_room(self, entry: Entry, reason: WaitReason, missing: int | None) -> None:
        """Begin again after a while; `missing` are the bytes too few, where they are known."""
        pause = self._settings.timing.space
        since = entry.waiting.since if entry.waiting else time.time()
        entry.waiting = Waiting(reason, since, time.time() + pause, missing)
        entry.retry_at = time.monotonic() + pause
        self._set_state(entry, State.WAITING)
        if not entry.plan.kinds:
            self._look_at_rest(entry)

    def _has_room(self, entry: Entry) -> bool:
        """Whether one that waits for room may have it now: all of its plan is read to begin it. It
        waits on where there is none."""
        if entry.wanted is None:
            return True
        try:
            space = self._quota.space(nearest(entry.request.target))
        except OSError:
            return True
        missing = entry.wanted - space.allowed
        if missing > 0:
            self._wait_for_room(entry, _what_is_full(space.limit), missing)
        return missing <= 0

    def _job_ended(self, entry: Entry, job: Job) -> None:
        assert self._engine is not None
        self._engine.remove(job)
        entry.lost = entry.lost or not job.lease_held()
        cancelled = entry.cancelling
        changed: set[str] = set()
        if not entry.lost:
            if cancelled or (job.finished and job.resumed):
                # Sessions that were killed may have left some that nobody knows of.
                changed = drop_parts(entry.folder, entry.request)
            changed |= remove_lost_parts(job.request, job.lost_parts)
        # What the renames did must be on the disk before the journal says that all is done.
        job.sync_folders()
        with self._news:
            entry.counts = job.counts
            entry.note_failures(job)
            job.close()
            entry.job = None
            entry.looked = False
            self._note_written(entry, job)
            self._quota.give_back(entry.reservation)
            if entry.lost:
                entry.forget_lease()
            elif cancelled:
                self._end_cancelled(entry)
            elif entry.cancelling:
                self._drop_cancelled(entry)
            elif entry.request is not job.request:
                # Kinds were left out, or taken in again, while it was put aside.
                if entry.state is State.PAUSED:
                    self._look_at_rest(entry)
            elif job.finished:
                files = job.counts.files
                good = files["copied"] + files["identical"] + files["skipped"]
                self._finish(
                    entry,
                    State.DONE
                    if not files["failed"]
                    else State.DONE_WITH_FAILURES
                    if good
                    else State.FAILED,
                )
            self._touch(entry)
            if not self._closing:
                self._next()
            self._news.notify_all()
        # Blocks, folders and files that were replaced are nothing that a count of bytes knows.
        written = job.target.written.told()
        self._quota.changed([*changed, *written.alone], written.whole)

    def _note_written(self, entry: Entry, job: Job) -> None:
        fetched = job.counts.fetched
        # After that: all that was fetched is in one of them, and was to be fetched.
        folders, more = job.target.written.told(), job.counts.more
        self._quota.wrote(entry.reservation, fetched, folders, more)

    def _end_cancelled(self, entry: Entry) -> None:
        entry.cancelling = False
        self._finish(entry, State.CANCELLED)

    def _finish(self, entry: Entry, state: State) -> None:
        entry.ended = time.time()
        entry.waiting = None
        entry.retrying = False
        self._set_state(entry, state)
        if entry.journal is not None:
            with contextlib.suppress(OSError):
                entry.journal.sync()
        entry.save()
        entry.put_down()

    def _set_state(self, entry: Entry, state: State) -> None:
        entry.state = state
        entry.note_state()
        self._touch(entry, now=True)
        self._news.notify_all()

    # Owners

    def _take_up(self, entry: Entry) -> None:
        """Get lease and journal of a transfer that this process is to change."""
        if entry.lease is not None:
            return
        lease = self._watches.setdefault(
            entry.id, LeaseWatch(entry.folder.path, self._settings.timing)
        ).take()
        if lease is None:
            raise TransferError(
                "internal", "Another server works at this transfer. Try again in a minute."
            )
        entry.folder.unmark()
        entry.lease = lease
        entry.journal = Journal(entry.folder.path, lease.number)
        entry.elsewhere = False
        entry.lost = False

    def _look(self, asked: str = "") -> None:
        """Find transfers on the disk that are new to this process, and news of known ones.

        Those that have ended are left on the disk until somebody asks for all, or for that one.
        Without the lock, as far as that is up to this method: what others wrote is read first, and
        taken in when it is still news.
        """
        with self._lock:
            self._looked = time.monotonic()
            before = set(self._entries)
        found = set()
        for folder in folders(self._parent):
            found.add(folder.path.name)
            known = self._knows_all or folder.path.name in before or folder.path.name == asked
            if folder.marked and not known:
                continue
            try:
                entry = self._look_at(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("jupyterlab-mast: %s cannot be read: %r", folder.path, error)
                continue
            if self._adopt and entry is not None and entry.elsewhere:
                self._adopt_entry(entry)
        with self._lock:
            for gone in before - found:
                if gone in self._entries and self._entries[gone].lease is None:
                    del self._entries[gone]

    def _look_at(self, folder: Folder) -> Entry | None:
        """The transfer of a folder, as others left it; None where that is gone meanwhile."""
        name = folder.path.name
        with self._lock:
            entry = self._entries.get(name)
        if entry is None:
            entry = Entry.load(folder)
            with self._lock:
                # Somebody may have made or cleared it while it was read.
                if name in self._entries:
                    return self._entries[name]
                if not (folder.path / "request.json").exists():
                    return None
                self._entries[name] = entry
                self._touch(entry)
            return entry
        if entry.lease is None:
            news = entry.read_news()
            with self._lock:
                if news is not None and entry.lease is None and entry.take_in(news):
                    self._touch(entry)
        return entry

    def _adopt_entry(self, entry: Entry, deaf: bool = False) -> None:
        """Take over an unfinished transfer whose owner is gone; what that left is read without the
        lock. `deaf`: what was asked of it meanwhile is dropped.
        """
        with self._lock:
            if self._closing or entry.adopting or not entry.elsewhere:
                return
            try:
                self._take_up(entry)
            except (TransferError, OSError):
                return
            # Until all is read nobody does anything with it here.
            entry.adopting = entry.elsewhere = True
            lease = entry.lease
        news: News | Exception | None
        request = entry.request
        try:
            news = entry.read_news()
            # Whoever had it may have chosen otherwise since it was found here.
            request = entry.folder.request()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("jupyterlab-mast: %s cannot be read: %r", entry.folder.path, error)
            news = error
        with self._lock:
            entry.adopting = False
            if self._closing or entry.lease is not lease:
                return
            if isinstance(news, Exception):
                entry.put_down()
                return
            entry.elsewhere = False
            entry.request = request
            if news is not None:
                entry.take_in(news)
            if deaf:
                entry.asks()
            self._go_on(entry)

    def _go_on(self, entry: Entry) -> None:
        """Do what is to be done with a transfer that was taken over."""
        if entry.state.ended:
            with contextlib.suppress(OSError):
                entry.folder.mark_ended()
            entry.put_down()
        elif entry.cancelling:
            self._drop_cancelled(entry)
        elif entry.state is State.PLANNING:
            start = entry.request.start
            age = time.time() - entry.request.created
            if start == "ask" and age > _DRAFT_SECONDS and not entry.start_when_planned:
                entry.error = {"kind": "internal", "message": _NOT_STARTED}
                self._finish(entry, State.CANCELLED)
            else:
                # One that was planned, and did not start, waited for somebody.
                entry.confirm = start == "ask" or (start == "auto" and entry.folder.has_plan)
                self._plan(entry)
        elif entry.state is State.PAUSED:
            self._touch(entry)
        else:
            entry.state = State.QUEUED
            self._touch(entry)

    def _tick(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            try:
                if time.monotonic() - self._looked > self._settings.timing.look:
                    self._look()
            except Exception:
                log.exception("jupyterlab-mast: looking for transfers failed")
            with self._lock:
                if self._closing:
                    return
                try:
                    self._beat()
                except Exception:
                    log.exception("jupyterlab-mast: looking after the transfers failed")
                dirty, self._dirty = self._dirty, set()
                told = [
                    self._entries[transfer_id].summary()
                    for transfer_id in dirty
                    if transfer_id in self._entries
                ]
            self._tell(told)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._counted > _COUNT_SECONDS:
            self._counted = now
            self._quota.beat()
        # Paused and waiting ones are asked less often: each time is a look at the disk.
        listen = now - self._listened > _LISTEN_SECONDS
        if listen:
            self._listened = now
        for entry in self._entries.values():
            if entry.job:
                self._note_written(entry, entry.job)
        for entry in list(self._entries.values()):
            if entry.lease is not None and not entry.lease.beat():
                entry.lost = True
                entry.elsewhere = True
                if entry.job:
                    entry.job.stop()
                else:
                    entry.forget_lease()
                continue
            if (
                entry.planning is not None
                and not entry.confirm
                and entry.request.start == "auto"
                and not entry.start_when_planned
                and now - entry.planning.began > self._settings.plan_seconds
            ):
                entry.confirm = True
                self._touch(entry)
            if entry.job or (listen and entry.lease is not None and not entry.adopting):
                for action in entry.asks():
                    with contextlib.suppress(TransferError, AttributeError):
                        self._do(entry, action)
            if entry.job:
                self._follow(entry)
            elif (
                entry.state is State.WAITING
                and not entry.elsewhere
                and now > entry.retry_at
                and self._has_room(entry)
            ):
                entry.state = State.QUEUED
        self._next()

    def _follow(self, entry: Entry) -> None:
        job = entry.job
        if job is None or entry.state not in (State.RUNNING, State.WAITING):
            return
        entry.waiting = job.waiting
        state = State.WAITING if job.waiting else State.RUNNING
        if state is not entry.state:
            self._set_state(entry, state)
            if job.waiting and job.waiting.reason != "network":
                self._look_at_rest(entry)
        if entry.moved():
            self._touch(entry)

    # Telling

    def _entry(self, transfer_id: str) -> Entry:
        if transfer_id not in self._entries:
            self._look(transfer_id)
        return self._entries[transfer_id]

    def _own(self, transfer_id: str) -> Entry:
        entry = self._entry(transfer_id)
        if entry.elsewhere:
            raise TransferError("internal", "Another server works at this transfer.")
        return entry

    def _told(self, entry: Entry) -> Json:
        self._touch(entry, now=True)
        return entry.summary()

    def _touch(self, entry: Entry, now: bool = False) -> None:
        with self._lock:
            if now and self._changed is not None:
                self._dirty.discard(entry.id)
                summary = [entry.summary()]
            else:
                self._dirty.add(entry.id)
                return
        self._tell(summary)

    def _tell(self, summaries: list[Json]) -> None:
        if summaries and self._changed is not None:
            try:
                self._changed(summaries)
            except Exception:
                log.exception("jupyterlab-mast: a change could not be told")


def _what_is_full(limit: int | None) -> WaitReason:
    return "space" if limit is None else "quota"
