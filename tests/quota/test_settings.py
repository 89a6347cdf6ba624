"""Each setting of the quota has its effect in what the server tells of its roots."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from helpers.quotaserver import Ask, Json, home, is_counted, roots
from traitlets.config import Config

from jupyterlab_mast.app import MastExtension
from jupyterlab_mast.quota.accountant import Settings
from jupyterlab_mast.quota.roots import QuotaSettings

#: The length of a file of which nothing lies on disk.
LENGTH = 3_000_000
#: Folders that are read in a count of the home, and how many of them a second where that is set.
FOLDERS, RATE = 12, 8.0


@dataclass(frozen=True)
class Case:
    """What an administrator sets, and what is told of it."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    #: `bytes` of the roots in `quota_roots`.
    home_bytes: int | None = None
    team_bytes: int | None = None
    environment: str | None = None
    home: Mapping[str, Any] = field(default_factory=dict)
    team: Mapping[str, Any] = field(default_factory=dict)


#: What is told of a root without a limit.
UNLIMITED = {"limit": None, "source": None, "reserve": 0, "free": None}

CASES = {
    "nothing": Case(
        home={**UNLIMITED, "counts": "allocated", "hard": True},
        team={**UNLIMITED, "counts": "allocated", "hard": True},
    ),
    "quota_bytes": Case(
        {"quota_bytes": 50_000_000},
        home={"limit": 50_000_000, "source": "setting", "reserve": 5_000_000},
        team=UNLIMITED,
    ),
    "bytes of the home": Case(
        {"quota_bytes": 50_000_000},
        home_bytes=40_000_000,
        environment="30000000",
        home={"limit": 40_000_000, "source": "setting", "reserve": 4_000_000},
        team=UNLIMITED,
    ),
    "bytes of another root": Case(
        {"quota_bytes": 50_000_000},
        team_bytes=20_000_000,
        home={"limit": 50_000_000, "source": "setting", "reserve": 5_000_000},
        team={"limit": 20_000_000, "source": "setting", "reserve": 2_000_000},
    ),
    "no bytes for another root": Case(
        team_bytes=0,
        home=UNLIMITED,
        team={"limit": 0, "source": "setting", "reserve": 0, "free": 0},
    ),
    "MAST_QUOTA_BYTES": Case(
        environment="30000000",
        home={"limit": 30_000_000, "source": "environment", "reserve": 3_000_000},
        team=UNLIMITED,
    ),
    "quota_bytes before MAST_QUOTA_BYTES": Case(
        {"quota_bytes": 50_000_000},
        environment="30000000",
        home={"limit": 50_000_000, "source": "setting"},
        team=UNLIMITED,
    ),
    "MAST_QUOTA_BYTES that is no number of bytes": Case(
        environment="10GB",
        home={
            **UNLIMITED,
            "limit_problem": "MAST_QUOTA_BYTES gives '10GB' as the quota, which is no number of "
            "bytes",
        },
        team={**UNLIMITED, "limit_problem": None},
    ),
    "the usual reserve": Case(
        {"quota_bytes": 9_000_000_000},
        home={"limit": 9_000_000_000, "reserve": 200_000_000},
    ),
    "quota_reserve_bytes": Case(
        {"quota_bytes": 9_000_000_000, "quota_reserve_bytes": 1_000_000},
        team_bytes=20_000_000,
        home={"reserve": 1_000_000},
        team={"reserve": 1_000_000},
    ),
    "quota_hard": Case({"quota_hard": False}, home={"hard": False}, team={"hard": False}),
    "quota_counts": Case(
        {"quota_counts": "apparent"}, home={"counts": "apparent"}, team={"counts": "apparent"}
    ),
}


@pytest.fixture
def jp_server_config(
    jp_server_config: Config,
    jp_root_dir: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Config:
    """A home and the folder of a team, with the settings of a case."""
    case: Case = request.param
    told: list[Json] = []
    for name, limit in (("home", case.home_bytes), ("team", case.team_bytes)):
        folder = jp_root_dir / name
        folder.mkdir()
        with (folder / "a.fits").open("wb") as file:
            file.truncate(LENGTH)
        root = {"id": name, "title": name.title(), "path": str(folder)}
        told.append(root if limit is None else {**root, "bytes": limit})
    for number in range(FOLDERS - 1):
        (jp_root_dir / "home" / f"{number}").mkdir()
    monkeypatch.delenv("MAST_QUOTA_BYTES", raising=False)
    if case.environment is not None:
        monkeypatch.setenv("MAST_QUOTA_BYTES", case.environment)
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(quota_roots=told, **case.settings)
    return jp_server_config


def all_are_counted(found: list[Json]) -> bool:
    return all(map(is_counted, found))


@pytest.mark.parametrize(
    ("jp_server_config", "case"),
    [pytest.param(case, case, id=name) for name, case in CASES.items()],
    indirect=["jp_server_config"],
)
async def test_a_setting_has_its_effect(ask: Ask, case: Case) -> None:
    """Limits that are of the home alone are not those of another root."""
    told = dict(zip(("home", "team"), await roots(ask, all_are_counted), strict=True))
    for name, expected in (("home", case.home), ("team", case.team)):
        root = told[name]
        assert root["id"] == name
        assert {key: root[key] for key in expected} == expected
        assert root["used"] == root[root["counts"]]
        # What is counted is not the same in both ways.
        assert root["allocated"] < LENGTH <= root["apparent"]
        if root["limit"] is not None:
            room = root["limit"] - root["reserve"] - root["used"]
            assert root["free"] == max(0, room)


@pytest.mark.parametrize(
    "jp_server_config",
    [Case({"quota_project": True, "quota_bytes": 50_000_000}, team_bytes=20_000_000)],
    indirect=True,
)
async def test_a_file_system_that_is_declared_to_be_ones_own_is_the_limit(
    ask: Ask, jp_root_dir: Path
) -> None:
    about = os.statvfs(jp_root_dir)
    for root in await roots(ask, all_are_counted):
        assert root["source"] == "file-system"
        assert root["limit"] == about.f_blocks * about.f_frsize


@pytest.mark.parametrize("jp_server_config", [Case({"quota_rate": RATE})], indirect=True)
async def test_a_rate_slows_a_count(ask: Ask) -> None:
    before = await home(ask, is_counted)
    assert before["folders"] == FOLDERS
    began = time.monotonic()
    await ask("POST", "/actions", {"action": "rescan", "root": "home"})
    await home(ask, lambda root: is_counted(root) and root["measured"] > before["measured"])
    assert time.monotonic() - began >= FOLDERS / RATE


def test_who_sets_nothing_has_the_pace_that_is_documented() -> None:
    settings = QuotaSettings()
    assert (settings.open_seconds, settings.away_seconds) == (60.0, 900.0)
    assert Settings(**settings.for_accountant()) == Settings()
    traits = MastExtension.class_own_traits(config=True)
    for name, value in settings.for_accountant().items():
        assert traits[f"quota_{name}"].default() == value
