"""One matter driven through the public API, as citizens, clerks and reviewers would: for demo, tests and bench."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

from chassis.base.clock import local
from chassis.http.asgi import App
from chassis.http.upstream import Reply, call

ANSWERS = {
    "parents_nationality": "both",
    "birth_place": "zhengzhou",
    "in_wedlock": "yes",
    "residence": "hukou",
    "hukou_follow": "mother",
    "insurance": "yes",
    "card": "yes",
    "maternity": "both",
}
# Synthetic: region 410199 does not exist (GB 11643 check characters are right). The simulated registers say the same.
FORM = {
    "child_name": "测小宝",
    "child_sex": "1",
    "child_ethnicity": "01",
    "birth_hospital": "郑州市妇幼保健院",
    "mother_name": "测试母亲甲",
    "mother_id_number": "410199199203041027",
    "mother_phone": "13800000000",
    "father_name": "测试父亲甲",
    "father_id_number": "410199199003070018",
    "paternity_promise": "yes",
    "residence_address": "郑州市测试路 1 号",
    "card_bank": "zzb",
    "bank_account": "6200000000000000000",
    "bank_account_name": "测试母亲甲",
}
MATERIALS = {"birth_certificate": "Z000000001"}
MATTER = "newborn"
IN_FLIGHT = "request_in_flight"
GIVEN = "天地玄黄宇宙洪荒日月盈昃辰宿列张" * 16
"""A character for each byte."""


def filled_in(today: date) -> dict[str, str]:
    """Return the form as its applicant fills it in for a child born five days before."""
    born = (today - timedelta(days=5)).isoformat()
    return {**FORM, "child_name": f"测{_given_name()}", "child_birth_date": born}


def _given_name() -> str:
    """Return a name that hardly any other child has, so that no two journeys are for the same one."""
    return "".join(GIVEN[digit] for digit in uuid4().bytes[:6])


class Unexpected(Exception):  # noqa: N818  named after the fact
    """The suite answered otherwise than it should."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the gateway, signed in unless the token is empty.

    A keyed request is repeated with its key until its outcome is known.
    """

    gateway: App
    token: str
    patience: float = 30.0

    async def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON of a GET. Raises Unexpected for any but 200."""
        return _expect(await self._send("GET", path, query=query), 200).json()

    async def find(self, path: str, **query: str | int) -> Any:
        """Return the JSON of a GET; None where there is nothing. Raises Unexpected for any but 200 and 404."""
        reply = await self._send("GET", path, query=query)
        return None if reply.status == 404 else _expect(reply, 200).json()

    async def file(self, path: str) -> bytes:
        """Return the file that a GET answers with. Raises Unexpected for any answer but 200."""
        return _expect(await self._send("GET", path), 200).body

    async def send_file(self, path: str, data: bytes, media_type: str) -> Any:
        """Return the JSON of a POST of a file. Raises Unexpected for any answer but 200."""
        return _expect(await self._send("POST", path, body=data, headers={"content-type": media_type}), 200).json()

    async def put(self, path: str, body: Mapping[str, Any], *, seen: int) -> Any:
        """Return the JSON of a PUT over the version that was seen; where an answer was lost, of what it made.

        Raises Unexpected for any answer but 200.
        """
        reply = await self._send("PUT", path, body=body, headers={"if-match": f'"{seen}"'})
        if reply.status == 412 and (found := await self.get(path)) and body.items() <= found.items():
            return found
        return _expect(reply, 200).json()

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        """Return the JSON of a keyed POST. Raises Unexpected for any but 201."""
        return _expect(await self._send("POST", path, body=body, headers=_keyed(key or str(uuid4()))), 201).json()

    async def ask(self, path: str, body: Any) -> Any:
        """Return the JSON of a POST that changes nothing and so has no key. Raises Unexpected for any but 200."""
        return _expect(await self._send("POST", path, body=body), 200).json()

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        headers = {**({"authorization": f"Bearer {self.token}"} if self.token else {}), **(headers or {})}
        ends = monotonic() + self.patience
        while True:
            try:
                reply = await call(
                    self.gateway, method, f"/api/v1{path}", query=query, body=body, headers=headers, within=10.0
                )
            except Exception:
                if monotonic() > ends:
                    raise
                await asyncio.sleep(0.2)
                continue
            passing = reply.status in {429, 502, 503, 504} or (
                reply.status == 409 and reply.json()["code"] == IN_FLIGHT
            )
            if not passing or monotonic() > ends:
                return reply
            await asyncio.sleep(float(reply.headers.get("retry-after", "0.2")) if reply.status == 429 else 0.2)


