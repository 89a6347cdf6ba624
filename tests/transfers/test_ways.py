"""The ways to an archive: roles, private authorities, proxies, and real stores behind them."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from helpers.faulty import Answer, Asked, Faulty, written
from helpers.home import PREFIX, Home, archive_at, key, until
from helpers.proxy import Proxy
from helpers.role import Role
from helpers.servers import ACCESS_KEY, CLOSED, OPEN, SECRET_KEY, SeaweedFS, free_ports, s3_client
from helpers.tls import private_ca

from benchmarks import servers
from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.transfers.bucket import Bucket
from jupyterlab_mast.transfers.endpoint import Endpoint
from jupyterlab_mast.transfers.types import Source, TransferError
from scripts.paths import VENV
from scripts.slow_way import SlowWay

FULL = os.environ.get("MAST_TEST_FULL") == "1"
MIB = 1 << 20
RANDOM = random.Random(23)
#: Many ranges of one object.
LARGE = 17 * MIB + 5
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
#: Needed by all that is signed; each of them drops what another test's role left.
ROLE_ARCHIVE = archive_at("http://127.0.0.1:1", access="role")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No proxies, authorities or credentials but those of a test."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy") or name in TRUST:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    Endpoint(ROLE_ARCHIVE).renew_credentials()
    yield
    Endpoint(ROLE_ARCHIVE).renew_credentials()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a site."""

    bundle: Path
    server: Faulty


@pytest.fixture(scope="module")
def secure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    bundle, context = private_ca(tmp_path_factory.mktemp("tls"))
    server = Faulty(context)
    yield Authority(bundle, server)
    server.stop()


@pytest.fixture
def secure(secure_server: Authority) -> Iterator[Authority]:
    """A store whose certificate a private authority signed, empty and without faults."""
    secure_server.server.forget()
    yield secure_server
    secure_server.server.fault = None


