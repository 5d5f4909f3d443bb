"""What somebody meant who spelt by sound or by look: pinyin, its initials, and characters that are easily confused."""

import re
from collections.abc import Callable, Iterable

from catalog_svc.domain.search import folded

Spell = Callable[[str], list[str]]
"""Gives the syllables (pinyin without tones) of a text; what is no Chinese stays as it is."""

LONGEST_SPELLING = 64
SHORTEST_BEGINNING = 2
SUGGESTED_AT_MOST = 5
LOOK_ALIKES = str.maketrans("末已巳藉帐锻段侯徙竞士昧钩彩", "未己己籍账锻锻候徒竟土味钓采")
"""Characters that are taken for each other, each with the one that stands for both."""
LATIN = re.compile(r"[a-z0-9]+")


def spellings(text: str, spell: Spell) -> set[str]:
    """Return under what a title is found: its pinyin, and the initials of its pinyin."""
    syllables = _syllables(text, spell)
    return {made for made in ("".join(syllables), "".join(one[0] for one in syllables)) if made}


def meant(words: Iterable[str], spell: Spell) -> list[str]:
    """Return how words are spelt that found nothing; letters may be the beginning of a spelling, so may Chinese."""
    found = dict.fromkeys("".join(_syllables(word, spell)) for word in words)
    return [one for one in found if len(one) >= SHORTEST_BEGINNING]


def _syllables(text: str, spell: Spell) -> list[str]:
    known = (LATIN.findall(syllable.lower()) for syllable in spell(folded(text).translate(LOOK_ALIKES)))
    return [part for parts in known for part in parts]
