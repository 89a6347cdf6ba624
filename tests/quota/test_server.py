"""The quota of a Jupyter server: its routes, events and settings, with the real accountant."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.copiers import Copier, begin_together
from helpers.faulty import Faulty
from helpers.home import key, until
from helpers.killing import kill_process
from helpers.locking import nothing_goes_from
from helpers.published import publish
from helpers.quotaserver import Ask, Json, home, is_counted
from helpers.servers import JupyterProcess
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast.files import NO_FOLDERS, Folders
from jupyterlab_mast.quota import limits, manager
from jupyterlab_mast.quota.interface import HomeQuota, QuotaError
from jupyterlab_mast.quota.manager import QuotaManager
from jupyterlab_mast.quota.names import id_of
from jupyterlab_mast.quota.reservations import Reservations
from jupyterlab_mast.quota.trash import Trash

LIMIT = 50_000_000


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are asked for often."""
    monkeypatch.setattr(manager, "LIMIT_SECONDS", 0.3)


@pytest.fixture
def jp_server_config(
    jp_server_config: Config, jp_root_dir: Path, request: pytest.FixtureRequest
) -> Config:
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[{"id": "home", "title": "Home", "path": str(jp_root_dir)}],
        quota_bytes=LIMIT,
    )
    jp_server_config.merge(Config(getattr(request, "param", {})))
    return jp_server_config


def manager_of(server: ServerApp) -> QuotaManager:
    (app,) = server.extension_manager.extension_apps["jupyterlab_mast"]
    return app._quota.manager


async def test_the_home_is_counted(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "a.fits").write_bytes(b"x" * 3_000_000)
    found = await home(ask, is_counted)
    used = found["used"]
    assert 3_000_000 <= used < 3_200_000
    assert found["limit"] == LIMIT
    assert found["source"] == "setting"
    # A tenth of a small limit is kept.
    assert found["reserve"] == LIMIT // 10
    assert found["free"] == LIMIT - LIMIT // 10 - used
    assert (found["path"], found["absolute"]) == ("", str(jp_root_dir))
    assert (found["files"], found["problem"]) == (1, None)
    assert found["measured"] <= found["reread"] <= found["swept"] <= time.time()


async def test_what_a_copy_reserves_is_told(ask: Ask, jp_root_dir: Path, jp_data_dir: Path) -> None:
    before = await home(ask, is_counted)
    quota = HomeQuota(jp_data_dir / "jupyterlab-mast")
    quota.reserve("copy", str(jp_root_dir), 1_000_000)
    found = await home(ask, lambda root: bool(root["reserved"]))
    assert (found["reserved"], found["copies"]) == (1_000_000, 1)
    assert found["free"] == before["free"] - 1_000_000
    quota.give_back("copy")
    assert (await home(ask, lambda root: not root["reserved"]))["copies"] == 0


