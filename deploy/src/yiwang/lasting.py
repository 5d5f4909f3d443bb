"""Making sealed documents last, as operators ask for it."""

from pathlib import Path

from esign_svc.handlers import ask_extension

from yiwang.upkeep import database_of


async def extend_document(data_dir: Path | None, document_id: str) -> bool:
    """Ask the running esign to put proofs behind a sealed document; tell whether that is still to be done.

    Raises DocumentNotFound, DocumentNotReady, NotReady.
    """
    async with database_of("esign", data_dir) as database, database.unit_of_work() as work:
        return await ask_extension(work, document_id, actor="operator")
