"""What other capabilities may ask of the transfers."""

from __future__ import annotations

import os
from pathlib import Path

from .provenance import Copy, Provenance

__all__ = ["Copy", "Provenance", "provenance_in"]


def provenance_in(data: str | os.PathLike[str]) -> Provenance:
    """What was copied to the home whose data folder this is; nothing is read before `reload`."""
    return Provenance(Path(data) / "copies")