@pytest.fixture
def trusted(secure: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """`secure`, and its authority is trusted."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.bundle))
    return secure


@pytest.fixture
def secure_home(tmp_path: Path, secure: Authority) -> Iterator[Home]:
    """An empty home whose archive is `secure`."""
    one = Home(tmp_path, secure.server)
    yield one
    one.close()


@pytest.fixture(scope="module")
def proxy_server() -> Iterator[Proxy]:
    server = Proxy()
    yield server
    server.stop()


@pytest.fixture
def proxy(proxy_server: Proxy) -> Proxy:
    """A proxy that lets everybody through."""
    proxy_server.forget()
    return proxy_server


def fill(server: Faulty, count: int = 6) -> None:
    """Some small objects, and one of many ranges."""
    for number in range(count):
        server.put(key(f"s {number:03}+é.fits"), RANDOM.randbytes(RANDOM.randrange(1, 60_000)))
    server.put(key("large.fits"), RANDOM.randbytes(LARGE))


def sources(server: Faulty) -> tuple[Source, ...]:
    """All objects, so that a plan asks for nothing."""
    return tuple(
        Source(one, None, len(stored.body), stored.etag) for one, stored in server.objects.items()
    )


def assert_done(home: Home, summary: dict[str, Any]) -> None:
    """All objects are there, and each was checked by its checksum."""
    assert (summary["state"], summary["failures"]) == ("done", [])
    assert summary["checked"]["checksum"] == len(home.server.objects)
    home.assert_right()
    assert home.leftovers() == []


def failure(archive: Archive, call: Callable[[Bucket], Any] | None = None) -> TransferError:
    """What is said when the archive is listed."""
    with pytest.raises(TransferError) as found:
        (call or (lambda bucket: bucket.list(PREFIX)))(Bucket(Endpoint(archive)))
    return found.value


class Started:
    """A copy of all objects, under way."""

    def __init__(self, home: Home, **more: Any) -> None:
        self._transfers = home.transfers()
        request = home.request(**{"sources": sources(home.server), **more})
        self._id: str = self._transfers.create(request)["id"]

    @property
    def summary(self) -> dict[str, Any]:
        return self._transfers.summary(self._id)

    def until_waiting(self) -> None:
        until(lambda: self.summary["state"] == "waiting")
        waiting = self.summary["waiting"]
        assert waiting is not None
        assert waiting["reason"] == "network"
        assert self.summary["failures"] == []

    def end(self, action: Any = None) -> dict[str, Any]:
        """What came of it, after `action`."""
        if action:
            self._transfers.act(self._id, action)
        return self._transfers.wait(self._id, 30)


def assert_nothing_half(home: Home) -> None:
    """What has its name is whole."""
    want = {one.rsplit("/", 1)[1]: stored.body for one, stored in home.server.objects.items()}
    partial = set(home.leftovers())
    for name, body in home.files().items():
        assert name in partial or want[name] == body


# A role


@pytest.fixture
def role(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Role]:
    """A role; its parameter is the status with which the store refuses what has ended."""
    # Between its tries, in seconds.
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0.05)
    one = Role(getattr(request, "param", 400))
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", one.url)
    yield one
    one.stop()


def role_at(server: Faulty) -> Archive:
    return archive_at(server.endpoint, access="role")


def ends_at(
    role: Role, what: Callable[[Asked], bool], count: int = 1, *, down: bool = False
) -> Callable[[Asked, Answer], None]:
    """The check of a role whose credentials end before the request number `count` of a kind;
    `down`: what hands them out ends with them."""
    lock, left = threading.Lock(), count

    def check(asked: Asked, answer: Answer) -> None:
        nonlocal left
        if what(asked):
            with lock:
                left -= 1
                if left == 0:
                    role.down = down
                    role.end()
        role.check(asked, answer)

    return check


MOMENTS: dict[str, tuple[Callable[[Asked], bool], int]] = {
    "small files": (lambda asked: asked.body and asked.key != key("large.fits"), 12),
    "a range": (lambda asked: asked.range is not None, 2),
    "a head": (lambda asked: asked.method == "HEAD", 1),
}


@pytest.mark.parametrize("role", [400, 403], indirect=True)
@pytest.mark.parametrize("moment", list(MOMENTS))
def test_credentials_that_end_midway_are_renewed(
    home: Home, faulty: Faulty, role: Role, moment: str
) -> None:
    fill(faulty, 200 if FULL else 30)
    faulty.fault = ends_at(role, *MOMENTS[moment])
    summary = home.run(archive=role_at(faulty))
    assert_done(home, summary)
    assert set(role.refused) == {"ExpiredToken"}
    assert role.accepted > len(faulty.objects)


@pytest.mark.parametrize("seconds", [3600, 300], ids=["told late", "told in time"])
def test_credentials_that_end_many_times(
    home: Home, faulty: Faulty, role: Role, seconds: int
) -> None:
    fill(faulty, 60)
    role.seconds = seconds
    lock, seen = threading.Lock(), 0

    def often(asked: Asked, answer: Answer) -> None:
        nonlocal seen
        with lock:
            seen += 1
            if seen % 25 == 0:
                role.end()
        role.check(asked, answer)

    faulty.fault = often
    assert_done(home, home.run(archive=role_at(faulty)))
    assert set(role.refused) == {"ExpiredToken"}


@pytest.mark.parametrize("how", ["the service is down", "the service has old ones"])
def test_credentials_that_cannot_be_renewed_are_waited_for(
    home: Home, faulty: Faulty, role: Role, how: str
) -> None:
    fill(faulty, 20)
    role.renews = False
    faulty.fault = ends_at(role, *MOMENTS["a range"], down=how == "the service is down")
    started = Started(home, archive=role_at(faulty))
    started.until_waiting()
    assert_nothing_half(home)
    role.down, role.renews = False, True
    assert_done(home, started.end("try-now"))


def test_what_is_said_of_credentials_that_have_ended(faulty: Faulty, role: Role) -> None:
    faulty.put(key("a.fits"), b"a")
    faulty.fault = role.check
    role.renews = False
    bucket = Bucket(Endpoint(role_at(faulty)))
    assert bucket.head(key("a.fits")).size == 1
    role.end()
    for call in (lambda: bucket.list(PREFIX), lambda: bucket.head(key("a.fits"))):
        with pytest.raises(TransferError) as found:
            call()
        assert found.value.kind == "throttled"
        assert "credentials" in found.value.message
        assert "ExpiredToken" in found.value.message
    role.down = True
    with pytest.raises(TransferError) as found:
        bucket.list(PREFIX)
    assert found.value.kind == "network"
    assert "cannot be renewed" in found.value.message
    role.down, role.renews = False, True
    with contextlib.suppress(TransferError):
        bucket.list(PREFIX)
    assert bucket.head(key("a.fits")).size == 1


def test_a_role_without_credentials_fails_and_can_be_retried(
    home: Home, faulty: Faulty, role: Role
) -> None:
    fill(faulty, 3)
    faulty.fault = role.check
    role.down = True
    started = Started(home, archive=role_at(faulty), sources=(Source(prefix=PREFIX),))
    summary = started.end()
    assert summary["state"] == "failed"
    assert summary["error"]["kind"] == "forbidden"
    assert "no AWS credentials" in summary["error"]["message"]
    assert home.files() == {}
    assert faulty.asked == []
    role.down = False
    assert_done(home, started.end("retry"))


def test_what_a_role_may_not_read_fails_alone(home: Home, faulty: Faulty, role: Role) -> None:
    fill(faulty, 5)

    def closed(asked: Asked, answer: Answer) -> None:
        role.check(asked, answer)
        if asked.key == key("large.fits"):
            answer.fail(403, "AccessDenied")

    faulty.fault = closed
    summary = home.run(archive=role_at(faulty))
    assert summary["state"] == "done-with-failures"
    (one,) = summary["failures"]
    assert (one["key"], one["kind"]) == (key("large.fits"), "forbidden")
    assert "AccessDenied" in one["message"]
    home.assert_right(*(one for one in faulty.objects if one != key("large.fits")))


def test_a_file_of_credentials_is_read_again(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever pastes new ones into ~/.aws/credentials need not restart anything."""
    role = Role()
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))

    def paste() -> None:
        given = role.give()
        path.write_text(
            f"[default]\naws_access_key_id={given.key}\naws_secret_access_key={given.secret}\n"
            f"aws_session_token={given.token}\n"
        )

    try:
        paste()
        fill(faulty)
        faulty.fault = ends_at(role, lambda asked: asked.body, 4)
        started = Started(home, archive=role_at(faulty))
        started.until_waiting()
        assert_nothing_half(home)
        paste()
        assert_done(home, started.end("try-now"))
    finally:
        role.stop()


