"""Polls /api/status all the time, from a process of its own: does the server still answer?

python -m benchmarks.poll BASE TOKEN

prints "ready", then, when its standard input ends, the milliseconds of each poll as JSON.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.beside import beside
from scripts.lab import Server

PAUSE = 0.01  # seconds between two polls


def main() -> int:
    base, token = sys.argv[1:]
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    host = urlsplit(base)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=60)
    headers = {"Authorization": f"token {token}"}
    threading.Thread(target=wait, daemon=True).start()
    took: list[float] = []
    while not ended.is_set():
        began = time.perf_counter()
        connection.request("GET", "/api/status?no_track_activity=1", headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"/api/status: HTTP {answer.status}")
        took.append((time.perf_counter() - began) * 1e3)
        if len(took) == 1:
            print("ready", flush=True)
        time.sleep(PAUSE)
    json.dump(took[1:], sys.stdout)
    return 0


@contextlib.contextmanager
def polling(server: Server) -> Iterator[list[float]]:
    """Poll for as long as the context lasts; its list then has all milliseconds."""
    took: list[float] = []
    with beside("benchmarks.poll", server.base, server.token) as (end, said):
        try:
            if said.readline() != "ready\n":
                raise RuntimeError("the poll of /api/status failed")
            yield took
        finally:
            end.close()
            text = said.read()
        took += json.loads(text)


if __name__ == "__main__":
    sys.exit(main())
