"""All objects below a prefix, page by page; a long listing by several requests at a time.

S3 gives a thousand keys a request and names the next page in the answer, so that a plain listing
of a million keys is a thousand requests in a row. ``start-after`` begins anywhere, though: the
range of keys is split at any key-like text, and both parts are listed at once. Where to split is
guessed from the characters seen so far, and again and again wherever most seems to remain; a bad
guess costs a request, never a key.

What makes it safe: a range is read until the first key behind its end is seen, and that key must
be the very one with which the next range began. Where it is not (a store that does not list in
the order of bytes, such as SeaweedFS, or an object that came or went in between), all ranges that
follow are thrown away and the listing goes on page by page from there, in the store's own order.
"""

from __future__ import annotations

import marshal
import threading
import zlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from os.path import commonprefix
from typing import Any, Protocol

from .bucket import Listed, Page, with_retries
from .types import TransferError

#: Pages read one after another before the listing is split: shorter ones are read as fast without
#: the requests that bad guesses cost.
_SERIAL_PAGES = 5
#: Pages that wait for those before them, packed: about 25 kB each.
_WAITING_PAGES = 1000
#: Characters of a key that tell how far a range has got.
_DIGITS = 8


class Lists(Protocol):
    """What is needed of a Bucket."""

    def list(
        self, prefix: str, *, token: str | None = None, start_after: str | None = None
    ) -> Page: ...


class _Range:
    """The keys after `low` up to and with `high` (None: to the end)."""

    def __init__(self, low: str, high: str | None) -> None:
        self.low = low
        self.high = high
        #: The last key that was read.
        self.at = low
        self.token: str | None = None
        self.pages_read = 0
        self.waiting: deque[bytes] = deque()
        self.busy = False
        self.done = False
        #: The very first key in the answer; None where there was none.
        self.first: str | None = None
        #: The first key behind `high`, and what of the answer began with it.
        self.behind: str | None = None
        self.rest: list[Listed] = []


def objects_below(
    bucket: Lists,
    prefix: str,
    stop: threading.Event,
    parallel: int = 16,
    *,
    first: Page | None = None,
    waiting_pages: int = _WAITING_PAGES,
) -> Iterator[list[Listed]]:
    """The objects whose keys begin with `prefix`, a page at a time, in the order of the keys.

    The order is that of UTF-8 bytes where the store keeps it. Every object that is there all the
    while comes exactly once. `first` is the first page, for those who have it already. Ends early
    when `stop` is set: the caller must look. Raises TransferError.

    Memory: at most `waiting_pages` packed pages (25 MB) besides one page a request.
    """
    last = ""
    page = first
    token: str | None = None
    for _ in range(_SERIAL_PAGES):
        if stop.is_set():
            return
        if page is None:
            page = _ask(bucket, prefix, stop, token, None, last)
        ordered = _in_order(page.objects, last)
        if page.objects:
            last = page.objects[-1].key
            yield page.objects
        token = page.next_token
        if token is None:
            return
        if not ordered or not last or parallel <= 1:
            yield from _serial(bucket, prefix, stop, token, last)
            return
        page = None
    yield from _Split(bucket, prefix, stop, parallel, waiting_pages).run(last, token)


def _serial(
    bucket: Lists, prefix: str, stop: threading.Event, token: str | None, last: str
) -> Iterator[list[Listed]]:
    while not stop.is_set():
        page = _ask(bucket, prefix, stop, token, None, last)
        if page.objects:
            last = page.objects[-1].key
            yield page.objects
        token = page.next_token
        if token is None:
            return


def _ask(
    bucket: Lists,
    prefix: str,
    stop: threading.Event,
    token: str | None,
    after: str | None,
    last: str,
) -> Page:
    """The page with a token, or after a key. `last` is the last key that came before it."""
    if token is not None:
        page = with_retries(lambda: bucket.list(prefix, token=token), stop)
    else:
        page = with_retries(lambda: bucket.list(prefix, start_after=after), stop)
    if page.next_token is not None and (
        page.next_token == token or (page.objects and page.objects[-1].key == last)
    ):
        raise TransferError(
            "malformed",
            f"The archive's listing of {prefix or 'the bucket'} brings the same page again and "
            "again. Check the archive's endpoint, and try again.",
        )
    return page


