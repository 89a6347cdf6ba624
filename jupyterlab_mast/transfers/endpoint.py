"""An archive as libcurl is told of it: addresses, signatures, proxies and trusted certificates."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import certifi
import pycurl

from .. import __version__
from ..archive.interface import Archive, S3Error, Signer, encode_key, encode_plain
from .timing import Timing
from .types import TransferError

_signer = Signer()


class Endpoint:
    """Addresses and headers of one archive's requests. Any thread may use it."""

    def __init__(self, archive: Archive, timing: Timing | None = None) -> None:
        self.archive = archive
        self.timing = timing or Timing()
        #: Without a slash at its end.
        self.bucket_url = archive.bucket_url

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
    ) -> list[str]:
        """The header lines of a request: `headers`, signed where the archive wants that.

        Raises TransferError when the archive needs credentials and there are none.
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
            except S3Error as error:
                raise TransferError("forbidden", error.message) from None
        return [f"{name}: {value}" for name, value in sent.items()]

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
        # HTTPS_PROXY, HTTP_PROXY (libcurl itself reads it in lower case only) and NO_PROXY.
        scheme = self.bucket_url.split(":")[0]
        proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme}_proxy".upper())
        if proxy:
            curl.setopt(pycurl.PROXY, proxy)
        bundle = os.environ.get("AWS_CA_BUNDLE")
        if bundle and os.path.isdir(bundle):
            curl.setopt(pycurl.CAPATH, bundle)
        else:
            curl.setopt(pycurl.CAINFO, bundle or _system_certificates())


def _query(query: Mapping[str, str] | None) -> str:
    if not query:
        return ""
    return "?" + "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items())
    )


def _system_certificates() -> str:
    """The certificates that Python trusts: pycurl's wheel brings none."""
    found = ssl.get_default_verify_paths().cafile
    return found if found and os.path.exists(found) else certifi.where()
