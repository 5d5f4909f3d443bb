"""Working-time arithmetic: when a limit in working hours, days, months or years ends, and how that was reckoned.

Pure: the calendar, the office hours and the start are given. Moments are aware; what is returned is in UTC.
"""

from chassis.worktime.calendar import OfficeHours, WorkCalendar, WorkTime
from chassis.worktime.legal import legal_days_off
from chassis.worktime.limit import LARGEST, Due, Limit, LimitUnit, Measure, Step
from chassis.worktime.path import CriticalPath, GraphHasCycle, Node, critical_path, in_order
from chassis.worktime.reckoning import NoWorkingTime, due, elapsed, months_later

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
    "legal_days_off",
    "months_later",
]
