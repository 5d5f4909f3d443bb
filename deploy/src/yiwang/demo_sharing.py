"""What the demo tells of shared data: what came from where, what differs, who looked, and a network that is out."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from chassis.base.clock import SystemClock
from chassis.http.asgi import App
from gateway.development.flow import sign_in
from rich.console import Console

from yiwang import journey
from yiwang.demo_papers import Telling
from yiwang.journey import Actor, Unexpected
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.together import Together
from yiwang.wording import Words

STEWARD, ELEMENT, MOVED = "dev-data-steward-u09", "residence_address", "郑州市金水区测试路 9 号"
OUT = "marriage"
REASON, ANSWER = "上月已迁入此处,户口簿首页可证", "迁入登记漏录,已补录"
SHOWN = 6
"""How many of the looks at her data are printed; the result has them all."""
PATIENCE, TRIES = 60.0, 3


@dataclass(frozen=True, slots=True)
class Sharing:
    """Tells what is shared of one matter: to whom it is told, and the folder of the simulators, if they are here."""

    gateway: App
    citizen: Actor
    console: Console
    words: Words
    story: Telling
    simulators: Path

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)

    async def draft(self) -> dict[str, Any]:
        """Return a draft that came filled in; on a machine that is busy beyond measure not the first one does."""
        saved = await journey.draft(self.citizen)
        for _ in range(TRIES):
            if any(one["key"] == ELEMENT and one["state"] == "kept" for one in saved["sources"]):
                break
            await asyncio.sleep(1.0)
            saved = await journey.draft(self.citizen)
        return saved

    async def tell_sources(self, draft: Mapping[str, Any]) -> None:
        """Say what each unit filled in."""
        of_unit: dict[str, list[str]] = defaultdict(list)
        labels = {one["element"]: one["label"] for section in draft["sections"] for one in section["fields"]}
        kept = [one for one in draft["sources"] if one["state"] == "kept"]
        for one in kept:
            of_unit[f"{one['unit_name']}·{one['resource_name']}"].append(labels.get(one["key"], one["key"]))
        self._say(self.words.shared.format(count=len(kept)))
        for source, filled in of_unit.items():
            self._say(f"  [cyan]{source}[/] {'、'.join(filled)}")
        self.story.result["sources"] = [{name: one[name] for name in ("key", "unit_name", "state")} for one in kept]

    async def differ(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Change a value that a source has wrong, and say why; return the draft."""
        with self.story.step(self.words.dispute):
            body = {
                "form": {**draft["form"], ELEMENT: MOVED},
                "materials": draft["materials"],
                "disputes": {ELEMENT: REASON},
            }
            changed: dict[str, Any] = await self.citizen.put(
                f"/drafts/{draft['draft_id']}", body, seen=draft["version"]
            )
        (source,) = [one for one in changed["sources"] if one["key"] == ELEMENT]
        self._say(self.story.line(self.words.disputed.format(source=source["unit_name"], reason=source["reason"])))
        return changed

    @asynccontextmanager
    async def one_out(self) -> AsyncIterator[None]:
        """Let a network be out meanwhile, where its simulator is here."""
        if not self.simulators.exists():
            yield
            return
        together = Together.of(self.simulators, SystemClock())
        together.have(OUT, Fault(kind=FaultKind.OUT))
        try:
            yield
        finally:
            together.have(OUT)

    async def tell_out(self, application_id: str) -> None:
        """Say what could not be verified while the application was handed in, which went on all the same."""
        lines = (await self._ledger(application_id))["lines"]
        for line in lines:
            if line["how"] == "to_verify":
                self._say(f"  [yellow]{line['label']}[/] {line['text']}")
        self.story.result["to_verify"] = [line["key"] for line in lines if line["how"] == "to_verify"]

    async def tell_ledger(self, application_id: str) -> None:
        """Say how each thing came, once what was out has been verified, and what she was spared."""
        with self.story.step(self.words.ledger):
            ledger = await self._until_verified(application_id)
        self._say(self.story.line(f"[bold]{ledger['text']}[/]"))
        for line in ledger["lines"]:
            if line["place"] == "materials":
                self._say(f"  {line['label']} {line['text']}")
        self.story.result["ledger"] = ledger

    async def _until_verified(self, application_id: str) -> dict[str, Any]:
        ends = monotonic() + PATIENCE
        while True:
            ledger = await self._ledger(application_id)
            if monotonic() > ends or not any(line["how"] == "to_verify" for line in ledger["lines"]):
                return ledger
            await asyncio.sleep(0.2)

    async def _ledger(self, application_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.citizen.get(f"/applications/{application_id}/ledger")
        return found

    async def tell_accesses(self) -> None:
        """Say who looked at her data, the newest first."""
        with self.story.step(self.words.accesses):
            found = [one async for one in self._accesses()]
        self._say(self.story.line(self.words.looked.format(count=len(found))))
        for one in found[:SHOWN]:
            asked = "、".join(each["label"] for each in one["fields"])
            told = {"unit": one["unit_name"], "provider": one["provider_name"], "fields": asked}
            self._say("  " + self.words.look.format(**told, purpose=one["purpose_name"], state=one["state_name"]))
        self.story.result["accesses"] = len(found)

    async def _accesses(self) -> AsyncIterator[dict[str, Any]]:
        query: dict[str, str | int] = {"limit": 200}
        while True:
            page = await self.citizen.get("/me/data-accesses", **query)
            for one in page["items"]:
                yield one
            if page["next"] is None:
                return
            query["after"] = page["next"]

    async def answer(self, application_id: str) -> None:
        """Let the source's unit look the disputed value up and correct it."""
        with self.story.step(self.words.answer):
            steward = Actor(self.gateway, await sign_in(self.gateway, STEWARD))
            dispute = await self._filed(steward, application_id)
            body = {"outcome": "corrected", "reason": ANSWER, "corrected_value": MOVED}
            path = f"/data-disputes/{dispute['dispute_id']}/answers"
            answered = await steward.post(path, body, key=f"answer-{dispute['dispute_id']}")
        told = {"unit": answered["unit_name"], "label": answered["label"], "state": answered["state_name"]}
        self._say(self.story.line(self.words.answered.format(**told)))
        self.story.result["dispute"] = {name: answered[name] for name in ("dispute_id", "key", "unit", "state")}

    async def _filed(self, steward: Actor, application_id: str) -> dict[str, Any]:
        """Wait for the dispute to be filed. Raises Unexpected when it is not within a minute."""
        ends = monotonic() + PATIENCE
        while monotonic() < ends:
            for one in (await steward.get("/data-disputes", limit=200))["items"]:
                if one["application_id"] == application_id:
                    found: dict[str, Any] = one
                    return found
            await asyncio.sleep(0.2)
        raise Unexpected("the dispute was not filed within a minute")


def as_shared(story: Telling) -> bool:
    """Tell whether values came from sources, the dispute was answered, and nothing is left to verify."""
    result = story.result
    still_out = [line["key"] for line in result["ledger"]["lines"] if line["how"] == "to_verify"]
    return bool(result["sources"]) and result["dispute"]["state"] == "corrected" and not still_out
