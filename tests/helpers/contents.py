"""A contents manager that is not on local files."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.manager import ContentsManager


class ContentsWithoutFiles(ContentsManager):
    """Holds nothing."""

    def dir_exists(self, path: str) -> bool:
        return path == ""

    def is_hidden(self, path: str) -> bool:
        return False

    def file_exists(self, path: str = "") -> bool:
        return False

    def get(self, path: str, *arguments: Any, **more: Any) -> dict[str, Any]:
        raise KeyError(path)
