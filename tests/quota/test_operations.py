"""After whatever is done through us and the file browser, the figure is what GNU du says at once.

Nothing but what is told of these acts is looked at: no turn, no age and no latest file helps.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import archive_at, key
from helpers.locking import nothing_goes_from
from helpers.quotaserver import Ask, Json
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast.lease import UsualPace
from jupyterlab_mast.quota import account, tree
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.usage import Usage

FULL = os.environ.get("MAST_TEST_FULL") == "1"
FOLDERS = ("", "a", "a/b", "c")
NAMES = ("x.txt", "y.txt", "z.txt")


@pytest.fixture
def counted(
    jp_root_dir: Path, jp_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Accountant]:
    """What measures in the place of the server's accountant, which was later."""
    monkeypatch.setattr(tree, "YOUNG", 0)
    monkeypatch.setattr(account, "PART", 1 << 30)
    for name in ("RECENT_LEAST", "RECENT_MOST"):
        monkeypatch.setattr(account, name, 0)
    share = jp_root_dir / ".local" / "share"
    share.mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    # The file browser's library has read the variable already.
    monkeypatch.setattr("send2trash.plat_other.XDG_DATA_HOME", os.fsencode(share))
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(share / "Trash"))
    for folder in FOLDERS:
        (jp_root_dir / folder).mkdir(exist_ok=True)
    accountant = Accountant(
        jp_data_dir / "jupyterlab-mast",
        [Usage("home", "Home", str(jp_root_dir))],
        Settings(3600.0, 3600.0, again=0),
        lambda: None,
        UsualPace(beat=0.1),
    )
    accountant.start()
    yield accountant
    accountant.close()


@pytest.fixture
def jp_server_config(
    counted: Accountant, jp_server_config: Config, jp_root_dir: Path, faulty: Faulty
) -> Config:
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[{"id": "home", "title": "Home", "path": str(jp_root_dir)}],
        quota_open_seconds=3600.0,
        archives=[archive_at(faulty.endpoint).model_dump(mode="json", exclude={"index"})],
    )
    return jp_server_config


class Acts:
    """Random acts of one person. Each returns when it has been done, or refused."""

    def __init__(self, ask: Ask, jp_fetch: Any, root: Path, chance: random.Random) -> None:
        self._ask = ask
        self._fetch = jp_fetch
        self._root = root
        self._chance = chance
        self._trashed: list[str] = []
        self._copies: list[str] = []
        self._folders = 0

    async def one(self) -> str:
        """Do one; returns which."""
        acts = (self.save, self.save, self.rename, self.move_folder, self.remove, self.checkpoint)
        more = (self.go_back, self.trash, self.restore, self.delete, self.empty, self.copy)
        act = self._chance.choice((*acts, *more, self.copy, self.undo))
        try:
            await act()
        except HTTPClientError as error:
            # Nothing is there, or something is in the way.
            if error.code not in (400, 404, 409, 500):
                raise
        return act.__name__

    def _folder(self) -> str:
        found = [
            os.path.relpath(path, self._root)
            for path, _, _ in os.walk(self._root)
            if "/." not in path[len(str(self._root)) :]
        ]
        return self._chance.choice(sorted(found)).removeprefix(".")

    def _path(self) -> str:
        return os.path.join(self._folder(), self._chance.choice(NAMES))

    async def _contents(self, method: str, path: str, body: Any = None, more: str = "") -> Any:
        text = None if body is None else json.dumps(body)
        return await self._fetch(f"api/contents/{path}{more}", method=method, body=text)

    async def save(self) -> None:
        content = "x" * self._chance.choice((0, 100, 5000, 300_000))
        model = {"type": "file", "format": "text", "content": content}
        await self._contents("PUT", self._path(), model)

    async def rename(self) -> None:
        await self._contents("PATCH", self._path(), {"path": self._path()})

    async def move_folder(self) -> None:
        self._folders += 1
        to = os.path.join(self._folder(), f"moved{self._folders}")
        await self._contents("PATCH", self._folder(), {"path": to})

    async def remove(self) -> None:
        await self._contents("DELETE", self._path())

    async def checkpoint(self) -> None:
        path = self._path()
        model = {"type": "file", "format": "text", "content": "x" * 50_000}
        await self._contents("PUT", path, model)
        await self._contents("POST", path, {}, "/checkpoints")

    async def go_back(self) -> None:
        folder, name = os.path.split(self._path())
        kept = self._root / folder / ".ipynb_checkpoints" / name.replace(".", "-checkpoint.")
        # Who asks for one that is not there makes the folder of checkpoints.
        if kept.exists():
            await self._contents("POST", f"{folder}/{name}", {}, "/checkpoints/checkpoint")

    async def trash(self) -> None:
        entry = self._chance.choice((self._path(), self._folder()))
        found = await self._ask("POST", "/home/trash", {"entries": [entry]})
        self._trashed += [one["trashed"] for one in found["done"]]

    async def restore(self) -> None:
        if self._trashed:
            token = self._trashed.pop(self._chance.randrange(len(self._trashed)))
            await self._ask("POST", "/home/restore", {"trashed": [token]})

    async def delete(self) -> None:
        await self._ask("POST", "/home/delete", {"entries": [self._path()]})

    async def empty(self) -> None:
        groups = (await self._ask(path="/home/freeable"))["groups"]
        (trash,) = (one for one in groups if one["group"] == "trash")
        entries = [{"id": one["id"], "mark": one["mark"]} for one in trash["entries"]]
        if entries:
            body = {"group": "trash", "entries": entries}
            await self._ask("POST", "/home/freeable/remove", body)

    def link(self) -> str | None:
        """Give a file a second name, as kernels do. Returns the folder of that."""
        files = [path for path in self._root.rglob("*") if path.is_file()]
        to = self._root / self._path()
        if not files or to.exists():
            return None
        os.link(self._chance.choice(sorted(files)), to)
        return str(to.parent)

    async def _transfer(self, path: str, body: Json) -> Json:
        answer = await self._fetch(
            f"jupyterlab-mast/transfers{path}", method="POST", body=json.dumps(body)
        )
        found: Json = json.loads(answer.body)
        return found

    async def copy(self) -> None:
        body = {"archive": "a", "sources": [{"prefix": key("")}], "target": self._folder()}
        choices = {"layout": self._chance.choice(("flat", "archive")), "conflict": "replace"}
        transfer = (await self._transfer("", {**body, **choices, "start": "now"}))["id"]
        while True:
            answer = await self._fetch("jupyterlab-mast/transfers", transfer)
            state = json.loads(answer.body)["state"]
            if state in ("done", "done-with-failures", "failed"):
                break
            await asyncio.sleep(0.05)
        self._copies.append(transfer)

    async def undo(self) -> None:
        if self._copies:
            transfer = self._copies.pop(self._chance.randrange(len(self._copies)))
            await self._transfer(f"/{transfer}/actions", {"action": "undo"})


