"""A city pack on disk: `check` and `read_pack`, with the file and line of everything that is wrong."""

from yiwang.city.check import check, read_licences, read_pack
from yiwang.city.evaluation import read_evaluation
from yiwang.city.remarks import Remark
from yiwang.city.sharing import read_sharing

__all__ = ["Remark", "check", "read_evaluation", "read_licences", "read_pack", "read_sharing"]
