"""What ./run and ./test set up: once, and again when it was interrupted or is made from something
else."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import environments
from scripts.environments import MARKER, PythonEnvironment, node_modules, python_environment
from scripts.processes import Failure


class SetUp:
    """A `.venv` and lists of requirements of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.venv = folder / "venv"
        self.lists = folder / "requirements"
        self.lists.mkdir()
        monkeypatch.setattr(environments, "VENV", self.venv)
        monkeypatch.setattr(environments, "LOGS", self.venv / "logs")
        monkeypatch.setattr(environments, "REQUIREMENTS", self.lists)
        self.ask()

    def ask(self, *requirements: str) -> None:
        """Ask for these packages from now on."""
        (self.lists / "tool.txt").write_text("\n".join(requirements))
        (self.lists / "constraints-tool.txt").write_text("")

    def make(self) -> PythonEnvironment:
        return python_environment("tool", "tool")


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    return SetUp(tmp_path, monkeypatch)


def wheel(folder: Path) -> None:
    """Write a package that is called `little`."""
    about = "little-1.0.dist-info"
    with zipfile.ZipFile(folder / "little-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("little.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: little\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: any\n")
        archive.writestr(f"{about}/RECORD", "")


def test_an_environment_is_made_once_and_anew_when_that_was_interrupted(
    set_up: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    made = set_up.make()
    assert "Making tool" in capsys.readouterr().out
    assert made.python.exists()
    (made.folder / "mine").touch()
    assert set_up.make() == made
    assert capsys.readouterr().out == ""
    assert (made.folder / "mine").exists()
    # The marker is written last.
    (made.folder / MARKER).unlink()
    assert set_up.make() == made
    assert "Making tool" in capsys.readouterr().out
    assert not (made.folder / "mine").exists()
    assert (made.folder / MARKER).exists()


def test_one_that_failed_says_why_and_is_made_next_time(set_up: SetUp, tmp_path: Path) -> None:
    set_up.ask(f"little @ {(tmp_path / 'little-1.0-py3-none-any.whl').as_uri()}")
    with pytest.raises(Failure, match=r"installing the packages of tool failed") as caught:
        set_up.make()
    assert "little-1.0-py3-none-any.whl" in str(caught.value)
    wheel(tmp_path)
    made = set_up.make()
    made.call("python", "-c", "import little", what="importing it")
    # Another list is another environment; another branch may still want the first.
    set_up.ask()
    assert set_up.make().folder != made.folder
    assert (made.folder / MARKER).exists()


def test_javascript_packages_are_installed_when_their_lock_changes(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tools = PythonEnvironment("dev", Path(sys.prefix), node=True)
    folder = tmp_path / "page"
    (folder / "part").mkdir(parents=True)
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\nenableTelemetry: false\n")
    (folder / "yarn.lock").touch()
    (folder / "part" / "package.json").write_text('{"name": "part"}')

    def lock(name: str) -> None:
        """Call it so, and write its lock file."""
        (folder / "package.json").write_text(f'{{"name": "{name}", "workspaces": ["part"]}}')
        tools.call(
            *("jlpm", "install", "--mode=update-lockfile", "--no-immutable"),
            what="locking",
            cwd=folder,
        )

    def install() -> bool:
        """Whether there was something to install."""
        capsys.readouterr()
        node_modules(folder, tools, "page")
        return "Installing" in capsys.readouterr().out

    lock("one")
    assert install()
    assert not install()
    lock("two")
    assert install()
    # Somebody took them away.
    shutil.rmtree(folder / "node_modules")
    assert install()
    assert not install()
    # The lock is of something else: nothing counts as installed until it is put right.
    (folder / "package.json").write_text('{"name": "three", "workspaces": ["part"]}')
    for _ in range(2):
        with pytest.raises(Failure, match="installing the JavaScript packages of page failed"):
            install()
    lock("two")
    assert install()
