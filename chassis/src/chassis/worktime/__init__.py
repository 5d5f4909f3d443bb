"""Working-time arithmetic: when a limit in working hours, working or calendar days ends, and how that was reckoned.

Pure: the calendar, the office hours and the start are given. Moments are aware; what is returned is in UTC.
"""

from chassis.worktime.calendar import OfficeHours, WorkCalendar, WorkTime
from chassis.worktime.limit import Due, Limit, LimitUnit, Measure, Step
from chassis.worktime.path import CriticalPath, GraphHasCycle, Node, critical_path, in_order
from chassis.worktime.reckoning import LARGEST, NoWorkingTime, due, elapsed

__all__ = [
    "LARGEST",
    "CriticalPath",
    "Due",
    "GraphHasCycle",
    "Limit",
    "LimitUnit",
    "Measure",
    "NoWorkingTime",
    "Node",
    "OfficeHours",
    "Step",
    "WorkCalendar",
    "WorkTime",
    "critical_path",
    "due",
    "elapsed",
    "in_order",
]
