"""Runs a command that must not outlive the one who asked for it.

    python guard.py FD GRACE COMMAND...

FD is the reading end of a pipe whose other end the caller holds and never
writes to. When it closes, because the caller closed it or died in whatever
way, the command gets SIGTERM, GRACE seconds later SIGKILL, and so does every
process that it left behind. Ends with the command's exit code.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    """Linux's prctl; elsewhere nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with_parent() -> None:
    """For the child: be killed when the guard itself is."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def orphans() -> list[int]:
    """The processes that are children of this one, as far as Linux tells."""
    try:
        with open("/proc/thread-self/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def stop(child: subprocess.Popen[bytes], grace: float) -> None:
    """End the command, and then whatever it started."""
    if child.poll() is None and grace > 0:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    deadline = time.monotonic() + 5
    while True:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        for pid in orphans():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        child.poll()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not orphans() or time.monotonic() > deadline:
            return
        time.sleep(0.02)


def main() -> int:
    watched, grace, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.set_inheritable(watched, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent
    )
    while not asked and child.poll() is None:
        ready, _, _ = select.select([watched, wake], [], [])
        if watched in ready:
            break
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 4096)
        for pid in orphans():
            if pid != child.pid:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
    code = child.poll()
    stop(child, grace)
    if code is None:
        return 0
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
