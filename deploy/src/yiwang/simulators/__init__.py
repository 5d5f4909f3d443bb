"""Simulators of the networks (专网): they stand in for the registers of other offices, with people of no one.

Each says that it is one. None runs beside a real database or bus unless an operator starts it.
"""