def du(root: Path) -> int:
    command = ["du", "-s", "-x", "-B1", str(root)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout.split()[0])


@pytest.mark.parametrize("seed", range(20 if FULL else 2))
async def test_what_is_done_counts_as_du_says(
    counted: Accountant, ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty, seed: int
) -> None:
    for name, size in (("one/p.fits", 100), ("one/q.fits", 60_000), ("r.fits", 500_000)):
        faulty.put(key(name), random.Random(seed).randbytes(size))
    acts = Acts(ask, jp_fetch, jp_root_dir, random.Random(seed))
    done: list[str] = []
    for _ in range(20 if FULL else 6):
        done += [await acts.one() for _ in range(5)]
        # What a page asks for after a save is looked at with some delay.
        for _ in range(100):
            found = counted.snapshot()[0].allocated, counted.reserved()["home"]
            if found == (du(jp_root_dir), 0):
                break
            await asyncio.sleep(0.1)
        assert found == (du(jp_root_dir), 0), done
        # Nothing tells of the folder of the first name: all are read, one each time.
        if (folder := acts.link()) is not None:
            for _ in range(100):
                await asyncio.to_thread(counted.hint, [folder], 10.0)
                if (found := counted.snapshot()[0].allocated) == du(jp_root_dir):
                    break
            assert found == du(jp_root_dir), done


async def test_what_goes_of_a_folder_in_part_counts_as_du_says(
    counted: Accountant, ask: Ask, jp_root_dir: Path
) -> None:
    inner = jp_root_dir / "data" / "deep" / "inner"
    (inner / "x").mkdir(parents=True)
    (inner / "x" / "a.fits").write_bytes(b"x" * 2_000_000)
    await asyncio.to_thread(counted.hint, [str(inner.parent.parent)], 10.0)
    assert counted.snapshot()[0].allocated == du(jp_root_dir)
    with nothing_goes_from(inner.parent):
        answer = await ask("POST", "/home/delete", {"entries": ["data"]})
        assert "A part of data was deleted" in answer["refused"][0]["message"]
        for _ in range(100):
            if (found := counted.snapshot()[0].allocated) == du(jp_root_dir):
                break
            await asyncio.sleep(0.1)
        assert found == du(jp_root_dir)
