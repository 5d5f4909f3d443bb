"""What a refused applicant is told, by the unit that decided and the kind of its item."""

import pytest
from workflow_svc.domain import remedies, words_of

LICENCE, BENEFIT, CONFIRMATION, SERVICE = "01", "05", "07", "20"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"review_basis": "same_level_government", "review_authority": "郑州市人民政府"},
            "向郑州市人民政府申请行政复议(第二十四条)",
        ),
        (
            {"review_basis": "higher_organ", "review_authority": "国家税务总局河南省税务局"},
            "向国家税务总局河南省税务局申请行政复议(第二十七条)",
        ),
        (
            {"review_basis": "choice", "review_authority": "郑州市人民政府或者河南省司法厅"},
            "向郑州市人民政府或者河南省司法厅申请行政复议(第二十八条)",
        ),
        ({"review_basis": "higher_organ"}, "向作出决定的机关的上一级主管部门申请行政复议(第二十七条)"),
    ],
)
def test_a_refused_applicant_is_told_the_units_own_authority_and_from_when_the_periods_run(
    told: dict[str, str], expected: str
) -> None:
    said = remedies(CONFIRMATION, told)
    assert expected in said
    assert said.count("知道或者应当知道") == 2
    assert "六十日" in said
    assert "六个月" in said
    assert "一年" not in said


def test_court_address_and_phone_are_told_where_they_are_known_and_else_where_to_ask() -> None:
    told = {"review_basis": "same_level_government", "court": "郑州铁路运输法院"}
    told |= {"authority_address": "中原西路 233 号", "authority_phone": "0371-00000000"}
    said = remedies(LICENCE, told)
    assert "向郑州铁路运输法院提起行政诉讼" in said
    assert "地址:中原西路 233 号,电话:0371-00000000" in said
    assert "请向办理窗口询问" not in said
    by_phone = remedies(LICENCE, {"review_basis": "same_level_government", "authority_phone": "0371-00000000"})
    assert "申请行政复议(第二十四条),电话:0371-00000000;或自" in by_phone
    untold = remedies(LICENCE, {"review_basis": "same_level_government"})
    assert "向有管辖权的人民法院提起行政诉讼" in untold
    assert "地址和电话请向办理窗口询问" in untold


@pytest.mark.parametrize("told", [{}, {"review_basis": ""}])
def test_an_untold_authority_is_said_to_be_untold_with_the_longer_period(told: dict[str, str]) -> None:
    said = remedies(BENEFIT, told)
    assert "复议机关(名称请向办理窗口询问)" in said
    assert "最长不超过自知道或者应当知道本决定内容之日起一年(行政复议法第二十条第三款)" in said


@pytest.mark.parametrize("way", ["拨打 12345 政务服务便民热线投诉", ""])
def test_against_a_company_or_mass_organisation_there_is_a_complaint_and_no_review(way: str) -> None:
    said = remedies(SERVICE, {"review_basis": "none", "complaint_way": way})
    assert said == f"对办理结果有异议的:{way or '投诉渠道请向办理窗口询问'}。"


@pytest.mark.parametrize(
    ("task_type", "granted", "refused"),
    [
        (LICENCE, "准予许可", "不予许可"),
        (BENEFIT, "予以给付", "不予给付"),
        (CONFIRMATION, "予以确认", "不予确认"),
        (SERVICE, "已办结", "不能办理"),
        ("10", "予以办理", "不予办理"),
        ("", "予以办理", "不予办理"),
    ],
)
def test_only_a_licence_is_called_a_licence(task_type: str, granted: str, refused: str) -> None:
    words = words_of(task_type)
    assert (words.granted, words.refused) == (granted, refused)
    said = remedies(task_type, {"review_basis": "same_level_government"})
    assert "许可" not in said
    assert said.startswith("如不服本办理结果,可自知道" if task_type == SERVICE else "如不服本决定,可自知道")


def test_what_a_refused_applicant_is_told_is_one_whole_sentence() -> None:
    assert remedies(SERVICE, {"review_basis": "choice"}) == (
        "如不服本办理结果,可自知道或者应当知道本办理结果之日起六十日内(行政复议法第二十条)"
        "向作出决定的部门的本级人民政府或者上一级主管部门申请行政复议(第二十八条),地址和电话请向办理窗口询问;"
        "或自知道或者应当知道本办理结果之日起六个月内向有管辖权的人民法院提起行政诉讼(行政诉讼法第四十六条)。"
    )
    assert remedies(LICENCE, {"authority_phone": "0371-00000000"}) == (
        "如不服本决定,可自知道或者应当知道本决定之日起六十日内(行政复议法第二十条)"
        "向复议机关(名称请向办理窗口询问)申请行政复议,电话:0371-00000000;"
        "或自知道或者应当知道本决定之日起六个月内向有管辖权的人民法院提起行政诉讼(行政诉讼法第四十六条)。"
        "未告知复议机关的,复议申请期限自知道或者应当知道复议机关之日起计算,"
        "最长不超过自知道或者应当知道本决定内容之日起一年(行政复议法第二十条第三款)。"
    )
