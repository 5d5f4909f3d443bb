"""Known mistakes: in which file each is planted, and the test that must fail for it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: in which file, what is replaced by what, and the test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str
    connected: bool = False

    @property
    def package(self) -> Path:
        """Return the folder of the package that it is planted in."""
        return ROOT.joinpath(*Path(self.file).parts[:3])


MUTANTS = (
    Mutant(
        "the relay reads by id greater than the last",
        "chassis/src/chassis/events/outbox.py",
        "    .where(outbox.c.published_at.is_(None))\n    .order_by(outbox.c.position)",
        "    .where(outbox.c.position > sa.select(sa.func.coalesce(sa.func.max(outbox.c.position), 0))"
        ".where(outbox.c.published_at.is_not(None)).scalar_subquery())\n    .order_by(outbox.c.position)",
        "chassis/tests/events/test_outbox.py",
        connected=True,
    ),
    Mutant(
        "one person signs an acceptance for both sides",
        "datashare-svc/src/datashare_svc/store/acceptances.py",
        'ours == "", theirs != sa.bindparam("by")',
        'ours == ""',
        "datashare-svc/tests/test_connections.py",
    ),
    Mutant(
        "an acceptance that did not pass is signed",
        "datashare-svc/src/datashare_svc/store/acceptances.py",
        "    acceptance_runs.c.passed == acceptance_runs.c.cases,\n",
        "",
        "datashare-svc/tests/test_connections.py",
    ),
    Mutant(
        "what a network serves changes while it is down",
        "datashare-svc/src/datashare_svc/domain/model.py",
        "Connection.DEGRADED, Connection.DOWN})",
        "Connection.DEGRADED})",
        "datashare-svc/tests/test_connections.py",
    ),
    Mutant(
        "older news of what is served takes the place of newer",
        "catalog-svc/src/catalog_svc/store/serving.py",
        "    where=served.c.version < _KEEP.excluded.version,\n",
        "",
        "catalog-svc/tests/test_served.py",
    ),
    Mutant(
        "marked before it is published",
        "chassis/src/chassis/events/outbox.py",
        "            await self._bus.publish(",
        "            async with self._database.unit_of_work() as early:\n"
        "                await _mark(early, [row.position for row in rows], token)\n"
        "            await self._bus.publish(",
        "chassis/tests/events/test_outbox.py",
    ),
    Mutant(
        "the fencing token is not checked",
        "chassis/src/chassis/events/outbox.py",
        'lease.c.name == RELAY, lease.c.token == sa.bindparam("held")',
        "lease.c.name == RELAY",
        "chassis/tests/events/test_outbox.py",
    ),
    Mutant(
        "the inbox row outside the effect's transaction",
        "chassis/src/chassis/events/inbox.py",
        "        await reader.handler(work,",
        "        await work.connection.commit()\n        await reader.handler(work,",
        "chassis/tests/events/test_inbox.py",
    ),
    Mutant(
        "a parked event does not hold back its subject",
        "chassis/src/chassis/events/standing.py",
        " if row.behind else _missing(",
        " if False else _missing(",
        "chassis/tests/events/test_inbox.py",
    ),
    Mutant(
        "the key is looked up but not stored with the effect",
        "chassis/src/chassis/http/idempotency.py",
        '            work.add(idempotency, {**self._scope, **row, "created_at": work.clock.now()})\n',
        "",
        "chassis/tests/http/test_idempotency.py",
    ),
    Mutant(
        "a refusal is given without another look at the key",
        "chassis/src/chassis/http/idempotency.py",
        "            await once._look_again()\n",
        "            pass\n",
        "intake-svc/tests/test_replays.py",
    ),
    Mutant(
        "the audit chain is not recomputed",
        "chassis/src/chassis/data/chained.py",
        "if row[7] != digest_of(row[:7]):",
        "if False:",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "a row is chained without a look at its seal",
        "chassis/src/chassis/data/audit.py",
        '[row for row in waiting if row["position"] not in wrong]',
        "waiting",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "an audit row that is put in again is chained again",
        "chassis/src/chassis/data/audit.py",
        "elif words in seen:",
        "elif False:",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "a writer of an audit row waits for the chain's head",
        "chassis/src/chassis/data/audit.py",
        "    seal = _cipher(work.cipher)",
        "    await work.connection.execute(sa.select(audit_head).with_for_update())\n    seal = _cipher(work.cipher)",
        "chassis/tests/data/test_audit.py",
        connected=True,
    ),
    Mutant(
        "a key is the same for whatever path it is used on",
        "chassis/src/chassis/http/idempotency.py",
        "request.url.path.encode() + b",
        "b",
        "chassis/tests/http/test_idempotency.py",
    ),
    Mutant(
        "the house is not kept",
        "chassis/src/chassis/service.py",
        "                await self.trim()\n",
        "                pass\n",
        "chassis/tests/test_service.py",
    ),
    Mutant(
        "a lease is released by who no longer holds it",
        "chassis/src/chassis/data/leases.py",
        "lease.c.token == token).values(expires_at=lapsed)",
        "lease.c.token >= 0).values(expires_at=lapsed)",
        "chassis/tests/events/test_outbox.py::test_only_one_holder_has_the_lease_until_it_is_released",
    ),
    Mutant(
        "a principal for others is believed",
        "chassis/src/chassis/http/identity.py",
        'if claims["aud"] != PREFIX + audience:',
        "if False:",
        "chassis/tests/http/test_identity.py",
    ),
    Mutant(
        "a service vouches for whom it likes",
        "chassis/src/chassis/http/identity.py",
        "else principal == own",
        "else True",
        "chassis/tests/http/test_service_callers.py",
    ),
    Mutant(
        "a route for services admits every service",
        "chassis/src/chassis/http/identity.py",
        "caller.subject not in self.services",
        "not self.services",
        "chassis/tests/http/test_identity.py",
    ),
    Mutant(
        "siblings are asked at each other's address",
        "chassis/src/chassis/settings.py",
        'getattr(settings, f"{name}_url")',
        'getattr(settings, f"{max(siblings)}_url")',
        "chassis/tests/test_settings.py",
    ),
    Mutant(
        "one share for all operations",
        "gateway/src/gateway/proxy.py",
        "self._limits.hit(rate, operation.name, *who)",
        "self._limits.hit(rate, *who)",
        "gateway/tests/test_shares.py",
    ),
    Mutant(
        "another service answers",
        "gateway/src/gateway/proxy.py",
        "await self._upstreams[operation.service](inner",
        "await next(iter(self._upstreams.values()))(inner",
        "gateway/tests/test_proxy.py::test_each_operation_reaches_the_service_whose_it_is",
    ),
    Mutant(
        "the oldest calendar is taken for the newest",
        "catalog-svc/src/catalog_svc/store/__init__.py",
        "order_by(calendars.c.version.desc())",
        "order_by(calendars.c.version)",
        "catalog-svc/tests/test_handlers.py::test_of_many_calendars_the_newest_counts",
    ),
    Mutant(
        "nobody accepted",
        "intake-svc/src/intake_svc/handlers/accept.py",
        '        "accepted_by": caller.subject,\n',
        "",
        "intake-svc/tests/test_acceptance.py::test_an_acceptance_is_written_down_as_the_clerks_deed",
    ),
    Mutant(
        "a change passes for what was shared",
        "intake-svc/src/intake_svc/domain/sources.py",
        "    if is_same(kind, given, shared):\n",
        "    if is_same(kind, given, shared) or not reason:\n",
        "intake-svc/tests/test_prefill.py",
    ),
    Mutant(
        "a source that is out is taken for one that serves nothing",
        "intake-svc/src/intake_svc/handlers/verify.py",
        "        return Checked(materials, {}, is_out=True)\n",
        "        return Checked(materials, {})\n",
        "intake-svc/tests/test_verification.py",
    ),
    Mutant(
        "a dispute is filed under another id each time",
        "intake-svc/src/intake_svc/handlers/sharing.py",
        '        await file_dispute(intake, {**filing.model_dump(mode="json"), **of_case, **of_draft})\n',
        '        another = {"dispute_id": intake.database.ids()}\n'
        '        told = {**filing.model_dump(mode="json"), **of_case, **of_draft, **another}\n'
        "        await file_dispute(intake, told)\n",
        "intake-svc/tests/test_verification.py",
    ),
    Mutant(
        "the evidence is not of the query's own transaction",
        "datashare-svc/src/datashare_svc/handlers/ask.py",
        "    access_log.add_access(work, {",
        "    str({",
        "datashare-svc/tests/queries/test_ask.py",
    ),
    Mutant(
        "a refusal leaves no trace",
        "datashare-svc/src/datashare_svc/handlers/ask.py",
        "            await _record_refusal(work, query, refusal)\n",
        "",
        "datashare-svc/tests/queries/test_queries.py",
    ),
    Mutant(
        "a case that is over still gives",
        "datashare-svc/src/datashare_svc/domain/admission.py",
        "    if not case.is_open:\n        raise QueryCaseOver\n",
        "",
        "datashare-svc/tests/queries/test_queries.py::test_a_case_that_is_over_gives_nothing",
    ),
    Mutant(
        "another person's number is asked by",
        "datashare-svc/src/datashare_svc/domain/admission.py",
        "    if foreign or not query.keys or not is_about:\n",
        "    if not query.keys or not is_about:\n",
        "datashare-svc/tests/queries/test_queries.py",
    ),
    Mutant(
        "an officer's queries are counted at once",
        "datashare-svc/src/datashare_svc/handlers/admit.py",
        """        await take_turn(connection, f"query/{query.officer}")\n""",
        "        pass\n",
        "datashare-svc/tests/queries/test_reconciled.py",
        connected=True,
    ),
    Mutant(
        "a task that was decided in time is written to the unit",
        "evaluation-svc/src/evaluation_svc/handlers/supervision.py",
        "task is None or not task.is_open or ",
        "task is None or ",
        "evaluation-svc/tests/test_supervision.py",
    ),
    Mutant(
        "a clock fires by a guess",
        "workflow-svc/src/workflow_svc/handlers/timers.py",
        'None if derivation["provisional"] else next_at(row)',
        "next_at(row)",
        "workflow-svc/tests/test_deadlines.py",
    ),
    Mutant(
        "a deadline is told a second late",
        "workflow-svc/src/workflow_svc/handlers/deadlines.py",
        "    over = now >= due_at\n",
        "    over = now > due_at\n",
        "workflow-svc/tests/test_deadlines.py",
    ),
    Mutant(
        "any signature of an assessor is a finding",
        "evaluation-svc/src/evaluation_svc/domain/assessor_findings.py",
        'get("typ") == type_:',
        'get("typ"):',
        "evaluation-svc/tests/test_signed_statements.py",
    ),
    Mutant(
        "a unit reads its own appeal as its reviewer",
        "evaluation-svc/src/evaluation_svc/store/rating_appeals.py",
        "_FIND = _SHOWN.where(_ONE, _NOT_OWN, _NOT_RATED, _NOT_RATER)\n",
        "_FIND = _SHOWN.where(_ONE, _NOT_RATED, _NOT_RATER)\n",
        "evaluation-svc/tests/rectification/test_appeals.py",
    ),
    Mutant(
        "who is at both ends is criticised",
        "evaluation-svc/src/evaluation_svc/domain/ranking.py",
        "frozenset(below - above))",
        "frozenset(below))",
        "evaluation-svc/tests/test_ranking.py",
    ),
    Mutant(
        "a ranking is published over an open appeal",
        "evaluation-svc/src/evaluation_svc/store/assessing.py",
        "        ~_STILL_OPEN,\n",
        "",
        "evaluation-svc/tests/test_assessments.py::test_an_appeal_blocks_publication_until_it_is_decided",
    ),
    Mutant(
        "nothing divided by nothing is a figure",
        "evaluation-svc/src/evaluation_svc/domain/formulas.py",
        "    except ZeroDivisionError:\n        return None\n",
        "    except ZeroDivisionError:\n        return Fraction(0)\n",
        "evaluation-svc/tests/test_formulas.py",
    ),
    Mutant(
        "what happens during a rebuild is not in it",
        "evaluation-svc/src/evaluation_svc/handlers/counting.py",
        "        if now.building is not None:\n",
        "        if now.building is not None and now.building < 0:\n",
        "evaluation-svc/tests/test_counting.py",
    ),
    Mutant(
        "hidden rows are together a small number",
        "evaluation-svc/src/evaluation_svc/domain/withholding.py",
        "    return len(hidden) > 1 and not any(0 < total < shown_from for total in sums)\n",
        "    return len(hidden) > 1 or not sums\n",
        "evaluation-svc/tests/test_figures.py",
    ),
    Mutant(
        "one person with many ratings is many",
        "evaluation-svc/src/evaluation_svc/store/unit_ratings.py",
        "sa.func.count(ratings.c.rater_id.distinct())",
        "sa.func.count()",
        "evaluation-svc/tests/ratings/test_confidential.py",
    ),
    Mutant(
        "stars count as the national standard does",
        "evaluation-svc/src/evaluation_svc/domain/rating_codes.py",
        "{level: str(5 - place)",
        "{level: str(place + 1)",
        "evaluation-svc/tests/ratings/test_codes.py",
    ),
    Mutant(
        "a case in time is late",
        "evaluation-svc/src/evaluation_svc/domain/marks_of_cases.py",
        '        "cases_on_time": int(promised is not None and at <= promised),\n',
        '        "cases_on_time": int(promised is not None and at < promised),\n',
        "evaluation-svc/tests/test_marks.py",
    ),
    Mutant(
        "the province's word on another rating is taken",
        "evaluation-svc/src/evaluation_svc/outside/provincial_rest.py",
        '    if told.get("rating_key") != rating_id:\n',
        '    if "rating_key" not in told:\n',
        "evaluation-svc/tests/province/test_telling.py",
    ),
)
