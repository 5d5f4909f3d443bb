import pytest
from catalog_svc.app import cut
from catalog_svc.domain.search import LONGEST_WORD, PAIRS, SIMPLIFIED, asked, clean, rank, words_of
from hypothesis import given
from hypothesis import strategies as st


def test_a_synonym_answers_for_the_word_and_the_longest_phrase_wins() -> None:
    synonyms = {"社保": ["社会保险"], "社保卡": ["社会保障卡"]}
    groups = asked("社保卡", synonyms, cut)
    assert len(groups) == 1
    assert "社会保障" in groups[0] or "社会保障卡" in groups[0]


def test_words_are_folded_to_half_width_and_lower_case() -> None:
    assert clean(["ＡＢＣ", " ", "!", "医保"]) == ["abc", "医保"]
    assert asked("ＸＹ", {}, cut) == [{"xy"}]


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert clean(["出生醫學證明", "落戶"]) == ["出生医学证明", "落户"]
    assert len(SIMPLIFIED) == len(set(PAIRS[::2])) == len(PAIRS) // 2
    assert not set(PAIRS[::2]) & set(PAIRS[1::2])


def test_words_that_say_nothing_are_not_looked_for() -> None:
    assert clean(["怎么", "办", "落户", "的"]) == ["落户"]


def test_a_word_longer_than_the_tables_column_is_cut_once() -> None:
    assert list(words_of([("x" * 80, 8), ("x" * 90, 1)], lambda text: [text])) == ["x" * LONGEST_WORD]


def test_a_text_that_answers_every_word_hides_those_that_answer_some() -> None:
    hits = [("both", "a", 1), ("both", "b", 1), ("one", "a", 8)]
    assert [code for _, code in rank(hits, [{"a"}, {"b"}])] == ["both"]
    assert [code for _, code in rank(hits[1:], [{"a"}, {"b"}])] == ["one", "both"]


def test_more_of_a_synonyms_words_rank_higher() -> None:
    group = {"医疗", "保险", "医疗保险"}
    hits = [("x", "保险", 8), ("y", "保险", 8), ("y", "医疗", 8), ("y", "医疗保险", 8)]
    assert [code for _, code in rank(hits, [group])] == ["y", "x"]


@given(
    st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from("abc"), st.integers(1, 8)), unique_by=lambda h: h[:2])
)
def test_the_order_of_hits_does_not_matter(hits: list[tuple[str, str, int]]) -> None:
    groups = [{"a", "b"}, {"c"}]
    assert rank(hits, groups) == rank(hits[::-1], groups)


@pytest.mark.parametrize("query", ["", "  ", "？！", "。"])
def test_a_query_without_words_asks_for_nothing(query: str) -> None:
    assert asked(query, {}, cut) == []
    assert rank([], []) == []
