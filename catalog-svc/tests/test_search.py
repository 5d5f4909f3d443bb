from datetime import date

import pytest
from catalog_svc.app import cut, spell
from catalog_svc.domain.model import Unit
from catalog_svc.domain.search import (
    LONGEST_WORD,
    MOST_WEIGHT,
    PAIRS,
    SIMPLIFIED,
    Asked,
    asked,
    clean,
    rank,
    unit_phrases,
    unit_word,
    words_of,
)
from catalog_svc.domain.spelling import meant, spellings
from catalog_svc.domain.stages import STAGES
from hypothesis import given
from hypothesis import strategies as st


def groups(*words: str) -> list[Asked]:
    return [Asked(word, frozenset([word])) for word in words]


def test_a_synonym_answers_for_the_word_and_the_longest_phrase_wins() -> None:
    synonyms = {"社保": ["社会保险"], "社保卡": ["社会保障卡"]}
    groups = asked("社保卡", synonyms, cut)
    assert len(groups) == 1
    assert groups[0].said == "社保卡"
    assert groups[0].words & {"社会保障", "社会保障卡"}


def test_a_synonym_is_found_by_its_words_and_a_unit_by_its_one_word() -> None:
    synonyms = {"社保": ["社会 保险"], "卫健委": ["@U23 x"]}
    assert [one.words for one in asked("社保卫健委", synonyms, str.split)] == [
        {"卫健委", "@u23 x"},
        {"社保", "社会", "保险"},
    ]
    assert unit_word("U23") == "@u23"


def test_words_are_folded_to_half_width_and_lower_case() -> None:
    assert clean(["ＡＢＣ", " ", "!", "医保"]) == ["abc", "医保"]
    assert asked("ＸＹ", {}, cut) == [Asked("xy", frozenset({"xy"}))]


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert clean(["出生醫學證明", "落戶"]) == ["出生医学证明", "落户"]
    assert len(SIMPLIFIED) == len(set(PAIRS[::2])) == len(PAIRS) // 2
    assert not set(PAIRS[::2]) & set(PAIRS[1::2])


def test_words_that_say_nothing_are_not_looked_for() -> None:
    assert clean(["怎么", "办", "落户", "的"]) == ["落户"]


def test_a_word_longer_than_the_tables_column_is_cut_once() -> None:
    assert list(words_of([("x" * 80, 8), ("x" * 90, 1)], lambda text: [text])) == ["x" * LONGEST_WORD]


def test_a_word_weighs_as_much_as_where_it_stands_most_prominently() -> None:
    assert words_of([("a b", 6), ("a", 8), ("b", 1), ("c", -1)], str.split) == {"a": 8, "b": 6, "c": 0}


def test_a_text_that_answers_every_word_hides_those_that_answer_some() -> None:
    hits = [("both", "a", 1), ("both", "b", 1), ("one", "a", 8)]
    assert [code for _, code in rank(hits, groups("a", "b")).entries] == ["both"]
    assert [code for _, code in rank(hits[1:], groups("a", "b")).entries] == ["one", "both"]


def test_more_of_a_synonyms_words_rank_higher() -> None:
    group = {"医疗", "保险", "医疗保险"}
    hits = [("x", "保险", 8), ("y", "保险", 8), ("y", "医疗", 8), ("y", "医疗保险", 8)]
    assert [code for _, code in rank(hits, [Asked("医保", frozenset(group))]).entries] == ["y", "x"]


def test_a_hit_weighs_as_often_as_it_answers_and_never_more_than_another_answer() -> None:
    twice = [Asked("落户", frozenset({"落户", "户"})), Asked("户口", frozenset({"户"}))]
    assert rank([("x", "落户", 3), ("x", "户", 4)], twice).entries == [(2 * MOST_WEIGHT + 3 + 2 * 4, "x")]
    assert rank([("x", "a", MOST_WEIGHT - 1)], groups("a")).entries == [(2 * MOST_WEIGHT - 1, "x")]
    assert rank([("x", "a", 3 * MOST_WEIGHT)], groups("a")).entries == [(2 * MOST_WEIGHT - 1, "x")]
    assert rank([("x", "strange", 5)], groups("a")).entries == [(0, "x")]


@given(
    st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from("abc"), st.integers(1, 8)), unique_by=lambda h: h[:2])
)
def test_the_order_of_hits_does_not_matter(hits: list[tuple[str, str, int]]) -> None:
    wanted = [Asked("x", frozenset("ab")), Asked("c", frozenset("c"))]
    assert rank(hits, wanted) == rank(hits[::-1], wanted)


@pytest.mark.parametrize("query", ["", "  ", "？！", "。"])
def test_a_query_without_words_asks_for_nothing(query: str) -> None:
    assert asked(query, {}, cut) == []
    assert rank([], []).entries == []


def test_what_nothing_answered_is_told_whole_and_not_in_its_parts() -> None:
    hits = [("x", "落户", 8)]
    assert rank(hits, groups("落户", "飞船", "飞船驾照", "落")).left_over == ["飞船驾照"]
    assert rank([], groups("飞船")).left_over == ["飞船"]
    assert rank(hits, groups("落户")).left_over == []


def unit(code: str, name: str, short: str, *aliases: str) -> Unit:
    return Unit(code, code.lower(), name, short, "department", "", date(2020, 1, 1), aliases=aliases)


def test_a_unit_is_called_by_its_names_without_the_city_and_by_what_people_say() -> None:
    found = unit_phrases(
        [unit("U23", "郑州市卫生健康委员会", "市卫健委", "卫计委"), unit("U09", "郑州市公安局", "市公安局", "派出所")]
    )
    assert {phrase for phrase, words in found.items() if words == ("@U23",)} == {
        "郑州市卫生健康委员会",
        "市卫健委",
        "卫健委",
        "卫计委",
    }
    assert asked("去派出所落户", found, cut)[0].words >= {"@u09"}


def test_a_name_that_two_units_have_stands_for_both() -> None:
    found = unit_phrases([unit("U05", "甲局", "甲局", "不动产"), unit("U15", "乙局", "乙局", "不动产")])
    assert found["不动产"] == ("@U05", "@U15")


def test_a_name_of_one_character_names_no_unit() -> None:
    assert unit_phrases([unit("U05", "甲局", "市局", "乙", "ＸＹ")]) == dict.fromkeys(("甲局", "市局", "xy"), ("@U05",))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("xinshenger", "新生儿出生"),
        ("Xin Sheng Er", "新生儿出生"),
        ("xsecs", "新生儿出生"),
        ("xse", "新生儿出生"),
        ("新生尔", "新生儿出生"),
        ("新生而出声", "新生儿出生"),
        ("shanghukou", "上户口"),
        ("上护口", "上户口"),
        ("末婚妈妈", "未婚妈妈"),
        ("外藉", "外籍"),
        ("银行帐户", "银行账户"),
        ("yinhang", "银行账户"),
    ],
)
def test_a_title_is_found_by_how_it_sounds_or_looks(typed: str, title: str) -> None:
    (beginning,) = meant([typed], spell)
    assert any(spelling.startswith(beginning) for spelling in spellings(title, spell))


@given(st.text(max_size=30))
def test_whatever_is_typed_can_be_spelt(text: str) -> None:
    assert all(one.isascii() and one.isalnum() and len(one) > 1 for one in meant([text], spell))


def test_the_stages_of_a_life_and_of_a_company_are_sixteen() -> None:
    assert len(STAGES) == len({stage.code for stage in STAGES}) == 16


def test_two_letters_are_the_shortest_beginning() -> None:
    assert (meant(["hk"], spell), meant(["h"], spell)) == (["hk"], [])
