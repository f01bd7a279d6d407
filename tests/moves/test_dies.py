"""Servers and senders that die in the middle of a move, and a promotion that lost a flip."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from moves import streams
from moves.databases import Databases
from moves.journey import Journey
from moves.repair import repair
from tests.databases import database
from tests.moves.conftest import SOURCE, TARGET, Scene
from tests.running_cluster import eventually

pytestmark = pytest.mark.slow


def at(text: str, then: Callable[[], None], times: int = 1) -> Callable[[str], None]:
    """A watch that does something after a statement that begins so, the first times that it is made."""
    left = [times]

    def watch(statement: str) -> None:
        if statement.startswith(f"after {text}") and left[0]:
            left[0] -= 1
            then()

    return watch


def drive_watched(scene: Scene, move: UUID, watch: Callable[[str], None]) -> None:
    for _ in range(50):
        scene.driver(move, watch=watch).once()
        if scene.move(move).state == "settled":
            break
    assert scene.move(move).state == "settled", scene.move(move).error
    assert scene.rows(SOURCE) == scene.rows(TARGET)
    assert scene.owner() == (TARGET, 2)


def test_senders_that_are_killed_connect_again(scene: Scene) -> None:
    source = scene.databases.pod(SOURCE, "main")

    def kill() -> None:
        source.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE starts_with(application_name, 'move_')"
        )

    move = scene.plan(way_back_seconds=3600)
    drive_watched(scene, move, at("INSERT INTO move_checkpoint", kill, times=3))


@pytest.mark.parametrize("pod", [SOURCE, TARGET])
def test_a_server_that_is_killed_comes_back_and_the_copy_goes_on(scene: Scene, pod: str) -> None:
    server = scene.cluster.topology.pod(pod).schemas["main"].server

    def kill() -> None:
        scene.cluster.kill(server)
        eventually(lambda: scene.cluster.processes()[server]["state"] == "running" and _answers(scene, pod), 60)

    move = scene.plan(way_back_seconds=3600)
    drive_watched(scene, move, at("INSERT INTO move_checkpoint", kill))


def test_a_stream_that_is_lost_begins_again_from_an_empty_target(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)

    def lose() -> None:
        source = scene.databases.pod(SOURCE, "main")
        name = f"move_{move.hex}_main_there"
        source.run(
            "SELECT pg_terminate_backend(active_pid, 2000) FROM pg_replication_slots WHERE slot_name = %s", (name,)
        )
        source.run(f"ALTER PUBLICATION {name} RENAME TO {name}_gone")

    drive_watched(scene, move, at("INSERT INTO move_checkpoint", lose))
    assert scene.move(move).restarts >= 1
    scene.databases.pod(SOURCE, "main").run(f"DROP PUBLICATION move_{move.hex}_main_there_gone")


def test_a_stream_whose_log_was_removed_is_not_whole(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    stream = Journey(scene.databases, scene.move(move)).there("main")
    source, target = scene.databases.pod(SOURCE, "main"), scene.databases.pod(TARGET, "main")
    streams.make(scene.databases, stream)
    try:
        assert streams.is_whole(scene.databases, stream)
        blocker = scene.databases.pod(TARGET, "main", "block")
        blocker.run("BEGIN")
        # From now on nothing is applied.
        blocker.run("LOCK TABLE move_marker IN SHARE ROW EXCLUSIVE MODE")
        streams.send_marker(source, stream, 1, "last")
        for setting in ("max_slot_wal_keep_size = '1MB'", "wal_keep_size = 0"):
            source.run(f"ALTER SYSTEM SET {setting}")
        source.run("SELECT pg_reload_conf()")
        for _ in range(4):
            source.run("SELECT pg_switch_wal()")
            source.run("CHECKPOINT")
        eventually(lambda: not streams.is_whole(scene.databases, stream))
        blocker.run("ROLLBACK")
        assert target.run("SELECT subenabled FROM pg_subscription WHERE subname = %s", (stream.name,)) == [(True,)]
    finally:
        source.run("ALTER SYSTEM RESET max_slot_wal_keep_size")
        source.run("ALTER SYSTEM RESET wal_keep_size")
        source.run("SELECT pg_reload_conf()")
        streams.drop(scene.databases, stream)


def test_a_promotion_that_lost_the_flip_is_repaired(scene: Scene) -> None:
    move = scene.plan(way_back_seconds=3600)
    scene.drive(move, "settled")
    _forget_the_flip(scene, move)
    assert scene.owner() == (SOURCE, 1)
    done = list(repair(scene.cluster.topology, scene.cluster.places, "tests"))
    assert any(f"{TARGET} serves it with epoch 2" in line for line in done)
    assert scene.owner() == (TARGET, 2)
    assert scene.move(move).state == "flipped"
    scene.drive(move, "settled")
    assert scene.states() == {SOURCE: ("moved", 1), TARGET: ("active", 2)}
    assert list(repair(scene.cluster.topology, scene.cluster.places, "tests")) == []


def test_attempts_that_a_promotion_lost_are_not_used_again(scene: Scene) -> None:
    move = scene.plan(cutover="manual")
    with pytest.raises(BaseException, match="dead"):
        scene.driver(move, watch=at("INSERT INTO organization_move_tables", _die)).once()
    for schema in ("main", "ci"):
        scene.databases.pod(SOURCE, schema).run(
            "UPDATE organization_state SET state = 'fenced', attempt = 9, fenced_until = now() WHERE id = %s",
            (scene.organization,),
        )
    list(repair(scene.cluster.topology, scene.cluster.places, "tests"))
    assert scene.move(move).attempt == 9
    assert scene.states()[SOURCE] == scene.states("ci")[SOURCE] == ("active", 1)


class _Dead(BaseException):
    """The driver's process is gone."""


def _die() -> None:
    raise _Dead("dead")


def _forget_the_flip(scene: Scene, move: UUID) -> None:
    """As a replica of routes that had not heard of it would have it."""
    with database(scene.cluster, "shared", "routes") as execute:
        execute("SET session_replication_role = replica")
        execute("UPDATE organizations SET pod_id = %s, epoch = 1 WHERE id = %s", SOURCE, scene.organization)
        execute("UPDATE routes SET pod_id = %s WHERE organization_id = %s", SOURCE, scene.organization)
        execute(
            "UPDATE organization_moves SET state = 'streaming', attempt = attempt - 1, flipped_epoch = NULL, "
            "certificate = NULL WHERE id = %s",
            move,
        )


def _answers(scene: Scene, pod: str) -> bool:
    """The tests' own sessions are gone too, so they are opened anew."""
    scene.databases.close()
    databases = Databases(scene.cluster.topology, scene.cluster.places)
    try:
        return databases.pod(pod, "main").run("SELECT 1") == [(1,)]
    except Exception:
        return False
    finally:
        databases.close()
