"""Where files are after several moves: one pass over the files, whatever the moves are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A file or folder, and where it is now; None for what was deleted.
Move = tuple[str, "str | None"]


class _Node:
    """A name in a folder: a file that was at the path `origin`, a folder, or both."""

    __slots__ = ("inside", "origin")

    def __init__(self) -> None:
        self.inside: dict[str, _Node] = {}
        self.origin: str | None = None


def places_after(paths: Iterable[str], moves: Sequence[Move]) -> dict[str, str | None]:
    """Where each of the files `paths` is after `moves`, one after the other.

    None for what was deleted, or replaced by another one of them.
    """
    places: dict[str, str | None] = dict.fromkeys(paths)
    root = _Node()
    for path in places:
        _at(root, path.split("/")).origin = path
    for path, to in moves:
        moved = _taken_out(root, path.split("/"))
        if moved is not None and to is not None:
            _put_in(root, to.split("/"), moved)
    rest = [("", root)]
    while rest:
        above, node = rest.pop()
        for name, one in node.inside.items():
            if one.origin is not None:
                places[one.origin] = above + name
            rest.append((f"{above}{name}/", one))
    return places


def _at(node: _Node, names: Sequence[str]) -> _Node:
    for name in names:
        inner = node.inside.get(name)
        if inner is None:
            inner = node.inside[name] = _Node()
        node = inner
    return node


def _taken_out(node: _Node, names: Sequence[str]) -> _Node | None:
    for name in names[:-1]:
        inner = node.inside.get(name)
        if inner is None:
            return None
        node = inner
    return node.inside.pop(names[-1], None)


def _put_in(root: _Node, names: Sequence[str], moved: _Node) -> None:
    """What comes takes the place of files, and folders are joined."""
    rest = [(_at(root, names[:-1]), names[-1], moved)]
    while rest:
        above, name, node = rest.pop()
        there = above.inside.setdefault(name, node)
        if there is not node:
            if node.origin is not None:
                there.origin = node.origin
            rest += [(there, inner, one) for inner, one in node.inside.items()]
