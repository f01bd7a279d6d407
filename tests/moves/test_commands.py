"""`manage.py move …`: what it writes down, what it shows, and what it refuses. Nobody drives here."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.tether import tethered
from moves import refusals
from moves.tables import size_of, tables_of
from organizations.models import Organization
from tests.moves.conftest import SOURCE, TARGET, Scene
from topology.places import CHECKOUT

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


def test_bad_input_is_refused_in_words(scene: Scene, tmp_path: Path) -> None:
    path = path_of(scene)
    said = {
        ("start", path, TARGET, "--rate", "0"): "'0' is not a whole number from 1 to",
        ("start", path, TARGET, "--way-back", "-1"): "'-1' is not a whole number from 0 to",
        ("start", path, TARGET, "--max-pause", "soon"): "'soon' is not a time from 1ms to 10000ms, such as 300ms",
        ("drain", TARGET, "--at-once", "0"): "'0' is not a whole number from 1 to",
        ("status", "--watch", "--json"): "not allowed with argument --watch",
    }
    for arguments, why in said.items():
        done = scene.cluster.manage("move", *arguments)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert "'tomorrow' is not auto, manual or a time" in refusal(scene, "start", path, TARGET, "--cutover", "tomorrow")
    assert "there is no move 'nobody'" in refusal(scene, "status", "nobody")
    file = tmp_path / "list.json"
    file.write_text("[]", encoding="utf-8")
    assert "is not a certificate" in refusal(scene, "verify", str(file))
    assert "is not a certificate" not in refusal(scene, "verify", str(tmp_path / "absent.json"))


def test_the_way_back_is_closed_early(scene: Scene) -> None:
    path = path_of(scene)
    move = scene.plan(way_back_seconds=3600)
    assert "the move is planned" in refusal(scene, "finish", path)
    scene.drive(move, "settled")
    assert "Closed the way back" in command(scene, "finish", path)
    assert "can be rolled back" not in command(scene, "status", path)
    assert "the way back is closed" in refusal(scene, "rollback", path)
    scene.drive(move, "done")
    assert scene.number_of_rows(SOURCE) == 0
    assert scene.left_overs() == []
    assert "it has ended" in refusal(scene, "finish", path)


def test_the_json_of_status_keeps_its_names(scene: Scene) -> None:
    """Scripts read them. New ones may come."""
    scene.plan(cutover="manual")
    (shown,) = json.loads(command(scene, "status", path_of(scene), "--json"))
    assert NAMES - shown.keys() == set()


NAMES = {
    "id", "organization", "organization_id", "kind", "source", "target", "state", "doing", "attempt", "wanted",
    "paused", "error", "asked_by", "created_at", "changed_at", "heartbeat_at", "driver", "rows", "estimated_rows",
    "bytes", "rows_per_second", "lag_ms", "lag_bytes", "kept_bytes", "probe_ratio", "duty", "forecast_ms", "pause_ms",
    "compared_rows", "restarts", "flipped_at", "reverse_until", "is_certified", "is_equal", "tables", "share",
    "seconds_left", "is_silent",
}  # fmt: skip


# What a shell starts in the background ignores Ctrl-C, and so does what that starts.
AT_A_TERMINAL = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_path("manage.py", run_name="__main__")
"""


@contextmanager
def watching(scene: Scene, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that shows a move which does not go on, once it has shown it."""
    scene.plan(cutover="manual")
    watcher = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, "move", *arguments],
        env=scene.cluster.environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **tethered(),
    )
    try:
        assert watcher.stdout
        assert "planned (waits for its turn)" in watcher.stdout.readline()
        yield watcher
    finally:
        watcher.kill()
        watcher.communicate()


def test_ctrl_c_ends_watching_and_not_the_move(scene: Scene) -> None:
    with watching(scene, "status", "--watch", path_of(scene)) as watcher:
        watcher.send_signal(signal.SIGINT)
        out, errors = watcher.communicate(timeout=60)
    assert (watcher.returncode, out.strip(), errors) == (0, "The move continues; see manage.py move status.", "")
    assert scene.move(scene.moves[-1]).state == "planned"


def test_whoever_reads_no_more_ends_watching(scene: Scene) -> None:
    with watching(scene, "status", "--watch", path_of(scene)) as watcher:
        assert watcher.stdout
        watcher.stdout.close()
        # It shows the change, and nobody is there.
        scene.ask(scene.moves[-1], "rehearse")
        assert watcher.wait(60) == 0
        assert watcher.stderr
        assert watcher.stderr.read() == ""


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
