"""A group that is assessed: its rules, units and counts, and the people who take the steps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client
from evaluation_svc.app import CLOCKS
from evaluation_svc.handlers import Evaluation, load_evaluation, timer_page
from evaluation_svc.store.learned import save_unit

ASSESSMENTS, RANKINGS = "/api/v1/assessments", "/api/v1/rankings"
SCOPES = frozenset({"evaluation:read", "evaluation:manage", "matter:read"})
PERIOD = "2026-02"
DEPARTMENTS = [f"U{number:02d}" for number in range(1, 8)]
TERM = {"amount": 5, "unit": "WORKDAY", "warn": 1, "source": "建议", "status": "proposed"}
RATE: Mapping[str, Any] = {
    "indicator": "online_handling_rate",
    "name": "网上办理率",
    "formula": "100 * online_cases / cases",
    "unit": "percent",
    "direction": "up",
    "level": ["unit"],
    "period": "month",
    "target": "",
    "source": "建议",
    "basis": "方案(四)",
    "status": "proposed",
}
LATE: Mapping[str, Any] = {
    **RATE,
    "indicator": "overdue_rate",
    "name": "超期率",
    "formula": "100 * cases_overdue / cases_closed",
    "direction": "down",
}
CRITERION: Mapping[str, Any] = {
    "indicator": "online_handling_rate",
    "groups": ["departments", "regions"],
    "weight": 3,
    "target": 80,
    "points": "min(100, 100 * value / target)",
    "volume": "cases",
    "minimum": 10,
    "source": "建议",
    "status": "proposed",
}
GROUP: Mapping[str, Any] = {
    "group": "departments",
    "name": "市级部门",
    "kind": "department",
    "members": [],
    "top": 2,
    "bottom": 2,
    "volume": "cases",
    "minimum": 5,
    "source": "建议",
    "status": "proposed",
}
DOCUMENTS: Mapping[str, Any] = {
    "indicators": {"status": "proposed", "source": "建议", "indicators": [RATE, LATE]},
    "assessment": {
        "status": "proposed",
        "source": "建议",
        "minimum_share": 50,
        "persistence": 3,
        "objection": TERM,
        "decision": TERM,
        "groups": [
            GROUP,
            {
                **GROUP,
                "group": "regions",
                "name": "县(市、区)、开发区",
                "kind": None,
                "members": [{"unit": "R410102", "region": "410102", "name": "中原区"}],
            },
        ],
        "criteria": [
            CRITERION,
            {
                **CRITERION,
                "indicator": "overdue_rate",
                "weight": 1,
                "target": 0,
                "points": "max(0, 100 - 10 * value)",
                "volume": "cases_closed",
                "minimum": 1,
            },
        ],
    },
}


def person(subject: str, unit: str, role: str) -> Principal:
    """Return a member of staff with a role."""
    return staff(subject, unit=unit, roles=frozenset({role}), scopes=SCOPES)


OFFICER, SECOND = person("officer-1", "ZWB", "evaluation_officer"), person("officer-2", "ZWB", "evaluation_officer")
HEAD, OTHER_HEAD = person("head-7", "U07", "unit_head"), person("head-6", "U06", "unit_head")
COMPANY_HEAD, REVIEWER = person("head-49", "U49", "unit_head"), person("reviewer-7", "U07", "reviewer")
STRANGER = person("officer-9", "U07", "evaluation_officer")
CITIZEN = citizen()


async def set_up(database: Database) -> None:
    """Load the rules, and tell the units: seven departments, a company, the office."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, DOCUMENTS)
        for code, kind in [*((code, "department") for code in DEPARTMENTS), ("U49", "company"), ("ZWB", "coordinator")]:
            told = {"unit_code": code, "name": f"单位{code}", "short_name": code, "kind": kind}
            await save_unit(work.connection, 1, {**told, "valid_to": None, "successor": None})


def rates(**online: int) -> dict[str, dict[str, int]]:
    """Return the counts of departments with so many online cases of 100, all on time; 10 a place where not said."""
    said = {code: 10 * place for place, code in enumerate(reversed(DEPARTMENTS), start=1)} | online
    usual = {"cases": 100, "cases_closed": 100, "cases_overdue": 0}
    return {code: {**usual, "online_cases": amount} for code, amount in said.items()}


class Steps:
    """Takes the steps of an assessment through the routes, each with a key of its own."""

    def __init__(self, api: Client, evaluation: Evaluation, clock: ManualClock) -> None:
        self._api, self._evaluation, self._clock = api, evaluation, clock
        self._keys = 0

    async def post(self, path: str, *, by: Principal, body: Any = None) -> Reply:
        """Post with a new key."""
        self._keys += 1
        return await self._api.post(f"{ASSESSMENTS}{path}", by=by, body=body, key=f"key-{self._keys}")

    async def get(self, path: str, *, by: Principal) -> Reply:
        """Get."""
        return await self._api.get(path, by=by)

    async def computed(self, *, by: Principal = OFFICER, **body: Any) -> dict[str, Any]:
        """Compute a ranking; return its view."""
        reply = await self.post("", by=by, body={"group": "departments", "period": PERIOD, **body})
        assert reply.status == 201, reply.json()
        found: dict[str, Any] = reply.json()
        return found

    async def told(self, **body: Any) -> str:
        """Compute a ranking and tell it; return its id."""
        assessment_id: str = (await self.computed(**body))["assessment_id"]
        reply = await self.post(f"/{assessment_id}/announcements", by=OFFICER)
        assert reply.status == 201, reply.json()
        return assessment_id

    async def pass_clocks(self, days: int = 14) -> None:
        """Let days pass, and what they bring happen."""
        self._clock.set(self._clock.now() + timedelta(days=days))
        while await timer_page(self._evaluation, CLOCKS):
            pass

    async def published(self, **body: Any) -> str:
        """Compute, tell and publish a ranking; return its id."""
        assessment_id = await self.told(**body)
        await self.pass_clocks()
        reply = await self.post(f"/{assessment_id}/publications", by=SECOND)
        assert reply.status == 201, reply.json()
        return assessment_id
