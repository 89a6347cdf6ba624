"""Where the roots of a server lie while it runs: what is acted on is what was counted."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from helpers.home import until
from helpers.quotaserver import Ask, Json, is_counted, roots
from helpers.servers import JupyterProcess
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast import child
from jupyterlab_mast.quota import accountant, limits
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota
from jupyterlab_mast.quota.roots import QuotaSettings, Roots
from jupyterlab_mast.quota.trash import trash_below
from jupyterlab_mast.quota.usage import Usage
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.quota.worker import Asks

LIMIT = 50_000_000
LARGE, SMALL = 4_000_000, 2_000_000


@pytest.fixture
def link(jp_root_dir: Path, tmp_path: Path) -> Path:
    """What may lead to the folders ``a`` or ``b``: both have a file of the same name."""
    for name, size in (("a", LARGE), ("b", SMALL)):
        folder = tmp_path / name / "results"
        folder.mkdir(parents=True)
        (folder / "x.fits").write_bytes(b"x" * size)
    return tmp_path / "scratch"


@pytest.fixture
def jp_server_config(
    jp_server_config: Config, jp_root_dir: Path, link: Path, request: pytest.FixtureRequest
) -> Config:
    """A home and a root that leads to ``a``, or nowhere yet."""
    if getattr(request, "param", True):
        link.symlink_to(link.with_name("a"))
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[
            {"id": "home", "title": "Home", "path": str(jp_root_dir)},
            {"id": "scratch", "title": "Scratch", "path": str(link), "bytes": LIMIT},
        ],
        quota_open_seconds=1.0,
    )
    return jp_server_config


async def scratch_at(ask: Ask, folder: Path) -> Json:
    """The root, once it is counted in a folder."""

    def is_there(found: list[Json]) -> bool:
        return is_counted(found[1]) and found[1]["absolute"] == str(folder)

    return (await roots(ask, is_there))[1]


def leads_to(link: Path, name: str) -> Path:
    """Lead it to another folder."""
    link.unlink(missing_ok=True)
    link.symlink_to(link.with_name(name))
    return link.with_name(name)


async def test_a_root_that_is_led_elsewhere_is_counted_and_acted_on_there(
    ask: Ask, link: Path, jp_data_dir: Path
) -> None:
    assert (await scratch_at(ask, link.with_name("a")))["used"] >= LARGE
    there = leads_to(link, "b")
    # Nobody has counted there yet: what was seen is what goes.
    moved = await ask("POST", "/scratch/trash", {"entries": ["results/x.fits"]})
    assert moved["done"][0]["allocated"] >= LARGE
    assert (there / "results" / "x.fits").exists()
    assert not (link.with_name("a") / "results" / "x.fits").exists()
    await ask("POST", "/actions", {"action": "refresh"})
    assert SMALL <= (await scratch_at(ask, there))["used"] < LARGE
    (file,) = (await ask(path="/scratch/files"))["files"]
    assert file["allocated"] < LARGE
    assert HomeQuota(jp_data_dir / "jupyterlab-mast").space(str(link)).limit == LIMIT
    gone = await ask("POST", "/scratch/delete", {"entries": ["results/x.fits"]})
    assert [one["allocated"] for one in gone["done"]] == [file["allocated"]]
    assert not (there / "results" / "x.fits").exists()


async def test_who_asks_while_one_accountant_is_changed_for_another_is_answered_by_that(
    ask: Ask, link: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is busy, and ends without an answer."""
    monkeypatch.setattr(child, "STOP_SECONDS", 0.3)
    await scratch_at(ask, link.with_name("a"))
    (first,) = (
        one
        for one in psutil.Process().children()
        if "jupyterlab_mast.quota.worker" in one.cmdline()
    )
    first.suspend()
    leads_to(link, "b")
    await ask("POST", "/actions", {"action": "refresh"})
    assert not first.is_running()
    assert SMALL <= (await scratch_at(ask, link.with_name("b")))["used"] < LARGE


@pytest.mark.parametrize("jp_server_config", [False], indirect=True)
async def test_a_root_that_comes_later_is_counted_where_it_leads(
    ask: Ask, jp_serverapp: ServerApp, link: Path, jp_data_dir: Path
) -> None:
    await roots(ask, lambda found: is_counted(found[0]) and found[1]["problem"] is not None)
    there = leads_to(link, "a")
    assert (await scratch_at(ask, there))["used"] >= LARGE
    assert HomeQuota(jp_data_dir / "jupyterlab-mast").space(str(link)).limit == LIMIT


async def test_a_root_that_is_away_for_a_while_stays_where_it_was(ask: Ask, link: Path) -> None:
    before = await scratch_at(ask, link.with_name("a"))
    leads_to(link, "nowhere")
    await ask("POST", "/actions", {"action": "refresh"})
    assert (await scratch_at(ask, link.with_name("a")))["measured"] == before["measured"]


async def test_nothing_is_touched_where_a_counted_folder_was_replaced_by_a_link(
    ask: Ask, link: Path
) -> None:
    counted = await scratch_at(ask, link.with_name("a"))
    os.rename(counted["absolute"], link.with_name("old"))
    os.symlink(link.with_name("b"), counted["absolute"])
    file = link.with_name("b") / "results" / "x.fits"
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/scratch/delete", {"entries": ["results/x.fits"]})
    assert refused.value.code == 503
    assert file.exists()
    await scratch_at(ask, link.with_name("b"))
    await ask("POST", "/scratch/delete", {"entries": ["results/x.fits"]})
    assert not file.exists()


