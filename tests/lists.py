"""What is listed, counted, searched and looked up among many rows: each with the index by which it is found.

One table for the plans (`architecture/test_lists.py`) and for the load (`load/lists.py`): rows are filled alike, and
asked for by one who has many and one who has none, from the first page and from a late one, narrowed in every way.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import datashare_svc.store as datashare
import esign_svc.store as esign
import evaluation_svc.store as evaluation
import intake_svc.store as intake
import workflow_svc.store as workflow
from chassis.data import audit, outgoing, schema
from chassis.data.cipher import FieldCipher
from chassis.events import outbox, parking
from chassis.events.envelope import Envelope
from chassis.settings import new_secret
from chassis.testing.filling import as_uuid, fill, moment, uuid
from chassis.testing.plans import Ask
from datashare_svc.domain.disputes import DisputeState
from datashare_svc.domain.model import Purpose
from datashare_svc.store import (
    acceptances,
    access_log,
    cases,
    connections,
    disputed,
    evidence,
    grant_requests,
    grant_timers,
    known_persons,
    serving,
)
from datashare_svc.store import grants as granting
from datashare_svc.store import usage as used
from datashare_svc.store.disputed import DisputeFilter
from datashare_svc.store.grant_requests import RequestFilter
from datashare_svc.store.grants import GrantFilter
from esign_svc.domain.documents import DocumentState
from esign_svc.domain.seals import SealKind
from esign_svc.store import copies, known, licence_tables, licences, noticing, papers, registry
from evaluation_svc.domain.supervision import LightColour
from evaluation_svc.store import (
    assessing,
    assessment_appeals,
    excluding,
    findings,
    folding,
    generations,
    lettering,
    lights,
    opened_figures,
    rated,
    rating_appeals,
    rectification_lists,
    rectifications,
    statements,
    supervising,
    tallying,
    unit_ratings,
    visiting,
)
from evaluation_svc.store.lettering import LetterFilter
from evaluation_svc.store.opened_figures import FigureFilter
from evaluation_svc.store.rectification_lists import InboxFilter
from evaluation_svc.store.statements import FindingFilter, Sight
from evaluation_svc.store.supervising import SupervisionFilter
from evaluation_svc.store.unit_ratings import UnitRatingFilter
from intake_svc.domain.progress import ApplicationState
from intake_svc.store import attached, booking, drafting, searching, timelines, windows
from intake_svc.store import licences as offered
from sqlalchemy.ext.asyncio import AsyncConnection
from workflow_svc.domain import TaskState
from workflow_svc.store import listing, timing, transferring
from workflow_svc.store.listing import CaseFilter, TaskFilter

Fill = Callable[[AsyncConnection, int], Awaitable[None]]
MANY, NONE = "BIG", "NONE"
PAGE = 50
CIPHER = FieldCipher.of(f"k.{new_secret()}")
OF_UNIT = "(CASE WHEN {0} % 10 = 0 THEN 'BIG' ELSE 'U' || ({0} * 7919 % 1000) END)"
BY_PERSON = "(CASE WHEN n % 10 = 3 THEN 'BIG' ELSE 'c' || (n / 3) END)"
TASK_STATES = (
    "(CASE n / 20 % 10 WHEN 0 THEN 'open' WHEN 1 THEN 'waiting' WHEN 2 THEN 'not_needed' WHEN 3 THEN 'refused'"
    " WHEN 4 THEN 'completed' ELSE 'granted' END)"
)


@dataclass(frozen=True, slots=True)
class Look:
    """A question, and the indexes by which it is answered: one of each text's, which `|` parts.

    `sorts` says that what is sorted is bounded: a page, a case's tasks, a person's applications. `flat` is false where
    the answer itself grows, as a count of what the caller has does.
    """

    name: str
    ask: Ask
    indexes: tuple[str, ...] = ()
    sorts: bool = False
    flat: bool = True


async def fill_workflow(connection: AsyncConnection, count: int) -> None:
    """Store so many cases of two tasks each; a tenth of all is one unit's, a tenth one applicant's."""
    await fill(
        connection,
        workflow.cases,
        count,
        case_id=uuid("n"),
        application_id=uuid("n"),
        application_number="'N' || n",
        matter_code="'m' || (n / 100 % 2)",
        lead_unit=OF_UNIT.format("n"),
        applicant_id=BY_PERSON,
        state="CASE WHEN n % 20 < 2 THEN 'open' ELSE 'closed' END",
    )
    await fill(
        connection,
        workflow.tasks,
        2 * count,
        task_id=uuid("n"),
        case_id=uuid("n / 2"),
        task_key="'k' || (n % 2)",
        unit=OF_UNIT.format("(n + n / 2)"),
        state=TASK_STATES,
        promised_due=f"CASE WHEN {TASK_STATES} IN ('waiting', 'not_needed') THEN NULL ELSE @n END",
        matter_code="'m' || (n / 200 % 2)",
        timed="n % 100 <> 0",
    )
    of_timer = {"task_id": uuid("n / 2"), "kind": "CASE WHEN n % 2 = 0 THEN 'promised' ELSE 'statutory' END"}
    next_at = "CASE WHEN n % 100 < 2 THEN @n ELSE NULL END"
    await fill(connection, timing.timers, 2 * count, **of_timer, due_at="@n", next_at=next_at)


async def fill_intake(connection: AsyncConnection, count: int) -> None:
    """Store so many applications with two digests each; a tenth of all is at one window, a tenth one owner's."""
    await fill(
        connection,
        intake.applications,
        count,
        application_id=uuid("n"),
        application_number="'N' || n",
        owner=BY_PERSON,
        draft_id=uuid("n"),
        unit=OF_UNIT.format("n"),
        state="CASE WHEN n / 10 % 10 = 0 THEN 'submitted' WHEN n / 10 % 10 = 1 THEN 'accepted' ELSE 'closed' END",
    )
    await fill(
        connection,
        intake.persons,
        2 * count,
        digest="CASE WHEN n % 2 = 0 THEN 'number-' || (n / 6) ELSE 'name-' || (n / 2 % 5000) END",
        application_id=uuid("n / 2"),
    )


async def fill_esign(connection: AsyncConnection, count: int) -> None:
    """Store so many uses of the seals of a hundred units, a tenth of them of one seal."""
    await fill(
        connection,
        esign.seals,
        300,
        seal_id=uuid("n"),
        unit=OF_UNIT.format("n"),
        kind="CASE WHEN n % 3 = 0 THEN 'ACCEPTANCE' ELSE 'APPROVAL' END",
        state="'in_use'",
        seal_code="'4101990' || (100000 + n)",
        maker="'m'",
        auditor="'u'",
    )
    await fill(
        connection,
        esign.seal_uses,
        count,
        use_id=uuid("n"),
        document_id=uuid("n"),
        seal_id=uuid("(CASE WHEN n % 10 = 0 THEN 0 ELSE n * 7919 % 300 END)"),
    )
    await fill(
        connection,
        esign.documents,
        count,
        document_id=uuid("n"),
        kind="CASE n % 3 WHEN 0 THEN 'receipt' WHEN 1 THEN 'acceptance' ELSE 'decision' END",
        subject=uuid("n"),
        number="'N' || n",
        application_id=uuid("n / 3"),
        applicant_id=BY_PERSON,
        unit=OF_UNIT.format("n"),
        lead_unit=OF_UNIT.format("(n / 3)"),
        state="CASE WHEN n % 100 < 2 THEN 'wanted' ELSE 'sealed' END",
        sha256="'d' || n",
        file_name="'f' || n",
    )
    await fill(connection, esign.case_units, count, application_id=uuid("n / 3"), unit="'U' || (n % 3)")
    await fill_licences(connection, count)
    await fill_notices(connection, count)


