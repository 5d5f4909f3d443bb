"""Tags are held at once against what happened: each check with records that bear it out, that do not, and none."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from chassis.data.database import Database
from chassis.http.upstream import Reply
from evaluation_svc.domain.rectification_faults import faults
from evaluation_svc.domain.tag_checks import CHECKS, Claim, Facts, Finding, ItemFact, TaskFact, facts_of, finding_of
from evaluation_svc.events import read
from evaluation_svc.handlers import load_evaluation
from evaluation_svc.schemas.pack import DOCUMENTS
from hypothesis import given
from hypothesis import strategies as st

PACK = Path(__file__).parents[3] / "deploy/zhengzhou/evaluation/rectification.yaml"
RULES = (
    DOCUMENTS["rectification"].model_validate(yaml.safe_load(PACK.read_text(encoding="utf-8"))).model_dump(mode="json")
)
TAGS = {one["tag"]: one for one in RULES["tag_checks"]}
DUE = datetime(2026, 3, 5, 9, tzinfo=UTC)
NOW = DUE + timedelta(days=9)
EARLY, LATE = DUE - timedelta(hours=1), DUE + timedelta(minutes=1)
ONLINE, WINDOW = {"i": ItemFact(1, "Ⅳ")}, {"i": ItemFact(1, "Ⅱ")}
Rate = Callable[..., Awaitable[str]]
Tell = Callable[..., Awaitable[None]]
Look = Callable[..., Awaitable[Reply]]


def task(**said: Any) -> Facts:
    return Facts(NOW, tasks=(TaskFact(unit="U09", item="i", **said),))


def ledger(asked: int, shared: int, brought: int) -> Facts:
    told = {"materials_asked": asked, "materials_shared": shared, "materials_brought": brought}
    return Facts(NOW, ledger=told)


CONFIRMED, REFUTED, UNKNOWN = Finding.CONFIRMED, Finding.REFUTED, Finding.CANNOT_TELL
CASES: list[tuple[str, Facts, Finding, str]] = [
    ("209", task(promised_due=DUE, decided_at=LATE), CONFIRMED, "承诺时间为 2026-03-05 17:00,2026-03-05 17:01 办结"),
    ("209", task(promised_due=DUE, decided_at=DUE), REFUTED, "没有超过"),
    ("209", task(promised_due=DUE), CONFIRMED, "至评价时仍未办结"),
    ("209", task(promised_due=NOW), UNKNOWN, ""),
    ("209", task(decided_at=EARLY), UNKNOWN, "没有足以核对承诺时间的记录"),
    ("209", Facts(NOW), UNKNOWN, ""),
    ("309", task(promised_due=DUE, decided_at=LATE), REFUTED, ""),
    ("309", task(promised_due=DUE, decided_at=EARLY), CONFIRMED, ""),
    ("110", task(promised_due=EARLY, statutory_due=DUE, decided_at=DUE), REFUTED, "法定时限"),
    ("110", task(statutory_due=DUE, decided_at=LATE), CONFIRMED, "法定时限"),
    ("110", task(promised_due=DUE, decided_at=LATE), UNKNOWN, ""),
    ("210", ledger(5, 5, 0), REFUTED, "应交材料 5 份,由共享取得 5 份,由申请人提交 0 份"),
    ("210", ledger(5, 3, 2), UNKNOWN, ""),
    ("210", ledger(5, 4, 2), CONFIRMED, ""),
    ("210", Facts(NOW), UNKNOWN, "没有材料账本的记录"),
    ("512", ledger(5, 5, 0), CONFIRMED, ""),
    ("109", ledger(2, 0, 3), CONFIRMED, "指南应交材料 2 份,由申请人提交 3 份"),
    ("109", ledger(2, 0, 2), UNKNOWN, ""),
    ("113", Facts(NOW, items=ONLINE, visits=2), CONFIRMED, "窗口登记到场 2 次,指南写明各事项合计至多 1 次"),
    ("114", Facts(NOW, items=ONLINE, visits=1), REFUTED, ""),
    ("313", Facts(NOW, items=ONLINE, visits=1), CONFIRMED, ""),
    ("114", Facts(NOW, items=ONLINE, visits=0), UNKNOWN, "登记到场 0 次"),
    ("114", Facts(NOW, items={"i": ItemFact(1, "Ⅲ"), "j": ItemFact(1, "Ⅲ")}, visits=2), UNKNOWN, ""),
    ("211", Facts(NOW, items=WINDOW, channel="ONLINE"), REFUTED, "没有承诺网上办理"),
    ("211", Facts(NOW, items=ONLINE, channel="ONLINE"), REFUTED, "本件已由网上提交受理"),
    ("112", Facts(NOW, items=ONLINE, channel="ONLINE", visits=2), CONFIRMED, "窗口登记到场 2 次"),
    ("211", Facts(NOW, items=ONLINE, channel="WINDOW"), UNKNOWN, ""),
    ("211", Facts(NOW, channel="ONLINE"), UNKNOWN, ""),
    ("212", Facts(NOW, items=ONLINE, visits=1), UNKNOWN, "没有与此有关的记录"),
]


@pytest.mark.parametrize(("tag", "facts", "finding", "text"), CASES)
def test_a_tag_is_borne_out_refuted_or_left_open_with_the_figures(
    tag: str, facts: Facts, finding: Finding, text: str
) -> None:
    found = finding_of(tag, TAGS[tag]["check"], Claim(TAGS[tag]["claims"]), facts)
    assert (found.tag, found.finding) == (tag, finding)
    assert text in found.text


@given(st.sampled_from(sorted(CHECKS)), st.integers(0, 4), st.integers(0, 6), st.none() | st.integers(-3, 3))
def test_a_promise_that_was_kept_was_not_broken(check: str, visits: int, brought: int, late: int | None) -> None:
    told = TaskFact("U09", "i", DUE, DUE, None if late is None else DUE + timedelta(days=late))
    given_ = {"materials_asked": 3, "materials_shared": 1, "materials_brought": brought}
    facts = Facts(NOW, (told,), ONLINE, visits, "ONLINE", given_)
    kept, broken = (finding_of("1", check, claim, facts).finding for claim in (Claim.KEPT, Claim.BROKEN))
    assert {kept, broken} in ({CONFIRMED, REFUTED}, {UNKNOWN})


def test_the_facts_are_those_of_the_rated_unit_under_the_last_due_time() -> None:
    entries = [
        entry("workflow.task.opened", 1, task_id="a", unit="U09", item="i", promised_due=EARLY, statutory_due=DUE),
        entry("workflow.task.opened", 2, task_id="b", unit="U23", item="j", promised_due=EARLY),
        entry("workflow.deadline.recomputed", 3, task_id="a", promised_due=DUE),
        entry("workflow.task.decided", 4, task_id="a", unit="U09", item="i", promised_due=DUE, decided_at=DUE),
        entry("workflow.task.opened", 5, task_id="c", unit="U09", item="i", by="APPLICANT", promised_due=EARLY),
        entry("evaluation.visit.made", 1),
        entry("intake.application.submitted", 1, channel="ONLINE"),
        entry("intake.application.accepted", 2, materials_asked=2, materials_shared=1, materials_brought=1),
    ]
    facts = facts_of(reversed(entries), {"i": ItemFact(1, "Ⅳ"), "j": ItemFact(2, "Ⅱ")}, NOW).of_unit("U09", "i")
    assert tuple(facts.tasks) == (TaskFact("U09", "i", DUE, DUE, DUE),)
    assert (set(facts.items), facts.visits, facts.channel) == ({"i"}, 1, "ONLINE")
    assert facts.ledger == {"materials_asked": 2, "materials_shared": 1, "materials_brought": 1}


def entry(type_: str, version: int, **data: Any) -> dict[str, Any]:
    told = {name: one.isoformat() if isinstance(one, datetime) else one for name, one in data.items()}
    return {"type": type_, "version": version, "data": told}


def test_the_citys_rules_name_checks_that_there_are_and_each_tag_once() -> None:
    assert faults({"rectification": RULES}) == []
    wrong = {"tag_checks": [*RULES["tag_checks"], {"tag": "209", "check": "no_such", "claims": "kept"}]}
    assert [(place[-1], "no_such" in text or "209" in text) for place, text in faults({"rectification": wrong})] == [
        ("check", True),
        ("tag", True),
    ]


@pytest.mark.usefixtures("calendar")
async def test_the_finding_stands_beside_the_rating_for_all_who_deal_with_it(
    tell: Tell, rate: Rate, look: Look, database: Database
) -> None:
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"rectification": RULES})
    await tell(read.TaskOpened)
    await tell(read.TaskDecided, decided_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC))
    await rate(tags=["209", "214"])
    (summary,) = (await look("head", "/api/v1/rectifications")).json()["items"]
    place = f"/api/v1/rectifications/{summary['rectification_id']}"
    seen = [(await look(who, place)).json()["findings"] for who in ("head", "authority")]
    (own,) = (await look("rater", "/api/v1/me/rectifications")).json()["items"]
    for (found,) in (*seen, own["findings"]):
        assert (found["tag"], found["finding"], found["finding_name"]) == ("209", "CONFIRMED", "属实")
        assert "2026-03-05 17:30 办结" in found["text"]
