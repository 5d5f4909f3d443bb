"""Composes intake."""

from datetime import timedelta
from functools import partial

from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.data.periods import COUNTERS, DRAFTS_WARNED
from chassis.data.trimming import older
from chassis.events.bus import Bus
from chassis.http.asgi import App
from chassis.service import Service, build_service

from intake_svc import store
from intake_svc.consumers import readers
from intake_svc.domain.keeping import Keeping
from intake_svc.events import ApplicationAccepted, ApplicationSubmitted
from intake_svc.handlers import Intake, keep_told, keep_transferred, keep_verified
from intake_svc.handlers.collaborators import Patience
from intake_svc.handlers.draft import tell_erased
from intake_svc.handlers.find import page_is_found
from intake_svc.handlers.guides import Guides
from intake_svc.handlers.numbers import Numbers
from intake_svc.handlers.watch import Watch
from intake_svc.routes import routes
from intake_svc.settings import IntakeSettings


def build(  # noqa: PLR0913  the composition root names every part
    settings: IntakeSettings, *, database: Database, bus: Bus, catalog: App, workflow: App, datashare: App
) -> Service:
    """Build the service from its settings, its two backends, and the siblings it asks."""
    intake = Intake(
        database=database,
        cipher=settings.cipher(),
        lookup=settings.lookup(),
        catalog=catalog,
        workflow=workflow,
        datashare=datashare,
        vouch=settings.speaker("intake", database.clock).vouch,
        patience=Patience(settings.prefill_seconds, settings.verify_seconds),
        region_code=settings.region_code,
        acceptance_word=settings.acceptance_word,
        numbers=Numbers(database),
        guides=Guides(database),
        keeping=Keeping(settings.drafts_at_most, timedelta(days=settings.drafts_kept_days), DRAFTS_WARNED),
        watch=Watch(database),
    )
    return build_service(
        "intake",
        package="intake_svc",
        title="统一受理",
        description="草稿、申请、受理与进度",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=intake,
        routes=[routes],
        readers=readers(intake.guides),
        publishes=[ApplicationSubmitted, ApplicationAccepted],
        works={
            "watch": intake.watch.run,
            "transferring": partial(keep_transferred, intake),
            "sharing": partial(keep_told, intake),
            "verifying": partial(keep_verified, intake),
        },
        trims=[
            older(store.counters, store.counters.c.counted_at, COUNTERS),
            older(store.drafts, store.drafts.c.updated_at, intake.keeping.kept, tell=tell_erased),
        ],
        kept=Kept(store.SEALED, partial(page_is_found, intake.guides)),
    )
