"""Measures the roots of a home, and tells what is in them.

What it finds is published in files, which other processes of the home read.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import Json
from ..files import TAKES_NOTHING
from ..lease import Lease, LeaseWatch, Pace, UsualPace
from ..transfers.interface import provenance_in
from .account import Account, forget_kept, kept_in
from .cached import cached
from .freeable import freeable
from .interface import usages_in
from .keeper import Keeper
from .limits import Patient
from .listings import Listings
from .notes import Notes, What, notes_in
from .places import Places
from .reservations import NOTHING, Reservations, Standing
from .trash import trash_below
from .tree import join
from .usage import Usage, last_written, usages_by_path, write_usages

#: Seconds between two figures that are told while files are counted.
TELL_SECONDS = 1.0
#: Seconds between two looks at what another process of this home has measured.
LOOK_SECONDS = 5.0

#: What is said of a root that is none of the server that measures.
_OF_NOBODY = (
    "another server of this home counts, for which this folder is not set: it is counted when that "
    "one has ended"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Seconds, bytes, and folders a second."""

    #: Between two refreshes while a page is open, and while none is.
    open_seconds: float = 60.0
    away_seconds: float = 900.0
    #: Folders that are read a second, at most.
    rate: float | None = None
    #: Folders that each refresh reads again, those that were read the longest ago; None is a share.
    again: int | None = None


