"""A stand-in for Amazon S3 that takes PUT requests over TLS on 127.0.0.1, and everything that can go wrong with them.

What becomes of a request is the first part of its path: `/ok/...`, `/503/...`, `/reset/...`. A plan of several, as
`/503,reset,ok/...`, is for the attempts at one path in turn, the last for all that follow.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

REFUSED = {
    "307": "307 Temporary Redirect",
    "301": "301 Moved Permanently",
    "403": "403 Forbidden",
    "404": "404 Not Found",
    "500": "500 Internal Server Error",
    "503": "503 Slow Down",
    "304": "304 Not Modified",
    "100": "100 Continue",
}
ACCEPTED = {"ok": "200 OK", "204": "204 No Content", "slow": "200 OK"}


@dataclass
class Attempt:
    """One request that came: what was to become of it, whether it was accepted, and when it was over."""

    plan: str
    target: str
    head: str
    body: bytes
    accepted: bool = False
    at: float = field(default_factory=time.monotonic)

    @property
    def headers(self) -> dict[str, str]:
        pairs = (line.partition(":") for line in self.head.splitlines()[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}


class Certificates:
    """A certificate authority of its own, and what it signed: for 127.0.0.1 and for another host."""

    def __init__(self, directory: Path) -> None:
        self.authority = directory / "authority.pem"
        self._signer = trustme.CA()
        self._signer.cert_pem.write_to_path(str(self.authority))
        self.own = self._signer.issue_cert("127.0.0.1", "localhost")
        self.another = self._signer.issue_cert("example.com")

    def server(self, certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


class Uploads:
    """The server; `attempts` is what came, `host` what a URL has, `url(plan)` one that no other call gives."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.attempts: list[Attempt] = []
        self.connections = 0
        self._tls = tls
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._made = 0
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, plan: str = "ok", *, secret: str = "canary-signature") -> str:
        with self._lock:
            self._made += 1
            return f"https://{self.host}/{plan}/{self._made}?X-Amz-Signature={secret}"

    def accepted(self, url: str) -> list[bytes]:
        """The bodies that were put to the URL and answered with a status of the 200s."""
        return [a.body for a in self.tried(url) if a.accepted]

    def tried(self, url: str) -> list[Attempt]:
        """What came for the URL."""
        with self._lock:
            return [a for a in self.attempts if url.endswith(a.target)]

    def close(self) -> None:
        self._closed.set()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, ValueError), plain:
            plain.settimeout(20)
            with self._tls.wrap_socket(plain, server_side=True) as connection:
                self._take(connection)

    def _take(self, connection: Any) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("ascii")
        target = lines.split()[1]
        plan = target.split("/")[1].split(",")
        with self._lock:
            step = plan[min(self._seen[target], len(plan) - 1)]
            self._seen[target] += 1
        attempt = Attempt(step, target, lines, b"")
        while len(body) < int(attempt.headers["content-length"]):
            body += _some(connection)
        attempt.body = body
        with self._lock:
            self.attempts.append(attempt)
        self._finish(connection, attempt)

    def _finish(self, connection: Any, attempt: Attempt) -> None:
        step = attempt.plan
        if step in ("hang", "drip"):
            for byte in b"HTTP/1.1 200 OK, but not" * 20:
                if self._closed.wait(0.2):
                    return
                if step == "drip":
                    connection.sendall(bytes([byte]))
        elif step == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif step == "closed":
            return
        elif step == "garbage":
            connection.sendall(b"220 mail.example.com ESMTP\r\n")
        else:
            if step == "slow":
                time.sleep(0.4)
            status = ACCEPTED.get(step) or REFUSED[step]
            location = f"Location: https://{self.host}/ok/redirected\r\n" if step.startswith("30") else ""
            attempt.accepted = step in ACCEPTED
            attempt.at = time.monotonic()
            connection.sendall(f"HTTP/1.1 {status}\r\n{location}Content-Length: 0\r\n\r\n".encode())


def _some(connection: Any) -> bytes:
    data: bytes = connection.recv(65_536)
    if not data:
        raise ConnectionError
    return data


@contextlib.contextmanager
def serving(tls: ssl.SSLContext) -> Iterator[Uploads]:
    """A server that is closed in the end."""
    server = Uploads(tls)
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
