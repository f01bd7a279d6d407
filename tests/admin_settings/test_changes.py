"""A change is validated for every pod, made as a whole, against what one has seen, and written down."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from admin_settings.changes import Actor, Change, changes_since, save
from admin_settings.exceptions import ChangedMeanwhile, SettingsInvalid, SettingUnknown
from admin_settings.models import SettingChange
from admin_settings.stored import read_stored, read_version
from schemas.identity import this_topology
from tests.admin_settings.conftest import ROOT, Set, Sql
from topology import PodUnknown

pytestmark = pytest.mark.django_db(databases=["admin"])


def lines(since: int = 0) -> list[str]:
    return [str(line) for line in changes_since(since)]


def test_it_works(setting: Set) -> None:
    before = read_version("admin").number
    version = setting(session_hours=5, search_address="https://{region}.example.com")
    stored = read_stored("admin")
    assert stored.version.number == version > before
    assert stored.shared == {"session_hours": 5, "search_address": "https://{region}.example.com"}
    assert lines(before) == [
        "root changed session_hours from nothing to 5",
        "root changed search_address from nothing to 'https://{region}.example.com'",
    ]


def test_a_pod_has_one_row_of_values_of_its_own(setting: Set) -> None:
    setting("pod_eu0", session_hours=5)
    setting("pod_eu0", invitation_days=3)
    assert read_stored("admin").per_pod == {"pod_eu0": {"session_hours": 5, "invitation_days": 3}}
    setting("pod_eu0", session_hours=None, invitation_days=None)
    assert read_stored("admin").per_pod == {}


def test_what_is_taken_back_takes_nothing_else_along(setting: Set) -> None:
    setting(session_hours=5, invitation_days=3)
    for pod in ("pod_eu0", "pod_us1"):
        setting(pod, session_hours=6)
    setting(session_hours=None)
    setting("pod_eu0", session_hours=None)
    stored = read_stored("admin")
    assert (stored.shared, stored.per_pod) == ({"invitation_days": 3}, {"pod_us1": {"session_hours": 6}})


def test_changes_wait_for_each_other_before_they_are_validated(setting: Set) -> None:
    with CaptureQueriesContext(connections["admin"]) as queries:
        setting(session_hours=5)
    said = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    assert "FOR UPDATE" in said[0]


def test_an_alias_is_the_pod(setting: Set) -> None:
    setting("pod_0", session_hours=5)
    assert read_stored("admin").per_pod == {"pod_us0": {"session_hours": 5}}


def test_a_pod_that_is_not_in_the_topology_is_refused(setting: Set, sql: Sql) -> None:
    with pytest.raises(PodUnknown, match="pod_us0"):
        setting("pod_us9", session_hours=5)
    assert read_stored("admin").per_pod == {}


def test_what_a_former_pod_had_can_be_taken_back(setting: Set, sql: Sql) -> None:
    sql("INSERT INTO per_pod_application_settings VALUES ('pod_us9', '{\"of_old\": 1}', now())")
    setting("pod_us9", of_old=None)
    assert read_stored("admin").per_pod == {}


def test_an_unknown_setting_is_refused_with_those_that_are_known(setting: Set) -> None:
    with pytest.raises(SettingUnknown, match="session_hours"):
        setting(sesion_hours=5)


def test_text_as_commands_and_forms_give_it_is_taken(setting: Set) -> None:
    setting(session_hours="5", sign_up_open="no", placement_closed=["pod_us1"])
    assert read_stored("admin").shared == {"session_hours": 5, "sign_up_open": False, "placement_closed": ["pod_us1"]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"session_hours": "long"}, "session_hours: Input should be a valid integer"),
        ({"session_hours": 0}, "session_hours: Input should be greater than or equal to 1"),
        ({"search_address": "https://{pod}.example.com"}, r"what may stand in braces is \{pod_id\}, \{region\}"),
        ({"search_address": "https://{region}.example.com/{"}, "a brace has no partner"),
        ({"search_address": "{region}"}, r"search_address \(pod_us0, pod_us1, pod_eu0, pod_eu1\): write an address"),
        ({"mail_sender": "{pod_id}@" + "x" * 250}, "at most 254 characters"),
        ({"placement_pod": "pod_us9"}, "placement_pod .*: there is no pod_us9"),
        ({"session_replica_seconds": 3}, "must not be less"),
    ],
)
def test_what_a_pod_could_not_act_by_is_refused(setting: Set, values: dict[str, Any], said: str) -> None:
    before = read_stored("admin")
    with pytest.raises(SettingsInvalid, match=said):
        setting(invitation_days=3, **values)
    assert read_stored("admin") == before
    assert lines() == []


def test_only_the_pods_that_could_not_are_named(setting: Set) -> None:
    with pytest.raises(SettingsInvalid, match=r"mail_sender \(pod_eu1\): write one mail address"):
        setting("pod_eu1", mail_sender="nobody")


def test_where_all_pods_have_to_agree_none_has_its_own(setting: Set) -> None:
    with pytest.raises(SettingsInvalid, match="all pods must use the same value"):
        setting("pod_eu1", conceal_ms=200)


def test_values_that_fit_only_together_are_saved_together(setting: Set) -> None:
    setting(session_replica_seconds=1, sign_out_wait_seconds=1)
    with pytest.raises(SettingsInvalid):
        setting(sign_out_wait_seconds=0.5)


def test_what_is_wrong_already_keeps_nobody_from_changing_something_else(setting: Set, sql: Sql) -> None:
    sql("INSERT INTO application_settings VALUES ('session_hours', '\"long\"', now())")
    setting(invitation_days=3)
    setting(session_hours=5)
    assert read_stored("admin").shared == {"session_hours": 5, "invitation_days": 3}


def test_what_changes_nothing_is_not_written_down(setting: Set) -> None:
    version = setting(session_hours=5)
    assert setting(session_hours=5) == version
    assert setting(invitation_days=None) == version
    assert len(lines()) == 1


def test_the_second_of_two_administrators_is_told_what_the_first_changed(setting: Set) -> None:
    seen = read_version("admin").number
    setting(session_hours=5, seen=seen)
    with pytest.raises(ChangedMeanwhile, match="root changed session_hours from nothing to 5") as caught:
        setting(session_hours=6, seen=seen, actor=Actor("second", 2))
    assert read_stored("admin").shared == {"session_hours": 5}
    setting(session_hours=6, seen=caught.value.version, actor=Actor("second", 2))
    assert lines(seen)[1] == "second changed session_hours from 5 to 6"


def test_who_wrote_to_the_database_directly_is_noticed(setting: Set, sql: Sql) -> None:
    seen = read_version("admin").number
    sql("INSERT INTO application_settings VALUES ('session_hours', '5', now())")
    with pytest.raises(ChangedMeanwhile, match="wrote to the database directly"):
        setting(session_hours=6, seen=seen)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO application_settings VALUES ('a', '1', now())",
        "UPDATE application_settings SET value = '6'",
        "DELETE FROM application_settings",
        "INSERT INTO per_pod_application_settings VALUES ('pod_us1', '{}', now())",
        "UPDATE per_pod_application_settings SET values = '{}'",
        "DELETE FROM per_pod_application_settings",
    ],
)
def test_every_change_raises_the_version_whoever_makes_it(setting: Set, sql: Sql, statement: str) -> None:
    setting("pod_eu0", session_hours=5)
    before = setting(session_hours=5)
    sql(statement)
    assert read_version("admin").number == before + 1


def test_a_secret_is_not_written_down(setting: Set) -> None:
    setting(search_token="hunter2")
    setting("pod_eu0", search_token="hunter3")
    setting(search_token=None)
    assert lines() == [
        "root changed search_token from nothing to '(secret)'",
        "root changed search_token of pod_eu0 from nothing to '(secret)'",
        "root changed search_token from '(secret)' to nothing",
    ]


@pytest.mark.parametrize("statement", ["UPDATE setting_changes SET actor = 'nobody'", "DELETE FROM setting_changes"])
def test_the_audit_log_stays_as_it_is(setting: Set, sql: Sql, statement: str) -> None:
    setting(session_hours=5)
    with pytest.raises(IntegrityError, match="stays in the audit log"), transaction.atomic(using="admin"):
        sql(statement)
    assert SettingChange.objects.using("admin").get().user_id == 1


def test_a_pods_row_is_an_object(sql: Sql) -> None:
    with pytest.raises(IntegrityError, match="are_an_object"), transaction.atomic(using="admin"):
        sql("INSERT INTO per_pod_application_settings VALUES ('pod_us0', '[]', now())")


def test_nothing_to_change_is_fine() -> None:
    before = read_version("admin").number
    assert save([], ROOT, this_topology()) == (before, [])
    assert save([Change("session_hours", None)], ROOT, this_topology()) == (before, [])
