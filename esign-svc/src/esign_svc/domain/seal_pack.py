"""The seals that a city pack proposes: a few rules for all units, said once and never as a copy for each unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sealing.glyphs import GlyphMissing
from sealing.seal_face import FaceTooLong, require_face
from sealing.signing import Algorithm

from esign_svc.domain.seals import LINES, Capacity, Hands, SealKind, Wanted

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class SealRule:
    """A kind of seal that each unit has, or these `units` only; `number` tells a unit's seals apart in their codes."""

    kind: SealKind
    number: int
    usable_by: tuple[Capacity, ...]
    line: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealPack:
    """`seals.yaml`: who applies, makes and files in development, how codes are made, and the rules.

    `code_prefix` are the first six digits of each code; those of 410199, a division that there is not, are synthetic.
    """

    status: str
    hands: Hands
    code_prefix: str
    valid_from: date
    valid_until: date
    unit_kinds: tuple[str, ...]
    seals: tuple[SealRule, ...]
    algorithm: Algorithm = Algorithm.P256


@dataclass(frozen=True, slots=True)
class OfUnit:
    """What a unit's seals need to know of it."""

    unit_code: str
    name: str
    uscc: str
    kind: str


@dataclass(frozen=True, slots=True)
class SealPlan:
    """The seals of a city, unit by unit, and by whose hands they come into use in development."""

    hands: Hands
    wanted: tuple[Wanted, ...] = field(default=())


def moment(day: date) -> datetime:
    """Return the beginning of a day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def plan(pack: SealPack, units: Sequence[OfUnit]) -> SealPlan:
    """Return every unit's seals by the rules."""
    wanted = (_wanted(pack, rule, unit) for unit in units for rule in pack.seals if _has(pack, rule, unit))
    return SealPlan(pack.hands, tuple(wanted))


def _has(pack: SealPack, rule: SealRule, unit: OfUnit) -> bool:
    return unit.unit_code in rule.units if rule.units else unit.kind in pack.unit_kinds


def _wanted(pack: SealPack, rule: SealRule, unit: OfUnit) -> Wanted:
    return Wanted(
        unit=unit.unit_code,
        unit_name=unit.name,
        uscc=unit.uscc,
        kind=rule.kind,
        seal_code=_code(pack, rule, unit),
        valid_from=moment(pack.valid_from),
        valid_until=moment(pack.valid_until) + timedelta(days=1, seconds=-1),
        capacities=tuple(sorted(one.value for one in rule.usable_by)),
        line=LINES.get(rule.kind, rule.line),
        algorithm=pack.algorithm,
        synthetic=True,
    )


def _code(pack: SealPack, rule: SealRule, unit: OfUnit) -> str:
    """Return thirteen digits: the prefix, the unit's number, the rule's, and the first of its kind."""
    digits = "".join(one for one in unit.unit_code if one.isdigit())
    return f"{pack.code_prefix}{digits:0>3}{rule.number}001"


def faults(pack: SealPack, units: Sequence[OfUnit]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a pack: the key at which it stands, and a sentence in Chinese."""
    hands = (pack.hands.applicant, pack.hands.maker, pack.hands.auditor)
    if "" in hands or len(set(hands)) < len(hands):
        yield "hands", "申请、制作与备案须由三个不同的名义办理"
    if pack.valid_until < pack.valid_from:
        yield "valid_until", "有效期止不得早于有效期起"
    if strangers := sorted(set(pack.unit_kinds) - {unit.kind for unit in units}):
        yield "unit_kinds", f"没有这类单位:{'、'.join(strangers)}"
    known = {unit.unit_code for unit in units}
    for rule in pack.seals:
        if unknown := sorted(set(rule.units) - known):
            yield "seals", f"没有这些单位:{'、'.join(unknown)}"
        if not 1 <= rule.number <= 9:
            yield "seals", f"{rule.kind.value} 的 number 应为 1 至 9"
        if rule.kind is SealKind.PERSONAL or bool(rule.line) is not (rule.kind is SealKind.BUSINESS):
            yield "seals", f"{rule.kind.value}:个人名章不在城市包中;只有其他业务专用章写第二行"
    yield from _unfit(pack, units)


def _unfit(pack: SealPack, units: Sequence[OfUnit]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for wanted in plan(pack, units).wanted:
        code = wanted.seal_code
        if not (len(code) == 13 and code.isdigit()):
            yield "code_prefix", f"{wanted.name} 的编码 {code} 不是 13 位数字"
        if code in seen:
            yield "code_prefix", f"{wanted.name} 的编码 {code} 重复"
        seen.add(code)
        try:
            require_face(wanted.face)
        except (GlyphMissing, FaceTooLong) as unfit:
            yield "seals", f"{wanted.name} 无法制作:{unfit}"
