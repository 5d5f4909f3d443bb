import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chassis.data import audit, heads
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.identity import new_key
from chassis.settings import signing_key
from chassis.testing.client import appended
from datashare_svc import app
from datashare_svc.settings import DatashareSettings
from pydantic import ValidationError

KEY = new_key()


async def test_while_the_service_runs_heads_of_its_log_are_told_and_handed_outside(
    settings_for: Callable[..., DatashareSettings], database: Database, bus: Bus, tmp_path: Path
) -> None:
    file = tmp_path / "heads.jsonl"
    secret = json.dumps(KEY.as_dict(private=True))
    service = app.build(settings_for(DatashareSettings, head_key=secret, heads_file=file), database=database, bus=bus)
    await audit.record_look(database, actor="甲", action="thing.shown", subject="s")
    await audit.chain(database)
    async with service.running(), asyncio.timeout(60):
        while not file.exists() or not file.read_text(encoding="utf-8").endswith("\n"):
            await asyncio.sleep(0.02)
        assert "heads" in service.works
        assert service.ailing() == []
    (told,) = await appended(database, "datashare.log.head_signed")
    public = signing_key(KEY.as_dict(private=False))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert heads.opened(told["data"]["jws"], [public]).sequence == told["data"]["sequence"] == 1
    verdict, judged = await heads.verify(database, "datashare", [public], lines)
    assert (verdict.broken_at, judged.last, judged.behind) == (None, 1, 0)


async def test_without_a_key_no_head_is_signed(
    settings_for: Callable[..., DatashareSettings], database: Database, bus: Bus
) -> None:
    service = app.build(settings_for(DatashareSettings), database=database, bus=bus)
    assert "heads" not in service.works


@pytest.mark.parametrize("key", [KEY.as_dict(private=False), {"kty": "oct", "k": "AAAA"}, {}])
def test_a_key_that_cannot_sign_is_refused(settings_for: Callable[..., DatashareSettings], key: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings_for(DatashareSettings, head_key=json.dumps(key))
