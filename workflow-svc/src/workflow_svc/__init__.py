"""并联审批 (parallel approval): cases, tasks that open as the graph allows, decisions, and their legal clocks."""
