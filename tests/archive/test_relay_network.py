"""The way out: proxies, private authorities, credentials that must stay at home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.proxy import Proxy
from helpers.servers import free_ports
from helpers.tls import private_ca
from helpers.upstream import BODY, Upstream

from jupyterlab_mast.archive.config import Archive
from jupyterlab_mast.archive.errors import S3Error
from jupyterlab_mast.archive.relay import Limits, Relay
from jupyterlab_mast.archive.rules import read_object

KEY = "hst/public/x"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("AWS_CA_BUNDLE", "NETRC", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    server = Proxy()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Upstream]]:
    """The file of a private authority, and an endpoint whose certificate is signed by it."""
    bundle, context = private_ca(tmp_path_factory.mktemp("tls"))
    server = Upstream(context)
    yield bundle, server
    server.stop()


def archive_at(endpoint: str | None, **more: object) -> Archive:
    roots = [{"title": "Hubble", "prefix": "hst/public/"}]
    setting = {"id": "x", "title": "X", "bucket": "open", "endpoint": endpoint, "roots": roots}
    return Archive.model_validate({**setting, **more})


def read(archive: Archive, key: str = KEY) -> bytes:
    """Read an object through a relay of its own."""

    async def go() -> bytes:
        relay = Relay({"x": archive}, Limits(answer_timeout=3.0))
        try:
            async with relay.open(read_object(archive, "GET", key, ""), {}) as response:
                return await response.read()
        finally:
            await relay.close()

    return asyncio.run(go())


def failure(archive: Archive) -> S3Error:
    with pytest.raises(S3Error) as caught:
        read(archive)
    return caught.value


@pytest.mark.parametrize("spell", [str.upper, str.lower])
def test_the_proxy_of_the_environment_is_used(
    proxy: Proxy,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    spell: Callable[[str], str],
) -> None:
    monkeypatch.setenv(spell("http_proxy"), f"http://127.0.0.1:{proxy.port}")
    key = "hst/public/a/../b c"
    assert read(archive_at(upstream.endpoint), key.replace(" ", "%20").replace("/", "%2F")) == BODY
    # The proxy, too, gets dot segments with their slashes escaped.
    line = proxy.heads[-1].split("\r\n")[0]
    assert line == f"GET {upstream.endpoint}/open/hst/public/a%2F..%2Fb%20c HTTP/1.1"


def test_no_proxy(proxy: Proxy, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    before = len(proxy.heads)
    for exception in ("127.0.0.1", "example.org,127.0.0.1", f"127.0.0.1:{upstream.port}", "*"):
        monkeypatch.setenv("NO_PROXY", exception)
        assert read(archive_at(upstream.endpoint)) == BODY
    assert len(proxy.heads) == before
    monkeypatch.setenv("NO_PROXY", "example.org")
    read(archive_at(upstream.endpoint))
    assert len(proxy.heads) == before + 1


def test_a_proxy_with_a_password(
    proxy: Proxy, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
    assert read(archive_at(upstream.endpoint)) == BODY
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.heads[-1]


def test_tls_goes_through_the_proxy_in_a_tunnel(
    proxy: Proxy, authority: tuple[Path, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, server = authority
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
    assert read(archive_at(server.endpoint)) == BODY
    assert proxy.heads[-1].startswith(f"CONNECT 127.0.0.1:{server.port} ")


def test_a_proxy_that_is_not_there(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_ports(1)[0]}")
    error = failure(archive_at(upstream.endpoint))
    assert (error.status, error.code) == (502, "EndpointUnreachable")
    assert "proxy" in error.message


def test_a_proxy_of_another_kind(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    error = failure(archive_at(upstream.endpoint))
    assert (error.status, error.code) == (502, "EndpointUnreachable")
    assert "HTTP_PROXY" in error.message


def test_a_private_authority(
    authority: tuple[Path, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, server = authority
    error = failure(archive_at(server.endpoint))
    assert (error.status, error.code) == (502, "EndpointUnreachable")
    assert "certificate" in error.message
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    assert read(archive_at(server.endpoint)) == BODY


def test_an_authority_that_cannot_be_read(
    authority: tuple[Path, Upstream], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    for path in (wrong, tmp_path / "missing.pem"):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
        error = failure(archive_at(authority[1].endpoint))
        assert error.status == 502
        assert "AWS_CA_BUNDLE" in error.message
        assert str(tmp_path) not in error.message


def test_the_passwords_in_netrc_stay_at_home(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login me password x\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    read(archive_at(upstream.endpoint))
    assert "authorization" not in upstream.last().headers


def test_a_role_signs_what_s3_wants_signed(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
    read(archive_at(upstream.endpoint, access="role", requester_pays=True))
    headers = upstream.last().headers
    authorization = headers["authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/us-east-1/s3/aws4_request" in authorization
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert set(signed) == {"host"} | {name for name in headers if name.startswith("x-amz-")}
    assert headers["x-amz-security-token"] == "a-session"
    assert headers["x-amz-request-payer"] == "requester"


def test_a_role_without_credentials(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    before = len(upstream.seen)
    error = failure(archive_at(upstream.endpoint, access="role"))
    assert (error.status, error.code) == (403, "AccessDenied")
    assert "no AWS credentials" in error.message
    assert len(upstream.seen) == before


def test_a_name_that_does_not_exist() -> None:
    error = failure(archive_at("http://no-such-host.invalid"))
    assert (error.status, error.code) == (502, "EndpointUnreachable")
