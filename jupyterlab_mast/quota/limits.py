"""How much a person may store below a root, and who says so."""

from __future__ import annotations

import contextlib
import logging
import os
import reprlib
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

#: Set by a hub's spawner for each person: a number of bytes.
ENVIRONMENT = "MAST_QUOTA_BYTES"

#: Bytes of a limit that copies leave free unless an administrator sets another number, so that a
#: server can always start.
RESERVE = 200_000_000

#: The largest limit: what is more is not exact in the page.
MOST = 2**53 - 1

Told = TypeVar("Told")

#: Seconds within which the administrator's function has to answer, and a file system.
ANSWER_SECONDS = 5.0

#: ``FS_IOC_FSGETXATTR`` and ``struct fsxattr`` of linux/fs.h.
_GET_ATTRIBUTES = 0x801C581F
_ATTRIBUTES = struct.Struct("=5I8x")

#: In the order in which they are asked; see `limit_of`.
Source = Literal["file-system", "administrator", "setting", "environment"]


@dataclass(frozen=True)
class Limit:
    """Bytes that may be stored, and what says so."""

    bytes: int
    source: Source


def limit_of(
    path: str,
    *,
    declared: bool = False,
    ask: Callable[[str], int | None] | None = None,
    setting: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Limit | None:
    """The limit of a root, the first that is set; None where there is none.

    The file system's own quota of a project, where the root has one (or the administrator
    `declared` that it has); what the administrator's function says of the path; the setting; the
    environment. Raises ValueError when what was set is no number of bytes, or what `ask` raises.
    """
    found = file_system_limit(path, declared)
    if found is not None:
        return found
    return limit_set_for(path, ask=ask, setting=setting, environment=environment)


def file_system_limit(path: str, declared: bool = False) -> Limit | None:
    """What the file system itself says; see `limit_of`."""
    found = project_limit(path, declared)
    return None if found is None else Limit(found, "file-system")


def limit_set_for(
    path: str,
    *,
    ask: Callable[[str], int | None] | None = None,
    setting: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Limit | None:
    """What people have set; see `limit_of`."""
    if ask is not None:
        told = ask(path)
        if told is not None:
            return Limit(_bytes(told, "the administrator's function"), "administrator")
    if setting is not None:
        return Limit(_bytes(setting, "the setting"), "setting")
    text = environment.get(ENVIRONMENT, "").strip()
    if text:
        return Limit(_bytes(text, ENVIRONMENT), "environment")
    return None


class Patient(Generic[Told]):
    """Calls a function of a path that may never return, in a thread that keeps no process from its
    end, and not again of this path before it has returned. Any thread may use it."""

    def __init__(self, function: Callable[[str], Told]) -> None:
        self._function = function
        self._last: dict[str, Future[Told]] = {}
        self._lock = threading.Lock()

    def ask(self, path: str) -> Future[Told] | None:
        """The answer; None where there is none in time, or the call before has not returned yet."""
        last = self._last.get(path)
        if last is not None and not last.done():
            return None
        answer = self.begin(path)
        return answer if is_told(answer, ANSWER_SECONDS) else None

    def begin(self, path: str) -> Future[Told]:
        """The answer to come; that of the last call while this has not returned."""
        with self._lock:
            last = self._last.get(path)
            if last is None or last.done():
                last = self._last[path] = Future()
                threading.Thread(
                    target=self._call, args=(path, last), name="mast-limit", daemon=True
                ).start()
            return last

    def _call(self, path: str, answer: Future[Told]) -> None:
        try:
            answer.set_result(self._function(path))
        except BaseException as error:
            answer.set_exception(error)


def is_told(answer: Future[Any], seconds: float) -> bool:
    """Whether an answer is there within so many seconds."""
    return bool(wait([answer], max(0.0, seconds)).done)


class AdministratorsFunction:
    """A function that an administrator has set, which may fail or never return."""

    def __init__(
        self,
        function: Callable[[str], int | None],
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._function = Patient(function)
        self._log = log
        #: For which paths that was noted: once, however often it is asked.
        self._failed: set[str] = set()

    def __call__(self, path: str) -> int | None:
        """What it says of a path. Raises ValueError with the end of a sentence."""
        answer = self._function.ask(path)
        if answer is None:
            raise ValueError(
                "the function that the server's administrator has set did not answer within "
                f"{ANSWER_SECONDS:g} seconds"
            )
        error = answer.exception()
        if error is None:
            self._failed.discard(path)
            return answer.result()
        if path not in self._failed:
            self._failed.add(path)
            self._log.error(
                "jupyterlab-mast: the quota function failed for %s", path, exc_info=error
            )
        raise ValueError(
            "the function that the server's administrator has set failed, as the server's log tells"
        )


def reserve_of(limit: int, most: int = RESERVE) -> int:
    """What of a limit copies leave free: a small one is not all reserve."""
    return min(most, limit // 10)


def project_limit(path: str, declared: bool = False) -> int | None:
    """The size of the project quota that `path` lies in; None where there is none.

    A file system shows it as its own size, to whoever asks in a folder of the project: ``statvfs``
    then differs from that of its mount point. Source: xfs(5) and ext4(5), "prjquota".
    """
    try:
        here = os.statvfs(path)
        size = here.f_blocks * here.f_frsize
        if declared:
            return size
        if project_of(path) == 0:
            return None
        top = os.statvfs(mount_point(path))
    except OSError:
        return None
    return size if size < top.f_blocks * top.f_frsize else None


def project_of(path: str) -> int:
    """The id of the project that a folder belongs to; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    import fcntl

    with contextlib.suppress(OSError):
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            found = fcntl.ioctl(folder, _GET_ATTRIBUTES, bytes(_ATTRIBUTES.size))
            return int(_ATTRIBUTES.unpack(found)[3])
        finally:
            os.close(folder)
    return 0


def mount_point(path: str) -> str:
    """Where the file system of a path is mounted."""
    found = os.path.realpath(path)
    while not os.path.ismount(found):
        found = os.path.dirname(found)
    return found


def _bytes(value: object, name: str) -> int:
    """A number that is written in digits alone. Raises ValueError with the end of a sentence."""
    large = isinstance(value, int) and value > MOST
    text = "" if large else str(value)
    if text.isascii() and text.isdigit():
        # One of thousands of digits is no number for Python.
        large = len(text.lstrip("0")) > len(str(MOST)) or int(text) > MOST
        if not large:
            return int(text)
    if large:
        raise ValueError(f"{name} gives more than {MOST:,} bytes as the quota, which is too much")
    told = reprlib.repr(value)
    raise ValueError(f"{name} gives {told} as the quota, which is no number of bytes")
