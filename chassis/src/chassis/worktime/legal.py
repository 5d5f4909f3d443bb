"""The days off that the law itself fixes, which no notice has to give (法定节假日).

Source: 全国年节及纪念日放假办法 art. 2, by the revision in force: since 1999-09-18, 2008-01-01, 2014-01-01, 2025-01-01.
What falls on a Saturday or Sunday is made up on a working day (art. 6): which one, a notice says. The four moving days
of a year are facts of the calendar (GB/T 33661-2017), computed for 2000 to 2100 three ways that agree: by two tables of
lunar months, and from the positions of sun and moon.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

FIRST_YEAR = 2000
NEW_YEAR, SPRING, QINGMING, LABOUR = "元旦", "春节", "清明节", "劳动节"
DUANWU, MID_AUTUMN, NATIONAL = "端午节", "中秋节", "国庆节"
RULES: tuple[tuple[int, Mapping[str, tuple[int, ...]]], ...] = (
    (2000, {NEW_YEAR: (0,), SPRING: (0, 1, 2), LABOUR: (0, 1, 2), NATIONAL: (0, 1, 2)}),
    (
        2008,
        {
            NEW_YEAR: (0,),
            SPRING: (-1, 0, 1),
            QINGMING: (0,),
            LABOUR: (0,),
            DUANWU: (0,),
            MID_AUTUMN: (0,),
            NATIONAL: (0, 1, 2),
        },
    ),
    (
        2014,
        {
            NEW_YEAR: (0,),
            SPRING: (0, 1, 2),
            QINGMING: (0,),
            LABOUR: (0,),
            DUANWU: (0,),
            MID_AUTUMN: (0,),
            NATIONAL: (0, 1, 2),
        },
    ),
    (
        2025,
        {
            NEW_YEAR: (0,),
            SPRING: (-1, 0, 1, 2),
            QINGMING: (0,),
            LABOUR: (0, 1),
            DUANWU: (0,),
            MID_AUTUMN: (0,),
            NATIONAL: (0, 1, 2),
        },
    ),
)
"""From which year on which days: counted from the festival's own day, of 春节 from 正月初一."""
FIXED = {NEW_YEAR: "0101", LABOUR: "0501", NATIONAL: "1001"}
MOVING = (SPRING, QINGMING, DUANWU, MID_AUTUMN)
DATES = """
2000 0205 0404 0606 0912
2001 0124 0405 0625 1001
2002 0212 0405 0615 0921
2003 0201 0405 0604 0911
2004 0122 0404 0622 0928
2005 0209 0405 0611 0918
2006 0129 0405 0531 1006
2007 0218 0405 0619 0925
2008 0207 0404 0608 0914
2009 0126 0404 0528 1003
2010 0214 0405 0616 0922
2011 0203 0405 0606 0912
2012 0123 0404 0623 0930
2013 0210 0404 0612 0919
2014 0131 0405 0602 0908
2015 0219 0405 0620 0927
2016 0208 0404 0609 0915
2017 0128 0404 0530 1004
2018 0216 0405 0618 0924
2019 0205 0405 0607 0913
2020 0125 0404 0625 1001
2021 0212 0404 0614 0921
2022 0201 0405 0603 0910
2023 0122 0405 0622 0929
2024 0210 0404 0610 0917
2025 0129 0404 0531 1006
2026 0217 0405 0619 0925
2027 0206 0405 0609 0915
2028 0126 0404 0528 1003
2029 0213 0404 0616 0922
2030 0203 0405 0605 0912
2031 0123 0405 0624 1001
2032 0211 0404 0612 0919
2033 0131 0404 0601 0908
2034 0219 0405 0620 0927
2035 0208 0405 0610 0916
2036 0128 0404 0530 1004
2037 0215 0404 0618 0924
2038 0204 0405 0607 0913
2039 0124 0405 0527 1002
2040 0212 0404 0614 0920
2041 0201 0404 0603 0910
2042 0122 0404 0622 0928
2043 0210 0405 0611 0917
2044 0130 0404 0531 1005
2045 0217 0404 0619 0925
2046 0206 0404 0608 0915
2047 0126 0405 0529 1004
2048 0214 0404 0615 0922
2049 0202 0404 0604 0911
2050 0123 0404 0623 0930
2051 0211 0405 0613 0919
2052 0201 0404 0601 0907
2053 0219 0404 0620 0926
2054 0208 0404 0610 0916
2055 0128 0405 0530 1005
2056 0215 0404 0617 0924
2057 0204 0404 0606 0913
2058 0124 0404 0625 1002
2059 0212 0405 0614 0921
2060 0202 0404 0603 0909
2061 0121 0404 0622 0928
2062 0209 0404 0611 0917
2063 0129 0405 0601 1006
2064 0217 0404 0619 0925
2065 0205 0404 0608 0915
2066 0126 0404 0528 1003
2067 0214 0405 0616 0923
2068 0203 0404 0604 0911
2069 0123 0404 0623 0929
2070 0211 0404 0613 0919
2071 0131 0405 0602 0908
2072 0219 0404 0620 0926
2073 0207 0404 0610 0916
2074 0127 0404 0530 1005
2075 0215 0404 0617 0924
2076 0205 0404 0606 0912
2077 0124 0404 0624 1001
2078 0212 0404 0614 0920
2079 0202 0404 0604 0910
2080 0122 0404 0622 0928
2081 0209 0404 0611 0917
2082 0129 0404 0601 1006
2083 0217 0404 0619 0926
2084 0206 0404 0607 0914
2085 0126 0404 0527 1003
2086 0214 0404 0615 0922
2087 0203 0404 0605 0911
2088 0124 0404 0623 0929
2089 0210 0404 0613 0918
2090 0130 0404 0602 0908
2091 0218 0404 0621 0927
2092 0207 0404 0609 0916
2093 0127 0404 0529 1005
2094 0215 0404 0617 0924
2095 0205 0404 0606 0913
2096 0125 0404 0624 0930
2097 0212 0404 0614 0920
2098 0201 0404 0604 0909
2099 0121 0404 0623 0929
2100 0209 0405 0612 0918
"""
"""Year, 正月初一, 清明, 五月初五, 八月十五."""


@cache
def legal_days_off(year: int) -> Mapping[date, str]:
    """Return a year's legal days off with their names: none before 2000, and after 2100 those of fixed date only.

    Where two fall together (中秋 on 1 October) it is one day off that has both names, in the order of the law's list,
    and the notice makes up for the other.
    """
    return MappingProxyType(_days(year) if year >= FIRST_YEAR else {})


def _days(year: int) -> dict[date, str]:
    _, rule = RULES[bisect_right([first for first, _ in RULES], year) - 1]
    dates = FIXED | dict(zip(MOVING, _moving().get(year, ()), strict=False))
    found: dict[date, str] = {}
    for name in (name for name in rule if name in dates):
        first = date(year, int(dates[name][:2]), int(dates[name][2:]))
        for day in (first + timedelta(days=offset) for offset in rule[name]):
            found[day] = f"{found[day]}、{name}" if day in found else name
    return found


@cache
def _moving() -> Mapping[int, list[str]]:
    return {int(year): days for year, *days in (line.split() for line in DATES.split("\n") if line)}
