"""What an administrator allows: requests at a time and bytes a second."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Faulty, bodies
from helpers.home import Home, archive_at, key, until
from helpers.servers import OPEN, SeaweedFS, archive_of, clean_environment
from traitlets.config import Config

from jupyterlab_mast.archive.config import read_archives
from jupyterlab_mast.transfers.caps import Cap, Caps
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.settings import Settings
from jupyterlab_mast.transfers.site import Site, note_site, read_site
from jupyterlab_mast.transfers.types import Source

MIB = 1 << 20
RANDOM = random.Random(150)


class AtOnce:
    """A fault that counts how many requests a server answers at a time, listings too."""

    def __init__(self) -> None:
        self.most = 0
        self._lock = threading.Lock()
        self._running = 0

    def __call__(self, asked: Asked, answer: Answer) -> None:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        time.sleep(0.01)
        with self._lock:
            self._running -= 1


def copied(transfers: Transfers, home: Home, **more: Any) -> float:
    """Seconds that a copy takes."""
    began = time.monotonic()
    name = transfers.create(home.request(**more))["id"]
    assert transfers.wait(name, 60)["state"] == "done"
    return time.monotonic() - began


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("of", ["all archives", "this archive"])
def test_no_more_requests_at_a_time(home: Home, faulty: Faulty, streams: int, of: str) -> None:
    home.target.mkdir()
    for number in range(20):
        faulty.put(key(f"small{number}.fits"), RANDOM.randbytes(30_000))
    for number in range(3):
        faulty.put(f"hst/public/y/large{number}.fits", RANDOM.randbytes(20 * MIB))
    for number in range(20):
        # Of unknown origin: compared by a HEAD.
        body = RANDOM.randbytes(1000)
        faulty.put(f"hst/public/z/there{number}.fits", body)
        (home.target / f"there{number}.fits").write_bytes(body)
    faulty.fault = at_once = AtOnce()
    mine = {"streams": streams} if of == "all archives" else {}
    transfers = home.transfers(settings=mine)
    bound = {} if mine else {"copy_streams": streams}
    copied(
        transfers,
        home,
        archive=archive_at(faulty.endpoint, **bound),
        sources=[Source(prefix=f"hst/public/{one}/") for one in "xyz"],
    )
    home.assert_right()
    assert faulty.count("HEAD") >= 20
    assert at_once.most == streams


@pytest.mark.parametrize("of", ["all archives", "this archive"])
@pytest.mark.parametrize("sizes", [[60_000] * 60, [4 * MIB], [30_000] * 60 + [MIB] * 2])
def test_no_more_bytes_a_second(home: Home, faulty: Faulty, of: str, sizes: list[int]) -> None:
    for number, size in enumerate(sizes):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(size))
    rate = 3e6
    mine = {"bandwidth": rate} if of == "all archives" else {}
    bound = {} if mine else {"copy_bandwidth": rate}
    seconds = copied(
        home.transfers(settings=mine), home, archive=archive_at(faulty.endpoint, **bound)
    )
    home.assert_right()
    # What comes in one piece may come before its time.
    assert seconds >= (sum(sizes) - 0.1 * rate) / rate - 0.1


@pytest.fixture
def jp_server_config(
    jp_server_config: Config, faulty: Faulty, request: pytest.FixtureRequest
) -> Config:
    """A server with these settings for all archives, and these for its only one."""
    of_all, of_one = request.param
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    archives = [archive_of("a", faulty.endpoint, **of_one)]
    jp_server_config["MastExtension"] = Config(quota=False, archives=archives, **of_all)
    return jp_server_config


async def copied_by_the_server(jp_fetch: Any) -> None:
    """Copy by the server's own copy process."""

    async def ask(path: str, **more: Any) -> dict[str, Any]:
        answer = await jp_fetch("jupyterlab-mast/transfers" + path, **more)
        return dict(json.loads(answer.body))

    began = time.monotonic()
    new = {"archive": "a", "sources": [{"prefix": "hst/public/x/"}], "target": "", "start": "now"}
    transfer = await ask("", method="POST", body=json.dumps(new))
    while transfer["state"] != "done":
        assert transfer["state"] in ("planning", "queued", "running")
        assert time.monotonic() - began < 60
        await asyncio.sleep(0.05)
        transfer = await ask("/" + transfer["id"])


