"""Which headers cross the relay, in which direction. What is not named here does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tornado.httputil import HTTPHeaders

from .errors import bad_request
from .fields import is_field_value

_REQUEST = (
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "x-amz-checksum-mode",
)

_RESPONSE = frozenset(
    {
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "expires",
        "last-modified",
        "retry-after",
        "x-amz-archive-status",
        "x-amz-bucket-region",
        "x-amz-delete-marker",
        "x-amz-expiration",
        "x-amz-id-2",
        "x-amz-missing-meta",
        "x-amz-mp-parts-count",
        "x-amz-request-charged",
        "x-amz-request-id",
        "x-amz-restore",
        "x-amz-server-side-encryption",
        "x-amz-storage-class",
        "x-amz-version-id",
    }
)
_RESPONSE_PREFIXES = ("x-amz-meta-", "x-amz-checksum-")


def to_archive(headers: Mapping[str, str]) -> dict[str, str]:
    """Return those of a request's headers that the archive may see.

    ``If-Range`` means "the range if unchanged, else the whole"; S3 does not know it. A range
    without it could be joined to a part of another version, so then the whole is asked for.

    Raises S3Error 400 for a value that would be more than one header.
    """
    passed = {name: headers[name] for name in _REQUEST if name in headers}
    for name, value in passed.items():
        if not is_field_value(value):
            raise bad_request(
                "InvalidArgument",
                f"The header {name} of this request holds a control character. Leave it out.",
            )
    if "If-Range" in headers:
        passed.pop("Range", None)
    return passed


def to_client(raw_headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Yield those of an answer's headers that the client may see, byte for byte as latin-1."""
    for raw_name, raw_value in raw_headers:
        name = raw_name.decode("latin-1")
        lower = name.lower()
        if lower in _RESPONSE or lower.startswith(_RESPONSE_PREFIXES):
            yield name, raw_value.decode("latin-1")


class LowerCaseAmzHeaders(HTTPHeaders):
    """Headers whose x-amz- names go out in lower case, as S3 sends them.

    tornado would write ``X-Amz-Meta-Proposal``, and boto3 then call the metadatum ``Proposal``.
    """

    def get_all(self) -> Iterable[tuple[str, str]]:
        for name, value in super().get_all():
            yield (name.lower() if name.startswith("X-Amz-") else name), value


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether a request's Accept-Encoding takes gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, _, parameter = item.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip().lower() == "q" else 1.0
        except ValueError:
            weight = 0.0
        weights[coding.strip().lower()] = weight
    return weights.get("gzip", weights.get("*", 0.0)) > 0
