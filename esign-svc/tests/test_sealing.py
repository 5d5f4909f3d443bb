"""What seals a paper asks of the registry, and the seals that a city pack brings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended, audited
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from esign_svc import app
from esign_svc.domain.seal_pack import OfUnit, SealPack, SealPlan, SealRule, faults, plan
from esign_svc.domain.seals import SYSTEM, Approver, Capacity, Hands, SealKind
from esign_svc.errors import SealNotAllowed, SealUnavailable
from esign_svc.handlers import Esign, finish_seals, load_seals
from esign_svc.handlers.sealing import SealInUse, SealUse, face, record_use, require_usable, seal_in_use, signatory
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.settings import EsignSettings
from esign_svc.store import seal_uses, seals
from sqlalchemy.exc import IntegrityError

UNITS = [
    OfUnit("U09", "郑州市公安局", "11410100MBXX0009G9", "department"),
    OfUnit("U23", "郑州市卫生健康委员会", "11410100MBXX0023G9", "department"),
    OfUnit("DSJ", "郑州市大数据管理局", "11410100MBXX00916A", "coordinator"),
]
HANDS = Hands("city-pack", "development-seal-maker", "development-seal-auditor")
CLERK, SYSTEM_RULE = (Capacity.WINDOW_CLERK, Capacity.SYSTEM), Approver(SYSTEM, "U09", Capacity.SYSTEM)
PACK = SealPack(
    status="proposed",
    hands=HANDS,
    code_prefix="410199",
    valid_from=date(2026, 1, 1),
    valid_until=date(2030, 12, 31),
    unit_kinds=("department",),
    seals=(
        SealRule(SealKind.UNIT_NAME, 1, (Capacity.REVIEWER,)),
        SealRule(SealKind.ACCEPTANCE, 2, CLERK),
        SealRule(SealKind.APPROVAL, 3, (Capacity.REVIEWER,)),
    ),
)
PLAN = plan(PACK, UNITS)
DOCUMENT, APPLICATION = "01900000-0000-7000-8000-0000000000d1", "01900000-0000-7000-8000-0000000000a1"


async def _none(*_: object) -> None:
    raise AssertionError("nothing is asked of a sibling")


@pytest.fixture
def service(settings: EsignSettings, database: Database, bus: Bus, clock: ManualClock) -> Service:
    certifier = DevelopmentAuthority(bytes(32), clock)
    return app.build(settings, database=database, bus=bus, intake=_none, workflow=_none, certifier=certifier)


@pytest.fixture
def esign(service: Service) -> Esign:
    found: Esign = service.api.state.collaborators
    return found


async def loaded(esign: Esign, told: SealPlan = PLAN) -> list[str]:
    async with esign.database.unit_of_work() as work:
        lines = await load_seals(work, told)
    async with esign.database.unit_of_work() as work:
        await finish_seals(esign, work, told)
    return lines


async def found(esign: Esign, kind: SealKind = SealKind.ACCEPTANCE, **later: float) -> SealInUse:
    async with esign.database.reading() as connection:
        return await seal_in_use(connection, "U09", kind, esign.clock.now() + timedelta(**later))


def use(esign: Esign, **changed: object) -> SealUse:
    made = SealUse(DOCUMENT, "RECEIPT", APPLICATION, SYSTEM_RULE, "0" * 64, esign.clock.now())
    return replace(made, **changed)  # type: ignore[arg-type]  # keywords of a test


async def test_a_pack_brings_each_units_seals_into_use_once_by_three_hands(esign: Esign, database: Database) -> None:
    assert await loaded(esign) == ["seals 6"]
    before = await appended(database)
    assert await loaded(esign) == []
    assert await appended(database) == before
    async with database.reading() as connection:
        rows = list(await connection.execute(seals.select()))
    assert {(row.state, row.applicant, row.maker, row.auditor) for row in rows} == {
        ("in_use", HANDS.applicant, HANDS.maker, HANDS.auditor)
    }
    assert len({row.key_id for row in rows}) == 6
    assert sorted(row.seal_code for row in rows)[:3] == ["4101990091001", "4101990092001", "4101990093001"]
    assert {row.action for row in await audited(database)} >= {"seal.apply", "seal.make", "seal.file"}


async def test_where_nobody_certifies_a_packs_seals_wait_for_people(esign: Esign) -> None:
    elsewhere = replace(esign, certifier=None)
    await loaded(elsewhere)
    with pytest.raises(SealUnavailable):
        await found(elsewhere)
    assert await loaded(esign) == []
    assert (await found(esign)).name == "郑州市公安局受理专用章", "what waited is made once there is who certifies"


async def test_a_seal_whose_unit_was_renamed_stays_and_is_told(esign: Esign) -> None:
    await loaded(esign)
    renamed = [replace(UNITS[0], name="郑州市公安总局"), *UNITS[1:]]
    assert await loaded(esign, plan(PACK, renamed)) == [
        "kept 4101990091001 郑州市公安局",
        "kept 4101990092001 郑州市公安局受理专用章",
        "kept 4101990093001 郑州市公安局审批专用章",
    ]


@pytest.mark.parametrize(
    ("pack", "key"),
    [
        (replace(PACK, hands=Hands("a", "a", "b")), "hands"),
        (replace(PACK, code_prefix="4101"), "code_prefix"),
        (replace(PACK, valid_until=date(2025, 1, 1)), "valid_until"),
        (replace(PACK, unit_kinds=("ministry",)), "unit_kinds"),
        (replace(PACK, seals=(PACK.seals[0], PACK.seals[0])), "code_prefix"),
        (replace(PACK, seals=(SealRule(SealKind.BUSINESS, 4, CLERK),)), "seals"),
        (replace(PACK, seals=(SealRule(SealKind.BUSINESS, 4, CLERK, "专用\U0002b329章"),)), "seals"),
    ],
)
def test_a_pack_that_is_wrong_says_where(pack: SealPack, key: str) -> None:
    assert not list(faults(PACK, UNITS))
    assert key in {where for where, _ in faults(pack, UNITS)}


async def test_a_seal_signs_with_the_key_that_its_certificate_is_for(esign: Esign) -> None:
    await loaded(esign)
    seal = await found(esign)
    signer = signatory(esign, seal)
    key = x509.load_der_x509_certificate(signer.certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    digest = bytes(range(32))
    key.verify(await signer.sign(digest), digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert (face(seal).width_mm, seal.face.line) == (40.0, "受理专用章")


async def test_a_seal_of_sm2_seals_no_paper_which_waits_for_one_on_p256(esign: Esign, database: Database) -> None:
    await loaded(esign)
    async with database.unit_of_work() as work:
        await work.connection.execute(seals.update().values(algorithm="SM2"))
    with pytest.raises(SealUnavailable, match="受理专用章"):
        await found(esign)


async def test_a_use_is_one_row_and_one_audit_row_in_the_transaction_of_its_document(
    esign: Esign, database: Database
) -> None:
    await loaded(esign)
    seal = await found(esign)
    async with database.unit_of_work() as work:
        await record_use(work, seal, use(esign))
    async with database.reading() as connection:
        row = (await connection.execute(seal_uses.select())).one()
    assert (row.seal_id, row.document_id, row.capacity, row.approver) == (seal.seal_id, DOCUMENT, "system", SYSTEM)
    assert [one.subject for one in await audited(database) if one.action == "seal.used"] == [seal.seal_id]


async def test_a_document_has_one_use_of_a_seal(esign: Esign, database: Database) -> None:
    await loaded(esign)
    seal = await found(esign)

    async def again() -> None:
        async with database.unit_of_work() as work:
            await record_use(work, seal, use(esign))

    await again()
    with pytest.raises(IntegrityError):
        await again()


async def test_a_seal_that_was_suspended_while_a_file_was_sealed_leaves_no_use(
    esign: Esign, database: Database
) -> None:
    await loaded(esign)
    seal = await found(esign)

    async def record() -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(seals.update().values(state="suspended"))
            await record_use(work, seal, use(esign))

    with pytest.raises(SealUnavailable):
        await record()
    async with database.reading() as connection:
        assert list(await connection.execute(seal_uses.select())) == []


async def test_who_may_not_use_a_seal_leaves_no_use(esign: Esign, database: Database) -> None:
    await loaded(esign)
    seal = await found(esign, SealKind.APPROVAL)
    require_usable(seal, Approver("ann", "U09", Capacity.REVIEWER))

    async def record() -> None:
        async with database.unit_of_work() as work:
            await record_use(work, seal, use(esign))

    with pytest.raises(SealNotAllowed):
        await record()


@pytest.mark.parametrize("days", [-100, 2000])
async def test_a_seal_outside_its_validity_is_not_to_be_had(esign: Esign, days: int) -> None:
    await loaded(esign)
    with pytest.raises(SealUnavailable):
        await found(esign, days=days)
