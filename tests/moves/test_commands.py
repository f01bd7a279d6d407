"""`manage.py move …`: what it writes down, what it shows, and what it refuses. Nobody drives here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moves import refusals
from moves.tables import size_of, tables_of
from organizations.models import Organization
from tests.moves.conftest import SOURCE, TARGET, Scene

pytestmark = pytest.mark.slow


def command(scene: Scene, *arguments: str) -> str:
    done = scene.cluster.manage("move", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(scene: Scene, *arguments: str) -> str:
    done = scene.cluster.manage("move", *arguments)
    assert done.returncode == 1
    return done.stderr


def path_of(scene: Scene) -> str:
    ((path,),) = scene.databases.routes().run("SELECT path FROM organizations WHERE id = %s", (scene.organization,))
    return str(path)


def test_a_move_is_asked_for_shown_paused_and_aborted(scene: Scene) -> None:
    path = path_of(scene)
    assert f"{path} from {SOURCE} to {TARGET}" in command(scene, "start", path, TARGET, "--cutover", "manual")
    assert "is being moved to" in refusal(scene, "start", path, TARGET)
    (shown,) = json.loads(command(scene, "status", path, "--json"))
    assert (shown["state"], shown["source"], shown["target"], shown["wanted"]) == ("planned", SOURCE, TARGET, None)
    command(scene, "pause", path)
    command(scene, "abort", path)
    text = command(scene, "status", path)
    assert f"{path}: {SOURCE} → {TARGET}, planned (waits for its turn)" in text
    assert "paused; continue with: manage.py move resume" in text
    assert "asked for: abort" in text
    assert "this is possible after the cut-over" in refusal(scene, "rollback", path)
    [(move,)] = scene.databases.routes().run(
        "SELECT id FROM organization_moves WHERE organization_id = %s", (scene.organization,)
    )
    scene.drive(move, "aborted")
    told = scene.databases.routes().run(
        "SELECT text FROM organization_move_events WHERE move_id = %s ORDER BY id", (move,)
    )
    assert [text for (text,) in told][:3] == [
        f"asked to move {path} from {SOURCE} to {TARGET}",
        "paused the move",
        "asked for abort",
    ]


def test_what_cannot_be_moved_is_refused_in_words(scene: Scene) -> None:
    path = path_of(scene)
    assert "stays on the legacy pod" in refusal(scene, "start", "gitlab-com-public", TARGET)
    assert "there is no organization 'nobody'" in refusal(scene, "start", "nobody", TARGET)
    assert f"it is on {SOURCE} already" in refusal(scene, "start", path, SOURCE)
    assert "pod_us0, pod_us1" in refusal(scene, "start", path, "pod_nowhere")
    target = scene.databases.pod(TARGET, "main")
    target.run("SET lock_timeout = '5s'")
    target.run("ALTER TABLE notes ADD COLUMN mood text")
    try:
        assert f"the tables of main have other columns on {TARGET}" in refusal(scene, "start", path, TARGET)
    finally:
        target.run("ALTER TABLE notes DROP COLUMN mood")


def test_a_server_that_would_end_or_keep_streams_is_refused(scene: Scene) -> None:
    path, target = path_of(scene), scene.databases.pod(TARGET, "main")
    target.run("ALTER SYSTEM SET max_slot_wal_keep_size = -1")
    target.run("ALTER ROLE mover SET transaction_timeout = '1min'")
    target.run("SELECT pg_reload_conf()")
    try:
        told = refusal(scene, "start", path, TARGET)
    finally:
        target.run("ALTER SYSTEM RESET max_slot_wal_keep_size")
        target.run("ALTER ROLE mover RESET transaction_timeout")
        target.run("SELECT pg_reload_conf()")
    assert f"the server of {TARGET} has max_slot_wal_keep_size = -1" in told
    assert f"the server of {TARGET} has transaction_timeout = 60000 ms for the role that moves" in told


def test_a_disk_without_room_for_the_organization_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    one = scene.databases.pod(SOURCE, "main")
    one.run("ANALYZE issues")
    issues = next(table for table in tables_of("main") if table.name == "issues")
    ((count, size),) = one.run("SELECT count(*), pg_total_relation_size('issues') FROM issues")
    found = size_of(one, issues, scene.organization)
    # It has three hundred of them.
    assert size * 150 / count < found <= size * 600 / count
    organization = Organization(id=scene.organization, path="o", pod_id=SOURCE)
    monkeypatch.setattr(refusals, "free_bytes", lambda folder: found)
    [told] = refusals._of_disk(scene.databases, organization, TARGET)
    assert told.startswith(f"the server of {TARGET} has 0 MiB of its disk free, and the organization needs about")
    monkeypatch.setattr(refusals, "free_bytes", lambda folder: 1 << 40)
    assert list(refusals._of_disk(scene.databases, organization, TARGET)) == []


def test_a_certificate_is_checked_from_the_database_and_from_a_file(scene: Scene, tmp_path: Path) -> None:
    path = path_of(scene)
    certificate = scene.drive(scene.plan(way_back_seconds=3600), "settled").certificate
    assert certificate
    file = tmp_path / "certificate.json"
    # Signed in this process, with another secret than the cluster's commands have.
    file.write_text(json.dumps(certificate), encoding="utf-8")
    assert "not this cluster's" in refusal(scene, "verify", str(file))
    assert "not this cluster's" in refusal(scene, "verify", path)


def test_migrations_of_a_pod_wait_for_its_moves(scene: Scene) -> None:
    target = scene.databases.pod(TARGET, "main")
    move = scene.plan(cutover="manual")
    # As if a newer release had one more.
    target.run("DELETE FROM django_migrations WHERE app = 'work' AND name = '0001_initial'")
    try:
        done = scene.cluster.command("migrate", check=False)
        assert done.returncode == 1
        assert f"main_{TARGET} was not migrated: organization {scene.organization} is being moved" in done.stderr
    finally:
        target.run("INSERT INTO django_migrations (app, name, applied) VALUES ('work', '0001_initial', now())")
    scene.ask(move, "abort")
    scene.drive(move, "aborted")
    assert scene.cluster.command("migrate").stdout == ""
