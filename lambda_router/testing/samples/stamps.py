"""Identifiers and times, new at every call; none is made at import."""

from __future__ import annotations

import base64
import os
import time
import uuid as _uuid

REGION = "eu-west-1"
ACCOUNT = "123456789012"
CLIENT_IP = "203.0.113.7"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def uuid() -> str:
    """A random UUID as text."""
    return str(_uuid.UUID(bytes=os.urandom(16), version=4))


def hexadecimal(length: int) -> str:
    """Random hexadecimal text of an even length, in lower case."""
    return os.urandom(length // 2).hex()


def token(size: int) -> str:
    """Base64 text of that many random bytes."""
    return base64.b64encode(os.urandom(size)).decode("ascii")


def number(digits: int) -> int:
    """A random number of that many digits."""
    lowest = int("1".ljust(digits, "0"))
    return lowest + int.from_bytes(os.urandom(16)) % (9 * lowest)


def trace_id() -> str:
    """A header value as X-Ray makes it: the time in hexadecimal, then 24 random digits."""
    return f"Root=1-{int(time.time()):08x}-{hexadecimal(24)}"


class Moment:
    """One instant, now, in every notation that services write it in, so that all of them agree."""

    def __init__(self) -> None:
        self.micros = time.time_ns() // 1000
        self._parts = time.gmtime(self.micros // 1_000_000)

    @property
    def millis(self) -> int:
        """Milliseconds since 1970."""
        return self.micros // 1000

    @property
    def iso(self) -> str:
        """`2026-09-23T18:00:00Z`."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", self._parts)

    @property
    def iso_millis(self) -> str:
        """`2026-09-23T18:00:00.123Z`."""
        return f"{self.iso[:-1]}.{self.millis % 1000:03d}Z"

    @property
    def log(self) -> str:
        """`23/Sep/2026:18:00:00 +0000`, the month in English whatever the locale."""
        return time.strftime(f"%d/{_MONTHS[self._parts.tm_mon - 1]}/%Y:%H:%M:%S +0000", self._parts)

    @property
    def window(self) -> dict[str, str]:
        """The two minutes that the instant is in, as the bounds of a tumbling window."""
        first = self.micros // 120_000_000 * 120
        bounds = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (first, first + 120))
        return dict(zip(("start", "end"), bounds, strict=True))
