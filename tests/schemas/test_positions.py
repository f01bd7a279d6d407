from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signing import TimestampSigner
from django.db import OperationalError, connections
from hypothesis import given
from hypothesis import strategies as st

from schemas import pinning, positions
from schemas.positions import INCOMPARABLE, POSITION_SECONDS, Position, issue, read, reading_alias
from tests.databases import ALIASES

SERVERS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True),
    st.builds(Position, st.integers(1, 2**32 - 1), st.integers(0, 2**64 - 1)),
    min_size=1,
    max_size=5,
)


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    pinning.forget_pins()
    positions.expect({})
    yield
    pinning.forget_pins()
    positions.expect({})


@given(SERVERS)
def test_a_token_keeps_what_it_was_given(found: dict[str, Position]) -> None:
    assert read(issue(found)) == found


@given(st.text())
def test_a_forged_token_says_nothing(token: str) -> None:
    assert read(token) == {}


def test_a_changed_token_says_nothing() -> None:
    token = issue({"shared": Position(1, 500)})
    assert read(token.replace("1f4", "fff")) == {}
    assert read(token[:-1]) == {}


def test_an_old_token_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    token = issue({"shared": Position(1, 500)})
    made = TimestampSigner.timestamp
    monkeypatch.setattr(TimestampSigner, "timestamp", made)
    monkeypatch.setattr(
        "django.core.signing.time.time", lambda: __import__("time").monotonic() + 4e9 + POSITION_SECONDS
    )
    assert read(token) == {}


def test_a_well_signed_token_that_makes_no_sense_says_nothing() -> None:
    signer = TimestampSigner(salt="schemas.positions")
    for value in ("", "shared", "shared.1", "shared.x.y", "a.1.2.3", "~", "shared.1.2~"):
        assert read(signer.sign(value)) == {}


class Replica:
    """Stands for `has_replayed`, which needs a replica that lags at will; the real one is in tests/pods."""

    def __init__(self, answer: bool | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, alias: str, position: Position) -> bool:
        self.asked.append(alias)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def expecting() -> None:
    positions.expect({"shared": Position(1, 500)})


def test_without_a_token_the_replica_is_read_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = Replica(False)
    monkeypatch.setattr(positions, "has_replayed", replica)
    assert reading_alias("users") == "users_replica"
    assert replica.asked == []


@pytest.mark.usefixtures("expecting")
def test_a_replica_that_has_it_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = Replica(True)
    monkeypatch.setattr(positions, "has_replayed", replica)
    assert [reading_alias("users") for _ in range(3)] == ["users_replica"] * 3
    assert replica.asked == ["users_replica"]


@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.usefixtures("expecting")
@pytest.mark.parametrize("answer", [False, OperationalError("gone")])
def test_one_that_lacks_it_pins_its_server(monkeypatch: pytest.MonkeyPatch, answer: bool | Exception) -> None:
    monkeypatch.setattr(positions, "has_replayed", Replica(answer))
    assert reading_alias("users") == "users"
    assert reading_alias("routes") == "routes"
    assert reading_alias("main") == "main"
    assert positions.were_behind()


@pytest.mark.usefixtures("expecting")
def test_without_a_primary_people_go_on_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(positions, "has_replayed", Replica(False))
    monkeypatch.setattr(type(connections["users"]), "ensure_connection", refuse)
    assert reading_alias("users") == "users_replica"
    assert not pinning.is_pinned("users")


@pytest.mark.django_db(databases=ALIASES)
def test_raw_sql_that_writes_is_noticed() -> None:
    with connections["users"].cursor() as cursor:
        cursor.execute("SELECT 1")
        assert not pinning.written_servers()
        cursor.execute("UPDATE users SET name = name WHERE false")
    assert pinning.written_servers() == {"shared"}
    taken = positions.of_writes()
    assert taken["shared"].timeline >= 1
    assert taken["shared"].lsn > 0
    assert positions.has_replayed("users", taken["shared"])


@pytest.mark.django_db(databases=ALIASES)
def test_a_write_to_a_server_without_replicas_has_no_position() -> None:
    with connections["main"].cursor() as cursor:
        cursor.execute("UPDATE organization_state SET epoch = epoch WHERE false")
    assert positions.of_writes() == {}


def test_positions_of_a_primary_that_was_replaced_cannot_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The topology names another server since; nobody knows which one holds what was written."""
    here = Position(1, 500)
    assert positions.in_this_topology({}) == {}
    assert positions.in_this_topology({"shared": here}) == {"shared": here}
    assert positions.in_this_topology({"former": here}) == {"shared": INCOMPARABLE}
    monkeypatch.setattr(positions, "replicated_servers", lambda: frozenset({"shared", "routes"}))
    assert positions.in_this_topology({"shared": here}) == {"shared": here}
    assert positions.in_this_topology({"shared": here, "former": here}) == {"shared": here, "routes": INCOMPARABLE}


@pytest.mark.django_db(databases=ALIASES)
def test_what_cannot_be_compared_is_read_from_the_primary_until_the_next_write() -> None:
    positions.expect({"shared": INCOMPARABLE})
    assert reading_alias("users") == "users"
    assert positions.of_writes() == {}, "a request that writes nothing hands nothing on"
    pinning.wrote("main")
    assert positions.of_writes()["shared"].timeline >= 1


@pytest.mark.django_db(databases=ALIASES)
def test_a_primary_on_an_older_timeline_was_replaced() -> None:
    written = positions.flushed_position("users")
    assert positions.has_replayed("users", written)
    assert positions.has_replayed("users", Position(written.timeline - 1, written.lsn + 2**40))
    assert not positions.has_replayed("users", Position(written.timeline + 1, written.lsn))


@pytest.mark.django_db(databases=ALIASES)
def test_a_replica_that_does_not_stream_is_given_the_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, position = 0.2, positions.flushed_position("users")
    assert positions.wait_for_all_replicas("users", position, 60)
    expected_of = positions.replicas_of
    monkeypatch.setattr(positions, "replicas_of", lambda server: expected_of(server) + 1)
    began = time.monotonic()
    assert not positions.wait_for_all_replicas("users", position, seconds)
    assert time.monotonic() - began >= seconds
