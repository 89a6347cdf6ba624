"""Planning a transfer in a thread: all is listed, narrowed, and held against the target."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..quota.interface import Quota
from .job import Waiting
from .kinds import narrow_plan
from .planner import make_plan, survey
from .provenance import Provenance
from .store import Folder
from .targets import disk_problem
from .timing import Timing
from .types import PASSING, Plan, Request, TransferError

log = logging.getLogger(__name__)


class Planning:
    """Plans a transfer in a thread of its own, from its making on. For one run.

    The functions are called from that thread: `told` when `plan` has grown or `waiting` has
    changed, `listed` when the plan's file is another one, and `ended` at the end, with the plan or
    with what went wrong. Of one that is stopped no end is told, but for one that came just before.
    `narrowing` is held while the plan's file is looked for, or files are left out of it.
    """

    def __init__(
        self,
        folder: Folder,
        request: Request,
        *,
        narrowing: threading.Lock,
        provenance: Provenance,
        quota: Quota,
        timing: Timing,
        told: Callable[[Planning], None],
        listed: Callable[[], None],
        ended: Callable[[Planning, Plan | TransferError], None],
    ) -> None:
        self.request = request
        self.plan = Plan()
        #: Set while the archive is out of reach.
        self.waiting: Waiting | None = None
        #: On the clock of `time.monotonic`.
        self.began = time.monotonic()
        self._folder = folder
        self._narrowing = narrowing
        self._provenance = provenance
        self._quota = quota
        self._timing = timing
        self._told = told
        self._listed = listed
        self._ended = ended
        self._stop = threading.Event()
        self._again = threading.Event()
        threading.Thread(target=self._run, name="mast-plan", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._again.set()

    def try_now(self) -> None:
        """Ask an archive again that is out of reach."""
        self._again.set()

    def _run(self) -> None:
        end: Plan | TransferError | None
        try:
            end = self._plan()
        except TransferError as error:
            end = error
        except OSError as error:
            end = disk_problem(error, self.request.target)
        except Exception as error:
            if not self._stop.is_set():
                log.exception("jupyterlab-mast: planning failed")
            end = TransferError("internal", f"Planning failed: {error!r}.")
        if end is not None and not self._stop.is_set():
            self._ended(self, end)

    def _plan(self) -> Plan | None:
        folder, request = self._folder, self.request
        with self._narrowing:
            planned = folder.has_plan
        if not planned:
            self._list()
        with self._narrowing:
            if self._stop.is_set():
                return None
            if not planned:
                folder.forget_whole_plan()
            narrow_plan(request, folder.path)
            self._listed()
        return survey(
            request, folder.path, self._provenance, self._quota, self._stop, self._progress
        )

    def _list(self) -> None:
        """Make the plan's file. While the archive is out of reach, wait and begin anew."""
        failed = 0
        while True:
            self._again.clear()
            try:
                make_plan(self.request, self._folder.path, self._stop, self._progress)
                return
            except TransferError as error:
                if error.kind not in PASSING or self._stop.is_set():
                    raise
                pause = self._timing.pause(failed, error.retry_after)
                failed += 1
                now = time.time()
                since = self.waiting.since if self.waiting else now
                self.waiting = Waiting("network", since, now + pause, None, error.message)
                self._told(self)
            if not self._stop.is_set():
                self._again.wait(pause)

    def _progress(self, plan: Plan) -> None:
        self.plan = plan
        self.waiting = None
        if not self._stop.is_set():
            self._told(self)
