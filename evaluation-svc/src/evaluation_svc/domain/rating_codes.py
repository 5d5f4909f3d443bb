"""The numbers of ratings at the border, each standard by its own table, both ways.

Two national standards count in opposite directions: GB/T 39046-2020 A.8 gives the best level 1, the national interface
(stars) gives it 5. Inside there are names only; a number that a table does not have is refused, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from evaluation_svc.domain.ratings import Channel, Level

Word = TypeVar("Word", bound=StrEnum)


class UnknownCode(ValueError):  # noqa: N818  named after the fact
    """A table has no such number, or no number for such a word."""


class RaterKind(StrEnum):
    """Who rates (userProp)."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


class Progress(StrEnum):
    """How far the matter is that is rated (proStatus)."""

    TO_BE_ACCEPTED = "TO_BE_ACCEPTED"
    IN_HAND = "IN_HAND"
    FINISHED = "FINISHED"


class Turn(StrEnum):
    """Which rating of a thing it is (assessNumber)."""

    FIRST = "FIRST"
    SECOND = "SECOND"


class Review(StrEnum):
    """Whether a rating was reviewed (appStatus)."""

    NOT_NEEDED = "NOT_NEEDED"
    REVIEWED = "REVIEWED"
    NOT_REVIEWED = "NOT_REVIEWED"


class Anonymity(StrEnum):
    """Whether the rater's name is shown (anonymity)."""

    ANONYMOUS = "ANONYMOUS"
    NAMED = "NAMED"


@dataclass(frozen=True, slots=True)
class Codes(Generic[Word]):
    """A table of a standard: a number for each word, and back."""

    standard: str
    numbers: Mapping[Word, str]

    def number_of(self, word: Word) -> str:
        """Return the number of a word. Raises UnknownCode."""
        try:
            return self.numbers[word]
        except KeyError:
            raise UnknownCode(f"{self.standard} has no number for {word}") from None

    def word_of(self, number: str) -> Word:
        """Return the word of a number. Raises UnknownCode."""
        for word, given in self.numbers.items():
            if given == number:
                return word
        raise UnknownCode(f"{self.standard} has no number {number!r}")


BEST_FIRST = tuple(Level)
GB39046_LEVELS = Codes("GB/T 39046-2020 A.8", {level: str(place + 1) for place, level in enumerate(BEST_FIRST)})
"""1 非常满意 … 5 非常不满意."""
STAR_LEVELS = Codes("国家好差评接口 starLevel", {level: str(5 - place) for place, level in enumerate(BEST_FIRST)})
"""5 非常满意 … 1 非常不满意: the other way round."""
_COMMON = {
    Channel.PC: "1",
    Channel.MOBILE: "2",
    Channel.QR_CODE: "3",
    Channel.TABLET: "4",
    Channel.TERMINAL: "5",
}
CHANNELS = Codes("国家好差评接口 pf", {**_COMMON, Channel.TELEPHONE: "6", Channel.SMS: "7"})
"""It has no number for a rating by default: none is sent."""
CHANNELS_WITH_DEFAULT = Codes("pf, 6 为短信的变体", {**_COMMON, Channel.SMS: "6", Channel.DEFAULT: "7"})
"""The variant of some provinces: 6 is SMS and 7 the system's default; it has no number for the telephone."""
RATER_KINDS = Codes("userProp", {RaterKind.PERSON: "1", RaterKind.ORGANISATION: "2"})
TURNS = Codes("assessNumber", {Turn.FIRST: "1", Turn.SECOND: "2"})
PROGRESSES = Codes("proStatus", {Progress.TO_BE_ACCEPTED: "1", Progress.IN_HAND: "2", Progress.FINISHED: "3"})
REVIEWS = Codes("appStatus", {Review.NOT_NEEDED: "1", Review.REVIEWED: "2", Review.NOT_REVIEWED: "3"})
ANONYMITIES = Codes("anonymity", {Anonymity.ANONYMOUS: "1", Anonymity.NAMED: "2"})
"""Which of 1 and 2 is which no source says: proposed, and to be asked of the province."""
