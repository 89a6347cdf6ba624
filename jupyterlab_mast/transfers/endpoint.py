"""An archive as libcurl is told of it: addresses, signatures, proxies and trusted certificates."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import pycurl

from .. import __version__
from ..archive.interface import (
    Archive,
    S3Error,
    Signer,
    encode_key,
    encode_plain,
    is_field_value,
)
from .caps import caps_of
from .timing import Timing
from .types import TransferError

_signer = Signer()

_CANNOT_BE_RENEWED = (
    "The AWS credentials of the Jupyter server have ended and cannot be renewed at the moment. "
    "It is tried again."
)

# CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl does not name.
_NO_CONNECT_HEADERS = 265


class Endpoint:
    """Addresses and headers of one archive's requests. Any thread may use it."""

    def __init__(self, archive: Archive, timing: Timing | None = None) -> None:
        self.archive = archive
        self.timing = timing or Timing()
        #: Without a slash at its end.
        self.bucket_url = archive.bucket_url
        #: Empty where the archive is asked directly.
        self.proxy = _proxy_for(self.bucket_url)
        self.caps = caps_of(archive)
        self._signed = False

    @property
    def host(self) -> str:
        """Who is asked, for sentences."""
        return self.bucket_url.split("/")[2]

    def url(self, key: str, query: Mapping[str, str] | None = None) -> str:
        """The address of `key`, or of the bucket for an empty one."""
        return f"{self.bucket_url}/{encode_key(key)}{_query(query)}"

    def headers(
        self,
        method: str,
        key: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
    ) -> list[bytes]:
        """The header lines of a request: `headers`, signed where the archive wants that.

        Raises TransferError when the archive needs credentials and there are none: "network" where
        there were some before, since what renews them may be back soon. "malformed" for a value
        that would be more than one header.
        """
        sent = dict(headers)
        if self.archive.requester_pays:
            sent["x-amz-request-payer"] = "requester"
        if self.archive.access == "role":
            # Only what is signed may begin with x-amz-; the rest may be left out of it.
            signed = {name: value for name, value in sent.items() if name.startswith("x-amz-")}
            url = f"{self.bucket_url}/{encode_plain(key)}{_query(query)}"
            try:
                sent.update(_signer.sign(url, method, signed, self.archive.region))
            except (S3Error, RuntimeError) as error:
                # botocore has a RuntimeError for credentials that came anew and are old.
                if self._signed or not isinstance(error, S3Error):
                    raise TransferError("network", _CANNOT_BE_RENEWED) from None
                raise TransferError("forbidden", error.message) from None
            self._signed = True
        for name, value in sent.items():
            if not is_field_value(value):
                raise TransferError(
                    "malformed",
                    f"{key or 'The listing'} was not asked for: what was to be sent as {name} "
                    "holds a character that no header may hold.",
                )
        return [f"{name}: {value}".encode("iso-8859-1") for name, value in sent.items()]

    def renew_credentials(self) -> None:
        """Sign the next requests with credentials that are asked for anew.

        Those of now were refused: botocore renews some only shortly before they say they end, and
        those of a file never.
        """
        global _signer
        if self.archive.access == "role":
            _signer = Signer()

    def proxy_problem(self, said: object) -> str:
        """A sentence about the proxy, and what it said."""
        return (
            f"The proxy on the way to {self.host} cannot be used ({said}). "
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY; it is tried again."
        )

    def configure(self, curl: Any) -> None:
        """Set what all requests of an archive share on a fresh pycurl handle."""
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.USERAGENT, f"jupyterlab-mast/{__version__}")
        curl.setopt(pycurl.PATH_AS_IS, 1)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(self.timing.connect * 1000))
        curl.setopt(pycurl.LOW_SPEED_LIMIT, 1)
        curl.setopt(pycurl.LOW_SPEED_TIME, self.timing.stall)
        curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
        curl.setopt(pycurl.PROXY, self.proxy)
        # What a proxy answers to CONNECT is not the archive's answer.
        curl.setopt(_NO_CONNECT_HEADERS, 1)
        bundle = os.environ.get("AWS_CA_BUNDLE") or _system_certificates()
        folder = os.path.isdir(bundle)
        curl.setopt(pycurl.CAPATH if folder else pycurl.CAINFO, bundle)
        curl.setopt(pycurl.PROXY_CAPATH if folder else pycurl.PROXY_CAINFO, bundle)


def _query(query: Mapping[str, str] | None) -> str:
    if not query:
        return ""
    return "?" + "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items())
    )


def _proxy_for(url: str) -> str:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY (in either case) ask for, or none.

    libcurl itself reads HTTP_PROXY in lower case only, and no ports in NO_PROXY.
    """
    parts = urlsplit(url)
    return "" if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme, "")


def _system_certificates() -> str:
    """The certificates that Python trusts: pycurl's wheel brings none."""
    found = ssl.get_default_verify_paths().cafile
    return found if found and os.path.exists(found) else certifi.where()
