"""`cluster migrate`: every schema once, whoever else is at it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from operations.migrate import LOCK_KEY
from tests.running_cluster import RunningCluster, running_cluster
from topology.databases import databases_across_pods
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow


@pytest.fixture
def empty() -> Iterator[RunningCluster]:
    with running_cluster("--databases-only") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def migrated() -> Iterator[RunningCluster]:
    with running_cluster("--databases-only") as cluster:
        cluster.command("migrate")
        yield cluster


def rows(cluster: RunningCluster, alias: str, query: str) -> list[tuple[Any, ...]]:
    settings = databases_across_pods(cluster.topology, cluster.places)[alias]
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], dbname=settings["NAME"], user=settings["USER"], connect_timeout=5
    ) as connection:
        return connection.execute(query).fetchall()


def test_two_at_a_time_apply_each_migration_once(empty: RunningCluster) -> None:
    command = [sys.executable, "manage.py", "cluster", "migrate"]
    both = [
        subprocess.Popen(command, env=empty.environment, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=90)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(text.count("migrating") for text in said) == [0, 11]
    for alias in databases_across_pods(empty.topology, empty.places):
        if alias != "default":
            twice = "SELECT app, name FROM django_migrations GROUP BY app, name HAVING count(*) > 1"
            assert rows(empty, alias, twice) == []

    assert empty.command("migrate").stdout == ""
    apps = {app for (app,) in rows(empty, "main_pod_us0", "SELECT DISTINCT app FROM django_migrations")}
    assert apps == {"tenancy", "outcomes", "namespaces", "work"}, "a schema has its own migrations only"


def test_each_pod_draws_its_ids_from_a_range_of_its_own(migrated: RunningCluster) -> None:
    starts = {
        pod: rows(migrated, f"main_{pod}", "SELECT min(seqmin), max(seqmax) FROM pg_sequence WHERE seqmax < 2^62")
        for pod in migrated.topology.pods
    }
    ranges = sorted(bounds[0] for bounds in starts.values())
    assert len(ranges) == len(migrated.topology.pods)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ranges))


def test_a_table_that_somebody_holds_is_waited_for_in_short_tries(migrated: RunningCluster) -> None:
    settings = databases_across_pods(migrated.topology, migrated.places)["admin"]
    with psycopg.connect(host=settings["HOST"], port=settings["PORT"], dbname="admin", user="pods") as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'operations'")
        connection.execute("DROP TABLE contractions, pod_announcements")
        connection.commit()
        connection.execute("LOCK TABLE django_migrations IN SHARE MODE")
        done = migrated.command("migrate", check=False)
        assert done.returncode == 1
        assert "admin: the next migration of operations could not lock its table in 6 tries" in done.stderr
        assert "run this command again" in done.stderr
    migrated.command("migrate")


def test_a_migration_that_waits_too_long_says_for_what(migrated: RunningCluster) -> None:
    settings = databases_across_pods(migrated.topology, migrated.places)["routes"]
    with psycopg.connect(host=settings["HOST"], port=settings["PORT"], dbname="routes", user="pods") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        done = migrated.command("migrate", "--wait", "0.5", check=False)
    assert done.returncode == 1
    assert "another migration or reconciliation of this cluster is still running after 0.5 s" in done.stderr
