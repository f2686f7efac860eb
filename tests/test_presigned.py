"""PUT requests to presigned URLs: to S3's hosts and no other, answered by a status of the 200s, in bounded time."""

from __future__ import annotations

import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from uploads import Certificates, Uploads, closed_port, serving

from lambda_router import CallbackError, ConfigurationError, presigned

BUCKET = "cloudformation-custom-resource-response-useast1"
REGIONS = {
    "amazonaws.com": [
        "us-east-1",
        "eu-west-1",
        "ap-southeast-4",
        "us-gov-west-1",
        "il-central-1",
        "mx-central-1",
    ],
    "amazonaws.com.cn": ["cn-north-1", "cn-northwest-1"],
    "amazonaws.eu": ["eusc-de-east-1"],
    "c2s.ic.gov": ["us-iso-east-1"],
    "sc2s.sgov.gov": ["us-isob-east-1"],
    "cloud.adc-e.uk": ["eu-isoe-west-1"],
    "csp.hci.ic.gov": ["us-isof-south-1"],
}
FORMS = ["s3.{}", "s3-{}", "s3.dualstack.{}", "s3-fips.{}", "s3-fips.dualstack.{}", "s3-fips-{}"]
ENDPOINTS = [
    *(
        f"{form.format(region)}.{suffix}"
        for suffix in REGIONS
        for region in REGIONS[suffix]
        for form in FORMS
    ),
    *(f"s3.{suffix}" for suffix in REGIONS),
    *("s3-external-1.amazonaws.com", "s3-accelerate.amazonaws.com", "s3-accelerate.dualstack.amazonaws.com"),
]
GOOD = [
    *(f"https://{BUCKET}.{endpoint}/key%7C1?X-Amz-Signature=a" for endpoint in ENDPOINTS),
    *(f"https://{endpoint}/{BUCKET}/key%7C1?X-Amz-Signature=a" for endpoint in ENDPOINTS),
    f"https://my.own.bucket.s3.eu-west-1.amazonaws.com/{'k' * 1000}?a=b&c=%2F%7C~-._!$'()*+,;:@",
]

S3 = f"{BUCKET}.s3.amazonaws.com"
HOSTS = [
    *f"""
    169.254.169.254 127.0.0.1 localhost [::1] [fd00:ec2::254] 2852039166 0x7f000001 0 017700000001 127.1
    metadata.google.internal example.com intranet amazonaws.com evil-amazonaws.com com . .. -
    {S3}.example.com {S3}. example.com.{S3}.evil {S3}.evil.com s3.amazonaws.org s3.amazonaws.co .{S3} -.{S3} -{S3} ..{S3}
    _{S3} *.{S3} {BUCKET}.s3xamazonaws.com {BUCKET}.s3.amazonawsxcom xs3.amazonaws.com {BUCKET}-s3.amazonaws.com
    s3.evil.amazonaws.com s3.us-east-1.evil.amazonaws.com s3-us-east-1-evil.amazonaws.com ec2.us-east-1.amazonaws.com
    sts.amazonaws.com secretsmanager.us-east-1.amazonaws.com lambda.us-east-1.amazonaws.com
    abc.execute-api.us-east-1.amazonaws.com s3.execute-api.us-east-1.amazonaws.com s3.us-east-1.elb.amazonaws.com
    bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com bucket.s3-website-us-east-1.amazonaws.com
    s3-control.us-east-1.amazonaws.com s3-object-lambda.us-east-1.amazonaws.com s3.us-east-1.amazonaws.com.cn.evil.cn
    abc.lambda-url.us-east-1.on.aws user@{S3} user:password@{S3} {S3}@example.com {S3}:password@example.com
    example.com@{S3} {S3}:443 {S3}:80 {S3}:8443 {S3}: {S3}:0 {S3}:99999 {S3}:443@example.com
    example.com#{S3} example.com?{S3}
    example.com\\.{S3} example.com\\@{S3} {S3}\\@example.com {S3}%2eexample.com {S3}%00.example.com
    xn--s3-amazonaws-com.example ｓ３.amazonaws.com s3。amazonaws。com s3.amazоnaws.com é.s3.amazonaws.com
    ſ3.amazonaws.com
    """.split(),
    *[f"{S3}\x00", f"{S3}\n", f"{S3}\r\nHost: example.com", f"{S3}\t", f" {S3}", f"{S3} ", f"a b.{S3}", ""],
    *[S3.upper(), f"{'a' * 300}.s3.amazonaws.com"],
]
SCHEMES = [
    "http",
    "HTTPS",
    "Https",
    "ftp",
    "file",
    "gopher",
    "ws",
    "data",
    "javascript",
    "https+unix",
    "https:https",
    "jar:https",
]
TARGETS = [
    "",
    "?a",
    "#a",
    "/a#b",
    "/a b",
    "/a\r\nX: y",
    "/a\nb",
    "/\x00",
    "/é",
    "/\x7f",
    "/a\tc",
    "/" + "a" * 9_000,
]
BAD: list[Any] = [
    *(f"https://{host}{target}" for host in HOSTS for target in ("/key?X-Amz-Signature=a", "")),
    *(f"{scheme}://{S3}/key" for scheme in SCHEMES),
    *(f"https://{S3}{target}" for target in TARGETS),
    *[
        f"https:/{S3}/key",
        f"https:{S3}/key",
        f"//{S3}/key",
        f"{S3}/key",
        f"https:///{S3}/key",
        f" https://{S3}/key",
    ],
    *[
        f"https:\\\\{S3}\\key",
        f"https://{S3}/key\n",
        "file:///etc/passwd",
        "file://s3.amazonaws.com/etc/passwd",
        "https://",
    ],
    *[
        None,
        7,
        True,
        [],
        {},
        [f"https://{S3}/key"],
        f"https://{S3}/key".encode(),
        "...",
        "http://pre-signed-S3-url-for-response",
    ],
]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Uploads]:
    with serving(certificates.server(certificates.own)) as one:
        yield one


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: Any) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))


