"""The extension in a Jupyter server: settings, page configuration, who may ask."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.raw import fetch
from helpers.servers import JupyterProcess
from helpers.upstream import BODY, Upstream
from hypothesis import find
from hypothesis import strategies as st
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler
from traitlets.config import Config

from jupyterlab_mast.app import MastExtension
from jupyterlab_mast.archive.config import DEFAULT_ARCHIVES

#: All that tornado passes to a route.
METHODS = RequestHandler.SUPPORTED_METHODS
#: What somebody may bring who is not known.
STRANGERS = (
    {},
    {"Authorization": "token wrong"},
    {"Cookie": "username=me"},
    # Whoever has been to the page of the login has this.
    {"Cookie": "_xsrf=abcd", "X-XSRFToken": "abcd"},
    # A browser's question before a page of another origin may ask.
    {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"},
)


@pytest.fixture
def jp_server_config(jp_server_config: Config, request: pytest.FixtureRequest) -> Config:
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["ServerApp"].update(getattr(request, "param", {}))
    return jp_server_config


def extension_of(server: ServerApp) -> MastExtension:
    (app,) = server.extension_manager.extension_apps["jupyterlab_mast"]
    return app


def handlers_of(server: ServerApp) -> list[tuple[str, type[RequestHandler]]]:
    """An address for each route of the extension, whatever its pattern is, and its handler."""
    base = server.base_url.rstrip("/")
    found = [(str(handler[0]), handler[1]) for handler in extension_of(server).handlers]
    assert any("/archive/" in pattern for pattern, _ in found)
    assert any("/transfers" in pattern for pattern, _ in found)
    return [
        (base + find(st.from_regex(pattern, fullmatch=True), lambda text: text.isascii()), handler)
        for pattern, handler in found
    ]


def routes_of(server: ServerApp) -> list[str]:
    return [route for route, _ in handlers_of(server)]


@pytest.mark.parametrize("method", METHODS)
async def test_every_route_refuses_who_is_not_known(
    jp_serverapp: ServerApp, http_server_client: Any, method: str
) -> None:
    for route in routes_of(jp_serverapp):
        for headers in STRANGERS:
            with pytest.raises(HTTPClientError) as caught:
                await http_server_client.fetch(
                    route,
                    method=method,
                    headers=headers,
                    allow_nonstandard_methods=True,
                    follow_redirects=False,
                )
            assert caught.value.code in (401, 403), route
            answer = caught.value.response
            assert "Access-Control-Allow-Methods" not in answer.headers
            if method == "HEAD":
                assert answer.body == b""
            elif "/archive/" in route:
                assert b"<Code>" in answer.body
            else:
                assert json.loads(answer.body).keys() == {"message", "kind"}


async def test_every_route_is_a_route(jp_serverapp: ServerApp, jp_fetch: Any) -> None:
    """So that the test above does not prove the refusal of something else."""
    for route in routes_of(jp_serverapp):
        if route.endswith(("/transfers", "/quota")):
            answer = await jp_fetch(route.removeprefix(jp_serverapp.base_url))
            assert json.loads(answer.body)["server"]
            continue
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch(route.removeprefix(jp_serverapp.base_url))
        body = caught.value.response.body
        if "/transfers" in route or "/quota" in route:
            assert json.loads(body).keys() == {"message", "kind"}
        else:
            assert b"<Code>" in body
        assert caught.value.code != 403 or b"AccessDenied" in body


class Nobody(Authorizer):
    """Knows everybody and lets nobody do anything of ours."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 (the server makes the instance)

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return resource != "jupyterlab-mast"


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": Nobody}], indirect=True)
@pytest.mark.parametrize("method", METHODS)
async def test_every_route_asks_whether_it_may(
    jp_serverapp: ServerApp, jp_fetch: Any, method: str
) -> None:
    unknown = getattr(RequestHandler, method.lower())
    for route, handler in handlers_of(jp_serverapp):
        if getattr(handler, method.lower()) is unknown:
            continue
        Nobody.asked.clear()
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch(
                route.removeprefix(jp_serverapp.base_url),
                method=method,
                allow_nonstandard_methods=True,
            )
        assert caught.value.code == 403
        action = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
        assert Nobody.asked == [(action, "jupyterlab-mast")]


def test_the_page_is_told_of_the_archives(jp_serverapp: ServerApp) -> None:
    page = jp_serverapp.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["version"] == 1
    (archive,) = page["archives"]
    assert set(archive) == {
        "id",
        "title",
        "bucket",
        "region",
        "endpoint",
        "access",
        "roots",
        "route",
    }
    assert [root["prefix"] for root in archive["roots"]] == [
        root["prefix"] for root in DEFAULT_ARCHIVES[0]["roots"]
    ]


