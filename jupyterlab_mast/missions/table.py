"""The table of product names, shared with ``src/missions`` byte for byte."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

from .types import Kind, Level


class _EntryBase(TypedDict):
    short: str
    full: str
    level: Level
    kind: Kind


class Entry(_EntryBase, total=False):
    """One product of a mission."""

    instruments: list[str]


class Instrument(TypedDict):
    """An instrument of HST."""

    name: str
    title: str
    active: bool


class Extension(TypedDict):
    """What a file name's extension says."""

    label: str
    kind: Kind


class HstTable(TypedDict):
    """HST: instruments by letter, products by suffix."""

    instruments: dict[str, Instrument]
    suffixes: dict[str, list[Entry]]


class Table(TypedDict):
    """The shape of ``product-names.json``."""

    hst: HstTable
    tess: dict[str, Entry]
    kepler: dict[str, Entry]
    jwst: dict[str, Entry]
    jwstDetectors: dict[str, str]
    hlsp: dict[str, Entry]
    hlspCollections: dict[str, str]
    ps1: dict[str, Entry]
    galex: dict[str, Entry]
    roman: dict[str, Entry]
    extensions: dict[str, Extension]
    missions: dict[str, str]
    folders: dict[str, str]


@cache
def table() -> Table:
    """Read the table, once."""
    text = files(__package__).joinpath("product-names.json").read_text("utf-8")
    return cast(Table, json.loads(text))


def lower(text: str) -> str:
    """Lower case of A to Z only, so that lengths and offsets stay."""
    return re.sub(r"[A-Z]", lambda m: m.group().lower(), text)


def instrument_name(letter: str) -> str | None:
    """The instrument of HST by its letter."""
    found = table()["hst"]["instruments"].get(letter)
    return found["name"] if found else None
