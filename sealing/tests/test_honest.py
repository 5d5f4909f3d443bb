from collections.abc import Callable

import pytest
from sealing.judge import judge
from sealing.verdict import Outcome, Trust

from .forging import honest
from .forging.authorities import LATER, city

ROOTED = Trust((city().root.der,), LATER)


@pytest.mark.parametrize(
    "made", [honest.one, honest.two, honest.stamped, honest.lasting, honest.archived, honest.certified]
)
def test_an_honest_file_is_valid_by_its_root_and_indeterminate_without(made: Callable[[], bytes]) -> None:
    verdict = judge(made(), ROOTED)
    assert (verdict.verdict, verdict.trust) == (Outcome.VALID, True), verdict.reason
    unknown = judge(made(), Trust(at=LATER))
    assert (unknown.verdict, unknown.trust) == (Outcome.INDETERMINATE, False), unknown.reason
    assert [one.check for one in unknown.checks if not one.passed] == ["trust"]


def test_a_file_without_a_signature_says_so() -> None:
    verdict = judge(honest.plain(), ROOTED)
    assert (verdict.verdict, verdict.reason) == (Outcome.INVALID, "文件没有电子签章")


def test_the_time_of_a_seal_is_its_time_stamps() -> None:
    seal, clock = judge(honest.archived(), ROOTED).signatures
    assert (seal.kind, seal.signer, seal.covers_whole_file) == ("seal", "郑州市政务服务和大数据管理局", False)
    assert (clock.kind, clock.signer, clock.covers_whole_file) == ("timestamp", "测试时间戳", True)
    assert seal.signed_at == clock.signed_at
