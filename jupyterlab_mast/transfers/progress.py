"""What the command line and notebooks say of transfers: figures, sentences, and how they move."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TextIO

from ..errors import Json
from ..terminal import UNITS, format_bytes
from .room import room_lines

#: How often a line on a terminal is drawn anew, and how often one is printed elsewhere (seconds).
_DRAW_SECONDS = 0.1
_PRINT_SECONDS = 10.0
_JSON_SECONDS = 1.0
#: The speed is the mean of so many seconds; before some have passed no time left is told.
_SPEED_SECONDS = 5.0
_QUIET_SECONDS = 3.0


def format_speed(bytes_per_second: float) -> str:
    """A speed: 84 MB/s, 8.4 MB/s."""
    value, unit = max(0.0, bytes_per_second), 0
    while unit < 3 and round(value) >= 1000:
        value /= 1000
        unit += 1
    return f"{value:,.{1 if unit and value < 9.95 else 0}f} {UNITS[unit]}/s"


def format_duration(seconds: float) -> str:
    """A length of time: 0.4 s, 14 s, 3 min, 1 h 20 min."""
    if seconds < 59.5:
        return f"{seconds:.{1 if seconds < 0.95 else 0}f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def format_time(epoch: float | None) -> str:
    """A moment in local time: 2026-11-02 14:31; empty for None."""
    return "" if epoch is None else datetime.fromtimestamp(epoch).strftime("%Y-%m-%d %H:%M")


def count_files(count: int) -> str:
    """A number of files, in words."""
    return f"{count:,} file" if count == 1 else f"{count:,} files"


# Sentences


def final_sentence(transfer: Json) -> str:
    """How a transfer ended."""
    files, state = transfer["files"], transfer["state"]
    target = transfer["target"]
    good = files["copied"] + files["identical"] + files["skipped"]
    if state == "done":
        return _done(transfer)
    if state == "done-with-failures":
        them = "it" if files["failed"] == 1 else "them"
        return (
            f"{good:,} of {count_files(files['total'])} copied to {target}, "
            f"{format_bytes(transfer['bytes']['done'])}. {files['failed']:,} failed; "
            f"`jupyter mast transfers retry {transfer['id']}` tries {them} again."
        )
    if state == "failed":
        if transfer["error"]:
            return str(transfer["error"]["message"])
        what = count_files(files["failed"])
        return (
            f"Nothing was copied to {target}: {what} failed. "
            f"`jupyter mast transfers retry {transfer['id']}` tries again."
        )
    if state == "cancelled":
        kept = count_files(files["copied"])
        verb = "was" if files["copied"] == 1 else "were"
        return f"The copy to {target} was cancelled; {kept} {verb} copied before and stay."
    return f"{_amount(transfer)} copied to {target}."


def _done(transfer: Json) -> str:
    files, checked, target = transfer["files"], transfer["checked"], transfer["target"]
    there = []
    if files["identical"]:
        there.append(f"{files['identical']:,} already there and identical")
    if files["skipped"]:
        there.append(f"{files['skipped']:,} skipped, because another file of that name is there")
    if not files["copied"]:
        return f"Nothing to copy to {target}: {' and '.join(there) or 'no files'}."
    started, ended = transfer["started"], transfer["ended"]
    took = "" if None in (started, ended) else f" in {format_duration(max(0.0, ended - started))}"
    size = transfer["bytes"]["done"] - transfer["plan"]["identical_bytes"]
    # Of what was skipped or found to be identical later, the bytes are not known apart.
    known = not files["skipped"] and files["identical"] == transfer["plan"]["identical_files"]
    amount = f", {format_bytes(max(0, size))}" if known else ""
    text = f"{count_files(files['copied'])} copied to {target}{amount}{took}."
    if there:
        text += f" {' and '.join(there).capitalize()}."
    by_sum, by_size = checked["checksum"], checked.get("size", 0)
    # Never more than holds for all of them.
    way = "by size alone" if by_size else "by size and version"
    if by_sum and (by_others := checked["version"] + by_size):
        text += (
            f" {by_sum:,} checked by checksum, {by_others:,} {way} "
            f"(the archive has no checksum{' or version' if by_size else ''} for these)."
        )
    elif not by_sum and checked["version"] + by_size:
        text += f" Checked {way} (the archive has no checksum{' or version' if by_size else ''})."
    elif by_sum:
        text += f" Checked by checksum ({', '.join(sorted(checked['algorithms']))})."
    return text


def how_to_go_on(transfer: Json) -> str:
    """What to say when a transfer was paused."""
    return (
        f"Paused: {_amount(transfer)}. "
        f"`jupyter mast transfers resume {transfer['id']}` goes on with it."
    )


def waiting_sentence(transfer: Json) -> str:
    """Why a transfer waits."""
    waiting = transfer["waiting"]
    if waiting is None:
        return "Waiting."
    since = datetime.fromtimestamp(waiting["since"]).strftime("%H:%M")
    if waiting["reason"] == "network":
        text = f"Waiting for the network since {since}."
    else:
        what = "space" if waiting["reason"] == "space" else "room in your quota"
        missing = waiting["missing"]
        more = f": {format_bytes(missing)} more." if missing else f" since {since}."
        text = f"Waiting for {what}{more}"
    if waiting["next"] is not None:
        left = waiting["next"] - time.time()
        text += f" Next try in {format_duration(left)}." if left > 0 else " Trying now."
    return text


def plan_lines(transfer: Json) -> list[str]:
    """A plan, a line each: what, what is there, what is in the way, what it costs."""
    plan = transfer["plan"]
    lines = [
        f"{count_files(plan['files'])}, {format_bytes(plan['bytes'])}, to {transfer['target']}"
    ]
    if plan["identical_files"]:
        lines.append(
            f"{plan['identical_files']:,} there already and identical, "
            f"{format_bytes(plan['identical_bytes'])}"
        )
    if plan["differing"]:
        lines.append(f"{plan['differing']:,} there already, and another file:")
        for one in plan["differing_first"][:5]:
            lines.append(
                f"  {one['path']} · changed here {format_time(one['modified'])} · "
                f"{format_bytes(one['size'])} here, {format_bytes(one['archive_size'])} "
                "in the archive"
            )
        if plan["differing"] > 5:
            lines.append("  …")
    return lines + room_lines(plan)


def _amount(transfer: Json) -> str:
    files, size = transfer["files"], transfer["bytes"]
    good = files["copied"] + files["identical"] + files["skipped"]
    return (
        f"{format_bytes(size['done'])} of {format_bytes(size['total'])}, "
        f"{good:,} of {count_files(files['total'])}"
    )


class Speed:
    """How fast bytes come, as the mean of the last seconds."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()
        self._found = -1
        self._began: float | None = None

    def note(self, transfer: Json, now: float) -> None:
        """Take a transfer's figures at `now` (monotonic seconds)."""
        files = transfer["files"]
        found = files["identical"] + files["skipped"]
        if found != self._found:
            # Files that were there already count as done; they did not come now.
            self._points.clear()
            self._found = found
        self._began = now if self._began is None else self._began
        self._points.append((now, transfer["bytes"]["done"]))
        while len(self._points) > 2 and now - self._points[0][0] > _SPEED_SECONDS:
            self._points.popleft()

    @property
    def bytes_per_second(self) -> float | None:
        """None while nothing can be said."""
        if len(self._points) < 2:
            return None
        (began, before), (now, done) = self._points[0], self._points[-1]
        return max(0.0, (done - before) / (now - began)) if now - began > 0.3 else None

    def seconds_left(self, transfer: Json) -> float | None:
        """None while nothing can be said."""
        speed = self.bytes_per_second
        if not speed or self._began is None:
            return None
        if self._points[-1][0] - self._began < _QUIET_SECONDS:
            return None
        left: int = transfer["bytes"]["total"] - transfer["bytes"]["done"]
        return max(0.0, left / speed)


