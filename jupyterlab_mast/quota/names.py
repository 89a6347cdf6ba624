"""What files and folders below a root are called in requests."""

from __future__ import annotations

from urllib.parse import quote_from_bytes, unquote_to_bytes

from ..errors import RequestError


def id_of(path: bytes) -> str:
    """The id of a path below a root: odd bytes, of names in any encoding, as %XX."""
    return quote_from_bytes(path)


def path_of(name: str) -> bytes:
    """The path that an id stands for. Raises RequestError for one that leads anywhere else."""
    path = unquote_to_bytes(name)
    if path and not is_path(path):
        raise RequestError(
            "malformed", f"{name!r} names no file or folder below a root. Reload the page."
        )
    return path


def is_path(path: bytes) -> bool:
    """Whether this can be the path of a file or folder below a root, and leads nowhere else."""
    return b"\0" not in path and not {b"", b".", b".."}.intersection(path.split(b"/"))


def shown(name: bytes) -> str:
    """A name for people: what is no UTF-8 in it is a question mark."""
    return name.decode("utf-8", "replace")
