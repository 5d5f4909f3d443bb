"""A register of the simulators: finds rows by their keys, and holds values against them in a form of its own."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chassis.base.clock import Clock, local

from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.people import Town, town
from yiwang.simulators.records import Row, Service

DAY = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?", re.ASCII)
DOTS = str.maketrans(dict.fromkeys("\N{BULLET}\N{KATAKANA MIDDLE DOT}\N{BULLET OPERATOR}", "\N{MIDDLE DOT}"))
SAME, DIFFERS = "一致", "不一致"
DAYS = {"birth_date", "valid_until", "registered_on", "child_birth_date", "insured_since", "established_on"}


class BadConditions(Exception):  # noqa: N818  named after the fact
    """What is asked by, or for, is not a service's."""


def plain(name: str, text: str) -> str:
    """Return a field's value in the form in which the registers compare it."""
    found = "".join(unicodedata.normalize("NFKC", text.translate(DOTS)).split()).upper()
    day = DAY.fullmatch(found) if name in DAYS else None
    return "{:0>4}{:0>2}{:0>2}".format(*day.groups()) if day else found


@dataclass(slots=True)
class Register:
    """The rows of a town, found by their keys; they are those of the clock's day."""

    clock: Clock
    people: Town | None = None
    _found: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)
    _day: date | None = None

    def rows(self, service: Service) -> list[Row]:
        """Return all rows of a service."""
        return list(service.rows(self.people or town(), local(self.clock.now()).date()))

    def answer(self, service: Service, question: Mapping[str, Any], fault: Fault | None = None) -> dict[str, Any]:
        """Return what a service answers: rows, or whether values agree. Raises BadConditions."""
        conditions = _texts(question.get("conditions"), service.keys, "conditions")
        rows = self._by(service, conditions)
        if fault is not None and fault.kind is FaultKind.WRONG_PERSON:
            rows = [next(row for row in self.rows(service) if row not in rows)]
        if fault is not None and fault.kind is FaultKind.LYING:
            rows = [{**row, **{name: lie for name, lie in fault.lies.items() if name in row}} for row in rows]
        told = self._told(service, question, rows)
        return _misshapen(told) if fault is not None and fault.kind is FaultKind.WRONG_SCHEMA else told

    def _told(self, service: Service, question: Mapping[str, Any], rows: list[Row]) -> dict[str, Any]:
        match question.get("mode"):
            case "query":
                fields = question.get("fields")
                if not isinstance(fields, list) or not fields or any(name not in service.fields for name in fields):
                    raise BadConditions("fields")
                return {"data": [{name: row[name] for name in fields} for row in rows]}
            case "verify":
                values = _texts(question.get("values"), service.fields, "values")
                return {"results": _nearest(rows, values), "known": bool(rows)}
            case _:
                raise BadConditions("mode")

    def _by(self, service: Service, conditions: Mapping[str, str]) -> list[Row]:
        today = local(self.clock.now()).date()
        if today != self._day:
            self._found, self._day = {}, today
        (first, value), *others = conditions.items()
        index = self._found.get((service.service, first))
        if index is None:
            index = self._found[service.service, first] = _indexed(self.rows(service), first)
        rows = index.get(plain(first, value), [])
        return [row for row in rows if all(plain(name, row[name]) == plain(name, asked) for name, asked in others)]


def _indexed(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row[key]:
            found.setdefault(plain(key, row[key]), []).append(row)
    return found


def _texts(given: Any, allowed: tuple[str, ...], name: str) -> dict[str, str]:
    if not isinstance(given, dict) or not given or not set(given) <= set(allowed):
        raise BadConditions(name)
    if not all(isinstance(value, str) and value for value in given.values()):
        raise BadConditions(name)
    return given


def _nearest(rows: list[Row], values: Mapping[str, str]) -> dict[str, str]:
    """Return which values agree with the row that agrees in most of them."""
    asked = {name: plain(name, value) for name, value in values.items()}
    agreed = [{name for name, value in asked.items() if value and value == plain(name, row[name])} for row in rows]
    best = max(agreed, key=len, default=set())
    return {name: SAME if name in best else DIFFERS for name in values}


def _misshapen(told: dict[str, Any]) -> dict[str, Any]:
    if "data" in told:
        return {"data": [{f"{name}_1": [value] for name, value in row.items()} for row in told["data"]] or [{"x": 1}]}
    return {"results": [*told["results"]], "known": "yes"}
