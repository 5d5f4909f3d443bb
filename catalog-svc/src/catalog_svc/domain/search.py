"""Search in Chinese: words with weights in, ranked codes out; both databases hold the same words and rank alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence

Cut = Callable[[str], list[str]]
"""Cuts a text into words, finer ones included."""

NAME, ALIAS, TEXT = 8, 6, 1


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
    rest = query
    for phrase in sorted(synonyms, key=len, reverse=True):
        if phrase in rest:
            rest = rest.replace(phrase, " ")
            groups.append({word for text in (phrase, *synonyms[phrase]) for word in clean(cut(text))})
    return groups + [{word} for word in dict.fromkeys(clean(cut(rest)))]


def rank(hits: Iterable[tuple[str, str, int]], groups: Sequence[set[str]]) -> list[tuple[int, str]]:
    """Return (score, code) of the codes hit, best first: the answered groups count most, then the weights.

    `hits` are (code, word, weight). Equal scores order by code, so that a page always follows the one before.
    """
    best: dict[str, dict[int, int]] = {}
    for code, word, weight in hits:
        for number, group in enumerate(groups):
            if word in group:
                mine = best.setdefault(code, {})
                mine[number] = max(mine.get(number, 0), weight)
    scored = [(1000 * len(mine) + sum(mine.values()), code) for code, mine in best.items()]
    whole = [entry for entry in scored if entry[0] >= 1000 * len(groups)]
    return sorted(whole or scored, key=lambda entry: (-entry[0], entry[1]))


def clean(words: Iterable[str]) -> list[str]:
    """Return words without blanks and punctuation, in lower case."""
    return [word.strip().lower() for word in words if any(char.isalnum() for char in word)]
