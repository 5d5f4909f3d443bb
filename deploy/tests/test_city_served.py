"""Zhengzhou's pack is served by the simulated networks: each use of a catalogue has its grant and its answer."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from chassis.base.clock import SystemClock, local
from datashare_svc.handlers import Datashare
from datashare_svc.handlers.prefill import prefill_draft
from datashare_svc.handlers.verify import verify_given
from datashare_svc.schemas.prefills import PrefillBody, VerificationBody
from datashare_svc.store.learned import units_of_items
from yiwang.journey import ANSWERS
from yiwang.suite import embedded

DRAFT, ACCOUNT, MATTER = "01900000-0000-7000-8000-00000000000a", "dev-citizen", "newborn"
ELSEWHERE = {question: answer for question, answer in ANSWERS.items() if question not in {"hukou_follow", "card"}}


async def results(datashare: Datashare, answers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
    body = VerificationBody(
        draft_id=DRAFT, applicant_id=ACCOUNT, matter_code=MATTER, answers=dict(answers), form=dict(form)
    )
    return {one.use: one.result for one in (await verify_given(datashare, body)).results}


async def test_a_draft_is_filled_in_and_verified_in_every_way_that_the_catalogue_knows(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url="http://127.0.0.1:1")
    async with suite.running():
        datashare: Datashare = suite.service("datashare").api.state.collaborators
        told: dict[str, str] = {}
        while not told:
            await asyncio.sleep(0.05)
            async with datashare.database.reading() as connection:
                told = await units_of_items(connection, MATTER)
        asked = PrefillBody(draft_id=DRAFT, applicant_id=ACCOUNT, matter_code=MATTER, answers=ANSWERS)
        filled = await prefill_draft(datashare, asked)
        assert filled.unasked == []
        form = {one.key: one.value for one in filled.values if one.place == "form"}
        born = (local(SystemClock().now()) - timedelta(days=5)).date().isoformat()
        assert (form["mother_id_number"], form["child_birth_date"]) == ("410199199203041027", born)

        own = await results(datashare, ANSWERS, form)
        assert own == dict.fromkeys(
            ("id_card_of_mother", "id_card_of_father", "marriage", "register_of_mother", "hospital_birth"), "agrees"
        )
        for residence, uses in (("permit", "permit"), ("insured", "insurance")):
            answers = {**ELSEWHERE, "residence": residence}
            both = await results(datashare, answers, form)
            assert {both[f"{uses}_of_{parent}"] for parent in ("mother", "father")} == {"agrees"}
            other = await results(datashare, answers, {**form, "mother_name": "别人", "child_sex": "2"})
            assert (other["id_card_of_mother"], other["hospital_birth"]) == ("differs", "differs")
            assert f"{uses}_of_mother" not in other, "the father's is enough"
            assert other[f"{uses}_of_father"] == "agrees"
