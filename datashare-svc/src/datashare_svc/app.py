"""Composes datashare."""

from collections.abc import Mapping, Sequence
from functools import partial

from chassis.base.works import Work
from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.data.trimming import older
from chassis.events.bus import Bus
from chassis.events.outbox import Event
from chassis.service import Service, build_service
from chassis.storage.addresses import open_storage
from chassis.storage.files import Storage, trim_orphans

from datashare_svc import store
from datashare_svc.consumers import readers
from datashare_svc.domain.connecting import PROBES_KEPT
from datashare_svc.domain.grants import Terms
from datashare_svc.domain.quotas import Quotas
from datashare_svc.events import (
    DisputeAnswered,
    DisputeFiled,
    DisputeOverdue,
    DisputeWithdrawn,
    GrantChecked,
    GrantDecided,
    GrantEscalated,
    GrantExpired,
    GrantRequested,
    GrantReturned,
    GrantSupplemented,
    GrantWithdrawn,
    HeadSigned,
    NetworkChanged,
    SharingChanged,
)
from datashare_svc.handlers import Datashare, keep_disputes, keep_granting, keep_heads, keep_probed
from datashare_svc.handlers.persons import page_is_found
from datashare_svc.outside.endpoints import networks_at
from datashare_svc.outside.kept import KeptAnswers
from datashare_svc.outside.networks import Networks
from datashare_svc.routes import ROUTERS
from datashare_svc.settings import DatashareSettings
from datashare_svc.store.evidence import files_known

PUBLISHES: Sequence[type[Event]] = (
    GrantRequested,
    GrantChecked,
    GrantReturned,
    GrantSupplemented,
    GrantEscalated,
    GrantDecided,
    GrantWithdrawn,
    GrantExpired,
    NetworkChanged,
    SharingChanged,
    DisputeFiled,
    DisputeOverdue,
    DisputeAnswered,
    DisputeWithdrawn,
    HeadSigned,
)


def build(settings: DatashareSettings, *, database: Database, bus: Bus, networks: Networks | None = None) -> Service:
    """Build the service from its settings and its two backends; `networks` are others than the settings name.

    Raises StorageRefused, EndpointsRefused.
    """
    asked = networks or networks_at(settings.endpoints, database.clock)
    storage = open_storage(settings.storage_url, settings.cipher(), credentials=settings.storage_credentials())
    datashare = _collaborators(settings, database, storage, asked)
    return build_service(
        "datashare",
        package="datashare_svc",
        title="数据共享",
        description="专网与数据资源、共享授权、数据查询与留痕、数据异议",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=datashare,
        routes=ROUTERS,
        readers=readers(),
        publishes=PUBLISHES,
        works=_works(datashare, settings, asked),
        trims=[older(store.probes, store.probes.c.at, PROBES_KEPT), trim_orphans(storage, files_known)],
        needs={"storage": storage.ready},
        kept=Kept(store.SEALED, page_is_found),
    )


def _works(datashare: Datashare, settings: DatashareSettings, asked: Networks) -> Mapping[str, Work]:
    """Return what the service does of itself; heads of the log are signed where there is a key."""
    found: dict[str, Work] = {
        "disputes": partial(keep_disputes, datashare),
        "granting": partial(keep_granting, datashare),
        "networks": asked.run,
        "probes": partial(keep_probed, datashare, every=settings.probe_seconds),
    }
    if (key := settings.signer()) is not None:
        found["heads"] = partial(keep_heads, datashare, key, seconds=settings.head_seconds, file=settings.heads_file)
    return found


def _collaborators(settings: DatashareSettings, database: Database, storage: Storage, networks: Networks) -> Datashare:
    return Datashare(
        database,
        database.clock,
        settings.cipher(),
        storage,
        networks,
        Terms(settings.grant_check_days, settings.grant_reply_days),
        dispute_workdays=settings.dispute_workdays,
        lookup=settings.lookup(),
        kept=KeptAnswers(database.clock),
        quotas=Quotas.of(
            officer=settings.queries_per_officer,
            case=settings.queries_per_case,
            person=settings.queries_per_person,
        ),
    )