async def fill_chassis(connection: AsyncConnection, count: int) -> None:
    """Store so many events that went and came, and as many rows of audit; a hundred are still to go."""
    old = f"CASE WHEN n < {count - 100} THEN @n ELSE NULL END"
    of_event = {
        "topic": "'t' || (n % 3)",
        "subject": uuid("n / 5"),
        "version": "n % 5 * 3 + n % 3",
        "event_id": uuid("n"),
    }
    told = Envelope(
        id="e",
        source="/s",
        type="t",
        subject="s",
        aggregateversion=1,
        time=moment(0),
        dataschema="d",
        traceparent="",
        data={},
    )
    envelope = f"'{told.model_dump_json()}'"
    await fill(connection, schema.outbox, count, **of_event, position="n + 1", published_at=old, envelope=envelope)
    await fill(connection, schema.inbox, count, **of_event, handled_at="@n")
    await fill(connection, schema.idempotency, count, caller="'c' || (n / 7)", operation="'o'", key="'k' || n")
    await fill(connection, schema.audit, count, sequence="n + 1", at="'2026-01-05T' || n", subject=uuid("n"))


def _tasks(count: int, unit: str, late: int) -> Iterator[Look]:
    for state in TaskState:
        by_due = state in listing.DUE_STATES
        after = (moment(late), as_uuid(late)) if by_due else (as_uuid(late),)
        for matter in ("", "m1", "none"):
            wanted = TaskFilter(state, matter)
            of_matter = "task_of_matter" if by_due else "task_of_matter_by_id"
            walked = of_matter if matter else "task_of_unit" if by_due else "task_by_id"
            for page, place in (("first", None), ("late", after)):
                ask = partial(listing.list_tasks, unit=unit, wanted=wanted, after=place, size=PAGE)
                yield Look(f"tasks {unit} {state.value} {matter} {page}", ask, (walked,), sorts=bool(matter))
        for matter in ("", "m1"):
            wanted = TaskFilter(state, matter, f"N{count // 2}")
            ask = partial(listing.list_tasks, unit=unit, wanted=wanted, after=None, size=PAGE)
            indexes = ("task_in_case", "ix_case_file_application_number")
            yield Look(f"tasks {unit} {state.value} {matter} of a number", ask, indexes, sorts=True)