@pytest.mark.parametrize("place", ["lab", "tree"])
def test_the_page_holds_the_archives(jupyter: JupyterProcess, place: str) -> None:
    answer = fetch(jupyter.port, f"{jupyter.base_path}{place}")
    if answer.status == 404 or b"jupyter-config-data" not in answer.body:
        pytest.skip(f"/{place} is not installed here")
    found = re.search(
        r'<script id="jupyter-config-data" type="application/json">(.*?)</script>',
        answer.body.decode(),
        re.DOTALL,
    )
    assert found
    page = json.loads(found[1])["jupyterlabMast"]
    assert [archive["id"] for archive in page["archives"]][:2] == ["weed", "role"]
    assert "secret" not in found[1].replace("a%40b", "")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown region type": ({"archives": [{**DEFAULT_ARCHIVES[0], "region": 3}]}, "['region']"),
    "no list": ({"archives": "mast"}, "c.MastExtension.archives"),
    "no dictionary": ({"archives": ["mast"]}, "c.MastExtension.archives"),
    "a time of the wrong type": ({"answer_timeout": "soon"}, "c.MastExtension.answer_timeout"),
    "a time out of range": ({"stall_timeout": -1}, "c.MastExtension.stall_timeout"),
    "copies that never ask": ({"confirm_files": -1}, "c.MastExtension.confirm_files"),
    "a bandwidth in words": ({"copy_bandwidth": "fast"}, "c.MastExtension.copy_bandwidth"),
    "no request at all": ({"copy_streams": 0}, "c.MastExtension.copy_streams"),
    "target roots that are none": ({"target_roots": "/data"}, "c.MastExtension.target_roots"),
    "a target root without path": (
        {"target_roots": [{"id": "a", "title": "A"}]},
        "c.MastExtension.target_roots[0]['path']",
    ),
    "a name with a letter too few": (
        {"archive": DEFAULT_ARCHIVES},
        "c.MastExtension.archive is not a setting; c.MastExtension.archives is",
    ),
    "a name of nothing": ({"x": 1}, "c.MastExtension.x is not a setting"),
    "the same twice": ({"archives": DEFAULT_ARCHIVES * 2}, "c.MastExtension.archives[1]['id']"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_setting_stops_the_extension_and_not_the_server(
    jp_server_config: Config,
    jp_configurable_serverapp: Any,
    name: str,
) -> None:
    settings, place = WRONG[name]
    jp_server_config["MastExtension"] = Config(settings)
    server = jp_configurable_serverapp(config=jp_server_config)
    assert extension_of(server).handlers == []
    page = server.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["archives"] == []
    assert page["relay"] is False
    sentence = page["problem"]
    assert place in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(("answer", "stall"), [(15.0, 90.5), (90.5, 60.0)])
async def test_the_page_is_told_how_long_the_relay_may_be_silent(
    jp_server_config: Config, jp_configurable_serverapp: Any, answer: float, stall: float
) -> None:
    jp_server_config["MastExtension"] = Config({"answer_timeout": answer, "stall_timeout": stall})
    server = jp_configurable_serverapp(config=jp_server_config)
    page = server.web_app.settings["page_config_data"]["jupyterlabMast"]
    assert page["silence"] == 90.5


@pytest.mark.parametrize("file", ["jupyter_server_config.py", "jupyter_jupyterlab_mast_config.py"])
def test_a_server_with_a_wrong_setting_answers(tmp_path: Path, file: str) -> None:
    """In a process of its own: traitlets likes to end the whole program."""
    (tmp_path / "home").mkdir()
    server = JupyterProcess(
        tmp_path / "home", {}, file=file, line="c.MastExtension.archives = 'mast'"
    )
    try:
        assert fetch(server.port, f"{server.base_path}api/status").status == 200
        gone = fetch(server.port, server.s3_path("mast") + "/stpubdata/hst/public/x")
        assert gone.status == 404
        lines = [line for line in server.log.read_text().splitlines() if "switched off" in line]
        assert len(lines) == 1
        assert "jupyterlab-mast is switched off: c.MastExtension.archives: " in lines[0]
    finally:
        server.stop()


def activity(jupyter: JupyterProcess) -> str:
    status = fetch(jupyter.port, f"{jupyter.base_path}api/status?no_track_activity=1")
    return str(json.loads(status.body)["last_activity"])


def test_work_counts_as_activity_and_polls_do_not(
    jupyter: JupyterProcess, upstream: Upstream
) -> None:
    path = jupyter.s3_path("up") + "/open/hst/public/x"
    before = activity(jupyter)
    for query in ("?no_track_activity=1", "?no_track_activity", "?x-id=a&no_track_activity=1"):
        assert fetch(jupyter.port, path + query).body == BODY
        assert activity(jupyter) == before
        assert upstream.last().target == "/open/hst/public/x"
    assert fetch(jupyter.port, path).status == 200
    assert activity(jupyter) > before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("up/s3/open?list-type=2&prefix=hst/public/mode-hang/", 504),
        ("up/s3/open?list-type=2&prefix=hst/public/mode-slowdown/", 503),
        ("dead/s3/open?list-type=2&prefix=hst/public/", 502),
    ],
)
def test_a_panel_that_tries_again_is_no_activity(
    jupyter: JupyterProcess, path: str, status: int
) -> None:
    address = f"{jupyter.base_path}jupyterlab-mast/archive/{path}"
    before = activity(jupyter)
    assert fetch(jupyter.port, address + "&no_track_activity=1").status == status
    assert activity(jupyter) == before
    assert fetch(jupyter.port, address).status == status
    assert activity(jupyter) > before


async def test_what_was_opened_is_closed_with_the_server(
    jp_serverapp: ServerApp, jp_fetch: Any
) -> None:
    extension = extension_of(jp_serverapp)
    relay = extension._relay
    assert relay is not None
    session = relay._open_session()
    await extension.stop_extension()
    assert session.closed


def test_the_archive_needs_nothing_that_windows_has_not() -> None:
    """What copying and the quota need of the system is loaded with them only."""
    code = """
import os, sys
for name in ("fcntl", "pycurl", "awscrt"):
    sys.modules[name] = None
for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "statvfs", "nice"):
    delattr(os, name)
import jupyterlab_mast.app
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
