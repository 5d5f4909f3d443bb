"""Datashare's use cases."""

from datashare_svc.handlers.acceptance import list_acceptances, plan_run, show_acceptance, sign_acceptance, store_run
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.connections import plan_step, take_step
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
from datashare_svc.handlers.load_cases import finish_connections, load_cases
from datashare_svc.handlers.networks import list_networks, list_probes, report_unconnected, show_network
from datashare_svc.handlers.probing import keep_probed, probe_all
from datashare_svc.handlers.served import tell_served

__all__ = [
    "Datashare",
    "check_grant_request",
    "decide_grant_request",
    "finish_connections",
    "finish_grants",
    "grant_by_rule",
    "keep_granting",
    "keep_probed",
    "list_acceptances",
    "list_grant_requests",
    "list_grants",
    "list_networks",
    "list_probes",
    "load_cases",
    "load_grants",
    "plan_run",
    "plan_step",
    "probe_all",
    "report_unconnected",
    "request_grant",
    "show_acceptance",
    "show_grant",
    "show_grant_request",
    "show_network",
    "sign_acceptance",
    "store_calendar",
    "store_matter",
    "store_run",
    "store_unit",
    "supplement_grant_request",
    "take_step",
    "tell_served",
    "tend_page",
    "withdraw_grant",
    "withdraw_grant_request",
]
