"""`cluster demo`: the facts that everything else relies on, loaded any number of times."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from monolith import demo_facts as facts
from tests.running_cluster import SINGLE_POD, RunningCluster, eventually, running_cluster
from topology.databases import databases_across_pods
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow
ROUTES = "SELECT path, coalesce(routes.pod_id, '-'), kind FROM routes WHERE kind <> 'reserved' ORDER BY path"


@pytest.fixture(scope="module")
def empty() -> Iterator[RunningCluster]:
    with running_cluster("--databases-only") as cluster:
        cluster.command("migrate")
        yield cluster


@pytest.fixture(scope="module")
def loaded(empty: RunningCluster) -> RunningCluster:
    """The same with the demo data."""
    empty.load_demo()
    return empty


def rows(cluster: RunningCluster, alias: str, query: str | sql.Composed) -> list[tuple[Any, ...]]:
    settings = databases_across_pods(cluster.topology, cluster.places)[alias]
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], dbname=settings["NAME"], user=settings["USER"], connect_timeout=5
    ) as connection:
        return connection.execute(query).fetchall()


def contents(cluster: RunningCluster) -> dict[str, int]:
    """A number for the contents of each table of the cluster."""
    found = {}
    for alias in databases_across_pods(cluster.topology, cluster.places):
        if alias == "default":
            continue
        for (table,) in rows(cluster, alias, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            digest = sql.SQL("SELECT bit_xor(hashtextextended(t::text, 0)) FROM {} t").format(sql.Identifier(table))
            [(found[f"{alias}.{table}"],)] = rows(cluster, alias, digest)
    return found


def start_loading(cluster: RunningCluster) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        env=cluster.environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_a_load_that_is_killed_at_any_moment_is_finished_by_the_next(empty: RunningCluster) -> None:
    wanted = {project.path for fact in facts.ORGANIZATIONS for project in fact.projects}

    def missing() -> set[str]:
        return wanted - {path for path, _, kind in rows(empty, "routes", ROUTES) if kind == "live"}

    left = [len(missing())]
    while left[-1] > 1:
        loading = start_loading(empty)
        eventually(lambda: len(missing()) < left[-1])
        loading.kill()
        loading.communicate(timeout=10)
        left.append(len(missing()))
    assert len(left) > 3, "it is killed several times on the way"
    empty.load_demo()
    assert "claim" not in {kind for _, _, kind in rows(empty, "routes", ROUTES)}
    assert missing() == set()
    for pod in empty.topology.pods:
        assert rows(empty, f"main_{pod}", "SELECT FROM projects WHERE id NOT IN (SELECT project_id FROM issues)") == []


def test_two_at_a_time_and_a_second_time_change_nothing(loaded: RunningCluster) -> None:
    before = contents(loaded)
    both = [start_loading(loaded) for _ in range(2)]
    said = [loading.communicate(timeout=60)[0] for loading in both]
    assert [loading.returncode for loading in both] == [0, 0], said
    assert contents(loaded) == before


def test_every_path_is_on_the_pod_of_its_organization(loaded: RunningCluster) -> None:
    pods = {path: pod for path, pod, _ in rows(loaded, "routes", ROUTES)}
    assert {path: pod for path, pod in pods.items() if "/" not in path} == {
        "0040": "pod_us0",
        "administrators": "pod_us1",
        "alice": "pod_us1",
        "api-docs": "pod_us1",
        "gitlab-org": "pod_us0",
        "gitlab-org-foundation": "pod_us1",
        "john.doe": "pod_us1",
        "makers": "pod_eu1",
        "my-company": "pod_eu0",
        "not-my-company": "pod_us1",
        "old-company": "pod_eu0",
        "root": "pod_us0",
        "users-group": "pod_us1",
    }


def test_the_old_company_redirects(loaded: RunningCluster) -> None:
    [(target,)] = rows(
        loaded,
        "routes",
        "SELECT t.path FROM routes r JOIN routes t ON t.id = r.redirects_to_id WHERE r.path = 'old-company'",
    )
    assert target == "my-company"


def test_everybody_has_a_home_a_token_and_todos(loaded: RunningCluster) -> None:
    organizations = dict(rows(loaded, "routes", "SELECT id, path FROM organizations"))
    people = rows(
        loaded,
        "users",
        "SELECT username, default_organization_id, digest, users.id FROM users "
        "JOIN personal_access_tokens ON user_id = users.id",
    )
    assert {name: organizations[home] for name, home, _, _ in people} == {
        person.username: person.home for person in facts.PEOPLE
    }
    for name, _, digest, _ in people:
        assert digest == hashlib.sha256(f"glpat-demo-{name}".encode()).hexdigest()
    busy = {
        user for pod in loaded.topology.pods for (user,) in rows(loaded, f"main_{pod}", "SELECT user_id FROM todos")
    }
    assert busy == {user for _, _, _, user in people}


def test_gitlab_com_public_is_number_1(loaded: RunningCluster) -> None:
    assert rows(loaded, "routes", "SELECT path, pod_id FROM organizations WHERE id = 1") == [
        ("gitlab-com-public", "pod_us0")
    ]


def test_each_pod_serves_its_organizations_and_no_other(loaded: RunningCluster) -> None:
    homes = dict(rows(loaded, "routes", "SELECT id, pod_id FROM organizations"))
    for pod in loaded.topology.pods:
        for schema in ("main", "ci"):
            served = {each for (each,) in rows(loaded, f"{schema}_{pod}", "SELECT id FROM organization_state")}
            assert served == {each for each, home in homes.items() if home == pod}


def test_on_a_single_pod_everything_is_there() -> None:
    with running_cluster("--databases-only", topology_file=SINGLE_POD) as cluster:
        cluster.command("migrate")
        cluster.load_demo()
        assert rows(cluster, "routes", "SELECT DISTINCT pod_id FROM organizations") == [("pod_0",)]
        wanted = sum(len(fact.projects) for fact in facts.ORGANIZATIONS)
        assert rows(cluster, "main_pod_0", "SELECT count(*) FROM projects") == [(wanted,)]
