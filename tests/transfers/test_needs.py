"""Where copying cannot work, a sentence says why, and the rest works."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

WITHOUT = "import sys; sys.modules['pycurl'] = None\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT + code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["ls", "copy", "transfers"])
def test_the_command_line_says_what_is_missing(command: str) -> None:
    done = run(f"from jupyterlab_mast.cli import main; sys.exit(main(['{command}']))")
    assert done.returncode == 2
    assert "needs the Python package pycurl" in done.stderr
    assert "pip install pycurl" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_notebook_is_told_too() -> None:
    done = run("import jupyterlab_mast; jupyterlab_mast.copy('hst/public/', '.')")
    assert "ImportError: Copying to the workspace needs the Python package pycurl" in done.stderr


@pytest.mark.parametrize(
    "module", ["app", "archive.handlers", "quota.extension", "quota.command", "cli"]
)
def test_the_rest_needs_nothing_of_it(module: str) -> None:
    done = run(f"import jupyterlab_mast.{module}")
    assert done.stderr == ""


def test_the_page_is_told(
    jp_server_config: dict[str, Any],
    jp_configurable_serverapp: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pycurl", None)
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    server = jp_configurable_serverapp(config=jp_server_config)
    page = server.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["transfers"] is False
    assert "needs the Python package pycurl" in page["transfersProblem"]
    assert (page["relay"], page["quota"]) == (True, True)