class Accountant:
    """Keeps the accounts of some roots. `changed` is called from its thread, and `failed` when that
    comes to an end of which nobody thought.

    Of all that share the folder `data`, one measures; the others tell what it has published, and
    leave notes of what it should look at. Where nothing can be written there, nobody can be the
    one: then each measures for its own server, and keeps nothing.
    """

    def __init__(
        self,
        data: Path,
        roots: Sequence[Usage],
        settings: Settings,
        changed: Callable[[], None],
        pace: Pace | None = None,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._failed = failed
        self._settings = settings
        self._changed = changed
        self._provenance = provenance_in(data)
        self._listings = Listings()
        self._data = data
        self._folder = data / "quota"
        self._pace = pace or UsualPace()
        self._watch = LeaseWatch(self._folder, self._pace)
        self._lease: Lease | None = None
        #: It measures without a lease, since nothing can be written; and when it tries to have one
        #: again, by ``time.monotonic``.
        self._alone = False
        self._tries_again = float("-inf")
        self._published = usages_in(data)
        self._reservations = Reservations(data / "quota")
        self._notes = Notes(notes_in(data))
        self._accounts = {root.id: Account(root.path, kept_in(data, root.path)) for root in roots}
        self._keepers = {
            name: Keeper(account, self._pace.beat) for name, account in self._accounts.items()
        }
        #: Asks where a root leads, which may take for ever.
        self._leads = Patient(_place_of)
        #: Held while what was kept is read.
        self._reading = threading.Lock()
        #: What is measured is in the accounts; while it is not, what another has kept is.
        self._owns = False
        #: What is told is published too.
        self._is_kept = False
        #: Which file was published last, and when another process was seen to have done so last, by
        #: ``time.monotonic``.
        self._found, self._found_at = last_written(self._published), float("-inf")
        before = usages_by_path(self._published)
        # The figures of the last time, with the limits of now as far as they are known.
        self._usages = {
            root.id: root.with_figures_of(last).with_known_limit(last)
            for root in roots
            for last in (before.get(root.path, root),)
        }
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._hints: dict[str, None] = {}
        #: Folders in which something may have changed anywhere.
        self._below: dict[str, None] = {}
        self._again: set[str] = set()
        self._limits: dict[str, Usage] = {}
        self._open = False
        self._asked = True
        #: How many looks have begun, and how many of them have ended.
        self._begun = self._ended = 0
        self._closing = False
        #: The reservations of which was told last, and their bytes.
        self._reserved: dict[str, int] = {}
        #: When notes were looked for last while all is read, by ``time.monotonic``.
        self._looked = float("-inf")
        #: When each root was looked at last, likewise.
        self._looks = dict.fromkeys(self._accounts, float("-inf"))
        #: When a note last said that a page is open here.
        self._noted = float("-inf")
        self._thread = threading.Thread(target=self._run, name="mast-quota", daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    # From any thread

    @property
    def measures(self) -> bool:
        """Whether it is this one that measures."""
        return self._lease is not None or self._alone

    def told(self) -> list[tuple[Usage, Standing]]:
        """What is known now, with what copies have written since, and what they reserve."""
        standings = self._reservations.by_root()
        with self._lock:
            usages = list(self._usages.values())
        found = []
        for usage in usages:
            standing = standings.get(self._accounts[usage.id].root, NOTHING)
            found.append((usage.with_written(standing.written), standing))
        return found

    def snapshot(self) -> list[Usage]:
        """What is known now, with what copies have written since it was measured."""
        return [usage for usage, _ in self.told()]

    def reserved(self) -> dict[str, int]:
        """Bytes that copies are about to write, by root."""
        return {usage.id: standing.outstanding for usage, standing in self.told()}

    def folder(self, name: str, path: bytes) -> Json:
        """What is in a folder of a root. Raises KeyError and UnknownFolder."""
        trash = trash_below(self._accounts[name].root)
        in_trash = trash is not None and path == join(trash, b"files")
        return self._places(name).folder(path, all_files=in_trash)

    def files(self, name: str, order: str, limit: int) -> list[Json]:
        """The largest or the oldest files of a root. Raises KeyError."""
        return self._places(name).files(order, limit)

    def size(self, name: str, path: bytes) -> tuple[int, int]:
        """Bytes on disk of a folder, and those that go with it. Raises KeyError and
        UnknownFolder."""
        return self._places(name).size(path)

    def freeable(self, name: str) -> Json:
        """What of a root may go, besides copies. Raises KeyError."""
        root = self._accounts[name].root
        return freeable(root, self._places(name), trash_below(root))

    def cached(self, name: str, after: bytes, limit: int) -> Json:
        """Some of the files in caches of the field's programs. Raises KeyError."""
        places = self._places(name)
        root = self._accounts[name].root
        return cached(root, places, self._provenance, after, limit, listings=self._listings)

    def _places(self, name: str) -> Places:
        account = self._accounts[name]
        # Its file system may hang.
        trash = trash_below(account.root)
        with self._reading:
            if not self._owns:
                account.load_newer()
                if (self._usages[name].refreshed or 0.0) > (account.refreshed or 0.0):
                    self._note("save", [name])
            return Places(account.root, account.tree, self._provenance, trash)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """What is noted meanwhile is looked at now."""
        with self._wake:
            yield
            self._asked = True
            self._wake.notify_all()

    def hint(self, paths: Sequence[str], within: float = 0.0) -> None:
        """Something changed at these full paths: look there now.

        Returns when that has been done, if it is done `within` so many seconds; at once where
        another one measures, which does it soon.
        """
        if not self.measures:
            self._notes.leave("look", paths)
            if within:
                self._note("save", self._accounts)
            return
        with self._asking():
            self._hints.update(dict.fromkeys(paths))
            # The one under way may have passed there already.
            wanted = self._begun + 1
        with self._wake:
            self._wake.wait_for(
                lambda: self._ended >= wanted or self._closing or not self.measures, within
            )

    def watched(self, pages: bool) -> None:
        """Whether somebody looks."""
        with self._wake:
            first = pages and not self._open
            self._open = pages
        if first:
            self.refresh()

    def refresh(self) -> None:
        """Look for changes now."""
        if not self.measures:
            self._note("look", self._accounts)
        with self._asking():
            pass

    def rescan(self, name: str | None) -> None:
        """Read a whole root again, or all. Raises KeyError."""
        if name is not None and name not in self._accounts:
            raise KeyError(name)
        names = list(self._accounts) if name is None else [name]
        if not self.measures:
            self._note("again", names)
            return
        with self._asking():
            self._again.update(names)

    def set_limits(self, roots: Sequence[Usage]) -> None:
        """The same roots, with other limits."""
        with self._asking():
            self._limits = {root.id: root for root in roots}

    def close(self) -> None:
        """Stop, and keep what is known."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._notes.close()

    def _note(self, what: What, names: Iterable[str]) -> None:
        """Leave a note of these roots."""
        self._notes.leave(what, [self._accounts[name].root for name in names])

    # In the thread

    def _run(self) -> None:
        try:
            while not self._closing:
                if self._holds():
                    self._measure_until_lost()
                else:
                    self._tell_of_others()
        except Exception:
            log.exception("jupyterlab-mast: used space is not measured any more")
            self._failed()
        finally:
            if self._lease is not None:
                self._lease.release()

    def _holds(self) -> bool:
        """Whether it is this process that measures; called often while it does."""
        if self._lease is not None and not self._lease.beat():
            self._lease = None
        if self._lease is None and time.monotonic() >= self._tries_again:
            self._try_to_hold()
        return self.measures

    def _try_to_hold(self) -> None:
        alone = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lease = self._watch.take()
        except OSError as error:
            alone = error.errno in TAKES_NOTHING
            if alone and not self._alone:
                log.warning("jupyterlab-mast: used space is told, but cannot be kept: %s", error)
        self._alone = alone
        self._tries_again = time.monotonic() + self._pace.beat if alone else float("-inf")

    def _measure_until_lost(self) -> None:
        with self._reading:
            self._owns = True
            self._take_up_published()
            for name, account in self._accounts.items():
                account.load()
                if (self._usages[name].refreshed or 0.0) > (account.refreshed or 0.0):
                    # Who measured before told more than was kept.
                    account.hint_below(account.root)
        forget_kept(self._data, [account.root for account in self._accounts.values()])
        # Copies are held against the limits from now on, whatever is counted still.
        for name in self._accounts:
            self._set(name, **self._found_so_far(name))
        try:
            while self._wait():
                self._look_at_all()
            if self._holds():
                for keeper in self._keepers.values():
                    keeper.save()
        finally:
            self._owns = False
            self._found = last_written(self._published)
            for account in self._accounts.values():
                account.close()

    def _take_up_published(self) -> None:
        """Know what another process has told since it was last asked for."""
        found = usages_by_path(self._published)
        with self._lock:
            for name, usage in self._usages.items():
                told = found.get(usage.path, usage)
                if (told.refreshed or 0.0) > (usage.refreshed or 0.0):
                    self._usages[name] = usage.with_figures_of(told)

    def _look_at_all(self) -> None:
        with self._wake:
            self._asked = False
            self._begun += 1
            again, self._again = self._again, set()
        self._take_named()
        for name in self._accounts:
            self._look(name, name in again)
        self._settle()
        with self._wake:
            self._ended = self._begun
            self._wake.notify_all()

    def _take_named(self) -> None:
        """Take up new limits, and tell the accounts where something has changed."""
        with self._wake:
            hints, self._hints = list(self._hints), {}
            below, self._below = list(self._below), {}
            limits, self._limits = self._limits, {}
        for name, root in limits.items():
            self._publish(name, self._usages[name].with_limit_of(root))
        for account in self._accounts.values():
            account.hint(hints)
            for folder in below:
                account.hint_below(folder)

    def _look_meanwhile(self) -> None:
        """While all folders of a root are being read: look where something has changed since."""
        if time.monotonic() - self._looked >= self._pace.beat / 2:
            self._looked = time.monotonic()
            self._take_notes()
            self._tell_of_reservations()
        with self._wake:
            if not (self._hints or self._below or self._limits):
                return
            self._begun += 1
        self._take_named()
        for name, account in self._accounts.items():
            # One that is away is told of by its own look.
            with contextlib.suppress(OSError):
                self._look_whether_there(name)
                standing = self._standing_of(account)
                account.look_where_named(self._stopped)
                if self._usages[name].measured is None:
                    # What of the copies has been found already nobody knows.
                    self._set(name, **self._found_so_far(name))
                elif account.measured is not None:
                    # Else it is counted anew, and what was told before is more than was found.
                    self._tell(name, account, standing)
        with self._wake:
            self._ended = self._begun
            self._wake.notify_all()

    def _refresh_others(self, counted: str) -> None:
        """While all of one root is read, which may take hours: look for changes in those others
        whose time has come."""
        for name, account in self._accounts.items():
            due = time.monotonic() - self._looks[name] >= self._pause
            if due and name != counted and not account.left:
                self._look(name, meanwhile=True)

    def _standing_of(self, account: Account) -> Standing:
        """What copies have written by now; it is looked at where that is."""
        standing = self._reservations.by_root().get(account.root, NOTHING)
        account.hint(standing.where.alone)
        for folder in standing.where.whole:
            account.hint_below(folder)
        return standing

    def _wait(self) -> bool:
        """Wait until it is time to look again. False when it is closed, or another measures."""
        end = time.monotonic() + self._pause
        while not self._stopped():
            self._take_notes()
            self._tell_of_reservations()
            with self._wake:
                left = end - time.monotonic()
                if self._closing or self._asked or left <= 0:
                    break
                self._wake.wait(min(self._pace.beat / 2, left))
        return not self._stopped()

    @property
    def _pause(self) -> float:
        """Seconds between two looks."""
        return self._settings.open_seconds if self._open else self._settings.away_seconds

    def _take_notes(self) -> None:
        """Do what those want that do not measure."""
        notes = self._notes.take()
        with self._wake:
            for what, path in notes:
                names = [name for name, one in self._accounts.items() if one.root == path]
                if what == "save":
                    for name in names:
                        self._keepers[name].want()
                    continue
                self._asked = True
                if what == "look":
                    self._hints[path] = None
                elif what == "below":
                    self._below[path] = None
                else:
                    self._again.update(names)
            # It is saved by a look, whose new figures make their pages ask again.
            self._asked |= any(keeper.is_awaited for keeper in self._keepers.values())

    def _tell_of_others(self) -> None:
        """Another process measures: tell what it has published, and what to look at."""
        if self._open and time.monotonic() - self._noted >= self._settings.open_seconds:
            self._noted = time.monotonic()
            self._note("look", self._accounts)
        counts = self._is_published_now()
        found = usages_by_path(self._published)
        with self._wake:
            limits, self._limits = self._limits, {}
            usages = {
                name: self._told_by(found, usage, counts).with_limit_of(limits.get(name, usage))
                for name, usage in self._usages.items()
            }
            changed = usages != self._usages
            self._usages = usages
        if changed:
            self._changed()
        self._tell_of_reservations()
        with self._wake:
            if not self._closing:
                self._wake.wait(LOOK_SECONDS)

    @staticmethod
    def _told_by(found: Mapping[str, Usage], usage: Usage, counts: bool) -> Usage:
        """What another process says of a root; `counts`: whether somebody can be counting who has
        said so."""
        if usage.path in found:
            return usage.as_told_by(found[usage.path], counts)
        return replace(usage, counting=None, problem=_OF_NOBODY if found else None)

    def _is_published_now(self) -> bool:
        """Whether another process has published within two looks: one that counts does each second.
        What an earlier one has left says nothing of that."""
        about = last_written(self._published)
        if about != self._found:
            self._found, self._found_at = about, time.monotonic()
        return time.monotonic() - self._found_at < 2 * LOOK_SECONDS

    def _tell_of_reservations(self) -> None:
        """Tell when some have been made or given back since."""
        reserved = {
            owner: one.planned
            for owner, one in self._reservations.all().items()
            if one.ended is None
        }
        if reserved != self._reserved:
            self._reserved = reserved
            self._changed()

    def _look(self, name: str, again: bool = False, *, meanwhile: bool = False) -> None:
        """Read all of a root, if it is to be read `again` or was never read, else look for changes;
        or tell why that cannot be done. `meanwhile`: another one is being read."""
        self._looks[name] = time.monotonic()
        try:
            self._look_or_raise(name, self._accounts[name], again, meanwhile)
        except OSError as error:
            root = self._accounts[name].root
            log.warning("jupyterlab-mast: %s cannot be measured: %s", root, error)
            if again:
                # It is still wanted.
                with self._wake:
                    self._again.add(name)
            self._keepers[name].save_when_due()
            self._set(name, counting=None, problem=str(error))

    def _look_or_raise(self, name: str, account: Account, again: bool, meanwhile: bool) -> None:
        keeper, rate = self._keepers[name], self._settings.rate
        last = 0.0

        def progress() -> None:
            nonlocal last
            keeper.save_when_counting()
            self._look_meanwhile()
            self._refresh_others(name)
            if time.monotonic() - last > TELL_SECONDS:
                last = time.monotonic()
                found = self._found_so_far(name)
                self._set(name, counting=account.tree.sums.files, **found)

        self._look_whether_there(name)
        if again or account.left:
            done = account.measure(again=again, rate=rate, stopped=self._stopped, progress=progress)
            if not done:
                return
            # The folders of copies were read some time ago, perhaps by a process before this one.
            standing = self._standing_of(account)
            account.look_where_named(self._stopped)
            keeper.save()
        else:
            standing = self._standing_of(account)
            account.refresh(
                again=self._settings.again,
                rate=rate,
                stopped=self._stopped,
                named=lambda: self._tell(name, account, standing),
                more=lambda: bool(self._hints or self._below) if meanwhile else self._asked,
            )
            # First: who hears of the figures asks for the folders.
            keeper.save_when_due()
        self._tell(name, account, standing)

    def _look_whether_there(self, name: str) -> None:
        """Raise OSError where a root is away or hangs, which shall not keep us from the others, or
        leads elsewhere: the server hears of that, and has another accountant count there."""
        root = self._accounts[name].root
        answer = self._leads.ask(root)
        if answer is None:
            raise OSError(f"{root} does not answer")
        if answer.result() != root:
            raise OSError(f"{root} leads to another folder now")

    def _tell(self, name: str, account: Account, standing: Standing) -> None:
        """Tell what an account says; it knows of what copies have written."""
        counting = account.tree.sums.files if account.is_measuring else None
        seen = self._usages[name].seen if account.missed else standing.written
        self._set(name, **account.figures(), seen=seen, counting=counting, problem=None)

    def _found_so_far(self, name: str) -> Json:
        """The figures of a first count; nothing once there are others."""
        first = self._usages[name].measured is None
        return self._accounts[name].figures() if first else {}

    def _stopped(self) -> bool:
        return self._closing or not self._holds()

    def _set(self, name: str, **values: Any) -> None:
        self._publish(name, replace(self._usages[name], **values))

    def _publish(self, name: str, usage: Usage) -> None:
        # Only this thread sets: what is told was published before.
        usages = {**self._usages, name: usage}
        self._is_kept = False
        with contextlib.suppress(OSError):
            write_usages(self._published, list(usages.values()))
            self._is_kept = True
        with self._lock:
            self._usages = usages
        self._changed()

    def _settle(self) -> None:
        """What was written before the refreshes of which was told is measured now. All who copy
        know it only when it is published: until then it counts beside the figures of before."""
        if not self._is_kept:
            return
        with contextlib.suppress(OSError):
            self._reservations.settle(
                {usage.path: usage.refreshed or 0.0 for usage in self._usages.values()}
            )


def _place_of(root: str) -> str:
    """Where a path leads. Raises OSError where it is away. Its file system is asked anew."""
    os.statvfs(root)
    return os.path.realpath(root)
