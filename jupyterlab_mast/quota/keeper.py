"""When the figures of each folder are written to the disk."""

from __future__ import annotations

import logging
import time

from .account import Account

#: Seconds between two times, while nobody waits for them.
SAVE_SECONDS = 900.0
#: Seconds between two times while all is counted: should this process be killed, what was read by
#: then is not read again.
COUNT_SECONDS = 60.0
#: Where somebody waits, and while all is counted, writing may take this part of the time.
SHARE = 0.05

log = logging.getLogger(__name__)


class Keeper:
    """Saves one account. `pause`: seconds between two times, at least."""

    def __init__(self, account: Account, pause: float) -> None:
        self._account = account
        self._least = self._pause = pause
        self._saved = time.monotonic()
        self._wanted = False

    def want(self) -> None:
        """Another process has asked for what is not saved yet."""
        self._wanted = True

    @property
    def is_awaited(self) -> bool:
        """Whether it is time to save for somebody who waits."""
        return self._wanted and time.monotonic() - self._saved >= self._pause

    def save_when_due(self) -> None:
        """Save, if it is time to."""
        if self.is_awaited or time.monotonic() - self._saved >= SAVE_SECONDS:
            self.save()

    def save_when_counting(self) -> None:
        """Save what a count that is under way has found, if it is time to."""
        if time.monotonic() - self._saved >= max(COUNT_SECONDS, self._pause):
            self.save()

    def save(self) -> None:
        """Save now."""
        began = time.monotonic()
        try:
            self._account.save()
        except OSError as error:
            # A full disk must not end the measuring: it is what one needs then.
            log.warning("jupyterlab-mast: the figures cannot be kept: %s", error)
        self._wanted = False
        self._saved = time.monotonic()
        self._pause = max(self._least, (self._saved - began) / SHARE)
