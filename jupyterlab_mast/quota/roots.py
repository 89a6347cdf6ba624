"""The folders whose use is measured, as an administrator sets them."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic import Field

from ..errors import ConfigurationError
from ..rootsettings import HOME, RootSetting, read_root
from . import limits
from .limits import (
    RESERVE,
    AdministratorsFunction,
    Limit,
    Patient,
    is_told,
    limit_set_for,
    reserve_of,
)
from .usage import LASTS, LOOKS, Counts, Usage


@dataclass(frozen=True)
class QuotaSettings:
    """What an administrator may set; names and units as in ``app.MastExtension``."""

    roots: Sequence[Any] = ()
    bytes: int | None = None
    ask: Callable[[str], int | None] | None = None
    project: bool = False
    reserve: int = RESERVE
    hard: bool = True
    counts: Counts = "allocated"
    open_seconds: float = 60.0
    away_seconds: float = 900.0
    rate: float | None = None

    def for_accountant(self) -> dict[str, Any]:
        """Those of ``accountant.Settings``."""
        return {
            "open_seconds": self.open_seconds,
            "away_seconds": self.away_seconds,
            "rate": self.rate,
        }


class _Setting(RootSetting):
    bytes: int | None = Field(None, ge=0)


class _Look(NamedTuple):
    """What a file system says of a root."""

    path: str
    limit: Limit | None


class Roots:
    """The roots and their limits."""

    def __init__(
        self,
        settings: QuotaSettings,
        name: str,
        jupyter_root: str,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        """`name` is how a sentence calls the setting. Raises ConfigurationError."""
        self._settings = settings
        self._ask = settings.ask and AdministratorsFunction(settings.ask, log)
        self._roots = [
            read_root(_Setting, value, f"{name}[{index}]")
            for index, value in enumerate(settings.roots)
        ] or [_Setting(id=HOME, title="Home", path=_home(jupyter_root), bytes=None)]
        #: Where their paths led when they were there last.
        self._led: dict[str, str] = {}
        #: A file system may hang, and shall keep nobody from the others.
        self._looks = Patient(self._look_at)
        self._real = Patient(_leads_to)
        #: In the order in which they are shown; the first is the home.
        self.ids = [root.id for root in self._roots]
        for root in self.ids:
            if self.ids.count(root) > 1:
                raise ConfigurationError(f"{name} names the id {root!r} twice")

    def usages(self) -> list[Usage]:
        """The roots with the limits of now, without figures; of a limit that cannot be told why.

        It may take some seconds: file systems and a function of the administrator are asked.
        """
        looks = [(root, self._looks.begin(root.path)) for root in self._roots]
        end = time.monotonic() + limits.ANSWER_SECONDS
        return [
            self._usage(root, look if is_told(look, end - time.monotonic()) else None)
            for root, look in looks
        ]

    def is_at(self, path: str) -> bool:
        """Whether the path at which a root was found leads nowhere else now, as far as its file
        system tells in time."""
        answer = self._real.begin(path)
        return is_told(answer, limits.ANSWER_SECONDS) and answer.result() == path

    def _usage(self, root: _Setting, look: Future[_Look] | None) -> Usage:
        """`look`: what its file system says, where it does."""
        settings = self._settings
        path = self._led.get(root.path, root.path) if look is None else look.result().path
        usage = Usage(
            root.id,
            root.title,
            path,
            counts=settings.counts,
            reserve=0,
            hard=settings.hard,
            lasts=max(LASTS, LOOKS * settings.away_seconds),
        )
        if look is None:
            problem = f"its file system did not answer within {limits.ANSWER_SECONDS:g} seconds"
            return replace(usage, limit_problem=problem)
        # The environment speaks of the home alone, and so does the one setting.
        home = root.id == self.ids[0]
        try:
            limit = look.result().limit or limit_set_for(
                path,
                ask=self._ask,
                setting=settings.bytes if root.bytes is None and home else root.bytes,
                environment=os.environ if home else {},
            )
        except ValueError as error:
            return replace(usage, limit_problem=str(error))
        if limit is None:
            return usage
        return replace(
            usage,
            limit=limit.bytes,
            source=limit.source,
            reserve=reserve_of(limit.bytes, settings.reserve),
        )

    def _look_at(self, path: str) -> _Look:
        """Where the path of a root leads, without links, and what is said there; one that is away
        now is where it led before."""
        found = os.path.realpath(path)
        if os.path.isdir(found):
            self._led[path] = found
        found = self._led.get(path, found)
        return _Look(found, limits.file_system_limit(found, self._settings.project))


def _leads_to(path: str) -> str:
    """Where a path leads. Its file system is asked anew, not only what is remembered of it."""
    with contextlib.suppress(OSError):
        os.statvfs(path)
    return os.path.realpath(path)


def _home(jupyter_root: str) -> str:
    """The person's home; a server whose home is the whole disk has what its file browser shows."""
    home = os.path.realpath(os.path.expanduser("~"))
    return jupyter_root if home == os.path.dirname(home) else home
