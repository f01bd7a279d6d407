"""A move from beginning to end: with nobody at work, and with writers aimed at the chunk under way."""

from __future__ import annotations

import random
import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from moves import stores, streams
from moves.certificate import check
from moves.databases import Databases, Session
from moves.exceptions import CertificateInvalid
from moves.journey import Journey
from moves.left_overs import tidy_pod
from schemas.gate import SHUT
from tests.moves.conftest import SOURCE, TARGET, Scene, finish, make_scene
from tests.running_cluster import eventually

pytestmark = pytest.mark.slow

WRITERS = 2


def test_everything_is_on_the_target_and_nothing_is_left_over(scene: Scene) -> None:
    before, neighbour = scene.rows(SOURCE), scene.rows(SOURCE, organization=1)
    move = scene.plan(way_back_seconds=0)
    done = scene.drive(move, "done")
    assert scene.owner() == (TARGET, 2)
    assert scene.states() == scene.states("ci") == {SOURCE: ("moved", 1), TARGET: ("active", 2)}
    assert scene.rows(TARGET) == before
    assert scene.number_of_rows(SOURCE) == 0
    assert scene.rows(SOURCE, organization=1) == neighbour
    assert scene.left_overs() == []
    assert done.flipped_epoch == 2
    assert done.certificate
    assert done.certificate["equal"]
    assert done.certificate["rows"] == sum(map(len, before.values()))
    assert done.certificate["pause_ms"] > 0
    assert done.certificate["forecast_ms"] > 0


def test_no_row_of_a_neighbour_is_touched(scene: Scene) -> None:
    neighbour = make_scene(scene.cluster, scene.databases, issues=60)
    move, foreign = scene.plan(cutover="manual"), uuid4()
    _drive_to(scene, move, "streaming")
    source = scene.databases.pod(SOURCE, "main")
    # While the streams run: these changes are not for the target.
    source.run("UPDATE issues SET title = 'mine' WHERE organization_id = %s", (neighbour.organization,))
    source.run(
        "INSERT INTO notes (organization_id, issue_id, author_id, text, created_at) "
        "SELECT organization_id, id, 1, 'mine', now() FROM issues WHERE organization_id = %s LIMIT 1",
        (neighbour.organization,),
    )
    source.run("INSERT INTO move_marker (move_id, attempt, kind) VALUES (%s, 1, 'of another')", (foreign,))
    before = scene.rows(SOURCE, organization=neighbour.organization)
    scene.ask(move, "cutover")
    scene.drive(move, "settled")
    marked = "SELECT count(*) FROM move_marker WHERE move_id = %s"
    assert scene.databases.pod(TARGET, "main").run(marked, (foreign,)) == [(0,)]
    finish(scene)
    assert scene.rows(SOURCE, organization=neighbour.organization) == before
    assert sum(map(len, before.values())) > 100
    assert neighbour.number_of_rows(TARGET) == 0


def test_what_an_earlier_stay_has_left_on_the_target_is_deleted_before_the_copy(scene: Scene) -> None:
    target = scene.databases.pod(TARGET, "main")
    target.run("SET session_replication_role = replica")
    target.run(
        "INSERT INTO notes (organization_id, issue_id, author_id, text, created_at) VALUES (%s, 1, 1, 'old', now())",
        (scene.organization,),
    )
    target.run("SET session_replication_role = origin")
    move = scene.plan(way_back_seconds=3600)
    scene.drive(move, "settled")
    assert scene.rows(SOURCE) == scene.rows(TARGET)
    assert differences_told(scene, move) == 0


def test_the_ids_that_the_source_gave_are_remembered_there(scene: Scene) -> None:
    session = scene.databases.pod(SOURCE, "main")
    ids = session.run("SELECT id FROM issues WHERE organization_id = %s ORDER BY id", (scene.organization,))
    scene.drive(scene.plan(way_back_seconds=0), "done")
    query = "SELECT id FROM departed_ids WHERE kind = 'issues' AND organization_id = %s ORDER BY id"
    assert session.run(query, (scene.organization,)) == ids


def test_what_is_written_while_a_chunk_is_copied_is_neither_lost_nor_doubled(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)
    with Writers(scene) as writers:
        scene.drive(move, "settled")
        writers.stop()
    assert writers.done > 100
    assert scene.rows(SOURCE) == scene.rows(TARGET)
    assert writers.missing(scene.rows(TARGET)) == []
    certificate = scene.move(move).certificate
    assert certificate
    assert certificate["differences"] == []
    assert differences_told(scene, move) == 0


