"""What ends a driver's sessions, and what must not."""

from __future__ import annotations

import threading

import pytest

from moves import copy, streams
from moves.databases import GATE, LOCK, Databases
from moves.journey import Journey
from tests.moves.conftest import SOURCE, TARGET, Scene
from tests.running_cluster import eventually

pytestmark = pytest.mark.slow


def test_a_driver_that_is_stopped_loses_its_lock_and_its_gate(all_databases: Databases) -> None:
    names = ("idle_session_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    settings = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
    databases = Databases(all_databases.topology, all_databases.places)
    found = {use: databases.pod("pod_us0", "main", use).run(settings)[0] for use in (LOCK, GATE, "read")}
    databases.close()
    assert found == {LOCK: ("1min", "8s", "100ms"), GATE: ("0", "1s", "100ms"), "read": ("0", "8s", "100ms")}


def test_what_is_written_on_the_target_takes_less_time_than_the_source_is_locked_for(scene: Scene) -> None:
    databases = Databases(scene.cluster.topology, scene.cluster.places)
    journey = Journey(databases, scene.move(scene.plan()))
    names = ("transaction_timeout", "idle_in_transaction_session_timeout")
    found = [copy.writer(journey, "main").run(f"SHOW {name}")[0][0] for name in names]
    assert found == ["5s", "5s"]
    assert databases.pod(SOURCE, "main", "read").run("SHOW idle_in_transaction_session_timeout") == [("8s",)]
    databases.close()
    copy.drop_origin(scene.databases.pod(TARGET, "main"), journey.there("main").name)


def test_what_the_server_says_of_long_transactions_ends_no_comparison(all_databases: Databases) -> None:
    main = all_databases.pod("pod_us0", "main")
    main.run("ALTER ROLE mover SET transaction_timeout = '100ms'")
    databases = Databases(all_databases.topology, all_databases.places)
    try:
        session = databases.pod("pod_us0", "main", "snapshot")
        session.run("BEGIN")
        session.run("SELECT pg_sleep(0.2)")
        session.run("COMMIT")
    finally:
        main.run("ALTER ROLE mover RESET transaction_timeout")
        databases.close()


def test_a_stream_that_keeps_much_of_the_log_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    move = scene.plan(way_back_seconds=3600)
    scene.drive(move, "settled")
    stream = Journey(scene.databases, scene.move(move)).back("main")
    assert 0 < streams.kept_share(scene.databases, stream) < 0.5
    monkeypatch.setattr(streams, "kept_share", lambda databases, stream: 0.63)
    scene.driver(move).once()
    assert scene.move(move).error.startswith(
        f"the server of {TARGET} keeps 60 % of the log that it may (max_slot_wal_keep_size) for main of {SOURCE}"
    )


def test_a_stream_is_made_while_somebody_else_has_a_long_transaction(scene: Scene) -> None:
    databases = Databases(scene.cluster.topology, scene.cluster.places)
    stream = Journey(databases, scene.move(scene.plan())).there("main")
    neighbour = scene.databases.pod(SOURCE, "main", "neighbour")
    neighbour.run("BEGIN")
    neighbour.run("SELECT pg_current_xact_id()")
    making = threading.Thread(target=streams.make, args=(databases, stream))
    making.start()
    waits = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() "
        "AND query LIKE '%%pg_create_logical_replication_slot%%' AND query_start < now() - interval '0.3 s'"
    )
    # Longer than anybody waits for a lock otherwise.
    eventually(lambda: scene.databases.pod(SOURCE, "main").run(waits)[0][0])
    neighbour.run("COMMIT")
    making.join()
    assert streams.is_whole(scene.databases, stream)
    streams.drop(databases, stream)
    databases.close()


def test_a_driver_keeps_its_lock_while_another_store_takes_long(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moves.journey.SPEAK_SECONDS", 0.01)
    journey = Journey(scene.databases, scene.move(scene.plan()))
    lock = scene.databases.pod(TARGET, "main", LOCK)
    ((pid,),) = lock.run("SELECT pg_backend_pid()")
    spoke = "SELECT state_change FROM pg_stat_activity WHERE pid = %s"
    look = scene.databases.pod(TARGET, "main")
    with journey.speaking():
        first = look.run(spoke, (pid,))
        eventually(lambda: look.run(spoke, (pid,)) > first)
