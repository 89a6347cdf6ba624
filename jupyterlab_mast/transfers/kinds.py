"""Copying less: the kinds of a plan's files, and the plan without some of them."""

from __future__ import annotations

import json
import os
import re
import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import Json
from ..files import on_disk, written_whole
from ..missions import describe_key
from .journal import History
from .store import PLAN, WHOLE_PLAN
from .types import Request

#: Kinds that are told of.
MOST = 12
#: What differs between files of one kind: dates, targets and the like.
_NUMBERS = re.compile(r"\d{4,}")


class _Names:
    """What kinds are called, as people see it in the archive's panel."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, key: str) -> str:
        shape = _NUMBERS.sub("0", key)
        name = self._known.get(shape)
        if name is None:
            if len(self._known) > 50_000:
                self._known.clear()
            name = self._known[shape] = describe_key(key).short_label
        return name


def kinds_of(folder: Path, without: tuple[str, ...], stop: threading.Event) -> list[Json]:
    """The kinds of all files that were asked for, the largest first; those left out are never
    missing. Sizes are those in the archive, whatever is there already. Raises OSError."""
    names = _Names()
    found: dict[str, Json] = {
        name: {"name": name, "files": 0, "bytes": 0, "without": True} for name in without
    }
    for number, (_, value) in enumerate(_objects(_whole(folder))):
        if number % 1000 == 0 and stop.is_set():
            return []
        name = names.of(value["key"])
        kind = found.setdefault(name, {"name": name, "files": 0, "bytes": 0, "without": False})
        kind["files"] += 1
        kind["bytes"] += int(value["size"])
    return _largest(found)


def _largest(found: dict[str, Json]) -> list[Json]:
    kinds = sorted(found.values(), key=lambda one: (-one["bytes"], one["name"]))
    return [one for rank, one in enumerate(kinds) if one["without"] or rank < MOST]


@dataclass
class Rest:
    """What of a transfer that has begun is not copied yet."""

    #: The numbers of those files that are left out, and their bytes.
    left_out: array[int]
    left_out_bytes: int
    #: Bytes that all others may take on the disk; what is there already does not count.
    room: int
    #: As `kinds_of` has them, of what is not copied yet.
    kinds: list[Json]


def rest_of(folder: Path, history: History, left_out: tuple[str, ...]) -> Rest:
    """What is not copied yet, by plan and journals: reads much.

    Files that failed are not left out, and those of which it must be looked at whether they are in
    their places. Raises OSError, and ValueError or KeyError where the plan's file is damaged.
    """
    names = _Names()
    out = set(left_out)
    rest = Rest(array("Q"), 0, 0, [])
    found: dict[str, Json] = {
        name: {"name": name, "files": 0, "bytes": 0, "without": True} for name in left_out
    }
    for index, (_, value) in enumerate(_objects(folder / PLAN)):
        size = int(value["size"])
        outcome = history.finished.outcome(index)
        if outcome is not None or index in history.placing:
            if outcome in (None, "failed"):
                rest.room += on_disk(size)
            continue
        name = names.of(value["key"])
        kind = found.setdefault(name, {"name": name, "files": 0, "bytes": 0, "without": False})
        kind["files"] += 1
        kind["bytes"] += size
        if name in out:
            rest.left_out.append(index)
            rest.left_out_bytes += size
        else:
            part = history.parts.get(index)
            rest.room += max(0, on_disk(size) - (part.bytes if part else 0))
    rest.kinds = _largest(found)
    return rest


def narrow_plan(request: Request, folder: Path) -> None:
    """Leave out of the plan's file what is not wanted, or put back what was left out.

    Raises OSError, and ValueError where the plan's file is damaged.
    """
    plan, whole = folder / PLAN, folder / WHOLE_PLAN
    if not whole.exists():
        if not request.without:
            return
        os.replace(plan, whole)
    names = _Names()
    left_out = set(request.without)
    files = size = 0
    with written_whole(plan) as file:
        for line, value in _objects(whole):
            if names.of(value["key"]) not in left_out:
                file.write(line)
                files += 1
                size += int(value["size"])
        end = {"end": True, "files": files, "bytes": size}
        file.write(json.dumps(end).encode() + b"\n")


def _whole(folder: Path) -> Path:
    whole = folder / WHOLE_PLAN
    return whole if whole.exists() else folder / PLAN


def _objects(path: Path) -> Iterator[tuple[bytes, Json]]:
    with open(path, "rb") as lines:
        for line in lines:
            value: Json = json.loads(line)
            if value.get("end"):
                return
            yield line, value
