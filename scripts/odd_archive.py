"""An archive of odd keys, for the browser tests.

moto holds and orders every key as S3 does; SeaweedFS folds empty and dot
segments. The bucket is readable for everybody, as MAST's is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scripts.environments import PythonEnvironment
from scripts.paths import ROOT
from scripts.processes import Failure, Guarded, environment, free_ports, wait_until

BUCKET = "odd-keys"
KEYS = ROOT / "tests" / "data" / "keys.json"


def keys() -> list[str]:
    """The odd keys, all below odd/."""
    return [entry["key"] for entry in json.loads(KEYS.read_text(encoding="utf-8"))]


def content(key: str) -> bytes:
    """What nothing but that key holds: the key itself, or a FITS header that names it."""
    if not key.endswith(".fits"):
        return key.encode()
    cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        f"OBJECT  = '{urllib.parse.quote(key, safe='')}'",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode()


@contextlib.contextmanager
def odd_archive(env: PythonEnvironment, log: Path) -> Iterator[dict[str, object]]:
    """Serve the odd keys; the archive's entry for `c.MastExtension.archives`."""
    port = free_ports(1)[0]
    command: list[str | Path] = [
        env.python,
        "-m",
        "moto.server",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    with Guarded(command, env=environment(), log=log) as server:
        wait_until(partial(made, port), server, what="moto", timeout=60)
        for key in keys():
            status = put(port, f"/{BUCKET}/{urllib.parse.quote(key, safe='')}", content(key))
            if status != 200:
                raise Failure(f"moto answered {status} to a key of {len(key)} characters")
        yield {
            "id": "odd",
            "title": "Odd keys",
            "bucket": BUCKET,
            "region": "us-east-1",
            "endpoint": f"http://127.0.0.1:{port}",
            "roots": [{"title": "Odd", "prefix": ""}],
        }


def made(port: int) -> bool:
    """Make the bucket; no while the server is not ready for it."""
    try:
        return put(port, f"/{BUCKET}", b"") in (200, 409)
    except OSError:
        return False


def put(port: int, path: str, body: bytes) -> int:
    """Put something that everybody may read; the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(
            "PUT", path, body, {"x-amz-acl": "public-read", "Content-Type": "text/plain"}
        )
        return connection.getresponse().status
    finally:
        connection.close()
