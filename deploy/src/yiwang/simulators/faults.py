"""Faults on demand: what a simulated network does wrong, for which of its services, and how often."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

EVERY = "*"
FILE = "faults.json"


class FaultKind(StrEnum):
    """What goes wrong."""

    SLOW = "slow"
    HANG = "hang"
    OUT = "out"
    SERVER_ERROR = "server_error"
    FLAPPING = "flapping"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    REFUSE = "refuse"
    WRONG_SCHEMA = "wrong_schema"
    WRONG_PERSON = "wrong_person"
    LYING = "lying"
    LOST_ANSWER = "lost_answer"
    DUPLICATE = "duplicate"
    HTML = "html"


NAMES = {
    FaultKind.SLOW: "慢(seconds 秒后才答)",
    FaultKind.HANG: "不答,也不断开",
    FaultKind.OUT: "连不上",
    FaultKind.SERVER_ERROR: "答 503",
    FaultKind.FLAPPING: "时好时坏,逢单次答 503",
    FaultKind.TRUNCATED: "答到一半断开",
    FaultKind.TOO_LARGE: "答得没完(megabytes 兆)",
    FaultKind.REFUSE: "拒绝(code)",
    FaultKind.WRONG_SCHEMA: "字段不符",
    FaultKind.WRONG_PERSON: "答的是别人",
    FaultKind.LYING: "说谎(lies:字段→值)",
    FaultKind.LOST_ANSWER: "收下了,但不答(省平台)",
    FaultKind.DUPLICATE: "同一请求到了两次(省平台)",
    FaultKind.HTML: "答的是网页(省平台)",
}
OF_THE_WIRE = frozenset(
    {
        FaultKind.SLOW,
        FaultKind.HANG,
        FaultKind.OUT,
        FaultKind.SERVER_ERROR,
        FaultKind.FLAPPING,
        FaultKind.TRUNCATED,
        FaultKind.TOO_LARGE,
    }
)
"""What also befalls a network's ping and key; the others are wrong answers of its services."""
OF_THE_PROVINCE = frozenset({FaultKind.LOST_ANSWER, FaultKind.DUPLICATE, FaultKind.HTML})
"""What the provincial platform does and no network."""
OF_NETWORKS_ALONE = frozenset({FaultKind.WRONG_SCHEMA, FaultKind.LYING})


class Fault(BaseModel):
    """One fault; `count` limits how many requests it befalls, without it they are all until it is cleared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    service: str = EVERY
    count: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=3.0, ge=0, le=3600)
    megabytes: int = Field(default=16, ge=1, le=1024)
    code: str = "500"
    lies: Mapping[str, str] = Field(default_factory=dict)


OF_NETWORKS = TypeAdapter(dict[str, list[Fault]])


def read(folder: Path) -> dict[str, list[Fault]]:
    """Return the faults that are written down in a folder, by network."""
    try:
        return OF_NETWORKS.validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return {}


def write(folder: Path, faults: Mapping[str, Sequence[Fault]]) -> None:
    """Write down the faults of all networks; simulators that watch the folder have them from the next request on."""
    told = {network: [one.model_dump(mode="json") for one in found] for network, found in faults.items() if found}
    half = folder / f"{FILE}.new"
    half.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    half.replace(folder / FILE)


class Faults:
    """The faults that a network has now: set here, or written down in a folder that is watched."""

    def __init__(self, network: str = "", folder: Path | None = None) -> None:
        self._network = network
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._left: list[tuple[Fault, int | None]] = []
        self._turn = 0

    def set(self, *faults: Fault) -> None:
        """Have these faults and no others."""
        self._left = [(one, one.count) for one in faults]

    def told(self) -> list[Fault]:
        """Return the faults there are, each with the count that is left of it."""
        self._look()
        return [one.model_copy(update={"count": left}) for one, left in self._left]

    def take(self, service: str, *, wire_only: bool = False) -> Fault | None:
        """Return the fault that befalls a request of a service, and count it; None where there is none."""
        self._look()
        for place, (fault, left) in enumerate(self._left):
            if fault.service not in {EVERY, service} or (wire_only and fault.kind not in OF_THE_WIRE):
                continue
            if left is not None:
                self._left[place : place + 1] = [(fault, left - 1)] if left > 1 else []
            return fault if fault.kind is not FaultKind.FLAPPING or self._is_odd() else None
        return None

    def _is_odd(self) -> bool:
        self._turn += 1
        return bool(self._turn % 2)

    def _look(self) -> None:
        if self._folder is None:
            return
        try:
            there = (self._folder / FILE).stat()
        except FileNotFoundError:
            seen = None
        else:
            seen = there.st_mtime_ns, there.st_ino, there.st_size
        if seen != self._seen:
            self._seen = seen
            self.set(*read(self._folder).get(self._network, ()))
