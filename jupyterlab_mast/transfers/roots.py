"""The folders into which REST may copy: the Jupyter root, and those that an administrator lists.

A person names a root by its id and a folder below it as the file browser does, with ``/``. Nothing
that is asked for here leads out of a root. A folder that is exchanged for a link later is the
engine's business (``targets``), which follows none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError, RequestError
from ..files import is_within, nearest
from ..rootsettings import HOME, RootSetting, read_root


@dataclass(frozen=True)
class TargetRoot:
    """A folder that nothing may leave. It may itself be a link, and need not be there yet."""

    id: str
    title: str
    #: Absolute, as it was configured.
    path: str

    @property
    def real(self) -> str:
        """Where it lies, without links."""
        return os.path.realpath(self.path)


def read_target_roots(setting: Sequence[Any], name: str, home: str) -> list[TargetRoot]:
    """Return `home` and the roots of `setting`; ``~`` and variables in their paths are replaced.

    `name` is what the administrator calls the setting. Raises ConfigurationError.
    """
    roots = [TargetRoot(HOME, "Home", os.path.abspath(os.path.expanduser(home)))]
    for index, value in enumerate(setting):
        place = f"{name}[{index}]"
        read = read_root(RootSetting, value, place)
        if any(root.id == read.id for root in roots):
            raise ConfigurationError(
                f"{place}['id'] is {read.id!r}, which another root has already: ids must differ, "
                f"and {HOME!r} is the Jupyter root folder"
            )
        roots.append(TargetRoot(read.id, read.title, read.path))
    return roots


class TargetRoots:
    """From what a page names to folders on the disk, and back. Looks at the disk: call it in a
    thread, but for `describe` and `contents_path`."""

    def __init__(self, roots: Sequence[TargetRoot], allow_hidden: bool) -> None:
        self._roots = {root.id: root for root in roots}
        self._home = roots[0]
        self._allow_hidden = allow_hidden
        self._real = {root.id: root.real for root in roots}

    def to_json(self) -> list[dict[str, Any]]:
        """The roots as REST shows them."""
        return [
            {
                "id": root.id,
                "title": root.title,
                "path": self._contents_root(root),
                "absolute": root.path,
            }
            for root in self._roots.values()
        ]

    def resolve(self, root_id: str, path: str) -> tuple[str, str]:
        """Return the folder `path` below a root, and that root: absolute and without links.

        `path` is taken as it stands, nothing in it is decoded. The folder need not be there.
        Raises RequestError: "not-found" for an unknown root, "malformed" for a path that is none
        below a root, "forbidden" for one that leads out of it or is hidden, "target" for a file
        where a folder should be.
        """
        root = self._roots.get(root_id)
        if root is None:
            raise RequestError(
                "not-found", f"This server has no target folder {root_id!r}. Reload the page."
            )
        parts = _parts(path)
        real = self._real[root_id] = root.real
        try:
            target = os.path.realpath(os.path.join(real, *parts))
        except (ValueError, OSError):
            raise _no_path(path) from None
        if not is_within(target, real):
            raise RequestError(
                "forbidden",
                f"{path} leads out of {root.title}, by a link. Choose a folder that lies in it.",
            )
        if not self._allow_hidden and (_is_hidden(parts) or _is_hidden(_below(target, real))):
            raise RequestError(
                "forbidden",
                f"{path} is a hidden folder, which this server does not show. "
                "Choose another folder.",
            )
        in_the_way = nearest(target, os.path.lexists)
        if not os.path.isdir(in_the_way):
            raise RequestError(
                "target", f"{in_the_way} is not a folder. Choose a folder to copy into."
            )
        return target, real

    @property
    def real(self) -> list[str]:
        """All roots, without links."""
        return list(self._real.values())

    def locate(self, contents_path: str) -> str:
        """Return where the entry lies that the file browser calls so; a link stays one."""
        folder, _, name = contents_path.strip("/").rpartition("/")
        return os.path.join(os.path.realpath(os.path.join(self._real[HOME], folder)), name)

    def describe(self, absolute: str) -> dict[str, Any]:
        """Return the target `absolute`, which holds no links, as REST names it."""
        found = [name for name, real in self._real.items() if is_within(absolute, real)]
        if not found:
            return {"root": None, "path": None, "absolute": absolute}
        # The innermost one.
        root = max(found, key=lambda name: len(self._real[name]))
        return {
            "root": root,
            "path": "/".join(_below(absolute, self._real[root])),
            "absolute": absolute,
        }

    def contents_path(self, absolute: str) -> str | None:
        """Return what the file browser calls `absolute`, or None where it cannot show it."""
        for root in self._roots.values():
            outer = self._contents_root(root)
            if outer is not None and is_within(absolute, self._real[root.id]):
                return "/".join(
                    [*([outer] if outer else []), *_below(absolute, self._real[root.id])]
                )
        return None

    def _contents_root(self, root: TargetRoot) -> str | None:
        # A link in the Jupyter root is shown there, wherever it leads.
        for path, home in (
            (root.path, self._home.path),
            (self._real[root.id], self._real[HOME]),
        ):
            if is_within(path, home):
                parts = _below(path, home)
                if self._allow_hidden or not _is_hidden(parts):
                    return "/".join(parts)
        return None


def _parts(path: str) -> list[str]:
    if path == "":
        return []
    parts = path.removesuffix("/").split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise _no_path(path)
    return parts


def _no_path(path: str) -> RequestError:
    return RequestError(
        "malformed",
        f"{path!r} is not the path of a folder below a root. Give one without '.', '..' or empty "
        "parts, and without '/' at its beginning.",
    )


def _below(path: str, root: str) -> list[str]:
    return [part for part in path[len(root) :].split(os.sep) if part]


def _is_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") for part in parts)