SET_STREAMS = {"copy_streams": 2}
SET_BANDWIDTH = {"copy_bandwidth": 2.5e6}


@pytest.mark.parametrize(
    ("jp_server_config", "most"),
    [((SET_STREAMS, {}), 2), (({}, SET_STREAMS), 2), (({}, {}), None)],
    indirect=["jp_server_config"],
    ids=["of all archives", "of this archive", "of none"],
)
@pytest.mark.usefixtures("jp_serverapp")
async def test_the_setting_of_streams_reaches_the_copy_process(
    jp_fetch: Any, faulty: Faulty, most: int | None
) -> None:
    for number in range(40):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(30_000))
    faulty.fault = at_once = AtOnce()
    await copied_by_the_server(jp_fetch)
    assert at_once.most == most if most else at_once.most > 2


@pytest.mark.parametrize(
    "jp_server_config",
    [(SET_BANDWIDTH, {}), ({}, SET_BANDWIDTH)],
    indirect=True,
    ids=["of all archives", "of this archive"],
)
@pytest.mark.usefixtures("jp_serverapp")
async def test_the_setting_of_bandwidth_reaches_the_copy_process(
    jp_fetch: Any, faulty: Faulty
) -> None:
    size, rate = 5 * MIB, SET_BANDWIDTH["copy_bandwidth"]
    faulty.put(key("a.fits"), RANDOM.randbytes(size))
    asked: list[float] = []
    faulty.fault = bodies(lambda *_: asked.append(time.monotonic()))
    await copied_by_the_server(jp_fetch)
    # What comes in one piece may come before its time.
    assert time.monotonic() - asked[0] >= (size - 0.1 * rate) / rate - 0.1


@pytest.mark.parametrize(
    "jp_server_config",
    [({**SET_STREAMS, **SET_BANDWIDTH, "confirm_bytes": 7, "confirm_files": 8}, SET_STREAMS)],
    indirect=True,
)
@pytest.mark.usefixtures("jp_serverapp")
async def test_a_server_leaves_its_settings_to_the_command_line(
    jp_data_dir: Path, faulty: Faulty
) -> None:
    path = jp_data_dir / "jupyterlab-mast" / "site.json"
    await asyncio.to_thread(until, path.exists)
    site = read_site(path.parent)
    (archive,) = site.archives
    assert (archive.id, archive.endpoint, archive.copy_streams) == ("a", faulty.endpoint, 2)
    settings = site.settings
    assert (settings.confirm_bytes, settings.confirm_files) == (7, 8)
    assert (settings.streams, settings.bandwidth) == (2, 2.5e6)


