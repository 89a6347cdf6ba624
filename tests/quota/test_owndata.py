"""The data folder of the server, which lies in most homes."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.quotaserver import Ask, home, is_counted
from traitlets.config import Config


@pytest.fixture
def jp_data_dir(jp_root_dir: Path) -> Path:
    """Behind a link, as where homes are small."""
    there = jp_root_dir / "large" / "jupyter"
    (there / "kernels").mkdir(parents=True)
    link = jp_root_dir / "share" / "jupyter"
    link.parent.mkdir()
    link.symlink_to(there)
    return link


@pytest.fixture
def jp_server_config(jp_server_config: Config, jp_root_dir: Path) -> Config:
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[{"id": "home", "title": "Home", "path": str(jp_root_dir)}]
    )
    return jp_server_config


@pytest.mark.parametrize("act", ["trash", "delete"])
async def test_what_is_known_of_copies_stays(ask: Ask, jp_data_dir: Path, act: str) -> None:
    await home(ask, is_counted)
    own = "large/jupyter/jupyterlab-mast"
    entries = [f"{own}/quota", own, "large/jupyter", "large", "share/jupyter", "share"]
    answer = await ask("POST", f"/home/{act}", {"entries": [*entries, "large/jupyter/kernels"]})
    assert [one["id"] for one in answer["done"]] == ["large/jupyter/kernels"]
    assert [one["id"] for one in answer["refused"]] == entries
    for one in answer["refused"]:
        assert one["message"].startswith(f"{one['name']} stays: ")
        assert "what is known of your copies" in one["message"]
    assert (jp_data_dir / "jupyterlab-mast" / "quota").is_dir()
