"""PUT requests to presigned URLs of Amazon S3: to hosts that are S3's, over TLS, in bounded time, without redirects.

The address is a secret, for its query is a signature: it shows in no repr and in no error. A request is written out here,
because of the answer nothing but its status line is wanted, and that within a time that a slow server cannot stretch.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from time import monotonic

from .errors import CallbackError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from typing import Any

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}"
# https://docs.aws.amazon.com/general/latest/gr/s3.html has the endpoints, dashed forms are those of older Regions.
_ENDPOINT = (
    rf"s3(?:-fips)?(?:(?:\.dualstack)?\.{_REGION}|-{_REGION})?|s3-external-1|s3-accelerate(?:\.dualstack)?"
)
# Every partition's own: aws and aws-us-gov, aws-cn, aws-eusc, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f.
_SUFFIX = (
    r"amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu"
    r"|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov"
)
_BUCKET = r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?"
_S3 = re.compile(rf"(?:{_BUCKET}\.)?(?:{_ENDPOINT})\.(?:{_SUFFIX})")
# No user, no port but where a host is named with one, no fragment, nothing that is not printable ASCII.
_URL = re.compile(r"https://([a-z0-9.-]{1,253}(?::\d{1,5})?)(/[!\"$-\[\]-~]*)")
_LONGEST_URL = 8_192

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
_LONGEST_STATUS_LINE = 1_024


OUTBOX: ContextVar[list[Any] | None] = ContextVar("lambda_router.outbox", default=None)
"""Where a document is laid down in place of being put, in tests: `testing.Client` sets it around a call."""


class PresignedUrl:
    """An address that may be written to, taken apart."""

    __slots__ = ("_target", "host", "port")

    def __init__(self, host: str, port: int, *, target: str) -> None:
        self.host = host
        self.port = port
        self._target = target

    def request(self, body: bytes) -> bytes:
        """A PUT of the body. The content type is empty, as in what was signed."""
        lines = (
            f"PUT {self._target} HTTP/1.1",
            f"Host: {self.host}" if self.port == 443 else f"Host: {self.host}:{self.port}",
            "Content-Type:",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode("ascii") + body

    def __repr__(self) -> str:
        return "<PresignedUrl>"


class Uploads:
    """Puts documents where presigned URLs say, if they are Amazon S3's or on one of `hosts`, as `"aws.internal:4566"`.

    Everything that a request needs is loaded now, the certificates too, so that one can be sent in a hurry.
    """

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        import ssl

        "".encode("idna")  # imports that codec, which the look-up of a host would do
        given = (hosts,) if isinstance(hosts, str) else tuple(hosts)
        for host in given:
            found = _URL.fullmatch(f"https://{host}/")
            if not isinstance(host, str) or found is None or found[1] != host:
                raise ConfigurationError(f'a host is one as "aws.internal:4566", not {host!r}')
        self.hosts = frozenset(given)
        self._tls = ssl.create_default_context()

    def address(self, url: object) -> PresignedUrl:
        """The URL, taken apart; CallbackError, without a socket opened, for one that may not be written to."""
        found = _URL.fullmatch(url) if isinstance(url, str) and len(url) <= _LONGEST_URL else None
        if found is None or not (_S3.fullmatch(found[1]) or found[1] in self.hosts):
            raise CallbackError("the address of the callback is no https URL of Amazon S3, so it is not used")
        host, _, port = found[1].partition(":")
        return PresignedUrl(host, int(port or 443), target=found[2])

    def put(self, address: PresignedUrl, body: bytes, *, seconds: float) -> None:
        """Put the body there within so many seconds.

        CallbackError unless the answer is of the 200s, or what went wrong on the way; both may be different next time.
        """
        until = monotonic() + seconds
        with self._connected(address, until) as connection:
            connection.settimeout(_left(until))
            connection.sendall(address.request(body))
            status = _status(connection, until)
        if not 200 <= status < 300:
            raise CallbackError(
                f"the callback was not accepted: the answer's status is {status}", final=False
            )

    def _connected(self, address: PresignedUrl, until: float) -> socket.socket:
        import socket  # by now it is there, with ssl

        failure: OSError = ConnectionError("no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        ):
            plain = socket.socket(family, kind, protocol)
            try:
                plain.settimeout(_left(until))
                plain.connect(place)
                plain.settimeout(_left(until))
                return self._tls.wrap_socket(plain, server_hostname=address.host)
            except OSError as exc:
                failure = exc
                plain.close()
            except BaseException:
                plain.close()
                raise
        raise failure


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _status(connection: socket.socket, until: float) -> int:
    """The status of the answer, as soon as its first line is there."""
    seen = b""
    while (found := _STATUS.match(seen)) is None:
        connection.settimeout(_left(until))
        more = connection.recv(_LONGEST_STATUS_LINE)
        seen += more
        if not more or len(seen) > _LONGEST_STATUS_LINE:
            raise ConnectionError
    return int(found[1])
