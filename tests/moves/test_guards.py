"""Each guard by itself: what a driver that comes too late, or for another move, must not be able to do.

No stream runs here: the rows are put as a driver would have left them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from moves import copy, fence, record, streams
from moves.databases import LOCK, Databases
from moves.driver import LOCK_CLASS, is_rehearsed, is_time, undo
from moves.exceptions import Differs, GateBusy, Lost, MoveRefused, MoveUnknown, StreamLost
from moves.flip import activate, cut_over, flip_in_routes
from moves.journey import Journey
from moves.left_overs import tidy_pod
from moves.prepare import prepare
from moves.purge import delete_rows, purge
from moves.rehearse import _repair
from moves.repair import repair
from moves.roll_back import roll_back
from moves.states import State, Wanted
from moves.tables import tables_of
from moves.verify import Comparison, Difference
from moves.watching import Watcher, rescue
from schemas.gate import LOCK_CLASS as GATE_LOCK
from tests.databases import database
from tests.moves.conftest import HURRIED, SOURCE, TARGET, Scene, make_scene
from tests.running_cluster import RunningCluster

pytestmark = pytest.mark.slow

ATTEMPT = 3
OTHER = UUID("00000000-0000-4000-8000-000000000000")


@dataclass
class Staged:
    """A scene, and a move of it in some state."""

    scene: Scene
    move: UUID

    @property
    def journey(self) -> Journey:
        """As a driver has it that has just read the row."""
        return Journey(self.scene.databases, self.scene.move(self.move), HURRIED)

    def put(self, pod: str, state: str, *, epoch: int = 1, move: UUID | None = None, attempt: int = 0) -> None:
        """What a pod says of the organization."""
        for schema in ("ci", "main"):
            self.scene.databases.pod(pod, schema).run(
                "INSERT INTO organization_state (id, state, epoch, move_id, attempt) VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, epoch = excluded.epoch, "
                "move_id = excluded.move_id, attempt = excluded.attempt",
                (self.scene.organization, state, epoch, move or self.move, attempt),
            )

    def says(self, pod: str) -> tuple[str, str]:
        """The states in `ci` and `main`."""
        return self.scene.states("ci")[pod][0], self.scene.states("main")[pod][0]

    def owned_by(self, pod: str, epoch: int, state: str = "active") -> None:
        """What routes says."""
        self.scene.databases.routes().run(
            "UPDATE organizations SET pod_id = %s, epoch = %s, state = %s WHERE id = %s",
            (pod, epoch, state, self.scene.organization),
        )


Stage = Callable[..., Staged]


@pytest.fixture
def stage(empty_cluster: RunningCluster, all_databases: Databases) -> Iterator[Stage]:
    """Makes a move in a state, of an organization with few rows."""
    made: list[Staged] = []

    def make(state: str, **columns: Any) -> Staged:
        scene = make_scene(empty_cluster, all_databases, issues=5)
        values: dict[str, Any] = {"attempt": ATTEMPT}
        staged = Staged(scene, scene.plan(state=state, **(values | columns)))
        made.append(staged)
        staged.put(SOURCE, "active")
        staged.put(TARGET, "incoming")
        return staged

    yield make
    moves = [move for staged in made for move in staged.scene.moves]
    with database(empty_cluster, "shared", "routes") as execute:
        execute("SET session_replication_role = replica")
        execute("UPDATE organization_moves SET state = 'aborted' WHERE id = ANY (%s)", moves)
    for pod in (SOURCE, TARGET):
        for schema in ("ci", "main"):
            session = all_databases.pod(pod, schema)
            session.run("SET session_replication_role = replica")
            session.run("DELETE FROM move_marker WHERE move_id = ANY (%s)", (moves,))
            session.run("UPDATE organization_state SET fenced_until = NULL WHERE move_id = ANY (%s)", (moves,))
            session.run("SET session_replication_role = origin")


def test_a_driver_that_was_overtaken_changes_no_state(stage: Stage) -> None:
    staged = stage("preparing")
    routes, seen = staged.scene.databases.routes(), staged.scene.move(staged.move)
    record.advance(routes, seen, State.PREPARING, "another", attempt=ATTEMPT + 1)
    with pytest.raises(Lost):
        record.advance(routes, seen, State.COPYING, "the first")
    again = staged.scene.move(staged.move)
    record.advance(routes, again, State.COPYING, "another")
    with pytest.raises(Lost):
        record.advance(routes, again, State.ABORTING, "the first")


def test_a_driver_that_was_overtaken_notices_it(stage: Stage) -> None:
    staged = stage("streaming")
    journey = staged.journey
    record.advance(journey.routes, journey.move, State.STREAMING, "another", attempt=ATTEMPT + 1)
    with pytest.raises(Lost):
        journey.look()


@pytest.mark.parametrize(
    ("state", "move", "attempt"),
    [("active", None, ATTEMPT), ("active", OTHER, 0), ("moved", None, 0), ("fenced", None, 0)],
)
def test_only_the_newest_attempt_of_this_move_shuts_an_open_gate(
    stage: Stage, state: str, move: UUID | None, attempt: int
) -> None:
    staged = stage("fencing")
    staged.put(SOURCE, state, move=move, attempt=attempt)
    with pytest.raises(Lost):
        fence.of_source(staged.journey).shut()
    assert staged.says(SOURCE) == (state, state)


@pytest.mark.parametrize("schema", ["ci", "main"])
def test_a_gate_is_not_shut_while_somebody_writes(stage: Stage, monkeypatch: pytest.MonkeyPatch, schema: str) -> None:
    monkeypatch.setattr(fence, "TRY_SECONDS", 0.05)
    staged = stage("fencing")
    writer = staged.scene.databases.pod(SOURCE, schema, "writer")
    writer.run("BEGIN")
    writer.run("SELECT organization_gate(%s)", (staged.scene.organization,))
    with pytest.raises(GateBusy):
        fence.of_source(staged.journey).shut()
    writer.run("ROLLBACK")
    assert staged.says(SOURCE) == ("active", "active")


def test_an_old_transaction_is_named_before_anybody_is_kept_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "TRY_SECONDS", 0.05)
    staged = stage("fencing")
    writer = staged.scene.databases.pod(SOURCE, "main", "writer")
    writer.run("BEGIN")
    writer.run("SELECT organization_gate(%s), pg_sleep(0.3)", (staged.scene.organization,))
    with pytest.raises(GateBusy, match="a transaction of the organization in main is open since"):
        fence.of_source(staged.journey).shut()
    writer.run("ROLLBACK")


def test_a_gate_is_shut_under_the_lock_of_the_writers(stage: Stage) -> None:
    staged = stage("fencing")
    gate = fence.of_source(staged.journey)
    held: list[int] = []
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND classid = %s "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def watch(text: str) -> None:
        if text.startswith("before UPDATE organization_state SET state = 'fenced'"):
            both = [staged.scene.databases.pod(SOURCE, schema, "look") for schema in ("ci", "main")]
            held.extend(session.run(query, (GATE_LOCK,))[0][0] for session in both)

    for schema in ("ci", "main"):
        staged.scene.databases.pod(SOURCE, schema, "gate").watch = watch
    try:
        gate.shut()
    finally:
        for schema in ("ci", "main"):
            staged.scene.databases.pod(SOURCE, schema, "gate").watch = None
    # Both locks, before either state.
    assert held == [1, 1, 1, 1]
    assert staged.says(SOURCE) == ("fenced", "fenced")


def test_a_pause_that_was_too_long_is_not_committed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = stage("fencing")
    gate = fence.of_source(staged.journey)
    gate.shut_at = 1.0
    monkeypatch.setattr("moves.streams.wait_for_marker", lambda *arguments: 0.0)
    with pytest.raises(GateBusy, match="the pause would be longer"):
        gate.arrive()


@pytest.mark.parametrize(
    ("state", "move", "attempt"),
    [("fenced", None, ATTEMPT + 1), ("fenced", OTHER, 0), ("moved", None, 0)],
)
def test_only_what_this_attempt_has_shut_is_opened(stage: Stage, state: str, move: UUID | None, attempt: int) -> None:
    staged = stage("streaming")
    staged.put(SOURCE, state, move=move, attempt=attempt)
    fence.of_source(staged.journey).open()
    assert staged.says(SOURCE) == (state, state)


def test_after_a_gate_was_opened_its_attempt_activates_nothing(stage: Stage) -> None:
    staged = stage("fencing")
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    stopped = staged.journey
    fence.of_source(staged.journey).open()
    assert staged.says(SOURCE) == ("active", "active")
    # As if its flip had been lost by a promotion of routes.
    stopped.move = record.Move(**(vars(stopped.move) | {"flipped_epoch": 2}))
    activate(stopped)
    assert staged.says(TARGET) == ("incoming", "incoming")


def test_an_older_flip_changes_nothing_on_either_pod(stage: Stage) -> None:
    staged = stage("flipped", flipped_epoch=2)
    staged.put(TARGET, "moved", epoch=4)
    staged.put(SOURCE, "active", epoch=5)
    activate(staged.journey)
    assert staged.says(TARGET) == ("moved", "moved")
    assert staged.says(SOURCE) == ("active", "active")


def test_a_flip_closes_no_pod_for_another_move(stage: Stage) -> None:
    staged = stage("flipped", flipped_epoch=2)
    staged.put(SOURCE, "active", move=OTHER)
    activate(staged.journey)
    assert staged.says(SOURCE) == ("active", "active")


def test_main_which_admits_requests_is_activated_last(stage: Stage) -> None:
    staged = stage("flipped", flipped_epoch=2)
    seen = []

    def watch(text: str) -> None:
        if text.startswith("after UPDATE organization_state SET state = 'active'"):
            seen.append(staged.says(TARGET))

    for schema in ("ci", "main"):
        staged.scene.databases.pod(TARGET, schema, "gate").watch = watch
    try:
        activate(staged.journey)
    finally:
        for schema in ("ci", "main"):
            staged.scene.databases.pod(TARGET, schema, "gate").watch = None
    assert seen == [("active", "incoming"), ("active", "active")]


@pytest.mark.parametrize(("pod", "epoch", "state"), [(TARGET, 2, "active"), (SOURCE, 1, "deleted")])
def test_only_an_active_organization_of_the_source_is_flipped(stage: Stage, pod: str, epoch: int, state: str) -> None:
    staged = stage("fencing")
    staged.owned_by(pod, epoch, state)
    with pytest.raises(Lost):
        flip_in_routes(staged.journey)
    staged.scene.databases.routes().run("ROLLBACK")
    assert staged.scene.owner() == (pod, epoch)


def test_a_cut_over_after_a_migration_is_refused(stage: Stage) -> None:
    staged = stage("streaming", schema_fingerprint="of other columns")
    with pytest.raises(MoveRefused, match="columns have changed"):
        cut_over(staged.journey)


@pytest.mark.parametrize(
    ("state", "move", "attempt"), [("active", None, 0), ("incoming", OTHER, 0), ("incoming", None, ATTEMPT + 1)]
)
def test_rows_are_copied_and_deleted_only_for_the_attempt_under_way(
    stage: Stage, state: str, move: UUID | None, attempt: int
) -> None:
    staged = stage("copying")
    staged.put(TARGET, state, move=move, attempt=attempt)
    with pytest.raises(Lost):
        copy.guard(staged.scene.databases.pod(TARGET, "main"), staged.journey, "incoming")
    staged.put(SOURCE, "active")
    before = staged.scene.rows(SOURCE)
    with pytest.raises(Lost):
        delete_rows(staged.journey, "main", staged.scene.databases.pod(SOURCE, "main", "purge"), "moved", remember=True)
    assert staged.scene.rows(SOURCE) == before


def test_the_state_stays_as_it_is_while_a_chunk_is_written(stage: Stage) -> None:
    staged = stage("copying")
    session = staged.scene.databases.pod(TARGET, "main", "write")
    with session.transaction():
        copy.guard(session, staged.journey, "incoming")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            staged.scene.databases.pod(TARGET, "main", "other").run(
                "UPDATE organization_state SET state = 'active' WHERE id = %s", (staged.scene.organization,)
            )


def test_the_rows_of_the_owner_are_not_purged(stage: Stage) -> None:
    staged = stage("purging", flipped_epoch=2)
    staged.put(SOURCE, "moved")
    before = staged.scene.rows(SOURCE)
    with pytest.raises(MoveRefused, match=f"routes says that {SOURCE} serves"):
        purge(staged.journey)
    assert staged.scene.rows(SOURCE) == before


def test_a_purge_waits_for_open_reads(stage: Stage) -> None:
    staged = stage("purging", flipped_epoch=2, purge_after=datetime.now(UTC) + timedelta(hours=1))
    staged.put(SOURCE, "moved")
    staged.owned_by(TARGET, 2)
    before = staged.scene.rows(SOURCE)
    assert staged.scene.driver(staged.move).once() == "purging"
    assert staged.scene.rows(SOURCE) == before


@pytest.mark.parametrize(("hours", "fresh"), [(0, True), (1, False)])
def test_an_old_rehearsal_does_not_count(stage: Stage, hours: int, fresh: bool) -> None:
    staged = stage("streaming")
    at = datetime.now(UTC) - timedelta(hours=hours)
    journey = staged.journey
    record.update(journey.routes, journey.move, rehearsal={"clean": True, "at": at.isoformat()})
    assert is_rehearsed(staged.journey) is fresh
    staged.scene.ask(staged.move, "cutover")
    step = staged.scene.driver(staged.move)._next_step(staged.journey)
    assert step == (Wanted.CUTOVER if fresh else Wanted.REHEARSE)


@pytest.mark.parametrize(
    ("cutover", "hours", "is_due"),
    [("auto", None, True), ("manual", None, False), ("auto", 1, False), ("auto", -1, True)],
)
def test_a_move_cuts_over_when_it_was_asked_to(stage: Stage, cutover: str, hours: int | None, is_due: bool) -> None:
    at = datetime.now(UTC) + timedelta(hours=hours) if hours is not None else None
    assert is_time(stage("streaming", cutover=cutover, cutover_at=at).journey) is is_due


def test_a_move_is_rehearsed_before_its_cut_over(stage: Stage) -> None:
    staged = stage("streaming")
    assert staged.scene.driver(staged.move)._next_step(staged.journey) == Wanted.REHEARSE


def test_a_second_driver_is_busy_and_ends_nothing(stage: Stage) -> None:
    staged = stage("streaming")
    first = staged.scene.databases.pod(TARGET, "main", "first")
    first.run(f"SELECT pg_advisory_lock({LOCK_CLASS}, hashtext(%s))", (str(staged.move),))
    assert staged.scene.driver(staged.move).once() == "busy"
    first.run("SELECT pg_advisory_unlock_all()")


def test_who_takes_a_move_over_ends_the_sessions_of_the_driver_before(stage: Stage) -> None:
    staged = stage("purging", flipped_epoch=2, purge_after=datetime.now(UTC) + timedelta(hours=1))
    before = Databases(staged.scene.cluster.topology, staged.scene.cluster.places, staged.move)
    sessions = [before.pod(pod, schema, "write") for pod in (SOURCE, TARGET) for schema in ("ci", "main")]
    staged.scene.driver(staged.move).once()
    for session in sessions:
        with pytest.raises(psycopg.OperationalError):
            session.run("SELECT 1")


def test_a_driver_without_its_lock_stops(stage: Stage) -> None:
    staged = stage("streaming")
    databases = Databases(staged.scene.cluster.topology, staged.scene.cluster.places, staged.move)
    journey = Journey(databases, staged.scene.move(staged.move), HURRIED)
    ((pid,),) = databases.pod(TARGET, "main", LOCK).run("SELECT pg_backend_pid()")
    journey.breathe()
    staged.scene.databases.pod(TARGET, "main").run("SELECT pg_terminate_backend(%s, 2000)", (pid,))
    journey._heard = 0.0
    with pytest.raises(psycopg.OperationalError):
        journey.breathe()
    databases.close()


@pytest.mark.parametrize("state", ["rehearsing", "fencing"])
def test_what_a_dead_driver_began_is_void_before_the_gate_is_opened(stage: Stage, state: str) -> None:
    staged = stage(state)
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    undo(staged.journey)
    assert staged.scene.move(staged.move).state == "streaming"
    assert staged.says(SOURCE) == ("active", "active")


def test_a_move_of_a_deleted_organization_aborts(stage: Stage) -> None:
    staged = stage("planned", attempt=0)
    staged.owned_by(SOURCE, 1, "deleted")
    assert staged.scene.driver(staged.move).once() == "aborted"


def test_one_move_at_a_time_is_copied_between_two_pods(stage: Stage) -> None:
    stage("copying")
    waiting = stage("planned", attempt=0)
    assert waiting.scene.driver(waiting.move).once() == "planned"


@pytest.mark.parametrize(
    ("pod", "state", "attempt"), [(TARGET, "active", 0), (TARGET, "incoming", ATTEMPT + 1), (SOURCE, "moved", 0)]
)
def test_a_move_is_not_prepared_against_what_the_pods_say(stage: Stage, pod: str, state: str, attempt: int) -> None:
    staged = stage("planned", attempt=0)
    staged.put(pod, state, attempt=attempt)
    with pytest.raises(MoveRefused, match=r"manage\.py move repair"):
        prepare(staged.journey)
    assert staged.says(pod) == (state, state)


def test_a_return_is_not_prepared_without_its_streams(stage: Stage) -> None:
    first = stage("returned")
    returning = first.scene.plan(state="preparing", kind="return", returns_id=first.move, source=TARGET, target=SOURCE)
    staged = Staged(first.scene, returning)
    staged.put(TARGET, "active")
    staged.put(SOURCE, "moved")
    with pytest.raises(StreamLost):
        prepare(staged.journey)


def test_a_move_without_its_reverse_stream_is_not_rolled_back(stage: Stage) -> None:
    staged = stage("settled", flipped_epoch=2)
    with pytest.raises(MoveRefused, match="the reverse stream is lost"):
        roll_back(staged.journey)
    assert staged.scene.move(staged.move).state == "settled"


def test_the_streams_of_a_move_that_is_being_returned_stay(stage: Stage) -> None:
    first = stage("returned")
    first.scene.plan(state="streaming", kind="return", returns_id=first.move, source=TARGET, target=SOURCE)
    target = first.scene.databases.pod(TARGET, "main")
    target.run(f"CREATE PUBLICATION move_{first.move.hex}_main_back")
    try:
        assert tidy_pod(first.scene.cluster.topology, first.scene.cluster.places, TARGET, 100) == 0
    finally:
        target.run(f"DROP PUBLICATION move_{first.move.hex}_main_back")


def test_a_gate_that_an_aborted_move_left_shut_is_opened(stage: Stage) -> None:
    staged = stage("aborted")
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    rescue(staged.scene.cluster.topology, staged.scene.cluster.places, staged.move)
    assert staged.says(SOURCE) == ("active", "active")


def test_a_flip_that_its_driver_did_not_finish_is_finished(stage: Stage) -> None:
    staged = stage("flipped", flipped_epoch=2)
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    rescue(staged.scene.cluster.topology, staged.scene.cluster.places, staged.move)
    assert staged.says(TARGET) == ("active", "active")
    assert staged.says(SOURCE) == ("moved", "moved")


def test_every_pod_looks_for_gates_whose_time_is_over(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = stage("aborted")
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    topology, places = staged.scene.cluster.topology, staged.scene.cluster.places
    monkeypatch.setattr("moves.watching.this_topology", lambda: topology)
    monkeypatch.setattr("moves.watching.settings", type("Settings", (), {"PLACES": places}))
    watcher = Watcher(SOURCE)
    watcher.look(staged.scene.databases)
    assert staged.says(SOURCE) == ("fenced", "fenced")
    for schema in ("ci", "main"):
        staged.scene.databases.pod(SOURCE, schema).run(
            "UPDATE organization_state SET fenced_until = clock_timestamp() WHERE id = %s", (staged.scene.organization,)
        )
    watcher.look(staged.scene.databases)
    assert staged.says(SOURCE) == ("active", "active")


def test_a_gate_that_cannot_be_opened_keeps_no_other_one_shut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, other = stage("done"), stage("aborted")
    lost.put(SOURCE, "fenced", move=OTHER)
    other.put(SOURCE, "fenced", attempt=ATTEMPT)
    for staged in (lost, other):
        for schema in ("ci", "main"):
            staged.scene.databases.pod(SOURCE, schema).run(
                "UPDATE organization_state SET fenced_until = clock_timestamp() WHERE id = %s",
                (staged.scene.organization,),
            )
    topology, places = lost.scene.cluster.topology, lost.scene.cluster.places
    monkeypatch.setattr("moves.watching.this_topology", lambda: topology)
    monkeypatch.setattr("moves.watching.settings", type("Settings", (), {"PLACES": places}))
    with pytest.raises(MoveUnknown):
        Watcher(SOURCE).look(lost.scene.databases)
    assert other.says(SOURCE) == ("active", "active")
    lost.put(SOURCE, "moved")


def test_a_repair_takes_nothing_from_a_newer_owner(stage: Stage) -> None:
    staged = stage("done")
    staged.put(SOURCE, "active", epoch=2)
    staged.owned_by(TARGET, 3)
    assert staged.scene.owner() == (TARGET, 3)
    list(repair(staged.scene.cluster.topology, staged.scene.cluster.places, "tests"))
    assert staged.scene.owner() == (TARGET, 3)
    staged.put(SOURCE, "moved")


@pytest.mark.parametrize(("owner", "epoch", "state"), [(SOURCE, 1, "active"), (TARGET, 2, "fenced")])
def test_a_gate_of_an_unknown_move_is_opened_for_the_owner_only(
    stage: Stage, owner: str, epoch: int, state: str
) -> None:
    staged = stage("done")
    staged.put(SOURCE, "fenced", move=uuid4())
    staged.owned_by(owner, epoch)
    list(repair(staged.scene.cluster.topology, staged.scene.cluster.places, "tests"))
    assert staged.says(SOURCE) == (state, state)
    staged.put(SOURCE, "moved")


def test_rows_that_differ_again_are_not_copied_again(stage: Stage) -> None:
    difference = Difference(tables_of("main")[0], missing=("1",), extra=(), changed=())
    with pytest.raises(Differs):
        _repair(stage("rehearsing").journey, Comparison(differences=[difference]), again=True)


def test_a_driver_that_takes_over_opens_the_gate_first(stage: Stage) -> None:
    staged = stage("fencing", paused=True)
    staged.put(SOURCE, "fenced", attempt=ATTEMPT)
    assert staged.scene.driver(staged.move).once() == "streaming"
    assert staged.says(SOURCE) == ("active", "active")
    for stream in staged.journey.streams():
        streams.drop(staged.scene.databases, stream)


def test_pods_with_other_columns_are_not_prepared(stage: Stage) -> None:
    staged = stage("planned", attempt=0)
    target = staged.scene.databases.pod(TARGET, "main", "alter")
    target.run("SET lock_timeout = '5s'")
    target.run("ALTER TABLE notes ADD COLUMN mood text")
    try:
        with pytest.raises(MoveRefused, match="have different columns"):
            prepare(staged.journey)
    finally:
        target.run("ALTER TABLE notes DROP COLUMN mood")


@pytest.mark.parametrize(("state", "move"), [("active", None), ("moved", OTHER)])
def test_an_abort_deletes_nothing_but_what_has_come_with_the_move(stage: Stage, state: str, move: UUID | None) -> None:
    staged = stage("aborting")
    staged.put(TARGET, state, move=move)
    assert staged.scene.driver(staged.move).once() == "aborted"
    assert staged.says(TARGET) == (state, state)
