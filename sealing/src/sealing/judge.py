"""Judges a sealed file of any format: what anyone may be handed, hostile files too. It never raises.

Resources are bounded by `limits`, in a process of their own; here only the reading is.
"""

from collections.abc import Callable

from sealing.findings import presentable, refused
from sealing.national.judging import judge_ses
from sealing.ofd.judging import judge_ofd
from sealing.pdf_judge import judge_pdf
from sealing.verdict import Trust, Verdict

BEYOND = "核验所需的时间或内存超出限额,文件过于复杂或有意为之,不予认可"
Judge = Callable[[bytes, Trust], Verdict]
READERS: tuple[tuple[Callable[[bytes], bool], Judge], ...] = (
    (lambda data: data.startswith(b"PK"), judge_ofd),
    (lambda data: b"%PDF-" in data[:1024], judge_pdf),
    (lambda data: data.startswith(b"0"), judge_ses),
)
"""How each format is known by its first bytes, and who judges it."""


def judge(data: bytes, trust: Trust) -> Verdict:
    """Return the verdict on a file. What nobody can read is invalid."""
    for knows, judged in READERS:
        if knows(data):
            try:
                return presentable(judged(data, trust))
            except MemoryError:
                return refused("limits", BEYOND)
            except (Exception, RecursionError) as broken:  # noqa: BLE001  rule R30: any exception means not valid
                return refused("structure", f"文件结构异常,无法按其格式读通({type(broken).__name__})")
    return refused("format", "不是可核验的文件:只核验 PDF、OFD 与电子签章数据")
