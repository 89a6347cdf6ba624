"""Copying less: the kinds of a plan's files, and the plan without some of them."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..files import written_whole
from ..missions import describe_key
from .store import PLAN, WHOLE_PLAN
from .types import Request

#: Kinds that are told of.
MOST = 12
#: What differs between files of one kind: dates, targets and the like.
_NUMBERS = re.compile(r"\d{4,}")

Json = dict[str, Any]


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
    kinds = sorted(found.values(), key=lambda one: (-one["bytes"], one["name"]))
    return [one for rank, one in enumerate(kinds) if one["without"] or rank < MOST]


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
