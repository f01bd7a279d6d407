"""Every setting steers something: a consumer reads it, and a test shows what changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_settings.definitions import DEFINITIONS
from topology.places import CHECKOUT

CONSUMERS = ("monolith", "organizations", "pods", "routing", "users")

# The test that shows a setting's effect; it puts the setting in force by its name.
SHOWN_BY = {
    "sign_up_open": "users/test_sign_up.py::test_it_can_be_closed",
    "session_hours": "users/test_sessions.py::test_how_long_it_lasts_is_a_setting",
    "sign_in_failures": "users/test_sign_in.py::test_the_lock_out_is_as_the_settings_say",
    "lock_out_minutes": "users/test_sign_in.py::test_the_lock_out_is_as_the_settings_say",
    "password_reset_hours": "users/test_password.py::test_how_long_the_link_works_is_a_setting",
    "access_token_days": "users/test_access_tokens_page.py::test_how_long_one_may_live_is_a_setting",
    "sign_ups_an_hour": "users/test_sign_up.py::test_it_is_limited",
    "people_an_hour": "monolith/namespaces/test_members.py::test_whoever_makes_many_try_usernames_is_stopped",
    "confirmation_minutes": "users/test_confirmation.py::test_it_holds_for_so_long_as_the_setting_says",
    "email_confirmation_hours": "users/test_email_change.py::test_how_long_is_a_setting",
    "email_changes_an_hour": "users/test_email_change.py::test_how_often_is_a_setting",
    "failed_sign_ins_an_hour_of_an_address": (
        "users/test_sign_in.py::test_it_locks_an_address_out_that_tries_many_usernames"
    ),
    "passwords_an_hour": "users/test_password.py::test_how_often_is_a_setting",
    "reset_mails_an_hour": "users/test_password.py::test_how_many_mails_somebody_gets_is_a_setting",
    "resets_an_hour_of_an_address": "users/test_password.py::test_how_often_an_address_asks_is_a_setting",
    "names_a_minute": "monolith/namespaces/test_new_group.py::test_how_many_names_one_may_try_is_a_setting",
    "api_requests_a_minute": "monolith/api/test_refusals.py::test_who_asks_too_often_waits",
    "api_requests_a_minute_of_an_address": "monolith/api/test_refusals.py::test_who_asks_too_often_waits",
    "graphql_introspection": "monolith/graphql/test_refusals.py::test_introspection_is_a_setting",
    "largest_body_kib": "pods/test_settings.py::test_a_larger_body_is_refused_before_it_is_read",
    "organizations_a_day": "organizations/test_new_organization.py::test_a_person_makes_so_many_in_a_day",
    "invitation_days": "organizations/members/test_invite.py::test_how_long_it_can_be_accepted_is_a_setting",
    "invitations_a_day": "organizations/members/test_invite.py::test_there_is_an_end_to_it",
    "invitations_open": "organizations/members/test_invite.py::test_there_is_an_end_to_it",
    "default_group_visibility": "monolith/namespaces/test_new_group.py::test_what_is_offered_first_is_a_setting",
    "default_project_visibility": (
        "monolith/namespaces/test_new_project.py::test_the_visibility_that_is_offered_first_is_a_setting"
    ),
    "tombstone_days": (
        "invariants/test_names_outlive_their_entities.py::test_how_long_a_deleted_name_rests_is_a_setting"
    ),
    "placement_policy": "organizations/test_placing.py::test_a_policy_may_look_for_room_everywhere",
    "placement_pod": "organizations/test_placing.py::test_a_policy_may_name_the_pod",
    "placement_weights": "organizations/test_placing.py::test_a_policy_may_weigh_the_pods",
    "placement_closed": "organizations/test_placing.py::test_a_closed_pod_gets_none",
    **{
        f"learn_{kind}_seconds": "routing/test_answers.py::test_for_how_long_is_a_setting"
        for kind in ("routable", "public", "fixed", "any", "absent", "unknown")
    },
    "conceal_ms": "pods/test_settings.py::test_a_router_is_told_the_time_budget",
    "conceal_directly_ms": "pods/test_settings.py::test_without_a_router_a_pod_holds_an_answer_itself",
    "replica_lag_seconds": "pods/test_health.py::test_from_when_lag_is_told_is_a_setting",
    "write_wait_seconds": "users/test_sign_in.py::test_how_long_it_waits_for_who_keeps_no_cookies_is_a_setting",
    "sign_out_wait_seconds": "users/test_sign_out.py::test_how_long_it_waits_for_replicas_is_a_setting",
    "session_replica_seconds": "users/test_sessions.py::test_how_old_a_replica_may_be_is_a_setting",
    "product_name": "pods/test_settings.py::test_the_product_has_the_name_that_operators_give_it",
    "maintenance_message": "pods/test_settings.py::test_a_message_stands_above_every_page",
    "mail_sender": "users/test_password.py::test_the_mail_is_from_whom_the_settings_say",
    "search_address": "monolith/work/test_search.py::test_a_backend_is_asked_when_there_is_one",
    "search_token": "monolith/work/test_search.py::test_a_backend_is_asked_when_there_is_one",
    "search_seconds": "monolith/work/test_search.py::test_its_patience_is_a_setting",
}


def read_somewhere() -> frozenset[str]:
    """The settings that the software reads."""
    paths = [path for folder in CONSUMERS for path in (CHECKOUT / folder).rglob("*.py")]
    return frozenset(name for path in paths for name in read_in(ast.parse(path.read_text(encoding="utf-8"))))


def read_in(tree: ast.Module) -> Iterator[str]:
    """Attributes of `in_force()`, of a name that it was given to, and of a parameter that is a `Settings`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names |= {target for target, value in _assigned(node) if is_in_force(value)}
        if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name) and node.annotation.id == "Settings":
            names.add(node.arg)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            is_in_force(node.value) or (isinstance(node.value, ast.Name) and node.value.id in names)
        ):
            yield node.attr


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """Names and what each is given, in pairs where several are given at once."""
    for target in node.targets:
        together = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
        pairs = zip(target.elts, node.value.elts, strict=True) if together else [(target, node.value)]  # type: ignore[attr-defined]
        yield from ((each.id, value) for each, value in pairs if isinstance(each, ast.Name))


def is_in_force(node: ast.expr) -> bool:
    """Whether it is the call `in_force()`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "in_force"


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


def test_every_setting_is_used() -> None:
    assert DEFINITIONS.keys() - read_somewhere() == set()


def test_every_setting_is_shown_to_have_its_effect() -> None:
    assert [name for name in DEFINITIONS if not is_shown(name)] == []


def is_shown(name: str) -> bool:
    """Whether the test that is to show its effect names it."""
    file, _, function = SHOWN_BY[name].partition("::")
    return name in set(named_in(CHECKOUT / "tests" / file, function))


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("in_force().session_hours", {"session_hours"}),
        ("a, b = 1, in_force()\nb.session_hours", {"session_hours"}),
        ("def f(s: Settings):\n    s.session_hours", {"session_hours"}),
        ("known.session_hours", set()),
    ],
)
def test_reading_a_setting_is_found(code: str, read: set[str]) -> None:
    assert set(read_in(ast.parse(code))) == read


def test_no_test_is_named_for_what_is_no_setting() -> None:
    assert SHOWN_BY.keys() <= DEFINITIONS.keys()
