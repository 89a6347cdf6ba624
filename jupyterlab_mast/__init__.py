"""The MAST archive of HST and TESS data inside JupyterLab: the server part."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _read_version() -> str:
    # _version.py is written by the build: a bare checkout has none.
    try:
        return str(import_module(f"{__name__}._version").__version__)
    except ImportError:
        return "0+unknown"


__version__ = _read_version()


def boto3_client(
    archive: str = "mast",
    base_url: str | None = None,
    token: str | None = None,
    **options: Any,
) -> Any:
    """Return a boto3 S3 client that goes through the relay of the running Jupyter server.

    See :func:`jupyterlab_mast.archive.s3clients.boto3_client`.
    """
    from .archive.s3clients import boto3_client as make

    return make(archive, base_url, token, **options)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-mast"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .app import MastExtension

    return [{"module": "jupyterlab_mast", "app": MastExtension}]
