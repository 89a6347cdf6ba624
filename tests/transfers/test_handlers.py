"""The transfers' HTTP routes, against the real copy process and SeaweedFS."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helpers.killing import kill_process
from helpers.servers import CLOSED, OPEN, TOKEN, JupyterProcess, SeaweedFS, archive_of
from jupyter_server.serverapp import ServerApp
from pydantic import BaseModel
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast.missions import describe_key
from jupyterlab_mast.rest import MAX_BODY
from jupyterlab_mast.transfers import models
from jupyterlab_mast.transfers.manager import TransferManager
from scripts.slow_way import SlowWay

FOLDER = "hst/public/ibxy/ibxy01ijq/"
FILES = {f"{FOLDER}ibxy01ijq_{name}.fits": name.encode() * 5000 for name in ("raw", "flt", "drz")}
OUTSIDE = "hst/other/secret.fits"
BIG, BIG_SIZE = "hst/public/big.fits", 8 << 20
#: Where nobody answers.
AWAY = "http://127.0.0.1:9"
ENDED = {"done", "done-with-failures", "failed", "cancelled"}

Json = dict[str, Any]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def objects(seaweed: SeaweedFS) -> SeaweedFS:
    for key, body in {**FILES, OUTSIDE: b"not for you", "hst/public/odd/a%2e b+c": b"odd"}.items():
        seaweed.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    seaweed.admin.put_object(Bucket=OPEN, Key=BIG, Body=bytes(BIG_SIZE))
    for number in range(30):
        seaweed.admin.put_object(
            Bucket=OPEN, Key=f"hst/public/many/{number:02}.dat", Body=b"x" * number
        )
    return seaweed


@pytest.fixture
def slow(objects: SeaweedFS) -> Iterator[SlowWay]:
    """The same server behind a slow line."""
    way = SlowWay(objects.endpoint, 4 << 20)
    yield way
    way.stop()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder outside of the Jupyter root, to which the link `scratch` in it leads."""
    folder = tmp_path / "another-disk"
    folder.mkdir()
    return folder


@pytest.fixture
def home(jp_root_dir: Path) -> str:
    """The Jupyter root without links."""
    return str(jp_root_dir.resolve())


@pytest.fixture
def jp_server_config(
    jp_server_config: Config,
    objects: SeaweedFS,
    jp_root_dir: Path,
    scratch: Path,
    slow: SlowWay,
    request: pytest.FixtureRequest,
) -> Config:
    (jp_root_dir / "scratch").symlink_to(scratch)
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota=False,  # nothing is measured beside them
        archives=[
            archive_of("weed", objects.endpoint, "hst/public/", "tess/public/"),
            archive_of("other", objects.endpoint, "hst/public/", bucket=CLOSED),
            archive_of("slow", slow.endpoint),
            archive_of("away", AWAY),
        ],
        target_roots=[
            {"id": "scratch", "title": "Scratch", "path": str(jp_root_dir / "scratch")},
            {"id": "far", "title": "Far away", "path": str(scratch.parent / "not-there-yet")},
        ],
    )
    jp_server_config.merge(Config(getattr(request, "param", {})))
    return jp_server_config


