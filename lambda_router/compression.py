"""Compressed content, inflated up to a limit: what a sender has made small may be very large.

A text of six megabytes can hold four gigabytes; https://docs.python.org/3/library/zlib.html says that output is only
bounded where it is asked for piece by piece. One archive is opened, and not those inside it.
"""

from __future__ import annotations

import zlib

from .payload import problem

LIMIT = 50 * 2**20
"""How many bytes content may have when it is inflated: 50 MiB."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
# Input goes in by slices, because what is left of it is copied each time that output is taken.
_SLICE = 16 * 2**10
_PIECE = 2**20


def inflate(data: bytes, *, limit: int = LIMIT, part: str = "data") -> bytes:
    """The content of one gzip or zlib archive, given whole; PayloadError where it is larger than `limit` bytes, cut off,
    damaged, no such archive, or has something behind it. `part` is what the error calls it."""
    stream = zlib.decompressobj(_GZIP_OR_ZLIB)
    pieces: list[bytes] = []
    left = limit
    for start in range(0, len(data), _SLICE):
        taken = data[start : start + _SLICE]
        while taken and not stream.eof:
            piece = _next(stream, taken, part)
            left -= len(piece)
            if left < 0:
                raise problem(part, f"has more than {limit:,} bytes when it is inflated", kind="too_large")
            pieces.append(piece)
            taken = stream.unconsumed_tail
        if stream.eof and (stream.unused_data or start + _SLICE < len(data)):
            raise problem(part, "has something behind its compressed content", kind="compression")
    if not stream.eof:
        raise problem(part, "ends before its compressed content does", kind="compression")
    return b"".join(pieces)


def _next(stream: zlib._Decompress, taken: bytes, part: str) -> bytes:
    try:
        return stream.decompress(taken, _PIECE)
    except zlib.error:
        raise problem(part, "is not gzip or zlib, or is damaged", kind="compression") from None
