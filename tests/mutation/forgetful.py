"""A pytest plugin for make mutate: what functions of ours remembered before the fork is forgotten, mistakes or not."""

import sys

PACKAGES = frozenset({"catalog_svc", "chassis", "gateway", "intake_svc", "workflow_svc"})


def pytest_sessionstart() -> None:
    """Empty every cache of a function in our modules."""
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in PACKAGES]
    for value in [value for module in ours for value in vars(module).values()]:
        if hasattr(value, "cache_clear"):
            value.cache_clear()
