"""Freeing space by a Jupyter server: what may go, and how copies come again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from helpers.faulty import Faulty
from helpers.home import archive_at, key
from helpers.mounts import table_of
from helpers.quotaserver import Ask, Json, home, is_counted
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast.quota.interface import HomeQuota
from jupyterlab_mast.quota.walk import measure

DAY = 86_400
#: Names of lists, as a page makes them.
LISTS = tuple(f"20261127-143000-0000000{number}" for number in range(3))


@pytest.fixture
def jp_server_config(
    jp_server_config: Config,
    jp_root_dir: Path,
    faulty: Faulty,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Config:
    # The trash lies in the home, as it does for people.
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir / ".local/share"))
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    # The file browser does not show it, and nothing is copied to it otherwise.
    scratch = jp_root_dir.parent / "scratch"
    scratch.mkdir()
    jp_server_config["MastExtension"] = Config(
        quota_roots=[
            {"id": "home", "title": "Home", "path": str(jp_root_dir)},
            {"id": "scratch", "title": "Scratch", "path": str(scratch)},
        ],
        archives=[archive_at(faulty.endpoint).model_dump(mode="json", exclude={"index"})],
    )
    return jp_server_config


async def copied(jp_fetch: Any, **body: Any) -> Json:
    """A copy, when it has ended."""
    asked = {"archive": "a", "sources": [{"prefix": key("")}], "start": "now", **body}
    answer = await jp_fetch("jupyterlab-mast/transfers", method="POST", body=json.dumps(asked))
    return await ended(jp_fetch, json.loads(answer.body)["id"])


async def ended(jp_fetch: Any, transfer: str) -> Json:
    async def look() -> Json:
        while True:
            answer = await jp_fetch("jupyterlab-mast/transfers", transfer)
            found: Json = json.loads(answer.body)
            if found["state"] in ("done", "done-with-failures", "failed", "cancelled"):
                return found
            await asyncio.sleep(0.1)

    return await asyncio.wait_for(look(), 30)


async def test_copies_go_and_come_again(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    bodies = {name: random.Random(name).randbytes(2_000_000) for name in ("a", "b", "c")}
    for name, body in bodies.items():
        faulty.put(key(f"{name}.fits"), body)
    await copied(jp_fetch, target="hst", layout="flat")
    # A second copy of the same object, elsewhere.
    await copied(jp_fetch, sources=[{"key": key("a.fits")}], target="other/deep")
    (jp_root_dir / "hst" / "c.fits").write_bytes(b"mine")
    page = await ask(path="/home/copies", limit=2)
    assert [copy["id"] for copy in page["copies"]] == ["hst/a.fits", "hst/b.fits"]
    rest = await ask(path="/home/copies", limit=2, after=page["next"])
    assert rest["next"] is None
    found = {copy["path"]: copy for copy in page["copies"] + rest["copies"]}
    told = {path: (copy["standing"], copy["in_archive"]) for path, copy in found.items()}
    (second,) = set(told) - {"hst/a.fits", "hst/b.fits", "hst/c.fits"}
    assert told == {
        "hst/a.fits": ("unchanged", "same"),
        "hst/b.fits": ("unchanged", "same"),
        "hst/c.fits": ("changed", "unknown"),
        second: ("unchanged", "same"),
    }
    assert found["hst/a.fits"]["check"] == "checksum"
    # What somebody else wrote is found by a look.
    await ask("POST", "/actions", {"action": "refresh"})
    before = measure(jp_root_dir).sums.allocated
    await home(ask, lambda root: root["used"] == before)
    entries = [copy["id"] for copy in found.values()]
    gone = await ask("POST", "/home/copies/remove", {"entries": entries[:2], "freed": LISTS[0]})
    more = await ask("POST", "/home/copies/remove", {"entries": entries[2:], "freed": LISTS[0]})
    assert gone["left"] == more["left"] == []
    assert [one["path"] if "path" in one else one["id"] for one in more["refused"]] == [
        "hst/c.fits"
    ]
    freed = sum(one["allocated"] for one in gone["done"] + more["done"])
    assert freed >= 6_000_000
    after = (await ask())["roots"][0]["used"]
    assert before - after == freed
    (kept,) = (await ask(path="/home/freed"))["lists"]
    assert (kept["freed"], kept["files"], kept["bytes"]) == (LISTS[0], 3, 6_000_000)
    assert (kept["lost"], kept["fetching"]) == (False, False)
    # One transfer for each copy of one object.
    fetched = await ask("POST", "/home/freed/fetch", {"freed": kept["freed"]})
    assert len(fetched["transfers"]) == 2
    for transfer in fetched["transfers"]:
        assert (await ended(jp_fetch, transfer))["state"] == "done"
    for path, name in (("hst/a.fits", "a"), ("hst/b.fits", "b"), (second, "a")):
        assert (jp_root_dir / path).read_bytes() == bodies[name]
    assert (jp_root_dir / "hst" / "c.fits").read_bytes() == b"mine"
    assert (await ask(path="/home/freed"))["lists"] == []
    copies = (await ask(path="/home/copies"))["copies"]
    assert sum(copy["standing"] == "unchanged" for copy in copies) == 3


async def test_some_of_what_went_can_come_again(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    names = ["a.fits", "b.fits", "b c.fits", "d%.fits"]
    for name in names:
        faulty.put(key(name), name.encode() * 1000)
    await copied(jp_fetch, target="hst", layout="flat")
    entries = sorted(f"hst/{quote(name)}" for name in names)
    await ask("POST", "/home/copies/remove", {"entries": entries, "freed": LISTS[0]})
    told: list[Json] = []
    more: dict[str, Any] = {}
    while more.get("after", "") is not None:
        page = await ask(path="/home/freed/files", freed=LISTS[0], limit=3, **more)
        told += page["files"]
        more = {"after": page["next"]}
    assert sorted(one["id"] for one in told) == entries
    assert {(one["archive"], one["key"], one["size"]) for one in told} == {
        ("a", key(name), len(name) * 1000) for name in names
    }
    body = {"freed": LISTS[0], "entries": ["hst/b%20c.fits", "hst/d%25.fits", "hst/nothing.fits"]}
    (transfer,) = (await ask("POST", "/home/freed/fetch", body))["transfers"]
    # Others need not wait for these.
    more = {"freed": LISTS[0], "entries": ["hst/a.fits"]}
    (second,) = (await ask("POST", "/home/freed/fetch", more))["transfers"]
    assert second != transfer
    assert (await ended(jp_fetch, second))["files"]["copied"] == 1
    assert (await ended(jp_fetch, transfer))["files"]["copied"] == 2
    assert (jp_root_dir / "hst" / "d%.fits").read_bytes() == b"d%.fits" * 1000
    page = await ask(path="/home/freed/files", freed=LISTS[0])
    assert [one["id"] for one in page["files"]] == ["hst/b.fits"]
    assert page["next"] is None
    # What is there again is not fetched once more.
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freed/fetch", {**body, "entries": body["entries"][:1]})
    assert refused.value.code == 404
    (kept,) = (await ask(path="/home/freed"))["lists"]
    assert (kept["files"], kept["fetching"]) == (1, False)


async def test_copies_in_what_is_mounted_free_nothing_here_and_stay(
    ask: Ask,
    jp_fetch: Any,
    jp_root_dir: Path,
    faulty: Faulty,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    for target in ("mine", "mine/team", "mine/team-2"):
        await copied(jp_fetch, target=target, layout="flat")
    table_of(monkeypatch, tmp_path)([jp_root_dir / "mine" / "team"])
    copies = (await ask(path="/home/copies"))["copies"]
    assert [copy["id"] for copy in copies] == ["mine/a.fits", "mine/team-2/a.fits"]
    body = {"entries": ["mine/team/a.fits"], "freed": LISTS[0]}
    gone = await ask("POST", "/home/copies/remove", body)
    assert (gone["done"], gone["left"]) == ([], [])
    (refused,) = gone["refused"]
    assert "lies in mine/team, where files from elsewhere are mounted" in refused["message"]
    assert (await ask(path="/home/freed"))["lists"] == []
    body["entries"] += ["mine/a.fits"]
    gone = await ask("POST", "/home/copies/remove", body)
    assert [one["id"] for one in gone["done"]] == ["mine/a.fits"]
    assert gone["refused"] == [refused]
    assert (jp_root_dir / "mine/team/a.fits").exists()


async def test_another_version_does_not_come_for_the_one_that_went(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    for name in "ab":
        faulty.put(key(f"{name}.fits"), name.encode() * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    entries = ["hst/a.fits", "hst/b.fits"]
    await ask("POST", "/home/copies/remove", {"entries": entries, "freed": LISTS[0]})
    faulty.put(key("a.fits"), b"new" * 5000)
    (jp_root_dir / "hst").joinpath("b.fits").write_bytes(b"another file")
    (kept,) = (await ask(path="/home/freed"))["lists"]
    assert kept["files"] == 1
    (transfer,) = (await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]}))["transfers"]
    found = await ended(jp_fetch, transfer)
    assert found["state"] == "failed"
    assert found["failures"][0]["kind"] == "other-version"
    assert (jp_root_dir / "hst" / "b.fits").read_bytes() == b"another file"
    # It stays in the list until that is forgotten.
    forgotten = await ask("POST", "/home/freed/forget", {"freed": LISTS[0]})
    assert forgotten["lists"] == []
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
    assert refused.value.code == 404


async def test_an_archive_that_is_away_keeps_all(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    faulty.fault = lambda asked, answer: answer.fail(503, "SlowDown")
    (copy,) = (await ask(path="/home/copies"))["copies"]
    assert copy["in_archive"] == "unknown"
    assert "slow down" in copy["message"]
    answer = await ask("POST", "/home/copies/remove", {"entries": [copy["id"]], "freed": LISTS[0]})
    assert answer["done"] == []
    assert (jp_root_dir / "hst" / "a.fits").exists()
    assert (await ask(path="/home/freed"))["lists"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/home/copies/remove", {"entries": ["../x"], "freed": LISTS[0]}, 400),
        ("/home/copies/remove", {"entries": [], "freed": LISTS[0]}, 400),
        ("/home/copies/remove", {"entries": ["x"]}, 400),
        ("/home/copies/remove", {"entries": ["x"], "freed": None}, 400),
        ("/home/copies/remove", {"entries": ["x"], "freed": "../x"}, 404),
        ("/home/copies/remove", {"entries": ["x"], "freed": "20261127-143000"}, 404),
        ("/elsewhere/copies/remove", {"entries": ["x"], "freed": LISTS[0]}, 404),
        ("/home/freed/fetch", {"freed": "20260101-000000-00000000"}, 404),
        ("/home/freed/fetch", {"freed": "../../x"}, 404),
        ("/home/freed/fetch", {"freed": LISTS[0], "entries": ["../x"]}, 400),
        ("/home/freed/fetch", {"freed": LISTS[0], "entries": []}, 400),
        ("/home/freed/forget", {"freed": "../../x"}, 404),
    ],
)
async def test_what_is_refused(ask: Ask, path: str, body: Json, status: int) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", path, body)
    assert refused.value.code == status


async def test_what_was_removed_elsewhere_comes_again_there(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    scratch = jp_root_dir.parent / "scratch"
    body, name = b"a" * 50_000, "ibg705o8q_flt.fits"
    faulty.put(f"hst/public/ibg7/ibg705080/{name}", body)
    inner = f"mastDownload/HST/ibg705080/{name}"
    path = scratch / inner
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    await ask("POST", "/actions", {"action": "rescan", "root": "scratch"})
    one = {"entries": [inner]}
    until = time.monotonic() + 20
    while not (await ask("POST", "/scratch/caches/adopt", one))["adopted"]:
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    gone = await ask("POST", "/scratch/copies/remove", {**one, "freed": LISTS[0]})
    assert [one["id"] for one in gone["done"]] == one["entries"]
    assert not path.exists()
    fetched = await ask("POST", "/scratch/freed/fetch", {"freed": LISTS[0]})
    (transfer,) = fetched["transfers"]
    assert (await ended(jp_fetch, transfer))["state"] == "done"
    assert path.read_bytes() == body


async def test_a_list_that_was_tampered_with_leads_nowhere_else(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, jp_data_dir: Path, faulty: Faulty
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    body = {"entries": ["hst/a.fits"], "freed": LISTS[0]}
    await ask("POST", "/home/copies/remove", body)
    (file,) = (jp_data_dir / "jupyterlab-mast" / "freed").glob("*.jsonl")
    text = file.read_text()
    for place, code in (
        # Read as what is damaged.
        ("../a.fits", 404),
        (f"{jp_root_dir}/../a.fits", 404),
        (str(jp_root_dir.parent / "elsewhere" / "a.fits"), 404),
    ):
        file.write_text(text.replace('"path":"hst/a.fits"', f'"path":"{place}"'))
        with pytest.raises(HTTPClientError) as refused:
            await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
        assert refused.value.code == code
    file.write_text(text.replace('"bucket_url":"http', '"bucket_url":"https'))
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
    assert refused.value.code == 404


async def test_versions_that_are_lost_have_a_list_of_their_own(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    for name in "ab":
        faulty.put(key(f"{name}.fits"), name.encode() * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    faulty.put(key("a.fits"), b"new" * 5000)
    first, second = (
        {"entries": ["hst/a.fits"], "freed": LISTS[0], "newer": True},
        {"entries": ["hst/b.fits"], "freed": LISTS[1]},
    )
    for body in (first, second):
        assert len((await ask("POST", "/home/copies/remove", body))["done"]) == 1
    lists = (await ask(path="/home/freed"))["lists"]
    assert [(one["freed"], one["lost"]) for one in lists] == [(LISTS[1], False), (LISTS[0], True)]
    for body in ({**first, "newer": False}, {**second, "newer": True}):
        with pytest.raises(HTTPClientError) as refused:
            await ask("POST", "/home/copies/remove", body)
        assert refused.value.code == 409
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
    assert refused.value.code == 409
    assert refused.value.response is not None
    assert b"cannot be fetched again" in refused.value.response.body
    assert (await ask("POST", "/home/freed/forget", {"freed": LISTS[0]}))["lists"] == lists[:1]


async def test_what_is_being_fetched_is_not_fetched_twice(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, faulty: Faulty
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    await ask("POST", "/home/copies/remove", {"entries": ["hst/a.fits"], "freed": LISTS[0]})
    faulty.fault = lambda asked, answer: answer.fail(503, "SlowDown")
    (transfer,) = (await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]}))["transfers"]
    for _ in range(2):
        again = await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
        assert again["transfers"] == [transfer]
        (kept,) = (await ask(path="/home/freed"))["lists"]
        assert kept["fetching"]
    await jp_fetch(
        f"jupyterlab-mast/transfers/{transfer}/actions",
        method="POST",
        body=json.dumps({"action": "cancel"}),
    )
    assert (await ended(jp_fetch, transfer))["state"] == "cancelled"
    (kept,) = (await ask(path="/home/freed"))["lists"]
    assert not kept["fetching"]
    faulty.fault = None
    (another,) = (await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]}))["transfers"]
    assert another != transfer
    assert (await ended(jp_fetch, another))["state"] == "done"
    # At once, although a look of before would count for a while.
    assert (await ask(path="/home/freed"))["lists"] == []


async def test_what_an_archive_that_is_gone_had_is_left_out(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, jp_data_dir: Path, faulty: Faulty
) -> None:
    for name in "ab":
        faulty.put(key(f"{name}.fits"), name.encode() * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    body = {"entries": ["hst/a.fits", "hst/b.fits"], "freed": LISTS[0]}
    await ask("POST", "/home/copies/remove", body)
    (file,) = (jp_data_dir / "jupyterlab-mast" / "freed").glob("*.jsonl")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:2]) + lines[2].replace("http", "https"))
    (transfer,) = (await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]}))["transfers"]
    assert (await ended(jp_fetch, transfer))["state"] == "done"
    assert [path.name for path in (jp_root_dir / "hst").iterdir()] == ["a.fits"]
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]})
    assert refused.value.code == 404
    assert refused.value.response is not None
    assert b"The archive a is not set up" in refused.value.response.body


async def test_a_home_that_has_another_path_finds_its_lists(
    ask: Ask, jp_fetch: Any, jp_root_dir: Path, jp_data_dir: Path, faulty: Faulty
) -> None:
    faulty.put(key("a.fits"), b"a" * 5000)
    await copied(jp_fetch, target="hst", layout="flat")
    await ask("POST", "/home/copies/remove", {"entries": ["hst/a.fits"], "freed": LISTS[0]})
    (file,) = (jp_data_dir / "jupyterlab-mast" / "freed").glob("*.jsonl")
    first, line = (json.loads(line) for line in file.read_text().splitlines())
    assert (first["root"], first["id"]) == (str(jp_root_dir), "home")

    async def lists(first: Json, line: Json) -> list[Json]:
        file.write_text(f"{json.dumps(first)}\n{json.dumps(line)}\n")
        found: list[Json] = (await ask(path="/home/freed"))["lists"]
        return found

    assert await lists({**first, "root": "/old", "id": "other"}, line) == []
    assert await lists(first, {**line, "path": str(jp_root_dir / "hst" / "a.fits")}) == []
    assert len(await lists({**first, "root": "/old"}, line)) == 1
    (transfer,) = (await ask("POST", "/home/freed/fetch", {"freed": LISTS[0]}))["transfers"]
    assert (await ended(jp_fetch, transfer))["state"] == "done"
    assert (jp_root_dir / "hst" / "a.fits").read_bytes() == b"a" * 5000


def group(answer: Json, name: str) -> Json:
    (found,) = (one for one in answer["groups"] if one["group"] == name)
    return found


async def test_caches_trash_and_old_checkpoints(ask: Ask, jp_root_dir: Path) -> None:
    def put(path: str, size: int = 5000, days: float = 0) -> Path:
        file = jp_root_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
        then = time.time() - days * DAY
        os.utime(file, (then, then))
        return file

    wheel = put(".cache/pip/wheels/a/b.whl", 3_000_000)
    os.link(put(".cache/yarn/v6/c", 1_000_000), jp_root_dir / "linked")
    # Programs may run from there.
    put(".cache/uv/archive/c", 1_000_000)
    put(".npm/_cacache/x", 1000)
    put("miniforge3/pkgs/numpy.conda", 2_000_000)
    # Environments may be linked to what was unpacked.
    put("miniforge3/pkgs/numpy/lib/numpy.so", 2_000_000)
    (jp_root_dir / "miniforge3/pkgs/urls.txt").write_text("https://example.org/numpy.conda\n")
    put("work/pkgs/mine.tar.bz2")
    for name, days in (("old", 91), ("new", 89), ("alone", 200)):
        put(f"work/.ipynb_checkpoints/{name}-checkpoint.ipynb", days=days)
    put("work/old.ipynb")
    put("work/new.ipynb")
    put("work/.ipynb_checkpoints/notes", days=200)
    put("work/data/large.fits", 2_000_000)
    await home(ask, is_counted)
    await ask("POST", "/actions", {"action": "rescan", "root": "home"})
    await home(ask, lambda root: is_counted(root) and root["used"] > 10_000_000)
    await ask("POST", "/home/trash", {"entries": ["work/data"]})
    found = await ask(path="/home/freeable")
    caches = group(found, "package-caches")
    assert {(one["id"], one["name"]) for one in caches["entries"]} == {
        (".cache/pip", "pip"),
        (".cache/yarn", "Yarn"),
        (".npm/_cacache", "npm"),
        ("miniforge3/pkgs/numpy.conda", "numpy.conda"),
    }
    sizes = {one["name"]: one["allocated"] for one in caches["entries"]}
    assert 3_000_000 <= sizes["pip"] < 3_200_000
    # Its file has another name, which stays.
    assert sizes["Yarn"] < 100_000
    assert caches["allocated"] == sum(sizes.values())
    (old,) = group(found, "checkpoints")["entries"]
    assert old["id"] == "work/.ipynb_checkpoints/old-checkpoint.ipynb"
    assert abs(found["before"] - (time.time() - 90 * DAY)) < 60
    trash = group(found, "trash")
    (moved,) = trash["entries"]
    assert (moved["id"], moved["folder"]) == (".local/share/Trash/files/data", True)
    assert 2_000_000 <= trash["allocated"] < 2_100_000
    assert {one["program"] for one in caches["entries"]} == {"pip", "Yarn", "npm", "conda"}
    assert old["program"] is moved["program"] is None
    # One that was written to since.
    put(old["id"], days=92)
    freed = 0
    for one in found["groups"]:
        entries = [{"id": entry["id"], "mark": entry["mark"]} for entry in one["entries"]]
        body = {"group": one["group"], "entries": entries}
        gone = await ask("POST", "/home/freeable/remove", body)
        freed += sum(entry["allocated"] for entry in gone["done"])
        assert [entry["id"] for entry in gone["refused"]] == (
            [old["id"]] if one["group"] == "checkpoints" else []
        )
    assert freed == caches["allocated"] + trash["allocated"]
    assert not wheel.exists()
    assert list((jp_root_dir / ".local/share/Trash/info").iterdir()) == []
    left = await ask(path="/home/freeable")
    entries = [entry["id"] for one in left["groups"] for entry in one["entries"]]
    assert entries == [old["id"]]
    assert (jp_root_dir / "work/.ipynb_checkpoints/alone-checkpoint.ipynb").exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"group": "trash", "entries": []}, 400),
        ({"group": "copies", "entries": [{"id": "a", "mark": "1"}]}, 400),
        ({"group": "trash", "entries": ["a"]}, 400),
        ({"group": "trash", "entries": [{"id": "a", "mark": "1"}] * 1001}, 400),
        # Nothing goes before all can be understood.
        (
            {
                "group": "trash",
                "entries": [{"id": "a", "mark": "1"}, {"id": "../a", "mark": "1"}],
            },
            400,
        ),
    ],
)
async def test_removals_that_are_refused(ask: Ask, body: Json, status: int) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", "/home/freeable/remove", body)
    assert refused.value.code == status


async def test_a_folder_into_which_something_is_copied_stays(
    ask: Ask, jp_root_dir: Path, jp_data_dir: Path
) -> None:
    folder = jp_root_dir / ".local/share/Trash/files/data"
    folder.mkdir(parents=True)
    about = folder.stat()
    quota = HomeQuota(jp_data_dir / "jupyterlab-mast")
    quota.reserve("copy", str(folder / "deep"), 1_000_000)
    entry = {"id": ".local/share/Trash/files/data", "mark": f"{about.st_ino}-{about.st_mtime_ns}"}
    body = {"group": "trash", "entries": [entry]}
    answer = await ask("POST", "/home/freeable/remove", body)
    assert answer["done"] == []
    assert "is being written" in answer["refused"][0]["message"]
    assert folder.exists()
