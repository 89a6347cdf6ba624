"""Processes of a Jupyter server that are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any


async def kill_process(manager: Any) -> float:
    """Kill a manager's process; returns when it has another, which nobody asked for, and after how
    many seconds that was."""
    process = manager.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    killed = time.monotonic()

    async def until_another() -> None:
        # No event tells of it.
        while manager.process_id in (None, process):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    await asyncio.wait_for(until_another(), 30)
    return time.monotonic() - killed
