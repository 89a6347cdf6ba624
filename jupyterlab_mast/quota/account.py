"""The account of one root: what is measured, how it is kept right, and what it says."""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, dropwhile, islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import Json
from ..files import is_within, json_line, written_whole
from .looks import Looks
from .namedsince import NamedSince
from .scanner import AHEAD, ROOT
from .tree import Record, Tree
from .walk import Walk

#: A refresh looks at this part of the folders, those that were not looked at for the longest.
PART = 16
#: Of the folders with the files that changed last, so many files are looked at again: a part of
#: all, within these borders. Files that grow in place change no folder; one that grows just then is
#: looked at again as its folder is young (`tree.YOUNG`).
RECENT_PART, RECENT_LEAST, RECENT_MOST = 0.0005, 30, 2000
#: To read a folder costs as much as to look at so many files.
FOLDER_COST = 10
#: Of the folders that were read the longest ago, this part is read again, and so many at least:
#: all have had their turn after so many refreshes. With 200,000 folders and calls that wait 1 ms it
#: is about a second of sixteen threads.
AGAIN_PARTS, AGAIN_LEAST = 400, 16
#: Seconds for which the figures of a folder that nobody measures any more are kept.
KEPT_SECONDS = 7 * 86_400.0
#: Files that `written_whole` has begun, and seconds after which nobody writes one to its end.
UNFINISHED, UNFINISHED_SECONDS = ".*." + "[0-9a-f]" * 8, 86_400.0
_VERSION = 3
#: Of the file of what was named since, instead of ``.folders``.
_SINCE = ".since"


