"""Figures of a home, as the accountant publishes them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jupyterlab_mast.quota.interface import usages_in
from jupyterlab_mast.quota.usage import Usage, write_usages

MB = 1_000_000


def publish(data: Path, root: Path, **values: Any) -> None:
    """Figures as of now: of 10 MB 4 are used."""
    now = time.time()
    known = {"allocated": 4 * MB, "limit": 10 * MB, "measured": now, "refreshed": now, **values}
    write_usages(usages_in(data), [Usage("home", "Home", str(root), **known)])