@pytest.mark.parametrize("killed", [False, True])
async def test_twenty_copies_and_saves_at_once(
    ask: Ask,
    jp_fetch: Any,
    jp_serverapp: ServerApp,
    jp_root_dir: Path,
    jp_data_dir: Path,
    faulty: Faulty,
    killed: bool,
) -> None:
    """Of 45 MB that are free, 20 processes ask for 4 MB each while notebooks of 1 MB are saved: no
    save is refused, and no copy begins that was beyond what was free by the figures of then. In the
    middle the accountant and some of the processes are killed, or none."""
    before = await home(ask, is_counted)
    size = 1000 * 4096
    faulty.put(key("a.fits"), random.randbytes(size))
    # Several have some bytes then, and none has all.
    faulty.allow(size)
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 1_000_000}
    cell = {"cell_type": "code", "metadata": {}, "source": "", "execution_count": 1}
    content = {
        "cells": [{**cell, "id": "a", "outputs": [output]}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    model = json.dumps({"type": "notebook", "format": "json", "content": content})

    async def save(number: int) -> int:
        answer = await jp_fetch(f"api/contents/{number}.ipynb", method="PUT", body=model)
        return int(answer.code)

    data = jp_data_dir / "jupyterlab-mast"
    copiers = [Copier(data, jp_root_dir, faulty.endpoint, key("a.fits"), n) for n in range(20)]
    try:
        saves = asyncio.gather(*map(save, range(5)))
        await asyncio.to_thread(begin_together, copiers)
        assert await saves == [201] * 5
        # At least what fits beside the notebooks and the server's checkpoints of them, at most what
        # fits without them.
        least, most = (before["free"] - 10_500_000) // size, before["free"] // size
        found = await home(ask, lambda root: root["copies"] >= least)
        assert found["copies"] <= most
        assert await asyncio.to_thread(faulty.halted.wait, 20)
        assert found["used"] + found["reserved"] <= LIMIT - before["reserve"] + 10_500_000
        if killed:
            await kill_process(manager_of(jp_serverapp))
            running = [one for one in copiers if one.state == "running"]
            for one in running[:5]:
                await asyncio.to_thread(one.kill)
        saves = asyncio.gather(*map(save, range(5, 10)))
        faulty.allow(None)
        assert await saves == [201] * 5
        # Those that began come to their end, and those that find room now.
        await home(ask, lambda root: is_counted(root) and root["reserved"] == 0)
        assert du(jp_root_dir / "copies") <= before["free"]
        done = [one for one in copiers if one.state == "done"]
        assert least - 5 * killed <= len(done) <= most
        body = faulty.objects[key("a.fits")].body
        assert all((one.target / "a.fits").read_bytes() == body for one in done)
    finally:
        for one in copiers:
            await asyncio.to_thread(one.end)
    found = await home(ask, lambda root: root["copies"] == root["reserved"] == 0)
    await ask("POST", "/actions", {"action": "refresh"})
    await home(ask, lambda root: root["used"] == du(jp_root_dir))
    assert Reservations(data / "quota").at_work() == ([], NO_FOLDERS)


def du(folder: Path) -> int:
    """Bytes on disk, as GNU du counts them."""
    command = ["du", "-s", "-x", "-B1", str(folder)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout.split()[0])


async def test_a_save_counts_at_once_and_so_does_its_deletion(
    ask: Ask, jp_fetch: Any, jp_serverapp: ServerApp
) -> None:
    before = await home(ask, is_counted)
    heard: list[Json] = []

    async def listen(logger: Any, schema_id: str, data: Json) -> None:
        heard.append(data)

    schema = manager_of(jp_serverapp)._events.id
    jp_serverapp.event_logger.add_listener(schema_id=schema, listener=listen)
    model = {"type": "file", "format": "text", "content": "x" * 2_000_000}
    await jp_fetch("api/contents/new.txt", method="PUT", body=json.dumps(model))
    after = await home(ask, lambda root: root["used"] > before["used"])
    assert 2_000_000 <= after["used"] - before["used"] < 2_100_000
    await jp_fetch("api/contents/new.txt", method="PATCH", body=json.dumps({"path": "old.txt"}))
    await jp_fetch("api/contents/old.txt", method="DELETE")
    # Into the trash, which is no part of this root; or for good.
    await home(ask, lambda root: root["used"] < after["used"])
    await asyncio.sleep(0.7)
    assert [event["sequence"] for event in heard] == list(
        range(heard[0]["sequence"], heard[0]["sequence"] + len(heard))
    )
    snapshot = await ask()
    assert heard[-1]["server"] == snapshot["server"]
    assert heard[-1]["roots"][0]["used"] == snapshot["roots"][0]["used"]


async def test_a_count_on_request_finds_what_grew_in_place(ask: Ask, jp_root_dir: Path) -> None:
    for number in range(40):
        (jp_root_dir / f"d{number}").mkdir()
        (jp_root_dir / f"d{number}" / "f").write_bytes(b"x")
    before = await home(ask, is_counted)
    (jp_root_dir / "d7" / "f").write_bytes(b"x" * 1_000_000)
    await ask("POST", "/actions", {"action": "rescan", "root": "home"})
    found = await home(ask, lambda root: root["measured"] > before["measured"])
    assert found["used"] - before["used"] >= 999_000


async def test_a_look_finds_what_others_made(ask: Ask, jp_root_dir: Path) -> None:
    before = await home(ask, is_counted)
    (jp_root_dir / "from a kernel").write_bytes(b"x" * 1_000_000)
    await ask("POST", "/actions", {"action": "refresh"})
    await home(ask, lambda root: root["used"] > before["used"] + 999_000)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"action": "rescan", "root": "elsewhere"}, "not-found"),
        ({"action": "delete"}, "malformed"),
        ({"action": "rescan", "root": 3}, "malformed"),
        ({}, "malformed"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(
    ask: Ask, body: Json, kind: str
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/actions", body)
    said = json.loads(refused.value.response.body)
    assert said["kind"] == kind
    assert said["message"].endswith(".")


async def test_the_accountant_is_started_again(ask: Ask, jp_serverapp: ServerApp) -> None:
    before = await home(ask, is_counted)
    await kill_process(manager_of(jp_serverapp))
    after = await home(ask, is_counted)
    assert after["used"] == before["used"]


async def test_where_the_space_is(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "hst" / "caf\u00e9 #1").mkdir(parents=True)
    (jp_root_dir / "hst" / "caf\u00e9 #1" / "a.fits").write_bytes(b"x" * 3_000_000)
    (jp_root_dir / ".cache" / "pip").mkdir(parents=True)
    (jp_root_dir / ".cache" / "pip" / "wheel").write_bytes(b"x" * 2_000_000)
    root = await home(ask, is_counted)
    found = await ask(path="/home/folder")
    assert found["folder"]["allocated"] == root["used"]
    assert [entry["name"] for entry in found["entries"]][:2] == ["hst", ".cache"]
    hst, cache = found["entries"][:2]
    # The file browser of this server does not show hidden folders.
    assert (hst["path"], cache["path"], cache["kind"]) == ("hst", None, "environments")
    inner = await ask(path="/home/folder", folder=hst["id"])
    (deepest,) = inner["entries"]
    assert deepest["path"] == "hst/caf\u00e9 #1"
    file = (await ask(path="/home/folder", folder=deepest["id"]))["entries"][0]
    assert file["path"] == "hst/caf\u00e9 #1/a.fits"
    largest = await ask(path="/home/files", order="largest", limit=1)
    assert [entry["id"] for entry in largest["files"]] == [file["id"]]
    with pytest.raises(HTTPClientError) as refused:
        await ask(path="/home/folder", folder="nowhere")
    assert refused.value.code == 404
    for query in ({"folder": ".."}, {"folder": "a/../../b"}):
        with pytest.raises(HTTPClientError) as refused:
            await ask(path="/home/folder", **query)
        assert refused.value.code == 400
    with pytest.raises(HTTPClientError) as refused:
        await ask(path="/elsewhere/folder")
    assert refused.value.code == 404


async def test_trash_restore_and_delete(
    ask: Ask, jp_root_dir: Path, jp_serverapp: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[tuple[str, str | None]] = []

    async def note_move(path: str, to: str | None) -> None:
        moves.append((path, to))

    (app,) = jp_serverapp.extension_manager.extension_apps["jupyterlab_mast"]
    monkeypatch.setattr(app._copying.manager, "note_move", note_move)
    folder = jp_root_dir / "data"
    folder.mkdir()
    (folder / "a.fits").write_bytes(b"x" * 2_000_000)
    await home(ask, is_counted)
    moved = await ask("POST", "/home/trash", {"entries": ["data", "nothing"]})
    (done,) = moved["done"]
    assert done["allocated"] >= 2_000_000
    assert not folder.exists()
    # The answer comes when the figures have it.
    assert (await ask(path="/home/folder"))["entries"] == []
    (no,) = moved["refused"]
    assert no["message"].startswith("nothing is not there any more.")
    back = await ask("POST", "/home/restore", {"trashed": [done["trashed"]]})
    assert [one["name"] for one in back["done"]] == ["data"]
    assert [one["id"] for one in (await ask(path="/home/folder"))["entries"]] == ["data"]
    assert (folder / "a.fits").stat().st_size == 2_000_000
    gone = await ask("POST", "/home/delete", {"entries": ["data/a.fits"]})
    assert gone["done"][0]["allocated"] >= 2_000_000
    assert list(folder.iterdir()) == []
    await home(ask, lambda root: root["used"] < 2_000_000)
    assert refuses_outside(await ask("POST", "/home/delete", {"entries": [""]}))
    assert folder.exists()


async def test_what_lies_in_the_trash_is_told_by_where_it_was(
    ask: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".data"))
    (jp_root_dir / "hst" / "deep").mkdir(parents=True)
    (jp_root_dir / "hst" / "deep" / "a.fits").write_bytes(b"x" * 2_000_000)
    (jp_root_dir / "notes 1.txt").write_bytes(b"x")
    await home(ask, is_counted)
    began = int(time.time())
    moved = await ask("POST", "/home/trash", {"entries": ["hst/deep", "notes%201.txt"]})
    # Another program's, of which nobody knows whence it came.
    (jp_root_dir / ".data" / "Trash" / "files" / "other").write_bytes(b"x")
    await ask("POST", "/actions", {"action": "rescan"})
    await home(ask, lambda root: root["counting"] is None)
    found = await ask(path="/home/folder", folder=".data/Trash/files")
    told = {one["name"]: one["trashed"] for one in found["entries"]}
    assert [told[name]["token"] for name in ("hst/deep", "notes 1.txt")] == [
        one["trashed"] for one in moved["done"]
    ]
    assert began <= told["hst/deep"]["moved"] <= time.time()
    assert told["other"] is None
    assert {one["kind"] for one in found["entries"]} == {"trash"}
    assert all(one["trashed"] is None for one in found["parents"])
    (deep,) = [one for one in found["entries"] if one["name"] == "hst/deep"]
    inner = await ask(path="/home/folder", folder=deep["id"])
    assert inner["folder"]["trashed"] == deep["trashed"]
    assert inner["entries"][0]["trashed"] is None
    assert all(one["mark"] for one in (*found["entries"], *inner["entries"]))
    assert all(one["mark"] is None for one in found["parents"])
    groups = (await ask(path="/home/freeable"))["groups"]
    (trash,) = [group for group in groups if group["group"] == "trash"]
    assert {one["name"] for one in trash["entries"]} == {"hst/deep", "notes 1.txt", "other"}
    # Another one is there since: the sentence names both as people know them.
    (jp_root_dir / "notes 1.txt").write_bytes(b"y")
    back = await ask(
        "POST", "/home/restore", {"trashed": [told[name]["token"] for name in told if told[name]]}
    )
    assert [one["id"] for one in back["done"]] == ["hst/deep"]
    assert back["refused"][0]["name"] == "notes 1.txt"
    assert "There is another notes 1.txt now" in back["refused"][0]["message"]


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_what_gets_the_name_in_the_trash_meanwhile_is_not_deleted(
    ask: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As while the question stands open in one window, and another one is used."""
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".data"))
    for folder in ("old", "new"):
        place = jp_root_dir / folder / "run"
        place.mkdir(parents=True)
        (place / "x").write_bytes(bytes(2_000_000))
    await home(ask, is_counted)
    path = "run" if what == "folder" else "run/x"
    moved = await ask("POST", "/home/trash", {"entries": [f"old/{path}"]})
    found = await ask(path="/home/folder", folder=".data/Trash/files")
    ((name, mark),) = [(one["id"], one["mark"]) for one in found["entries"]]
    await ask("POST", "/home/restore", {"trashed": [moved["done"][0]["trashed"]]})
    await ask("POST", "/home/trash", {"entries": [f"new/{path}"]})
    asked = {"entries": [name], "marks": {name: mark}}
    answer = await ask("POST", "/home/delete", asked)
    assert answer["done"] == []
    assert "is another thing than you were shown" in answer["refused"][0]["message"]
    found = await ask(path="/home/folder", folder=".data/Trash/files")
    (entry,) = found["entries"]
    assert (entry["id"], entry["name"]) == (name, f"new/{path}")
    asked["marks"] = {name: entry["mark"]}
    assert (await ask("POST", "/home/delete", asked))["refused"] == []


@pytest.mark.parametrize(
    "failure", [None, OSError(errno.EIO, "Input/output error"), ValueError("x")]
)
async def test_what_came_back_is_told_whatever_happens_to_the_rest(
    ask: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception | None
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".data"))
    for name in "abc":
        (jp_root_dir / name).write_bytes(b"x" * 5000)
    await home(ask, is_counted)
    moved = await ask("POST", "/home/trash", {"entries": ["a", "b", "c"]})
    if failure is None:
        note = jp_root_dir / ".data/Trash/info/b.trashinfo"
        note.write_text(f"[Trash Info]\nPath={jp_root_dir}/a%00b\n")
    else:
        bring_back = Trash.bring_back

        def fail(trash: Trash, token: str) -> bytes:
            if token == "b":
                raise failure
            return bring_back(trash, token)

        monkeypatch.setattr(Trash, "bring_back", fail)
    tokens = [one["trashed"] for one in moved["done"]]
    back = await ask("POST", "/home/restore", {"trashed": tokens})
    assert [one["id"] for one in back["done"]] == ["a", "c"]
    (refused,) = back["refused"]
    assert refused["id"] == refused["name"] == "b"
    assert refused["message"].startswith("b ")


@pytest.mark.parametrize(("way", "method"), [("trash", "move"), ("delete", "delete")])
async def test_what_went_is_told_whatever_happens_to_the_rest(
    ask: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, way: str, method: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".data"))
    for name in "abc":
        (jp_root_dir / name).write_bytes(b"x" * 5000)
    await home(ask, is_counted)
    act = getattr(Trash, method)

    def fail(trash: Trash, path: bytes, check: Any = None) -> Any:
        if path == b"b":
            raise OSError(errno.EIO, "Input/output error")
        return act(trash, path)

    monkeypatch.setattr(Trash, method, fail)
    answer = await ask("POST", f"/home/{way}", {"entries": ["a", "b", "c"]})
    assert [one["id"] for one in answer["done"]] == ["a", "c"]
    assert [(one["id"], one["message"]) for one in answer["refused"]] == [
        ("b", "b cannot be changed: Input/output error. Count again to see what is.")
    ]


@pytest.mark.parametrize("trash", ["inside", "outside"])
async def test_bytes_are_said_as_they_come_back_and_go(
    ask: Ask, jp_root_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trash: str
) -> None:
    """Wherever the trash is; what has names elsewhere frees nothing."""
    outer = jp_root_dir if trash == "inside" else tmp_path / "elsewhere"
    monkeypatch.setenv("XDG_DATA_HOME", str(outer / ".data"))
    folder = jp_root_dir / "data"
    (folder / "deep").mkdir(parents=True)
    for name in ("a", "deep/b", "deep/linked"):
        (folder / name).write_bytes(b"x" * 1_000_000)
    os.link(folder / "deep" / "linked", jp_root_dir / "kept")
    (jp_root_dir / "file").write_bytes(b"x" * 1_000_000)
    await home(ask, is_counted)
    whole, stays = du(folder), (jp_root_dir / "kept").stat().st_blocks * 512
    moved = await ask("POST", "/home/trash", {"entries": ["data", "kept", "file"]})
    assert [one["allocated"] for one in moved["done"]] == [whole - stays, 0, stays]
    tokens = [one["trashed"] for one in moved["done"]]
    back = await ask("POST", "/home/restore", {"trashed": tokens})
    assert [one["allocated"] for one in back["done"]] == [whole, stays, stays]
    assert du(folder) == whole
    gone = await ask("POST", "/home/delete", {"entries": ["data", "kept"]})
    assert [one["allocated"] for one in gone["done"]] == [whole - stays, stays]


@pytest.mark.parametrize("through", ["delete", "empty"])
async def test_a_folder_that_goes_in_part_is_told_so(
    ask: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, through: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".data"))
    outer = ".data/Trash/files/data" if through == "empty" else "data"
    inner = jp_root_dir / outer / "deep" / "inner"
    (inner / "x").mkdir(parents=True)
    (inner / "x" / "a.fits").touch()
    await home(ask, is_counted)

    async def remove() -> str:
        if through == "delete":
            answer = await ask("POST", "/home/delete", {"entries": [outer]})
        else:
            groups = (await ask(path="/home/freeable"))["groups"]
            (trash,) = [group["entries"] for group in groups if group["group"] == "trash"]
            entries = [{"id": one["id"], "mark": one["mark"]} for one in trash]
            body = {"group": "trash", "entries": entries}
            answer = await ask("POST", "/home/freeable/remove", body)
        assert answer["done"] == []
        message: str = answer["refused"][0]["message"]
        return message

    with nothing_goes_from(inner.parent):
        assert (await remove()).startswith(
            f"A part of {outer} was deleted, the rest stays: {outer}/deep/inner cannot be deleted: "
        )
        assert list(inner.iterdir()) == []
        # The second time nothing goes.
        assert (await remove()).startswith(f"{outer} stays: {outer}/deep/inner cannot be deleted: ")


LONGEST = {
    "Chinese": ("星" * 85).encode(),
    "Cyrillic": ("жё" * 63).encode() + b".gz",
    "Arabic": ("نجمة" * 31).encode() + b".fits",
    "emoji": ("🔭" * 63).encode() + b".x",
    "combining": ("é̂" * 50).encode(),
    "no UTF-8": bytes(range(0x80, 0x100)) + b"\xff" * 127,
    "percent": b"%" * 255,
}


@pytest.mark.parametrize("name", LONGEST.values(), ids=LONGEST.keys())
@pytest.mark.parametrize("levels", [1, 100])
async def test_the_longest_names_go_and_come_back(
    ask: Ask, jp_root_dir: Path, name: bytes, levels: int
) -> None:
    path = b"/".join([name] * levels)
    folder = os.open(jp_root_dir, os.O_RDONLY)
    for _ in range(levels - 1):
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    await home(ask, is_counted)
    for _ in range(2):
        # The second time another file of that name is in the trash.
        moved = await ask("POST", "/home/trash", {"entries": [id_of(path)]})
        assert (moved["refused"], os.listdir(folder)) == ([], [])
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.unlink(name, dir_fd=folder)
    back = await ask("POST", "/home/restore", {"trashed": [moved["done"][0]["trashed"]]})
    assert ([one["id"] for one in back["done"]], back["refused"]) == ([id_of(path)], [])
    assert os.listdir(folder) == [os.fsdecode(name)]
    gone = await ask("POST", "/home/delete", {"entries": [id_of(path)]})
    assert (gone["refused"], os.listdir(folder)) == ([], [])
    os.close(folder)
    gone = await ask("POST", "/home/delete", {"entries": [id_of(name)]})
    assert os.listdir(jp_root_dir) == []


def refuses_outside(answer: Json) -> bool:
    return not answer["done"] and len(answer["refused"]) == 1


@pytest.mark.parametrize(
    ("target", "into"), [("hst/ibg7", None), ("hst/new/deep", None), ("", "hst/ibg7")]
)
async def test_what_a_copy_writes_into_stays(
    ask: Ask, jp_root_dir: Path, jp_data_dir: Path, target: str, into: str | None
) -> None:
    folder = jp_root_dir / "hst" / "ibg7"
    folder.mkdir(parents=True)
    (jp_root_dir / "other").mkdir()
    await home(ask, is_counted)
    quota = HomeQuota(jp_data_dir / "jupyterlab-mast")
    quota.reserve("copy", str(jp_root_dir / target), 1_000_000)
    if into is not None:
        quota.wrote("copy", 0, Folders(alone=(str(jp_root_dir / into),)))
    for act in ("trash", "delete"):
        answer = await ask("POST", f"/home/{act}", {"entries": ["hst"]})
        assert "A copy is being written" in answer["refused"][0]["message"]
    assert folder.exists()
    assert (await ask("POST", "/home/trash", {"entries": ["other"]}))["refused"] == []
    quota.give_back("copy")
    assert (await ask("POST", "/home/trash", {"entries": ["hst"]}))["refused"] == []


@pytest.mark.parametrize("entry", ["..", "../x", "/etc/passwd", "a/../../x", "a%00b", "%2e%2e/x"])
@pytest.mark.parametrize("act", ["trash", "delete"])
async def test_nothing_outside_of_a_root_is_touched(ask: Ask, entry: str, act: str) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", f"/home/{act}", {"entries": [entry]})
    assert refused.value.code == 400


def answers(path: str) -> int:
    """A function of an administrator."""
    return 1_234_000_000


#: What the function of an administrator says now.
GROUPS: dict[str, int | None] = {"limit": 900_000_000}


def by_group(path: str) -> int | None:
    """A function of an administrator."""
    return GROUPS["limit"]


def fails() -> int:
    raise ValueError("the directory of groups is away")


#: What the function of an administrator does: the last.
ACTS: list[Callable[[], int]] = [fails]


def acts(path: str) -> int:
    """A function of an administrator."""
    return ACTS[-1]()


@pytest.mark.parametrize(
    "jp_server_config", [{"MastExtension": {"quota_function": answers}}], indirect=True
)
async def test_the_administrators_function_goes_before_the_setting(ask: Ask) -> None:
    found = await home(ask, is_counted)
    assert (found["limit"], found["source"]) == (1_234_000_000, "administrator")
    assert found["reserve"] == 123_400_000


@pytest.mark.parametrize(
    "jp_server_config", [{"MastExtension": {"quota_function": by_group}}], indirect=True
)
async def test_a_limit_that_changes_is_seen_by_a_refresh(
    ask: Ask, jp_root_dir: Path, jp_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the page, and by who wants to copy."""
    quota = HomeQuota(jp_data_dir / "jupyterlab-mast")
    found = await home(ask, is_counted)
    assert (found["limit"], found["source"]) == (900_000_000, "administrator")
    quota.reserve("copy", str(jp_root_dir), 100_000_000)
    quota.give_back("copy")
    monkeypatch.setitem(GROUPS, "limit", 40_000_000)
    await ask("POST", "/actions", {"action": "refresh"})
    found = await home(ask, lambda root: root["limit"] == 40_000_000 and not root["reserved"])
    assert (found["reserve"], found["free"]) == (4_000_000, 36_000_000 - found["used"])
    with pytest.raises(QuotaError) as refused:
        quota.reserve("copy", str(jp_root_dir), 100_000_000)
    assert (refused.value.limit, refused.value.free) == (40_000_000, found["free"])
    # The function has no word any more: the setting has it.
    monkeypatch.setitem(GROUPS, "limit", None)
    await ask("POST", "/actions", {"action": "refresh"})
    found = await home(ask, lambda root: root["limit"] == LIMIT)
    assert (found["source"], found["reserve"]) == ("setting", 5_000_000)


@pytest.mark.parametrize(
    "jp_server_config",
    [{"MastExtension": {"quota_function": by_group, "quota_away_seconds": 1.0}}],
    indirect=True,
)
async def test_a_limit_that_changes_is_seen_while_no_page_is_open(
    soon: None,
    jp_serverapp: ServerApp,
    jp_root_dir: Path,
    jp_data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Copies of the night are held against it."""
    quota = HomeQuota(jp_data_dir / "jupyterlab-mast")
    for limit in (900_000_000, 40_000_000, 50_000_000):
        monkeypatch.setitem(GROUPS, "limit", limit)
        await asyncio.to_thread(
            until, lambda limit=limit: quota.space(str(jp_root_dir)).limit == limit
        )


def test_the_limit_of_a_server_is_what_it_was_started_with(tmp_path: Path) -> None:
    """The next one has its own, with the figures of the last."""
    told = []
    for settings, environment in (
        ({}, {"MAST_QUOTA_BYTES": "30000000"}),
        ({}, {"MAST_QUOTA_BYTES": "20000000"}),
        ({"quota_bytes": 40_000_000}, {"MAST_QUOTA_BYTES": "20000000"}),
    ):
        server = JupyterProcess(tmp_path, {"archives": [], **settings}, **environment)
        try:
            until(lambda server=server: is_counted(server.ask_quota()["roots"][0]))
            (root,) = server.ask_quota()["roots"]
            told.append((root["limit"], root["source"], root["reserve"]))
            assert root["free"] == root["limit"] - root["reserve"] - root["used"]
        finally:
            server.stop()
    assert told == [
        (30_000_000, "environment", 3_000_000),
        (20_000_000, "environment", 2_000_000),
        (40_000_000, "setting", 4_000_000),
    ]


@pytest.mark.parametrize(
    "jp_server_config", [{"MastExtension": {"quota_function": acts}}], indirect=True
)
@pytest.mark.parametrize("hangs", [False, True])
async def test_a_function_that_fails_or_hangs_is_said_and_used_space_is_told(
    ask: Ask, jp_root_dir: Path, jp_data_dir: Path, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    """What it said before holds meanwhile. No request waits for it."""
    over = threading.Event()

    def hang() -> int:
        over.wait(60)
        return 3

    wrong = hang if hangs else fails
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(sys.modules[__name__], "ACTS", [wrong])
    said = "did not answer within 0.2 seconds" if hangs else "failed"
    try:
        await ask("POST", "/actions", {"action": "refresh"})
        found = await home(ask, lambda root: is_counted(root) and said in root["limit_problem"])
        assert found["used"] > 0
        assert (found["limit"], found["source"], found["free"]) == (None, None, None)
        over.set()
        ACTS.append(lambda: 40_000_000)

        async def known() -> Json:
            # One that hung has to return first.
            await ask("POST", "/actions", {"action": "refresh"})
            return await home(ask, is_counted)

        while (found := await known())["limit"] != 40_000_000:
            assert found["limit_problem"]
        assert (found["limit_problem"], found["source"]) == (None, "administrator")
        over.clear()
        # Nobody waits for that.
        monkeypatch.setattr(limits, "ANSWER_SECONDS", 20.0 if hangs else 0.2)
        ACTS.append(wrong)
        await asyncio.wait_for(ask("POST", "/actions", {"action": "refresh"}), 10)
        if not hangs:
            found = await home(ask, lambda root: root["limit_problem"] is not None)
            assert (found["limit"], found["reserve"]) == (40_000_000, 4_000_000)
            with pytest.raises(QuotaError):
                HomeQuota(jp_data_dir / "jupyterlab-mast").reserve("a", str(jp_root_dir), LIMIT)
    finally:
        over.set()


@pytest.mark.parametrize(
    "jp_server_config", [{"MastExtension": {"quota_bytes": None}}], indirect=True
)
async def test_without_a_limit_there_is_no_free(ask: Ask) -> None:
    found = await home(ask, is_counted)
    assert (found["limit"], found["free"], found["source"]) == (None, None, None)


@pytest.fixture
def figures_of_before(jp_root_dir: Path, jp_data_dir: Path) -> HomeQuota:
    """What another server has published of the home: all of its limit is used."""
    data = jp_data_dir / "jupyterlab-mast"
    publish(data, jp_root_dir, allocated=LIMIT, limit=LIMIT)
    quota = HomeQuota(data)
    assert quota.space(str(jp_root_dir)).free == 0
    return quota


@pytest.mark.parametrize("jp_server_config", [{"MastExtension": {"quota": False}}], indirect=True)
async def test_it_can_be_switched_off(
    figures_of_before: HomeQuota, jp_fetch: Any, jp_serverapp: ServerApp, jp_root_dir: Path
) -> None:
    """Copies are not held against what was counted before that."""
    assert figures_of_before.space(str(jp_root_dir)).limit is None
    page = jp_serverapp.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["quota"] is False
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("jupyterlab-mast/quota")
    assert refused.value.code == 404
    # Who counts after that has asked for it.
    command = [sys.executable, "-m", "jupyterlab_mast.cli", "usage"]
    environ = {**os.environ, "MAST_QUOTA_BYTES": str(LIMIT)}
    await asyncio.to_thread(subprocess.run, command, env=environ, check=True)
    assert figures_of_before.space(os.environ["HOME"]).limit == LIMIT


@pytest.mark.parametrize(
    ("roots", "place"),
    [
        ([{"id": "a b", "title": "A", "path": "/"}], "[0]['id']"),
        ([{"id": "a", "title": "A"}], "[0]['path']"),
        ([{"id": "a", "title": "A", "path": "/", "bytes": -1}], "[0]['bytes']"),
        ([{"id": "a", "title": "A", "path": "/"}] * 2, " names the id 'a' twice"),
    ],
)
async def test_a_wrong_root_is_named(
    jp_server_config: Config, jp_configurable_serverapp: Any, roots: list[Json], place: str
) -> None:
    jp_server_config["MastExtension"]["quota_roots"] = roots
    server = jp_configurable_serverapp(config=jp_server_config)
    problem = server.web_app.settings["page_config_data"]["jupyterlabMast"]["problem"]
    assert problem.startswith(f"c.MastExtension.quota_roots{place}")


async def test_one_of_two_servers_of_a_home_measures(tmp_path: Path) -> None:
    """The other tells what was found, and goes on when the first has gone."""
    from jupyterlab_mast.lease import UsualPace
    from jupyterlab_mast.quota.accountant import Accountant, Settings
    from jupyterlab_mast.quota.usage import Usage

    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "a").write_bytes(b"x" * 1_000_000)
    root = Usage("home", "Home", str(tmp_path / "home"))
    pace = UsualPace(stale=1.0, beat=0.1)
    first, second = (
        Accountant(tmp_path / "data", [root], Settings(1.0, 1.0), lambda: None, pace)
        for _ in range(2)
    )

    async def until(test: Callable[[], bool]) -> None:
        async def look() -> None:
            while not test():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        await asyncio.wait_for(look(), 30)

    first.start()
    await until(lambda: first.snapshot()[0].measured is not None)
    second.start()
    await until(lambda: second.snapshot()[0].allocated == first.snapshot()[0].allocated)
    assert (first.measures, second.measures) == (True, False)
    await asyncio.to_thread(first.close)
    await until(lambda: second.measures)
    (tmp_path / "home" / "b").write_bytes(b"x" * 1_000_000)
    await until(lambda: second.snapshot()[0].files == 2)
    await asyncio.to_thread(second.close)


def test_the_accountant_carries_nothing_that_it_does_not_need() -> None:
    """It runs all day beside each server: what checks bodies and asks archives is not for it."""
    heavy = {"pydantic", "yarl", "pycurl", "awscrt", "tornado", "aiohttp"}
    code = f"import sys, jupyterlab_mast.quota.worker; print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


@pytest.mark.parametrize("jp_server_config", [{"MastExtension": {"archives": []}}], indirect=True)
async def test_without_an_archive_all_but_copies_is_there(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "a.fits").write_bytes(b"x" * 3_000_000)
    wheel = jp_root_dir / ".cache" / "pip" / "http" / "a.whl"
    wheel.parent.mkdir(parents=True)
    wheel.write_bytes(b"x" * 1_000_000)
    assert (await home(ask, is_counted))["used"] >= 4_000_000
    assert (await ask(path="/home/folder"))["entries"]
    assert (await ask(path="/home/copies"))["copies"] == []
    assert (await ask(path="/home/freed"))["lists"] == []
    groups = {one["group"]: one for one in (await ask(path="/home/freeable"))["groups"]}
    assert groups["package-caches"]["allocated"] >= 1_000_000