class CommandLine:
    """`jupyter mast` in a home whose Jupyter server was configured."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = folder / "files"
        self._environ = clean_environment(folder)

    def configure(self, archives: list[dict[str, Any]], **of_all: Any) -> None:
        """As a server of this home does that starts."""
        read = read_archives(archives, "archives").values()
        settings = {name.removeprefix("copy_"): value for name, value in of_all.items()}
        data = Path(self._environ["JUPYTER_DATA_DIR"]) / "jupyterlab-mast"
        note_site(data, Site(tuple(read), Settings(**settings)))

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        return self._run("-c", code)

    def copy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run("-m", "jupyterlab_mast.cli", "copy", *arguments, str(self.target))

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=self._environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.mark.parametrize(
    ("of_all", "of_one", "most"),
    [(SET_STREAMS, {}, 2), ({}, SET_STREAMS, 2), ({}, {}, None)],
    ids=["of all archives", "of this archive", "of none"],
)
@pytest.mark.parametrize("way", ["command", "address", "python"])
def test_the_setting_of_streams_holds_without_a_server(
    command_line: CommandLine,
    faulty: Faulty,
    of_all: dict[str, Any],
    of_one: dict[str, Any],
    most: int | None,
    way: str,
) -> None:
    """For an archive that is known by name, and for an address of the same bucket."""
    for number in range(40):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(30_000))
    faulty.fault = at_once = AtOnce()
    command_line.configure([archive_of("a", faulty.endpoint, **of_one)], **of_all)
    source = f"s3://{OPEN}/hst/public/x/"
    if way == "command":
        answer = command_line.copy(source)
    elif way == "address":
        answer = command_line.copy("--endpoint", faulty.endpoint, source)
    else:
        arguments = f"{source!r}, {str(command_line.target)!r}, endpoint={faulty.endpoint!r}"
        answer = command_line.python(f"import jupyterlab_mast; jupyterlab_mast.copy({arguments})")
    assert answer.returncode == 0, answer.stderr
    assert len([one for one in command_line.target.rglob("*") if one.is_file()]) == 40
    assert at_once.most == most if most else at_once.most > 2


@pytest.mark.parametrize("of", ["all archives", "this archive"])
def test_the_setting_of_bandwidth_holds_on_the_command_line(
    command_line: CommandLine, seaweed: SeaweedFS, of: str
) -> None:
    size, rate = 6 * MIB, SET_BANDWIDTH["copy_bandwidth"]
    body = RANDOM.randbytes(size)
    seaweed.admin.put_object(Bucket=OPEN, Key="hst/public/capped/a.fits", Body=body)
    of_one, of_all = ({}, SET_BANDWIDTH) if of == "all archives" else (SET_BANDWIDTH, {})
    command_line.configure([archive_of("a", seaweed.endpoint, **of_one)], **of_all)
    answer = command_line.copy("--json", f"s3://{OPEN}/hst/public/capped/a.fits")
    assert answer.returncode == 0, answer.stderr
    assert (command_line.target / "a.fits").read_bytes() == body
    told = json.loads(answer.stdout)
    # What comes in one piece may come before its time.
    assert told["ended"] - told["started"] >= (size - 0.1 * rate) / rate - 0.1


def test_what_is_asked_first_is_as_the_server_has_it(
    command_line: CommandLine, faulty: Faulty
) -> None:
    """Where nobody can be asked the command refuses, and says what starts it."""
    for number in range(5):
        faulty.put(key(f"{number}.fits"), RANDOM.randbytes(1000))
    archives = [archive_of("a", faulty.endpoint)]
    source = f"s3://{OPEN}/hst/public/x/"
    for setting in ({"confirm_files": 4}, {"confirm_bytes": 4999}):
        command_line.configure(archives, **setting)
        answer = command_line.copy(source)
        assert answer.returncode == 3
        assert "Give --yes to start it." in answer.stderr
        assert not command_line.target.exists()
    answer = command_line.copy("--yes", source)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"archives": [{}], "settings": {}}'])
def test_settings_that_cannot_be_read_are_none(tmp_path: Path, damaged: bytes) -> None:
    assert read_site(tmp_path) == Site()
    (tmp_path / "site.json").write_bytes(damaged)
    assert read_site(tmp_path) == Site()


def test_the_bounds_of_one_archive_do_not_hold_for_another(home: Home, faulty: Faulty) -> None:
    faulty.put(key("slow.fits"), RANDOM.randbytes(2 * MIB))
    faulty.put("hst/public/y/quick.fits", RANDOM.randbytes(8 * MIB))
    transfers = home.transfers()
    slow = transfers.create(
        home.request(
            archive=archive_at(faulty.endpoint, copy_bandwidth=1e5, copy_streams=1),
            sources=[Source(prefix="hst/public/x/")],
        )
    )["id"]
    until(lambda: transfers.summary(slow)["bytes"]["done"] > 0)
    copied(transfers, home, sources=[Source(prefix="hst/public/y/")])
    assert transfers.summary(slow)["state"] == "running"
    # One that is held back can be stopped all the same.
    transfers.act(slow, "cancel")
    assert transfers.wait(slow, 10)["state"] == "cancelled"
    home.assert_right("hst/public/y/quick.fits")


def test_those_who_wait_come_before_those_who_ask_again() -> None:
    cap = Cap(streams=1)
    caps = Caps(cap)
    assert caps.try_begin()
    came = threading.Event()

    def ask() -> None:
        with caps.request():
            came.set()

    waiting = threading.Thread(target=ask)
    waiting.start()
    until(lambda: cap.waiting == 1)
    caps.end()
    assert not caps.try_begin() or came.is_set()
    waiting.join(10)
    assert came.is_set()
    assert caps.try_begin()


def test_a_request_that_one_bound_refuses_takes_nothing_from_the_other() -> None:
    both, mine = Cap(streams=2), Cap(streams=1)
    assert Caps(both, mine).try_begin()
    assert not Caps(both, mine).try_begin()
    assert Caps(both, Cap(streams=1)).try_begin()
    assert not Caps(both, Cap()).try_begin()