@pytest.fixture
def ask(jp_fetch: Any, jp_serverapp: ServerApp) -> Ask:
    """Ask a route of the transfers. The answer is checked against the route's model."""

    async def send(method: str, path: str = "", body: Any = None, **query: Any) -> Any:
        answer = await jp_fetch(
            "jupyterlab-mast/transfers" + path,
            method=method,
            params=query,
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        value = json.loads(answer.body) if answer.body else None
        template = re.sub(r"^/(?!actions$|copies$|verify$)[^/]+", "/{id}", path)
        (route,) = (
            route for route in models.API.routes if (route.method, route.path) == (method, template)
        )
        assert answer.code == route.status
        if route.answer is None:
            assert value is None
        else:
            check(route.answer, value)
        return value

    return send


def check(model: type[BaseModel], value: Any) -> None:
    """The answer has exactly the fields of its model."""
    model.model_validate_json(json.dumps(value))


async def refused(waited: Awaitable[Any]) -> tuple[int, str, str]:
    """Status, kind and sentence of the refusal that is awaited."""
    with pytest.raises(HTTPClientError) as caught:
        await waited
    response = caught.value.response
    assert response is not None
    assert response.headers["Content-Type"].startswith("application/json")
    said = json.loads(response.body)
    check(models.Error, said)
    assert said["message"].endswith((".", "?"))
    assert "\n" not in said["message"]
    return caught.value.code, said["kind"], said["message"]


async def until(ask: Ask, name: str, test: Callable[[Json], bool]) -> Json:
    """The transfer as soon as `test` holds for it."""

    async def look() -> Json:
        while True:
            transfer: Json = await ask("GET", f"/{name}")
            if test(transfer):
                return transfer
            await asyncio.sleep(0.05)

    return await asyncio.wait_for(look(), 30)


async def ended(ask: Ask, name: str) -> Json:
    """The transfer when it has ended."""
    return await until(ask, name, lambda transfer: transfer["state"] in ENDED)


async def planned(ask: Ask, name: str) -> Json:
    """The transfer when it waits for somebody to start it."""
    return await until(
        ask, name, lambda transfer: transfer["confirm"] and transfer["plan"]["complete"]
    )


def fits_below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.fits"))


def new(**more: Any) -> Json:
    return {"archive": "weed", "sources": [{"prefix": FOLDER}], "target": "data", **more}


def manager_of(server: ServerApp) -> TransferManager:
    (app,) = server.extension_manager.extension_apps["jupyterlab_mast"]
    return app._copying.manager


# What it is for


async def test_a_folder_is_copied(ask: Ask, jp_root_dir: Path, home: str) -> None:
    created = await ask("POST", body=new())
    assert created["title"] == "ibxy01ijq"
    assert created["origin"] == "page"
    assert created["target"] == {
        "root": "home",
        "path": "data",
        "absolute": f"{home}/data",
    }
    transfer = await ended(ask, created["id"])
    assert transfer["state"] == "done"
    assert transfer["files"]["copied"] == 3
    assert transfer["bytes"]["done"] == sum(map(len, FILES.values()))
    files = await ask("GET", f"/{created['id']}/files")
    assert files["total"] == 3
    for file in files["files"]:
        assert file["outcome"] == "copied"
        assert (jp_root_dir / "data" / file["path"]).read_bytes() == FILES[file["key"]]


async def test_one_file_into_the_root_itself(ask: Ask, jp_root_dir: Path) -> None:
    key = next(iter(FILES))
    created = await ask("POST", body=new(sources=[{"key": key}], target="", layout="flat"))
    assert created["title"] == key.rpartition("/")[2]
    assert (await ended(ask, created["id"]))["state"] == "done"
    assert (jp_root_dir / created["title"]).read_bytes() == FILES[key]


async def test_another_root_may_be_a_link(ask: Ask, scratch: Path) -> None:
    created = await ask("POST", body=new(root="scratch", target="a/b"))
    assert created["target"]["root"] == "scratch"
    assert created["target"]["path"] == "a/b"
    transfer = await ended(ask, created["id"])
    assert transfer["state"] == "done"
    assert len(fits_below(scratch / "a" / "b")) == 3
    copies = (await ask("GET", "/copies", archive="weed", prefix=FOLDER))["copies"]
    assert {copy["key"] for copy in copies} == set(FILES)
    # The file browser shows them through the link.
    assert all(copy["path"].startswith("scratch/a/b/") for copy in copies)


async def test_the_snapshot_tells_of_roots(
    ask: Ask, jp_root_dir: Path, jp_serverapp: ServerApp, scratch: Path
) -> None:
    snapshot = await ask("GET")
    assert snapshot["transfers"] == []
    assert snapshot["activeUntil"] is None
    assert [(root["id"], root["path"]) for root in snapshot["roots"]] == [
        ("home", ""),
        ("scratch", "scratch"),
        ("far", None),
    ]
    assert snapshot["roots"][0]["absolute"] == str(jp_root_dir)
    # Looking costs no process.
    assert manager_of(jp_serverapp).process_id is None
    page = jp_serverapp.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["transfers"] is True


async def test_copies_come_page_by_page(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    created = await ask("POST", body=new(sources=[{"prefix": "hst/public/many/"}], start="now"))
    assert (await ended(ask, created["id"]))["state"] == "done"
    first = await ask("GET", "/copies", archive="weed", prefix="hst/public/many/")
    assert len(first["copies"]) == 30
    assert first["next"] is None
    keys = [copy["key"] for copy in first["copies"]]
    assert keys == sorted(keys)
    rest = await ask("GET", "/copies", archive="weed", prefix="hst/public/many/", after=keys[9])
    assert [copy["key"] for copy in rest["copies"]] == keys[10:]
    assert (await ask("GET", "/copies", archive="other", prefix="hst/"))["copies"] == []


async def test_a_copied_file_is_compared_with_its_record(ask: Ask, jp_root_dir: Path) -> None:
    key = f"{FOLDER}ibxy01ijq_raw.fits"
    created = await ask("POST", body=new(sources=[{"key": key}], target="", layout="flat"))
    await ended(ask, created["id"])
    name = created["title"]
    verdict = await ask("POST", "/verify", {"path": name})
    assert verdict["same"] is True
    assert verdict["message"].startswith(f"{name} is unchanged since it was copied (")

    (jp_root_dir / name).write_bytes(FILES[key][:-1] + b"?")
    verdict = await ask("POST", "/verify", {"root": "home", "path": name})
    assert verdict["same"] is False

    for body, status, kind in (
        ({"path": "nobody.fits"}, 404, "not-found"),
        ({"root": "nix", "path": name}, 404, "not-found"),
        ({"path": ""}, 400, "malformed"),
        ({"path": "a/.."}, 400, "malformed"),
        ({"path": f"../{name}"}, 400, "malformed"),
    ):
        assert (await refused(ask("POST", "/verify", body)))[:2] == (status, kind)


async def test_files_come_page_by_page(ask: Ask) -> None:
    created = await ask("POST", body=new(sources=[{"prefix": "hst/public/many/"}], start="now"))
    name = created["id"]
    await ended(ask, name)
    page = await ask("GET", f"/{name}/files", offset=10, limit=5)
    assert page["total"] == 30
    assert [file["index"] for file in page["files"]] == [10, 11, 12, 13, 14]
    assert (await ask("GET", f"/{name}/files", outcome="failed"))["total"] == 0


async def test_it_waits_for_somebody_and_is_changed_first(ask: Ask, jp_root_dir: Path) -> None:
    created = await ask("POST", body=new(start="ask"))
    name = created["id"]
    await planned(ask, name)
    changed = await ask("PUT", f"/{name}/plan", {"root": "home", "target": "b", "layout": "flat"})
    assert changed["target"]["path"] == "b"
    assert changed["layout"] == "flat"
    await planned(ask, name)
    await ask("POST", f"/{name}/actions", {"action": "start"})
    assert (await ended(ask, name))["state"] == "done"
    assert {path.name for path in (jp_root_dir / "b").iterdir()} == {
        key.rpartition("/")[2] for key in FILES
    }
    status, kind, _ = await refused(ask("PUT", f"/{name}/plan", {"layout": "archive"}))
    assert status == 409
    assert kind == "refused"


async def test_some_kinds_of_files_are_left_out(ask: Ask, jp_root_dir: Path) -> None:
    name = (await ask("POST", body=new(start="ask")))["id"]
    assert (await planned(ask, name))["plan"]["kinds"] == []
    await ask("PUT", f"/{name}/plan", {"without": ["Uncalibrated"]})
    plan = (await planned(ask, name))["plan"]
    assert plan["files"] == 2
    assert [(one["name"], one["files"], one["without"]) for one in plan["kinds"]] == [
        ("Calibrated, flat-fielded", 1, False),
        ("Drizzled image", 1, False),
        ("Uncalibrated", 1, True),
    ]
    await ask("POST", f"/{name}/actions", {"action": "start"})
    assert (await ended(ask, name))["state"] == "done"
    assert [path.name for path in fits_below(jp_root_dir)] == [
        "ibxy01ijq_drz.fits",
        "ibxy01ijq_flt.fits",
    ]


async def test_kinds_are_left_out_of_one_that_runs(ask: Ask, jp_root_dir: Path) -> None:
    sources = [{"prefix": FOLDER}, {"key": BIG}]
    name = (await ask("POST", body=new(archive="slow", sources=sources, start="now")))["id"]
    await until(ask, name, lambda one: one["bytes"]["done"] > 0)
    changed = ask("PUT", f"/{name}/plan", {"without": ["Drizzled image"], "layout": "flat"})
    status, kind, message = await refused(changed)
    assert (status, kind) == (409, "refused")
    assert "only kinds of files can be left out" in message
    label = describe_key(BIG).short_label
    await ask("PUT", f"/{name}/plan", {"without": [label]})
    transfer = await ended(ask, name)
    assert transfer["state"] == "done"
    assert transfer["files"]["left_out"] == 1
    assert transfer["files"]["total"] == transfer["files"]["copied"] == 3
    (left,) = (await ask("GET", f"/{name}/files", outcome="left-out"))["files"]
    assert left["key"] == BIG
    assert {path.name for path in fits_below(jp_root_dir)} == {
        key.rpartition("/")[2] for key in FILES
    }


async def test_one_failed_file_is_retried(ask: Ask, jp_root_dir: Path) -> None:
    for one in ("raw", "flt"):
        (jp_root_dir / "data" / f"ibxy01ijq_{one}.fits").mkdir(parents=True)
    name = (await ask("POST", body=new(start="now", layout="flat", conflict="replace")))["id"]
    failed = await ended(ask, name)
    assert failed["files"]["failed"] == 2
    first, second = failed["failures"]
    for body, status in (
        ({"action": "retry", "files": []}, 400),
        ({"action": "retry", "files": [-1]}, 400),
        ({"action": "retry", "files": ["1"]}, 400),
        ({"action": "cancel", "files": [first["index"]]}, 400),
        ({"action": "retry", "files": [first["index"], 99]}, 409),
    ):
        assert (await refused(ask("POST", f"/{name}/actions", body)))[0] == status
    for one in (first, second):
        (jp_root_dir / "data" / one["path"]).rmdir()
    await ask("POST", f"/{name}/actions", {"action": "retry", "files": [second["index"]]})
    again = await until(ask, name, lambda one: one["state"] in ENDED and one["files"]["failed"] < 2)
    assert [one["path"] for one in again["failures"]] == [first["path"]]
    assert (jp_root_dir / "data" / second["path"]).is_file()


async def test_what_would_be_more_than_one_header_is_no_etag(ask: Ask) -> None:
    for etag in ('"x"\r\n\r\nDELETE /open/x HTTP/1.1', '"x y"', '"x', "x\0"):
        sources = [{"key": BIG, "size": BIG_SIZE, "etag": etag}]
        status, kind, message = await refused(ask("POST", body=new(sources=sources)))
        assert (status, kind) == (400, "malformed")
        assert message == (
            "sources.0.etag: an ETag has no spaces, control characters or quotes inside. "
            "Correct the request."
        )


async def test_it_says_why_it_waits(ask: Ask) -> None:
    # What a listing told of needs no plan from the archive: it is the copy that finds it away.
    source = {"key": BIG, "size": BIG_SIZE, "etag": '"x"'}
    created = await ask("POST", body=new(archive="away", sources=[source], start="now"))
    assert created["waiting"] is None
    transfer = await until(ask, created["id"], lambda one: one["state"] == "waiting")
    assert transfer["waiting"]["reason"] == "network"
    assert transfer["waiting"]["message"] == (
        "127.0.0.1:9 cannot be reached. Check the network; it is tried again."
    )
    await ask("POST", f"/{created['id']}/actions", {"action": "cancel"})


async def test_what_has_ended_is_cleared(ask: Ask) -> None:
    name = (await ask("POST", body=new()))["id"]
    waits = (await ask("POST", body=new(start="ask", target="c")))["id"]
    await ended(ask, name)
    assert (await refused(ask("DELETE", f"/{waits}")))[0] == 409
    await ask("DELETE", f"/{name}")
    assert (await refused(ask("GET", f"/{name}")))[:2] == (404, "not-found")
    await ask("POST", f"/{waits}/actions", {"action": "cancel"})
    await ended(ask, waits)
    assert (await ask("POST", "/actions", {"action": "clear"}))["transfers"] == []


async def test_all_are_paused_and_go_on(ask: Ask, jp_root_dir: Path) -> None:
    names = [
        (await ask("POST", body=new(archive="slow", sources=[{"key": BIG}], target=target)))["id"]
        for target in "ab"
    ]
    for name in names:
        await until(ask, name, lambda transfer: transfer["bytes"]["done"] > 0)
    answer = await ask("POST", "/actions", {"action": "pause"})
    assert {transfer["id"] for transfer in answer["transfers"]} == set(names)
    for name in names:
        await until(ask, name, lambda transfer: transfer["state"] == "paused")
    await ask("POST", "/actions", {"action": "resume"})
    for name in names:
        assert (await ended(ask, name))["state"] == "done"
    assert [path.stat().st_size for path in fits_below(jp_root_dir)] == [BIG_SIZE] * 2


async def test_events_have_a_sequence_without_gaps(ask: Ask, jp_serverapp: ServerApp) -> None:
    heard: list[Json] = []

    async def listen(logger: Any, schema_id: str, data: Json) -> None:
        heard.append(data)

    jp_serverapp.event_logger.add_listener(
        schema_id=manager_of(jp_serverapp)._events.id, listener=listen
    )
    name = (await ask("POST", body=new()))["id"]
    await ended(ask, name)
    await ask("DELETE", f"/{name}")
    await asyncio.sleep(0.7)
    assert [event["sequence"] for event in heard] == list(range(1, len(heard) + 1))
    snapshot = await ask("GET")
    assert {event["server"] for event in heard} == {snapshot["server"]}
    assert snapshot["sequence"] == len(heard)
    for event in heard:
        for transfer in event["transfers"]:
            check(models.Transfer, transfer)
    told = [one["state"] for event in heard for one in event["transfers"] if one["id"] == name]
    assert told[-1] == "done"
    assert [event["removed"] for event in heard if event["removed"]] == [[name]]
    assert heard[-1]["removed"] == [name]


async def test_while_bytes_move_there_are_two_events_a_second(
    ask: Ask, jp_serverapp: ServerApp
) -> None:
    heard: list[tuple[float, Json]] = []

    async def listen(logger: Any, schema_id: str, data: Json) -> None:
        heard.append((time.monotonic(), data))

    jp_serverapp.event_logger.add_listener(
        schema_id=manager_of(jp_serverapp)._events.id, listener=listen
    )
    created = await ask("POST", body=new(archive="slow", sources=[{"key": BIG}]))
    await ended(ask, created["id"])
    moving = [
        (at, event["transfers"][0]["bytes"]["done"])
        for at, event in heard
        if event["transfers"][0]["state"] == "running"
    ]
    assert len(moving) >= 3
    assert [done for _, done in moving] == sorted(done for _, done in moving)
    # The first tells of the state and came at once.
    for (before, _), (after, _) in pairwise(moving[1:]):
        assert after - before > 0.45
    assert heard[-1][1]["activeUntil"] is not None


# The copy process


async def test_the_process_is_started_again(ask: Ask, jp_serverapp: ServerApp) -> None:
    await ask("POST", body=new(start="ask"))
    manager = manager_of(jp_serverapp)
    first = manager.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.sleep(0.2)
    snapshot = await ask("GET")
    assert len(snapshot["transfers"]) == 1
    assert manager.process_id not in (None, first)


async def test_a_process_that_dies_again_and_again_is_started_ever_later(
    ask: Ask, jp_serverapp: ServerApp
) -> None:
    await ask("POST", body=new(start="ask"))
    manager = manager_of(jp_serverapp)
    for seconds in (0.5, 1.0):
        # What is unfinished is reason enough.
        assert await kill_process(manager) >= seconds
        assert len((await ask("GET"))["transfers"]) == 1


async def test_an_ask_that_the_process_does_not_survive(ask: Ask, jp_serverapp: ServerApp) -> None:
    await ask("POST", body=new(start="ask"))
    manager = manager_of(jp_serverapp)
    assert manager.process_id is not None
    os.kill(manager.process_id, signal.SIGSTOP)
    asking = asyncio.ensure_future(refused(ask("POST", "/actions", {"action": "pause"})))
    await asyncio.sleep(0.3)
    os.kill(manager.process_id, signal.SIGKILL)
    status, kind, sentence = await asking
    assert (status, kind) == (503, "busy")
    assert "started again" in sentence


async def test_a_transfer_goes_on_after_its_process_died(
    ask: Ask, jp_serverapp: ServerApp, jp_root_dir: Path
) -> None:
    # One that was planned when the process died would wait for a word otherwise.
    name = (await ask("POST", body=new(start="now")))["id"]
    manager = manager_of(jp_serverapp)
    killed = manager.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    for _ in range(200):
        if manager.process_id != killed:
            break
        await asyncio.sleep(0.05)
    assert (await ended(ask, name))["state"] == "done"
    assert len(fits_below(jp_root_dir / "data")) == 3


async def test_what_has_ended_needs_no_process(
    ask: Ask, jp_serverapp: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = (await ask("POST", body=new()))["id"]
    transfer = await ended(ask, name)
    manager = manager_of(jp_serverapp)
    first = manager.process_id
    monkeypatch.setattr("jupyterlab_mast.transfers.manager.IDLE_SECONDS", 0.0)
    await manager._child.end_if("idle")
    assert manager.process_id is None
    # Neither a look nor the start of a server wants one.
    assert (await ask("GET"))["transfers"] == [transfer]
    await manager.begin()
    assert manager.process_id is None
    # Whoever asks for more gets another.
    assert (await ask("GET", f"/{name}"))["state"] == "done"
    assert manager.process_id not in (None, first)
    # One that is taken up again has not ended, and is gone on with at the next start.
    waits = (await ask("POST", body=new(start="ask", target="c")))["id"]
    await manager._child.end_if("idle")
    assert manager.process_id is not None
    await ask("POST", f"/{waits}/actions", {"action": "cancel"})
    await ask("POST", f"/{waits}/actions", {"action": "retry"})
    assert manager._all_ended() is None


async def test_an_idle_process_ends_and_starts_for_what_others_began(
    ask: Ask, jp_serverapp: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = manager_of(jp_serverapp)
    monkeypatch.setattr("jupyterlab_mast.transfers.manager.IDLE_SECONDS", 0.2)
    monkeypatch.setattr("jupyterlab_mast.transfers.manager.LOOK_SECONDS", 0.1)
    # The server looks already, or is about to: it begins anew, with these seconds, and alone.
    if manager._looking is not None:
        manager._looking.cancel()
        manager._looking = None
    await manager.begin()
    name = (await ask("POST", body=new()))["id"]
    await ended(ask, name)

    async def wait(process: bool) -> None:
        # No event tells of it: it is what happens when nobody asks.
        while (manager.process_id is not None) is not process:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    await asyncio.wait_for(wait(False), 20)
    # Another process makes a transfer.
    folder = Path(manager._data) / "transfers"
    made = folder / f".{name}.00000000"
    made.mkdir()
    asked = json.loads((folder / name / "request.json").read_text())
    other = "20260101-000000-001-abcdef"
    (made / "request.json").write_text(json.dumps({**asked, "id": other, "start": "ask"}))
    made.rename(folder / other)
    await asyncio.wait_for(wait(True), 20)


async def test_a_rename_in_the_file_browser_moves_copies(
    ask: Ask, jp_fetch: Any, jp_serverapp: ServerApp
) -> None:
    await ended(ask, (await ask("POST", body=new(layout="flat", target="a/b")))["id"])
    manager = manager_of(jp_serverapp)

    async def places() -> set[str]:
        await asyncio.sleep(0.2)  # the event is on its way
        copies = (await ask("GET", "/copies", archive="weed", prefix=FOLDER))["copies"]
        return {copy["path"] for copy in copies}

    async def rename(path: str, to: str) -> None:
        await jp_fetch("api/contents", path, method="PATCH", body=json.dumps({"path": to}))

    await rename("a", "c d")
    await rename("c d/b", "c d/e")
    assert await places() == {f"c d/e/ibxy01ijq_{name}.fits" for name in ("raw", "flt", "drz")}
    # While no process runs, too.
    await manager._child.end_if("idle")
    assert manager.process_id is None
    await rename("c d/e/ibxy01ijq_raw.fits", "raw.fits")
    await jp_fetch("api/contents/c d/e/ibxy01ijq_flt.fits", method="DELETE")
    await asyncio.sleep(0.2)
    assert manager.process_id is None
    assert await places() == {"raw.fits", "c d/e/ibxy01ijq_drz.fits"}


async def test_the_process_ends_with_the_server(ask: Ask, jp_serverapp: ServerApp) -> None:
    await ask("POST", body=new(start="ask"))
    manager = manager_of(jp_serverapp)
    process = manager.process_id
    assert process is not None
    assert os.getpgid(process) != os.getpgid(0)
    assert os.getpriority(os.PRIO_PROCESS, process) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    await jp_serverapp.extension_manager.stop_all_extensions()
    assert manager.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert (await refused(ask("GET")))[:2] == (503, "busy")


# Who may do what

NAMES_OUTSIDE = {
    "up": "..",
    "up and down": "a/../../b",
    "up within": "a/../b",
    "absolute": "/etc",
    "twice absolute": "//etc",
    "the root twice": "/",
    "a dot": "a/./b",
    "an empty part": "a//b",
    "NUL": "a\0b",
    "half of a character": "a\ud800",
}


@pytest.mark.parametrize("name", NAMES_OUTSIDE)
async def test_no_path_leads_out_of_its_root(ask: Ask, tmp_path: Path, name: str) -> None:
    before = fits_below(tmp_path)
    target = NAMES_OUTSIDE[name]
    assert (await refused(ask("POST", body=new(target=target))))[:2] == (400, "malformed")
    waits = (await ask("POST", body=new(start="ask")))["id"]
    changes = {"root": "home", "target": target}
    assert (await refused(ask("PUT", f"/{waits}/plan", changes)))[:2] == (400, "malformed")
    assert fits_below(tmp_path) == before


@pytest.mark.parametrize(
    "target", ["%2e%2e", "%2e%2e/%2e%2e/x", "x..%2f..", "x\\..\\..", "~", "$HOME"]
)
async def test_a_path_is_taken_as_it_stands(
    ask: Ask, jp_root_dir: Path, home: str, target: str
) -> None:
    created = await ask("POST", body=new(target=target))
    assert created["target"]["absolute"] == f"{home}/{target}"
    assert (await ended(ask, created["id"]))["state"] == "done"
    assert len(fits_below(jp_root_dir / target)) == 3


async def test_no_link_leads_out_of_its_root(
    ask: Ask, jp_root_dir: Path, tmp_path: Path, scratch: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (jp_root_dir / "out").symlink_to(outside)
    (jp_root_dir / "out2").symlink_to("../outside")
    (jp_root_dir / "nowhere").symlink_to(tmp_path / "made-by-copying")
    (jp_root_dir / "circle").symlink_to("circle")
    (jp_root_dir / "inner").mkdir()
    (jp_root_dir / "in").symlink_to("inner")
    (scratch / "back").symlink_to(jp_root_dir)
    for root, target in [
        ("home", "out"),
        ("home", "out/a/b"),
        ("home", "out2"),
        ("home", "nowhere"),
        ("home", "nowhere/a"),
        # A root of its own, which is asked for by its own name.
        ("home", "scratch"),
        ("scratch", "back"),
    ]:
        status, kind, _ = await refused(ask("POST", body=new(root=root, target=target)))
        assert (status, kind) == (403, "forbidden"), target
    assert (await refused(ask("POST", body=new(target="circle/a"))))[0] in (403, 409)
    assert not (tmp_path / "made-by-copying").exists()
    assert list(outside.iterdir()) == []
    created = await ask("POST", body=new(target="in"))
    assert created["target"]["path"] == "inner"
    assert (await ended(ask, created["id"]))["state"] == "done"


async def test_a_file_is_no_folder(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "file").write_text("mine")
    for target in ("file", "file/a/b"):
        assert (await refused(ask("POST", body=new(target=target))))[:2] == (409, "target")
    assert (jp_root_dir / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("jp_server_config", "shown"),
    [({}, False), ({"ContentsManager": {"allow_hidden": True}}, True)],
    indirect=["jp_server_config"],
)
async def test_hidden_folders_are_as_the_file_browser_has_them(
    ask: Ask, jp_root_dir: Path, shown: bool
) -> None:
    (jp_root_dir / ".deep").mkdir()
    (jp_root_dir / "seen").symlink_to(".deep")
    for target in (".ssh", "a/.b/c", "seen"):
        if shown:
            await ask("POST", body=new(target=target, start="ask"))
        else:
            found = await refused(ask("POST", body=new(target=target)))
            assert found[:2] == (403, "forbidden")
    assert not (jp_root_dir / ".ssh").exists()


@pytest.mark.parametrize(
    ("jp_server_config", "asks"),
    [
        ({"MastExtension": {"confirm_files": 3, "confirm_bytes": 45_000}}, False),
        ({"MastExtension": {"confirm_files": 2}}, True),
        ({"MastExtension": {"confirm_bytes": 44_999}}, True),
    ],
    indirect=["jp_server_config"],
)
async def test_how_much_is_shown_first_can_be_set(ask: Ask, jp_root_dir: Path, asks: bool) -> None:
    name = (await ask("POST", body=new()))["id"]
    if asks:
        assert (await planned(ask, name))["state"] == "planning"
        assert fits_below(jp_root_dir) == []
        await ask("POST", f"/{name}/actions", body={"action": "start"})
    assert (await ended(ask, name))["state"] == "done"
    assert len(fits_below(jp_root_dir)) == 3


SOURCES_OUTSIDE: dict[str, list[Json]] = {
    "a key": [{"key": OUTSIDE}],
    "a prefix": [{"prefix": "hst/other/"}],
    "a shorter prefix": [{"prefix": "hst/"}],
    "everything": [{"prefix": ""}],
    "a prefix that only begins the same": [{"prefix": "hst/publi"}],
    "a climbing key": [{"key": "hst/public/../other/secret.fits"}],
    "an escaped climbing key": [{"key": "hst/public/%2e%2e/other/secret.fits"}],
    "one of many": [{"key": key} for key in FILES] + [{"key": OUTSIDE}],
}


@pytest.mark.parametrize("name", SOURCES_OUTSIDE)
async def test_nothing_outside_of_the_allow_list_is_copied(
    ask: Ask, jp_root_dir: Path, name: str
) -> None:
    found = await refused(ask("POST", body=new(sources=SOURCES_OUTSIDE[name])))
    assert found[:2] == (403, "forbidden")
    assert not (jp_root_dir / "data").exists()
    assert (await ask("GET"))["transfers"] == []


MALFORMED: dict[str, Any] = {
    "no object": [],
    "text": "copy it",
    "nothing": None,
    "no sources": new(sources=[]),
    "too many sources": new(sources=[{"key": "hst/public/a"}] * (models.MAX_SOURCES + 1)),
    "key and prefix": new(sources=[{"key": "hst/public/a", "prefix": "hst/public/"}]),
    "neither": new(sources=[{}]),
    "an empty key": new(sources=[{"key": ""}]),
    "a long key": new(sources=[{"key": "hst/public/" + "a" * 1024}]),
    "a field that we do not know": new(absolute="/etc"),
    "an absolute target": new(target={"absolute": "/etc"}),
    "an unknown layout": new(layout="alphabetical"),
    "a size in words": new(sources=[{"key": "hst/public/a", "size": "1"}]),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_request_is_read_strictly(ask: Ask, name: str) -> None:
    found = await refused(ask("POST", body=MALFORMED[name]))
    assert found[:2] == (400, "malformed")


async def test_a_body_is_not_without_end(ask: Ask, jp_fetch: Any) -> None:
    answer = jp_fetch("jupyterlab-mast/transfers", method="POST", body=b" " * (MAX_BODY + 1))
    assert (await refused(answer))[0] == 413


async def test_what_is_unknown(ask: Ask) -> None:
    for waited in (
        ask("POST", body=new(archive="nix")),
        ask("POST", body=new(root="nix")),
        ask("GET", "/00000000-unknown"),
        ask("DELETE", "/00000000-unknown"),
        ask("PUT", "/00000000-unknown/plan", {}),
        ask("POST", "/00000000-unknown/actions", {"action": "pause"}),
        ask("GET", "/00000000-unknown/files"),
        ask("GET", "/copies", archive="nix"),
    ):
        assert (await refused(waited))[:2] == (404, "not-found")


STRANGE_IDS = ["..", "%2e%2e", "..%2f..%2fcopies", "short", "UPPERCASE1", "a" * 41, "dot.dot.dot"]


@pytest.mark.parametrize("name", STRANGE_IDS)
async def test_an_id_is_an_id(jp_serverapp: ServerApp, jp_fetch: Any, name: str) -> None:
    port, base = jp_serverapp.port, jp_serverapp.base_url
    token = jp_serverapp.identity_provider.token

    def send(method: str, rest: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        path = f"{base}jupyterlab-mast/transfers/{name}{rest}"
        connection.request(method, path, headers={"Authorization": f"token {token}"})
        return connection.getresponse().status

    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/files")):
        assert await asyncio.to_thread(send, method, rest) == 404
    assert manager_of(jp_serverapp).process_id is None


def test_another_site_cannot_copy(jupyter: JupyterProcess) -> None:
    """With the cookies of a browser that is signed in, but without the page's XSRF token."""
    path = f"{jupyter.base_path}jupyterlab-mast/transfers"
    body = json.dumps(new(archive="nix"))

    def send(method: str, path: str, **headers: str) -> tuple[int, Json, list[str]]:
        connection = http.client.HTTPConnection("127.0.0.1", jupyter.port, timeout=20)
        connection.request(method, path, body if method == "POST" else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        said = json.loads(text) if text.startswith(b"{") else {}
        return answer.status, said, answer.headers.get_all("Set-Cookie") or []

    assert send("POST", path)[0] == 403
    assert send("POST", path)[1]["kind"] == "signed-out"
    cookies: dict[str, str] = {}
    for page in ("tree?token=" + TOKEN, "login?token=" + TOKEN, "api/contents?token=" + TOKEN):
        for cookie in send("GET", jupyter.base_path + page)[2]:
            name, _, value = cookie.split(";")[0].partition("=")
            cookies[name] = value
    signed_in = "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert send("GET", path, Cookie=signed_in)[0] == 200
    for headers in ({}, {"Content-Type": "text/plain"}, {"X-XSRFToken": "guessed"}):
        status, said, _ = send("POST", path, Cookie=signed_in, **headers)
        assert status == 403
        assert said["kind"] == "forbidden"
    own = {"Cookie": signed_in, "X-XSRFToken": cookies["_xsrf"]}
    # Past the check: what is wrong now is the archive's name.
    assert send("POST", path, **own)[0] == 404
    assert send("POST", path, **own, Origin="https://elsewhere.example")[0] == 404


# Settings

WRONG_ROOTS: dict[str, tuple[Any, str]] = {
    "no path": ([{"id": "a", "title": "A"}], "[0]['path']"),
    "a relative path": ([{"id": "a", "title": "A", "path": "data"}], "[0]['path']"),
    "home again": ([{"id": "home", "title": "A", "path": "/data"}], "[0]['id']"),
    "the same id": ([{"id": "a", "title": "A", "path": "/data"}] * 2, "[1]['id']"),
    "a strange id": ([{"id": "a/b", "title": "A", "path": "/data"}], "[0]['id']"),
    "an unknown setting": (
        [{"id": "a", "title": "A", "path": "/data", "mode": "rw"}],
        "[0]['mode']",
    ),
}


@pytest.mark.parametrize("name", WRONG_ROOTS)
async def test_a_wrong_root_is_named_in_one_sentence(
    jp_server_config: Config, jp_configurable_serverapp: Any, name: str
) -> None:
    setting, place = WRONG_ROOTS[name]
    jp_server_config["MastExtension"]["target_roots"] = setting
    server = jp_configurable_serverapp(config=jp_server_config)
    problem = server.web_app.settings["page_config_data"]["jupyterlabMast"]["problem"]
    assert problem.startswith(f"c.MastExtension.target_roots{place}")
    assert "\n" not in problem


async def test_without_local_files_nothing_is_copied(
    jp_server_config: Config, jp_configurable_serverapp: Any, jp_root_dir: Path
) -> None:
    jp_server_config["ServerApp"]["contents_manager_class"] = (
        "helpers.contents.ContentsWithoutFiles"
    )
    server = jp_configurable_serverapp(config=jp_server_config)
    page = server.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["transfers"] is False
    assert "no local files" in page["transfersProblem"]
    assert page["relay"] is True
    (app,) = server.extension_manager.extension_apps["jupyterlab_mast"]
    assert not any("transfers" in str(handler[0]) for handler in app.handlers)
