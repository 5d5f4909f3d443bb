"""The light of a task (红黄灯): how near its promised time is, for whoever looks after a unit.

There is no national threshold; near is one working day by default, and a setting.
"""

from enum import StrEnum


class Light(StrEnum):
    """Green while there is time, yellow when the promised time is near, red when it is past."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


LIGHTS = {Light.GREEN: "正常", Light.YELLOW: "临近到期", Light.RED: "已逾期"}
