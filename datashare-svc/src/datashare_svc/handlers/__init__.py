"""Datashare's use cases."""

from datashare_svc.handlers.acceptance import list_acceptances, plan_run, show_acceptance, sign_acceptance, store_run
from datashare_svc.handlers.accesses import list_case_accesses, list_own_accesses
from datashare_svc.handlers.ask import ask
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.connections import plan_step, take_step
from datashare_svc.handlers.decide_grants import decide_grant_request, withdraw_grant
from datashare_svc.handlers.dispute_clock import keep_disputes
from datashare_svc.handlers.disputes import (
    answer_dispute,
    file_dispute,
    list_own_disputes,
    list_unit_disputes,
    show_own_dispute,
    show_unit_dispute,
    withdraw_dispute,
)
from datashare_svc.handlers.evidence import (
    EvidenceFile,
    EvidencePlace,
    give_evidence,
    read_own_evidence,
    read_unit_evidence,
    reserve_evidence,
)
from datashare_svc.handlers.follow import (
    follow_accepted,
    follow_case_closed,
    follow_case_transferred,
    follow_submitted,
    follow_task_decided,
    follow_task_opened,
    follow_task_transferred,
)
from datashare_svc.handlers.grant_clocks import keep_granting, tend_page
from datashare_svc.handlers.grant_requests import (
    check_grant_request,
    request_grant,
    supplement_grant_request,
    withdraw_grant_request,
)
from datashare_svc.handlers.grant_views import list_grant_requests, list_grants, show_grant, show_grant_request
from datashare_svc.handlers.grants import finish_grants, grant_by_rule, load_grants
from datashare_svc.handlers.heads import keep_heads, tell_head
from datashare_svc.handlers.learn import store_calendar, store_matter, store_unit
from datashare_svc.handlers.load import load_sharing
from datashare_svc.handlers.load_cases import finish_connections, load_cases
from datashare_svc.handlers.networks import list_networks, list_probes, report_unconnected, show_network
from datashare_svc.handlers.persons import link_account, redigest, register_persons
from datashare_svc.handlers.prefill import prefill_draft
from datashare_svc.handlers.probing import keep_probed, probe_all, probe_in_turn
from datashare_svc.handlers.query import plan_query, tell_again, tell_query
from datashare_svc.handlers.reconcile import reconcile
from datashare_svc.handlers.resources import list_resources, show_resource, show_sharing
from datashare_svc.handlers.served import tell_served
from datashare_svc.handlers.verify import verify_given

__all__ = [
    "Datashare",
    "EvidenceFile",
    "EvidencePlace",
    "answer_dispute",
    "ask",
    "check_grant_request",
    "decide_grant_request",
    "file_dispute",
    "finish_connections",
    "finish_grants",
    "follow_accepted",
    "follow_case_closed",
    "follow_case_transferred",
    "follow_submitted",
    "follow_task_decided",
    "follow_task_opened",
    "follow_task_transferred",
    "give_evidence",
    "grant_by_rule",
    "keep_disputes",
    "keep_granting",
    "keep_heads",
    "keep_probed",
    "link_account",
    "list_acceptances",
    "list_case_accesses",
    "list_grant_requests",
    "list_grants",
    "list_networks",
    "list_own_accesses",
    "list_own_disputes",
    "list_probes",
    "list_resources",
    "list_unit_disputes",
    "load_cases",
    "load_grants",
    "load_sharing",
    "plan_query",
    "plan_run",
    "plan_step",
    "prefill_draft",
    "probe_all",
    "probe_in_turn",
    "read_own_evidence",
    "read_unit_evidence",
    "reconcile",
    "redigest",
    "register_persons",
    "report_unconnected",
    "request_grant",
    "reserve_evidence",
    "show_acceptance",
    "show_grant",
    "show_grant_request",
    "show_network",
    "show_own_dispute",
    "show_resource",
    "show_sharing",
    "show_unit_dispute",
    "sign_acceptance",
    "store_calendar",
    "store_matter",
    "store_run",
    "store_unit",
    "supplement_grant_request",
    "take_step",
    "tell_again",
    "tell_head",
    "tell_query",
    "tell_served",
    "tend_page",
    "verify_given",
    "withdraw_dispute",
    "withdraw_grant",
    "withdraw_grant_request",
]
