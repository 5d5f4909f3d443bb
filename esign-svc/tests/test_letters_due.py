from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.events import parking
from chassis.events.outbox import Event
from chassis.events.parking import State
from chassis.service import Service
from chassis.testing.client import deliver
from esign_svc.domain.documents import DocumentKind
from esign_svc.handlers.documents import Wanted, want
from esign_svc.store import case_units, documents

APPLICATION, TASK = (f"01900000-0000-7000-8000-00000000000{end}" for end in "ad")
MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
Tell = Callable[..., Event]


pytestmark = pytest.mark.usefixtures("units_told")


async def rows(database: Database) -> Sequence[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(documents).order_by(documents.c.document_id)))


@pytest.fixture
async def units_told(service: Service, unit: Tell) -> None:
    await deliver(service, unit(), subject="U23", version=1)
    police = unit(unit_code="U09", acceptance_word="郑公受字", name="郑州市公安局")
    await deliver(service, police, subject="U09", version=1)


async def test_a_submission_an_acceptance_and_a_decision_each_want_their_letter(
    service: Service, database: Database, submitted: Tell, accepted: Tell, decided: Tell
) -> None:
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    await deliver(service, accepted(), subject=APPLICATION, version=2)
    await deliver(service, decided(), subject="c", version=1)
    found = [(row.kind, row.subject, row.unit, row.number, row.title, row.approver) for row in await rows(database)]
    assert found == [
        ("receipt", APPLICATION, "U23", "郑卫收字〔2026〕1号", "收件凭证", ""),
        ("acceptance", APPLICATION, "U23", "郑卫受通字〔2026〕1号", "受理通知书", "clerk-1"),
        ("decision", TASK, "U09", "郑公决字〔2026〕1号", "行政确认决定书", "reviewer-1"),
    ]
    async with database.reading() as connection:
        asked = [row.subject for row in await outgoing.listed(connection)]
        seen = list(await connection.execute(sa.select(case_units).order_by(case_units.c.unit)))
    assert sorted(asked) == [row.document_id for row in await rows(database)]
    assert [(row.application_id, row.unit) for row in seen] == [(APPLICATION, "U09"), (APPLICATION, "U23")]


async def test_what_the_release_before_accepted_and_decided_gets_no_paper_afterwards(
    service: Service, database: Database, units_told: None, accepted: Tell, decided: Tell
) -> None:
    await deliver(service, accepted(accepted_by=None), subject=APPLICATION, version=2)
    await deliver(service, decided(decided_by=None), subject="c", version=1)
    assert await rows(database) == []


@pytest.mark.parametrize(
    ("outcome", "task_type", "title"),
    [
        ("granted", "01", "准予行政许可决定书"),
        ("refused", "01", "不予行政许可决定书"),
        ("refused", "07", "不予行政确认决定书"),
        ("granted", "05", "行政给付决定书"),
        ("granted", "20", "办理结果告知书"),
        ("refused", "20", "不能办理告知书"),
        ("refused", None, "不予办理决定书"),
    ],
)
async def test_a_decision_is_headed_as_its_kind_of_item_asks(
    outcome: str, task_type: str | None, title: str, service: Service, database: Database, decided: Tell
) -> None:
    await deliver(service, decided(outcome=outcome, task_type=task_type), subject="c", version=1)
    assert [row.title for row in await rows(database)] == [title]


async def test_numbers_follow_each_other_for_each_unit_kind_and_year_without_a_gap(
    service: Service, database: Database, submitted: Tell
) -> None:
    last_day = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    for n, moment in enumerate((MOMENT, last_day, new_year, new_year)):
        await deliver(service, submitted(application_id=f"a{n}", submitted_at=moment), subject=f"a{n}", version=1)
    await deliver(service, submitted(application_id="b", unit="U09"), subject="b", version=1)
    assert [row.number for row in await rows(database)] == [
        "郑卫收字〔2026〕1号",
        "郑卫收字〔2026〕2号",
        "郑卫收字〔2027〕1号",
        "郑卫收字〔2027〕2号",
        "郑公收字〔2026〕1号",
    ]


async def test_a_letter_of_a_unit_that_was_not_told_has_no_number_and_waits_for_it(
    service: Service, database: Database, submitted: Tell, unit: Tell
) -> None:
    await deliver(service, submitted(unit="U30"), subject=APPLICATION, version=1)
    assert await rows(database) == []
    async with database.reading() as connection:
        assert (await parking.counts(connection))[State.WAITING] == 1
    told = unit(unit_code="U30", name="郑州市医疗保障局", acceptance_word="郑医保受字")
    await deliver(service, told, subject="U30", version=1)
    await deliver(service, submitted(application_id="b", unit="U30"), subject="b", version=1)
    assert [row.number for row in await rows(database)] == ["郑医保收字〔2026〕1号"]


def wanted(subject: str = "a") -> Wanted:
    return Wanted(
        kind=DocumentKind.RECEIPT,
        subject=subject,
        title="收件凭证",
        application_id=APPLICATION,
        matter_code="newborn",
        applicant_id="f3b0c2",
        unit="U23",
        dated=MOMENT,
    )


async def test_what_is_wanted_twice_is_one_document_with_one_number(database: Database) -> None:
    ids = []
    for _ in range(2):
        async with database.unit_of_work() as work:
            ids.append(await want(work, wanted()))
    assert ids[0] == ids[1]
    assert [row.number for row in await rows(database)] == ["郑卫收字〔2026〕1号"]


async def test_a_number_of_a_transaction_that_failed_is_given_again(database: Database) -> None:
    async def rolled_back() -> None:
        async with database.unit_of_work() as work:
            await want(work, wanted("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await rolled_back()
    async with database.unit_of_work() as work:
        await want(work, wanted("b"))
    assert [(row.subject, row.number) for row in await rows(database)] == [("b", "郑卫收字〔2026〕1号")]


async def test_the_same_event_in_another_envelope_wants_no_second_letter(
    service: Service, database: Database, submitted: Tell
) -> None:
    for version in (1, 2):
        await deliver(service, submitted(), subject=APPLICATION, version=version)
    assert len(await rows(database)) == 1
