"""Compressed content: what comes back, what is refused, and what a bomb may cost."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import PayloadError
from lambda_router.compression import LIMIT, inflate

MIB = 2**20
PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, zlib.compress]
each_packer = pytest.mark.parametrize("pack", PACKERS, ids=["gzip", "zlib"])


def bomb(size: int) -> bytes:
    """The beginning of a gzip archive of so many bytes, of zeros alone: about a thousand times as much."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(bytes(8 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(8 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (size // len(block) + 1)


@pytest.fixture(scope="module")
def six_megabytes() -> bytes:
    made = bomb(6_000_000)
    assert 6_000_000 <= len(made) <= 6_100_000
    assert len(zlib.decompressobj(47).decompress(made, LIMIT + 1)) == LIMIT + 1
    return made


@each_packer
@settings(deadline=None)
@given(content=st.binary(max_size=2000))
def test_what_was_packed_comes_back(pack: Callable[[bytes], bytes], content: bytes) -> None:
    assert inflate(pack(content)) == content


@each_packer
@pytest.mark.parametrize("size", [0, 1, 16 * 2**10 - 1, 16 * 2**10, MIB - 1, MIB, MIB + 1, 2 * MIB])
def test_large_content_comes_back(pack: Callable[[bytes], bytes], size: int) -> None:
    content = (b"%d," * 1000 % tuple(range(1000)) * (size // 3890 + 1))[:size]
    assert inflate(pack(content)) == content


def test_content_that_does_not_shrink_is_read_over_many_slices() -> None:
    import random

    content = random.Random(1).randbytes(300_000)
    assert inflate(gzip.compress(content)) == content


@each_packer
def test_the_limit_is_exact(pack: Callable[[bytes], bytes]) -> None:
    assert inflate(pack(bytes(5000)), limit=5000) == bytes(5000)
    with pytest.raises(PayloadError, match="4,999 bytes when it is inflated") as info:
        inflate(pack(bytes(5000)), limit=4999)
    assert info.value.errors[0]["type"] == "too_large"


def test_the_default_is_fifty_mebibytes() -> None:
    assert LIMIT == 50 * MIB
    assert len(inflate(zlib.compress(bytes(LIMIT), 1))) == LIMIT
    with pytest.raises(PayloadError):
        inflate(zlib.compress(bytes(LIMIT + 1), 1))


def test_a_bomb_of_six_megabytes_costs_at_most_sixty(six_megabytes: bytes) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        began = time.perf_counter()
        with pytest.raises(PayloadError, match="more than 52,428,800 bytes"):
            inflate(six_megabytes)
        took = time.perf_counter() - began
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= 60 * MIB
    assert took < 5


def test_nothing_of_a_bomb_is_kept(six_megabytes: bytes) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        try:
            inflate(six_megabytes, limit=5 * MIB)
        except PayloadError as error:
            kept = error.with_traceback(None)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.part == "data"
    assert after - before < MIB


@each_packer
def test_what_is_inside_stays_packed(pack: Callable[[bytes], bytes]) -> None:
    inner = pack(b"text")
    assert inflate(pack(inner)) == inner


@each_packer
def test_zeros_come_back_that_end_where_a_piece_does(pack: Callable[[bytes], bytes]) -> None:
    for size in (MIB - 258, MIB - 1, MIB, MIB + 1, MIB + 258):
        assert inflate(pack(bytes(size))) == bytes(size)


@each_packer
def test_what_is_cut_off_is_refused(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"some text" * 100)
    for size in range(len(packed)):
        with pytest.raises(PayloadError):
            inflate(packed[:size])


@each_packer
@pytest.mark.parametrize("behind", [b"\0", b"more", bytes(40_000), gzip.compress(b"another", mtime=0)])
def test_what_has_something_behind_it_is_refused(pack: Callable[[bytes], bytes], behind: bytes) -> None:
    with pytest.raises(PayloadError, match="behind"):
        inflate(pack(b"text") + behind)


def test_an_archive_that_ends_where_a_slice_does_has_nothing_behind_it() -> None:
    import random

    noise = random.Random(2).randbytes(16 * 2**10)
    for size in range(len(noise) - 60, len(noise)):
        packed = zlib.compress(noise[:size], 0)
        assert inflate(packed) == noise[:size]
        with pytest.raises(PayloadError):
            inflate(packed + b"\0")


@each_packer
def test_what_is_damaged_is_refused(pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(b"some text" * 100))
    packed[-5] ^= 0xFF
    with pytest.raises(PayloadError, match="damaged"):
        inflate(bytes(packed))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_anything_else_is_refused(data: bytes) -> None:
    try:
        inflate(data)
    except PayloadError as error:
        assert error.part == "data"
    else:
        assert zlib.decompress(data, 47) is not None


def test_the_error_names_the_part_and_not_the_content() -> None:
    with pytest.raises(PayloadError) as info:
        inflate(b"secret content", part="awslogs")
    assert info.value.part == "awslogs"
    assert str(info.value) == "awslogs: is not gzip or zlib, or is damaged"
    assert info.value.__cause__ is None
