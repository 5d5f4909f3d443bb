from collections.abc import Sequence
from itertools import pairwise

import pytest
from chassis.data.cipher import FieldCipher
from chassis.storage.sealed import CHUNK, FORMAT, RECORD, SALT, NotWhole, Opening, Sealing
from chassis.testing.storage_suite import CIPHER, bytes_of
from hypothesis import given
from hypothesis import strategies as st

NAME = "ab/cd/abcd"
HEADER = len(FORMAT) + 1 + 2 + SALT
SIZES = st.one_of(st.integers(0, 300), st.integers(CHUNK - 2, CHUNK + 2), st.integers(2 * CHUNK - 2, 2 * CHUNK + 2))
CUTS = st.lists(st.floats(0, 1), max_size=6)
RECORDS = bytes_of(3 * CHUNK + 100)


def pieces(data: bytes, cuts: Sequence[float]) -> list[bytes]:
    places = sorted({0, len(data), *(int(cut * len(data)) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


def sealed(parts: Sequence[bytes], *, name: str = NAME) -> bytes:
    sealing, out = Sealing(CIPHER, name), []
    for part in parts:
        sealing.take(part)
        out.append(sealing.give())
    sealing.finish()
    return b"".join([*out, sealing.give()])


def opened(parts: Sequence[bytes], *, name: str = NAME, cipher: FieldCipher = CIPHER) -> bytes:
    opening = Opening(cipher, name)
    return b"".join([*(opening.open(part, last=False) for part in parts), opening.open(b"", last=True)])


STORED = sealed([RECORDS])
WHERE = st.one_of(st.integers(0, HEADER + 20), st.integers(0, len(STORED) - 1))


@given(SIZES, CUTS, CUTS)
def test_any_file_is_read_as_it_was_put_however_it_was_cut(size: int, cut: list[float], again: list[float]) -> None:
    data = bytes_of(size)
    assert opened(pieces(sealed(pieces(data, cut)), again)) == data


@given(WHERE, st.integers(1, 255))
def test_a_byte_that_was_changed_is_noticed_before_anything_after_it_is_given(where: int, change: int) -> None:
    changed = bytearray(STORED)
    changed[where] ^= change
    opening, given_out = Opening(CIPHER, NAME), bytearray()

    def read() -> None:
        for start in range(0, len(changed), 10_000):
            given_out.extend(opening.open(bytes(changed[start : start + 10_000]), last=start + 10_000 >= len(changed)))

    with pytest.raises(NotWhole):
        read()
    assert RECORDS.startswith(bytes(given_out))
    assert len(given_out) <= max(0, where - HEADER) // RECORD * CHUNK


@given(WHERE)
def test_a_file_that_was_cut_is_noticed(end: int) -> None:
    with pytest.raises(NotWhole):
        opened([STORED[:end]])


@given(st.binary(min_size=1, max_size=100))
def test_a_file_with_something_after_its_end_is_noticed(more: bytes) -> None:
    with pytest.raises(NotWhole):
        opened([STORED + more])


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3), (0, 0, 1, 2, 3), (0, 1, 2), (3,), (0, 3)])
def test_records_in_another_order_or_number_are_noticed(order: Sequence[int]) -> None:
    records = [STORED[HEADER + at * RECORD :][:RECORD] for at in range(4)]
    with pytest.raises(NotWhole):
        opened([STORED[:HEADER], *(records[at] for at in order)])


def test_records_of_another_file_are_noticed() -> None:
    other = sealed([RECORDS])
    at = HEADER + RECORD
    with pytest.raises(NotWhole):
        opened([STORED[:at], other[at : at + RECORD], STORED[at + RECORD :]])


def test_a_file_under_another_name_is_noticed() -> None:
    with pytest.raises(NotWhole):
        opened([STORED], name="ab/cd/abce")


@pytest.mark.parametrize("data", [b"", b"YWF1", b"YWF1\x00", b"YWF1\xff", b"%PDF-1.7", bytes(1000)])
def test_what_is_no_file_of_ours_is_noticed(data: bytes) -> None:
    with pytest.raises(NotWhole):
        opened([data])


def test_a_header_alone_is_no_file() -> None:
    with pytest.raises(NotWhole):
        opened([STORED[:HEADER]])


def test_a_data_key_that_is_gone_is_named() -> None:
    with pytest.raises(NotWhole, match="k1"):
        opened([STORED], cipher=FieldCipher({"k2": bytes(32)}, "k2"))


def test_a_file_takes_a_hundred_bytes_more_than_its_content() -> None:
    assert len(sealed([b"x"])) == HEADER + 1 + 16
    assert len(STORED) == HEADER + len(RECORDS) + 4 * 16
