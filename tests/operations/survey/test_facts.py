"""What is known of a real cluster."""

from __future__ import annotations

import json
import threading

import httpx

from operations.survey import Surveyor
from operations.survey.facts import PodFacts, RouterFacts, ServerFacts
from tests.databases import database
from tests.operations.survey.conftest import LATE_FROM, Look, part, troubles
from tests.running_cluster import RunningCluster, eventually


def test_it_works(look: Look, cluster: RunningCluster) -> None:
    facts = look()
    assert [region.name for region in facts.regions] == ["us", "eu"]
    assert [len(facts.regions[0].routers), len(facts.regions[0].pods), len(facts.regions[0].servers)] == [1, 2, 3]
    eventually(lambda: "down" not in troubles(look()).values())
    assert json.loads(json.dumps(look().as_json))["name"] == cluster.topology.instance


def test_it_tells_of_pods(look: Look, cluster: RunningCluster) -> None:
    pod = part(look(), PodFacts, "pod_us0")
    assert isinstance(pod, PodFacts)
    assert (pod.address, pod.is_legacy, pod.is_latest) == (str(cluster.topology.pod("pod_us0").address), True, True)
    assert pod.organizations is not None
    assert pod.organizations >= 1


def test_it_tells_how_often_and_how_fast_a_pod_answers_learn(look: Look, cluster: RunningCluster) -> None:
    look()

    def learned() -> bool:
        question = {"method": "GET", "path_info": "/gitlab-org/gitlab"}
        for _ in range(20):
            httpx.get(f"{cluster.pod_url('pod_eu0')}/api/v4/pods/learn", params=question, timeout=20).raise_for_status()
        pod = part(look(), PodFacts, "pod_eu0")
        assert isinstance(pod, PodFacts)
        return bool(pod.learn.per_second and pod.learn.mean_ms and pod.learn.slow_ms)

    eventually(learned)


def test_it_tells_what_routers_remember(look: Look, cluster: RunningCluster) -> None:
    for _ in range(5):
        httpx.get(f"{cluster.url('eu')}/gitlab-org/gitlab", timeout=20)

    def router() -> RouterFacts:
        found = part(look(), RouterFacts, "eu")
        assert isinstance(found, RouterFacts)
        return found

    eventually(lambda: (router().requests or 0) >= 5 and 0 < (router().hit_rate or 0) < 1)
    eventually(lambda: (router().pods_reached, router().pods_known) == (4, 4))


def test_it_tells_of_servers_and_their_schemas(look: Look) -> None:
    facts = look()
    primary, pods, replica = (part(facts, ServerFacts, name) for name in ("shared", "pods-eu", "shared-eu"))
    assert isinstance(primary, ServerFacts)
    assert isinstance(pods, ServerFacts)
    assert isinstance(replica, ServerFacts)
    assert primary.release.startswith("18")
    assert [database.schema for database in primary.databases] == ["users", "routes", "admin"]
    assert {database.apps.keys() & {"organizations", "routing"} != set() for database in primary.databases} == {
        True,
        False,
    }
    assert [(database.pod, database.schema) for database in pods.databases] == [
        ("pod_eu0", "main"), ("pod_eu0", "ci"), ("pod_eu1", "main"), ("pod_eu1", "ci"),
    ]  # fmt: skip
    assert all(database.version and database.migrations for database in (*primary.databases, *replica.databases))
    assert replica.replication is not None
    assert replica.replication.primary == "shared"


def test_it_tells_how_far_a_replica_is_behind(breakable_cluster: RunningCluster, look: Look) -> None:
    breakable_cluster.lag("eu", "10min")

    def is_behind() -> bool:
        with database(breakable_cluster, "shared", "routes") as execute:
            execute("UPDATE organizations SET name = name WHERE id = 1")
        replica = part(look(), ServerFacts, "shared-eu")
        assert isinstance(replica, ServerFacts)
        assert replica.replication
        return bool(replica.replication.bytes_behind and replica.replication.asked_lag_ms == 600_000)

    eventually(is_behind)
    eventually(lambda: part(look(), ServerFacts, "shared-us").state == "healthy")


def test_who_asks_at_once_is_answered_alike(cluster: RunningCluster) -> None:
    surveyor = Surveyor(cluster.topology, cluster.places, late_from_seconds=lambda: LATE_FROM)
    first = surveyor.facts()
    assert first.seconds is None
    assert surveyor.facts() is first
    later = surveyor.facts_after(0)
    assert later.seconds is not None
    assert later is not first


def test_one_that_is_closed_leaves_no_thread(cluster: RunningCluster) -> None:
    surveyor = Surveyor(cluster.topology, cluster.places, late_from_seconds=lambda: LATE_FROM)
    before = set(threading.enumerate())
    assert surveyor.facts().parts
    assert set(threading.enumerate()) > before
    surveyor.close()
    eventually(lambda: set(threading.enumerate()) <= before)
