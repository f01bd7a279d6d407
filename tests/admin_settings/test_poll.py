"""A pod acts by what its replica shows, and by what it knew last while that cannot be asked."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.db import OperationalError

from admin_settings import poll
from admin_settings.definitions import Settings
from admin_settings.in_force import in_force, put_in_force
from admin_settings.last_known import MOST_BYTES, keep, recall
from admin_settings.poll import Known, Poller, State
from admin_settings.stored import Stored, Version, read_stored
from pods import health
from schemas.identity import this_pod
from tests.admin_settings.conftest import Set, Sql

pytestmark = [
    pytest.mark.django_db(databases=["admin", "admin_replica"]),
    pytest.mark.usefixtures("acting"),
]


@pytest.fixture(autouse=True)
def one_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's transaction is seen on its own connection only."""
    monkeypatch.setattr(poll, "_alias", lambda: "admin")


@pytest.fixture
def poller(file: Path) -> Poller:
    return Poller(this_pod(), file)


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(alias: str) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(poll, "read_version", refuse)
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.close", lambda self: None)


def test_it_works(poller: Poller, setting: Set) -> None:
    setting(session_hours=5)
    poller.begin()
    assert in_force().session_hours == 5
    version = setting("pod_us0", session_hours=6)
    assert poller.try_once()
    assert in_force().session_hours == 6
    assert poller.state.version.number == version
    assert list(poller.state.complaints()) == []


def test_the_settings_are_read_only_when_there_are_others(
    poller: Poller, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    poller.begin()
    with django_assert_num_queries(1, using="admin"):  # type: ignore[operator]
        poller.try_once()


def test_a_bad_value_leaves_the_last_good_one_and_is_told(poller: Poller, setting: Set, sql: Sql) -> None:
    setting(session_hours=5)
    poller.begin()
    sql("UPDATE application_settings SET value = '\"long\"'")
    setting(invitation_days=3)
    poller.try_once()
    assert in_force() == Settings(session_hours=5, invitation_days=3)
    [told] = poller.state.complaints()
    assert told.startswith(
        "invalid stored value, so the previous one stays in force: session_hours: Input should be a valid integer"
    )
    setting(session_hours=6)
    poller.try_once()
    assert in_force().session_hours == 6
    assert list(poller.state.complaints()) == []


def test_without_the_database_the_last_known_values_stay(
    poller: Poller, setting: Set, request: pytest.FixtureRequest
) -> None:
    setting(session_hours=5)
    poller.begin()
    request.getfixturevalue("unreachable")
    assert not poller.try_once()
    assert in_force().session_hours == 5
    [told] = poller.state.complaints()
    assert told.endswith("the last known: nothing listens there")


def test_a_start_without_the_database_takes_the_last_known_values(
    poller: Poller, setting: Set, file: Path, request: pytest.FixtureRequest
) -> None:
    version = setting(session_hours=5, search_address="https://{pod_id}.example.com")
    poller.begin()
    request.getfixturevalue("unreachable")
    put_in_force(Settings())
    again = Poller(this_pod(), file)
    again.begin()
    assert in_force() == Settings(session_hours=5, search_address="https://pod_us0.example.com")
    assert again.state.known is Known.FILE
    assert again.state.version.number == version
    assert again.state.heard_at is None


def test_a_first_start_without_the_database_knows_nothing_and_says_so(poller: Poller, unreachable: None) -> None:
    poller.begin()
    assert poller.state.known is Known.NOWHERE
    assert list(poller.state.complaints()) == [
        "not known, and the admin schema cannot be reached: nothing listens there"
    ]


def test_a_pod_that_knows_nothing_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "aliases", list)
    assert health.look().ready
    monkeypatch.setattr(health, "settings_in_force", lambda: State(fault="connection refused"))
    found = health.look()
    assert not found.ready
    assert [each.alias for each in found.degradations] == ["settings"]


def test_a_replica_that_is_further_behind_takes_nothing_back(
    poller: Poller, setting: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(session_hours=5)
    poller.begin()
    read = read_stored
    older = Stored(Version(1, "2020"), {"session_hours": 4})
    monkeypatch.setattr(poll, "_alias", lambda: "admin_replica")
    monkeypatch.setattr(poll, "read_version", lambda alias: older.version)
    monkeypatch.setattr(poll, "read_stored", lambda alias: older if alias == "admin_replica" else read(alias))
    assert poller.try_once()
    assert in_force().session_hours == 5


def test_a_restored_backup_counts(poller: Poller, setting: Set, sql: Sql) -> None:
    setting(session_hours=5)
    setting(invitation_days=3)
    poller.begin()
    sql("DELETE FROM application_settings WHERE name = 'session_hours'")
    sql("UPDATE settings_version SET version = 1, changed_at = '2020-01-01'")
    poller.try_once()
    assert in_force() == Settings(invitation_days=3)


def test_the_file_is_for_its_owners_eyes(poller: Poller, setting: Set, file: Path) -> None:
    setting(search_token="hunter2")
    poller.begin()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_the_file_holds_no_other_pods_values(file: Path) -> None:
    keep(Stored(Version(3, "now"), {"a": 1}, {"pod_us0": {"b": 2}, "pod_eu0": {"c": 3}}), "pod_us0", file)
    assert recall(file) == Stored(Version(3, "now"), {"a": 1}, {"pod_us0": {"b": 2}})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 1, "shared": {}, "per_pod": {}}', "null"])
def test_a_broken_file_is_as_good_as_none(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert recall(file) is None


def test_the_file_is_bounded(file: Path) -> None:
    keep(Stored(Version(1, "now"), {"a": "x" * MOST_BYTES}), "pod_us0", file)
    assert recall(file) is None
