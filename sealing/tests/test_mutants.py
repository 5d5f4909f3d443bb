"""A byte changed, many times over: in what signatures cover nothing may pass, and nothing at all may raise."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealing.judge import judge
from sealing.verdict import Outcome, Trust

from .forging import honest
from .forging.authorities import LATER, city
from .forging.writing import ranges

ROOTED = Trust((city().root.der,), LATER)
SEED = 20261120


def mutants(data: bytes, count: int) -> Iterator[bytes]:
    """Yield the file with one byte changed that its last signature covers; the same ones each time."""
    chosen = random.Random(SEED)
    _, first, second, length = ranges(data)
    for _ in range(count):
        at = chosen.choice((chosen.randrange(first), second + chosen.randrange(length)))
        yield data[:at] + bytes([data[at] ^ chosen.randrange(1, 256)]) + data[at + 1 :]


@pytest.mark.parametrize("made", [honest.one, honest.two, honest.archived])
def test_no_file_with_a_byte_changed_passes(made: Callable[[], bytes]) -> None:
    assert {judge(one, ROOTED).verdict for one in mutants(made(), 80)} == {Outcome.INVALID}


@pytest.mark.fault
@pytest.mark.timeout(600)
@pytest.mark.parametrize("made", [honest.one, honest.two, honest.stamped, honest.archived, honest.certified])
def test_of_hundreds_of_files_with_a_byte_changed_none_passes(made: Callable[[], bytes]) -> None:
    assert {judge(one, ROOTED).verdict for one in mutants(made(), 500)} == {Outcome.INVALID}


@given(
    st.lists(st.tuples(st.integers(0, 30_000), st.binary(max_size=6), st.integers(0, 40)), min_size=1, max_size=6),
    st.sampled_from([honest.one(), honest.archived()]),
)
def test_whatever_is_done_to_a_file_there_is_a_verdict(cuts: list[tuple[int, bytes, int]], data: bytes) -> None:
    for at, put, gone in cuts:
        data = data[: at % len(data)] + put + data[at % len(data) + gone :]
    assert judge(data, ROOTED).verdict in Outcome


@given(st.binary(max_size=400))
def test_whatever_follows_a_head_there_is_a_verdict(rest: bytes) -> None:
    assert judge(b"%PDF-1.7\n" + rest, ROOTED).verdict is Outcome.INVALID
    assert judge(rest, ROOTED).verdict is Outcome.INVALID
