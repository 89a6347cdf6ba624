"""S3 clients of the user's programs, led through the relay of their Jupyter server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_server.serverapp import list_running_servers

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServerNotFoundError(RuntimeError):
    """No Jupyter server can be told to be the one that is meant."""


def boto3_client(
    archive: str = "mast",
    base_url: str | None = None,
    token: str | None = None,
    **options: Any,
) -> Any:
    """Return a boto3 S3 client whose requests go through the relay.

    `archive` is the id of an archive of the server's configuration. `base_url` is the server's
    address (``http://127.0.0.1:8888/``, on a hub with ``/user/<name>/``) and `token` its token;
    without them they are those of the server whose kernel or terminal this is. `options` go on
    to ``boto3.client`` (``verify=`` for a server with a certificate of its own).

    The token goes to that server only, in the header Authorization. Raises ImportError when boto3
    is not installed and ServerNotFoundError when no server is found.
    """
    if find_spec("boto3") is None:
        raise ImportError(
            "boto3 is not installed in this environment. Install it: pip install boto3"
        )
    if base_url is None:
        base_url, found_token = find_server(os.environ)
        token = found_token if token is None else token
    elif token is None:
        token = _token_from(os.environ)
    server = urlsplit(base_url)
    path = f"{unquote(server.path).rstrip('/')}/jupyterlab-mast/archive/{archive}/s3"
    # botocore escapes the path once more: a hub's /user/a%40b/ has to be given as /user/a@b/.
    endpoint = f"{server.scheme}://{server.netloc}{path}"

    config = _config(server.hostname)
    if "config" in options:
        config = config.merge(options.pop("config"))
    options.setdefault("region_name", "us-east-1")
    client = import_module("boto3").client("s3", endpoint_url=endpoint, config=config, **options)

    def add_token(request: Any, **_: Any) -> None:
        # A redirect may have changed the address; others on this host must not see the token.
        target = urlsplit(request.url)
        same_host = (target.scheme, target.netloc) == (server.scheme, server.netloc)
        if token and same_host and unquote(target.path).startswith(f"{path}/"):
            request.headers["Authorization"] = f"token {token}"

    client.meta.events.register("before-send.s3", add_token)
    return client


def find_server(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return address and token of the Jupyter server that this process belongs to.

    Looked at in this order: JUPYTER_SERVER_URL (set in JupyterLab's terminals), the running
    server that started this kernel (JPY_PARENT_PID), the only running server. Raises
    ServerNotFoundError.
    """
    token = _token_from(environ)
    servers = list(list_running_servers())
    url = environ.get("JUPYTER_SERVER_URL")
    if url:
        same = [server for server in servers if server["url"].rstrip("/") == url.rstrip("/")]
        return url, token or (same[0]["token"] if same else "")
    parent = environ.get("JPY_PARENT_PID", "")
    own = [server for server in servers if str(server["pid"]) == parent]
    chosen = own or servers
    if len(chosen) != 1:
        what = f"{len(chosen)} Jupyter servers are running" if chosen else "no Jupyter server runs"
        raise ServerNotFoundError(
            f"It is not clear which Jupyter server to use: {what} for this user on this machine. "
            "Pass base_url= and token= to boto3_client."
        )
    return chosen[0]["url"], token or chosen[0]["token"]


def _token_from(environ: Mapping[str, str]) -> str:
    names = ("JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
    return next((environ[name] for name in names if environ.get(name)), "")


def _config(host: str | None) -> Any:
    settings: dict[str, Any] = {
        "signature_version": import_module("botocore").UNSIGNED,
        "s3": {"addressing_style": "path"},
    }
    if host in _LOOPBACK:
        # The proxy of HTTP_PROXY cannot reach this machine's own server.
        settings["proxies"] = {}
    return import_module("botocore.config").Config(**settings)
