"""Whether acceptance papers can be numbered as people write them: each leading unit's own word, which no other has."""

from collections.abc import Iterator

from catalog_svc.domain.findings import Finding, Place, repeated
from catalog_svc.domain.pack import Pack


def check_papers(pack: Pack) -> Iterator[Finding]:
    """Yield leading units without a word for their papers, and words of two units."""
    leading = {matter.lead_unit for matter in pack.matters}
    for index, word in repeated(unit.acceptance_word for unit in pack.units):
        if word:
            yield Place("units", index).wrong("acceptance_word", f"{word} 与别的单位相同,受理文书编号会重复")
    for index, unit in enumerate(pack.units):
        if unit.unit_code in leading and not unit.acceptance_word:
            yield Place("units", index).wrong("acceptance_word", "牵头单位须有受理文书字,如 郑卫受字")
