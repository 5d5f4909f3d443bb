"""Leaving out of the figures what stated rules name (防刷分): each ruling a row with its rule, reason and case.

The rules rule on each rating and each ended case once, beside requests; what a later one shows of earlier ones (a
burst, a case cut in pieces) is ruled with it.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.data.pages import alone, keep_paging

from evaluation_svc.domain.exclusions import Act, Rule, RuleText, burst, lacks_work, split, stated
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.store import cases, excluding, pack

AT_ONCE = 50
PAUSE_SECONDS = 5.0
RULED = "evaluation.exclusion.ruled"
Rules = Mapping[Rule, RuleText]


async def keep_excluded(evaluation: Evaluation) -> None:
    """Rule on what is new, page after page, until cancelled."""
    await keep_paging(partial(exclusion_page, evaluation), pause=PAUSE_SECONDS, waits="exclusions_wait")


async def exclusion_page(evaluation: Evaluation) -> int:
    """Rule on some ratings and cases, each in a transaction of its own; return on how many.

    One that fails is told in the log and stays for later, and the others are ruled on.
    """
    async with evaluation.database.asking() as connection:
        keys = await excluding.next_unjudged(connection, size=AT_ONCE)
    done = 0
    for key in keys:
        with alone("not_judged", key=key):
            done += await _judge(evaluation, key)
    return done


async def _judge(evaluation: Evaluation, key: str) -> bool:
    async with evaluation.database.unit_of_work() as work:
        row = await excluding.take_unjudged(work.connection, key)
        if row is None:
            return False
        found = await pack.find_document(work.connection, "exclusions")
        rules = stated(found.document if found else None)
        await (_judge_rating if row.kind == "rating" else _judge_case)(work, rules, row)
    return True


async def _judge_rating(work: UnitOfWork, rules: Rules, unjudged: Any) -> None:
    row = await excluding.find_rating(work.connection, unjudged.key)
    if row is None:
        return
    if row.is_default:
        if Rule.DEFAULT_RATING in rules:
            await _rule(work, rules, Rule.DEFAULT_RATING, row)
        return
    if Rule.OWN_STAFF in rules and await excluding.is_staff_of(work.connection, row.rater_id, row.unit):
        await _rule(work, rules, Rule.OWN_STAFF, row)
    for rule, mark, look in (
        (Rule.BURST_OF_DEVICE, row.device, excluding.rated_by_device),
        (Rule.BURST_AT_WINDOW, row.window_code, excluding.rated_at_window),
    ):
        if not mark or rule not in rules:
            continue
        within = timedelta(minutes=rules[rule].of("within_minutes"))
        beside = {one.rating_id: one for one in await look(work.connection, mark, row.rated_at - within, row.rated_at)}
        acts = [Act(key, one.rated_at) for key, one in beside.items()]
        latest = Act(row.rating_id, row.rated_at)
        for key in burst(acts, latest, more_than=rules[rule].of("more_than"), within=within):
            await _rule(work, rules, rule, beside[key])


async def _judge_case(work: UnitOfWork, rules: Rules, unjudged: Any) -> None:
    case = await cases.find_case(work.connection, unjudged.key)
    if case is None or case.closed_at is None:
        return
    tasks = await cases.tasks_of(work.connection, case.application_id)
    if (rule := Rule.NO_WORK) in rules:
        least = rules[rule].of("least_working_minutes")
        decided_by = [task.decided_by for task in tasks]
        if lacks_work(decided_by=decided_by, working_minutes=unjudged.working_minutes, least=least):
            await _rule(work, rules, rule, case)
    if (rule := Rule.SPLITTING) in rules and case.applicant_id and case.matter_code:
        within = timedelta(days=rules[rule].of("within_days"))
        items = _items(tasks)
        alike = {
            one.application_id: one
            for one in await excluding.cases_alike(work.connection, case, case.closed_at - within)
            if _items(await cases.tasks_of(work.connection, one.application_id)) == items
        }
        acts = [Act(key, one.closed_at) for key, one in alike.items()]
        latest = Act(case.application_id, case.closed_at)
        for key in split(acts, latest, more_than=rules[rule].of("more_than"), within=within):
            await _rule(work, rules, rule, alike[key])


def _items(tasks: list[Any]) -> frozenset[str]:
    return frozenset(task.item for task in tasks if task.item)


async def _rule(work: UnitOfWork, rules: Rules, rule: Rule, what: Any) -> None:
    """Leave out a rating, or a case as a whole, once; silence is counted apart by the figures themselves."""
    rating_id = getattr(what, "rating_id", "")
    now = work.clock.now()
    row = {
        "exclusion_id": work.ids(),
        "rule": rule.value,
        "application_id": what.application_id,
        "rating_id": rating_id,
        "unit": (what.unit if rating_id else what.lead_unit or what.unit) or "",
        "reason": rules[rule].reason,
        "ruled_at": now,
    }
    if await excluding.add_exclusion(work.connection, row) and rule is not Rule.DEFAULT_RATING:
        told = {name: row[name] for name in ("rule", "reason", "rating_id", "unit")} | {"at": now.isoformat()}
        note_own(work, About.CASE, what.application_id, type_=RULED, version=1, at=now, data=told)
