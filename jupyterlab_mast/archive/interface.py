"""What other capabilities may use of the archives."""

from __future__ import annotations

from ..errors import ConfigurationError
from .config import DEFAULT_ARCHIVES, Archive, Root, read_archives
from .errors import S3Error
from .fields import is_field_value
from .keys import encode_key, encode_plain, is_below
from .signing import Signer

__all__ = [
    "DEFAULT_ARCHIVES",
    "Archive",
    "ConfigurationError",
    "Root",
    "S3Error",
    "Signer",
    "encode_key",
    "encode_plain",
    "is_below",
    "is_field_value",
    "read_archives",
]
