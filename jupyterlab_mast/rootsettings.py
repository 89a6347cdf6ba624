"""Folders that an administrator lists for a capability."""

from __future__ import annotations

import os
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from .errors import ConfigurationError

#: The id of the folder that is there without being listed.
HOME = "home"


class RootSetting(BaseModel):
    """What all such folders have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    title: Annotated[str, StringConstraints(min_length=1)]
    path: Annotated[str, StringConstraints(min_length=1)]


_Setting = TypeVar("_Setting", bound=RootSetting)


def read_root(model: type[_Setting], value: Any, place: str) -> _Setting:
    """Return a folder with its path made absolute: ``~`` and variables in it are replaced.

    `place` is what the administrator calls it. Raises ConfigurationError.
    """
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        raise ConfigurationError(_sentence(error, place)) from None
    path = os.path.expandvars(os.path.expanduser(read.path))
    if not os.path.isabs(path) or "\0" in path:
        raise ConfigurationError(
            f"{place}['path'] must be an absolute path, or begin with '~' or a variable"
        )
    return read.model_copy(update={"path": os.path.normpath(path)})


def _sentence(error: ValidationError, name: str) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = name + "".join(f"[{part!r}]" for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{place} is not a setting of such a folder: remove it or correct its name"
    if first["type"] == "string_pattern_mismatch":
        return f"{place} must be 1 to 64 letters, digits, '-' or '_'"
    return f"{place}: {first['msg']}"