def _in_order(objects: list[Listed], last: str) -> bool:
    for one in objects:
        if one.key <= last:
            return False
        last = one.key
    return True


class _Split:
    """A listing in ranges, which threads take in turn."""

    def __init__(
        self,
        bucket: Lists,
        prefix: str,
        stop: threading.Event,
        parallel: int,
        waiting_pages: int,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._stop = stop
        self._parallel = parallel
        self._waiting_pages = waiting_pages
        #: Guards everything below.
        self._turn = threading.Condition()
        #: In the order of the keys; the first is being handed out.
        self._ranges: list[_Range] = []
        self._waiting = 0
        self._threads = 0
        self._letters: list[str] = []
        self._over = False
        self._failure: Exception | None = None

    def run(self, last: str, token: str | None) -> Iterator[list[Listed]]:
        """The pages after the key `last`, with which `token` goes on."""
        start = _Range(last, None)
        start.token = token
        # Enough to be split at once: it is known to go on.
        start.pages_read = _SERIAL_PAGES
        self._ranges.append(start)
        self._learn([last])
        self._start_threads(2)
        try:
            while True:
                packed = self._next()
                if packed is None:
                    break
                yield _unpack(packed)
        finally:
            with self._turn:
                self._over = True
                self._turn.notify_all()
        # Where two ranges do not fit together, the store itself says what follows.
        head = self._ranges[0]
        if head.behind is not None and not self._stop.is_set():
            if head.rest:
                yield head.rest
            if head.token is not None:
                last = head.rest[-1].key if head.rest else head.at
                yield from _serial(self._bucket, self._prefix, self._stop, head.token, last)

    def _start_threads(self, more: int) -> None:
        """Start `more` threads, up to the number that may run: short listings need few."""
        for number in range(self._threads, min(self._threads + more, self._parallel)):
            name = f"mast-listing-{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()
            self._threads += 1

    def _next(self) -> bytes | None:
        """The next page in order. None at the end, and where the first range must go on alone."""
        with self._turn:
            while True:
                if self._stop.is_set():
                    return None
                head = self._ranges[0]
                if head.waiting:
                    self._waiting -= 1
                    self._turn.notify_all()
                    return head.waiting.popleft()
                if not head.done:
                    if self._failure:
                        raise self._failure
                elif len(self._ranges) == 1:
                    return None
                else:
                    follower = self._ranges[1]
                    if follower.pages_read:
                        if follower.first != head.behind:
                            return None
                        del self._ranges[0]
                        continue
                    if self._failure:
                        raise self._failure
                self._turn.wait(0.5)

    def _work(self) -> None:
        """What each thread does: take a range, or split one; ask; hand in."""
        try:
            while (found := self._take()) is not None:
                after = found.low if found.token is None else None
                page = _ask(self._bucket, self._prefix, self._stop, found.token, after, found.at)
                self._hand_in(found, page)
        except Exception as error:
            with self._turn:
                self._failure = self._failure or error
                self._over = True
                self._turn.notify_all()

    def _take(self) -> _Range | None:
        with self._turn:
            while not self._over and not self._stop.is_set():
                found = self._choose()
                if found:
                    found.busy = True
                    return found
                self._turn.wait(0.5)
            return None

    def _choose(self) -> _Range | None:
        if self._waiting >= self._waiting_pages:
            # Only what is waited for.
            for one in self._ranges:
                if one.waiting or one.busy:
                    return None
                if not one.done:
                    return one
            return None
        for one in self._ranges:
            if not one.busy and not one.done:
                return one
        most, chosen = 2.0, None
        for one in self._ranges:
            if not one.done and one.pages_read:
                remaining = self._remaining(one)
                if remaining > most:
                    most, chosen = remaining, one
        if chosen is None:
            return None
        point = split_point(self._prefix, chosen.at, chosen.high, self._letters)
        if point is None:
            return None
        right = _Range(point, chosen.high)
        chosen.high = point
        self._ranges.insert(self._ranges.index(chosen) + 1, right)
        return right

    def _remaining(self, one: _Range) -> float:
        """How many pages are still to come, roughly."""
        if one.high is None:
            return float("inf")
        start = len(_common(one.low, one.high))
        low, at, high = (
            self._value(key[start : start + _DIGITS]) for key in (one.low, one.at, one.high)
        )
        if at <= low:
            return float("inf")
        return one.pages_read * max(0.0, high - at) / (at - low)

    def _value(self, text: str) -> float:
        """Where `text` stands among all texts of the letters seen, between 0 and 1."""
        base = len(self._letters) + 2
        value, unit = 0.0, 1.0
        for letter in text:
            unit /= base
            value += unit * (1 + bisect_left(self._letters, letter))
        return value

    def _learn(self, keys: list[str]) -> None:
        skip = len(self._prefix)
        seen = set(self._letters).union(*(key[skip:] for key in keys))
        if seen & _DECIMAL:
            seen |= _DECIMAL
        if len(seen) > len(self._letters):
            self._letters = sorted(seen)

    def _hand_in(self, found: _Range, page: Page) -> None:
        objects = page.objects
        first = objects[0].key if objects else None
        packed: list[bytes] = []
        with self._turn:
            high = found.high
        kept = _up_to(objects, high)
        if kept:
            packed.append(_pack(objects[:kept]))
        with self._turn:
            if found.high != high:
                # It was split meanwhile.
                kept = _up_to(objects, found.high)
                packed = [_pack(objects[:kept])] if kept else []
            if not found.pages_read:
                found.first = first
            found.pages_read += 1
            found.busy = False
            found.token = page.next_token
            if kept:
                found.at = objects[kept - 1].key
                self._learn([one.key for one in objects[:kept:50]])
            found.waiting.extend(packed)
            self._waiting += len(packed)
            if kept < len(objects):
                found.behind = objects[kept].key
                found.rest = objects[kept:]
                found.done = True
            elif page.next_token is None:
                found.done = True
            if not self._over:
                self._start_threads(2)
            self._turn.notify_all()


_DECIMAL = frozenset("0123456789")


def _up_to(objects: list[Listed], high: str | None) -> int:
    """How many at the beginning lie in a range that ends with `high`."""
    if high is None:
        return len(objects)
    for number, one in enumerate(objects):
        if one.key > high:
            return number
    return len(objects)


def _pack(objects: list[Listed]) -> bytes:
    return zlib.compress(marshal.dumps([tuple(one) for one in objects]), 1)


def _unpack(packed: bytes) -> list[Listed]:
    values: list[Any] = marshal.loads(zlib.decompress(packed))
    return [Listed._make(one) for one in values]


def split_point(prefix: str, low: str, high: str | None, letters: list[str]) -> str | None:
    """A text between two keys below `prefix`, so that the keys up to it are about half of them.

    `letters` are the characters to expect, in order. None where there is nothing between.
    """
    at = len(prefix) if high is None else len(_common(low, high))
    while at <= len(low):
        mine = low[at] if at < len(low) else ""
        inside = high is not None and high.startswith(low[:at]) and at < len(high)
        limit = high[at] if high is not None and inside else ""
        between = [one for one in letters if one > mine and (not limit or one < limit)]
        if between:
            return low[:at] + between[len(between) // 2]
        if mine:
            # The end of all keys that begin as `low` does.
            after = _next_letter(mine)
            if after and (high is None or low[:at] + after < high):
                return low[:at] + after
        at += 1
    return None


def _common(one: str, other: str) -> str:
    """What both begin with."""
    return commonprefix([one, other])  # noqa: RUF071 - of characters, not of folders


def _next_letter(letter: str) -> str:
    code = ord(letter) + 1
    if 0xD800 <= code <= 0xDFFF:
        code = 0xE000
    return chr(code) if code < 0x10FFFF else ""