def _keyed(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def _expect(reply: Reply, status: int) -> Reply:
    if reply.status != status:
        raise Unexpected(f"{reply.status} {reply.body.decode(errors='replace')[:500]}")
    return reply


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: a citizen, the lead unit's window clerk, a reviewer of each unit."""

    citizen: Actor
    clerk: Actor
    reviewers: Mapping[str, Actor]


@dataclass(slots=True)
class Told:
    """What has been seen of one matter so far."""

    guide: dict[str, Any] = field(default_factory=dict)
    application: dict[str, Any] = field(default_factory=dict)
    decided: list[str] = field(default_factory=list)
    timeline: dict[str, Any] = field(default_factory=dict)


async def find(citizen: Actor, words: str = "生孩子") -> dict[str, Any]:
    """Search in everyday words; return the first hit."""
    found = await citizen.get("/matters", q=words)
    if not found["items"]:
        raise Unexpected(f"nothing found for {words}")
    first: dict[str, Any] = found["items"][0]
    return first


async def ask_guide(citizen: Actor, answers: Mapping[str, str] = ANSWERS) -> dict[str, Any]:
    """Return the guide of a situation."""
    guide: dict[str, Any] = await citizen.ask(f"/matters/{MATTER}/guide", {"answers": dict(answers)})
    return guide


async def draft(citizen: Actor, answers: Mapping[str, str] = ANSWERS, *, key: str | None = None) -> dict[str, Any]:
    """Make a draft and fill in what the guide asks for and no source has told."""
    made = await citizen.post("/drafts", {"matter_code": MATTER, "answers": dict(answers)}, key=key)
    asked = {fault["pointer"].rpartition("/")[2] for fault in made["missing"]}
    form = {name: value for name, value in filled_in(local(datetime.now(UTC)).date()).items() if name in asked}
    materials = {name: value for name, value in MATERIALS.items() if name in asked}
    body = {"form": {**made["form"], **form}, "materials": {**made["materials"], **materials}}
    saved: dict[str, Any] = await citizen.put(f"/drafts/{made['draft_id']}", body, seen=made["version"])
    return saved


async def submit(citizen: Actor, saved: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
    """Submit a draft as it was seen; return the application."""
    body = {"draft_id": saved["draft_id"], "draft_version": saved["version"]}
    application: dict[str, Any] = await citizen.post("/applications", body, key=key)
    return application


async def accept(clerk: Actor, application_id: str, *, key: str | None = None) -> dict[str, Any]:
    """Accept an application, having checked its materials."""
    seen = await clerk.get(f"/applications/{application_id}")
    checked = [material["material"] for material in seen["materials"] if material["required"]]
    path = f"/applications/{application_id}/acceptances"
    accepted: dict[str, Any] = await clerk.post(path, {"materials_checked": checked}, key=key)
    return accepted


GRANT = {"outcome": "grant"}


async def work_through(
    cast: Cast, application: Mapping[str, Any], *, decisions: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Let the units work in parallel until the case is closed; yield each decided task.

    `decisions` says what is not simply granted, by task key. Raises Unexpected when nothing moves for a minute.
    """
    path, number = f"/applications/{application['application_id']}/timeline", application["application_number"]
    done: set[str] = set()
    moved = monotonic()
    while True:
        timeline = await cast.citizen.get(path)
        if timeline["state"] == "closed":
            return
        entries = timeline["entries"]
        opened = {one["unit"] for one in entries if one["kind"] == "task_opened" and one["task_key"] not in done}
        inboxes = await asyncio.gather(
            *(cast.reviewers[unit].get("/tasks", application_number=number) for unit in sorted(opened))
        )
        waiting = [task for inbox in inboxes for task in inbox["items"]]
        for task in await asyncio.gather(*(_decide(cast, task, decisions or {}) for task in waiting)):
            done.add(task["task_key"])
            moved = monotonic()
            yield task
        if monotonic() - moved > 60:
            raise Unexpected(f"nothing moved for a minute: {timeline}")
        if not waiting:
            await asyncio.sleep(0.05)


async def _decide(cast: Cast, task: dict[str, Any], decisions: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    decision = dict(decisions.get(task["task_key"], GRANT))
    key = f"decide-{task['task_id']}"
    decided: dict[str, Any] = await cast.reviewers[task["unit"]].post(
        f"/tasks/{task['task_id']}/decisions", decision, key=key
    )
    return decided


async def complete_steps(citizen: Actor, application_id: str, *, receipt: str = "") -> list[dict[str, Any]]:
    """Do the open steps that are the applicant's own, as paying is; return them."""
    cases = (await citizen.get("/cases", application_id=application_id))["items"]
    tasks = [task for one in cases for task in (await citizen.get(f"/cases/{one['case_id']}"))["tasks"]]
    mine = [task for task in tasks if (task["by"], task["state"]) == ("APPLICANT", "open")]
    body = {"receipt": receipt}
    return [
        await citizen.post(f"/tasks/{task['task_id']}/completions", body, key=f"complete-{task['task_id']}")
        for task in mine
    ]


async def whole(cast: Cast, *, answers: Mapping[str, str] = ANSWERS) -> Told:
    """Drive a matter from the search to the closed case; return what was seen."""
    told = Told()
    await find(cast.citizen)
    told.guide = await ask_guide(cast.citizen, answers)
    saved = await draft(cast.citizen, answers)
    told.application = await submit(cast.citizen, saved)
    await accept(cast.clerk, told.application["application_id"])
    told.decided = [task["task_key"] async for task in work_through(cast, told.application)]
    path = f"/applications/{told.application['application_id']}/timeline"
    told.timeline = await cast.citizen.get(path)
    return told
