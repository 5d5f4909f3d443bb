"""Composes esign."""

from collections.abc import Sequence
from functools import partial

from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.events.bus import Bus
from chassis.events.outbox import Event
from chassis.http.asgi import App
from chassis.service import Service, build_service
from chassis.storage.addresses import open_storage
from chassis.storage.files import trim_orphans

from esign_svc import store
from esign_svc.consumers import readers
from esign_svc.events import (
    DocumentSealed,
    LicenceCancelled,
    LicenceExpired,
    LicenceForfeited,
    LicenceIssued,
    LicenceResumed,
    LicenceRevoked,
    LicenceSuperseded,
    LicenceSuspended,
    LicenceTransferred,
    NoticeSealed,
    SealChanged,
)
from esign_svc.handlers import Esign, keep_expired, keep_extended, keep_judges, keep_made
from esign_svc.outside.authorities import Authorities, authorities
from esign_svc.outside.certifier import Certifier
from esign_svc.outside.seal_keys import FileSealKeys, NoSealKeys, SealKeys
from esign_svc.routes import ROUTERS
from esign_svc.settings import EsignSettings
from esign_svc.store import seal_tables
from esign_svc.store.exports import files_known

PUBLISHES: Sequence[type[Event]] = (
    SealChanged,
    DocumentSealed,
    NoticeSealed,
    LicenceIssued,
    LicenceSuspended,
    LicenceResumed,
    LicenceRevoked,
    LicenceForfeited,
    LicenceCancelled,
    LicenceTransferred,
    LicenceExpired,
    LicenceSuperseded,
)


def build(  # noqa: PLR0913  the composition root names every part
    settings: EsignSettings,
    *,
    database: Database,
    bus: Bus,
    intake: App,
    workflow: App,
    keys: SealKeys | None = None,
    certifier: Certifier | None = None,
    asked: Authorities | None = None,
) -> Service:
    """Build the service from its settings, its two backends, and the siblings it asks.

    `keys` is a cryptographic machine; without one the seals' keys are software, and without an envelope for these no
    seal has a key. `certifier` certifies keys at once; where there is none the development authority does, if it is
    there. `asked` are authorities other than the settings name.

    Raises StorageRefused, DevelopmentAuthorityOutside, TimeStampsRefused, ListsRefused.
    """
    asked = asked or authorities(settings, database.clock)
    storage = open_storage(settings.storage_url, settings.cipher(), credentials=settings.storage_credentials())
    envelope = settings.envelope()
    keys = keys or (FileSealKeys(database, envelope) if envelope else NoSealKeys())
    esign = Esign(
        database,
        database.clock,
        settings.cipher(),
        storage,
        intake,
        workflow,
        settings.speaker("esign", database.clock).vouch,
        keys,
        certifier or asked.development,
        asked,
        trusted=(*asked.roots, *settings.roots()),
        public_url=settings.public_url,
    )
    return build_service(
        "esign",
        package="esign_svc",
        title="电子印章",
        description="印章、文书、电子证照与核验",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=esign,
        routes=ROUTERS,
        readers=readers(esign),
        publishes=PUBLISHES,
        works={
            "extending": partial(keep_extended, esign),
            "judges": partial(keep_judges, esign),
            "licences expiring": partial(keep_expired, esign),
            "making": partial(keep_made, esign),
        },
        trims=[trim_orphans(storage, files_known)],
        needs={"storage": storage.ready},
        kept=Kept(store.SEALED, apart=(envelope, seal_tables.ENVELOPED) if envelope else None),
    )
