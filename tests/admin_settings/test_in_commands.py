"""What a command knows of a pod's settings while parts of the cluster are down."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError

from admin_settings import in_commands
from admin_settings.definitions import Settings
from admin_settings.in_commands import as_far_as_known
from admin_settings.last_known import keep
from admin_settings.stored import Stored, read_stored
from schemas.identity import this_pod, this_topology
from tests.admin_settings.conftest import Set

pytestmark = pytest.mark.django_db(databases=["admin"])


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(alias: str) -> Stored:
        raise OperationalError("connection refused")

    monkeypatch.setattr(in_commands, "read_stored", refuse)


def test_it_works(setting: Set, file: Path) -> None:
    setting(replica_lag_seconds=7)
    setting("pod_eu0", replica_lag_seconds=9)
    assert as_far_as_known(this_pod(), file).replica_lag_seconds == 7
    assert as_far_as_known(this_topology().pod("pod_eu0"), file).replica_lag_seconds == 9


def test_without_the_database_it_is_what_the_pod_kept(setting: Set, file: Path, request: pytest.FixtureRequest) -> None:
    setting(replica_lag_seconds=7)
    keep(read_stored("admin"), this_pod().name, file)
    request.getfixturevalue("unreachable")
    assert as_far_as_known(this_pod(), file).replica_lag_seconds == 7


def test_without_both_it_is_the_default(setting: Set, file: Path, unreachable: None) -> None:
    setting(replica_lag_seconds=7)
    assert as_far_as_known(this_pod(), file) == Settings()
