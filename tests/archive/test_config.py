"""The archives' settings: what is taken, and the sentence about what is not."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyterlab_mast.app import MastExtension
from jupyterlab_mast.archive.config import (
    DEFAULT_ARCHIVES,
    Archive,
    ConfigurationError,
    page_config,
    read_archives,
)

NAME = "c.MastExtension.archives"
GOOD: dict[str, Any] = {
    "id": "one",
    "title": "One",
    "bucket": "bucket",
    "roots": [{"title": "All", "prefix": ""}],
}


def sentence_of(*archives: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_archives(archives, NAME)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_the_default_is_mast_on_aws() -> None:
    archive = read_archives(DEFAULT_ARCHIVES, NAME)["mast"]
    assert archive.bucket_url == "https://stpubdata.s3.us-east-1.amazonaws.com"
    assert (archive.access, archive.requester_pays, archive.route) == ("anonymous", False, "auto")
    assert {"hst/public/", "tess/public/", "mast/hlsp/"} <= set(archive.prefixes)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": "a/b"}, "['id']"),
        ({"id": ".."}, "['id']"),
        ({"id": ""}, "['id']"),
        ({"title": ""}, "['title']"),
        ({"bucket": "a/b"}, "['bucket']"),
        ({"bucket": ".."}, "['bucket']"),
        ({"region": 3}, "['region']"),
        ({"region": "us east"}, "['region']"),
        ({"region": "x.evil.example"}, "['region']"),
        ({"endpoint": "s3.example"}, "['endpoint']"),
        ({"endpoint": "ftp://s3.example"}, "['endpoint']"),
        ({"endpoint": "http://s3.example\r\nX-Evil: 1/"}, "['endpoint']"),
        ({"endpoint": "http://s3.example/a b"}, "['endpoint']"),
        ({"endpoint": "https://me:secret@s3.example"}, "['endpoint']"),
        ({"endpoint": "https://s3.example/?x=1"}, "['endpoint']"),
        ({"access": "public"}, "['access']"),
        ({"requester_pays": "yes"}, "['requester_pays']"),
        ({"route": "tunnel"}, "['route']"),
        ({"copy_streams": 0}, "['copy_streams']"),
        ({"copy_streams": "8"}, "['copy_streams']"),
        ({"copy_bandwidth": 0}, "['copy_bandwidth']"),
        ({"copy_bandwidth": float("inf")}, "['copy_bandwidth']"),
        ({"roots": []}, "['roots']"),
        ({"roots": [{"title": "x", "prefix": "hst"}]}, "['roots'][0]['prefix']"),
        ({"roots": [{"title": "x", "prefix": "/"}]}, "['roots'][0]['prefix']"),
        ({"roots": [{"title": "x", "prefix": "a/../"}]}, "['roots'][0]['prefix']"),
        ({"roots": [{"title": "x", "prefix": "../"}]}, "['roots'][0]['prefix']"),
        ({"roots": [{"title": "x", "prefix": "a//b/"}]}, "['roots'][0]['prefix']"),
        ({"roots": [{"prefix": "a/"}]}, "['roots'][0]['title']"),
        ({"roots": [{"title": "x", "prefix": "", "hidden": 1}]}, "['roots'][0]['hidden']"),
        ({"secret_key": "abc"}, "['secret_key']"),
        ({"access": "role", "route": "direct"}, ""),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], place: str) -> None:
    sentence = sentence_of(GOOD, {**GOOD, "id": "two", **change})
    assert sentence.startswith(f"{NAME}[1]{place}")
    assert "abc" not in sentence
    assert "secret@" not in sentence


def test_a_missing_value_is_named() -> None:
    assert "[0]['bucket']" in sentence_of({"id": "x", "title": "X", "roots": GOOD["roots"]})


def test_the_same_id_twice() -> None:
    assert "[1]['id'] is 'one'" in sentence_of(GOOD, GOOD)


def test_what_is_no_dictionary() -> None:
    assert sentence_of("mast").startswith(f"{NAME}[0]")


def test_role_without_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "jupyterlab_mast.archive.config.find_spec",
        lambda name: None if name == "botocore" else real(name),
    )
    assert "install jupyterlab-mast[role]" in sentence_of({**GOOD, "access": "role"})


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ({}, "https://bucket.s3.us-east-1.amazonaws.com"),
        ({"region": "eu-west-2"}, "https://bucket.s3.eu-west-2.amazonaws.com"),
        ({"region": "cn-north-1"}, "https://bucket.s3.cn-north-1.amazonaws.com.cn"),
        ({"bucket": "a.b"}, "https://s3.us-east-1.amazonaws.com/a.b"),
        ({"endpoint": "http://127.0.0.1:1/"}, "http://127.0.0.1:1/bucket"),
        ({"endpoint": "https://h/s3"}, "https://h/s3/bucket"),
    ],
)
def test_where_the_bucket_is(change: dict[str, Any], url: str) -> None:
    assert Archive.model_validate({**GOOD, **change}).bucket_url == url


def test_the_page_is_told_these_keys_and_no_other() -> None:
    page = page_config(read_archives([{**GOOD, "requester_pays": True, "copy_streams": 3}], NAME))
    assert page == {
        "version": 1,
        "relay": True,
        "archives": [
            {
                "id": "one",
                "title": "One",
                "bucket": "bucket",
                "region": "us-east-1",
                "endpoint": None,
                "access": "anonymous",
                "roots": [{"title": "All", "prefix": ""}],
                "route": "auto",
            }
        ],
    }


def test_the_documented_example_and_defaults_are_true() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    settings = SimpleNamespace(MastExtension=SimpleNamespace())
    exec(compile(code, "configuration.md", "exec"), {"c": settings})
    assert set(read_archives(settings.MastExtension.archives, NAME)) == {"mast", "team"}
    text = re.sub(r" +\|", " |", text)  # the columns of a table are padded
    for root in DEFAULT_ARCHIVES[0]["roots"]:
        assert f"| {root['title']} | `{root['prefix']}` |" in text
    for name, trait in MastExtension.class_own_traits(config=True).items():
        assert f"`c.MastExtension.{name}`" in text
        if name != "archives":
            assert f"| `c.MastExtension.{name}` | `{trait.default()!r}` |" in text
