"""Many requests at once by libcurl: threads that each drive one multi handle."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pycurl

from .endpoint import Endpoint
from .fetch import Fetch
from .types import TransferError

log = logging.getLogger(__name__)

#: Archives whose handles are kept for their next requests.
_SPARE_ENDPOINTS = 4

#: How long a thread waits for its sockets before it looks for new work, in seconds.
_TICK = 0.05
#: How long it sleeps without any, in seconds: work that was put off comes due meanwhile.
_IDLE = 0.25

# CURLE_PROXY, which pycurl does not name.
_E_PROXY = 97

#: Gives the next request to a thread whose requests weigh so much already, or None.
Take = Callable[[int], "Fetch | None"]


class Loop(threading.Thread):
    """One thread with one connection cache."""

    def __init__(self, take: Take) -> None:
        super().__init__(name="mast-transport", daemon=True)
        self._take = take
        self._wake = threading.Event()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, 64)
        self._running: dict[Any, Fetch] = {}
        #: Handles whose bytes must not come yet.
        self._paused: list[Any] = []
        self._spare: dict[Endpoint, list[Any]] = {}
        self._weight = 0
        self._stopping = False

    def stop(self) -> None:
        """End at the next turn; requests under way are cut."""
        self._stopping = True
        self._wake.set()

    def wake(self) -> None:
        """Look for new work."""
        self._wake.set()

    @property
    def is_idle(self) -> bool:
        """Whether no request runs."""
        return not self._running

    def run(self) -> None:
        multi = self._multi
        while not self._stopping:
            if self._wake.is_set():
                self._wake.clear()
                self._drop_stopped()
            self._fill()
            if not self._running:
                self._wake.wait(_IDLE)
                continue
            multi.perform()
            if self._collect():
                continue
            if self._paused:
                self._go_on()
            if len(self._paused) < len(self._running):
                multi.select(_TICK)
            else:
                self._wake.wait(_TICK)
        for curl, fetch in list(self._running.items()):
            fetch.stop = True
            self._end(curl, TransferError("network", "The transfer was interrupted."))
        for spare in self._spare.values():
            for curl in spare:
                curl.close()
        self._spare.clear()
        multi.close()

    def _drop_stopped(self) -> None:
        for curl, fetch in list(self._running.items()):
            if fetch.stop:
                self._end(curl, TransferError("network", "The request was stopped."))

    def _fill(self) -> None:
        while True:
            try:
                fetch = self._take(self._weight)
            except Exception:
                log.exception("jupyterlab-mast: no request could be taken")
                return
            if fetch is None:
                return
            try:
                curl = self._prepare(fetch)
            except Exception as error:
                self._tell_end(fetch, error)
                continue
            self._weight += fetch.weight
            self._running[curl] = fetch
            self._multi.add_handle(curl)

    def _prepare(self, fetch: Fetch) -> Any:
        lines = fetch.header_lines()
        spare = self._spare.get(fetch.endpoint)
        if spare is None:
            while len(self._spare) >= _SPARE_ENDPOINTS:
                for old in self._spare.pop(next(iter(self._spare))):
                    old.close()
            spare = self._spare[fetch.endpoint] = []
        curl = spare.pop() if spare else _fresh(fetch.endpoint)
        curl.setopt(pycurl.URL, fetch.url)
        curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.NOBODY, 1 if fetch.method == "HEAD" else 0)
        if fetch.method == "GET":
            curl.setopt(pycurl.HTTPGET, 1)
        curl.setopt(pycurl.HEADERFUNCTION, fetch.on_header)
        slow = fetch.endpoint.caps.slow
        curl.setopt(pycurl.WRITEFUNCTION, self._slowly(curl, fetch) if slow else fetch.on_data)
        return curl

    def _slowly(self, curl: Any, fetch: Fetch) -> Callable[[bytes], int | None]:
        """What takes a request's bytes no faster than the archive's bounds allow."""
        caps = fetch.endpoint.caps

        def on_data(data: bytes) -> int | None:
            if fetch.stop or caps.take(len(data)):
                return fetch.on_data(data)
            self._paused.append(curl)
            return pycurl.WRITEFUNC_PAUSE

        return on_data

    def _go_on(self) -> None:
        """Let the requests that were paused go on, as long as there is room for their bytes."""
        paused, self._paused = self._paused, []
        for curl in paused:
            if not self._running[curl].endpoint.caps.has_room():
                self._paused.append(curl)
                continue
            # This hands over what waits, and may pause it again.
            curl.pause(pycurl.PAUSE_CONT)

    def _collect(self) -> bool:
        """Hand over what has ended; whether anything had."""
        some = False
        while True:
            queued, good, bad = self._multi.info_read()
            for curl in good:
                some = True
                self._end(curl, None)
            for curl, number, message in bad:
                some = True
                endpoint = self._running[curl].endpoint
                self._end(curl, curl_problem(endpoint, number, message))
            if not queued:
                return some

    def _end(self, curl: Any, problem: TransferError | None) -> None:
        fetch = self._running.pop(curl)
        if curl in self._paused:
            self._paused.remove(curl)
        self._multi.remove_handle(curl)
        self._weight -= fetch.weight
        curl.unsetopt(pycurl.HEADERFUNCTION)
        curl.unsetopt(pycurl.WRITEFUNCTION)
        spare = self._spare.get(fetch.endpoint)
        if spare is None:
            curl.close()
        else:
            spare.append(curl)
        self._tell_end(fetch, problem)

    @staticmethod
    def _tell_end(fetch: Fetch, problem: Exception | None) -> None:
        fetch.endpoint.caps.end()
        try:
            fetch.on_end(problem)
        except Exception:
            # This thread works for all transfers.
            log.exception("jupyterlab-mast: the end of a request could not be handled")


def _fresh(endpoint: Endpoint) -> Any:
    curl = pycurl.Curl()
    endpoint.configure(curl)
    return curl


def curl_problem(endpoint: Endpoint, number: int, message: str) -> TransferError:
    """What libcurl's error `number` means for a person."""
    host = endpoint.host
    proxied = endpoint.proxy and (number == pycurl.E_COULDNT_CONNECT or "CONNECT" in message)
    if proxied or number in (pycurl.E_COULDNT_RESOLVE_PROXY, _E_PROXY):
        # A message may spell the proxy's address, with the password in it.
        text = endpoint.proxy_problem(number if "://" in message else message or number)
    elif number in (pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_CONNECT):
        text = f"{host} cannot be reached. Check the network; it is tried again."
    elif number in (
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
    ):
        text = (
            f"The certificate of {host} is not trusted. Behind a proxy with its own certificates, "
            "AWS_CA_BUNDLE must name them."
        )
    elif number == pycurl.E_OPERATION_TIMEDOUT:
        who = f"{host}, or the proxy on the way to it," if endpoint.proxy else host
        text = f"{who} stopped answering. It is tried again."
    else:
        text = f"The connection to {host} broke off ({message or number}). It is tried again."
    return TransferError("network", text)
