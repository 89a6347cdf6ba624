"""The process that measures, beside the Jupyter server: JSON lines in, JSON lines out.

In: ``{"ask": n, "do": …, …}``. Out: ``{"answer": n, "value": …}`` or ``{"answer": n, "error":
{"kind", "message"}}``, and whenever a figure changes ``{"changed": [usage…]}``. It ends when its
standard input does.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import Json, RequestError
from ..lines import take_streams, write_line
from ..processes import give_way
from .accountant import Accountant, Settings
from .names import path_of
from .usage import Usage

#: Added to the niceness: everything else goes first.
NICE = 19

log = logging.getLogger(__name__)


class Asks:
    """Answers what the server asks. What may take long is done beside the rest."""

    _READING = ("folder", "size", "files", "freeable", "cached")

    def __init__(self, accountant: Accountant, write: Callable[[Json], None]) -> None:
        self._accountant = accountant
        self._write = write
        readers = ThreadPoolExecutor(2, "reader")
        #: What may take long, and who does it: those who wait until something is taken in do not
        #: wait for readers, which may hang.
        self._slow = {
            **dict.fromkeys(self._READING, readers),
            "hint": ThreadPoolExecutor(2, "hint"),
        }

    def run(self, lines: Iterable[bytes]) -> None:
        """Answer until `lines` end."""
        for line in lines:
            self.take(line)
        for pool in self._slow.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def take(self, line: bytes) -> None:
        """Answer one line; one that cannot be understood with an error."""
        try:
            ask = json.loads(line)
            number, do = ask["ask"], str(ask["do"])
        except (ValueError, KeyError, TypeError):
            message = "This line is no ask."
            self._write({"answer": None, "error": {"kind": "malformed", "message": message}})
            return
        if do in self._slow:
            self._slow[do].submit(self._answer, number, do, ask)
        else:
            self._answer(number, do, ask)

    def _answer(self, number: Any, do: str, ask: Json) -> None:
        """Answer in any case: somebody waits."""
        answer: Json = {"answer": number}
        try:
            answer["value"] = self._do(do, ask)
        except RequestError as error:
            answer["error"] = {"kind": error.kind, "message": error.message}
        except (ValueError, KeyError, TypeError) as error:
            message = f"This ask cannot be understood: {error!r}."
            answer["error"] = {"kind": "malformed", "message": message}
        except OSError as error:
            message = f"Files cannot be looked at just now: {error.strerror or error}. Try again."
            answer["error"] = {"kind": "busy", "message": message}
        except Exception:
            log.exception("jupyterlab-mast: %s has failed", do)
            message = "The quota process has failed at this, as the server's log tells."
            answer["error"] = {"kind": "internal", "message": message}
        self._write(answer)

    def _do(self, do: str, ask: Json) -> Any:
        accountant = self._accountant
        if do == "snapshot":
            return as_json(accountant)
        if do == "hint":
            accountant.hint([str(path) for path in ask["paths"]], float(ask["wait"]))
        elif do == "watched":
            accountant.watched(bool(ask["pages"]))
        elif do == "refresh":
            accountant.refresh()
        elif do == "rescan":
            accountant.rescan(ask["root"])
        elif do == "folder":
            return accountant.folder(str(ask["root"]), path_of(ask["folder"]))
        elif do == "freeable":
            return accountant.freeable(str(ask["root"]))
        elif do == "cached":
            return accountant.cached(str(ask["root"]), path_of(ask["after"]), int(ask["limit"]))
        elif do == "size":
            return accountant.size(str(ask["root"]), path_of(ask["entry"]))
        elif do == "files":
            return accountant.files(str(ask["root"]), str(ask["order"]), int(ask["limit"]))
        elif do == "limits":
            accountant.set_limits([Usage(**root) for root in ask["roots"]])
        else:
            raise ValueError(f"nobody knows how to do {do!r}")
        return None


def as_json(accountant: Accountant) -> list[Json]:
    """The figures as the server is told of them."""
    return [
        {**asdict(usage), "reserved": standing.outstanding, "copies": standing.running}
        for usage, standing in accountant.told()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until standard input ends. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m jupyterlab_mast.quota.worker")
    parser.add_argument("--data", required=True, help="folder in which figures are kept")
    parser.add_argument("--roots", required=True, help="roots and their limits, as JSON")
    parser.add_argument("--settings", default="{}", help="settings of the accountant, as JSON")
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="jupyterlab-mast accountant: %(message)s")
    lines, answers = take_streams()
    give_way(NICE)
    lock = threading.Lock()

    def write(value: Json) -> None:
        with lock:
            write_line(answers, value)

    accountant = Accountant(
        Path(parsed.data),
        [Usage(**root) for root in json.loads(parsed.roots)],
        Settings(**json.loads(parsed.settings)),
        lambda: write({"changed": as_json(accountant)}),
        # The main thread hears of it; the server starts another process.
        failed=lambda: os.kill(os.getpid(), signal.SIGUSR1),
    )
    for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGUSR1, 1)):
        signal.signal(number, lambda *_, status=status: sys.exit(status))
    asks = Asks(accountant, write)
    accountant.start()
    try:
        asks.run(lines)
    finally:
        accountant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
