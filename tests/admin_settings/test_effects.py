"""Every setting steers something: a consumer reads it, and a test shows what changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from admin_settings.definitions import DEFINITIONS
from topology.places import CHECKOUT

CONSUMERS = ("members", "organizations", "pods", "projects", "routing", "users")

# The test that shows a setting's effect; it puts the setting in force by its name.
SHOWN_BY = {
    "sign_up_open": "users/test_sign_up.py::test_it_can_be_closed",
    "session_hours": "users/test_sessions.py::test_how_long_it_lasts_is_a_setting",
    "sign_in_failures": "users/test_sign_in.py::test_the_lock_out_is_as_the_settings_say",
    "lock_out_minutes": "users/test_sign_in.py::test_the_lock_out_is_as_the_settings_say",
    "password_reset_hours": "users/test_password.py::test_how_long_the_link_works_is_a_setting",
    "access_token_days": "users/test_access_tokens_page.py::test_how_long_one_may_live_is_a_setting",
    "sign_ups_an_hour": "users/test_sign_up.py::test_it_is_limited",
    "failed_sign_ins_an_hour_of_an_address": (
        "users/test_sign_in.py::test_it_locks_an_address_out_that_tries_many_usernames"
    ),
    "passwords_an_hour": "users/test_password.py::test_how_often_is_a_setting",
    "reset_mails_an_hour": "users/test_password.py::test_how_many_mails_somebody_gets_is_a_setting",
    "resets_an_hour_of_an_address": "users/test_password.py::test_how_often_an_address_asks_is_a_setting",
    "names_a_minute": "projects/test_new_group.py::test_how_many_names_one_may_try_is_a_setting",
    "api_requests_a_minute": "api/test_refusals.py::test_who_asks_too_often_waits",
    "api_requests_a_minute_of_an_address": "api/test_refusals.py::test_who_asks_too_often_waits",
    "largest_body_kib": "pods/test_settings.py::test_a_larger_body_is_refused_before_it_is_read",
    "organizations_a_day": "joining/test_new_organization.py::test_a_person_makes_so_many_in_a_day",
    "invitation_days": "joining/test_invite.py::test_how_long_it_can_be_accepted_is_a_setting",
    "invitations_a_day": "joining/test_invite.py::test_there_is_an_end_to_it",
    "invitations_open": "joining/test_invite.py::test_there_is_an_end_to_it",
    "default_group_visibility": "projects/test_new_group.py::test_what_is_offered_first_is_a_setting",
    "default_project_visibility": (
        "projects/test_new_project.py::test_the_visibility_that_is_offered_first_is_a_setting"
    ),
    "tombstone_days": (
        "invariants/test_names_outlive_their_entities.py::test_how_long_a_deleted_name_rests_is_a_setting"
    ),
    "placement_policy": "joining/test_placing.py::test_a_policy_may_look_for_room_everywhere",
    "placement_pod": "joining/test_placing.py::test_a_policy_may_name_the_pod",
    "placement_weights": "joining/test_placing.py::test_a_policy_may_weigh_the_pods",
    "placement_closed": "joining/test_placing.py::test_a_closed_pod_gets_none",
    **{
        f"learn_{kind}_seconds": "learn/test_answers.py::test_for_how_long_is_a_setting"
        for kind in ("routable", "public", "fixed", "any", "absent", "unknown")
    },
    "conceal_ms": "pods/test_settings.py::test_a_router_is_told_the_time_budget",
    "conceal_directly_ms": "pods/test_settings.py::test_without_a_router_a_pod_holds_an_answer_itself",
    "replica_lag_seconds": "pods/test_health.py::test_from_when_lag_is_told_is_a_setting",
    "write_wait_seconds": "users/test_sign_in.py::test_how_long_it_waits_for_who_keeps_no_cookies_is_a_setting",
    "sign_out_wait_seconds": "users/test_sign_out.py::test_how_long_it_waits_for_replicas_is_a_setting",
    "session_replica_seconds": "users/test_sessions.py::test_how_old_a_replica_may_be_is_a_setting",
    "maintenance_message": "pods/test_settings.py::test_a_message_stands_above_every_page",
    "mail_sender": "users/test_password.py::test_the_mail_is_from_whom_the_settings_say",
    "search_address": "projects/test_search.py::test_a_backend_is_asked_when_there_is_one",
    "search_token": "projects/test_search.py::test_a_backend_is_asked_when_there_is_one",
    "search_seconds": "projects/test_search.py::test_its_patience_is_a_setting",
}


@cache
def read_somewhere() -> frozenset[str]:
    """The settings that the software reads: attributes of what `in_force()` returned."""
    found: set[str] = set()
    for folder in CONSUMERS:
        for path in (CHECKOUT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "in_force()" in text:
                found |= {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    return frozenset(found)


def named_in(path: Path, function: str) -> Iterator[str]:
    """Every name and text of a test with what is around it: its parameters and fixtures."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in tests:
        is_fixture = any("fixture" in ast.unparse(each) for each in node.decorator_list)
        if node.name != function and not is_fixture:
            continue
        for each in ast.walk(node):
            if isinstance(each, ast.keyword) and each.arg:
                yield each.arg
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_setting_is_used(name: str) -> None:
    assert name in read_somewhere()


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_setting_is_shown_to_have_its_effect(name: str) -> None:
    file, _, function = SHOWN_BY[name].partition("::")
    assert name in set(named_in(CHECKOUT / "tests" / file, function))


def test_no_test_is_named_for_what_is_no_setting() -> None:
    assert SHOWN_BY.keys() <= DEFINITIONS.keys()
