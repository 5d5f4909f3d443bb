"""A service of two routes that takes files in and gives them out: what moves files is tested through it."""

from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel

from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.files import BEGINS_PDF, PDF, FileAnswer, Upload, Uploaded
from chassis.http.identity import Kind, policy
from chassis.http.routing import collaborators, declare, router
from chassis.service import Service, build_service
from chassis.settings import FileSettings
from chassis.storage.addresses import open_storage
from chassis.storage.files import FileDamaged, Storage, StorageUnavailable

LARGEST_PAPER = 3 * 1024 * 1024
PAPER = Upload(media_types=(PDF, "application/ofd"), at_most=LARGEST_PAPER, begins=BEGINS_PDF)
OUT = (StorageUnavailable, FileDamaged)
routes = router()


class Paper(BaseModel):
    """A paper that was taken in."""

    name: str
    size: int
    sha256: str


class Remark(BaseModel):
    """A body that is no file."""

    text: str


async def _storage(storage: Annotated[Any, Depends(collaborators)]) -> Storage:
    assert isinstance(storage, Storage)
    return storage


Here = Annotated[Storage, Depends(_storage)]
ANYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN)


@routes.post("/papers", response_model=Paper, summary="收", **declare(ANYONE, problems=OUT, upload=PAPER))
async def take_paper(storage: Here, uploaded: Uploaded) -> Paper:
    """收下一份文件。"""
    stored = await storage.put(uploaded, at_most=LARGEST_PAPER)
    return Paper(name=stored.name.replace("/", "-"), size=stored.size, sha256=stored.sha256)


@routes.post("/remarks", response_model=Remark, summary="说", **declare(ANYONE))
async def remark(body: Remark) -> Remark:
    """说一句话。"""
    return body


@routes.get("/papers/{name}/{size}/{sha256}", summary="取", **declare(ANYONE, problems=OUT, file=(PDF,)))
async def give_paper(name: str, size: int, sha256: str, storage: Here) -> FileAnswer:
    """取一份文件。"""
    chunks = storage.read(name.replace("-", "/"))
    return FileAnswer(chunks, media_type=PDF, name="准予许可决定书(张三).pdf", size=size, sha256=sha256)


def build(settings: FileSettings, *, database: Database, bus: Bus) -> Service:
    """Build the service; its tables are the sample's."""
    storage = open_storage(settings.storage_url, settings.cipher(), credentials=settings.storage_credentials())
    return build_service(
        "papers",
        package="chassis.testing.sample",
        title="样例",
        description="收发文件",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=storage,
        routes=[routes],
        needs={"storage": storage.ready},
    )