@pytest.fixture
def uploads(server: Uploads, trusted: None) -> presigned.Uploads:
    return presigned.Uploads([server.host])


# -- addresses -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def any_uploads() -> presigned.Uploads:
    return presigned.Uploads()


def test_every_form_of_every_partition_is_taken(any_uploads: presigned.Uploads) -> None:
    assert len(GOOD) > 150
    for url in GOOD:
        address = any_uploads.address(url)
        assert (address.host, address.port) == (url.split("/")[2], 443), url
        assert address.request(b"{}").startswith(f"PUT /{url.split('/', 3)[3]} HTTP/1.1\r\n".encode())


def refuses(uploads: presigned.Uploads) -> None:
    """AssertionError unless every hostile URL is refused, without its being in the error."""
    taken = []
    for url in BAD:
        try:
            uploads.address(url)
            taken.append(url)
        except CallbackError as error:
            assert error.final
            assert S3 not in str(error)
    assert taken == []


def test_no_other_is(any_uploads: presigned.Uploads) -> None:
    assert len(BAD) >= 200
    opened: list[str] = []

    def watch(what: str, _: Any) -> None:
        if what.startswith("socket.") and watching:
            opened.append(what)

    watching = True
    sys.addaudithook(watch)
    refuses(any_uploads)
    watching = False
    assert opened == []


@pytest.mark.parametrize(("name", "broken"), [("fullmatch", "match"), ("fullmatch", "search")])
def test_that_proof_fails_when_names_are_not_compared_whole(
    any_uploads: presigned.Uploads, monkeypatch: Any, name: str, broken: str
) -> None:
    class Loose:
        fullmatch = staticmethod(getattr(presigned._S3, broken))

    monkeypatch.setattr(presigned, "_S3", Loose)
    with pytest.raises(AssertionError):
        refuses(any_uploads)


def test_that_proof_fails_when_any_host_is_taken(any_uploads: presigned.Uploads, monkeypatch: Any) -> None:
    class Any_:
        fullmatch = staticmethod(lambda host: True)

    monkeypatch.setattr(presigned, "_S3", Any_)
    with pytest.raises(AssertionError, match=r"169\.254\.169\.254"):
        refuses(any_uploads)


def test_a_host_of_ones_own_is_an_argument_and_is_taken_with_its_port() -> None:
    uploads = presigned.Uploads(["localhost:4566", "s3.internal"])
    assert uploads.address("https://localhost:4566/key?a").port == 4566
    assert uploads.address("https://s3.internal/key").port == 443
    for url in ("https://localhost/key", "https://localhost:4567/key", "http://localhost:4566/key"):
        with pytest.raises(CallbackError):
            uploads.address(url)
    assert presigned.Uploads("localhost:4566").address("https://localhost:4566/key").host == "localhost"


@pytest.mark.parametrize("host", ["", "https://a", "a/b", 7, None, "a b", "user@a", "a:b"])
def test_a_host_that_is_none_is_a_mistake(host: Any) -> None:
    with pytest.raises(ConfigurationError, match="a host is one as"):
        presigned.Uploads([host])


def test_no_variable_of_the_environment_opens_the_door() -> None:
    text = Path(presigned.__file__).read_text("utf-8")
    text += (Path(presigned.__file__).parent / "sources" / "cloudformation.py").read_text("utf-8")
    assert "environ" not in text
    assert "getenv" not in text
    assert "CERT_NONE" not in text
    assert "_create_unverified" not in text


def test_an_address_shows_nothing_of_itself(any_uploads: presigned.Uploads) -> None:
    address = any_uploads.address(f"https://{S3}/key?X-Amz-Signature=canary")
    assert repr(address) == str(address) == "<PresignedUrl>"


