"""Search in Chinese: words with weights in, ranked codes out; both databases hold the same words and rank alike."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog_svc.domain.model import Unit

Cut = Callable[[str], list[str]]
"""Cuts a text into words, finer ones included."""

NAME, ALIAS, TEXT = 8, 6, 1
OF_UNIT = "@"
"""Begins the word under which all that a unit does is found; no word of a text does."""
SHORTEST_NAME = 2
LONGEST_WORD = 50
MOST_WEIGHT = 10_000
NOISE = frozenset(
    ["怎么", "怎么办", "怎样", "如何", "什么", "哪里", "哪儿", "我们", *"的了吗呢吧啊和我你您要想给把让是有在去刚办开"]
)
"""Words that say nothing about what is looked for; 办 and 开 stand before almost every matter's name."""
PAIRS = (
    "兒儿嬰婴寶宝產产養养證证戶户記记錄录遷迁歲岁齡龄醫医療疗藥药診诊門门衛卫護护險险報报銷销費费繳缴納纳領领貼贴補补"
    "稅税務务業业單单錢钱貸贷積积賬账號号營营執执開开辦办關关機机構构會会學学國国區区縣县鄉乡鎮镇離离結结變变轉转過过"
    "車车駕驾電电氣气熱热網网線线樓楼買买賣卖監监測测檢检驗验傳传體体軍军殘残畢毕訴诉訟讼詢询預预約约選选項项"
)
SIMPLIFIED = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))
"""Traditional characters in the words of this field, each with its simplified one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a query as it was said, and the words that answer it."""

    said: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found, best first, and what of the query nothing answered."""

    entries: list[tuple[int, str]]
    left_over: list[str]


def words_of(texts: Iterable[tuple[str, int]], cut: Cut) -> dict[str, int]:
    """Return the words of weighted texts, each with its highest weight."""
    found: dict[str, int] = {}
    for text, weight in texts:
        for word in clean(cut(text)):
            found[word] = max(found.get(word, 0), weight)
    return found


def asked(query: str, synonyms: Mapping[str, Sequence[str]], cut: Cut) -> list[Asked]:
    """Return what a query asks for, and by which words each is answered: its own, and its synonyms'."""
    groups: list[Asked] = []
    rest = folded(query)
    for phrase in sorted(synonyms, key=lambda phrase: (-len(phrase), phrase)):
        if phrase in rest:
            rest = rest.replace(phrase, " ")
            words = {word for text in (phrase, *synonyms[phrase]) for word in _words(text, cut)}
            groups.append(Asked(phrase, frozenset(words)))
    return groups + [Asked(word, frozenset([word])) for word in dict.fromkeys(clean(cut(rest)))]


def _words(text: str, cut: Cut) -> list[str]:
    return [text.lower()] if text.startswith(OF_UNIT) else clean(cut(text))


def unit_word(unit_code: str) -> str:
    """Return the word under which all that a unit does is found."""
    return f"{OF_UNIT}{unit_code}".lower()


def unit_phrases(units: Iterable[Unit]) -> dict[str, tuple[str, ...]]:
    """Return how units are called, each name with the words of what they do."""
    found: dict[str, tuple[str, ...]] = {}
    for unit in units:
        called = (unit.name, unit.short_name, unit.short_name.removeprefix("市"), *unit.aliases)
        for phrase in dict.fromkeys(folded(name) for name in called):
            if len(phrase) >= SHORTEST_NAME:
                found[phrase] = (*found.get(phrase, ()), f"{OF_UNIT}{unit.unit_code}")
    return found


def rank(hits: Iterable[tuple[str, str, int]], groups: Sequence[Asked]) -> Ranked:
    """Return (score, code) of the codes hit, best first: those that answer all groups, else those that answer some.

    `hits` are (code, word, weight). The number of answered groups counts most, then the weights of all words hit.
    Equal scores order by code, so that a page always follows the one before. What nothing answered is told.
    """
    weights: dict[str, int] = {}
    answered: dict[str, set[int]] = {}
    for code, word, weight in hits:
        numbers = {number for number, group in enumerate(groups) if word in group.words}
        weights[code] = weights.get(code, 0) + weight * len(numbers)
        answered.setdefault(code, set()).update(numbers)
    whole = [code for code, numbers in answered.items() if len(numbers) == len(groups)]
    scored = [(MOST_WEIGHT * len(answered[code]) + min(weights[code], MOST_WEIGHT - 1), code) for code in answered]
    kept = set(whole or answered)
    entries = sorted((entry for entry in scored if entry[1] in kept), key=lambda entry: (-entry[0], entry[1]))
    heard = {number for numbers in answered.values() for number in numbers}
    return Ranked(entries, _left_over(groups, heard))


def _left_over(groups: Sequence[Asked], heard: Collection[int]) -> list[str]:
    """Return what nothing answered; not a part of what something did, nor of a longer thing that nothing did."""
    said = [group.said for group in groups]
    left = [word for number, word in enumerate(said) if number not in heard]
    whole = [said[number] for number in heard] + left
    return [word for word in left if not any(word != other and word in other for other in whole)]


def clean(words: Iterable[str]) -> list[str]:
    """Return words without blanks, punctuation and noise, folded as `folded` does, cut to the table's length."""
    plain = (folded(word) for word in words)
    return [word[:LONGEST_WORD] for word in plain if word not in NOISE and any(char.isalnum() for char in word)]


def folded(text: str) -> str:
    """Return a text in half width, lower case and simplified characters."""
    return unicodedata.normalize("NFKC", text).strip().lower().translate(SIMPLIFIED)
