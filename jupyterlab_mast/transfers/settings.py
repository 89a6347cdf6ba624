"""What holds for all copies of a process."""

from __future__ import annotations

from dataclasses import dataclass, field

from .timing import Timing
from .types import Conflict, Plan


@dataclass
class Settings:
    """What an administrator may set. Sizes are bytes, times seconds, bandwidth bytes a second."""

    #: Above these a plan waits for somebody's word.
    confirm_bytes: int = 10_000_000_000
    confirm_files: int = 1000
    plan_seconds: float = 2.0
    #: Of all archives together; None for any.
    streams: int | None = None
    bandwidth: float | None = None
    timing: Timing = field(default_factory=Timing)

    def is_much(self, plan: Plan, conflict: Conflict) -> bool:
        """Whether so much would be written that somebody is asked first."""
        return (
            plan.needed > self.confirm_bytes or plan.files_to_write(conflict) > self.confirm_files
        )
