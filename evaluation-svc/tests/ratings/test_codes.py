import pytest
from evaluation_svc.domain.rating_codes import (
    ANONYMITIES,
    CHANNELS,
    CHANNELS_WITH_DEFAULT,
    GB39046_LEVELS,
    PROGRESSES,
    RATER_KINDS,
    REVIEWS,
    STAR_LEVELS,
    TURNS,
    Codes,
    UnknownCode,
)
from evaluation_svc.domain.ratings import Channel, Level

TABLES = [
    GB39046_LEVELS,
    STAR_LEVELS,
    CHANNELS,
    CHANNELS_WITH_DEFAULT,
    PROGRESSES,
    RATER_KINDS,
    REVIEWS,
    TURNS,
    ANONYMITIES,
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.standard)
def test_each_word_comes_back_from_its_number_and_each_number_from_its_word(table: Codes[Level]) -> None:
    assert [table.word_of(table.number_of(word)) for word in table.numbers] == list(table.numbers)
    assert len(set(table.numbers.values())) == len(table.numbers)
    for number in ("0", "8", "", "01", "非常满意", " 1"):
        with pytest.raises(UnknownCode):
            table.word_of(number)


@pytest.mark.parametrize(
    ("level", "of_gb39046", "stars"),
    [
        (Level.VERY_SATISFIED, "1", "5"),
        (Level.SATISFIED, "2", "4"),
        (Level.BASICALLY_SATISFIED, "3", "3"),
        (Level.DISSATISFIED, "4", "2"),
        (Level.VERY_DISSATISFIED, "5", "1"),
    ],
)
def test_two_national_standards_count_in_opposite_directions(level: Level, of_gb39046: str, stars: str) -> None:
    assert (GB39046_LEVELS.number_of(level), STAR_LEVELS.number_of(level)) == (of_gb39046, stars)
    assert (GB39046_LEVELS.word_of(of_gb39046), STAR_LEVELS.word_of(stars)) == (level, level)


def test_six_is_the_telephone_in_one_table_and_sms_in_the_other() -> None:
    assert (CHANNELS.word_of("6"), CHANNELS.word_of("7")) == (Channel.TELEPHONE, Channel.SMS)
    assert (CHANNELS_WITH_DEFAULT.word_of("6"), CHANNELS_WITH_DEFAULT.word_of("7")) == (Channel.SMS, Channel.DEFAULT)
    for table, channel in ((CHANNELS, Channel.DEFAULT), (CHANNELS_WITH_DEFAULT, Channel.TELEPHONE)):
        with pytest.raises(UnknownCode):
            table.number_of(channel)
