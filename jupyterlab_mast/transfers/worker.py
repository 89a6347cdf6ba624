"""The process that copies, beside the Jupyter server: JSON lines in, JSON lines out.

In: ``{"ask": n, "do": …, …}``. Out: ``{"answer": n, "value": …}`` or ``{"answer": n, "error":
{"kind", "message"}}``, and at any time ``{"changed": [transfer…], "removed": [id…]}``. It ends when
its standard input does: the server has stopped or died, and what is unfinished goes on next time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..archive.interface import Archive
from ..errors import Json
from ..files import Folders
from ..lines import take_streams, write_line
from ..processes import give_way
from .adopting import Adopter
from .buckets import Away, Buckets
from .cachedfiles import tell_of_cached
from .freed import LISTS, FreedList
from .freeing import page_of_copies
from .moves import Finder
from .removing import Remover
from .reserve import keep_reserve
from .types import Request, TransferError
from .verify import verify_copy

if TYPE_CHECKING:
    from .runner import Transfers

#: Added to the niceness, so that kernels and the server go first.
NICE = 5
#: Seconds that the engine has for its end.
END_SECONDS = 10.0
#: Between two looks for partial files of nobody; the file whose time is that of the last one.
_TIDY_SECONDS = 24 * 3600.0
_TIDIED = "tidied"
#: Copies that one answer holds, and a few more where one key was copied several times.
COPIES = 2000

_TOLD_OF_COPIES = ("key", "etag", "size", "time", "check", "algorithm")

log = logging.getLogger(__name__)


class UnknownTransfer(Exception):
    """An ask names a transfer that is not there; its text is a sentence."""


class Outbox:
    """Writes lines, whole and one after the other, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._count = 0
        self._last: dict[str, tuple[int, Json]] = {}

    def changed(self, transfers: Sequence[Json], removed: Sequence[str] = ()) -> None:
        with self._lock:
            self._count += 1
            for transfer in transfers:
                self._last[transfer["id"]] = (self._count, transfer)
            for one in removed:
                self._last.pop(one, None)
            write_line(self._stream, {"changed": list(transfers), "removed": list(removed)})

    def answer(self, ask: Any, value: Any) -> None:
        with self._lock:
            write_line(self._stream, {"answer": ask, "value": value})

    def answer_snapshot(self, ask: Any, take: Callable[[], list[Json]]) -> None:
        """Answer with what `take` returns, but with nothing older than what was written already."""
        with self._lock:
            before = self._count
        taken = take()
        with self._lock:
            value = []
            for transfer in taken:
                count, last = self._last.get(transfer["id"], (0, transfer))
                value.append(last if count > before else transfer)
            write_line(self._stream, {"answer": ask, "value": value})

    def fail(self, ask: Any, kind: str, message: str) -> None:
        with self._lock:
            write_line(self._stream, {"answer": ask, "error": {"kind": kind, "message": message}})


