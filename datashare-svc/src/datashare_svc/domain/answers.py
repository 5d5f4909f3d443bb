"""What a network told, held against its resource and against what was asked: nothing else is taken for an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from datashare_svc.domain.canonical import agrees, canonical, is_value
from datashare_svc.domain.model import Kind, Resource
from datashare_svc.errors import NetworkOut, Outage

AGREE, DIFFER = "一致", "不一致"
Row = Mapping[str, str]


def asked_for(keys: Mapping[str, str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the fields to ask for: those wanted, and the keys, by which is seen whose row it is."""
    return tuple(dict.fromkeys((*wanted, *keys)))


def checked_rows(resource: Resource, keys: Mapping[str, str], wanted: Sequence[str], told: Any) -> tuple[Row, ...]:
    """Return rows with the fields that were wanted, in canonical form; one that is empty or absent is left out.

    Raises NetworkOut where there are more rows than the resource gives, fields that were not asked for, a required one
    missing, a value that is none of its kind or too long, or a row of somebody who was not asked about.
    """
    if not isinstance(told, (list, tuple)):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    if len(told) > resource.at_most_rows:
        raise NetworkOut(why=Outage.TOO_MANY_ROWS)
    fields = asked_for(keys, wanted)
    rows = [_row(resource, fields, one) for one in told]
    for row in rows:
        if any(row.get(key) != canonical(_kind(resource, key), value) for key, value in keys.items()):
            raise NetworkOut(why=Outage.WRONG_PERSON)
    return tuple({name: row[name] for name in wanted if name in row} for row in rows)


def checked_matches(compares: Mapping[str, str], told: Any, known: Any) -> tuple[dict[str, bool], bool]:
    """Return by field whether the source agrees, and whether it knows anybody of the keys; of nobody, nothing agrees.

    Raises NetworkOut where other fields are told than were asked about, or something other than 一致 and 不一致.
    """
    if not isinstance(known, bool) or not isinstance(told, dict):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    if not known:
        return {}, False
    if told.keys() != compares.keys() or not all(one in {AGREE, DIFFER} for one in _texts(told)):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    return {name: told[name] == AGREE for name in compares}, True


def compared(resource: Resource, compares: Mapping[str, str], rows: Sequence[Row]) -> tuple[dict[str, bool], bool]:
    """Compare given values with rows of the source and drop these: what `checked_matches` returns, worked out here.

    Of several rows the one that agrees in most counts, since the values are of one of them.
    """
    if not rows:
        return {}, False
    found = [
        {name: agrees(_kind(resource, name), row.get(name, ""), given) for name, given in compares.items()}
        for row in rows
    ]
    return max(found, key=lambda matches: sum(matches.values())), True


def checked_value(resource: Resource, name: str, value: Any) -> str:
    """Return a field's value in canonical form, or an empty text where there is none. Raises NetworkOut."""
    field = resource.field(name)
    if field is None:
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    text = canonical(field.kind, _text(value, field.max_length))
    if not text:
        if field.required:
            raise NetworkOut(why=Outage.WRONG_SCHEMA)
        return ""
    if len(text) > field.max_length or not is_value(field.kind, text):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    return text


def _row(resource: Resource, fields: Sequence[str], told: Any) -> Row:
    if not isinstance(told, Mapping) or not told.keys() <= set(fields):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    values = {name: checked_value(resource, name, told.get(name)) for name in fields}
    return {name: value for name, value in values.items() if value}


def _kind(resource: Resource, name: str) -> Kind:
    field = resource.field(name)
    return field.kind if field else Kind.TEXT


def _text(value: Any, max_length: int) -> str:
    """Return what a network wrote as text; numbers too, since not all of them quote them."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    if isinstance(value, str) and len(value) > 4 * max_length + 100:
        raise NetworkOut(why=Outage.WRONG_SCHEMA)
    return str(value)


def _texts(told: Mapping[str, Any]) -> list[str]:
    return [one if isinstance(one, str) else "" for one in told.values()]
