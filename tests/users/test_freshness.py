from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas import freshness, pinning
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture(autouse=True)
def request_without_proof(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(freshness, "_proven_at", {})
    pinning.forget_pins()
    yield
    pinning.forget_pins()


def test_a_proven_replica_is_read() -> None:
    assert freshness.prove("users")
    freshness.demand("users")
    assert not pinning.is_pinned("users")


def test_without_proof_the_primary_is_read() -> None:
    freshness.demand("users")
    assert pinning.is_pinned("users")


def test_a_proof_ends(settings: object) -> None:
    settings.REVOCATION_SECONDS = -1  # type: ignore[attr-defined]
    freshness.prove("users")
    freshness.demand("users")
    assert pinning.is_pinned("users")


def test_a_replica_that_is_behind_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "has_replayed", lambda alias, position: False)
    assert not freshness.prove("users")
    assert not freshness.is_proven("users")


def test_without_the_primary_a_replica_that_has_everything_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "answers", lambda schema: False)
    freshness.demand("users")
    assert not pinning.is_pinned("users")


def test_without_the_primary_one_that_is_behind_will_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "answers", lambda schema: False)
    monkeypatch.setattr(freshness, "_has_replayed_all", lambda replica: False)
    with pytest.raises(freshness.ReplicaTooOld):
        freshness.demand("users")
