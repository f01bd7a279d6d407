from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from schemas import freshness, pinning, servers
from tests.databases import ALIASES
from tests.running_cluster import eventually

pytestmark = pytest.mark.django_db(databases=ALIASES)
SECONDS = 2.0


@pytest.fixture(autouse=True)
def request_without_proof(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(freshness, "_proven_at", {})
    pinning.forget_pins()
    yield
    pinning.forget_pins()


def test_a_proven_replica_is_read() -> None:
    eventually(lambda: freshness.prove("users"))
    freshness.demand("users", SECONDS)
    assert not pinning.is_pinned("users")


def test_without_proof_the_primary_is_read() -> None:
    freshness.demand("users", SECONDS)
    assert pinning.is_pinned("users")


def test_a_proof_ends() -> None:
    freshness.prove("users")
    freshness.demand("users", -1)
    assert pinning.is_pinned("users")


def test_a_replica_that_is_behind_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "has_replayed", lambda alias, position: False)
    assert not freshness.prove("users")
    assert not freshness.is_proven("users", SECONDS)


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_the_primary_in_place_of_a_replica_is_no_proof() -> None:
    """The thread's connection has moved to the primary, and those of requests may be on the replica again."""
    replica = connections["users_replica"]
    replica.ensure_connection()
    replica.connection.server.avoid()
    try:
        replica.close()
        assert not freshness.prove("users")
        assert not freshness.is_proven("users", SECONDS)
    finally:
        replica.close()
        servers._servers.clear()


def test_without_the_primary_a_replica_that_has_everything_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "answers", lambda schema: False)
    eventually(lambda: freshness._has_replayed_all("users_replica"))
    freshness.demand("users", SECONDS)
    assert not pinning.is_pinned("users")


def test_without_the_primary_one_that_is_behind_will_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "answers", lambda schema: False)
    monkeypatch.setattr(freshness, "_has_replayed_all", lambda replica: False)
    with pytest.raises(freshness.ReplicaTooOld):
        freshness.demand("users", SECONDS)


def test_a_proof_is_as_old_as_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the primary wrote after it was asked is in no answer, however long that took to come."""
    now = [100.0]

    def answered(alias: str, position: object) -> bool:
        now[0] += 30
        return True

    monkeypatch.setattr("schemas.freshness.time.monotonic", lambda: now[0])
    monkeypatch.setattr(freshness, "has_replayed", answered)
    monkeypatch.setattr(freshness, "_is_replica", lambda alias: True)
    assert freshness.prove("users")
    assert freshness._proven_at == {"users": 100.0}
    assert not freshness.is_proven("users", SECONDS)
