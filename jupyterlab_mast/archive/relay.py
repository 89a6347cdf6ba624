"""The way from the Jupyter server to an archive: one HTTP session, one request at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from .. import __version__
from .config import Archive
from .errors import S3Error
from .keys import encode_key, encode_plain
from .rules import Ask
from .signing import Signer

_READ_BUFFER = 1 << 20  # bytes
_PASSED = (200, 206, 304)
# An answer to us, not to the one who asks: passed on, it would look like the Jupyter server's.
_NOT_PASSED = (401, 407)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds, and how much to take, in bytes."""

    answer_timeout: float = 15.0
    stall_timeout: float = 60.0
    list_bytes: int = 8 << 20


class Relay:
    """Sends what passed the rules to the archives. One for each server; close it at its end."""

    def __init__(self, archives: Mapping[str, Archive], limits: Limits) -> None:
        self.archives = archives
        self.limits = limits
        self._session: aiohttp.ClientSession | None = None
        self._signer = Signer()

    async def close(self) -> None:
        """End the session and with it every request that is under way."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def open(
        self, ask: Ask, headers: Mapping[str, str], gzip: bool = False
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send `ask` and give the archive's answer, its body unread and not decoded.

        `headers` are already chosen; `gzip` tells whether the body may come compressed. Leaving
        the context before the body's end closes the connection. Raises S3Error for a failure
        before the answer, aiohttp.ClientError or TimeoutError while the body is read.
        """
        response = await self._send(ask, headers, gzip)
        try:
            _refuse_strange(response, ask)
            yield response
        finally:
            # A connection whose answer was read to its end is kept, whatever this says.
            response.close()

    async def _send(
        self, ask: Ask, headers: Mapping[str, str], gzip: bool
    ) -> aiohttp.ClientResponse:
        url = ask.archive.bucket_url
        query = f"?{ask.raw_query}" if ask.query else ""
        sent = {
            **headers,
            **await self._own_headers(ask, headers, f"{url}/{encode_plain(ask.key)}{query}"),
            "Accept-Encoding": "gzip" if gzip else "identity",
            "User-Agent": f"jupyterlab-mast/{__version__}",
        }
        target = URL(f"{url}/{encode_key(ask.key)}{query}", encoded=True)
        try:
            return await asyncio.wait_for(
                self._open_session().request(
                    ask.method,
                    target,
                    headers=sent,
                    allow_redirects=False,
                    proxy=_proxy_for(url),
                ),
                self.limits.answer_timeout,
            )
        except (TimeoutError, asyncio.TimeoutError):
            raise S3Error(
                504,
                "RequestTimeout",
                f"{_host(url)} did not answer within {self.limits.answer_timeout:g} seconds. "
                "Try again later.",
            ) from None
        except aiohttp.ClientError as error:
            log.debug("request to %s failed: %r", _host(url), error)
            raise _unreachable(url, error) from None

    async def _own_headers(
        self, ask: Ask, headers: Mapping[str, str], canonical_url: str
    ) -> dict[str, str]:
        archive = ask.archive
        own = {"x-amz-request-payer": "requester"} if archive.requester_pays else {}
        if archive.access != "role":
            return own
        # Servers refuse x-amz- headers that are not signed; any other may be left out.
        signed = {name: headers[name] for name in headers if name.lower().startswith("x-amz-")}
        return await asyncio.to_thread(
            self._signer.sign, canonical_url, ask.method, {**signed, **own}, archive.region
        )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                connector=aiohttp.TCPConnector(ssl=_tls_context()),
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=_READ_BUFFER,
                skip_auto_headers=("Accept",),
                timeout=aiohttp.ClientTimeout(total=None, sock_read=self.limits.stall_timeout),
            )
        return self._session


def _tls_context() -> ssl.SSLContext:
    """Trust what the system trusts, or AWS_CA_BUNDLE alone, as every AWS tool does."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if not bundle:
        return ssl.create_default_context()
    try:
        if os.path.isdir(bundle):
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError:  # ssl.SSLError is one
        raise S3Error(
            502,
            "EndpointUnreachable",
            "The certificates that AWS_CA_BUNDLE names cannot be read. "
            "Ask the administrator of the server to correct this variable.",
        ) from None


def _proxy_for(url: str) -> str | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY (in either case) ask for.

    aiohttp's own `trust_env` would do the same, but also send the user's ~/.netrc password.
    """
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.netloc):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise S3Error(
            502,
            "EndpointUnreachable",
            "The proxy that the Jupyter server is told to use is neither http:// nor https://. "
            "Ask its administrator to correct HTTPS_PROXY or HTTP_PROXY.",
        )
    return proxy


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _unreachable(url: str, error: aiohttp.ClientError) -> S3Error:
    if isinstance(error, aiohttp.ClientSSLError):
        what = (
            f"the certificate of {_host(url)} is not trusted. "
            "Behind a proxy with its own certificates, AWS_CA_BUNDLE must name them."
        )
    elif isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        what = (
            f"the proxy on the way to {_host(url)} cannot be used. "
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the Jupyter server."
        )
    elif isinstance(error, aiohttp.ClientConnectorError):
        what = f"no connection to {_host(url)}. Check the network, then try again."
    elif isinstance(error, aiohttp.ClientResponseError):
        return S3Error(
            502, "BadUpstreamAnswer", f"{_host(url)} gave an answer that is not HTTP. Try again."
        )
    else:
        what = f"{_host(url)} ended the connection before it answered. Try again."
    return S3Error(502, "EndpointUnreachable", f"The archive cannot be reached: {what}")


def _refuse_strange(response: aiohttp.ClientResponse, ask: Ask) -> None:
    status = response.status
    host = response.url.host
    if 300 <= status < 400 and status != 304:
        region = response.headers.get("x-amz-bucket-region", "")
        hint = f" It names the region {region[:32]!r}." if region else ""
        raise S3Error(
            502,
            "UpstreamRedirect",
            f"{host} sent the request elsewhere, and redirects are not followed.{hint} "
            f"Check endpoint and region of the archive {ask.archive.id!r}.",
        )
    if status in _NOT_PASSED or not (status in _PASSED or 400 <= status < 600):
        raise S3Error(
            502, "BadUpstreamAnswer", f"{host} answered with the unexpected status {status}."
        )
    if status == 403 and not _is_s3(response, ask):
        raise S3Error(
            403,
            "UpstreamRefused",
            f"{host} refused the request (403), but not as S3 does: a proxy or a firewall on the "
            "way may have done so. Ask whoever runs it.",
        )
    has_body = ask.method == "GET" and status in (200, 206)
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if has_body and response.content_length is None and not chunked:
        raise S3Error(
            502,
            "BadUpstreamAnswer",
            f"{host} sent a body without its length, so that a cut could not be noticed.",
        )


def _is_s3(response: aiohttp.ClientResponse, ask: Ask) -> bool:
    """Whether a refusal is the archive's own: S3 gives errors as XML, for HEAD maybe untyped."""
    kind = response.headers.get("Content-Type", "").lower()
    return ("xml" in kind and "html" not in kind) or (ask.method == "HEAD" and not kind)