def kept_in(data: Path, root: str) -> Path:
    """The file of a data folder in which the figures of a root's folders are kept; the root is as
    `Account` has it."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return data / "quota" / f"{name}.folders"


def forget_kept(data: Path, roots: Iterable[str]) -> None:
    """Remove what was kept of other folders than `roots` and is old: of a count of another folder
    that nobody has gone on with, or of what is no root any more. So is what a process left that was
    killed while it saved."""
    folder, known = data / "quota", {kept_in(data, root) for root in roots}
    found = [
        (path, KEPT_SECONDS)
        for path in (*folder.glob("*.folders"), *folder.glob(f"*{_SINCE}"))
        if path.with_suffix(".folders") not in known
    ]
    found += [(path, UNFINISHED_SECONDS) for path in folder.glob(UNFINISHED)]
    for path, seconds in found:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > seconds:
                path.unlink()


class Account:
    """Measures what is below one root. One thread works with it at a time.

    `root` is absolute and holds no links: its file system, which may hang, is not asked for that
    here. `kept` is the file in which the figures of each folder stay from one session to the next.
    """

    def __init__(self, root: str, kept: Path) -> None:
        self.root = root
        self.tree = Tree()
        #: When all folders had been read, in seconds since 1970; None while that has never been.
        self.measured: float | None = None
        #: When the last refresh ended.
        self.refreshed: float | None = None
        self._left: list[bytes] = [b""]
        self._kept = kept
        self._since = NamedSince(kept.with_suffix(_SINCE))
        #: Which file that was, when it was read last.
        self._loaded: tuple[int, int, int] | None = None
        self._reader: Walk | None = None
        self._looks = Looks(self.root)
        #: When the reading of all folders began, in whatever session: what was found says nothing
        #: of what came later, in seconds since 1970.
        self._began = 0.0
        #: That, while it reads all folders.
        self._measuring: Walk | None = None
        #: Folders that are still to be looked at until all have been, in that order, which is that
        #: of the tree; those that are still to be read again, the next one last, as they were known
        #: when that order was made; and those that may hold the latest files.
        self._turns: list[bytes] = []
        self._rotation: list[Record] = []
        self._latest: set[bytes] = set()
        #: When the round of `_turns` began that ended last, and the one under way.
        self._swept = self._round = 0.0
        self._hints: set[bytes] = set()
        #: Folders that were to be read and could not be, or that it was stopped before.
        self._owed: set[bytes] = set()
        #: Whether some of what was named last could not be read: nobody knows what came there.
        self.missed = False
        #: Folders that were read before are read again within `PART` refreshes, since files with
        #: several names lack some: in seconds since 1970, 0 where none do; and those that still
        #: are, as in `_rotation`.
        self._lacking = 0.0
        self._unnamed: list[Record] = []
        #: Beginnings of paths: all those folders are looked at, whosever turn it is.
        self._below: set[bytes] = set()
        #: Both, of what was looked at in a first count and is looked at once more at its end.
        self._later: set[bytes] = set()
        self._later_below: set[bytes] = set()

    @property
    def is_measuring(self) -> bool:
        """Whether all folders are being read."""
        return self._measuring is not None

    @property
    def left(self) -> list[bytes]:
        """What is still to be read before the tree is whole."""
        return self._left if self._measuring is None else self._measuring.left

    def figures(self) -> Json:
        """What it says, by the names that ``Usage`` has for it."""
        sums = self.tree.sums
        seen = None
        if self.measured is not None:
            seen = min(map(attrgetter("seen"), self.tree.records()), default=self.measured)
        return {
            "allocated": sums.allocated,
            "apparent": sums.apparent,
            "files": sums.files,
            "folders": sums.folders,
            "unreadable": sums.unreadable,
            "measured": self.measured,
            "refreshed": self.refreshed,
            "swept": None if seen is None else max(seen, self._swept),
            "reread": seen,
        }

    def hint(self, paths: Iterable[str]) -> None:
        """Something changed in these folders or files of the root, given by their full paths."""
        found = set()
        for path in paths:
            inner = os.path.relpath(path, self.root)
            if inner == "." or (not inner.startswith(".." + os.sep) and inner != ".."):
                found.add(b"" if inner == "." else os.fsencode(inner))
        self._hints |= found
        self._since.add(found)

    def hint_below(self, path: str) -> None:
        """Something may have changed in this folder, and in all folders in it."""
        whole = is_within(self.root, path)
        inner = os.fsencode(os.path.relpath(path, self.root))
        below = b"" if whole else inner + b"/"
        self._below.add(below)
        self._since.add(below=[below])
        self.hint([path])

    def measure(
        self,
        *,
        again: bool = False,
        rate: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[], None] = lambda: None,
    ) -> bool:
        """Read all folders, or go on with that; `again` starts anew. False when it was stopped.

        Raises OSError when the root cannot be read, goes meanwhile or seems not to be mounted.
        """
        if again:
            self._left = [b""]
            # What is in them would be kept beside what takes its place.
            self._rotation, self._unnamed = [], []
        if self._left:
            if self._left == [b""]:
                self._began = time.time()
            reader = self._walk()
            reader.rate = rate
            self._measuring = reader
            # Those that read are enough.
            self._looks.close()
            try:
                reader.read(self._left, stopped=stopped, progress=progress)
            finally:
                self._left, self._measuring = reader.left, None
            if self._left:
                return False
            self._hints |= self._later
            self._below |= self._later_below
            self._later, self._later_below = set(), set()
            self.measured = self.refreshed = self._began
            self._look_for_names()
        return True

    def refresh(
        self,
        *,
        again: int | None = None,
        rate: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
        named: Callable[[], None] = lambda: None,
        more: Callable[[], bool] = lambda: False,
    ) -> int:
        """Find what has changed, by looking at a part of it. Returns how many folders were read.

        Found at once: what was hinted at. Within `PART` refreshes: files that were made, removed
        or moved. Files that grow in place: the latest ones at once, others when their folder is
        one of those that were read the longest ago, of which `again` are read: without a number
        the share of a refresh. Within `PART` more: that a file which got a second name is one.

        What was hinted at is read without regard to the `rate`; with one, `named` is called when
        that has been read, and the rest waits for the next time when there is `more` of that kind.

        What was not read because it was `stopped`, or could not be, is read the next time too.
        Raises OSError when the root is not there, goes meanwhile, cannot be read or seems not to be
        mounted, or a process has died.
        """
        began = time.time()
        if again is None:
            again = max(-(-len(self.tree) // AGAIN_PARTS), AGAIN_LEAST)
        reader = self._walk()
        reader.look_at_root()
        root = os.open(self.root, ROOT)
        try:
            self._owed |= reader.find_mounts()
            first = self._named(root)
            others = self._changed(self._next_turn(), root)
        finally:
            os.close(root)
        others |= self._recent() | self.tree.young | self.tree.failed | self._owed
        others.update(self._oldest(max(0, again - len(self._owed))), self._before_names())
        self._owed = found = first | others
        if first and rate is not None:
            self._read(first, None, stopped)
            self.missed = self._has_missed(first, began)
            named()
        self._read(self._owed, rate, lambda: stopped() or (rate is not None and more()))
        if self._owed:
            # What is owed is read later: the round says nothing of it.
            self._round = self._swept
        if next(self._due(), None) is None:
            self._swept = self._round
        self._latest |= found
        self._look_for_names()
        self.missed = self._has_missed(first, began)
        if first.isdisjoint(self._owed) and not self.missed:
            self.refreshed = began
        return len(found)

    def look_where_named(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Read what was hinted at and no more, also while all folders are being read: from the
        `progress` of `measure`. Raises OSError as `refresh` does."""
        if not self.tree:
            # Nothing is known yet that could have changed.
            return
        began = time.time()
        if self._measuring is None:
            self._walk().look_at_root()
        root = os.open(self.root, ROOT)
        try:
            first = self._named(root)
        finally:
            os.close(root)
        self._owed |= first
        if self._measuring is None:
            self._read(first, None, stopped)
        else:
            self._measuring.read_between(first, stopped)
            self._owed -= first
        self.missed = self._has_missed(first, began)

    def _has_missed(self, paths: set[bytes], began: float) -> bool:
        """Whether some of these were to be read since, and could not be."""
        failed = self._known(paths & self.tree.failed)
        return any(record.seen < began for record in failed)

    def _read(self, paths: set[bytes], rate: float | None, stopped: Callable[[], bool]) -> None:
        """Read folders that are owed."""
        reader = self._walk()
        reader.rate = rate
        try:
            left = reader.read(sorted(paths), deep=False, stopped=stopped)
        except BaseException:
            # Also what is new, of which nobody would ask again: what it lies in is known by now.
            self._owed.update(reader.left)
            raise
        self._owed = self._owed.difference(paths).union(left)

    def _walk(self) -> Walk:
        """One for all that is read: it learns whether calls wait."""
        if self._reader is None or self._reader.tree is not self.tree:
            self._reader = Walk(self.root, self.tree)
        return self._reader

    def _named(self, root: int) -> set[bytes]:
        """The folders that were hinted at, and those around them that have changed since they were
        read; `root` is the descriptor of the root."""
        if self._measuring is not None and self.measured is None:
            # Some of what is not known yet may just have been read, before it changed.
            self._later |= self._hints
            self._later_below |= self._below
        hinted = self._hinted()
        # One that is no more is missed where it was, and that has changed then.
        around = {path.rpartition(b"/")[0] for path in hinted}
        below, self._below = tuple(self._below), set()
        if below:
            around.update(filter(lambda path: path.startswith(below), self.tree))
        return hinted | self._changed(list(self._known(around)), root)

    def _hinted(self) -> set[bytes]:
        hints, self._hints = self._hints, set()
        found = set()
        for path in hints:
            # A file, or a folder that is new: what holds it has changed.
            while path and path not in self.tree:
                path = path.rpartition(b"/")[0]
            found.add(path)
        return found

    def _next_turn(self) -> list[Record]:
        """A share of the folders: those that were not looked at for the longest."""
        share = -(-len(self.tree) // PART)
        turn = list(islice(self._due(), share))
        if not turn:
            self._turns = list(self.tree)
            self._round = time.time()
            self._latest.clear()
            turn = list(islice(self._due(), share))
        if turn:
            del self._turns[: self._turns.index(turn[-1].path) + 1]
        return turn

    def _due(self) -> Iterator[Record]:
        """The folders whose turn is still to come. Those that have gone have none: all others
        shall have theirs in time."""
        return self._known(self._turns)

    def _known(self, paths: Iterable[bytes]) -> Iterator[Record]:
        return filter(None, map(self.tree.get, paths))

    def _changed(self, records: Sequence[Record], root: int) -> set[bytes]:
        """Those that have changed since they were read."""
        return self._looks.changed(records, root, self._walk().threads)

    def _recent(self) -> set[bytes]:
        """The folders of the files that changed last."""
        files = int(self.tree.sums.files * RECENT_PART)
        left = most = min(max(files, RECENT_LEAST), RECENT_MOST)
        records = self._known(self._latest) if self._latest else self.tree.records()
        # What lies ahead was read before the clock was put back.
        ahead = time.time_ns() + AHEAD
        records = (record for record in records if record.newest <= ahead)
        latest = heapq.nlargest(most, records, key=attrgetter("newest"))
        self._latest = {record.path for record in latest}
        found: set[bytes] = set()
        for record in latest:
            if record.newest == 0:
                break
            cost = record.files + FOLDER_COST
            # The very latest is looked at if that can be afforded at all.
            if cost <= left or (not found and cost <= RECENT_MOST):
                left -= cost
                found.add(record.path)
        return found

    def _oldest(self, count: int) -> list[bytes]:
        """Those that were read the longest ago, as far as they have not been read since."""
        found = self._take(self._rotation, count)
        if count and not found:
            self._rotation = self._by_age()
            found = self._take(self._rotation, count)
        return found

    def _before_names(self) -> list[bytes]:
        """A share of the folders that are to be read again for names that files lack, the oldest
        first."""
        return self._take(self._unnamed, -(-len(self.tree) // PART))

    def _by_age(self) -> list[Record]:
        """What is known of each folder; what was read the longest ago last. That includes what was
        read later than now: the clock was wrong then."""
        now = time.time()
        return sorted(
            self.tree.records(),
            key=lambda record: record.seen if record.seen <= now else 0.0,
            reverse=True,
        )

    def _take(self, records: list[Record], count: int) -> list[bytes]:
        """Take the last `count` away, without those that have been read since."""
        found: list[bytes] = []
        while records and len(found) < count:
            record = records.pop()
            if self.tree.get(record.path) is record:
                found.append(record.path)
        return found

    def _look_for_names(self) -> None:
        """Note when folders are to be read again for names that files lack, and when no more.

        What is owed comes first: names may be there, as where a folder was moved.
        """
        if not self._owed and self.tree.lacks_names():
            self._lacking = time.time()
            self._unnamed = self._by_age()
        elif not self._unnamed or self.tree.has_all_names():
            self._lacking, self._unnamed = 0.0, []

    def close(self) -> None:
        """End what it has started. It may be used again."""
        self._looks.close()

    # From one session to the next

    def save(self) -> None:
        """Keep what is known of each folder. Raises OSError."""
        self._kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {
            "version": _VERSION,
            "root": self.root,
            "measured": self.measured,
            "refreshed": self.refreshed,
            "swept": self._swept,
            "left": _as_text(self.left),
            "began": self._began,
            "look": _as_text(sorted(self._hints | self._owed | self._later)),
            "turn": _as_text(record.path for record in islice(self._due(), 1)),
            "lacking": self._lacking,
            "mounts": _as_text(sorted(self.tree.mounts)),
            "device": self.tree.device,
        }
        with written_whole(self._kept) as stream:
            for value in chain([head], map(_to_json, self.tree.records()), ["end"]):
                stream.write(json_line(value))
        self._since.begin(self._below | self._later_below)

    def forget(self) -> None:
        """Keep nothing. Raises OSError."""
        self._kept.unlink(missing_ok=True)
        self._since.begin()

    @property
    def kept_last(self) -> tuple[int, int, int] | None:
        """Which file is kept: another one when it has been written anew; None without any."""
        try:
            about = os.stat(self._kept)
        except OSError:
            return None
        return about.st_ino, about.st_size, about.st_mtime_ns

    def load_newer(self) -> None:
        """Take up what another process has kept since, if it has."""
        found = self.kept_last
        if found is not None and found != self._loaded:
            self._loaded = found
            self.load()

    def load(self) -> bool:
        """Take up what was kept. False when there is nothing, or nothing that can be read."""
        try:
            with open(self._kept, encoding="utf-8") as stream:
                head = json.loads(next(stream))
                if head["version"] != _VERSION or head["root"] != self.root:
                    return False
                tree = Tree()
                for line in stream:
                    value = json.loads(line)
                    if value == "end":
                        break
                    tree.put(_from_json(value))
                else:
                    return False
            left = _as_bytes(head["left"])
            tree.mounts = frozenset(_as_bytes(head["mounts"]))
            tree.device = head.get("device")
            look, turn = (_as_bytes(head.get(name, ())) for name in ("look", "turn"))
            measured, refreshed = head["measured"], head["refreshed"]
            lacking = float(head["lacking"])
            swept, began = float(head.get("swept", 0.0)), float(head.get("began", 0.0))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration):
            return False
        self.tree, self._left, self.measured, self.refreshed = tree, left, measured, refreshed
        # When the round that goes on now began is not kept: its end brings nothing new.
        self._swept = self._round = swept
        self._began, self._lacking = began, lacking
        now = time.time()
        self._unnamed = []
        if lacking:
            self._unnamed = [one for one in self._by_age() if not lacking < one.seen <= now]
        if not (left or look):
            # These are sought, or were.
            tree.lacks_names()
        named, below = self._since.read()
        self._hints.update(look, named)
        self._below |= below
        self._owed.clear()
        self._turns = list(dropwhile(lambda path: path not in turn, tree))
        self._latest.clear()
        return True


def _as_text(values: Iterable[bytes]) -> list[str]:
    # Names are bytes in any encoding: each byte is a character.
    return [value.decode("latin-1") for value in values]


def _as_bytes(values: Sequence[str]) -> list[bytes]:
    return [value.encode("latin-1") for value in values]


def _to_json(record: Record) -> list[Any]:
    value: list[Any] = list(record)
    value[0] = record.path.decode("latin-1")
    value[10] = [[size, at, name.decode("latin-1")] for size, at, name in record.large]
    value[11] = _as_text(record.folders)
    return value


def _from_json(value: list[Any]) -> Record:
    value[0] = value[0].encode("latin-1")
    value[9] = tuple(tuple(link) for link in value[9])
    value[10] = tuple((size, at, name.encode("latin-1")) for size, at, name in value[10])
    value[11] = tuple(_as_bytes(value[11]))
    return Record._make(value)