# -- requests --------------------------------------------------------------------------------------------------


def test_what_is_sent(uploads: presigned.Uploads, server: Uploads) -> None:
    url = server.url()
    assert uploads.put(uploads.address(url), '{"a": "é"}'.encode(), seconds=5) is None  # type: ignore[func-returns-value]
    (attempt,) = server.tried(url)
    assert attempt.accepted
    assert attempt.body == '{"a": "é"}'.encode()
    assert attempt.head.splitlines()[0] == f"PUT {url.partition(server.host)[2]} HTTP/1.1"
    assert attempt.headers == {
        "host": server.host,
        "content-type": "",
        "content-length": "11",
        "connection": "close",
    }


REFUSALS = ["307", "301", "304", "100", "403", "404", "500", "503"]
BREAKS = ["reset", "closed", "garbage"]


def never_counted(uploads: presigned.Uploads, server: Uploads) -> None:
    """AssertionError if anything but a status of the 200s counts as accepted."""
    counted = []
    for plan in (*REFUSALS, *BREAKS):
        url = server.url(plan)
        try:
            uploads.put(uploads.address(url), b"{}", seconds=3)
            counted.append(plan)
        except CallbackError as error:
            assert plan in REFUSALS
            assert plan in str(error)
            assert not error.final
        except OSError:
            assert plan in BREAKS
        assert len(server.tried(url)) == 1
    assert counted == []
    assert not [attempt for attempt in server.attempts if attempt.target.endswith("redirected")]


def test_only_a_status_of_the_200s_counts(uploads: presigned.Uploads, server: Uploads) -> None:
    never_counted(uploads, server)
    for plan in ("ok", "204", "slow"):
        uploads.put(uploads.address(server.url(plan)), b"{}", seconds=3)


def test_that_proof_fails_when_any_status_counts(
    uploads: presigned.Uploads, server: Uploads, monkeypatch: Any
) -> None:
    monkeypatch.setattr(presigned, "_status", lambda *_: 200)
    with pytest.raises(AssertionError):
        never_counted(uploads, server)


def bounded(uploads: presigned.Uploads, server: Uploads) -> None:
    """AssertionError unless a server that goes on for ever is left after the time that was given."""
    for plan in ("hang", "drip"):
        begun = time.monotonic()
        error: BaseException | None = None
        try:
            uploads.put(uploads.address(server.url(plan)), b"{}", seconds=0.5)
        except OSError as exc:
            error = exc
        assert isinstance(error, TimeoutError), plan
        assert time.monotonic() - begun < 0.9, plan


def test_a_server_that_does_not_come_to_an_end_is_left(uploads: presigned.Uploads, server: Uploads) -> None:
    bounded(uploads, server)


def test_that_proof_fails_when_each_wait_is_bounded_alone(
    uploads: presigned.Uploads, server: Uploads, monkeypatch: Any
) -> None:
    monkeypatch.setattr(presigned, "_left", lambda until: 0.5)
    with pytest.raises(AssertionError):
        bounded(uploads, server)


def test_nobody_is_there(trusted: None) -> None:
    for host in (f"127.0.0.1:{closed_port()}", "nowhere.invalid:443"):
        uploads = presigned.Uploads([host])
        with pytest.raises(OSError):
            uploads.put(uploads.address(f"https://{host}/key"), b"{}", seconds=2)


def test_addresses_that_do_not_answer_share_the_time(trusted: None, monkeypatch: Any) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # then nobody gets in any more
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place] * 8)
        uploads = presigned.Uploads()
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            uploads.put(uploads.address(GOOD[0]), b"{}", seconds=0.4)
        assert 0.3 < time.monotonic() - begun < 2


@pytest.mark.parametrize("what", ["another host's", "an unknown authority's"])
def test_a_certificate_that_is_not_the_hosts_ends_it_before_a_request(
    certificates: Certificates, monkeypatch: Any, what: str
) -> None:
    if what == "another host's":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    certificate = certificates.another if what == "another host's" else certificates.own
    with serving(certificates.server(certificate)) as server:
        uploads = presigned.Uploads([server.host])
        with pytest.raises(ssl.SSLCertVerificationError):
            uploads.put(uploads.address(server.url()), b"{}", seconds=2)
        assert server.attempts == []


def test_sockets_are_closed(uploads: presigned.Uploads, server: Uploads) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    address = {plan: uploads.address(server.url(plan)) for plan in ("ok", "403", "reset", "closed")}
    time.sleep(0.2)
    before = count()
    for _, plan in product(range(5), address):
        try:
            uploads.put(address[plan], b"{}", seconds=2)
        except (OSError, CallbackError):
            pass
    deadline = time.monotonic() + 3
    while count() > before and time.monotonic() < deadline:  # the server's own ends
        time.sleep(0.05)
    assert count() <= before
