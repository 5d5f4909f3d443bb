"""Composes evaluation."""

from collections.abc import Mapping, Sequence
from functools import partial

from chassis.base.works import Work
from chassis.data.cipher import LookupKeys
from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.events.bus import Bus
from chassis.events.outbox import Event
from chassis.http.asgi import App
from chassis.service import Service, build_service
from chassis.storage.addresses import open_storage
from chassis.storage.files import trim_orphans

from evaluation_svc import store
from evaluation_svc.consumers import readers
from evaluation_svc.domain.assessing import DECISION_CLOCK, OBJECTION_CLOCK
from evaluation_svc.events import (
    LetterApproved,
    RankingPublished,
    RatingSubmitted,
    RectificationOverdue,
    SupervisionEscalated,
)
from evaluation_svc.handlers import (
    RECTIFICATION_CLOCKS,
    Evaluation,
    assessment_appeal_overdue,
    end_objections,
    end_second,
    keep_counted,
    keep_excluded,
    keep_province_told,
    keep_timers,
    rate_by_default,
)
from evaluation_svc.handlers.invitations import INVITATION, SECOND
from evaluation_svc.handlers.supervision import DRAFTING, FIRST_ANSWER, draft_late, first_answer_overdue
from evaluation_svc.handlers.supervisions import answer_near, answer_overdue
from evaluation_svc.handlers.timers import Acts
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.outside.provincial_rest import province_of
from evaluation_svc.routes import ROUTERS
from evaluation_svc.settings import EvaluationSettings
from evaluation_svc.store.generations import sweep_figures
from evaluation_svc.store.statements import files_known
from evaluation_svc.store.supervising import ANSWER

PUBLISHES: Sequence[type[Event]] = (
    RankingPublished,
    LetterApproved,
    RatingSubmitted,
    RectificationOverdue,
    SupervisionEscalated,
)
CLOCKS: Mapping[str, Acts] = {
    OBJECTION_CLOCK: Acts(end_objections),
    DECISION_CLOCK: Acts(assessment_appeal_overdue),
    INVITATION: Acts(rate_by_default),
    SECOND: Acts(end_second),
    FIRST_ANSWER: Acts(first_answer_overdue),
    DRAFTING: Acts(draft_late),
    ANSWER: Acts(answer_overdue, answer_near),
    **RECTIFICATION_CLOCKS,
}
"""What follows when a clock of a kind warns or runs out."""


def build(
    settings: EvaluationSettings,
    *,
    database: Database,
    bus: Bus,
    intake: App,
    province: ProvincialPlatform | None = None,
) -> Service:
    """Build the service from its settings, its two backends and its sibling; `province` is another than is named.

    Raises StorageRefused, ProvinceAddressRefused.
    """
    told = province or province_of(settings, database.clock)
    storage = open_storage(settings.storage_url, settings.cipher(), credentials=settings.storage_credentials())
    evaluation = Evaluation(
        database,
        database.clock,
        settings.cipher(),
        storage,
        device_mark=partial(_device_mark, settings.lookup()),
        intake=intake,
        vouch=settings.speaker("evaluation", database.clock).vouch,
    )
    return build_service(
        "evaluation",
        package="evaluation_svc",
        title="综合评价",
        description="好差评与整改、指标、考核排名、红黄灯与督办",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=evaluation,
        routes=ROUTERS,
        readers=readers(),
        publishes=PUBLISHES,
        works=_works(evaluation, told),
        trims=(sweep_figures, trim_orphans(storage, files_known)),
        needs={"storage": storage.ready},
        kept=Kept(store.SEALED),
    )


def _device_mark(keys: LookupKeys, token: str) -> str:
    """Return the digest of what a device calls itself, under the newest key: what it is held against is minutes old."""
    return keys.digests("device", token)[0]


def _works(evaluation: Evaluation, province: ProvincialPlatform | None) -> Mapping[str, Work]:
    """Return what the service does of itself."""
    return {
        "exclusions": partial(keep_excluded, evaluation),
        "timers": partial(keep_timers, evaluation, CLOCKS),
        "figures": partial(keep_counted, evaluation),
        "province": partial(keep_province_told, evaluation, province),
    }
