"""How long the engine waits for what, in seconds."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Shorter ones are for tests."""

    #: For a connection, and for the next byte of an answer; libcurl counts whole seconds here.
    connect: float = 10.0
    stall: int = 10
    #: After the first failure; twice as long after each that follows at once, up to the longest.
    first_pause: float = 0.25
    longest_pause: float = 60.0
    #: That a store may ask for.
    longest_retry_after: float = 300.0
    #: Without any success until a transfer says that it waits for the network.
    patience: float = 8.0
    #: Between two looks whether there is room again.
    space: float = 15.0
    #: That a lease's counter must stand still before somebody else takes over, and between two
    #: steps of the counter.
    stale: float = 60.0
    beat: float = 10.0
    #: Between two looks at the disk for what other processes did.
    look: float = 5.0

    def pause(self, failed_before: int, asked: float | None = None) -> float:
        """Seconds to wait after a failure that follows so many others, and after which a store
        `asked` for so many; spread, so that not all who were refused come back at once."""
        pause = min(self.longest_pause, self.first_pause * 2.0 ** min(10, failed_before + 1))
        pause *= random.uniform(0.75, 1.25)
        return pause if asked is None else max(pause, min(asked, self.longest_retry_after))
