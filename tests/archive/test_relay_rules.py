"""What the relay passes on and what it refuses, through a real server and raw sockets."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from helpers.raw import Answer, fetch
from helpers.servers import JupyterProcess
from helpers.upstream import BODY, EVIL_HTML, Upstream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.archive.keys import decode_key, encode_key, is_below

ROOTS = ["hst/public/", "tess/public/"]
GOOD = "/open/hst/public/x"
LIST = "/open?list-type=2"


Ask = Callable[..., tuple[Answer, int]]


@pytest.fixture
def ask(jupyter: JupyterProcess, upstream: Upstream) -> Ask:
    """Ask the relay, and tell besides whether anything reached the archive."""

    def _ask(target: str | bytes, method: str = "GET", **options: object) -> tuple[Answer, int]:
        before = len(upstream.seen)
        start = jupyter.s3_path("up")
        full = start.encode() + target if isinstance(target, bytes) else start + target
        answer = fetch(jupyter.port, full, method, **options)
        return answer, len(upstream.seen) - before

    return _ask


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_object_passes(ask: Ask, upstream: Upstream, method: str) -> None:
    answer, reached = ask(GOOD, method)
    assert (answer.status, reached, answer.complete) == (200, 1, True)
    assert answer.body == (BODY if method == "GET" else b"")
    assert answer.header("content-length") == str(len(BODY))
    assert answer.header("etag") == '"tag"'
    assert answer.header("x-amz-request-id") == "id-1"
    assert answer.header("content-type") == "text/plain"
    assert upstream.last().method == method
    assert upstream.last().target == GOOD


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_listing_passes(ask: Ask, upstream: Upstream, slash: str) -> None:
    query = {
        "list-type": "2",
        "prefix": "hst/public/a b+c&d",
        "delimiter": "/",
        "max-keys": "1000",
        "start-after": "hst/public/a",
        "continuation-token": "t/+=",
        "encoding-type": "url",
        "fetch-owner": "false",
        "x-id": "ListObjectsV2",
        "no_track_activity": "1",
    }
    answer, reached = ask(f"/open{slash}?{urlencode(query)}")
    assert (answer.status, reached) == (200, 1)
    path, _, sent = upstream.last().target.partition("?")
    assert path == "/open/"
    del query["x-id"], query["no_track_activity"]
    assert sent == "&".join(f"{name}={quote(query[name], safe='')}" for name in sorted(query))


ATTACKS = {
    "another bucket": "/closed/hst/public/x",
    "a longer bucket": "/open2/hst/public/x",
    "no bucket": "/",
    "bucket, escaped": "/%6fpen/hst/public/x",
    "escaped slash after the bucket": "/open%2Fhst/public/x",
    "dots before the bucket": "/../open/hst/public/x",
    "dots as bucket": "/../hst/public/x",
    "escaped dots as bucket": "/%2e%2e/hst/public/x",
    "out of the bucket": "/open/../closed/hst/public/x",
    "out of the bucket, escaped": "/open/%2e%2e/closed/hst/public/x",
    "out of the bucket, half escaped": "/open/.%2E/closed/hst/public/x",
    "out of the bucket, slash escaped": "/open/..%2Fclosed/hst/public/x",
    "two slashes after the bucket": "/open//hst/public/x",
    "a slash too many before": "//open/hst/public/x",
    "the bucket's root": "/open/x",
    "above the prefix": "/open/hst/x",
    "the prefix without its slash": "/open/hst/public",
    "like the prefix": "/open/hst/publicly/x",
    "out of the prefix": "/open/hst/public/../x",
    "out of the prefix, escaped": "/open/hst/public/%2e%2e/x",
    "out of the prefix, upper case": "/open/hst/public/%2E%2E/x",
    "out of the prefix, half escaped": "/open/hst/public/.%2e/x",
    "out of the prefix, escaped slash": "/open/hst/public/..%2Fx",
    "out of the prefix, both slashes": "/open/hst/public%2F..%2F..%2Fx",
    "out of the prefix, escaped twice": "/open/hst/public/%252e%252e/x",
    "out of the prefix, thrice": "/open/hst/public/%25252e%25252e%25252fx",
    "out of the prefix, at its end": "/open/hst/public/..",
    "out of the prefix, two up": "/open/hst/public/a/../../x",
    "out and back": "/open/hst/public/../public/x",
    "backslash": "/open/hst/public/..%5Cx",
    "backslashes": "/open/hst/public/a%5C..%5C..%5Cx",
    "into another prefix": "/open/hst/public/../../secret/x",
    "listing, version 1": "/open?prefix=hst/public/",
    "listing, version 3": "/open?list-type=3&prefix=hst/public/",
    "listing without prefix": LIST,
    "listing, empty prefix": LIST + "&prefix=",
    "listing above": LIST + "&prefix=hst/",
    "listing without the slash": LIST + "&prefix=hst/public",
    "listing, dots": LIST + "&prefix=hst/public/../",
    "listing, escaped dots": LIST + "&prefix=hst/public/%2e%2e/",
    "listing elsewhere": LIST + "&prefix=secret/",
    "listing, other case": LIST + "&Prefix=secret/",
    "listing, versions": LIST + "&prefix=hst/public/&versions",
    "listing another bucket": "/closed?list-type=2&prefix=hst/public/",
    "listing, unknown parameter": LIST + "&prefix=hst/public/&marker=a",
    **{
        f"sub-resource {name}": f"{place}?{name}"
        for name in ("acl", "uploads", "policy", "location", "versioning", "tagging", "torrent")
        for place in ("/open", GOOD)
    },
    "sub-resource with value": GOOD + "?uploadId=1",
    "sub-resource, escaped": GOOD + "?%61cl",
    "select": GOOD + "?select&select-type=2",
    "attributes": GOOD + "?attributes",
    "response header": GOOD + "?response-content-type=text/html",
    "response header, upper case": GOOD + "?Response-Content-Type=text/html",
    "response disposition": GOOD + "?response-content-disposition=x",
    "signed by somebody": GOOD + "?X-Amz-Signature=abc",
    "token in the address": GOOD + "?token=abc",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_never_reaches_the_archive(ask: Ask, name: str) -> None:
    answer, reached = ask(ATTACKS[name])
    assert (answer.status, reached) == (403, 0)
    assert answer.code == ("SignedOut" if name == "token in the address" else "AccessDenied")
    head, reached = ask(ATTACKS[name], "HEAD")
    assert (head.body, reached) == (b"", 0)
    assert head.status in (403, 405)  # a listing has no HEAD at all


UNREADABLE = {
    "broken escape": b"/open/hst/public/%zz",
    "half an escape": b"/open/hst/public/%2",
    "raw bytes": "/open/hst/public/é".encode(),
    "raw backslash": b"/open/hst/public/a\\b",
    "not UTF-8": b"/open/hst/public/%ff",
    "overlong dots": b"/open/hst/public/%c0%ae%c0%ae/x",
    "fragment": b"/open/hst/public/x#y",
    "too long": b"/open/hst/public/" + b"a" * 1024,
    "prefix twice": b"/open?list-type=2&prefix=hst/public/&prefix=secret/",
    "prefix twice, escaped": b"/open?list-type=2&prefix=hst/public/&pre%66ix=secret/",
    "list-type twice": b"/open?list-type=2&list-type=2&prefix=hst/public/",
    "prefix too long": b"/open?list-type=2&prefix=hst/public/" + b"a" * 1024,
    "prefix not UTF-8": b"/open?list-type=2&prefix=hst/public/%ff",
    "max-keys": b"/open?list-type=2&prefix=hst/public/&max-keys=-1",
    "encoding": b"/open?list-type=2&prefix=hst/public/&encoding-type=html",
    "part number": b"/open/hst/public/x?partNumber=0",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_in_one_way_is_refused(ask: Ask, name: str) -> None:
    answer, reached = ask(UNREADABLE[name])
    assert (answer.status, reached) == (400, 0)
    assert answer.code in ("InvalidURI", "KeyTooLongError", "InvalidArgument")


@pytest.mark.parametrize(
    "method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "COPY", "TRACE", "get"]
)
@pytest.mark.parametrize("target", [GOOD, "/open?list-type=2&prefix=hst/public/", "/open/"])
def test_other_methods(ask: Ask, method: str, target: str) -> None:
    answer, reached = ask(target, method)
    assert (answer.status, reached) == (405, 0)
    assert answer.code == "MethodNotAllowed"


def test_a_preflight_tells_nothing(ask: Ask) -> None:
    """Browsers send it without credentials; jupyter_server would answer it."""
    answer, reached = ask(GOOD, "OPTIONS", token=None)
    assert (answer.status, answer.code, reached) == (403, "SignedOut", 0)


def test_a_listing_has_no_head(ask: Ask) -> None:
    answer, reached = ask("/open?list-type=2&prefix=hst/public/", "HEAD")
    assert (answer.status, reached) == (405, 0)


def test_an_unknown_archive(jupyter: JupyterProcess) -> None:
    for name in ("nothing", "", "u%70", "..", "up%2F"):
        answer = fetch(jupyter.port, jupyter.s3_path(name) + GOOD)
        assert (answer.status, answer.code) == (404, "NoSuchBucket")


def test_an_error_is_good_xml_whatever_was_asked(ask: Ask) -> None:
    answer, _ = ask("/<b>&'\"]]>/%01%00")
    assert answer.code == "AccessDenied"
    answer, _ = ask(GOOD + "?" + quote("<script>\x01&'\""))
    assert answer.code == "AccessDenied"
    assert "<script>" not in answer.body.decode()


def test_only_named_headers_reach_the_archive(ask: Ask, upstream: Upstream) -> None:
    passed = {
        "Range": "bytes=0-3",
        "If-Match": '"a"',
        "If-None-Match": '"b"',
        "If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT",
        "If-Unmodified-Since": "Wed, 21 Oct 2015 07:28:00 GMT",
        "x-amz-checksum-mode": "ENABLED",
    }
    kept_back = {
        "Cookie": "session=mine",
        "X-XSRFToken": "mine",
        "Referer": "http://127.0.0.1/secret",
        "x-amz-request-payer": "requester",
        "x-amz-security-token": "mine",
        "x-amz-user-agent": "sdk",
        "X-Forwarded-For": "10.0.0.1",
        "Accept-Encoding": "gzip, br",
        "Origin": "http://127.0.0.1",
    }
    ask(GOOD, headers={**passed, **kept_back})
    seen = upstream.last().headers
    assert {name: seen[name.lower()] for name in passed} == passed
    own = {"host", "user-agent", "accept-encoding"}
    assert set(seen) == {name.lower() for name in passed} | own
    assert seen["accept-encoding"] == "identity"
    assert "authorization" not in seen


def test_a_conditional_range_asks_for_the_whole(ask: Ask, upstream: Upstream) -> None:
    """S3 does not know If-Range: a part of another version could be joined to what is there."""
    ask(GOOD, headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert "range" not in upstream.last().headers


def test_what_of_an_answer_is_kept_back(ask: Ask) -> None:
    answer, _ = ask("/open/hst/public/mode-cookie")
    names = [name for name, _ in answer.headers]
    assert "x-evil" not in names
    assert "session=evil" not in str(answer.headers)
    assert "upstream" not in (answer.header("server") or "")


def test_metadata_comes_byte_for_byte(ask: Ask) -> None:
    answer, _ = ask("/open/hst/public/mode-meta")
    value = answer.header("x-amz-meta-name") or ""
    assert value.encode("latin-1").decode() == "M\xfcnster \u2192"
    assert answer.header("x-amz-checksum-crc64nvme") == "AAAAAAAAAAA="


@pytest.mark.parametrize("mode", ["html", "svg", "bomb", "notype", "403"])
def test_nothing_of_a_bucket_runs_on_our_origin(ask: Ask, mode: str) -> None:
    answer, _ = ask(f"/open/hst/public/mode-{mode}")
    assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
    assert answer.header("x-content-type-options") == "nosniff"
    if mode == "html":
        assert answer.body == EVIL_HTML
    if mode == "notype":
        assert answer.header("content-type") == "application/octet-stream"


def test_our_own_errors_are_confined_too(ask: Ask) -> None:
    answer, _ = ask("/open/secret")
    assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
    assert answer.header("x-content-type-options") == "nosniff"


def test_the_archive_named_requester_pays_pays(jupyter: JupyterProcess, upstream: Upstream) -> None:
    fetch(jupyter.port, jupyter.s3_path("pays") + GOOD)
    assert upstream.last().headers["x-amz-request-payer"] == "requester"
    fetch(jupyter.port, jupyter.s3_path("up") + GOOD)
    assert "x-amz-request-payer" not in upstream.last().headers


segments = st.sampled_from(
    [
        "a",
        "B",
        "é",
        "🔭",
        " ",
        "+",
        "%",
        "%2F",
        "%2e%2e",
        "&",
        "#",
        "?",
        "\\",
        ".",
        "..",
        "",
        "=",
        "\t",
    ]
)
rests = st.one_of(
    st.lists(segments, max_size=8).map("/".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
law = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@law
@given(rests)
def test_a_key_goes_upstream_exactly_or_not_at_all(
    jupyter: JupyterProcess, upstream: Upstream, rest: str
) -> None:
    """Whoever spells a key, by our rule or by boto3's, gets that key or a refusal."""
    key = f"hst/public/{rest}"
    for spelt in (encode_key(key), quote(key, safe="/~"), quote(key, safe="")):
        before = len(upstream.seen)
        answer = fetch(jupyter.port, f"{jupyter.s3_path('up')}/open/{spelt}")
        sent = upstream.seen[before:]
        if is_below(key, ROOTS):
            assert (answer.status, answer.body) == (200, BODY)
            (seen,) = sent
            assert seen.path.startswith("/open/")
            assert decode_key(seen.path.removeprefix("/open/")) == key
            assert not set(seen.path.split("/")) & {".", ".."}
            assert "?" not in seen.target
        else:
            assert answer.status == 403
            assert sent == []


@law
@given(st.one_of(rests, st.lists(segments, max_size=6).map(lambda s: "hst/public" + "/".join(s))))
def test_a_prefix_goes_upstream_exactly_or_not_at_all(
    jupyter: JupyterProcess, upstream: Upstream, prefix: str
) -> None:
    before = len(upstream.seen)
    query = urlencode({"list-type": "2", "prefix": prefix})
    answer = fetch(jupyter.port, f"{jupyter.s3_path('up')}/open?{query}")
    sent = upstream.seen[before:]
    if is_below(prefix, ROOTS):
        (seen,) = sent
        assert seen.target == f"/open/?list-type=2&prefix={quote(prefix, safe='')}"
    else:
        assert answer.status == 403
        assert sent == []
