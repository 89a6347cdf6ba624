"""Failures of the relay, and the XML in which S3 clients expect to read them."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

XML_TYPE = "application/xml"

#: The code of an error of ours, also where no body can tell it: an answer to HEAD.
CODE_HEADER = "X-Jupyterlab-Mast-Error"

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class S3Error(Exception):
    """A request that the relay answers itself.

    `status` is the HTTP status, `code` the word that programs branch on, `message` the sentence
    for a person: what happened, to what, and what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def forbidden(message: str) -> S3Error:
    """A request that lies outside of what the archive's configuration allows (403)."""
    return S3Error(403, "AccessDenied", message)


def bad_request(code: str, message: str) -> S3Error:
    """A request that cannot be read in one way only (400)."""
    return S3Error(400, code, message)


def error_xml(code: str, message: str, resource: str) -> bytes:
    """Return S3's error document.

    `resource` is the path as it was asked for, still percent-encoded.
    Source: the *REST error responses* page of Amazon's S3 API reference.
    """
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        f"<Resource>{escape(resource)}</Resource><RequestId/></Error>"
    )
    return _NOT_XML.sub("?", text).encode()
