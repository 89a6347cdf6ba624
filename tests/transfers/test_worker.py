"""The copy process, spoken to as the Jupyter server does."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.home import until
from helpers.servers import OPEN, SeaweedFS, clean_environment

Json = dict[str, Any]
FOLDER = "hst/public/worker/"
FILES = {f"{FOLDER}{number}.dat": bytes([number]) * 3000 for number in range(5)}
SECONDS = 30.0


class Process:
    """A copy process, its answers and what it says of itself."""

    def __init__(self, home: Path, *command: str) -> None:
        self.data = home / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = home / "log"
        self.changes: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self.asked = 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *(command or ("-m", "jupyterlab_mast.transfers.worker")),
                    *("--data", str(self.data), "--settings", json.dumps({"streams": 8})),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=clean_environment(home),
                start_new_session=True,
            )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            value = json.loads(line)
            (self.changes if "changed" in value else self.answers).put(value)

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, do: str, **arguments: Any) -> Json:
        self.asked += 1
        self.send(json.dumps({"ask": self.asked, "do": do, **arguments}).encode())
        answer = self.answers.get(timeout=SECONDS)
        assert answer["answer"] == self.asked
        return answer

    def until(self, test: Callable[[Json], bool]) -> Json:
        """The first told state of a transfer for which `test` holds."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for transfer in self.changes.get(timeout=SECONDS)["changed"]:
                if test(transfer):
                    return dict(transfer)
        raise TimeoutError

    def end(self) -> int:
        """End its input, as a server does that ends, and return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.process.kill()
    process.process.wait()


@pytest.fixture(scope="module")
def objects(seaweed: SeaweedFS) -> SeaweedFS:
    for key, body in FILES.items():
        seaweed.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    return seaweed


def request(seaweed: SeaweedFS, target: Path, name: str = "20260101-aaaa") -> Json:
    target.mkdir(exist_ok=True)
    return {
        "id": name,
        "archive": {
            "id": "weed",
            "title": "weed",
            "bucket": OPEN,
            "endpoint": seaweed.endpoint,
            "roots": [{"title": "Hubble", "prefix": "hst/public/"}],
        },
        "sources": [{"prefix": FOLDER}],
        "target": str(target.resolve()),
        "root": str(target.resolve()),
        "layout": "flat",
        "created": time.time(),
        "title": "worker",
    }


def test_it_copies_and_tells_of_it(process: Process, objects: SeaweedFS, tmp_path: Path) -> None:
    target = tmp_path / "target"
    created = process.ask("create", request=request(objects, target))["value"]
    assert process.until(lambda transfer: transfer["state"] == "done")["id"] == created["id"]
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        key.rpartition("/")[2]: body for key, body in FILES.items()
    }
    assert [one["state"] for one in process.ask("snapshot")["value"]] == ["done"]
    assert process.ask("summary", id=created["id"])["value"]["state"] == "done"
    assert process.ask("files", id=created["id"], offset=1, limit=2)["value"]["total"] == 5
    copies = process.ask(
        "copies",
        bucket=f"{objects.endpoint}/{OPEN}",
        prefix=FOLDER,
        after=f"{FOLDER}0.dat",
        roots=[str(target)],
    )["value"]
    assert [copy["absolute"] for copy in copies["copies"]] == [
        str(target.resolve() / f"{number}.dat") for number in range(1, 5)
    ]
    assert copies["next"] is None
    # What somebody has deleted is no copy any more.
    (target / "3.dat").unlink()
    bucket = f"{objects.endpoint}/{OPEN}"
    copies = process.ask("copies", bucket=bucket, prefix=FOLDER, after="", roots=[])
    assert {copy["key"] for copy in copies["value"]["copies"]} == set(FILES) - {f"{FOLDER}3.dat"}
    assert process.ask("clear", id=created["id"])["value"] is None
    while (change := process.changes.get(timeout=SECONDS))["removed"] == []:
        pass
    assert change == {"changed": [], "removed": [created["id"]]}
    assert process.end() == 0


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00",
        b"[]",
        b"3",
        b"null",
        b"{}",
        b'{"ask": 1}',
        b'{"do": "snapshot"}',
        b'{"ask": 1, "do": "explode"}',
        b'{"ask": 1, "do": ["snapshot"]}',
        b'{"ask": 1, "do": "__init__"}',
        b'{"ask": 1, "do": "create"}',
        b'{"ask": 1, "do": "create", "request": {"id": "x"}}',
        b'{"ask": 1, "do": "act", "id": ["x"], "action": "pause"}',
        b'{"ask": 1, "do": "choose", "id": "a", "changes": {"colour": "red"}}',
        b'{"ask": 1, "do": "files", "id": "a", "offset": "x"}',
        b'{"ask": 1, "do": "copies"}',
    ],
)
def test_what_it_does_not_understand_is_an_error(process: Process, line: bytes) -> None:
    process.send(line)
    answer = process.answers.get(timeout=SECONDS)
    assert answer["error"]["kind"] == "malformed"
    assert answer["error"]["message"].endswith(".")
    assert process.ask("snapshot")["value"] == []


def test_what_is_not_there_is_not_found(process: Process) -> None:
    for do, more in {
        "summary": {},
        "act": {"action": "pause"},
        "clear": {},
        "choose": {"changes": {}},
        "files": {"offset": 0, "limit": 1},
    }.items():
        error = process.ask(do, id="00000000-unknown", **more)["error"]
        assert error["kind"] == "not-found"
        assert "00000000-unknown" in error["message"]


def test_what_makes_no_sense_now_is_refused(
    process: Process, objects: SeaweedFS, tmp_path: Path
) -> None:
    name = process.ask("create", request=request(objects, tmp_path / "target"))["value"]["id"]
    process.until(lambda transfer: transfer["state"] == "done")
    for do, more in {"choose": {"changes": {"layout": "flat"}}, "act": {"action": "pause"}}.items():
        assert process.ask(do, id=name, **more)["error"]["kind"] == "refused"


def test_what_was_moved_is_a_copy_where_it_is(
    process: Process, objects: SeaweedFS, tmp_path: Path
) -> None:
    target = (tmp_path / "target").resolve()
    process.ask("create", request=request(objects, target))
    process.until(lambda transfer: transfer["state"] == "done")

    def places() -> set[str]:
        copies = process.ask(
            "copies",
            bucket=f"{objects.endpoint}/{OPEN}",
            prefix=FOLDER,
            after="",
            roots=[str(tmp_path)],
        )["value"]["copies"]
        return {os.path.relpath(copy["absolute"], tmp_path) for copy in copies}

    # By the file browser, which tells of it.
    target.rename(tmp_path / "new")
    process.ask("moved", moves=[[str(target), str(tmp_path / "new")]])
    assert places() == {f"new/{number}.dat" for number in range(5)}
    # By a shell.
    (tmp_path / "new" / "3.dat").rename(tmp_path / "new" / "three.dat")
    assert "new/three.dat" in places()
    process.ask("moved", moves=[[str(tmp_path / "new"), None]])
    assert places() == set()


def test_it_tells_whether_it_has_nothing_to_do(
    process: Process, objects: SeaweedFS, tmp_path: Path
) -> None:
    assert process.ask("idle")["value"] is True
    asked = {**request(objects, tmp_path / "target"), "start": "ask"}
    name = process.ask("create", request=asked)["value"]["id"]
    assert process.ask("idle")["value"] is False
    process.ask("act", id=name, action="cancel")
    assert process.ask("idle")["value"] is True


def test_what_is_printed_is_no_answer(tmp_path: Path) -> None:
    noisy = (
        "import os, sys, threading\n"
        "from jupyterlab_mast.transfers import worker\n"
        "def noise():\n"
        "    print('printed', flush=True)\n"
        "    os.system('echo written by another program')\n"
        "    assert sys.stdin.read() == ''\n"
        "    print('read nothing', flush=True)\n"
        "threading.Timer(0.3, noise).start()\n"
        "worker.main()\n"
    )
    process = Process(tmp_path, "-c", noisy)
    deadline = time.monotonic() + SECONDS
    while "read nothing" not in process.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.ask("snapshot")["value"] == []
    assert process.end() == 0
    assert process.log.read_text().split("\n")[:3] == [
        "printed",
        "written by another program",
        "read nothing",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(process: Process, number: signal.Signals) -> None:
    assert process.ask("snapshot")["value"] == []
    process.process.send_signal(number)
    assert process.process.wait(SECONDS) == 0


def test_it_gives_way_to_others(process: Process) -> None:
    process.ask("snapshot")
    assert os.getpriority(os.PRIO_PROCESS, process.process.pid) == min(
        19, os.getpriority(os.PRIO_PROCESS, 0) + 5
    )


def test_it_goes_on_where_a_killed_one_was(objects: SeaweedFS, tmp_path: Path) -> None:
    target = tmp_path / "target"
    first = Process(tmp_path)
    first.ask("create", request=request(objects, target))
    first.process.kill()
    first.process.wait()
    second = Process(tmp_path)
    second.until(lambda transfer: transfer["state"] == "done")
    assert sorted(path.name for path in target.iterdir()) == [f"{n}.dat" for n in range(5)]
    assert second.end() == 0


def test_partial_files_of_nobody_go_once_a_day(objects: SeaweedFS, tmp_path: Path) -> None:
    """Where copies are and were to be; never what a transfer claims, nor what is not ours."""
    target = (tmp_path / "target").resolve()
    first = Process(tmp_path)
    target.mkdir()
    waiting = request(objects, target / "waiting", "20260101-cccc")
    first.ask("create", request=request(objects, target))
    first.until(lambda transfer: transfer["state"] == "done")
    first.ask("create", request={**waiting, "start": "ask"})
    first.until(lambda transfer: transfer["plan"]["complete"] and transfer["confirm"])
    assert first.end() == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    old = time.time() - 25 * 3600

    def part(folder: Path, transfer: str, moment: float, number: int = 0) -> Path:
        path = folder / f".mast-{transfer}-{number}.part"
        path.write_bytes(b"half")
        os.utime(path, (moment, moment))
        return path

    gone = [
        part(target, "20250101-lost-aaaa", old),
        part(target / "waiting", "20250101-lost-aaaa", old),
        part(target, "20260101-aaaa", old),  # of one that has ended
    ]
    link = target / ".mast-20250101-lost-aaaa-7.part"
    link.symlink_to(elsewhere)
    own = target / ".mast-notes.part"
    own.write_text("a person's own")
    os.utime(own, (old, old))
    stay = [
        link,
        own,
        part(target, "20250101-lost-aaaa", time.time() - 3600, 1),
        part(target / "waiting", "20260101-cccc", old),
        part(elsewhere, "20250101-lost-aaaa", old),
    ]
    # It looked today.
    second = Process(tmp_path)
    assert second.ask("idle")["value"] is False
    assert second.end() == 0
    assert all(path.exists() for path in gone)
    os.utime(second.data / "tidied", (old, old))
    third = Process(tmp_path)
    until(lambda: not any(path.exists() for path in gone))
    assert third.end() == 0
    assert [path for path in stay if not os.path.lexists(path)] == []
    assert "removed partial files of no transfer" in third.log.read_text()


def test_it_ends_when_its_server_was_killed(objects: SeaweedFS, tmp_path: Path) -> None:
    """Nobody is there to end it: the end of its input is enough."""
    parent = (
        "import subprocess, sys, time\n"
        "worker = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,\n"
        "    start_new_session=True)\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "jupyterlab_mast.transfers.worker", "--data", str(tmp_path)]
    server = subprocess.Popen(
        [sys.executable, "-c", parent, *command],
        stdout=subprocess.PIPE,
        env=clean_environment(tmp_path),
    )
    assert server.stdout is not None
    worker = int(server.stdout.readline())
    os.kill(worker, 0)
    server.kill()
    server.wait()
    deadline = time.monotonic() + SECONDS
    while _is_alive(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Where nobody collects orphans, an ended one stays as a zombie.
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