# Progress


class Progress(Protocol):
    """Shows how a transfer moves. All times are monotonic seconds."""

    def show(self, transfer: Json) -> None:
        """Take note of a transfer's figures; often called."""

    def end(self) -> None:
        """Leave a clean line behind."""


class NoProgress:
    """Shows nothing."""

    def show(self, transfer: Json) -> None:
        pass

    def end(self) -> None:
        pass


class _Told:
    """What all kinds of progress keep."""

    def __init__(self, stream: TextIO, seconds: float) -> None:
        self.stream = stream
        self.speed = Speed()
        self._seconds = seconds
        self._last = float("-inf")
        self._state = ""

    def due(self, transfer: Json) -> bool:
        """Whether something is to be shown now: time has passed, or the state is another one."""
        now = time.monotonic()
        state = transfer["state"]
        if state in ("running", "waiting"):
            self.speed.note(transfer, now)
        if state == self._state and now - self._last < self._seconds:
            return False
        self._last, self._state = now, state
        return True

    def words(self, transfer: Json) -> list[str]:
        """The parts of a line, the most important first."""
        state, plan = transfer["state"], transfer["plan"]
        if state == "planning":
            return [f"Counting: {count_files(plan['files'])}, {format_bytes(plan['bytes'])} so far"]
        if state == "waiting":
            return [waiting_sentence(transfer), _amount(transfer)]
        parts = [_amount(transfer)]
        if state != "running":
            return [f"{state.capitalize().replace('-', ' ')}: {parts[0]}"]
        speed = self.speed.bytes_per_second
        if speed is not None:
            parts.append(format_speed(speed))
        left = self.speed.seconds_left(transfer)
        if left is not None:
            parts.append(f"{format_duration(max(1.0, left))} left")
        return parts


