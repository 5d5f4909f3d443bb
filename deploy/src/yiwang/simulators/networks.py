"""Which networks are simulated, by which protocol each is spoken with, and which services it has: data, no program."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from yiwang.simulators import records
from yiwang.simulators.records import Service


class Protocol(StrEnum):
    """How a network is spoken with: requests, tables of a front database (前置库), or files that are dropped."""

    REST = "rest"
    TABLE = "table"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A network and what is simulated of it."""

    network: str
    name: str
    protocol: Protocol
    services: tuple[Service, ...]

    def service(self, name: str) -> Service | None:
        """Return a service by its name; None where there is none."""
        return next((one for one in self.services if one.service == name), None)


SIMULATED: Mapping[str, Simulated] = {
    one.network: one
    for one in (
        Simulated("identity", "省统一身份认证", Protocol.REST, (records.ACCOUNTS,)),
        Simulated("population", "公安人口", Protocol.REST, (records.POPULATION, records.PERMITS)),
        Simulated("marriage", "民政婚姻登记", Protocol.REST, (records.MARRIAGES,)),
        Simulated("births", "出生医学证明", Protocol.REST, (records.BIRTHS,)),
        Simulated("medical_insurance", "医保国家平台", Protocol.REST, (records.INSURED,)),
        Simulated("social_insurance", "人社社保公共服务", Protocol.TABLE, (records.MATERNITY,)),
        Simulated("real_estate", "不动产登记", Protocol.FILES, (records.PROPERTIES,)),
        Simulated("companies", "市场监管企业登记", Protocol.REST, (records.COMPANIES,)),
    )
}
"""By their keys, as the city pack's `networks.yaml` has them."""


def by(protocol: Protocol) -> tuple[Simulated, ...]:
    """Return those that are spoken with by a protocol."""
    return tuple(one for one in SIMULATED.values() if one.protocol is protocol)
