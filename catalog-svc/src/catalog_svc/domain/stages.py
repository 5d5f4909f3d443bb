"""The life stages by which matters are ordered: ten of a person, six of a company (国办发〔2025〕24号)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stage:
    """A life stage (生命周期阶段)."""

    code: str
    name: str
    audience: Literal["person", "company"]


STAGES = (
    Stage("BIRTH", "出生", "person"),
    Stage("EDU", "教育", "person"),
    Stage("JOB", "就业", "person"),
    Stage("LIFE", "生活", "person"),
    Stage("HOME", "置业", "person"),
    Stage("TRAVEL", "出行", "person"),
    Stage("MED", "就医", "person"),
    Stage("AID", "救助", "person"),
    Stage("ELDER", "养老", "person"),
    Stage("AFTER", "身后", "person"),
    Stage("ENTRY", "准入准营", "company"),
    Stage("HIRING", "招聘用工", "company"),
    Stage("TAX", "纳税缴费", "company"),
    Stage("OPERATION", "经营发展", "company"),
    Stage("CONSTRUCTION", "工程建设", "company"),
    Stage("EXIT", "注销退出", "company"),
)
CODES = frozenset(stage.code for stage in STAGES)
