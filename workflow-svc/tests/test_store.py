import sqlalchemy as sa
from chassis.data.database import Database
from workflow_svc import store


async def test_a_units_tasks_are_counted_along_an_index_without_their_rows(database: Database) -> None:
    async with database.reading() as connection:
        query = store.states_query("U03").compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        if connection.dialect.name == "sqlite":
            rows = await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}"))
            said = "\n".join(row.detail for row in rows)
            assert "USING COVERING INDEX task_of_unit (unit=? AND by_applicant=?)" in said, said
            assert "TEMP B-TREE" not in said, said
            return
        for setting in ("enable_seqscan", "enable_bitmapscan", "enable_indexscan", "enable_sort"):
            await connection.execute(sa.text(f"SET LOCAL {setting} = off"))
        said = "\n".join(row[0] for row in await connection.execute(sa.text(f"EXPLAIN {query}")))
        assert "Index Only Scan using task_of_unit" in said, said
