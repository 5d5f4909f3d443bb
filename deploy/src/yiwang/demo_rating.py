"""What the demo tells after the matter: a bad rating and its loop to the second one, indicators, the ranking."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

from chassis.base.clock import local
from chassis.http.asgi import App
from gateway.development.flow import sign_in
from rich.console import Console

from yiwang.demo_papers import Telling
from yiwang.journey import Actor, Unexpected
from yiwang.wording import Words

RATED, HEAD, RECTIFIER, EVALUATOR = "U09", "dev-head-u09", "dev-rectifier-u09", "dev-evaluator-zwb"
SHOWN = ("online_handling_rate", "data_sharing_rate", "on_time_rate", "satisfaction", "second_satisfaction")
"""The indicators that are printed before and after."""
GROUP = "departments"
LEFT_OUT = "cases_excluded"
"""Where the case is counted, if the same applicant had the same matter several times in a few days."""
PATIENCE, PAUSE = 120.0, 0.3
OPINION: Mapping[str, Any] = {
    "level": "DISSATISFIED",
    "tags": ["210"],
    "text": "出生医学证明已经共享了,又让我再传一次",
    "channel": "MOBILE",
    "unit": RATED,
    "wants_call": True,
}
SECOND: Mapping[str, Any] = {"level": "SATISFIED", "tags": ["408"], "text": "整改后讲清楚了", "channel": "MOBILE"}
STEPS: Sequence[tuple[str, Mapping[str, Any]]] = (
    (HEAD, {"action": "ASSIGN", "officer": RECTIFIER, "words": "由未经手此件的同志办理"}),
    (RECTIFIER, {"action": "CONTACT", "reached": True, "words": "已电话核实,属实"}),
    (RECTIFIER, {"action": "FIX_NOW", "words": "该材料已由专网核验,今后不再要求上传"}),
    (RECTIFIER, {"action": "FIXED", "words": "已修改本单位的收件要求,并告知窗口"}),
    (RECTIFIER, {"action": "ANSWER", "words": "您说得对,不该再要;已改正,向您致歉"}),
    (RECTIFIER, {"action": "CALL_BACK", "reached": True, "words": "已回访,申请人认可整改"}),
    (RECTIFIER, {"action": "CLOSE"}),
)
"""Who of the rated unit does what, in order."""
Found = TypeVar("Found")


async def until(look: Callable[[], Awaitable[Found | None]], what: str) -> Found:
    """Look again and again until there is something. Raises Unexpected when there is not within two minutes."""
    ends = monotonic() + PATIENCE
    while (found := await look()) is None:
        if monotonic() > ends:
            raise Unexpected(f"{what} did not come within {PATIENCE:.0f} s")
        await asyncio.sleep(PAUSE)
    return found


@dataclass(frozen=True, slots=True)
class Rating:
    """Tells what becomes of the matter's rating: who gives it, to whom it is told."""

    gateway: App
    citizen: Actor
    console: Console
    words: Words
    story: Telling
    application_id: str

    async def tell(self) -> None:
        """Tell the figures before, the bad rating and its loop, the second rating, the figures after, the ranking."""
        evaluator = await self._actor(EVALUATOR)
        said = self.words.rating
        with self.story.step(said.before):
            before = await until(lambda: self._figures(evaluator, "cases_closed"), "the closed case in the figures")
        self._tell_figures(before)
        rating = await self._rate()
        await self._loop()
        await self._again(rating["rating_id"])
        with self.story.step(said.after):
            after = await until(lambda: self._figures(evaluator, "ratings_second"), "the second rating in the figures")
        self._tell_changes(before, after)
        await self._rank(evaluator)

    async def _actor(self, person: str) -> Actor:
        return Actor(self.gateway, await sign_in(self.gateway, person))

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)

    async def _figures(self, evaluator: Actor, measure: str) -> dict[str, Any] | None:
        """Return the city's figures of this month; None while the case is neither counted by a measure nor left out."""
        period = _this_month()
        if not any([await self._is_counted(evaluator, one, period) for one in (measure, LEFT_OUT)]):
            return None
        return {one: await self._value(evaluator, one, period) for one in SHOWN}

    async def _is_counted(self, evaluator: Actor, measure: str, period: str) -> bool:
        query: dict[str, str | int] = {"period": period, "limit": 200}
        while True:
            page = await evaluator.get(f"/figures/{measure}/cases", **query)
            if any(one["key"] == self.application_id for one in page["items"]):
                return True
            if page["next"] is None:
                return False
            query["after"] = page["next"]

    async def _value(self, evaluator: Actor, indicator: str, period: str) -> dict[str, Any]:
        found = await evaluator.get(f"/indicators/{indicator}/values", period=period, by="city")
        value = found["items"][0]["rounded"] if found["items"] else ""
        return {"name": found["name"], "formula": found["formula"], "value": value or self.words.rating.nothing}

    def _tell_figures(self, figures: Mapping[str, Any]) -> None:
        said = self.words.rating
        self._say(self.story.line(said.figures.format(period=_this_month())))
        for one in figures.values():
            self._say("  " + said.figure.format(**one))

    async def _rate(self) -> dict[str, Any]:
        """Give the bad rating, once the end of the case has come to who takes it."""
        said, key = self.words.rating, f"rate-{self.application_id}"

        async def rated() -> dict[str, Any] | None:
            try:
                body = {"application_id": self.application_id, **OPINION}
                given: dict[str, Any] = await self.citizen.post("/ratings", body, key=key)
            except Unexpected as early:
                if not any(word in str(early) for word in ("nothing_to_rate", "not_finished")):
                    raise
                return None
            return given

        with self.story.step(said.rate):
            rating = await until(rated, "what may be rated")
        told = {"level": rating["level_name"], "tags": "、".join(rating["tags"]), "unit": rating["unit"]}
        self._say(self.story.line(said.rated.format(**told)))
        self.story.result["rating"] = {name: rating[name] for name in ("rating_id", "level", "unit")}
        return rating

    async def _loop(self) -> None:
        """Let the rated unit go round the loop, and the rater read the answer."""
        said = self.words.rating
        people = {name: await self._actor(name) for name in (HEAD, RECTIFIER)}
        with self.story.step(said.loop):
            found = await until(lambda: self._opened(people[HEAD]), "the rectification")
            path = f"/rectifications/{found['rectification_id']}"
            for number, (name, body) in enumerate(STEPS):
                await people[name].post(f"{path}/steps", body, key=f"step-{found['rectification_id']}-{number}")
            whole = await people[HEAD].get(path)
        self._say(self.story.line(f"{whole['unit_name']} {whole['state_name']}"))
        for one in whole["findings"]:
            self._say("  " + said.checked.format(tag=one["tag"], found=f"{one['finding_name']},{one['text']}"))
        for one in whole["steps"]:
            self._say("  " + said.took.format(action=one["action_name"], words=one["words"]))
        (own,) = [one for one in (await self.citizen.get("/me/rectifications"))["items"] if _is_of(one, found)]
        self._say("  " + said.answered.format(answer=own["answer"]))
        told = ("rectification_id", "state", "outcome")
        self.story.result["rectification"] = {name: whole[name] for name in told}

    async def _opened(self, head: Actor) -> dict[str, Any] | None:
        for one in (await self.citizen.get("/me/rectifications"))["items"]:
            if one["rating_id"] == self.story.result["rating"]["rating_id"]:
                found: dict[str, Any] | None = await head.find(f"/rectifications/{one['rectification_id']}")
                return found
        return None

    async def _again(self, rating_id: str) -> None:
        said = self.words.rating
        with self.story.step(said.again):
            second = await self.citizen.post(f"/ratings/{rating_id}/second", SECOND, key=f"second-{rating_id}")
        self._say(self.story.line(said.rated_again.format(level=second["level_name"])))
        self.story.result["second"] = {name: second[name] for name in ("rating_id", "level", "number")}

    def _tell_changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        said = self.words.rating
        self._say(self.story.line(""))
        for key, one in after.items():
            self._say("  " + said.changed.format(name=one["name"], before=before[key]["value"], value=one["value"]))
        self.story.result["figures"] = {"before": before, "after": after}

    async def _rank(self, evaluator: Actor) -> None:
        """Let the authority compute this month's ranking, and show by what."""
        said, period = self.words.rating, _this_month()
        with self.story.step(said.ranking):
            made = await self._assessed(evaluator, period)
        rules = made["rules"]
        told = {"group": rules["name"], "period": period, "count": len(made["ranking"]), **rules}
        self._say(self.story.line(said.computed.format(**told)))
        for one in rules["criteria"]:
            self._say("  " + said.formula.format(**one))
        names = {one["indicator"]: one["name"] for one in rules["criteria"]}
        for one in filter(_has_worked, made["ranking"]):
            place = said.unranked if one["place"] is None else f"#{one['place']} {one['score']['rounded']}"
            lines = [
                said.points.format(name=names[line["indicator"]], value=line["value"]["rounded"], weight=line["weight"])
                for line in one["lines"]
                if line["value"]
            ]
            self._say("  " + said.place.format(unit=one["name"], place=place, lines=", ".join(lines)))
        self._say("  " + said.recompute.format(period=period))
        self.story.result["ranking"] = {"assessment_id": made["assessment_id"], "units": len(made["ranking"])}

    async def _assessed(self, evaluator: Actor, period: str) -> dict[str, Any]:
        """Return this month's draft, computed now: the one that is there already anew."""
        for one in (await evaluator.get("/assessments", group=GROUP))["items"]:
            if one["period"] == period and one["state"] == "DRAFT":
                path = f"/assessments/{one['assessment_id']}/computations"
                found: dict[str, Any] = await evaluator.post(path, None)
                return found
        made: dict[str, Any] = await evaluator.post("/assessments", {"group": GROUP, "period": period})
        return made


def _this_month() -> str:
    return f"{local(datetime.now(UTC)):%Y-%m}"


def _is_of(own: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return bool(own["rectification_id"] == found["rectification_id"])


def _has_worked(standing: Mapping[str, Any]) -> bool:
    return any(count["count"]["exact"] != "0" for line in standing["lines"] for count in line["counts"])


def as_rated(story: Telling) -> bool:
    """Tell whether the loop ended with a second rating that is not bad."""
    result = story.result
    return (result["rectification"]["state"], result["second"]["number"]) == ("CLOSED", 2)
