"""Whether a plan has room, as the command line and notebooks say it."""

from __future__ import annotations

from ..errors import Json
from ..terminal import format_bytes


def space_sentence(plan: Json) -> str | None:
    """That a plan does not fit, and what to do; None where it does, or nobody knows."""
    allowed = plan["allowed"]
    if allowed is None or _reserved(plan) <= allowed:
        return None
    # Where the limit only warns, it is the disk that has no room.
    by_limit = allowed == plan["free"]
    return (
        f"This copy needs {format_bytes(_reserved(plan) - allowed)} more than you have. "
        f"{_numbers(plan, allowed, by_limit)} Copy less, or free some space."
    )


def limit_sentence(plan: Json) -> str | None:
    """That a plan passes a limit that only warns; None where it does not."""
    free = plan["free"]
    if free is None or not free < _reserved(plan) <= plan["allowed"]:
        return None
    over = format_bytes(_reserved(plan) - free)
    return f"This copy passes your limit by {over}. {_numbers(plan, free, True)}"


def room_lines(plan: Json) -> list[str]:
    """What a plan costs and what is free, and what is to be said of that."""
    free = ""
    if plan["free"] is not None:
        free = f", {_of_limit(plan, plan['free'], True)} free"
    if plan["counting"]:
        free += " at most (your files are still being counted)"
    lines = [f"{format_bytes(plan['needed'])} to be written{free}"]
    return lines + [said for said in (space_sentence(plan), limit_sentence(plan)) if said]


def _reserved(plan: Json) -> int:
    """What is reserved for a plan: the bytes that it takes on the disk."""
    return int(plan["needed"]) + int(plan["blocks"])


def _numbers(plan: Json, free: int, by_limit: bool) -> str:
    planned = format_bytes(_reserved(plan))
    said = f"Planned {planned}, free {_of_limit(plan, free, by_limit)}."
    if by_limit and plan["limit"] is not None and plan["reserve"]:
        said += (
            f" {format_bytes(plan['reserve'])} stays reserved so that your server can always start."
        )
    return said


def _of_limit(plan: Json, free: int, by_limit: bool) -> str:
    limit = plan["limit"] if by_limit else None
    return format_bytes(free) if limit is None else f"{format_bytes(free)} of {format_bytes(limit)}"