def workflow_looks(count: int) -> Iterator[Look]:
    """Return workflow's questions of a database with so many cases."""
    for unit in (MANY, NONE):
        yield from _tasks(count, unit, count)
        for page, after in (("first", ""), ("late", as_uuid(count // 2))):
            cases = partial(listing.list_cases, wanted=CaseFilter("x", unit), after=after, size=PAGE)
            yield Look(f"cases {unit} {page}", cases, ("case_led_newest", "task_in_case"), sorts=True)
        of_application = CaseFilter("x", unit, as_uuid(count // 2))
        yield Look(
            f"cases {unit} of an application", partial(listing.list_cases, wanted=of_application, after="", size=PAGE)
        )
        counted = "task_of_unit|task_of_matter|task_by_id|task_of_matter_by_id"
        yield Look(f"tasks {unit} by state", partial(listing.count_by_state, unit=unit), (counted,), flat=unit == NONE)
        now = moment(2 * count // 100)
        due = partial(listing.count_by_due, unit=unit, now=now, near=now + timedelta(seconds=60))
        yield Look(f"tasks {unit} by due", due, ("task_of_unit",), flat=unit == NONE)
        yield Look(f"open work {unit}", partial(transferring.any_case_with, found=[unit]), ("case_led", counted))
        yield Look(f"locked {unit}", partial(transferring.lock_cases_with, found=[unit], size=25), ("case_led",))
    for subject in (MANY, NONE):
        for page, after in (("first", ""), ("late", as_uuid(count // 2))):
            cases = partial(listing.list_cases, wanted=CaseFilter(subject), after=after, size=PAGE)
            yield Look(f"cases own {subject} {page}", cases, ("case_own",))
    yield Look("cases behind", workflow.any_case_behind, ("case_to_reckon",))
    behind = partial(workflow.lock_cases_behind, size=25)
    yield Look("cases behind, locked", behind, ("case_to_reckon",))
    yield Look("tasks unfilled", listing.any_unfilled, ("task_unfilled",))
    now = moment(count // 2)
    yield Look("tasks untimed", timing.any_untimed, ("task_untimed",))
    yield Look("tasks untimed, locked", partial(timing.lock_cases_untimed, size=25), ("task_untimed",))
    yield Look("timers due", partial(timing.any_due, now=now), ("timer_next",))
    yield Look("timers due, locked", partial(timing.lock_cases_due, now=now, size=25), ("timer_next",))
    yield Look("timers of tasks", partial(timing.timers_of, task_ids=[as_uuid(1), as_uuid(2)]), sorts=True)
    yield Look("tasks of cases", lambda connection: workflow.tasks_of(connection, as_uuid(1), as_uuid(2)), sorts=True)
    newest = partial(workflow.newest_deadlines, subjects=[as_uuid(1), as_uuid(2)])
    yield Look("deadlines", newest, sorts=True)


def _applications(count: int, *, subject: str, unit: str) -> Iterator[Look]:
    name = unit or f"own {subject}"
    plain, by_state = (
        ("application_unit", "application_window") if unit else ("application_own", "application_own_state")
    )
    for state in (None, *ApplicationState):
        for page, after in (("first", ""), ("late", as_uuid(count // 2))):
            ask = partial(intake.list_applications, subject=subject, unit=unit, state=state, after=after, size=PAGE)
            yield Look(
                f"applications {name} {state or ''} {page}", ask, (by_state if state else f"{plain}|{by_state}",)
            )
    numbered = partial(intake.list_applications, subject=subject, unit=unit, number=f"N{count // 2}", size=PAGE)
    yield Look(f"applications {name} of a number", numbered, sorts=True)
    counted = partial(intake.count_by_state, subject=subject, unit=unit)
    yield Look(f"applications {name} by state", counted, (by_state,), flat="NONE" in name)


def intake_looks(count: int) -> Iterator[Look]:
    """Return intake's questions of a database with so many applications."""
    for who in (MANY, NONE):
        yield from _applications(count, subject="x", unit=who)
        yield from _applications(count, subject=who, unit="")
        yield Look(f"under way {who}", partial(windows.under_way_at, found=[who], size=1), ("application_window",))
        for name, digests in (
            ("a number", [["number-7", "number-8"]]),
            ("a name", [["name-7"]]),
            ("a name and a number", [["name-7"], ["number-7"]]),
            ("nobody", [["none"]]),
        ):
            flat = name != "a name"
            yield Look(
                f"search {who} {name}",
                partial(searching.search, unit=who, digests=digests, size=200),
                ("person_pkey|sqlite_autoindex_person_1",),
                sorts=True,
                flat=flat,
            )
    others = partial(searching.others_found, application_id=as_uuid(1), digests=["number-7"])
    yield Look("others", others, ("person_pkey|sqlite_autoindex_person_1",), sorts=True)
    for page, after in (("first", ""), ("late", as_uuid(count * 9 // 10))):
        ask = partial(searching.applications_after, after=after, size=100)
        yield Look(f"all applications {page}", ask, ("application_pkey|sqlite_autoindex_application_1",))
    of_some = partial(searching.digests_by_application, application_ids=[as_uuid(1), as_uuid(2)])
    yield Look("digests of applications", of_some, ("person_of_application",))
    named = partial(searching.with_digest, digests=["number-7", "number-8"], application_ids=[as_uuid(1), as_uuid(21)])
    yield Look(
        "named with a number", named, ("person_pkey|sqlite_autoindex_person_1|person_of_application",), sorts=True
    )
    numbered = partial(offered.with_number, number="N7")
    yield Look("licences of a number", numbered, ("licence_of_number",), sorts=True)
    draft = partial(drafting.application_of_draft, draft_id=as_uuid(1), owner="x")
    yield Look("application of a draft", draft, ("ix_application_draft_id",))


def seal_looks(count: int) -> Iterator[Look]:
    """Return esign's questions of a database with so many uses of seals."""
    for unit in (MANY, NONE):
        for page, after in (("first", ""), ("late", as_uuid(200))):
            seals = partial(registry.list_seals, unit=unit, kind="", state="", after=after, size=PAGE)
            yield Look(f"seals {unit} {page}", seals, ("seal_of_unit",))
        used = partial(registry.in_use, unit=unit, kind=SealKind.ACCEPTANCE)
        yield Look(f"seals in use {unit}", used, ("seal_in_use",), sorts=True)
        for state in DocumentState:
            for page, after in (("first", ""), ("late", as_uuid(count // 2))):
                of_unit = partial(papers.list_documents, unit=unit, state=state, after=after, size=PAGE)
                yield Look(f"documents {unit} {state.value} {page}", of_unit, ("document_of_unit",))
    yield Look("all seals", partial(registry.list_seals, unit="", kind="", state="", after="", size=PAGE))
    for name, seal_id in (("many", as_uuid(0)), ("none", as_uuid(count))):
        for page, before in (("first", ""), ("late", as_uuid(count // 2))):
            uses = partial(registry.list_uses, seal_id=seal_id, before=before, size=PAGE)
            yield Look(f"uses of a seal {name} {page}", uses, ("seal_use_newest",))
    for name, whose in (("her", papers.Whose("BIG", [])), ("staff", papers.Whose("x", ["U1", "U2"]))):
        for page, after in (("first", ""), ("late", as_uuid(4))):
            of_one = partial(papers.documents_of, application_id=as_uuid(1), whose=whose, after=after, size=PAGE)
            yield Look(f"documents of an application, {name} {page}", of_one, ("document_of_application",))
    yield Look("a document by its file", partial(known.known_file, sha256="d7"), ("document_of_file",))
    yield Look("steps of a seal", partial(registry.steps_of, seal_id=as_uuid(1)), sorts=True)


async def fill_notices(connection: AsyncConnection, count: int) -> None:
    """Store so many notices, a tenth of all to one unit."""
    units = {"unit": OF_UNIT.format("n"), "to_unit": OF_UNIT.format("n")}
    await fill(connection, esign.notices, count, document_id=uuid("n"), letter_id=uuid("n"), **units)


def notice_looks(count: int) -> Iterator[Look]:
    """Return what is asked of so many notices."""
    for unit in (MANY, NONE):
        for way in ("sent", "received"):
            for page, after in (("first", ""), ("late", as_uuid(count))):
                ask = partial(noticing.list_notices, mine=[unit], way=way, after=after, size=PAGE)
                yield Look(f"notices {way} {unit} {page}", ask, ("notice_from" if way == "sent" else "notice_to",))


async def fill_licences(connection: AsyncConnection, count: int) -> None:
    """Store so many licences with a copy and a step each; a tenth of all is one unit's, a tenth one holder's."""
    await fill(connection, licence_tables.licence_types, 3, code="'t' || n")
    of_one = {"licence_id": uuid("n"), "task_id": uuid("n"), "number": "'N' || n", "identifier": "'I' || n"}
    state = "CASE WHEN n / 10 % 10 = 0 THEN 'suspended' WHEN n / 10 % 10 = 1 THEN 'issuing' ELSE 'valid' END"
    await fill(
        connection,
        licence_tables.licences,
        count,
        **of_one,
        type="'t' || (n / 10 % 3)",
        unit=OF_UNIT.format("n"),
        holder_id=BY_PERSON,
        state=state,
        edition="1",
        valid_from="'2026-01-05'",
        valid_until="'2030-01-05'",
    )
    of_copy = {"licence_id": uuid("n / 3"), "code_digest": "'d' || n", "until": "'2026-01-05'"}
    await fill(connection, licence_tables.licence_copies, count, copy_id=uuid("n"), **of_copy)
    status = "'confirmed'"
    await fill(
        connection, licence_tables.licence_steps, count, step_id=uuid("n"), licence_id=uuid("n / 3"), status=status
    )


def esign_looks(count: int) -> Iterator[Look]:
    """Return esign's questions of a database with so many licences, and uses of seals."""
    yield from seal_looks(count)
    yield from notice_looks(count)
    pages = (("first", ""), ("late", as_uuid(count // 2)))
    for who in (MANY, NONE):
        for page, after in pages:
            own = partial(licences.list_of_holder, holder_id=who, after=after, size=PAGE)
            yield Look(f"licences own {who} {page}", own, ("licence_of_holder",))
            for kind, state, index in (
                ("", "", "licence_of_unit|licence_of_unit_in_state|licence_of_unit_of_type"),
                ("", "valid", "licence_of_unit_in_state"),
                ("t1", "", "licence_of_unit_of_type"),
                ("t1", "valid", "licence_of_unit_of_type_in_state"),
            ):
                wanted = licences.LicenceFilter(who, kind, state)
                listed = partial(licences.list_of_unit, wanted=wanted, after=after, size=PAGE)
                yield Look(f"licences of {who} {kind} {state} {page}", listed, (index,))
    for page, after in pages:
        listed = partial(copies.list_copies, licence_id=as_uuid(1), after=after, size=PAGE)
        yield Look(f"copies {page}", listed, ("licence_copy_of",))
    yield Look("steps", partial(licences.steps_of, licence_id=as_uuid(1)), ("licence_step_of",))
    today = moment(0).date()
    yield Look("lapsed", partial(licences.any_lapsed, state="valid", today=today), ("licence_to_expire",))
    yield Look("lapsed, locked", partial(licences.lock_lapsed, state="valid", today=today, size=100))
    code = partial(copies.copy_with_code, licence_id=as_uuid(1), digest="d5")
    yield Look("copy of a code", code, ("licence_copy_code|licence_copy_of|licence_copy_asked",))
    since = partial(copies.copies_since, licence_id=as_uuid(1), since=moment(0))
    yield Look("copies since", since, ("licence_copy_asked|licence_copy_of|licence_copy_code",))


async def fill_datashare(connection: AsyncConnection, count: int) -> None:
    """Store so many disputes with a file each; a tenth of all is one unit's, a tenth one applicant's."""
    await fill(
        connection,
        datashare.disputes,
        count,
        dispute_id=uuid("n"),
        applicant_id=BY_PERSON,
        unit=OF_UNIT.format("n"),
        state="CASE WHEN n / 10 % 10 = 0 THEN 'open' WHEN n / 10 % 10 = 1 THEN 'withdrawn' ELSE 'upheld' END",
        filed_at="@n",
        calendar="7",
        due_at="@n",
        rank_at="@n",
        ended_at="CASE WHEN n / 10 % 10 = 0 THEN NULL ELSE @n END",
        overdue_at="CASE WHEN n % 3 = 0 THEN NULL ELSE @n END",
    )
    of_dispute = {"dispute_id": uuid("n / 3 * 3"), "file_name": "'f' || n"}
    await fill(connection, datashare.dispute_evidence, count, evidence_id=uuid("n"), **of_dispute)
    await fill_grants(connection, count)
    await fill_connections(connection, count)
    await fill_queries(connection, count)


async def fill_queries(connection: AsyncConnection, count: int) -> None:
    """Store so many queries in as many cases; a tenth of all is about one person, a tenth by one officer."""
    of_access = {"query_id": uuid("n"), "person_id": BY_PERSON, "officer": BY_PERSON, "unit": OF_UNIT.format("n")}
    case_id = f"CASE WHEN n % 10 = 3 THEN '{as_uuid(0)}' ELSE {uuid('n')} END"
    await fill(connection, datashare.accesses, count, **of_access, case_id=case_id, at="@n")
    of_case = {"application_id": uuid("n"), "application_number": "'N' || n"}
    await fill(connection, datashare.case_files, count, **of_case)
    await fill(connection, datashare.case_tasks, count, application_id=uuid("n / 3"), task_key="'k' || (n % 3)")
    of_person = {"person_id": uuid("n / 3"), "element": "'e' || n"}
    await fill(connection, datashare.case_persons, count, application_id=uuid("n / 3"), **of_person)
    await fill(connection, datashare.persons, count, person_id=uuid("n"), kind="'number'")
    await fill(connection, datashare.person_digests, count, digest="'d' || n", person_id=uuid("n"))
    await fill(connection, datashare.account_persons, count, subject="'s' || n", person_id=uuid("n"))


async def fill_grants(connection: AsyncConnection, count: int) -> None:
    """Store so many requests with a step and a clock each, and their grants; a tenth of all is one unit's."""
    await fill(connection, datashare.networks, 1)
    of_resource = {"resource": "'r' || n", "resource_code": "'c' || n", "network": "'{}'", "sharing_class": "'2'"}
    await fill(connection, datashare.resources, 20, **of_resource)
    sides = {"provider": OF_UNIT.format("n"), "unit": OF_UNIT.format("(n / 2)"), "resource": "'r' || (n % 20)"}
    state = "CASE WHEN n % 100 < 2 THEN 'REQUESTED' WHEN n % 100 < 4 THEN 'ESCALATED' ELSE 'GRANTED' END"
    is_open, of_request = "n % 100 < 4", {"request_id": uuid("n")}
    due_at = f"CASE WHEN {is_open} THEN @n ELSE NULL END"
    await fill(connection, datashare.requested, count, **of_request, **sides, state=state, due_at=due_at)
    await fill(connection, datashare.request_steps, count, **of_request, number="1")
    ended_at = f"CASE WHEN {is_open} THEN NULL ELSE @n END"
    of_timer = {"clock": "'REPLY'", "reckoned_under": "7", "due_at": "@n", "ended_at": ended_at}
    await fill(connection, datashare.request_timers, count, **of_request, **of_timer)
    of_grant = {"grant_id": uuid("n"), "grantee_kind": "'MATTER'", "grantee": "'m' || (n / 20)", "purposes": "'[]'"}
    ended_at = "CASE WHEN n % 100 < 4 THEN NULL ELSE @n END"
    await fill(connection, datashare.granted, count, **of_grant, **sides, until="@n", ended_at=ended_at)


async def fill_connections(connection: AsyncConnection, count: int) -> None:
    """Store so many probes, and a tenth as many runs and steps, of a hundred networks, a tenth of them of one."""
    network = "('w' || (CASE WHEN n % 10 = 0 THEN 0 ELSE n * 7919 % 100 END))"
    of_run = {"run_id": uuid("n"), "network": network, "number": "n"}
    of_outcome = {"run_id": uuid("n / 5"), "place": "n % 5", "case_key": "'c' || (n % 5)"}
    await fill(
        connection, datashare.networks, 100, network="'w' || n", place="n", level="'MUNICIPAL'", state="'LISTED'"
    )
    await fill(connection, datashare.probes, count, probe_id=uuid("n"), network=network, at="@n")
    await fill(connection, datashare.connection_steps, count // 10, step_id=uuid("n"), network=network)
    await fill(connection, datashare.acceptance_runs, count // 10, **of_run)
    await fill(connection, datashare.acceptance_outcomes, count // 2, **of_outcome)
    await fill(connection, datashare.acceptance_cases, 300, case_key="'c' || n", network="'w' || (n % 100)")


def datashare_looks(count: int) -> Iterator[Look]:
    """Return datashare's questions of a database with so many disputes, requests and grants."""
    late = (moment(count // 2), as_uuid(count // 2))
    for who in (MANY, NONE):
        for page, after in (("first", None), ("late", late)):
            own = partial(disputed.list_own, applicant=who, after=after, size=PAGE)
            yield Look(f"disputes own {who} {page}", own, ("dispute_of_applicant",))
            for state in DisputeState:
                for overdue in (False, True):
                    wanted = DisputeFilter(who, state.value, overdue=overdue)
                    listed = partial(disputed.list_of_unit, wanted=wanted, now=moment(count), after=after, size=PAGE)
                    yield Look(f"disputes of {who} {state.value} {overdue} {page}", listed, ("dispute_of_unit",))
    yield Look("disputes behind", partial(disputed.any_behind, calendar=8), ("dispute_to_reckon",))
    yield Look("disputes behind, locked", partial(disputed.lock_behind, calendar=8, size=100), ("dispute_to_reckon",))
    yield Look("disputes past", partial(disputed.any_past, now=moment(count)), ("dispute_to_tell",))
    yield Look("disputes past, locked", partial(disputed.lock_past, now=moment(count), size=100), ("dispute_to_tell",))
    yield from connection_looks(count)
    of_one = ("ix_dispute_evidence_dispute_id",)
    yield Look("evidence", partial(evidence.evidence_of, dispute_id=as_uuid(3)), of_one, sorts=True)
    yield Look("evidence counted", partial(evidence.count_evidence, dispute_id=as_uuid(3)), of_one)
    yield from grant_looks(count)
    yield from query_looks(count)


def query_looks(count: int) -> Iterator[Look]:
    """Return what is asked of the log of queries, of the cases and of the persons."""
    now = moment(count)
    for page, before in (("first", None), ("late", (moment(count // 2), as_uuid(count // 2)))):
        for who in (MANY, NONE):
            days: tuple[dict[str, Any], ...] = ({}, {"since": moment(count // 3), "until": now})
            for of_days in days:
                one = partial(access_log.list_accesses, persons=[who], before=before, size=PAGE, **of_days)
                yield Look(f"accesses to {who} {page} {sorted(of_days)}", one, ("access_by_person",))
            several = partial(access_log.list_accesses, persons=[who, "c7"], before=before, size=PAGE)
            yield Look(
                f"accesses to {who} under two names {page}", several, ("access_by_person",), sorts=True, flat=False
            )
            by_unit = partial(access_log.list_accesses, persons=[who], unit="U7", before=before, size=PAGE)
            yield Look(f"accesses to {who} of a unit {page}", by_unit, ("access_by_person",), flat=False)
        for case_id in (as_uuid(0), as_uuid(count)):
            of_case = partial(access_log.list_accesses, cases=[case_id, as_uuid(1)], before=before, size=PAGE)
            yield Look(f"accesses in {case_id} {page}", of_case, ("access_by_case",), sorts=True, flat=False)
    whose = {"officer": MANY, "case": as_uuid(0), "person": MANY}
    walked = ("access_by_officer", "access_by_case", "access_by_person")
    spent = partial(access_log.spent, whose=whose, since=dict.fromkeys(whose, moment(count - 50)), by_staff=True)
    yield Look("queries spent", spent, walked, sorts=True)
    yield Look("tasks of a case", partial(cases.given_tasks, application_id=as_uuid(1)))
    yield Look("persons of an account", partial(known_persons.persons_of, subject="s7"))
    yield Look("all persons", partial(known_persons.persons_after, after=as_uuid(count // 2), size=PAGE))
    digests = partial(known_persons.digests_by_person, person_ids=[as_uuid(1), as_uuid(2)])
    yield Look("digests of persons", digests, ("ix_person_digest_person_id",))


def _requests(count: int, *, as_provider: bool) -> Iterator[Look]:
    side, now = "provider" if as_provider else "asker", moment(count)
    for who in (MANY, NONE, ""):
        for state, index in (("", f"grant_request_of_{side}"), ("ESCALATED", f"grant_request_of_{side}_in_state")):
            for page, after in (("first", None), ("late", (None, as_uuid(count // 2)))):
                wanted = RequestFilter(who, as_provider, state)
                ask = partial(grant_requests.list_requests, wanted=wanted, now=now, after=after, size=PAGE)
                of_all = "grant_request_in_state" if state else "sqlite_autoindex_grant_request_1"
                yield Look(f"requests {side} {who} {state} {page}", ask, (index if who else of_all,))
        for page, place in (("first", None), ("late", (moment(count // 2), as_uuid(count // 2)))):
            overdue = RequestFilter(who, as_provider, is_overdue=True)
            ask = partial(grant_requests.list_requests, wanted=overdue, now=now, after=place, size=PAGE)
            by_due = f"grant_request_due_of_{side}" if who else "grant_request_due"
            yield Look(f"requests {side} {who} overdue {page}", ask, (by_due,))


def grant_looks(count: int) -> Iterator[Look]:
    """Return datashare's questions of a database with so many requests and grants."""
    now = moment(count // 2)
    for as_provider in (True, False):
        yield from _requests(count, as_provider=as_provider)
        index = "grant_of_provider" if as_provider else "grant_of_asker"
        for who in (MANY, NONE):
            for page, after in (("first", ""), ("late", as_uuid(count // 2))):
                for in_force in (False, True):
                    of_unit = GrantFilter(who, as_provider, in_force=in_force)
                    ask = partial(granting.list_grants, wanted=of_unit, now=now, after=after, size=PAGE)
                    yield Look(f"grants {index} {who} {in_force} {page}", ask, (index,))
            of_resource = GrantFilter(who, as_provider, "r1", "m1")
            ask = partial(granting.list_grants, wanted=of_resource, now=now, after="", size=PAGE)
            yield Look(f"grants {index} {who} of a resource", ask, sorts=True)
    of_use: dict[str, Any] = {"resource": "r1", "matter_code": "m1", "item": "i", "unit": "U1"}
    of_use["purpose"] = Purpose.REVIEW
    yield Look("a grant", partial(granting.find_grant, **of_use, now=now), ("grant_of_grantee",))
    yield Look("grants past", partial(granting.expired_grants, now=now, size=PAGE), ("grant_to_expire",))
    yield Look("clocks out", partial(grant_timers.timers_out, now=now, size=PAGE), ("grant_timer_due",))
    yield Look("clocks behind", partial(grant_timers.timers_behind, size=PAGE), ("grant_timer_to_reckon",))
    of_one = ("sqlite_autoindex_grant_timer_1",)
    yield Look("clocks of a request", partial(grant_timers.timers_of, request_id=as_uuid(1)), of_one, sorts=True)
    yield Look("steps of a request", partial(grant_requests.steps_of, request_id=as_uuid(1)), sorts=True)
    yield Look("of the pack", grant_requests.undecided_of_pack, sorts=True)


def connection_looks(count: int) -> Iterator[Look]:
    """Return datashare's questions of a database with so many probes of networks."""
    for network in ("w0", "w1", "none"):
        for page, before in (("first", ""), ("late", as_uuid(count // 2))):
            probed = partial(connections.list_probes, network=network, before=before, size=PAGE)
            yield Look(f"probes {network} {page}", probed, ("probe_newest",))
        for page, number in (("first", 0), ("late", count // 20)):
            runs = partial(acceptances.list_runs, network=network, before=number, size=PAGE)
            yield Look(f"runs {network} {page}", runs, ("acceptance_run_newest",))
        since = partial(connections.probes_since, network=network, since=moment(count - 50))
        yield Look(f"uptime {network}", since, ("probe_since",))
        yield Look(
            f"steps {network}", partial(connections.steps_of, network=network, size=PAGE), ("connection_step_of",)
        )
    days = [moment(count - number) for number in range(used.DAYS + 1, 0, -1)]
    yield Look("usage", partial(used.usage_of, network="none", midnights=days), ("access_by_network",), sorts=True)
    yield Look("outcomes", partial(acceptances.outcomes_of, run_id=as_uuid(1)), sorts=True)
    yield Look(
        "cases",
        partial(acceptances.cases_of, network="none", cipher=CIPHER),
        ("ix_acceptance_case_network",),
        sorts=True,
    )


async def fill_rectifications(connection: AsyncConnection, count: int) -> None:
    """Store so many rectifications with a step and a finding each, every third appealed, every other public."""
    of_one = {"rectification_id": uuid("n")}
    state = "CASE WHEN n % 20 < 2 THEN 'OPENED' WHEN n % 20 < 4 THEN 'APPEALED' ELSE 'CLOSED' END"
    await fill(
        connection,
        rectifications.rectifications,
        count,
        **of_one,
        rating_id=uuid("n"),
        application_id=uuid("n"),
        rater_id=BY_PERSON,
        unit=OF_UNIT.format("n"),
        state=state,
        clock="CASE WHEN n % 20 < 2 THEN 'assign' END",
        rank="CASE WHEN n % 20 < 2 THEN n % 3 ELSE 3 END",
        opened_at="@n",
    )
    await fill(connection, rectifications.steps, count, **of_one, number="1")
    await fill(connection, rectifications.kept_from, count, **of_one, person="'p' || n")
    await fill(connection, findings.tag_findings, count, rating_id=uuid("n"), tag="'209'")
    appealed = {"appeal_id": uuid("n"), "rectification_id": uuid("n"), "unit": OF_UNIT.format("n")}
    decided = "CASE WHEN n % 10 = 0 THEN 'FILED' ELSE 'UPHELD' END"
    await fill(connection, rating_appeals.appeals, count, **appealed, state=decided, filed_at="@n")
    month = "CASE WHEN n % 2 = 0 THEN '2026-0' || (1 + n % 9) END"
    public = {"publication_id": uuid("n"), "unit": OF_UNIT.format("n"), "month": month}
    await fill(connection, rectifications.published, count, **public)


async def fill_findings(connection: AsyncConnection, count: int) -> None:
    """Store so many findings of assessors with a file each; a tenth of all is about one unit."""
    await fill(
        connection,
        evaluation.assessor_findings,
        count,
        finding_id=uuid("n"),
        assessor=OF_UNIT.format("n"),
        statement_id=uuid("n"),
        unit=OF_UNIT.format("n"),
        period="'2026-0' || (1 + n % 9)",
        entered_at="@n",
    )
    of_file = {"finding_id": uuid("n"), "sha256": "'d' || n", "file_name": "'f' || n"}
    await fill(connection, evaluation.assessor_evidence, count, **of_file)


def finding_looks(count: int) -> Iterator[Look]:
    """Return what is asked of findings: by who sees all, the assessor's own, a unit's."""
    any_of = "finding_of_unit|finding_in_period|finding_of_assessor|sqlite_autoindex_assessor_finding_1"
    for who in (MANY, NONE):
        sights = {"all": Sight(everything=True), "own": Sight(assessor=who), "theirs": Sight(mine=(who,))}
        for after in ("", as_uuid(count)):
            for name, sight in sights.items():
                for wanted in (FindingFilter(), FindingFilter(who), FindingFilter("", "2026-03")):
                    listed = partial(statements.list_findings, sight=sight, wanted=wanted, after=after, size=PAGE)
                    named = f"findings {name} {who} {wanted.unit} {wanted.period} {after}"
                    yield Look(named, listed, (any_of,), sorts=True)
    yield Look("evidence of a finding", partial(statements.evidence_of, finding_id=as_uuid(1)), sorts=True)


async def fill_figures(connection: AsyncConnection, count: int) -> None:
    """Store a journal of so many entries of a tenth as many cases, and figures of two generations of them."""
    of_key = {"kind": "'case'", "key": uuid("n / 10")}
    counted = "n % 50 > 0"
    await fill(connection, evaluation.journal, count, entry_id=uuid("n"), **of_key, at="@n", counted=counted)
    month, unit = "'2026-0' || (1 + n % 9)", OF_UNIT.format("n")
    generation = {"generation": "1 + n % 2"}
    figure = {"measure": "'cases'", "period": month, "unit": unit, "amount": "1"}
    await fill(connection, evaluation.marks, count, **generation, **of_key, nth="n", **figure)
    tally = {"dimension": "'unit'", "period": month, "measure": "'m' || (n % 40)", "key": "'k' || n", "amount": "1"}
    await fill(connection, evaluation.tallies, count, **generation, **tally)
    await fill(connection, evaluation.late_notes, count, **generation, kind="'case'", key=uuid("n"), **figure)
    await connection.execute(
        evaluation.figures.insert(), {"one": 1, "current": 1, "built_kind": "", "built_key": "", "built_entries": 0}
    )


def figure_looks(count: int) -> Iterator[Look]:
    """Return what is asked of the journal and the figures."""
    keys, built = [as_uuid(3), as_uuid(4)], ("case", as_uuid(count // 20))
    yield Look("uncounted", folding.any_uncounted, ("journal_uncounted",))
    yield Look("oldest uncounted", folding.oldest_uncounted, ("journal_uncounted",), flat=False)
    yield Look("keys touched", partial(folding.touched_keys, size=PAGE), ("journal_uncounted",))
    yield Look(
        "entries of keys", partial(folding.entries_of_keys, kind="case", keys=keys, built=built), ("journal_of_key",)
    )
    yield Look("entries after", partial(folding.entries_after, built=built, size=PAGE), ("journal_of_key",))
    of_keys: dict[str, Any] = {"generation": 1, "kind": "case", "keys": keys}
    yield Look("marks of keys", partial(folding.marks_kept, **of_keys))
    yield Look("notes of keys", partial(folding.notes_kept, **of_keys))
    by_unit: dict[str, Any] = {"dimension": "unit", "last": "2026-03"}
    yield Look("figures of a month", partial(tallying.tallied, **by_unit, first="2026-03"), sorts=True, flat=False)
    yield Look("a stock", partial(tallying.stock_of, **by_unit, measure="m3"), sorts=True, flat=False)
    of_key = partial(tallying.by_month, **by_unit, key="k3", measures=frozenset({"m3"}))
    yield Look("a key over time", of_key, ("tally_over_time",))
    of_each = partial(tallying.months_of_each, **by_unit, first="2026-03", measures=frozenset({"m3"}))
    yield Look("each key over time", of_each, flat=False)
    for units in (None, [MANY], [NONE]):
        for page, after in (("first", None), ("late", (MANY, as_uuid(count // 20), "case", 5))):
            wanted = FigureFilter("cases", "2026-03", units=units)
            opened = partial(opened_figures.list_marks, wanted=wanted, after=after, size=PAGE)
            yield Look(f"a figure opened {units} {page}", opened, ("mark_of_figure",), flat=False)
        for page, note in (("first", None), ("late", (MANY, as_uuid(count // 2), "cases", "case"))):
            listed = partial(opened_figures.list_notes, period="2026-03", units=units, after=note, size=PAGE)
            yield Look(f"late notes {units} {page}", listed, ("late_note_of_period",), flat=False)
    noted = partial(opened_figures.notes_on, period="2026-03", measures=["cases"])
    yield Look("late notes counted", noted, ("late_note_of_period",), flat=False)


async def fill_evaluation(connection: AsyncConnection, count: int) -> None:
    """Store so many letters, a tenth of all to one unit."""
    of_letter = {"letter_id": uuid("n"), "unit": OF_UNIT.format("n"), "subject": "'s' || n", "kind": "'SUPERVISION'"}
    state = "CASE WHEN n % 20 < 2 THEN 'DRAFT' ELSE 'SEALED' END"
    await fill(connection, evaluation.letters, count, **of_letter, state=state)
    await fill_lights(connection, count)
    await fill_findings(connection, count)
    await fill_rectifications(connection, count)
    await fill_figures(connection, count)
    await fill_assessments(connection, count)
    await fill_ratings(connection, count)


async def fill_ratings(connection: AsyncConnection, count: int) -> None:
    """Store so many ratings with their invitations, visits, exclusions; a tenth is one unit's, one rater's."""
    of_rating = {"rating_id": uuid("n"), "rated_key": uuid("n"), "number": "1", "application_id": uuid("n")}
    period = "CASE WHEN n % 20 < 10 THEN '2026-03' ELSE '2026-04' END"
    level = "CASE WHEN n % 3 = 0 THEN '' ELSE 'SATISFIED' END"
    of_rating |= {"rater_id": BY_PERSON, "unit": OF_UNIT.format("n"), "period": period, "level": level}
    of_rating |= {"matter_code": "'m' || (n / 100 % 2)", "is_default": "n % 3 = 0", "device": "'d' || (n / 20)"}
    await fill(connection, evaluation.ratings, count, **of_rating, window_code="'w' || (n / 20)", tags="'[]'")
    is_open = "CASE WHEN n % 20 < 10 THEN NULL ELSE @n END"
    of_invitation = {"rated_key": uuid("n"), "application_id": uuid("n"), "applicant_id": BY_PERSON}
    await fill(connection, evaluation.invitations, count, **of_invitation, visit_id="NULL", ended_at=is_open)
    of_visit = {"visit_id": uuid("n"), "application_id": uuid("n"), "window_code": "'w' || (n / 20)"}
    await fill(connection, evaluation.visits, count, **of_visit)
    of_exclusion = {"exclusion_id": uuid("n"), "rule": "CASE WHEN n % 10 = 0 THEN 'BIG' ELSE 'r' || n END"}
    await fill(connection, evaluation.exclusions, count, **of_exclusion, application_id=uuid("n"), rating_id="''")


def rating_looks(count: int) -> Iterator[Look]:
    """Return what is asked of ratings, invitations, visits and exclusions."""
    middle = (moment(count // 2), as_uuid(count // 2))
    for who in (MANY, NONE):
        for page, after in (("first", None), ("late", middle)):
            mine = partial(rated.list_own_ratings, rater=who, after=after, size=PAGE)
            yield Look(f"ratings of rater {who} {page}", mine, ("rating_of_rater",))
            asked: dict[str, Any] = {"applicant": who, "clock": "rating_invitation", "now": moment(count)}
            to_rate = partial(visiting.list_open_invitations, **asked, after=after, size=PAGE)
            yield Look(f"invitations of {who} {page}", to_rate, ("invitation_open",))
            for level in ("", "SATISFIED"):
                for matter in ("", "m1"):
                    wanted = UnitRatingFilter(who, "2026-03", level, matter, ("m0", "m1"))
                    last = after[1] if after else ""
                    listed = partial(unit_ratings.list_of_unit, wanted=wanted, after=last, size=PAGE)
                    yield Look(f"ratings of {who} {level} {matter} {page}", listed, ("rating_of_unit",), sorts=True)
        for name, ask in (
            ("raters", partial(unit_ratings.raters_by_matter, unit=who, period="2026-03")),
            ("levels", partial(unit_ratings.counts_by_level, unit=who, period="2026-03")),
            ("listed", partial(unit_ratings.count_listed, unit=who, period="2026-03", shown=("m0",))),
        ):
            yield Look(f"{name} of {who}", ask, ("rating_of_unit",), sorts=True, flat=who == NONE)
    for page, before in (("first", ""), ("late", as_uuid(count // 2))):
        for rule, index in (("", "sqlite_autoindex_exclusion_1"), (MANY, "exclusion_by_rule")):
            excluded = partial(excluding.list_exclusions, rule=rule, before=before, size=PAGE)
            yield Look(f"exclusions {rule} {page}", excluded, (index,))
    since, until = moment(0), moment(count)
    device = partial(excluding.rated_by_device, mark="d1", since=since, until=until)
    yield Look("ratings of a device", device, ("rating_of_device",))
    window = partial(excluding.rated_at_window, mark="w1", since=since, until=until)
    yield Look("ratings at a window", window, ("rating_of_window",))
    recent = partial(visiting.recent_visits, window="w1", since=since, size=PAGE)
    yield Look("visits at a window", recent, ("visit_at_window",), sorts=True)
    case = evaluation.case_files.c
    named = {case.applicant_id.name: "BIG", case.matter_code.name: "m1", case.closed_at.name: until}
    alike = partial(excluding.cases_alike, case=SimpleNamespace(**named), since=since)
    yield Look("cases alike", alike, ("case_file_of_applicant",))
    yield Look("to judge", partial(excluding.next_unjudged, size=PAGE))


def rectification_looks(count: int) -> Iterator[Look]:
    """Return what is asked of rectifications: inboxes, appeals, what raters and everybody read."""
    middle = (moment(count // 2), as_uuid(count // 2))
    for who in (MANY, NONE, ""):
        for page, after in (("first", None), ("late", (2, *middle))):
            for state in ("", "OPENED"):
                for overdue in (False, True):
                    wanted = InboxFilter(who, state, overdue)
                    listed = partial(rectification_lists.list_inbox, wanted=wanted, person="p7", after=after, size=PAGE)
                    index = f"rectification_of_{'unit' if who else 'all'}{'_in_state' if state else ''}"
                    yield Look(f"rectifications of {who} {state} {overdue} {page}", listed, (index,))
        for page, public in (("first", None), ("late", ("2026-05", as_uuid(count // 2)))):
            read = partial(rectification_lists.list_published, unit=who, after=public, size=PAGE)
            index = "rectification_published_of_unit" if who else "rectification_published_by_month"
            yield Look(f"published rectifications of {who} {page}", read, (index,))
    for who in (MANY, NONE):
        for page, own in (("first", None), ("late", middle)):
            mine = partial(rectification_lists.list_own, rater=who, after=own, size=PAGE)
            yield Look(f"rectifications for rater {who} {page}", mine, ("rectification_of_rater",))
            theirs: dict[str, Any] = {"state": "FILED", "units": [who], "person": "p7"}
            filed = partial(rating_appeals.list_appeals, **theirs, after=own, size=PAGE)
            yield Look(f"appeals but those of {who} {page}", filed, ("rating_appeal_in_state",))


async def fill_lights(connection: AsyncConnection, count: int) -> None:
    """Store so many tasks, a tenth of them running, supervisions and overdue first answers."""
    unit, over = OF_UNIT.format("n"), "CASE WHEN n % 40 < 2 THEN @n END"
    of_task = {"task_id": uuid("n"), "application_id": uuid("n"), "task_key": "'k'", "unit": unit}
    await fill(
        connection,
        evaluation.case_tasks,
        count,
        **of_task,
        is_open="n % 20 < 2",
        promised_due="@n",
        warned_at="CASE WHEN n % 40 < 2 OR n % 200 IN (20, 21) THEN @n END",
        overdue_at=over,
    )
    await fill(connection, evaluation.case_files, count, application_id=uuid("n"))
    rank = "CASE WHEN n % 20 < 2 THEN n % 2 ELSE 2 END"
    of_supervision = {"supervision_id": uuid("n"), "application_id": uuid("n"), "letter_id": uuid("n"), "unit": unit}
    await fill(connection, evaluation.supervisions, count, **of_supervision, rank=rank, state="'SENT'")
    of_step = {"step_id": uuid("n"), "supervision_id": uuid("n"), "number": "1"}
    await fill(connection, evaluation.supervision_steps, count, **of_step)
    answered = "CASE WHEN n % 20 < 2 THEN NULL ELSE @n END"
    of_answer = {"application_id": uuid("n"), "unit": unit, "due_at": "@n", "answered_at": answered}
    await fill(connection, evaluation.late_answers, count, **of_answer)


def light_looks(count: int) -> Iterator[Look]:
    """Return what is asked of so many tasks, supervisions and overdue first answers."""
    for who in (MANY, NONE, ""):
        mine = [who] if who else None
        counted = partial(lights.count_lights, mine=mine)
        yield Look(f"lights of {who}", counted, ("case_task_running_of_unit", "late_answer_of_unit"), flat=False)
        for page, at in (("first", None), ("late", (moment(count), as_uuid(count)))):
            for light in LightColour:
                listed = partial(lights.list_lights, mine=mine, light=light, after=at, size=PAGE)
                purple = light is LightColour.PURPLE
                indexes = (
                    "late_answer_of_unit|late_answer_due" if purple else "case_task_running_of_unit|case_task_running"
                )
                yield Look(f"{light.value} of {who} {page}", listed, (indexes,), sorts=bool(who))
            after = at and (1, at[1])
            for state in ("", "SENT"):
                wanted = SupervisionFilter(state=state)
                ask = partial(supervising.list_supervisions, mine=mine, wanted=wanted, after=after, size=PAGE)
                index = ("supervision_of_unit|supervision_ranked",)
                yield Look(f"supervisions of {who} {state} {page}", ask, index, sorts=bool(who))
    yield Look("steps", partial(supervising.steps_of, supervision_id=as_uuid(1)), sorts=True)


async def fill_assessments(connection: AsyncConnection, count: int) -> None:
    """Store so many assessments with a standing and an appeal each; a tenth of all is one group's, one unit's."""
    state = "CASE WHEN n % 20 < 2 THEN 'OBJECTION' ELSE 'PUBLISHED' END"
    of_one = {"assessment_id": uuid("n"), "period": "'P' || n", "revision": "1", "published_at": "@n"}
    await fill(connection, evaluation.assessments, count, **of_one, group_name=OF_UNIT.format("n"), state=state)
    standing = {"assessment_id": uuid("n"), "unit": OF_UNIT.format("n"), "ending": "'TOP'"}
    await fill(connection, evaluation.standings, count, **standing)
    appeal = {"appeal_id": uuid("n"), "assessment_id": uuid("n"), "unit": OF_UNIT.format("n"), "state": "'UPHELD'"}
    await fill(connection, evaluation.appealed, count, **appeal)


def evaluation_looks(count: int) -> Iterator[Look]:
    """Return evaluation's questions of a database with so many letters."""
    for who in (MANY, NONE):
        for page, after in (("first", ""), ("late", as_uuid(count))):
            theirs = partial(lettering.list_letters_to, mine=[who], after=after, size=PAGE)
            yield Look(f"letters to {who} {page}", theirs, ("letter_of_unit",), sorts=True)
            for state in ("", "DRAFT"):
                wanted = LetterFilter(unit=who, state=state)
                listed = partial(lettering.list_letters, wanted=wanted, after=after, size=PAGE)
                yield Look(
                    f"letters {who} {state} {page}", listed, ("letter_of_unit|letter_in_state",), sorts=not state
                )
    yield from finding_looks(count)
    yield from rectification_looks(count)
    yield from figure_looks(count)
    in_state = partial(lettering.list_letters, wanted=LetterFilter(state="DRAFT"), after="", size=PAGE)
    yield Look("letters in a state", in_state, ("letter_in_state",))
    yield from light_looks(count)
    yield from assessment_looks(count)
    yield from rating_looks(count)


def assessment_looks(count: int) -> Iterator[Look]:
    """Return the questions on assessments, of a database with so many."""
    one = as_uuid(count // 2)
    for page, after in (("first", ""), ("late", as_uuid(count))):
        yield Look(f"assessments {page}", partial(assessing.list_assessments, group="", after=after, size=PAGE))
        for who in (MANY, NONE):
            of_group = partial(assessing.list_assessments, group=who, after=after, size=PAGE)
            yield Look(f"assessments {who} {page}", of_group, ("assessment_of_group",))
            of_unit = partial(assessing.list_assessments_of, unit=who, after=after, size=PAGE)
            yield Look(f"assessments of {who} {page}", of_unit, ("standing_of_unit",))
        for mine in (None, [MANY]):
            of_one = partial(
                assessment_appeals.list_assessment_appeals, assessment_id=one, mine=mine, after=after, size=PAGE
            )
            yield Look(f"appeals {mine} {page}", of_one, ("appeal_of_assessment",), sorts=True)
    for mine in (None, [MANY]):
        yield Look(f"standings {mine}", partial(assessing.standings_kept, assessment_id=one, mine=mine), sorts=True)
    yield Look(
        "last ranking", partial(assessing.published_assessment, group=MANY, period=""), ("assessment_published",)
    )
    periods = partial(assessing.published_ends, group=MANY, periods=["P10", "P20"], at_end="BOTTOM")
    yield Look("ends", periods, sorts=True)
    yield Look("ends of a period", partial(assessing.ends_of_revisions, group=MANY, period="P10"))


def chassis_looks(count: int) -> Iterator[Look]:
    """Return the questions that every service asks of the chassis' tables, of so many rows each."""
    del count
    now = moment(0)
    yield Look("outbox waiting", outbox.waiting, ("outbox_unpublished",))
    yield Look("outbox oldest", partial(outbox.oldest_seconds, now=now), ("outbox_unpublished",))
    yield Look("audit oldest", partial(audit.oldest_seconds, now=now))
    yield Look("parked counts", parking.counts)
    yield Look("outgoing counts", partial(outgoing.counts, now=now), sorts=True)
    yield Look("parked next", parking.next_look, ("parked_alive",))


FILLS: dict[str, tuple[Fill, Callable[[int], Iterator[Look]]]] = {
    "workflow_svc": (fill_workflow, workflow_looks),
    "intake_svc": (fill_intake, intake_looks),
    "esign_svc": (fill_esign, esign_looks),
    "datashare_svc": (fill_datashare, datashare_looks),
    "evaluation_svc": (fill_evaluation, evaluation_looks),
    "chassis.testing.sample": (fill_chassis, chassis_looks),
}
BOUNDED = {"unit", "calendar", "definition", "matter", "counter", "lease", "audit_head", "schema_line", "key_check"} | {
    "figures",  # one row
    "audit_unchained",  # what was written in the last second
    "outgoing",  # what is not done yet
    "unjudged",  # what the rules of exclusion have not ruled on in the last seconds
    *("seal", "seal_step", "seal_key"),  # a city has some hundreds
    *("network", "resource", "sharing", "served", "acceptance_case"),  # a city has some hundreds
    "letter_counter",  # a row a unit, word and year
    "pack_document",  # a file of the city pack
}
GROWING = {
    name
    for metadata in (
        workflow.metadata,
        intake.metadata,
        esign.metadata,
        datashare.metadata,
        evaluation.metadata,
        schema.metadata,
    )
    for name in metadata.tables
} - BOUNDED
STORES: tuple[ModuleType, ...] = (
    workflow,
    listing,
    transferring,
    intake,
    booking,
    drafting,
    searching,
    attached,
    timelines,
    windows,
    offered,
)
STORES += (excluding, rated, unit_ratings, visiting)
STORES += (registry, papers, licences, copies, disputed, evidence, grant_requests, grant_timers, granting)
STORES += (connections, acceptances, serving, used)
STORES += (assessing, assessment_appeals)
STORES += (lettering, lights, noticing, supervising)
STORES += (rectifications, rectification_lists, rating_appeals, findings)
STORES += (statements, timing)
STORES += (folding, generations, opened_figures, tallying)
STORES += (access_log, cases, known_persons)
ASKED_OTHERWISE = {
    "evaluation_svc.store.generations.only_in": "all figures of two generations, held against each other by a rebuild",
    "evaluation_svc.store.lights.unit_names": "a city has some dozens of units",
    "evaluation_svc.store.findings.entries_of": "of one case",
    "evaluation_svc.store.findings.findings_of": "by the primary key's beginning",
    "evaluation_svc.store.findings.items_told": "of the items of one case",
    "esign_svc.store.papers.unit_terms": "of the catalogue's units, which are few",
    "intake_svc.store.attached.attached_to": "by the primary key's beginning",
    "intake_svc.store.booking.booked_of": "by the primary key's beginning",
    "intake_svc.store.unit_names": "of the catalogue's units, which are few",
    "intake_svc.store.windows.unit_terms": "of the catalogue's units, which are few",
    "datashare_svc.store.connections.states": "of a city's networks, which are some hundreds",
    "datashare_svc.store.connections.networks_to_probe": "of a city's networks, which are some hundreds",
    "datashare_svc.store.connections.unconnected": "of a city's networks, which are some hundreds",
    "datashare_svc.store.connections.count_municipal": "of a city's networks, which are some hundreds",
    "datashare_svc.store.acceptances.stored_cases": "of a city pack's cases, which are some hundreds",
    "datashare_svc.store.serving.all_sharings": "of a city's matters, which are some hundreds",
    "datashare_svc.store.serving.networks_of": "of a city's resources, which are some hundreds",
    "datashare_svc.store.serving.told_before": "of a city's matters, which are some hundreds",
    "workflow_svc.store.rows_of": "what it is given",
    "workflow_svc.store.tasks_beside": "of one case",
    "workflow_svc.store.tasks_of": "asked above, by a function that names two cases",
    "intake_svc.store.timelines.entries_of": "by the primary key's beginning",
    "intake_svc.store.timelines.last_places": "by the primary key's beginning",
    "esign_svc.store.licences.editions_of": "of one decision, which are few",
    "esign_svc.store.registry.any_like": "of a unit's seals, which are few",
    "esign_svc.store.registry.names_by_code": "of a city's seals, which are some hundreds",
    "esign_svc.store.registry.lock_applied_by": "of a city's seals, which are some hundreds",
    "intake_svc.store.licences.hold": "what it is given",
    "intake_svc.store.licences.used_in": "by the primary key's beginning",
    "intake_svc.store.drafting.count_drafts": "of one owner's drafts, which are few and go after three months",
    "intake_svc.store.drafting.list_drafts": "of one owner's drafts, which are few and go after three months",
}
"""What finds several rows and needs no row above, with the reason."""
