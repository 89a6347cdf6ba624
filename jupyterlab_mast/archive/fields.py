"""What the value of an HTTP header may hold."""

from __future__ import annotations

import re

_VALUE = re.compile("[\t -~\x80-\xff]*")


def is_field_value(text: str) -> bool:
    """Whether a text is the value of one header and no more: no CR, LF or NUL ends it.

    Source: RFC 9110 section 5.5.
    """
    return _VALUE.fullmatch(text) is not None