class Worker:
    """Answers asks with an engine. What only reads may take long and is done beside the rest."""

    def __init__(self, engine: Transfers, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox
        self._finder = Finder(engine.provenance)
        self._readers = ThreadPoolExecutor(2, "reader")
        # They may read a large file for an hour: nothing else is to wait for that.
        self._alone: dict[str, tuple[ThreadPoolExecutor, Callable[[Json], Any]]] = {
            "adopt": (ThreadPoolExecutor(1, "adopter"), self._adopt),
            "free": (ThreadPoolExecutor(1, "remover"), self._free),
        }
        self._stop = threading.Event()
        self._away = Away()
        self._slow = {
            "files": self._files,
            "copies": self._copies,
            "verify": self._verify,
            "freeable": self._freeable,
            "cached": self._cached,
        }
        self._quick: dict[str, Callable[[Json], Any]] = {
            "create": lambda ask: engine.create(Request.from_json(ask["request"])),
            "choose": lambda ask: engine.choose(ask["id"], **ask.get("changes", {})),
            "act": lambda ask: engine.act(
                ask["id"], ask["action"], ask.get("decisions"), ask.get("files")
            ),
            "clear": self._clear,
            "summary": lambda ask: engine.summary(ask["id"]),
            "moved": self._moved,
            "idle": lambda ask: engine.idle and not self._finder.searching,
        }

    def run(self, lines: Iterable[bytes]) -> None:
        """Answer until `lines` end."""
        try:
            for line in lines:
                self.take(line)
        finally:
            self._stop.set()
            self._finder.close()
            self._readers.shutdown(wait=False, cancel_futures=True)
            for thread, _ in self._alone.values():
                thread.shutdown(wait=False, cancel_futures=True)

    def take(self, line: bytes) -> None:
        """Answer one line; a line that cannot be understood with an error."""
        try:
            ask = json.loads(line)
            number, do = int(ask["ask"]), str(ask["do"])
        except (ValueError, KeyError, TypeError):
            self._outbox.fail(None, "malformed", "This line is no ask.")
            return
        if do == "snapshot":
            self._try(number, lambda: self._outbox.answer_snapshot(number, self._engine.snapshot))
        elif do in self._alone:
            thread, act = self._alone[do]
            thread.submit(self._answer, number, act, ask)
        elif do in self._slow:
            self._readers.submit(self._answer, number, self._slow[do], ask)
        elif do == "act" and ask.get("files") is not None:
            # Which files failed stands in plan and journals.
            self._readers.submit(self._answer, number, self._quick[do], ask)
        elif do in self._quick:
            self._answer(number, self._quick[do], ask)
        else:
            self._outbox.fail(number, "malformed", f"Nobody knows how to do {do!r}.")

    def _answer(self, number: Any, act: Callable[[Json], Any], ask: Json) -> None:
        def run() -> None:
            try:
                value = act(ask)
            except KeyError as error:
                if "id" in ask and error.args == (ask["id"],):
                    raise UnknownTransfer(
                        f"There is no transfer {ask['id']!r} on this server. Reload the page."
                    ) from None
                raise
            self._outbox.answer(number, value)

        self._try(number, run)

    def _try(self, number: Any, act: Callable[[], None]) -> None:
        try:
            act()
        except TransferError as error:
            kind = "refused" if error.kind == "internal" else error.kind
            self._outbox.fail(number, kind, error.message)
        except UnknownTransfer as error:
            self._outbox.fail(number, "not-found", str(error))
        except (KeyError, TypeError, ValueError) as error:
            log.warning("an ask was refused", exc_info=True)
            self._outbox.fail(number, "malformed", f"This ask cannot be understood: {error!r}.")
        except Exception as error:
            log.exception("an ask failed")
            self._outbox.fail(
                number,
                "internal",
                f"The copy process failed at this: {error!r}. The server's log tells more.",
            )

    def _clear(self, ask: Json) -> None:
        self._engine.clear(ask["id"])
        self._outbox.changed([], [ask["id"]])

    def _files(self, ask: Json) -> Json:
        return self._engine.files(ask["id"], ask["offset"], ask["limit"], ask.get("outcome"))

    def _verify(self, ask: Json) -> Json:
        return verify_copy(
            self._engine.provenance, ask["root"], ask["folder"], ask["name"]
        ).to_json()

    def _buckets(self, ask: Json) -> Buckets:
        archives = [Archive.model_validate(one) for one in ask["archives"]]
        return Buckets(archives, self._stop, self._away)

    def _freeable(self, ask: Json) -> Json:
        return page_of_copies(
            self._engine.provenance,
            ask["root"],
            ask["after"],
            ask["limit"],
            without=ask["without"],
            busy=Folders.of_json(ask["busy"]),
            unfinished=self._engine.unfinished(),
            buckets=self._buckets(ask),
        )

    def _free(self, ask: Json) -> Json:
        remover = Remover(
            self._engine.provenance,
            ask["root"],
            self._buckets(ask),
            newer=ask["newer"],
            busy=Folders.of_json(ask["busy"]),
            unfinished=self._engine.unfinished(),
        )
        kept = FreedList(ask["lists"], ask["freed"], ask["root"], ask["root_id"], lost=ask["newer"])
        return remover.remove(ask["paths"], kept)

    def _cached(self, ask: Json) -> list[Json]:
        return tell_of_cached(self._engine.provenance, ask["files"], self._buckets(ask))

    def _adopt(self, ask: Json) -> Json:
        adopter = Adopter(self._engine.provenance, ask["root"], self._buckets(ask))
        return adopter.adopt(ask["paths"])

    def _moved(self, ask: Json) -> None:
        """Files or folders were renamed or deleted, in this order: pairs of paths."""
        provenance = self._engine.provenance
        provenance.reload()
        provenance.rename([(path, to) for path, to in ask["moves"]])

    def _copies(self, ask: Json) -> Json:
        """A page of the copies below a prefix that are still there.

        `bucket` is the URL of the archive's bucket; those that were moved are searched for below
        `roots`.
        """
        provenance = self._engine.provenance
        provenance.reload()
        bucket, prefix = ask["bucket"], ask["prefix"]
        shown = provenance.below(bucket, prefix, ask["after"], COPIES)
        last = shown[-1].key if shown else ""
        more = bool(shown and provenance.below(bucket, prefix, last, 1))
        return {
            "copies": [
                {
                    **{name: getattr(copy, name) for name in _TOLD_OF_COPIES},
                    "absolute": copy.path,
                }
                for copy in self._finder.present(shown, ask["roots"])
            ],
            "next": last if more else None,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until standard input ends. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m jupyterlab_mast.transfers.worker")
    parser.add_argument("--data", required=True, help="folder of the transfers")
    parser.add_argument("--settings", default="{}", help="settings of the engine, as JSON")
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="jupyterlab-mast worker: %(message)s")
    lines, answers = take_streams()
    outbox = Outbox(answers)
    give_way(NICE)
    engine = _open_engine(parsed.data, json.loads(parsed.settings), outbox)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # While there is room.
    keep_reserve(os.path.join(parsed.data, LISTS))
    threading.Thread(target=_tidy, args=(engine, parsed.data), name="tidy", daemon=True).start()
    try:
        Worker(engine, outbox).run(lines)
    finally:
        watchdog = threading.Timer(END_SECONDS, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()
        engine.close()
    return 0


def _open_engine(data: str, settings: Mapping[str, Any], outbox: Outbox) -> Transfers:
    from .runner import Transfers
    from .settings import Settings

    return Transfers(data, settings=Settings(**settings), changed=outbox.changed)


def _tidy(engine: Transfers, data: str) -> None:
    """Once a day remove partial files that are nobody's: it reads folders, which may be slow."""
    stamp = Path(data, _TIDIED)
    with contextlib.suppress(OSError):
        if abs(time.time() - stamp.stat().st_mtime) < _TIDY_SECONDS:
            return
    try:
        stamp.touch()
        removed = engine.remove_orphans()
        engine.provenance.merge()
    except Exception:
        log.exception("partial files of nobody could not be looked for")
        return
    if removed:
        log.warning("removed partial files of no transfer: %s", ", ".join(removed[:10]))


if __name__ == "__main__":
    sys.exit(main())
