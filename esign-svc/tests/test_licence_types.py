from chassis.data.database import Database
from chassis.testing.client import audited
from esign_svc.handlers import load_licence_types
from esign_svc.store.licence_types import TypesKept, find_type, type_of_item

ONE = {"code": "one", "name": "证照一"}


async def _load(database: Database, told: TypesKept) -> list[str]:
    async with database.unit_of_work() as work:
        return await load_licence_types(work, told)


async def test_types_are_loaded_once_and_what_changed_again(database: Database) -> None:
    told = TypesKept({"one": ONE}, {"i1": "one"}, {"U23": "11410100MBXX00238T"})
    assert await _load(database, told) == ["licence type one"]
    assert await _load(database, told) == []
    renamed = {**ONE, "name": "证照甲"}
    assert await _load(database, TypesKept({"one": renamed}, told.items, told.issuers)) == ["licence type one"]
    async with database.reading() as connection:
        assert await type_of_item(connection, "i1") == renamed
    assert [row.action for row in await audited(database)] == ["licence_type.loaded"] * 2


async def test_a_type_that_the_pack_has_no_more_stays_but_no_item_ends_in_it(database: Database) -> None:
    await _load(database, TypesKept({"one": ONE}, {"i1": "one"}, {}))
    assert await _load(database, TypesKept({}, {}, {})) == ["licence type one"]
    async with database.reading() as connection:
        assert await type_of_item(connection, "i1") is None
        assert await find_type(connection, "one") == ONE
