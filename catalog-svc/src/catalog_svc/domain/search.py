"""Search in Chinese: words with weights in, ranked codes out; both databases hold the same words and rank alike."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

Cut = Callable[[str], list[str]]
"""Cuts a text into words, finer ones included."""

NAME, ALIAS, TEXT = 8, 6, 1
LONGEST_WORD = 50
MOST_WEIGHT = 10_000


def words_of(texts: Iterable[tuple[str, int]], cut: Cut) -> dict[str, int]:
    """Return the words of weighted texts, each with its highest weight."""
    found: dict[str, int] = {}
    for text, weight in texts:
        for word in clean(cut(text)):
            found[word] = max(found.get(word, 0), weight)
    return found


def asked(query: str, synonyms: Mapping[str, Sequence[str]], cut: Cut) -> list[set[str]]:
    """Return for each word of a query the set of words that answer it: itself, and its synonyms' words."""
    groups: list[set[str]] = []
    rest = _folded(query)
    for phrase in sorted(synonyms, key=lambda phrase: (-len(phrase), phrase)):
        if phrase in rest:
            rest = rest.replace(phrase, " ")
            groups.append({word for text in (phrase, *synonyms[phrase]) for word in clean(cut(text))})
    return groups + [{word} for word in dict.fromkeys(clean(cut(rest)))]


def rank(hits: Iterable[tuple[str, str, int]], groups: Sequence[set[str]]) -> list[tuple[int, str]]:
    """Return (score, code) of the codes hit, best first: those that answer all groups, else those that answer some.

    `hits` are (code, word, weight). The number of answered groups counts most, then the weights of all words hit.
    Equal scores order by code, so that a page always follows the one before.
    """
    weights: dict[str, int] = {}
    answered: dict[str, set[int]] = {}
    for code, word, weight in hits:
        numbers = {number for number, group in enumerate(groups) if word in group}
        weights[code] = weights.get(code, 0) + weight * len(numbers)
        answered.setdefault(code, set()).update(numbers)
    whole = [code for code, numbers in answered.items() if len(numbers) == len(groups)]
    scored = [(MOST_WEIGHT * len(answered[code]) + min(weights[code], MOST_WEIGHT - 1), code) for code in answered]
    kept = set(whole or answered)
    return sorted((entry for entry in scored if entry[1] in kept), key=lambda entry: (-entry[0], entry[1]))


def clean(words: Iterable[str]) -> list[str]:
    """Return words without blanks and punctuation, in lower case and half width, cut to the table's length."""
    folded = (_folded(word) for word in words)
    return [word[:LONGEST_WORD] for word in folded if any(char.isalnum() for char in word)]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
