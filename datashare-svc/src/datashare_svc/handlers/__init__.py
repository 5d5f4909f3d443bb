"""Datashare's use cases."""

from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.decide_grants import decide_grant_request, withdraw_grant
from datashare_svc.handlers.grant_clocks import keep_granting, tend_page
from datashare_svc.handlers.grant_requests import (
    check_grant_request,
    request_grant,
    supplement_grant_request,
    withdraw_grant_request,
)
from datashare_svc.handlers.grant_views import list_grant_requests, list_grants, show_grant, show_grant_request
from datashare_svc.handlers.grants import finish_grants, grant_by_rule, load_grants
from datashare_svc.handlers.learn import store_calendar, store_matter, store_unit
from datashare_svc.handlers.networks import list_networks, show_network

__all__ = [
    "Datashare",
    "check_grant_request",
    "decide_grant_request",
    "finish_grants",
    "grant_by_rule",
    "keep_granting",
    "list_grant_requests",
    "list_grants",
    "list_networks",
    "load_grants",
    "request_grant",
    "show_grant",
    "show_grant_request",
    "show_network",
    "store_calendar",
    "store_matter",
    "store_unit",
    "supplement_grant_request",
    "tend_page",
    "withdraw_grant",
    "withdraw_grant_request",
]
