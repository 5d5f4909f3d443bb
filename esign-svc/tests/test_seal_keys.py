from collections.abc import Callable

import pytest
from asn1crypto.keys import PublicKeyInfo
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.keyring import KeyRefused
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.settings import new_secret
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key
from esign_svc import app
from esign_svc.errors import SealUnavailable
from esign_svc.outside.seal_keys import FileSealKeys, KeyMade
from esign_svc.settings import EsignSettings
from esign_svc.store import seal_keys
from sealing.signing import Algorithm

from sealing import sm

DIGEST = bytes(range(32))


@pytest.fixture
def envelope() -> FieldCipher:
    return FieldCipher.of(f"s1.{new_secret()}")


async def made(database: Database, keys: FileSealKeys, algorithm: Algorithm) -> KeyMade:
    async with database.unit_of_work() as work:
        return await keys.create(work, algorithm)


def holds(key: KeyMade, algorithm: Algorithm, signature: bytes) -> bool:
    if algorithm is Algorithm.SM2:
        return sm.verify(sm.from_spki(PublicKeyInfo.load(key.public_key)), DIGEST, signature)
    public = load_der_public_key(key.public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    return True


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_key_signs_in_the_process_that_made_it_and_in_another(
    database: Database, envelope: FieldCipher, algorithm: Algorithm
) -> None:
    keys = FileSealKeys(database, envelope)
    key = await made(database, keys, algorithm)
    for one in (keys, FileSealKeys(database, envelope)):
        assert await one.exists(key.key_id)
        assert holds(key, algorithm, await one.sign(key.key_id, DIGEST))


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_what_is_stored_of_a_key_does_not_open_without_its_envelope_or_under_another_name(
    database: Database, envelope: FieldCipher, algorithm: Algorithm
) -> None:
    keys = FileSealKeys(database, envelope)
    first, second = [await made(database, keys, algorithm) for _ in range(2)]
    with pytest.raises(SealUnavailable):
        await FileSealKeys(database, FieldCipher.of(f"s1.{new_secret()}")).sign(first.key_id, DIGEST)
    async with database.unit_of_work() as work:
        rows = {row.key_id: row.private for row in await work.connection.execute(seal_keys.select())}
        moved = seal_keys.update().where(seal_keys.c.key_id == second.key_id)
        await work.connection.execute(moved.values(private=rows[first.key_id]))
    with pytest.raises(SealUnavailable):
        await FileSealKeys(database, envelope).sign(second.key_id, DIGEST)


async def test_an_envelope_is_changed_by_giving_the_old_one_after_the_new(
    database: Database, envelope: FieldCipher
) -> None:
    key = await made(database, FileSealKeys(database, envelope), Algorithm.P256)
    both = FieldCipher({"s2": bytes(32), **envelope.keys}, "s2")
    assert holds(key, Algorithm.P256, await FileSealKeys(database, both).sign(key.key_id, DIGEST))


async def test_a_key_whose_transaction_fails_is_not_there(database: Database, envelope: FieldCipher) -> None:
    keys = FileSealKeys(database, envelope)
    made_in_vain: list[str] = []

    async def fail() -> None:
        async with database.unit_of_work() as work:
            made_in_vain.append((await keys.create(work, Algorithm.P256)).key_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not await keys.exists(made_in_vain[0])
    with pytest.raises(SealUnavailable):
        await keys.sign(made_in_vain[0], DIGEST)


async def test_a_start_with_another_envelope_is_refused_once_a_key_lies_under_it(
    service: Service, settings: EsignSettings, settings_for: Callable[..., EsignSettings], database: Database, bus: Bus
) -> None:
    other = settings_for(
        EsignSettings,
        seal_key=f"s1.{new_secret()}",
        data_key=settings.data_key.get_secret_value(),
        lookup_key=settings.lookup_key.get_secret_value(),
    )
    again = app.build(other, database=database, bus=bus, intake=service.app, workflow=service.app)
    await again.check()
    envelope = settings.envelope()
    assert envelope is not None
    await made(database, FileSealKeys(database, envelope), Algorithm.P256)
    await service.check()
    with pytest.raises(KeyRefused, match="信封密钥"):
        await again.check()
