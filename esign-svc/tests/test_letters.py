"""What letters say is right for the kind of the item."""

import pytest
from esign_svc.domain.letters import delivery


def test_the_term_of_delivery_is_that_of_the_paper_that_a_granted_licence_ends_in() -> None:
    told = "食品经营许可证自本决定作出之日起十个工作日内颁发、送达（《中华人民共和国行政许可法》第四十四条）。"
    assert delivery("01", "granted", "食品经营许可证") == told


@pytest.mark.parametrize(
    ("task_type", "outcome", "result"),
    [
        ("01", "refused", ""),
        ("01", "granted", ""),
        ("07", "granted", "居民户口簿内页"),
        ("20", "granted", "社会保障卡"),
    ],
)
def test_no_term_of_delivery_is_told_where_no_licence_was_granted(task_type: str, outcome: str, result: str) -> None:
    assert not delivery(task_type, outcome, result)
