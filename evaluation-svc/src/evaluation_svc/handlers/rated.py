"""What follows from a rating, in the transaction that writes it."""

from chassis.data.database import UnitOfWork

from evaluation_svc.domain.ratings import Rated
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.province import ask_to_tell
from evaluation_svc.handlers.rectify import follow_rating


async def after_rating(evaluation: Evaluation, work: UnitOfWork, rated: Rated) -> None:
    """Do what each active rating sets off; nothing is sent from here, all that waits is a row."""
    ask_to_tell(work, rated)
    await follow_rating(evaluation, work, rated)
