"""Whether copying works where this runs."""

from __future__ import annotations

import os
from importlib import import_module


def what_is_missing() -> str | None:
    """A sentence that says why nothing can be copied here, and what to do; None where it can."""
    if os.name != "posix":
        return "Copying to the workspace works on Linux and macOS only."
    try:
        import_module("pycurl")
    except ImportError as error:
        return (
            f"Copying to the workspace needs the Python package pycurl, which cannot be used "
            f"({error}). Install it with `pip install pycurl`; where no wheel of it fits, that "
            "needs libcurl's headers."
        )
    return None
