"""`jupyterlab_mast.copy` in scripts and in the cells of a notebook."""

from __future__ import annotations

import asyncio
import queue
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.counting import CountingWay
from helpers.home import until
from helpers.kernels import KernelProcess
from helpers.partial import partial_bytes
from helpers.servers import OPEN, SeaweedFS, clean_environment, free_ports

import jupyterlab_mast
from jupyterlab_mast import CopyError
from jupyterlab_mast.transfers.runner import Transfers

FOLDER = "python/public/obs/"
FILES = {f"{FOLDER}{number}.dat": bytes([number]) * 2000 for number in range(3)}
LARGE_KEY = "python/large/large.bin"
LARGE = random.Random(16).randbytes(16_000_000)


@pytest.fixture(scope="module")
def store(seaweed: SeaweedFS) -> SeaweedFS:
    for key, body in {**FILES, LARGE_KEY: LARGE}.items():
        seaweed.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    return seaweed


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in clean_environment(tmp_path).items():
        if name.startswith("JUPYTER"):
            monkeypatch.setenv(name, value)
    return tmp_path


def uri(key: str) -> str:
    return f"s3://{OPEN}/{key}"


def test_copies_and_tells_what_it_did(
    store: SeaweedFS, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = home / "new" / "data"
    result = jupyterlab_mast.copy(uri(FOLDER), target, endpoint=store.endpoint)
    assert result.files == [str(target / "obs" / f"{number}.dat") for number in range(3)]
    assert [Path(path).read_bytes() for path in result.files] == list(FILES.values())
    assert (result.bytes, result.copied, result.failed) == (6000, 3, 0)
    assert result.seconds < 30
    assert result.checked == {"checksum": 3, "version": 0, "size": 0}
    assert repr(result).startswith("<CopyResult: 3 files copied to ")
    assert result.sentence in capsys.readouterr().out
    again = jupyterlab_mast.copy(uri(FOLDER), target, endpoint=store.endpoint, progress=False)
    assert again.files == result.files
    assert (again.copied, again.identical) == (0, 3)
    assert again.transfer != result.transfer
    assert capsys.readouterr().out == ""


def test_takes_an_archive_of_the_configuration(store: SeaweedFS, home: Path) -> None:
    archive = {
        "id": "team",
        "title": "Our team",
        "bucket": OPEN,
        "endpoint": store.endpoint,
        "roots": [{"title": "Ours", "prefix": "python/public/"}],
    }
    sources = [f"{FOLDER}0.dat", f"{FOLDER}2.dat"]
    result = jupyterlab_mast.copy(sources, home / "a", archive=archive, layout="flat")
    assert result.files == [str(home / "a" / "0.dat"), str(home / "a" / "2.dat")]
    with pytest.raises(CopyError) as caught:
        jupyterlab_mast.copy(LARGE_KEY, home / "a", archive=archive)
    assert caught.value.kind == "forbidden"
    with pytest.raises(ValueError, match="archive"):
        jupyterlab_mast.copy(sources, home / "a", archive={"id": "x"})


def test_other_files_are_skipped_unless_told(store: SeaweedFS, home: Path) -> None:
    (home / "0.dat").write_text("mine")
    source = uri(f"{FOLDER}0.dat")
    result = jupyterlab_mast.copy(source, home, endpoint=store.endpoint)
    assert (result.skipped, result.files) == (1, [])
    with pytest.raises(CopyError) as caught:
        jupyterlab_mast.copy(source, home, endpoint=store.endpoint, conflict="ask")
    assert caught.value.kind == "in-the-way"
    assert caught.value.result is not None
    assert caught.value.result.failures[0][0] == f"{FOLDER}0.dat"
    assert (home / "0.dat").read_text() == "mine"
    jupyterlab_mast.copy(source, home, endpoint=store.endpoint, conflict="replace")
    assert (home / "0.dat").read_bytes() == FILES[f"{FOLDER}0.dat"]


def test_says_why_nothing_was_begun(store: SeaweedFS, home: Path) -> None:
    with pytest.raises(CopyError, match=r"There is no gone\.fits") as caught:
        jupyterlab_mast.copy(uri("gone.fits"), home, endpoint=store.endpoint)
    assert (caught.value.kind, caught.value.result) == ("not-found", None)
    with pytest.raises(ValueError, match="no address, key"):
        jupyterlab_mast.copy("no-such-name", home)
    (port,) = free_ports(1)
    with pytest.raises(CopyError) as caught:
        jupyterlab_mast.copy(uri("a/b"), home, endpoint=f"http://127.0.0.1:{port}", timeout=1)
    assert caught.value.kind == "network"


def test_can_be_awaited_and_cancelled(store: SeaweedFS, home: Path) -> None:
    way = CountingWay(store.endpoint, len(LARGE) / 5)

    async def run() -> None:
        result = await jupyterlab_mast.copy_async(uri(FOLDER), home / "a", endpoint=store.endpoint)
        assert result.copied == 3
        work = asyncio.create_task(
            jupyterlab_mast.copy_async(uri(LARGE_KEY), home / "b", endpoint=way.endpoint)
        )
        turns = 0
        while partial_bytes(home / "b") < 2_000_000:
            await asyncio.sleep(0.05)
            turns += 1
        assert turns > 3
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(asyncio.wait_for(run(), 60))
    assert not (home / "b" / "large.bin").exists()
    # It is paused: nobody goes on with it unasked.
    transfers = Transfers(home / "data" / "jupyterlab-mast", adopt=False)
    assert sorted(one["state"] for one in transfers.snapshot()) == ["done", "paused"]
    transfers.close()
    way.stop()


# In a kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.stop()


class Kernel(KernelProcess):
    """An IPython kernel, and what its cells say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(folder, clean_environment(folder))

    def send(self, code: str) -> str:
        return str(self.client.execute(code))

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def end(self, message: str) -> tuple[str, str, str]:
        """What a cell printed, its result, and the name of its error."""
        printed, result, failed = "", "", ""
        while True:
            try:
                told = self.client.get_iopub_msg(timeout=60)
            except queue.Empty:
                raise AssertionError(f"the cell does not end: {printed}") from None
            if told["parent_header"].get("msg_id") != message:
                continue
            content = told["content"]
            if told["msg_type"] == "stream":
                printed += content["text"]
            elif told["msg_type"] == "execute_result":
                result = content["data"]["text/plain"]
            elif told["msg_type"] == "error":
                failed = f"{content['ename']}: {content['evalue']}"
            elif told["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed, result, failed

    def run(self, code: str) -> tuple[str, str, str]:
        return self.end(self.send(code))


@pytest.mark.parametrize("call", ["copy", "await jupyterlab_mast.copy_async"])
def test_works_in_a_cell(store: SeaweedFS, kernel: Kernel, call: str) -> None:
    call = call if call.startswith("await") else f"jupyterlab_mast.{call}"
    target = kernel.folder / call.rpartition(".")[2]
    printed, result, failed = kernel.run(
        "import jupyterlab_mast\n"
        f"result = {call}({uri(FOLDER)!r}, {str(target)!r}, endpoint={store.endpoint!r})\n"
        "result"
    )
    assert failed == ""
    assert result.startswith("<CopyResult: 3 files copied to ")
    assert "3 files copied to " in printed
    assert (target / "obs" / "1.dat").read_bytes() == FILES[f"{FOLDER}1.dat"]


@pytest.mark.parametrize("call", ["copy", "await jupyterlab_mast.copy_async"])
def test_the_stop_button_pauses(store: SeaweedFS, kernel: Kernel, call: str) -> None:
    way = CountingWay(store.endpoint, len(LARGE) / 6)
    call = call if call.startswith("await") else f"jupyterlab_mast.{call}"
    target = kernel.folder / f"stopped {call.rpartition('.')[2]}"
    message = kernel.send(
        "import jupyterlab_mast\n"
        f"{call}({uri(LARGE_KEY)!r}, {str(target)!r}, endpoint={way.endpoint!r})"
    )
    until(lambda: partial_bytes(target) > 2_000_000)
    kernel.interrupt()
    printed, _, failed = kernel.end(message)
    assert failed.startswith(("KeyboardInterrupt", "CancelledError")), failed
    assert "\r" in printed
    assert "of 16.0 MB" in printed
    assert "`jupyter mast transfers resume " in printed
    assert not (target / "large.bin").exists(), printed
    # The kernel goes on, and so can the transfer.
    printed, _, failed = kernel.run(
        "import subprocess, sys, json\n"
        "def mast(*words):\n"
        "    command = [sys.executable, '-m', 'jupyterlab_mast.cli', 'transfers', *words]\n"
        "    return subprocess.run(command, capture_output=True, text=True)\n"
        "known = json.loads(mast('--json').stdout)['transfers']\n"
        f"known = next(one for one in known if one['target'] == {str(target)!r})\n"
        "print(known['state'], mast('resume', known['id']).returncode)"
    )
    assert failed == ""
    assert printed == "paused 0\n"
    assert (target / "large.bin").read_bytes() == LARGE
    way.stop()
