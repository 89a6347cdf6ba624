"""The folders whose use is measured, as an administrator sets them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from ..errors import ConfigurationError
from ..rootsettings import HOME, RootSetting, read_root
from .limits import RESERVE, AdministratorsFunction, limit_of, reserve_of
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
        #: Where they led when they were there last.
        self._paths: dict[str, str] = {}
        #: In the order in which they are shown; the first is the home.
        self.ids = [root.id for root in self._roots]
        for root in self.ids:
            if self.ids.count(root) > 1:
                raise ConfigurationError(f"{name} names the id {root!r} twice")

    def usages(self) -> list[Usage]:
        """The roots with the limits of now, without figures; of a limit that cannot be told why.

        It may take some seconds: a function of the administrator is asked.
        """
        return [self._usage(root) for root in self._roots]

    def _usage(self, root: _Setting) -> Usage:
        settings = self._settings
        path = self._real_path(root)
        usage = Usage(
            root.id,
            root.title,
            path,
            counts=settings.counts,
            reserve=0,
            hard=settings.hard,
            lasts=max(LASTS, LOOKS * settings.away_seconds),
        )
        # The environment speaks of the home alone, and so does the one setting.
        home = root.id == self.ids[0]
        try:
            limit = limit_of(
                path,
                declared=settings.project,
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

    def _real_path(self, root: _Setting) -> str:
        """Where a root leads, without links; one that is away now, where it led before."""
        path = os.path.realpath(root.path)
        if os.path.isdir(path):
            self._paths[root.id] = path
        return self._paths.get(root.id, path)


def _home(jupyter_root: str) -> str:
    """The person's home; a server whose home is the whole disk has what its file browser shows."""
    home = os.path.realpath(os.path.expanduser("~"))
    return jupyter_root if home == os.path.dirname(home) else home
