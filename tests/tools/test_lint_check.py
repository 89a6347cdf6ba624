"""By which ranges the packages of the page are asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.checks.lint import fits, wrong_ranges
from scripts.paths import FLOOR, ROOT

OLDEST = {"@jupyterlab/services": "7.2.7"}


def package(wanted: str, shared: dict[str, Any]) -> dict[str, Any]:
    return {
        "dependencies": {"@jupyterlab/services": wanted, "d3-hierarchy": "^3.0.0"},
        "jupyterlab": {"sharedPackages": shared},
    }


@pytest.mark.parametrize(
    ("wanted", "shared", "why"),
    [
        ("^7.2.0", {"@jupyterlab/services": {"requiredVersion": "^7.2.0"}}, ""),
        ("^7.2.0", {"@jupyterlab/services": {"requiredVersion": "^7.6.4"}}, "^7.6.4 in shared"),
        ("^7.2.0", {"@jupyterlab/services": {"bundled": False}}, "None in sharedPackages"),
        ("^7.2.0", {"@jupyterlab/services": False}, "None in sharedPackages"),
        ("^7.2.0", {}, "None in sharedPackages"),
        ("^7.6.4", {"@jupyterlab/services": {"requiredVersion": "^7.6.4"}}, "leaves out 7.2.7"),
    ],
)
def test_a_range_that_an_older_jupyterlab_refuses(
    wanted: str, shared: dict[str, Any], why: str
) -> None:
    wrong = wrong_ranges(package(wanted, shared), OLDEST)
    assert [why in one for one in wrong] == ([True] if why else [])


@pytest.mark.parametrize(
    ("version", "caret", "expected"),
    [
        ("4.2.7", "^4.2.0", True),
        ("4.2.7", "^4.2.7", True),
        ("4.2.7", "^4.2.8", False),
        ("4.10.0", "^4.9.1", True),
        ("5.0.0", "^4.2.0", False),
        ("4.2.7", "~4.2.0", False),
        ("4.2.7", "*", False),
    ],
)
def test_whether_a_version_is_of_a_range(version: str, caret: str, expected: bool) -> None:
    assert fits(version, caret) is expected


def test_our_own_ranges() -> None:
    read = [json.loads((folder / "package.json").read_text()) for folder in (ROOT, FLOOR)]
    assert wrong_ranges(read[0], read[1]["resolutions"]) == []
