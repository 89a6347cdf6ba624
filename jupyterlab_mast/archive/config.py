"""The archives of a server: what an administrator may write, checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)
from yarl import URL

from ..errors import ConfigurationError

PAGE_CONFIG_VERSION = 1

DEFAULT_ARCHIVES: list[dict[str, Any]] = [
    {
        "id": "mast",
        "title": "MAST on AWS",
        "bucket": "stpubdata",
        "region": "us-east-1",
        "roots": [
            {"title": "Hubble", "prefix": "hst/public/"},
            {"title": "TESS", "prefix": "tess/public/"},
            {"title": "Kepler", "prefix": "kepler/public/"},
            {"title": "K2", "prefix": "k2/public/"},
            {"title": "JWST", "prefix": "jwst/public/"},
            {"title": "HLSP", "prefix": "mast/hlsp/"},
            {"title": "Pan-STARRS", "prefix": "panstarrs/ps1/public/"},
            {"title": "GALEX", "prefix": "galex/public/"},
            {"title": "Gaia", "prefix": "gaia/gaia_dr3/public/"},
            {"title": "Roman", "prefix": "roman/"},
        ],
    }
]


def _matches(pattern: str, message: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


class Root(BaseModel):
    """A prefix that people may see, and its name. All of them are the archive's allow-list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    prefix: Annotated[
        str,
        _matches(
            r"(|(?!/)(?!(.*/)?\.{1,2}/)(?!.*//)[^\\\x00-\x1f]*/)",
            "must be '' for the whole bucket or end in '/', without empty, '.' or '..' segments",
        ),
    ]


class Archive(BaseModel):
    """One bucket, how to reach it, and what of it may be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[
        str,
        _matches(
            r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?",
            "must be 1 to 64 letters, digits, '-', '_' or '.' (it is part of addresses)",
        ),
    ]
    title: str = Field(min_length=1)
    bucket: Annotated[
        str,
        _matches(
            r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]",
            "must be the name of a bucket (letters, digits, '.', '-', '_')",
        ),
    ]
    region: Annotated[
        str, _matches(r"[a-z0-9-]{1,63}", "must be the name of a region, for example 'us-east-1'")
    ] = "us-east-1"
    endpoint: str | None = None
    access: Literal["anonymous", "role"] = "anonymous"
    requester_pays: StrictBool = False
    roots: tuple[Root, ...] = Field(min_length=1)
    route: Literal["auto", "relay", "direct"] = "auto"
    copy_streams: int | None = Field(default=None, ge=1, le=256, strict=True)
    copy_bandwidth: float | None = Field(default=None, ge=1.0, allow_inf_nan=False)

    @field_validator("endpoint")
    @classmethod
    def _endpoint_is_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = URL(value)
        except ValueError:
            url = URL()
        # URL() passes over control characters; requests must not.
        odd = re.search(r"[\x00-\x20\x7f]", value)
        if odd or url.scheme not in ("http", "https") or not url.host:
            raise ValueError("must be an http:// or https:// URL, or None for Amazon's own")
        if url.user is not None or url.password is not None or url.query_string or url.fragment:
            raise ValueError("must be a URL without user, password, query or fragment")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _role_can_sign(self) -> Archive:
        if self.access == "role":
            if find_spec("botocore") is None:
                raise ValueError(
                    "access 'role' needs the package botocore on the server: "
                    "install jupyterlab-mast[role]"
                )
            if self.route == "direct":
                raise ValueError(
                    "access 'role' cannot go with route 'direct', because credentials never "
                    "reach the page: use 'auto' or 'relay'"
                )
        return self

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The allow-list: every key and every listed prefix lies below one of these."""
        return tuple(root.prefix for root in self.roots)

    @property
    def bucket_url(self) -> str:
        """The URL of the bucket without a slash at its end.

        Amazon's own buckets have a host of their own, so that no path leads out of the bucket;
        a bucket with a dot in its name cannot (its certificate would not fit), nor can one of
        another endpoint.
        """
        if self.endpoint is not None:
            return f"{self.endpoint}/{self.bucket}"
        domain = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        if "." in self.bucket:
            return f"https://s3.{self.region}.{domain}/{self.bucket}"
        return f"https://{self.bucket}.s3.{self.region}.{domain}"


def read_archives(setting: Sequence[Any], name: str) -> dict[str, Archive]:
    """Return the archives of `setting` by their ids.

    `name` is what the administrator calls the setting. Raises ConfigurationError.
    """
    archives: dict[str, Archive] = {}
    for index, value in enumerate(setting):
        try:
            archive = Archive.model_validate(value)
        except ValidationError as error:
            raise ConfigurationError(_sentence(error, f"{name}[{index}]")) from None
        if archive.id in archives:
            raise ConfigurationError(
                f"{name}[{index}]['id'] is {archive.id!r}, which another archive has already: "
                "ids must differ"
            )
        archives[archive.id] = archive
    return archives


def page_config(archives: dict[str, Archive]) -> dict[str, Any]:
    """Return what the page may know of the archives: no secret is among it."""
    shown = {"id", "title", "bucket", "region", "endpoint", "access", "roots", "route"}
    return {
        "version": PAGE_CONFIG_VERSION,
        # The page reads through this server; a page without it goes to the bucket itself.
        "relay": True,
        "archives": [
            archive.model_dump(mode="json", include=shown) for archive in archives.values()
        ],
    }


def _sentence(error: ValidationError, name: str) -> str:
    # Values are left out: somebody may have put a secret there.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = name + "".join(f"[{part!r}]" for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{place} is not a setting of an archive: remove it or correct its name"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
