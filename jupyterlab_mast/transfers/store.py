"""The folder of a transfer on disk: what was asked, what is planned, what was chosen.

``request.json`` is written once; ``objects.jsonl`` is the plan, a line an object in the order of
the listing and a last line that says that it is whole; ``choice.json`` is what was chosen when the
plan was there. Leases and journals lie beside them (lease.py, journal.py). An empty file
``.ID.ended`` beside the folder marks a transfer that has ended: one look at all names tells which
may go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..files import write_whole
from .layout import Collisions, Paths
from .types import Object, Request, State

ID = re.compile(r"[a-z0-9-]{8,40}")
PLAN = "objects.jsonl"
SUMMARY = "summary.json"
#: The plan before some kinds of files were left out.
WHOLE_PLAN = "all-objects.jsonl"
_JOURNAL = re.compile(r"journal-[0-9]{6}")
#: The name, beside the folder of a transfer, of what tells that it has ended.
_ENDED = re.compile(r"\.([a-z0-9-]{8,40})\.ended")
#: A folder on its way in or out, and how old it must be before nobody is at it any more.
_HALF = re.compile(r"\.[a-z0-9-]{8,40}\.[0-9a-f]{8}")
_HALF_SECONDS = 24 * 3600.0
_BLOCK = 1 << 16


def new_id() -> str:
    """An id that sorts by time and that nobody else takes."""
    now = time.time()
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{moment}-{int(now % 1 * 1000):03d}-{secrets.token_hex(3)}"


class Folder:
    """A transfer's folder. Reading raises ValueError, KeyError, TypeError or OSError if damaged."""

    def __init__(self, path: Path, *, marked: bool = False) -> None:
        self.path = path
        #: Whether it was marked as ended when it was found.
        self.marked = marked

    @classmethod
    def make(cls, parent: Path, request: Request) -> Folder:
        """A folder for a new transfer, whole or not at all."""
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A name that nobody else takes: a process killed right here must not stand in the way of
        # the next one that is asked for this transfer.
        hidden = parent / f".{request.id}.{secrets.token_hex(4)}"
        hidden.mkdir(mode=0o700)
        try:
            write_whole(hidden / "request.json", request.to_json())
            os.rename(hidden, parent / request.id)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        return cls(parent / request.id)

    def request(self) -> Request:
        """What was asked, with what was chosen since."""
        asked = Request.from_json(json.loads((self.path / "request.json").read_text("utf-8")))
        chosen = self.choice()
        chosen.pop("decisions", None)
        for name in ("without", "left_out"):
            if name in chosen:
                chosen[name] = tuple(chosen[name])
        return replace(asked, **chosen) if chosen else asked

    def choice(self) -> dict[str, Any]:
        """What was chosen after the plan was made; empty when nothing was."""
        try:
            value = json.loads((self.path / "choice.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return value if isinstance(value, dict) else {}

    def choose(self, **values: Any) -> None:
        """Note choices; those that are not named stay."""
        write_whole(self.path / "choice.json", {**self.choice(), **values})

    @property
    def has_plan(self) -> bool:
        """Whether the plan is whole on the disk."""
        try:
            with open(self.path / PLAN, "rb") as stream:
                stream.seek(-min(200, os.fstat(stream.fileno()).st_size), os.SEEK_END)
                lines = stream.read().splitlines(keepends=True)
        except OSError:
            return False
        return bool(lines) and lines[-1].endswith(b"\n") and b'"end"' in lines[-1]

    def forget_whole_plan(self) -> None:
        """The plan was made anew."""
        (self.path / WHOLE_PLAN).unlink(missing_ok=True)

    def ended(self) -> dict[str, Any] | None:
        """The summary of a transfer that has ended, by one small file; None for any other.

        Whoever takes a transfer up begins a journal: a summary of an earlier one is outdated.
        Raises OSError.
        """
        last = max((name for name in os.listdir(self.path) if _JOURNAL.fullmatch(name)), default="")
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            saved = json.loads((self.path / SUMMARY).read_text("utf-8"))
            if saved["journal"] == last and State(saved["told"]["state"]).ended:
                return dict(saved["told"])
        return None

    @property
    def _mark(self) -> Path:
        return self.path.with_name(f".{self.path.name}.ended")

    def mark_ended(self) -> None:
        """Note that nobody has to go on with it; only for who holds its lease. Raises OSError."""
        self._mark.touch(mode=0o600)

    def unmark(self) -> None:
        """Note that it is taken up again. Raises OSError."""
        self._mark.unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget the transfer."""
        hidden = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            os.rename(self.path, hidden)
        except FileNotFoundError:
            return
        shutil.rmtree(hidden, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.unmark()


def folders(parent: Path) -> Iterator[Folder]:
    """The transfers of a home, oldest first."""
    try:
        names = sorted(os.listdir(parent))
    except FileNotFoundError:
        return
    marked = {found[1] for name in names if (found := _ENDED.fullmatch(name))}
    for name in names:
        if ID.fullmatch(name):
            ended = name in marked
            if ended or (parent / name / "request.json").exists():
                yield Folder(parent / name, marked=ended)


def sweep(parent: Path) -> None:
    """Remove folders that a killed process was making or removing, once they are a day old, and
    marks of transfers that are gone."""
    try:
        names = os.listdir(parent)
    except FileNotFoundError:
        return
    there = set(names)
    for name in names:
        mark = _ENDED.fullmatch(name)
        if mark and mark[1] not in there:
            with contextlib.suppress(OSError):
                os.unlink(parent / name)
        if _HALF.fullmatch(name):
            with contextlib.suppress(OSError):
                if time.time() - os.lstat(parent / name).st_mtime > _HALF_SECONDS:
                    shutil.rmtree(parent / name, ignore_errors=True)


class PlanFile:
    """The finished plan: any object by its number, with few bytes of memory for each.

    Raises ValueError when the plan is torn.
    """

    def __init__(self, path: Path, request: Request) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - lives as long as this object
        self._paths = Paths(request.layout, request.sources)
        #: Paths of objects whose own another object has.
        self._renamed: dict[int, str] = {}
        self._starts = array("Q")
        self.bytes = 0
        unique = Collisions()
        at = 0
        last = b""
        for index, line in enumerate(self._file):
            if b'"key"' in line:
                planned = self._paths.path(str(json.loads(line)["key"]))
                found = unique.path(planned)
                if found != planned:
                    self._renamed[index] = found
            self._starts.append(at)
            at += len(line)
            last = line
        end = json.loads(last) if last.endswith(b"\n") else {}
        if not end.get("end"):
            self._file.close()
            raise ValueError("the plan is not complete")
        self._starts.pop()
        self.bytes = int(end["bytes"])

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> Object:
        # pread: several threads read at once.
        data = os.pread(self._file.fileno(), _BLOCK, self._starts[index])
        value = json.loads(data[: data.index(b"\n")])
        key = str(value["key"])
        return Object(
            index,
            key,
            int(value["size"]),
            str(value["etag"]),
            value["modified"],
            self._renamed.get(index) or self._paths.path(key),
        )

    def close(self) -> None:
        self._file.close()