# A private authority


def test_an_unknown_authority_is_refused(secure: Authority, tmp_path: Path) -> None:
    secure.server.put(key("a.fits"), b"a")
    error = failure(archive_at(secure.server.endpoint))
    assert error.kind == "network"
    assert "certificate" in error.message
    assert "not trusted" in error.message
    assert "AWS_CA_BUNDLE" in error.message
    assert secure.server.asked == []


@pytest.mark.parametrize("content", [None, "nothing"])
def test_an_authority_that_cannot_be_read(
    secure: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    error = failure(archive_at(secure.server.endpoint))
    assert error.kind == "network"
    assert "AWS_CA_BUNDLE" in error.message
    assert str(tmp_path) not in error.message


def hashed(bundle: Path, folder: Path) -> Path:
    """A folder of authorities, as OpenSSL looks into it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which names the files of such a folder")
    name = subprocess.run(
        ["openssl", "x509", "-noout", "-hash", "-in", bundle],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    folder.mkdir()
    (folder / f"{name}.0").write_bytes(bundle.read_bytes())
    return folder


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "AWS_CA_BUNDLE, a folder", "SSL_CERT_FILE"])
def test_a_private_authority_is_trusted(
    secure_home: Home,
    secure: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
) -> None:
    name, _, folder = variable.partition(", ")
    where = hashed(secure.bundle, tmp_path / "authorities") if folder else secure.bundle
    monkeypatch.setenv(name, str(where))
    fill(secure.server)
    assert_done(secure_home, secure_home.run())


def test_the_bundle_of_aws_is_the_only_one(
    secure: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, _ = private_ca(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.bundle))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other))
    assert "not trusted" in failure(archive_at(secure.server.endpoint)).message


def test_a_copy_waits_until_the_certificate_is_right(
    secure_home: Home, secure: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(secure.server, 3)
    started = Started(secure_home)
    started.until_waiting()
    assert_nothing_half(secure_home)
    started.end("cancel")
    assert secure_home.files() == {}
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.bundle))
    assert_done(secure_home, started.end("retry"))


# Proxies


@pytest.mark.parametrize("spell", [str.upper, str.lower])
def test_https_goes_through_a_tunnel(
    secure_home: Home,
    trusted: Authority,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    spell: Callable[[str], str],
) -> None:
    monkeypatch.setenv(spell("https_proxy"), f"127.0.0.1:{proxy.port}")
    monkeypatch.setenv(spell("http_proxy"), f"127.0.0.1:{free_ports(1)[0]}")
    fill(trusted.server)
    assert_done(secure_home, secure_home.run())
    assert proxy.tunnels == len(proxy.heads) > 0
    place = trusted.server.endpoint.removeprefix("https://")
    assert all(head.startswith(f"CONNECT {place} HTTP/1.1\r\n") for head in proxy.heads)
    # What is for the archive does not reach the proxy.
    assert not any(key("") in head for head in proxy.heads)


@pytest.mark.parametrize("spell", [str.upper, str.lower])
def test_http_goes_through_the_proxy(
    home: Home,
    faulty: Faulty,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    spell: Callable[[str], str],
) -> None:
    monkeypatch.setenv(spell("http_proxy"), f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv(spell("https_proxy"), f"127.0.0.1:{free_ports(1)[0]}")
    fill(faulty)
    assert_done(home, home.run())
    assert proxy.tunnels == 0
    assert proxy.heads[0].startswith(f"GET {faulty.endpoint}/open/")


def test_no_proxy(faulty: Faulty, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty.put(key("a.fits"), b"a")
    place = faulty.endpoint.removeprefix("http://")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    for exception in ("127.0.0.1", "example.org, 127.0.0.1", place, "*"):
        monkeypatch.setenv("NO_PROXY", exception)
        Bucket(Endpoint(archive_at(faulty.endpoint))).list(PREFIX)
    assert proxy.heads == []
    monkeypatch.setenv("NO_PROXY", "example.org")
    Bucket(Endpoint(archive_at(faulty.endpoint))).list(PREFIX)
    assert len(proxy.heads) == 1


def test_a_proxy_with_a_password(
    secure_home: Home, trusted: Authority, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.password = "me:p@ss/word"
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss%2Fword@127.0.0.1:{proxy.port}")
    fill(trusted.server)
    assert_done(secure_home, secure_home.run())
    assert proxy.tunnels > 0
    sent = [one.headers for one in trusted.server.asked]
    assert not any("proxy-authorization" in headers for headers in sent)


def test_a_role_through_a_proxy(
    secure_home: Home,
    trusted: Authority,
    proxy: Proxy,
    role: Role,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    fill(trusted.server)
    trusted.server.fault = ends_at(role, *MOMENTS["a range"])
    assert_done(secure_home, secure_home.run(archive=role_at(trusted.server)))
    assert set(role.refused) == {"ExpiredToken"}
    assert proxy.tunnels > 0


def test_a_proxy_that_speaks_tls(
    home: Home,
    faulty: Faulty,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    bundle, context = private_ca(tmp_path)
    proxy = Proxy(context)
    monkeypatch.setenv("HTTP_PROXY", f"https://127.0.0.1:{proxy.port}")
    try:
        fill(faulty)
        assert failure(archive_at(faulty.endpoint)).kind == "network"
        assert proxy.heads == []
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        assert_done(home, home.run())
        assert proxy.heads
    finally:
        proxy.stop()


REFUSALS: dict[str, Callable[[Proxy], None]] = {
    "407": lambda proxy: setattr(proxy, "password", "me:secret"),
    "403": lambda proxy: setattr(proxy, "refusal", 403),
    "503": lambda proxy: setattr(proxy, "refusal", 503),
    "hangs": lambda proxy: setattr(proxy, "hangs", True),
}


@pytest.mark.parametrize("how", list(REFUSALS) if FULL else ["407", "hangs"])
def test_a_proxy_that_refuses_a_tunnel_is_waited_for(
    secure_home: Home,
    trusted: Authority,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    fill(trusted.server, 3)
    REFUSALS[how](proxy)
    started = Started(secure_home)
    started.until_waiting()
    assert secure_home.files().keys() == set(secure_home.leftovers())
    assert trusted.server.asked == []
    proxy.forget()
    assert_done(secure_home, started.end("try-now"))


@pytest.mark.parametrize("how", ["407", "403", "503"])
def test_what_is_said_of_a_proxy_that_refuses(
    trusted: Authority,
    faulty: Faulty,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    REFUSALS[how](proxy)
    asked = [archive_at(trusted.server.endpoint)]
    # Of HTTP, what is neither 407 nor in S3's words could come from either.
    asked += [archive_at(faulty.endpoint)] if how == "407" else []
    for archive in asked:
        error = failure(archive)
        assert error.kind == "network"
        assert "proxy" in error.message
        assert how in error.message
        assert "HTTPS_PROXY" in error.message


def test_http_through_a_proxy_that_wants_a_password_is_waited_for(
    home: Home, faulty: Faulty, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    fill(faulty, 3)
    proxy.password = "me:secret"
    started = Started(home)
    started.until_waiting()
    proxy.forget()
    assert_done(home, started.end("try-now"))


def test_a_proxy_of_an_unknown_kind_keeps_its_password(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://me:secret@127.0.0.1:1")
    error = failure(archive_at(faulty.endpoint))
    assert error.kind == "network"
    assert "proxy" in error.message
    assert "secret" not in error.message


def test_a_proxy_that_is_not_there(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_ports(1)[0]}")
    error = failure(archive_at(faulty.endpoint))
    assert error.kind == "network"
    assert "proxy" in error.message


# Real stores


@dataclass(frozen=True)
class Shop:
    """A real store with objects, and who may write into it."""

    archive: Archive
    bodies: dict[str, bytes]
    key: str
    secret: str
    authority: Path | None


def stock(client: Any, archive: Archive, access: tuple[str, str], authority: Path | None) -> Shop:
    """Write a small folder and an object of many ranges."""
    # A folder of its own: others test with this store too.
    bodies = {
        f"{PREFIX}ways/s {number} é+%.fits": RANDOM.randbytes(20_000 + number)
        for number in range(40 if FULL else 8)
    }
    bodies[f"{PREFIX}ways/large.fits"] = RANDOM.randbytes((100 * MIB if FULL else LARGE) + 1)

    def put(item: tuple[str, bytes]) -> None:
        # Not left to the client: over TLS it comes in a trailer, which versitygw sometimes refuses.
        checksum = written("CRC64NVME", item[1])
        client.put_object(
            Bucket=archive.bucket, Key=item[0], Body=item[1], ChecksumCRC64NVME=checksum
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, bodies.items()))
    return Shop(archive, bodies, *access, authority)


@pytest.fixture(scope="module")
def opened() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def need_versitygw() -> None:
    """Skip a test where versitygw would have to be built first."""
    if not FULL and not list(VENV.glob("versitygw-*/versitygw")):
        pytest.skip("versitygw is not built: MAST_TEST_FULL=1 builds it in a minute")


@pytest.fixture(scope="module", params=["seaweedfs", "seaweedfs-tls", "versitygw", "versitygw-tls"])
def shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    opened: contextlib.ExitStack,
) -> Shop:
    name, _, tls = request.param.partition("-")
    if request.param == "seaweedfs":
        seaweed: SeaweedFS = request.getfixturevalue("seaweed")
        archive = archive_at(seaweed.endpoint, bucket=OPEN)
        return stock(seaweed.admin, archive, (ACCESS_KEY, SECRET_KEY), None)
    if name == "versitygw":
        need_versitygw()
    start = servers.versitygw if name == "versitygw" else servers.seaweedfs
    store = opened.enter_context(start(tmp_path_factory.mktemp(name), tls=bool(tls)))
    archive = archive_at(store.endpoint, bucket=servers.BUCKET)
    client = s3_client(
        store.endpoint,
        signed=True,
        verify=str(store.authority) if store.authority else None,
        access=(store.access_key, store.secret_key),
    )
    return stock(client, archive, (store.access_key, store.secret_key), store.authority)


@pytest.fixture
def visit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """`shop`, and its authority is trusted."""
    if shop.authority:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(shop.authority))
    return shop


def copy_of(home: Home, shop: Shop, archive: Archive) -> None:
    """Copy all, and compare."""
    summary = home.run(archive=archive, sources=(Source(prefix=f"{PREFIX}ways/"),))
    assert (summary["state"], summary["failures"]) == ("done", [])
    assert summary["checked"]["checksum"] == len(shop.bodies)
    assert summary["checked"]["algorithms"] == {"CRC64NVME": len(shop.bodies)}
    want = {one.rsplit("/", 1)[1]: body for one, body in shop.bodies.items()}
    have = home.files()
    assert sorted(have) == sorted(want)
    assert [name for name in want if want[name] != have[name]] == []


def test_a_real_store(home: Home, visit: Shop) -> None:
    copy_of(home, visit, visit.archive)


def test_a_real_store_with_a_role_and_through_a_proxy(
    home: Home, visit: Shop, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", visit.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", visit.secret)
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    archive = visit.archive.model_copy(update={"access": "role"})
    copy_of(home, visit, archive)
    assert proxy.heads
    assert proxy.tunnels == (len(proxy.heads) if visit.authority else 0)


class Closed:
    """A real store that anonymous people may not read, and two pairs of keys that may."""

    PAIRS: ClassVar = {"FIRSTKEY": "the-first-secret", "SECONDKEY": "the-second-secret"}

    def __init__(self, archive: Archive, client: Any, revoke: Callable[[], None]) -> None:
        self.archive = archive
        self.bodies = {
            f"{PREFIX}closed/{number}.fits": RANDOM.randbytes(size)
            for number, size in enumerate([*[50_000] * 20, 12 * MIB])
        }
        for one, body in self.bodies.items():
            checksum = written("CRC64NVME", body)
            client.put_object(Bucket=archive.bucket, Key=one, Body=body, ChecksumCRC64NVME=checksum)
        #: The first pair is of no use from now on.
        self.revoke = revoke

    def lets_in(self, name: str) -> bool:
        client = s3_client(
            self.archive.endpoint or "", signed=True, access=(name, self.PAIRS[name])
        )
        try:
            client.head_bucket(Bucket=self.archive.bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                raise
            return False
        return True


@pytest.fixture(params=["seaweedfs", "versitygw"])
def closed_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Closed]:
    folder = tmp_path_factory.mktemp(request.param)
    first, second = Closed.PAIRS
    if request.param == "seaweedfs":
        seaweed = SeaweedFS(folder)
        try:
            seaweed.let_in(Closed.PAIRS)
            archive = archive_at(seaweed.endpoint, bucket=CLOSED, access="role")
            one = Closed(
                archive,
                seaweed.admin,
                lambda: seaweed.let_in({**Closed.PAIRS, first: "another"}),
            )
            until(lambda: one.lets_in(first) and one.lets_in(second))
            yield one
        finally:
            seaweed.stop()
        return
    need_versitygw()
    users = folder / "users"
    users.mkdir()
    with servers.versitygw(folder, users=users) as store:
        client = store.administrator()
        client.create_bucket(Bucket=CLOSED)
        for name, secret in Closed.PAIRS.items():
            servers.versitygw_admin(
                store, "create-user", "--access", name, "--secret", secret, "--role", "admin"
            )
        archive = archive_at(store.endpoint, bucket=CLOSED, access="role")
        yield Closed(
            archive,
            client,
            lambda: servers.versitygw_admin(store, "delete-user", "--access", first),
        )


@pytest.mark.parametrize("moment", ["small files", "a large file"])
def test_a_real_store_whose_keys_end_midway(
    home: Home, closed_store: Closed, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The first pair says when it ends, and is of no use at the store from then on."""
    first, second = Closed.PAIRS
    role = Role(pairs=Closed.PAIRS.items())
    role.seconds = 300
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", role.url)
    assert failure(closed_store.archive.model_copy(update={"access": "anonymous"})).kind == (
        "forbidden"
    )
    large = moment == "a large file"
    bodies = {one: body for one, body in closed_store.bodies.items() if (len(body) > MIB) == large}
    way = SlowWay(closed_store.archive.endpoint or "", 2e6 if large else 1e5)
    # One request at a time: when the second pair is handed out, none is under way with the first.
    archive = closed_store.archive.model_copy(update={"copy_streams": 1, "endpoint": way.endpoint})
    listed = tuple(Source(one) for one in bodies)
    started = Started(home, archive=archive, sources=listed)
    try:
        until(lambda: started.summary["bytes"]["done"] > 0)
        assert set(role.handed_out) == {first}
        role.end()
        until(lambda: second in role.handed_out)
        closed_store.revoke()
        until(lambda: not closed_store.lets_in(first))
        before = started.summary["bytes"]["done"]
        assert 0 < before < sum(len(body) for body in bodies.values())
        way.rate = float("inf")
        summary = started.end()
    finally:
        role.stop()
        way.stop()
    assert (summary["state"], summary["failures"]) == ("done", [])
    have = home.files()
    assert {f"{PREFIX}closed/{name}": body for name, body in have.items()} == bodies


def test_a_real_store_refuses_a_wrong_signature(
    visit: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", visit.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    archive = visit.archive.model_copy(update={"access": "role"})
    for call in (
        lambda bucket: bucket.list(PREFIX),
        lambda bucket: bucket.head(f"{PREFIX}ways/large.fits"),
    ):
        error = failure(archive, call)
        assert error.kind == "forbidden"
        assert "SignatureDoesNotMatch" in error.message


def test_a_real_store_of_an_unknown_authority(shop: Shop) -> None:
    if shop.authority is None:
        pytest.skip("of TLS alone")
    assert "not trusted" in failure(shop.archive).message
