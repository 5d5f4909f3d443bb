from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from intake_svc.domain.booking import (
    Booked,
    How,
    Outcome,
    Place,
    dispute_id_of,
    how_of,
    in_words,
    notices_of,
    worst,
)

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LINE = Booked(
    Place.MATERIALS, "marriage_certificate", How.VERIFIED, NOW, unit_name="市民政局", resource_name="婚姻登记信息"
)
APPLICATION = "01900000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize(
    ("results", "found"),
    [
        (["agrees"], "agrees"),
        (["agrees", "out"], "out"),
        (["out", "not_served", "agrees"], "not_served"),
        (["not_served", "unknown"], "unknown"),
        (["unknown", "differs", "agrees", "out"], "differs"),
        (["agrees", "a_result_to_come"], "not_served"),
        ([], "not_served"),
    ],
)
def test_of_several_results_the_worst_counts(results: list[str], found: str) -> None:
    assert worst(results) == worst(reversed(results)) == found


@pytest.mark.parametrize(
    ("result", "mode", "how"),
    [
        ("agrees", "DATA_VERIFY", How.VERIFIED),
        ("differs", "DATA_VERIFY", How.DIFFERS),
        ("unknown", "LICENSE_REUSE", How.DIFFERS),
        ("out", "DATA_VERIFY", How.TO_VERIFY),
        ("not_served", "DATA_VERIFY", How.BROUGHT),
        ("not_served", "LICENSE_REUSE", How.TYPED),
        ("not_served", "PROMISE", How.PROMISED),
        ("not_served", "UPLOAD", How.BROUGHT),
    ],
)
def test_a_material_comes_as_its_sources_say_or_as_it_is_obtained(result: str, mode: str, how: How) -> None:
    assert how_of(result, mode) is how


@pytest.mark.parametrize("how", How)
def test_every_line_can_be_said(how: How) -> None:
    said = in_words(replace(LINE, how=how))
    assert "{" not in said
    assert said
    assert in_words(replace(LINE, how=how, outcome=Outcome.UPHELD)).endswith("来源单位经核查维持原记录")


def test_what_was_typed_because_a_source_was_out_says_so() -> None:
    typed = replace(LINE, place=Place.FORM, how=How.TYPED)
    assert in_words(typed) == "市民政局的婚姻登记信息当时不能答复,由申请人填写"
    assert in_words(replace(typed, place=Place.MATERIALS)) == "由申请人填写"
    assert in_words(replace(typed, unit_name="")) == "由申请人填写"


def test_a_source_that_is_not_known_by_name_is_called_by_what_it_is() -> None:
    assert in_words(Booked(Place.MATERIALS, "x", How.TO_VERIFY, NOW)) == "数据共享暂时不能核验,恢复后自动核验"


def test_what_was_so_when_it_was_submitted_is_no_news() -> None:
    assert list(notices_of(LINE, "结婚证", NOW)) == []
    assert list(notices_of(replace(LINE, at=LATER), "结婚证", NOW)) == [
        (LATER, "结婚证:已由市民政局的婚姻登记信息核验一致,不用提交")
    ]


def test_an_answer_is_news_and_what_is_verified_after_it_is_too() -> None:
    answered = replace(LINE, how=How.DISPUTED, outcome=Outcome.CORRECTED, answered_at=LATER)
    assert [at for at, _ in notices_of(answered, "结婚证", NOW)] == [LATER]
    after = replace(answered, how=How.VERIFIED, at=LATER + timedelta(minutes=1))
    assert [at for at, _ in notices_of(after, "结婚证", NOW)] == [LATER, after.at]


def test_a_dispute_has_one_id_wherever_it_is_reckoned_and_no_other_place_has_it() -> None:
    assert dispute_id_of(APPLICATION, "form", "child_name") == "dfd9f838-87d6-87fa-9aaf-c1163f773bd9"
    found = {dispute_id_of(APPLICATION, place, key) for place in ("form", "materials") for key in ("a", "b", "ab")}
    assert len(found) == 6
    assert {one[14] for one in found} == {"8"}
    assert {one[19] for one in found} <= set("89ab")
