"""How often a pod waits for its primaries, and that what shares a wait ends as if it had not."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import TransactionStatus

from schemas import pinning, positions
from schemas.positions import Position, reading_alias
from schemas.postgresql.connection import Connection
from schemas.together import along, delete, insert, once, together
from tests.databases import ALIASES
from users.models import RateLimit

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

Trips = list[str]


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    pinning.forget_pins()
    positions.expect({})
    yield
    pinning.forget_pins()
    positions.expect({})


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """The databases that were waited for, in order."""
    found: Trips = []
    wait = Connection.wait

    def noted(self: Connection, asking: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """What is asked, which waits for the first time when it has sent something."""
        ready, has_waited = None, False
        while True:
            try:
                wanted = asking.send(ready)
            except StopIteration as done:
                return done.value
            if not has_waited:
                found.append(self.info.dbname)
            has_waited = True
            ready = yield wanted

    def counting(self: Connection, asking: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        return wait(self, noted(self, asking), *args, **options)

    for alias in ("users", "main", "users_replica"):
        connections[alias].ensure_connection()
    monkeypatch.setattr(Connection, "wait", counting)
    return found


def row(tries: int = 1) -> RateLimit:
    return RateLimit(key=uuid.uuid4().hex, tries=tries, ends_at="2030-01-01T00:00:00Z")


def rows() -> Any:
    return RateLimit.objects.using("users")


def state() -> TransactionStatus:
    connection: Any = connections["users"].connection
    return TransactionStatus(connection.pgconn.transaction_status)


@contextmanager
def counted(trips: Trips, number: int) -> Iterator[None]:
    trips.clear()
    yield
    assert len(trips) == number, trips


def test_begin_goes_along_with_the_first_statement_and_the_position_with_commit(trips: Trips) -> None:
    with counted(trips, 3), transaction.atomic(using="users"):
        rows().count()
        rows().count()
    with counted(trips, 0), transaction.atomic(using="users"):
        pass
    assert state() == TransactionStatus.IDLE


def test_a_single_write_its_commit_and_its_position_are_one_trip(trips: Trips) -> None:
    with counted(trips, 1):
        assert rows().filter(key="nobody").update(tries=2) == 0
    with counted(trips, 0):
        taken = positions.of_writes()["shared"]
    assert taken <= positions.flushed_position("users")
    assert state() == TransactionStatus.IDLE


def test_what_it_returns_is_the_writes_own_answer(trips: Trips) -> None:
    with connections["users"].cursor() as cursor, counted(trips, 1):
        cursor.execute("INSERT INTO rate_limits VALUES ('a', 7, now()), ('b', 8, now()) RETURNING tries -- a comment")
        assert cursor.rowcount == 2
        assert cursor.fetchall() == [(7,), (8,)]
        assert cursor.nextset() is None


def test_a_single_write_that_fails_leaves_the_connection_as_it_was(trips: Trips) -> None:
    mine = row()
    mine.save(force_insert=True, using="users")
    with pytest.raises(IntegrityError):
        mine.save(force_insert=True, using="users")
    assert state() == TransactionStatus.IDLE
    assert rows().count() == 1
    with pytest.raises(DataError), connections["users"].cursor() as cursor:
        cursor.execute("UPDATE rate_limits SET tries = 1 / 0")
    assert state() == TransactionStatus.IDLE
    with counted(trips, 1):
        assert rows().count() == 1


def test_a_write_that_failed_has_no_position() -> None:
    with pytest.raises(ProgrammingError), connections["users"].cursor() as cursor:
        cursor.execute("UPDATE nothing SET tries = 1")
    assert positions.of_writes() == {}
    assert not pinning.is_pinned("users")


def test_pod_local_writes_have_no_position(trips: Trips) -> None:
    with counted(trips, 1), connections["main"].cursor() as cursor:
        cursor.execute("UPDATE organization_state SET epoch = epoch WHERE false")
    with counted(trips, 2), transaction.atomic(using="main"), connections["main"].cursor() as cursor:
        cursor.execute("UPDATE organization_state SET epoch = epoch WHERE false")
    assert positions.of_writes() == {}


def test_what_is_written_together_is_one_trip_and_one_transaction(trips: Trips) -> None:
    gone = row()
    gone.save(force_insert=True, using="users")
    with counted(trips, 1), together("users"):
        insert(row())
        rows().update(tries=5)
        delete(rows().filter(pk=gone.pk))
    assert list(rows().values_list("tries", flat=True)) == [5]
    assert "shared" in positions.of_writes()


def test_a_question_within_sees_what_was_written_before(trips: Trips) -> None:
    with counted(trips, 2), together("users"):
        insert(row())
        assert rows().count() == 1
        insert(row())
    assert rows().count() == 2


def test_djangos_log_shows_each_statement_by_itself() -> None:
    with CaptureQueriesContext(connections["users"]) as asked, together("users"):
        rows().filter(pk="a").update(tries=1)
        assert rows().count() == 0
    said = [query["sql"].partition(" ")[0] for query in asked if "rate_limits" in query["sql"]]
    assert said == ["UPDATE", "SELECT"]


def test_what_returns_something_is_not_kept_back(trips: Trips) -> None:
    with counted(trips, 2), together("users"), connections["users"].cursor() as cursor:
        insert(row())
        cursor.execute("UPDATE rate_limits SET tries = 9 RETURNING tries")
        assert cursor.fetchall() == [(9,)]


def test_a_failure_at_the_end_undoes_everything(trips: Trips) -> None:
    twice = row()

    def write() -> None:
        with together("users"):
            for each in (row(), twice, twice):
                insert(each)

    with pytest.raises(IntegrityError):
        write()
    assert rows().count() == 0
    assert state() == TransactionStatus.IDLE


def test_an_error_of_ones_own_sends_nothing(trips: Trips) -> None:
    def write() -> None:
        with together("users"):
            insert(row())
            _ = 1 / 0

    with counted(trips, 0), pytest.raises(ZeroDivisionError):
        write()
    assert rows().count() == 0


def test_only_the_block_postpones(trips: Trips) -> None:
    with transaction.atomic(using="users"):
        with together("users"):
            insert(row())
        with counted(trips, 1):
            # Its answer is needed again.
            assert rows().filter(key="nobody").update(tries=1) == 0
    assert rows().count() == 1


def test_a_row_that_is_there_is_updated() -> None:
    first = row()
    with together("users"):
        insert(first)
    with together("users"):
        insert(RateLimit(key=first.pk, tries=3, ends_at=first.ends_at), unique=["key"], update=["tries"])
    assert rows().get().tries == 3


def test_savepoints_cost_no_trip_and_work(trips: Trips) -> None:
    mine = row()
    with counted(trips, 5), transaction.atomic(using="users"):
        mine.save(force_insert=True, using="users")
        with pytest.raises(IntegrityError), transaction.atomic(using="users"):
            mine.save(force_insert=True, using="users")
        with transaction.atomic(using="users"):
            row().save(force_insert=True, using="users")
    assert rows().count() == 2


def test_a_lock_is_held_from_the_statement_that_it_goes_along_with() -> None:
    with transaction.atomic(using="users"):
        along("users", "SELECT pg_advisory_xact_lock(%s)", [77])
        with connections["users"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND granted")
            assert cursor.fetchone() == (1,)


def test_a_statement_that_has_to_stand_is_no_part_of_a_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic(using="users"), once("users"):
        pass


def test_an_idle_connection_is_checked_without_a_trip(trips: Trips) -> None:
    connection: Any = connections["users"]
    with counted(trips, 0):
        assert connection.is_usable()
    pid = connection.connection.info.backend_pid
    with connections["routes"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    assert not connection.is_usable()
    connection.health_check_done, connection.health_check_enabled = False, True
    assert rows().count() == 0
    assert connection.connection.info.backend_pid != pid


def gone() -> None:
    raise OperationalError("gone")


def test_a_request_ends_without_a_new_connection_for_one_that_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    connection: Any = connections["users"]
    connection.ensure_connection()
    connection.connection.close()
    monkeypatch.setattr(connection, "connect", gone)
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is None


def test_a_server_that_does_not_answer_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connection: Any = connections["users"]
    connection.ensure_connection()
    assert connection.answers()
    connection.connection.heard_at -= 60
    # What a request before left on would put a new connection in place of this one.
    monkeypatch.setattr(connection, "health_check_enabled", False)
    monkeypatch.setattr(connection, "cursor", gone)
    assert not connection.answers()
    assert connection.connection is None


@pytest.mark.parametrize("asks", [lambda: rows().count(), lambda: row().save(force_insert=True, using="users")])
def test_a_lost_connection_leaves_nothing_behind(asks: Callable[[], object]) -> None:
    def write() -> None:
        with transaction.atomic(using="users"):
            with together("users"):
                insert(row())
            connections["users"].connection.close()
            asks()

    with pytest.raises(OperationalError):
        write()
    assert rows().count() == 0


class TestOwnWrites:
    """A request reads what it wrote, from a replica that shows it or else from the primary."""

    @pytest.fixture
    def replica(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """What the replica says, in turns; the last one for good."""
        says = [True]

        def has_replayed(alias: str, position: Position) -> bool:
            assert alias == "users_replica"
            assert position == positions.of_writes()["shared"]
            return says.pop(0) if len(says) > 1 else says[0]

        monkeypatch.setattr(positions, "has_replayed", has_replayed)
        return says

    def write(self) -> None:
        row().save(force_insert=True, using="users")

    def test_from_the_replica_that_shows_it(self, replica: list[bool]) -> None:
        self.write()
        assert reading_alias("users") == "users_replica"
        replica[:] = [False]
        assert reading_alias("users") == "users_replica", "what it shows, it goes on to show"

    def test_after_a_wait_that_is_no_longer_than_a_trip(
        self, replica: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replica[:] = [False, False, True]
        self.write()
        slow = positions._taken()["shared"]._replace(trip_seconds=60.0)
        monkeypatch.setattr(positions._expected, "taken", {"shared": slow})
        monkeypatch.setattr(positions, "LONGEST_WAIT_FOR_OWN_SECONDS", 60.0)
        assert reading_alias("users") == "users_replica"

    def test_from_the_primary_when_it_does_not(self, replica: list[bool]) -> None:
        replica[:] = [False]
        self.write()
        assert reading_alias("users") == "users"
        replica[:] = [True]
        assert reading_alias("users") == "users"

    def test_from_the_primary_when_the_replica_cannot_be_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(alias: str, position: Position) -> bool:
            raise OperationalError("gone")

        monkeypatch.setattr(positions, "has_replayed", refuse)
        self.write()
        assert reading_alias("users") == "users"

    def test_from_the_primary_until_it_is_committed(self, replica: list[bool]) -> None:
        with transaction.atomic(using="users"):
            self.write()
            assert reading_alias("users") == "users"
            assert reading_alias("routes") == "routes"
        assert reading_alias("users") == "users_replica"

    def test_each_write_has_to_be_shown(self, replica: list[bool]) -> None:
        self.write()
        assert reading_alias("users") == "users_replica"
        replica[:] = [False]
        self.write()
        assert reading_alias("users") == "users"

    def test_other_threads_have_nothing_to_do_with_it(self, replica: list[bool]) -> None:
        replica[:] = [False]
        self.write()
        seen: list[str] = []
        other = threading.Thread(target=lambda: seen.append(reading_alias("users")))
        other.start()
        other.join()
        assert seen == ["users_replica"]

    def test_what_is_announced_asks_the_replicas_along_with_the_commit(self, trips: Trips) -> None:
        positions.announce("users")
        self.write()
        position = positions.of_writes()["shared"]
        with counted(trips, 1):
            assert positions.wait_for_all_replicas("users", Position(position.timeline, 0), 10)
