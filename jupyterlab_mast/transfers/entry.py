"""What a process knows of one transfer: state, counts, and where they are kept."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from ..errors import Json
from ..files import write_whole
from ..lease import Lease
from .job import Job, Waiting
from .journal import History, Journal, read_history
from .kinds import Rest, rest_of
from .planning import Planning
from .store import PLAN, SUMMARY, Folder, PlanFile
from .tally import Counts, Tally
from .types import Finished, Object, Outcome, Plan, Request, State

_FAILURES = 10


class View:
    """The files of a transfer that does not run, by plan and journals."""

    def __init__(self, folder: Folder, request: Request) -> None:
        self.plan = PlanFile(folder.path / PLAN, request)
        history = read_history(folder.path)
        # What is doubtful is so only for who goes on.
        history.finished.doubt_none()
        rest = rest_of(folder.path, history, request.left_out) if request.left_out else None
        self._outcomes = Tally(self.plan, history, rest).outcomes

    def outcome(self, index: int) -> Outcome:
        return self._outcomes[index]

    def detail(self, index: int) -> Finished | None:
        return self._outcomes.detail(index)

    def wanted(self) -> Sequence[int]:
        return self._outcomes.wanted()

    def having(self, outcome: Outcome) -> list[int]:
        return list(self._outcomes.having(outcome))

    def progress_of(self, index: int) -> int:
        return 0


@dataclass(frozen=True)
class News:
    """What other processes wrote of a transfer, as it lay on the disk."""

    #: Bytes that were known before, and that there are now; and when the folder was changed, in ns.
    before: int
    size: int
    changed: int
    #: The figures of a transfer that has ended.
    saved: Json | None
    history: History


class Entry:
    """One transfer. Guarded by the lock of `Transfers`, but for what says that it reads much."""

    def __init__(self, folder: Folder, request: Request) -> None:
        self.folder = folder
        self.request = request
        self.id = request.id
        self.state = State.PLANNING
        self.plan = Plan()
        self.counts = Counts()
        self.failures: dict[int, Finished] = {}
        #: Keys of the failures that are told of.
        self.failed_keys: dict[int, str] = {}
        self.started: float | None = None
        self.ended: float | None = None
        self.error: Json | None = None
        self.waiting: Waiting | None = None
        self.undone = False
        self.lease: Lease | None = None
        self.journal: Journal | None = None
        self.job: Job | None = None
        #: The name of its job's reservation.
        self.reservation = ""
        self.view: View | None = None
        #: How often a view was outdated; both are guarded by the first lock. The second one is
        #: held by who reads a view.
        self._outdated = 0
        self._views = threading.Lock()
        self._reading = threading.Lock()
        #: Plan and journals are being read, to begin.
        self.opening = False
        #: Another process works at it, or nobody yet.
        self.elsewhere = False
        #: It is being taken over: the lease is ours, and what was written is being read.
        self.adopting = False
        self.lost = False
        self.planning: Planning | None = None
        #: Held while the plan's file is looked for, or files are left out of it.
        self.narrowing = threading.Lock()
        self.confirm = False
        self.asked_again = False
        self.start_when_planned = False
        #: When a person set it going last, in seconds since 1970.
        self.set_going: float | None = None
        self.cancelling = False
        #: Files of it are being removed, by cancel or undo.
        self.tidying = False
        self.retrying = False
        #: Which files are tried again; None for all that failed.
        self.retry_only: frozenset[int] | None = None
        self.retry_at = 0.0
        #: Bytes that had no room, where that is what it waits for.
        self.wanted: int | None = None
        #: Whether it was looked for files that people have removed, since it ran last.
        self.looked = False
        self._seen: tuple[int, int, int] = (-1, -1, -1)
        self._size_on_disk = -1
        self._changed_on_disk = -1

    @classmethod
    def load(cls, folder: Folder) -> Entry:
        """A transfer as it lies on the disk. Raises what `Folder.request` does."""
        entry = cls(folder, folder.request())
        entry.elsewhere = True
        news = entry.read_news()
        if news is not None:
            entry.take_in(news)
        return entry

    def read_news(self) -> News | None:
        """Read what other processes wrote since it was read last; None where that is nothing.

        Reads much, and changes nothing that is told: for any thread, without locks.
        """
        folder, before = self.folder.path, self._size_on_disk
        changed = os.stat(folder).st_mtime_ns
        # Whoever takes up one that has ended makes files.
        if self.state.ended and changed == self._changed_on_disk:
            return None
        size = sum(
            os.stat(folder / name).st_size
            for name in os.listdir(folder)
            if name.startswith(("journal-", SUMMARY, PLAN))
        )
        if size == before:
            self._changed_on_disk = changed
            return None
        saved: Json | None = None
        with contextlib.suppress(FileNotFoundError, ValueError):
            saved = json.loads((folder / SUMMARY).read_text("utf-8"))
        return News(before, size, changed, saved, read_history(folder))

    def take_in(self, news: News) -> bool:
        """Note what was read; whether that is news still, or another thread was faster."""
        if news.before != self._size_on_disk:
            return False
        self._size_on_disk = news.size
        self._changed_on_disk = news.changed
        self.forget_view()
        if news.saved is not None:
            self._restore(news.saved)
        history = news.history
        state = history.state
        if state:
            self.state = State(state["state"])
            self.started = state.get("started", self.started)
            self.set_going = state.get("set_going", self.started)
            # What somebody asked for, and what was not begun before a process ended.
            self.cancelling = state.get("cancelling", False)
            retrying = state.get("retrying")
            self.retrying = retrying is not None
            self.retry_only = None if not retrying else frozenset(retrying)
            self.ended = state.get("ended", self.ended)
            self.undone = state.get("undone", self.undone)
            self.start_when_planned = state.get("start", False)
            if "plan" in state:
                self.plan = Plan(**state["plan"])
        if not self.state.ended:
            left_out, left_out_bytes = state.get("left_out", (0, 0))
            counts = Counts(
                total=self.plan.bytes - left_out_bytes,
                left_out=left_out,
                left_out_bytes=left_out_bytes,
            )
            for outcome, (files, size) in history.finished.totals().items():
                counts.files[outcome] += files
                if outcome != "failed":
                    counts.done += size
            for part in history.parts.values():
                counts.done += part.bytes
            self.counts = counts
        if self.lease is None:
            self.elsewhere = not self.state.ended
        return True

    def note_state(self) -> None:
        """Write the state to the journal."""
        if self.journal is None or self.lease is None or not self.lease.holds():
            return
        counts = self.job.counts if self.job else self.counts
        with contextlib.suppress(OSError):
            self.journal.state(
                state=self.state.value,
                started=self.started,
                set_going=self.set_going,
                cancelling=self.cancelling,
                retrying=sorted(self.retry_only or ()) if self.retrying else None,
                ended=self.ended,
                undone=self.undone,
                start=self.start_when_planned or self.state is not State.PLANNING,
                left_out=(counts.left_out, counts.left_out_bytes),
                plan={**asdict(self.plan), "differing_first": self.plan.differing_first[:10]},
            )

    def save(self) -> None:
        """Keep the figures of a transfer that has ended, so that nobody has to add them up."""
        if self.journal is None:
            return
        with contextlib.suppress(OSError):
            write_whole(
                self.folder.path / SUMMARY,
                {
                    "journal": self.journal.path.name,
                    "told": self.summary(),
                    "counts": asdict(self.counts),
                    "failures": {
                        str(index): how.to_json()
                        for index, how in sorted(self.failures.items())[:_FAILURES]
                    },
                    "error": self.error,
                },
            )
            self.folder.mark_ended()

    def _restore(self, saved: Json) -> None:
        self.counts = Counts(**saved["counts"])
        self.failures = {int(index): Finished(**how) for index, how in saved["failures"].items()}
        self.error = saved["error"]
        told = saved.get("told", {}).get("failures", [])
        self.failed_keys = {one["index"]: one["key"] for one in told}

    def take_in_rest(self, rest: Rest) -> None:
        """Note what is not copied yet of a transfer that has begun."""
        self.plan.kinds = rest.kinds
        if self.job is None:
            counts = self.counts
            counts.total += counts.left_out_bytes - rest.left_out_bytes
            counts.left_out = len(rest.left_out)
            counts.left_out_bytes = rest.left_out_bytes

    def put_down(self) -> None:
        """Let go of a transfer that has ended: anybody may take it up."""
        if self.lease is not None:
            self.lease.release()
            self.lease = None
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    def forget_lease(self) -> None:
        """Another process has taken it over."""
        self.lost = False
        self.elsewhere = True
        self.lease = None
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    def close(self) -> None:
        if self.planning is not None:
            self.planning.stop()
        self.put_down()
        with self._views:
            view, self.view = self.view, None
            self._outdated += 1
        if view is not None:
            view.plan.close()

    # Another process's transfers

    def pass_on(self, action: str) -> None:
        """Ask the process that works at it to do something."""
        write_whole(self.folder.path / f"ask-{secrets.token_hex(6)}.json", {"do": action})

    def asks(self) -> list[str]:
        """What other processes ask for; each only once."""
        found = []
        try:
            names = os.listdir(self.folder.path)
        except OSError:
            return []  # the lease will tell that it is gone
        for name in names:
            if name.startswith("ask-"):
                path = self.folder.path / name
                with contextlib.suppress(OSError, ValueError, KeyError):
                    found.append(str(json.loads(path.read_text("utf-8"))["do"]))
                path.unlink(missing_ok=True)
        return found

    # For those who look

    def moved(self) -> bool:
        """Whether figures changed since the last call."""
        if self.job is None:
            return False
        counts = self.job.counts
        now = (counts.done, sum(counts.files.values()), len(self.job.failures))
        changed = now != self._seen
        self._seen = now
        return changed

    def summary(self) -> Json:
        request, job = self.request, self.job
        counts = job.counts if job else self.counts
        failures = job.failures if job else self.failures
        files = counts.files
        return {
            "id": self.id,
            "title": request.title,
            "archive": request.archive.id,
            "origin": request.origin,
            "state": self.state.value,
            "created": request.created,
            "started": self.started,
            "set_going": self.set_going,
            "ended": self.ended,
            "sources": [
                {"key": one.key} if one.key is not None else {"prefix": one.prefix}
                for one in request.sources[:20]
            ],
            "target": request.target,
            "root": request.root,
            "layout": request.layout,
            "conflict": request.conflict,
            "plan": asdict(self.plan),
            "confirm": self.confirm,
            "files": {
                "total": self.plan.files - counts.left_out,
                "copied": files["copied"],
                "identical": files["identical"],
                "skipped": files["skipped"],
                "failed": files["failed"],
                "left_out": counts.left_out,
            },
            "bytes": {
                "total": counts.total if self.started else self.plan.bytes - counts.left_out_bytes,
                "done": max(0, counts.done),
            },
            "checked": {**counts.checked, "algorithms": dict(counts.algorithms)},
            "active": job.summary_active() if job else [],
            "failures": [
                {
                    "index": index,
                    "key": self._key(index, job),
                    "path": how.path,
                    "size": how.size,
                    "kind": how.kind,
                    "message": how.message,
                }
                for index, how in sorted(failures.items())[:_FAILURES]
            ],
            "waiting": (
                {
                    "reason": self.waiting.reason,
                    "since": self.waiting.since,
                    "next": self.waiting.next,
                    "missing": self.waiting.missing,
                    "message": self.waiting.message or None,
                }
                if self.waiting
                else None
            ),
            "error": self.error,
            "elsewhere": self.elsewhere,
            "undone": self.undone,
        }

    def note_failures(self, job: Job) -> None:
        """Keep the failures of a job that is about to be closed."""
        self.failures = dict(job.failures)
        self.failed_keys = {
            index: self._key(index, job) for index in sorted(self.failures)[:_FAILURES]
        }

    def _key(self, index: int, job: Job | None) -> str:
        if job is None:
            return self.failed_keys.get(index, "")
        try:
            return job.plan[index].key
        except (OSError, ValueError, KeyError, IndexError):
            return ""

    def forget_view(self) -> None:
        """What a view of the files says is not so any more."""
        with self._views:
            self.view = None
            self._outdated += 1

    def _looked(self) -> Job | View:
        """The job, or else a view: plan and journals are read, for seconds where there are many.

        Not with the lock of `Transfers` held.
        """
        with self._reading:
            looked = self.job or self.view
            if looked is None:
                before = self._outdated
                looked = View(self.folder, self.request)
                with self._views:
                    # A view that is outdated already is for this look only.
                    if self._outdated == before:
                        self.view = looked
            return looked

    def have_failed(self, files: Collection[int]) -> bool:
        """Whether all of these files failed. Reads much."""
        try:
            looked = self._looked()
        except (OSError, ValueError):
            return False
        count = len(looked.plan)
        return all(0 <= one < count and looked.outcome(one) == "failed" for one in files)

    def files(self, offset: int, limit: int, outcome: Outcome | None) -> Json:
        """Files from `offset` on, of those with an outcome, or all that are not left out.

        Reads much.
        """
        try:
            looked = self._looked()
        except (OSError, ValueError):
            return {"total": 0, "files": []}
        plan = looked.plan
        chosen = looked.wanted() if outcome is None else looked.having(outcome)
        return {
            "total": len(chosen),
            "files": [self._file(plan[index], looked) for index in chosen[offset : offset + limit]],
        }

    @staticmethod
    def _file(one: Object, looked: Job | View) -> Json:
        how = looked.detail(one.index)
        outcome = looked.outcome(one.index)
        size = how.size if how and how.size else one.size
        whole = outcome in ("copied", "identical", "skipped")
        return {
            "index": one.index,
            "key": one.key,
            "path": how.path if how and how.path else one.path,
            "size": size,
            "done": size if whole else looked.progress_of(one.index),
            "outcome": outcome,
            "check": how.check if how else None,
            "algorithm": how.algorithm if how and how.check == "checksum" else "",
            "kind": how.kind if how else None,
            "message": how.message if how else "",
        }