#: A file system that hangs, as one of a server that is away: below the folder of a team.
HANGS = """
import time
import jupyterlab_mast.quota.limits as limits
asked, limits.ANSWER_SECONDS = limits.project_limit, 0.5

def hang(path, declared):
    while path.endswith("/team"):
        time.sleep(60)
    return asked(path, declared)

limits.project_limit = hang
"""


def two_folders(folder: Path, size: int) -> tuple[Path, Path]:
    """``files`` and ``team``, each with a file of so many bytes."""
    files, team = folder / "files", folder / "team"
    for one in (files, team):
        one.mkdir()
        (one / "a.fits").write_bytes(b"x" * size)
    return files, team


def test_a_root_that_hangs_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    """Nor the server from its end."""
    told = [
        {"id": folder.name, "title": folder.name, "path": str(folder)}
        for folder in two_folders(tmp_path, LARGE)
    ]
    server = JupyterProcess(
        tmp_path, {"archives": [], "quota_bytes": LIMIT, "quota_roots": told}, line=HANGS
    )
    try:
        until(lambda: all(map(is_counted, server.ask_quota()["roots"])))
        files, team = server.ask_quota()["roots"]
        assert (files["limit"], files["limit_problem"]) == (LIMIT, None)
        assert files["used"] >= LARGE
        assert team["limit_problem"] == "its file system did not answer within 0.5 seconds"
        server.process.terminate()
        assert server.process.wait(20) == 0
    finally:
        server.kill()


def test_an_accountant_begins_while_the_file_system_of_a_root_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, team = two_folders(tmp_path, SMALL)
    over = threading.Event()

    def wait(call: Any) -> Any:
        def waits(path: Any, *arguments: Any, **more: Any) -> Any:
            if str(path) == str(team):
                over.wait(60)
            return call(path, *arguments, **more)

        return waits

    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(os, "statvfs", wait(os.statvfs))
    monkeypatch.setattr(os.path, "realpath", wait(os.path.realpath))
    roots = [Usage("team", "Team", str(team)), Usage("files", "Files", str(files))]
    made: list[Accountant] = []

    def make() -> None:
        made.append(Accountant(tmp_path / "data", roots, Settings(0.1, 0.1), lambda: None))
        made[0].start()

    threading.Thread(target=make, daemon=True).start()
    try:
        until(lambda: made and made[0].snapshot()[1].measured is not None)
        assert made[0].snapshot()[0].problem == f"{team} does not answer"
    finally:
        over.set()
        for one in made:
            one.close()


def test_the_others_are_measured_while_the_file_system_of_a_root_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted again when that is over."""
    files, team = two_folders(tmp_path, SMALL)
    hangs, over = threading.Event(), threading.Event()

    def wait_while_it_hangs(path: str) -> os.statvfs_result:
        if hangs.is_set() and str(path) == str(team):
            over.wait(60)
        return ask(path)

    def wait_for_trash(root: str) -> bytes | None:
        wait_while_it_hangs(root)
        return trash_below(root)

    ask = os.statvfs
    monkeypatch.setattr(os, "statvfs", wait_while_it_hangs)
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    roots = [Usage("team", "Team", str(team)), Usage("files", "Files", str(files))]
    one = Accountant(tmp_path / "data", roots, Settings(0.1, 0.1, again=0), lambda: None)
    answered: list[int] = []
    asks = Asks(one, lambda answer: answered.append(answer["answer"]))

    def ask_for(number: int, do: str, **more: object) -> None:
        asks.take(json.dumps({"ask": number, "do": do, **more}).encode())

    def are_right(*names: Path) -> bool:
        told = {usage.path: usage for usage in one.snapshot()}
        return all(
            told[str(name)].allocated == measure(name).sums.allocated
            and told[str(name)].problem is None
            for name in names
        )

    one.start()
    try:
        until(lambda: are_right(team, files))
        hangs.set()
        until(lambda: one.snapshot()[0].problem == f"{team} does not answer")
        # Who asks about it waits; others do not, nor do those who tell of changes.
        monkeypatch.setattr(accountant, "trash_below", wait_for_trash)
        for number in (1, 2):
            ask_for(number, "files", root="team", order="largest", limit=5)
        ask_for(3, "hint", paths=[str(files / "a.fits")], wait=1.0)
        until(lambda: answered == [3])
        for name in ("b", "c", "d"):
            for folder in (team, files):
                (folder / name).write_bytes(b"x" * SMALL)
            until(lambda: are_right(files))
        # What is wanted meanwhile is still wanted when that is over.
        before = one.snapshot()[0].measured or 0.0
        one.rescan("team")
        time.sleep(1.0)
        hangs.clear()
        over.set()
        until(lambda: are_right(team, files))
        until(lambda: (one.snapshot()[0].measured or 0.0) > before)
        until(lambda: sorted(answered) == [1, 2, 3])
    finally:
        over.set()
        one.close()


def test_a_function_that_hangs_at_one_root_is_asked_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, team = two_folders(tmp_path, SMALL)
    over = threading.Event()
    limit = 1_000_000_000

    def ask(path: str) -> int:
        if path == str(team):
            over.wait(60)
        return limit

    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    told = [
        {"id": folder.name, "title": folder.name, "path": str(folder)} for folder in (files, team)
    ]
    found = Roots(QuotaSettings(roots=told, ask=ask), "checkpoints", "/", logging.getLogger())
    try:
        for _ in range(2):
            first, second = found.usages()
            assert (first.limit, first.limit_problem) == (limit, None)
            assert "did not answer within 0.2 seconds" in (second.limit_problem or "")
            limit *= 2
    finally:
        over.set()
