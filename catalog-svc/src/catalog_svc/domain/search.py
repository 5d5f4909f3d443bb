"""Search in Chinese: words with weights in, ranked codes out; both databases hold the same words and rank alike."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

Cut = Callable[[str], list[str]]
"""Cuts a text into words, finer ones included."""

NAME, ALIAS, TEXT = 8, 6, 1
LONGEST_WORD = 50
MOST_WEIGHT = 10_000
NOISE = frozenset(
    ["怎么", "怎样", "如何", "什么", "哪里", "哪儿", "我们", *"的了吗呢吧啊和我你您要想给把让是有在去刚办开"]
)
"""Words that say nothing about what is looked for; 办 and 开 stand before almost every matter's name."""
PAIRS = (
    "兒儿嬰婴寶宝產产養养證证戶户記记錄录遷迁歲岁齡龄醫医療疗藥药診诊門门衛卫護护險险報报銷销費费繳缴納纳領领貼贴補补"
    "稅税務务業业單单錢钱貸贷積积賬账號号營营執执開开辦办關关機机構构會会學学國国區区縣县鄉乡鎮镇離离結结變变轉转過过"
    "車车駕驾電电氣气熱热網网線线樓楼買买賣卖監监測测檢检驗验傳传體体軍军殘残畢毕訴诉訟讼詢询預预約约選选項项"
)
SIMPLIFIED = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))
"""Traditional characters in the words of this field, each with its simplified one."""


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
    """Return words without blanks, punctuation and noise, folded as `_folded` does, cut to the table's length."""
    folded = (_folded(word) for word in words)
    return [word[:LONGEST_WORD] for word in folded if word not in NOISE and any(char.isalnum() for char in word)]


def _folded(text: str) -> str:
    """Return a text in half width, lower case and simplified characters."""
    return unicodedata.normalize("NFKC", text).strip().lower().translate(SIMPLIFIED)