class Bar(_Told):
    """One line that is drawn again and again: for a terminal, or a notebook's cell."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, _DRAW_SECONDS)
        self._drawn = 0

    def show(self, transfer: Json) -> None:
        if self.due(transfer):
            width = max(20, shutil.get_terminal_size().columns - 1)
            self._draw(self._line(transfer, width), width)

    def _line(self, transfer: Json, width: int) -> str:
        line = " · ".join(self.words(transfer))
        room = width - len(line) - 4
        total = transfer["bytes"]["total"]
        if transfer["state"] in ("planning", "waiting") or not total or room < 5:
            return line
        room = min(room, 40)
        filled = min(room, room * transfer["bytes"]["done"] // total)
        return f"[{'#' * filled}{'-' * (room - filled)}]  {line}"

    def _draw(self, line: str, width: int) -> None:
        line = line if len(line) <= width else f"{line[: width - 1]}…"
        self.stream.write(f"\r{line}{' ' * (self._drawn - len(line))}")
        self.stream.flush()
        self._drawn = len(line)

    def end(self) -> None:
        if self._drawn:
            self.stream.write(f"\r{' ' * self._drawn}\r")
            self.stream.flush()
            self._drawn = 0


class Lines(_Told):
    """A line each ten seconds and where the state changes: for logs."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, _PRINT_SECONDS)

    def show(self, transfer: Json) -> None:
        before = self._state
        if not self.due(transfer):
            return
        state = transfer["state"]
        ended = transfer["ended"] is not None
        if (state == "planning" and not before) or state == "queued" or ended:
            return  # the next line says more
        clock = datetime.now().strftime("%H:%M:%S")
        started = " started" if state == "running" and before in ("planning", "queued", "") else ""
        what = f"Copy{started} to {transfer['target']}: " if started else ""
        print(f"{clock}  {what}{', '.join(self.words(transfer))}", file=self.stream, flush=True)

    def end(self) -> None:
        pass


class JsonLines(_Told):
    """The transfer as JSON, a line a second and where the state changes: for programs."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, _JSON_SECONDS)

    def show(self, transfer: Json) -> None:
        if self.due(transfer):
            print(json.dumps(transfer, separators=(",", ":")), file=self.stream, flush=True)

    def end(self) -> None:
        pass


def progress_for(kind: str, stream: TextIO | None = None) -> Progress:
    """Progress by its name on the command line: auto, bar, lines, json or none.

    It goes to standard error unless told, and "auto" is a bar on a terminal and lines elsewhere.
    """
    stream = stream or sys.stderr
    if kind == "auto":
        kind = "bar" if stream.isatty() else "lines"
    if kind == "none":
        return NoProgress()
    kinds: dict[str, Callable[[TextIO], Progress]]
    kinds = {"bar": Bar, "lines": Lines, "json": JsonLines}
    return kinds[kind](stream)
