"""What ./run and ./test start ends with them, however they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEED = Path(sys.prefix) / "bin" / "weed"

#: Starts a process that leaves the session of its parent, as kernels do, and waits.
LEAVES_ONE_BEHIND = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                         start_new_session=True)
print(child.pid, os.getpid(), flush=True)
time.sleep(600)
"""

HOLDS_IT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from scripts.processes import Guarded
with Guarded([sys.executable, "-c", {LEAVES_ONE_BEHIND!r}], grace=1) as process:
    {{how}}
"""


def ended(pid: int, within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def start(how: str) -> tuple[subprocess.Popen[str], list[int]]:
    """The holder, and the processes that must end with it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_IT.format(how=how)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    return holder, [int(pid) for pid in holder.stdout.readline().split()]


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_end_with_a_holder_that_is_killed(number: signal.Signals) -> None:
    holder, pids = start("process.wait()")
    holder.send_signal(number)
    assert holder.wait(20) != 0
    assert all(ended(pid) for pid in pids)


def test_all_end_with_a_holder_that_fails() -> None:
    holder, pids = start("import time; time.sleep(0.5); raise SystemExit(3)")
    assert holder.wait(20) == 3
    assert all(ended(pid) for pid in pids)


@pytest.fixture
def archive() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    program = subprocess.Popen(
        [sys.executable, ROOT / "scripts" / "sample_archive.py", "--weed", WEED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    yield program, json.loads(program.stdout.readline())
    program.kill()
    program.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.skipif(not os.access(WEED, os.X_OK), reason="SeaweedFS is not installed here")
def test_the_sample_archive(archive: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """Everybody may list and read, nobody may write, and nothing is left behind."""
    program, about = archive
    bucket = f"{about['endpoint']}/{about['bucket']}"
    assert answers(f"{bucket}?list-type=2&prefix=hst/")
    assert answers(f"{bucket}/hst/public/ibg7/ibg705080/ibg705081_drz.fits")
    request = urllib.request.Request(f"{bucket}/new.txt", data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 403
    program.kill()
    program.wait(10)
    deadline = time.monotonic() + 15
    while answers(bucket + "?list-type=2") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not answers(bucket + "?list-type=2")