def test_a_row_stands_still_from_when_it_is_read_until_it_is_written(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)
    refused, tried = [], []

    def watch(text: str) -> None:
        if not text.startswith('before INSERT INTO "notes"'):
            return
        tried.append(text)
        done = scene.databases.pod(TARGET, "main").run(
            "SELECT copied_to::bigint FROM move_checkpoint WHERE move_id = %s AND name = 'notes'", (move,)
        )
        try:
            scene.databases.pod(SOURCE, "main", "late").run(
                "UPDATE notes SET text = 'late' WHERE id = (SELECT min(id) FROM notes "
                "WHERE organization_id = %s AND id > %s)",
                (scene.organization, done[0][0] if done else 0),
            )
        except psycopg.errors.LockNotAvailable as error:
            refused.append(error)

    scene.driver(move, watch=watch).once()
    assert scene.move(move).state == "settled"
    # Once for each chunk of fifty, and again for one that had to be copied again.
    assert len(tried) >= 300 / 50
    assert len(refused) == len(tried)
    assert differences_told(scene, move) == 0


def test_a_chunk_is_not_written_when_its_rows_are_no_longer_locked(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    source = scene.databases.pod(SOURCE, "ci")

    def watch(text: str) -> None:
        if text.startswith("after INSERT INTO move_checkpoint"):
            source.run(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE state = 'idle in transaction' "
                "AND datname = current_database() AND starts_with(application_name, %s)",
                (f"move {move.hex}",),
            )

    scene.driver(move, watch=watch).once()
    written = "SELECT count(*) FROM move_checkpoint WHERE move_id = %s"
    assert scene.databases.pod(TARGET, "ci").run(written, (move,)) == [(0,)]


def test_a_copy_goes_on_at_its_checkpoint(scene: Scene) -> None:
    move, chunks = scene.plan(cutover="manual"), 0

    def count(text: str) -> None:
        nonlocal chunks
        chunks += text.startswith("before WITH chunk") and 'FROM "issues"' in text

    def count_to_four(text: str) -> None:
        count(text)
        if chunks == 4:
            raise Stopped

    with pytest.raises(Stopped):
        scene.driver(move, watch=count_to_four).once()
    chunks = 0
    driver = scene.driver(move, watch=count)
    thread = threading.Thread(target=driver.once)
    thread.start()
    eventually(lambda: _is_rehearsed(scene, move) or not thread.is_alive())
    driver.stop.set()
    thread.join()
    # Of six with fifty rows, and the one that finds no more, three were written before.
    assert chunks == 4


def test_rows_that_are_copied_again_stand_still_meanwhile(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    _drive_to(scene, move, "streaming")
    target = scene.databases.pod(TARGET, "main", "spoil")
    target.run("SET session_replication_role = replica")
    target.run("SELECT pg_replication_origin_create('spoil'), pg_replication_origin_session_setup('spoil')")
    target.run("DELETE FROM issues WHERE organization_id = %s AND iid = 7", (scene.organization,))
    target.run("SELECT pg_replication_origin_session_reset(), pg_replication_origin_drop('spoil')")
    refused = []

    def watch(text: str) -> None:
        if text.startswith('before INSERT INTO "issues"'):
            try:
                scene.databases.pod(SOURCE, "main", "late").run(
                    "UPDATE issues SET title = 'late' WHERE organization_id = %s AND iid = 7", (scene.organization,)
                )
            except psycopg.errors.LockNotAvailable as error:
                refused.append(error)

    scene.ask(move, "rehearse")
    driver = scene.driver(move, watch=watch)
    thread = threading.Thread(target=driver.once)
    thread.start()
    eventually(lambda: refused or not thread.is_alive() or _is_rehearsed(scene, move))
    driver.stop.set()
    thread.join()
    assert len(refused) == 1


def test_a_driver_whose_attempt_is_over_copies_nothing(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    target = scene.databases.pod(TARGET, "ci")
    attempt = "UPDATE organization_state SET attempt = attempt + %s WHERE id = %s"
    changed: list[str] = []

    def watch(text: str) -> None:
        if text.startswith("before WITH chunk") and not changed:
            changed.append(text)
            target.run(attempt, (1, scene.organization))

    scene.driver(move, watch=watch).once()
    assert changed
    assert target.run("SELECT count(*) FROM move_checkpoint WHERE move_id = %s", (move,)) == [(0,)]
    assert scene.rows(TARGET)["ci.jobs"] == []
    target.run(attempt, (-1, scene.organization))


def test_a_chunk_waits_for_what_was_committed_before_its_rows_were_locked(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    source, blocker = scene.databases.pod(SOURCE, "main", "late"), scene.databases.pod(TARGET, "main", "block")
    stream = Journey(scene.databases, scene.move(move)).there("main")
    blocked: list[str] = []

    def watch(text: str) -> None:
        if text.startswith("before WITH chunk") and '"notes"' in text and not blocked:
            blocked.append(text)
            blocker.run("BEGIN")
            # Apply stops at a marker, before the new row. Readers go on.
            blocker.run("LOCK TABLE move_marker IN SHARE ROW EXCLUSIVE MODE")
            streams.send_marker(source, stream, 0, "in the way")
            # Before all others, so in this chunk.
            source.run(
                "INSERT INTO notes (id, organization_id, issue_id, author_id, text, created_at) "
                "SELECT -organization_id, organization_id, id, 1, 'new', now() FROM issues "
                "WHERE organization_id = %s LIMIT 1",
                (scene.organization,),
            )
        has_given_up = text.startswith("before DO") and "lag:" in text
        if blocked and not _is_idle(blocker) and (has_given_up or text.startswith("after UPDATE organization_move_ta")):
            blocker.run("ROLLBACK")

    driver = scene.driver(move, watch=watch)
    thread = threading.Thread(target=driver.once)
    thread.start()
    eventually(lambda: _is_rehearsed(scene, move) or not thread.is_alive())
    driver.stop.set()
    thread.join()
    assert blocked
    assert _is_rehearsed(scene, move)
    assert streams.apply_errors(scene.databases, stream) == 0
    assert differences_told(scene, move) == 0


def test_the_gate_opens_again_when_the_target_lacks_something(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600, max_pause_ms=1000)
    blocker = scene.databases.pod(TARGET, "main", "block")

    opened_in = set()

    def watch(text: str) -> None:
        if text.startswith("before UPDATE organization_state SET state = 'active'"):
            opened_in.add(scene.move(move).state)
        if text == "before BEGIN" and scene.move(move).state == "fencing" and _is_idle(blocker):
            blocker.run("BEGIN")
            # Apply waits for it, readers do not.
            blocker.run("LOCK TABLE move_marker IN SHARE ROW EXCLUSIVE MODE")

    scene.driver(move, watch=watch).once()
    assert not _is_idle(blocker)
    assert scene.move(move).state == "streaming"
    assert "main on pod_eu0 had not caught up" in scene.move(move).error
    # Not before the attempt is over: a driver that goes on to flip would find it still valid.
    assert "fencing" not in opened_in
    assert scene.owner() == (SOURCE, 1)
    assert scene.states()[SOURCE] == scene.states("ci")[SOURCE] == ("active", 1)
    blocker.run("ROLLBACK")
    scene.drive(move, "settled")
    assert scene.rows(SOURCE) == scene.rows(TARGET)


def _is_idle(session: Session) -> bool:
    return session.info.transaction_status.name == "IDLE"


def differences_told(scene: Scene, move: UUID) -> int:
    """How often a comparison has found rows that differ."""
    ((number,),) = scene.databases.routes().run(
        "SELECT count(*) FROM organization_move_events WHERE move_id = %s AND text LIKE 'differs:%%'", (move,)
    )
    return int(number)


def test_the_way_back_loses_nothing_that_was_written_meanwhile(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)
    scene.drive(move, "settled")
    target = scene.databases.pod(TARGET, "main")
    target.run("UPDATE issues SET title = 'on the target' WHERE organization_id = %s", (scene.organization,))
    target.run(
        "INSERT INTO notes (organization_id, issue_id, author_id, text, created_at) "
        "SELECT organization_id, id, 1, 'born on the target', now() FROM issues WHERE organization_id = %s LIMIT 5",
        (scene.organization,),
    )
    scene.ask(move, "rollback")
    scene.drive(move, "returned")
    ((back,),) = scene.databases.routes().run("SELECT id FROM organization_moves WHERE returns_id = %s", (move,))
    scene.moves.append(back)
    scene.drive(back, "settled")
    assert scene.owner() == (SOURCE, 3)
    assert scene.states() == {SOURCE: ("active", 3), TARGET: ("moved", 2)}
    assert scene.rows(SOURCE) == scene.rows(TARGET)
    texts = scene.databases.pod(SOURCE, "main").run(
        "SELECT count(*) FROM notes WHERE organization_id = %s AND text = 'born on the target'", (scene.organization,)
    )
    assert texts == [(5,)]
    # The way back of the way back.
    scene.ask(back, "rollback")
    scene.drive(back, "returned")
    ((again,),) = scene.databases.routes().run("SELECT id FROM organization_moves WHERE returns_id = %s", (back,))
    scene.moves.append(again)
    scene.drive(again, "settled")
    assert scene.owner() == (TARGET, 4)


@pytest.mark.parametrize("state", ["copying", "streaming"])
def test_an_aborted_move_leaves_the_source_as_it_was_and_nothing_on_the_target(scene: Scene, state: str) -> None:
    before = scene.rows(SOURCE)
    move = scene.plan(cutover="manual")
    _drive_to(scene, move, state)
    scene.ask(move, "abort")
    scene.drive(move, "aborted")
    assert scene.owner() == (SOURCE, 1)
    assert scene.states()[SOURCE] == ("active", 1)
    assert scene.rows(SOURCE) == before
    assert scene.number_of_rows(TARGET) == 0
    assert scene.left_overs() == []
    # It takes writes, and can be moved after all.
    _write(scene.databases, scene.organization)
    scene.drive(scene.plan(way_back_seconds=0), "done")
    assert scene.owner() == (TARGET, 2)


def test_an_abort_that_comes_too_late_is_forgotten(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)

    def watch(text: str) -> None:
        if text.startswith("after UPDATE organizations SET pod_id") and scene.move(move).state == "fencing":
            scene.ask(move, "abort")

    scene.driver(move, watch=watch).once()
    assert (scene.move(move).state, scene.move(move).wanted) == ("settled", None)
    # A driver would be started for it over and over.
    assert not scene.driver(move)._is_due("settled")


def test_the_certificate_is_signed(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)
    certificate = scene.drive(move, "settled").certificate
    assert certificate
    check(certificate)
    with pytest.raises(CertificateInvalid):
        check(certificate | {"equal": False})


def test_a_row_that_is_lost_is_found_by_the_rehearsal_and_copied_again(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    _drive_to(scene, move, "streaming")
    target = scene.databases.pod(TARGET, "main", "spoil")
    target.run("SET session_replication_role = replica")
    # Or else the reverse stream would do the same on the source.
    target.run("SELECT pg_replication_origin_create('spoil'), pg_replication_origin_session_setup('spoil')")
    target.run("DELETE FROM issues WHERE organization_id = %s AND iid = 7", (scene.organization,))
    target.run("UPDATE issues SET title = 'spoiled' WHERE organization_id = %s AND iid = 9", (scene.organization,))
    where = "SELECT ctid::text FROM issues WHERE organization_id = %s AND iid IN (7, 9) ORDER BY iid"
    versions = scene.databases.pod(SOURCE, "main").run(where, (scene.organization,))
    scene.ask(move, "rehearse")
    _follow_until_rehearsed(scene, move)
    # What was copied again has not come home over the reverse stream.
    assert scene.databases.pod(SOURCE, "main").run(where, (scene.organization,)) == versions
    scene.ask(move, "cutover")
    settled = scene.drive(move, "settled")
    target.run("SELECT pg_replication_origin_session_reset(), pg_replication_origin_drop('spoil')")
    assert scene.rows(SOURCE) == scene.rows(TARGET)
    assert settled.certificate
    assert settled.certificate["equal"]
    ((told,),) = scene.databases.routes().run(
        "SELECT count(*) FROM organization_move_events WHERE move_id = %s AND text LIKE 'differs: main.issues: 1 "
        "missing, 0 extra, 1 changed%%'",
        (move,),
    )
    assert told == 1


def test_other_stores_take_part_in_each_step(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, str, int]] = []
    monkeypatch.setattr(stores, "_stores", [])
    stores.with_other_stores(
        stores.RebuiltIndex(
            "search",
            rebuild=lambda pod, organization: called.append(("rebuild", pod, organization)),
            drop=lambda pod, organization: called.append(("drop", pod, organization)),
        )
    )
    scene.drive(scene.plan(way_back_seconds=0), "done")
    # With the rows, after the flip for what has changed since, and at the end on the source.
    assert called == [
        ("rebuild", TARGET, scene.organization),
        ("rebuild", TARGET, scene.organization),
        ("drop", SOURCE, scene.organization),
    ]


def test_the_janitor_drops_what_an_ended_move_has_left_and_nothing_that_runs(scene: Scene) -> None:
    ended = scene.plan(cutover="manual")
    _drive_to(scene, ended, "copying")
    places = (scene.cluster.topology, scene.cluster.places)
    assert [tidy_pod(*places, pod, 100) for pod in (SOURCE, TARGET)] == [0, 0]
    scene.ask(ended, "abort")
    scene.drive(ended, "aborted")
    running = scene.plan(cutover="manual")
    _drive_to(scene, running, "copying")
    for schema in ("ci", "main"):
        # As if the driver had died between the last CAS and the drop.
        scene.databases.pod(SOURCE, schema).run(f"CREATE PUBLICATION move_{ended.hex}_{schema}_there")
    assert [tidy_pod(*places, pod, 100) for pod in (SOURCE, TARGET)] == [2, 0]
    assert any(running.hex in name for name in scene.left_overs())
    assert not any(ended.hex in name for name in scene.left_overs())


def _drive_to(scene: Scene, move: UUID, state: str) -> None:
    if state == "copying":
        with pytest.raises(Stopped):
            scene.driver(move, watch=_stop_at_a_checkpoint).once()
    else:
        _follow_until_rehearsed(scene, move)
    assert scene.move(move).state == state


def _stop_at_a_checkpoint(text: str) -> None:
    if text.startswith("after INSERT INTO move_checkpoint"):
        raise Stopped


def _follow_until_rehearsed(scene: Scene, move: UUID) -> None:
    driver = scene.driver(move)
    thread = threading.Thread(target=driver.once)
    thread.start()
    eventually(lambda: _is_rehearsed(scene, move) or not thread.is_alive())
    driver.stop.set()
    thread.join()


def _is_rehearsed(scene: Scene, move: UUID) -> bool:
    now = scene.move(move)
    return now.state == "streaming" and now.wanted is None and bool((now.rehearsal or {}).get("clean"))


class Stopped(BaseException):
    """The driver is gone."""


def _write(databases: Databases, organization: int) -> None:
    databases.pod(SOURCE, "main", "writer").run(
        "UPDATE issues SET title = 'after' WHERE organization_id = %s AND iid = 1", (organization,)
    )


class Writers:
    """People who change and delete rows just where the copy is, on whichever pod serves, and keep a ledger."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.ledger: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.done = 0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everybody finish."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def missing(self, rows: dict[str, list[tuple[object, ...]]]) -> list[str]:
        """Acknowledged writes that are not there, and deleted rows that are."""
        notes = {str(text) for (text,) in rows["main.notes"]}
        lost = [key for key, text in self.ledger.items() if not any(text in note for note in notes)]
        back = [key for key in self.deleted if any(note.startswith(f"({key},") for note in notes)]
        return lost + back

    def _write(self, number: int) -> None:
        databases = Databases(self.scene.cluster.topology, self.scene.cluster.places)
        generator = random.Random(number)
        turn = 0
        while not self._ended.is_set():
            turn += 1
            pod = next((pod for pod, (state, _) in self.scene_states(databases).items() if state == "active"), None)
            if pod is not None:
                self._once(databases, pod, number, generator, f"w{number}-{turn}")
        databases.close()

    def scene_states(self, databases: Databases) -> dict[str, tuple[str, int]]:
        """As these writers' own sessions see them."""
        return Scene(self.scene.cluster, databases, self.scene.organization).states()

    def _once(self, databases: Databases, pod: str, number: int, generator: random.Random, text: str) -> None:
        session = databases.pod(pod, "main")
        frontier = self._frontier(databases)
        keys = session.run(
            "SELECT id FROM notes WHERE organization_id = %s AND id > %s ORDER BY id LIMIT 60",
            (self.scene.organization, frontier),
        ) or session.run("SELECT id FROM notes WHERE organization_id = %s LIMIT 60", (self.scene.organization,))
        # Of two that write the same row, the ledger would not know who came last.
        own = [key for (key,) in keys if key % WRITERS == number]
        if not own:
            return
        key = generator.choice(own)
        try:
            if generator.random() < 0.2:
                if session.change("DELETE FROM notes WHERE id = %s", (key,)):
                    self.ledger.pop(str(key), None)
                    self.deleted.add(str(key))
            elif session.change("UPDATE notes SET text = %s WHERE id = %s", (text, key)):
                self.ledger[str(key)] = text
        except psycopg.OperationalError as error:
            # Shut for a moment, or the row is locked by a chunk: nothing was written.
            if error.sqlstate not in {SHUT, "55P03"}:
                raise
            return
        self.done += 1

    def _frontier(self, databases: Databases) -> int:
        rows = databases.pod(TARGET, "main").run(
            "SELECT copied_to::bigint FROM move_checkpoint WHERE name = 'notes' AND move_id = %s AND copied_to <> ''",
            (self.scene.moves[-1],),
        )
        return int(rows[0][0]) if rows else 0
