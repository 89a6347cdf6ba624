"""What the routes of the quota do."""

from __future__ import annotations

from ..rest import Json, RequestError
from .manager import QuotaManager
from .models import LookRequest


class QuotaService:
    """One method for each operation of ``models.API``. All raise RequestError."""

    def __init__(self, manager: QuotaManager) -> None:
        self._manager = manager

    async def usage(self) -> Json:
        await self._manager.note_page()
        roots, sequence = await self._manager.snapshot()
        return {
            "server": self._manager.server,
            "sequence": sequence,
            "roots": [self._manager.describe(root) for root in roots],
        }

    async def look(self, body: LookRequest) -> Json:
        if body.root is not None and body.root not in self._manager.ids:
            raise RequestError(
                "not-found", f"This server measures no folder {body.root!r}. Reload the page."
            )
        await self._manager.look(body.root, body.action == "rescan")
        return await self.usage()
