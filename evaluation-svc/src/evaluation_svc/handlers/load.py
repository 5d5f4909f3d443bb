"""Loading what a city pack says of evaluation: whole documents, each by its name."""

from collections.abc import Mapping
from typing import Any

from chassis.data.database import UnitOfWork, take_turn

from evaluation_svc.store import pack


async def load_evaluation(work: UnitOfWork, documents: Mapping[str, Any]) -> list[str]:
    """Keep the documents of a checked pack that are new or changed; return their names."""
    await take_turn(work.connection, "evaluation of the city pack")
    kept = await pack.documents_kept(work.connection)
    changed = {name: document for name, document in documents.items() if kept.get(name) != document}
    for name, document in changed.items():
        await pack.save_document(work.connection, name, document, work.clock.now())
    return [f"evaluation {name}" for name in changed]
