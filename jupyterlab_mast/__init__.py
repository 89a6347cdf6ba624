"""The MAST archive of HST and TESS data inside JupyterLab: the server part."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .transfers.copy import CopyError, CopyResult


def _read_version() -> str:
    # _version.py is written by the build: a bare checkout has none.
    try:
        return str(import_module(f"{__name__}._version").__version__)
    except ImportError:
        return "0+unknown"


__version__ = _read_version()
__all__ = ["CopyError", "CopyResult", "__version__", "boto3_client", "copy", "copy_async"]


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


def copy(source: Any, target: Any, **options: Any) -> CopyResult:
    """Copy files or folders of the archive into a folder, and wait until it is done.

    See :func:`jupyterlab_mast.transfers.copy.copy`; ``await copy_async(…)`` is the same for code
    that has other things to do meanwhile.
    """
    result: CopyResult = _copying().copy(source, target, **options)
    return result


async def copy_async(source: Any, target: Any, **options: Any) -> CopyResult:
    """`copy`, to be awaited.

    See :func:`jupyterlab_mast.transfers.copy.copy_async`.
    """
    result: CopyResult = await _copying().copy_async(source, target, **options)
    return result


def _copying() -> Any:
    # Only who copies pays for importing the engine.
    from .transfers.needs import what_is_missing

    problem = what_is_missing()
    if problem is not None:
        raise ImportError(problem)
    return import_module(f"{__name__}.transfers.copy")


def __getattr__(name: str) -> Any:
    if name in ("CopyError", "CopyResult"):
        return getattr(_copying(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-mast"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .app import MastExtension

    return [{"module": "jupyterlab_mast", "app": MastExtension}]
