"""What is written, moved and deleted in the file browser counts at once, wherever it lies."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.quotaserver import Ask, Json, home, is_counted, roots
from traitlets.config import Config


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The second root."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def jp_server_config(jp_server_config: Config, jp_root_dir: Path, scratch: Path) -> Config:
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[
            {"id": "home", "title": "Home", "path": str(jp_root_dir)},
            {"id": "scratch", "title": "Scratch", "path": str(scratch)},
        ]
    )
    return jp_server_config


async def settled(ask: Ask) -> Json:
    """The figures, when no folder is looked at for having changed just before it was read."""
    await home(ask, is_counted)
    await asyncio.sleep(2.1)
    before = (await ask())["roots"][0]
    await ask("POST", "/actions", {"action": "refresh"})
    return await home(ask, lambda root: root["refreshed"] > before["refreshed"])


def unchanged(folder: Path) -> None:
    """Folders that are looked at before others, and files that are newer than others."""
    for number in range(100):
        (folder / f"{number}").mkdir(parents=True)
    for number in range(3):
        newest = folder / f"{number}" / "newest"
        newest.touch()
        os.utime(newest, (time.time() + 1000, time.time() + 1000))


@pytest.mark.parametrize("gone", ["work/data/deep/x.fits", "work/data"])
async def test_what_the_file_browser_moves_to_the_trash_still_counts(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    share = jp_root_dir / ".local" / "share"
    share.mkdir(parents=True)
    # The trash lies in the home, as it does for people. The file browser's library has read the
    # variable already.
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    monkeypatch.setattr("send2trash.plat_other.XDG_DATA_HOME", os.fsencode(share))
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(share / "Trash"))
    (jp_root_dir / "work" / "data" / "deep").mkdir(parents=True)
    (jp_root_dir / "work" / "data" / "deep" / "x.fits").write_bytes(b"x" * 2_000_000)
    unchanged(jp_root_dir / "others")
    before = await settled(ask)
    await jp_fetch("api/contents", gone, method="DELETE")
    assert not (jp_root_dir / gone).exists()
    found = await home(ask, lambda root: root["refreshed"] > before["refreshed"])
    # The folders and the note of the trash, in whole blocks.
    assert 0 <= found["used"] - before["used"] < 30_000
    kinds = {one["kind"]: one for one in (await ask(path="/home/folder"))["kinds"]}
    assert 2_000_000 <= kinds["trash"]["allocated"] < 2_100_000


async def test_what_is_written_through_links_counts_where_it_lies(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, scratch: Path
) -> None:
    """A home with links: to a folder in it, to one of a second root, and to a file there."""
    (scratch / "alice").mkdir(parents=True)
    (scratch / "linked.txt").write_text("x")
    (jp_root_dir / "work" / "proj").mkdir(parents=True)
    (jp_root_dir / "proj").symlink_to(jp_root_dir / "work" / "proj")
    (jp_root_dir / "scratch").symlink_to(scratch / "alice")
    (jp_root_dir / "linked.txt").symlink_to(scratch / "linked.txt")
    unchanged(jp_root_dir / "others")
    unchanged(scratch / "others")
    await settled(ask)
    model = json.dumps({"type": "file", "format": "text", "content": "x" * 2_000_000})

    async def adds(path: str, megabytes: list[int], **how: Any) -> None:
        """A change adds so much to each root, when it has been looked at for that."""
        before = (await ask())["roots"]
        await jp_fetch("api/contents", path, **how)
        after = await roots(
            ask,
            lambda found: all(
                one["refreshed"] > other["refreshed"]
                for one, other in zip(found, before, strict=True)
            ),
        )
        assert megabytes == [
            round((one["used"] - other["used"]) / 1e6)
            for one, other in zip(after, before, strict=True)
        ]

    await adds("proj/a.txt", [2, 0], method="PUT", body=model)
    await adds("scratch/a.txt", [0, 2], method="PUT", body=model)
    await adds("linked.txt", [0, 2], method="PUT", body=model)
    moved = json.dumps({"path": "proj/b.txt"})
    await adds("scratch/a.txt", [2, -2], method="PATCH", body=moved)


async def test_a_checkpoint_that_is_written_anew_counts(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path
) -> None:
    """As a page asks for one after it has saved. No event tells of it, and no folder changes."""
    folder = jp_root_dir / "work"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / ".ipynb_checkpoints" / "a-checkpoint.txt").write_bytes(b"old")
    (folder / "a.txt").write_bytes(b"old")
    unchanged(jp_root_dir / "others")
    before = await settled(ask)
    model = json.dumps({"type": "file", "format": "text", "content": "x" * 1_000_000})
    await jp_fetch("api/contents", "work", "a.txt", method="PUT", body=model)
    await asyncio.sleep(0.5)
    await jp_fetch("api/contents", "work", "a.txt", "checkpoints", method="POST", body="{}")
    await home(ask, lambda root: 1_990_000 < root["used"] - before["used"] < 2_010_000)


async def test_a_checkpoint_that_is_restored_counts_at_once(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path
) -> None:
    folder = jp_root_dir / "work"
    folder.mkdir()
    model = {"type": "file", "format": "text", "content": "x" * 2_000_000}
    await jp_fetch("api/contents", "work", "a.txt", method="PUT", body=json.dumps(model))
    await jp_fetch("api/contents", "work", "a.txt", "checkpoints", method="POST", body="{}")
    (folder / "a.txt").write_text("less")
    unchanged(jp_root_dir / "others")
    before = await settled(ask)
    await jp_fetch(
        *("api/contents", "work", "a.txt", "checkpoints", "checkpoint"), method="POST", body="{}"
    )
    assert (folder / "a.txt").stat().st_size == 2_000_000
    await home(ask, lambda root: 1_990_000 < root["used"] - before["used"] < 2_010_000)


@pytest.mark.parametrize("how", ["deleted", "moved"])
async def test_checkpoints_go_with_their_files(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, how: str
) -> None:
    for name in ("work", "other"):
        (jp_root_dir / name / ".ipynb_checkpoints").mkdir(parents=True)
    (jp_root_dir / "work" / ".ipynb_checkpoints" / "a-checkpoint.txt").write_text("x" * 2_000_000)
    (jp_root_dir / "work" / "a.txt").write_text("")
    unchanged(jp_root_dir / "others")
    before = await settled(ask)
    if how == "deleted":
        await jp_fetch("api/contents", "work", "a.txt", method="DELETE")
    else:
        body = json.dumps({"path": "other/a.txt"})
        await jp_fetch("api/contents", "work", "a.txt", method="PATCH", body=body)
    after = await home(ask, lambda root: root["refreshed"] > before["refreshed"])
    assert round((after["used"] - before["used"]) / 1e6) == (-2 if how == "deleted" else 0)
    folder = (await ask(path="/home/folder", folder="other"))["folder"]
    assert round(folder["allocated"] / 1e6) == (0 if how == "deleted" else 2)
