"""From when on a replica is late is a setting: the survey is told it, goes by it, and tells it."""

from __future__ import annotations

import json

import pytest

import topology
from operations.survey.facts import ServerFacts, facts_of
from operations.survey.samples import DatabaseSample, OrganizationsSample, PodSample, RouterSample, Sample, ServerSample
from operations.survey.servers import databases_of
from tests.operations.survey.conftest import part
from tests.running_cluster import DEMO, RunningCluster

DEMO_CLUSTER = topology.load(DEMO)
BEHIND_SECONDS = 30.0


def one_replica_is_behind() -> Sample:
    servers = {name: ServerSample(is_replica=bool(each.replica_of), streams=True, position=100)
        for name, each in DEMO_CLUSTER.servers.items()}  # fmt: skip
    servers["shared-eu"] = ServerSample(is_replica=True, streams=True, position=90, since_commit=BEHIND_SECONDS)
    databases = {each.key for server in DEMO_CLUSTER.servers.values() for each in databases_of(DEMO_CLUSTER, server)}
    return Sample(
        at=0.0,
        pods=dict.fromkeys(DEMO_CLUSTER.pods, PodSample(ready=True)),
        routers=dict.fromkeys(DEMO_CLUSTER.routers, RouterSample(serving=True)),
        servers=servers,
        databases=dict.fromkeys(databases, DatabaseSample()),
        organizations=OrganizationsSample(),
    )


@pytest.mark.parametrize(
    ("late_from", "state", "problems"),
    [(5.0, "degraded", ("30 s behind shared",)), (BEHIND_SECONDS, "healthy", ()), (60.0, "healthy", ())],
)
def test_it_works(late_from: float, state: str, problems: tuple[str, ...]) -> None:
    facts = facts_of(DEMO_CLUSTER, one_replica_is_behind(), None, late_from_seconds=late_from)
    replica = part(facts, ServerFacts, "shared-eu")
    assert isinstance(replica, ServerFacts)
    assert replica.replication
    assert (replica.state, replica.problems) == (state, problems)
    assert replica.replication.late_from_seconds == late_from
    assert facts.state == state


@pytest.mark.slow
def test_the_command_goes_by_the_setting_of_the_legacy_pod(cluster: RunningCluster) -> None:
    def told() -> float:
        regions = json.loads(cluster.command("status", "--json", "--seconds", "0").stdout)["cluster"]["regions"]
        servers = {server["name"]: server for region in regions for server in region["servers"]}
        seconds: float = servers["shared-eu"]["replication"]["late_from_seconds"]
        return seconds

    try:
        assert cluster.manage("settings", "set", "replica_lag_seconds", "7").returncode == 0
        assert told() == 7
        assert "lagging from 7 s" in cluster.command("status").stdout
        own = ("settings", "set", "replica_lag_seconds", "8", "--pod", cluster.topology.legacy_pod)
        assert cluster.manage(*own).returncode == 0
        assert told() == 8
    finally:
        cluster.manage("settings", "unset", "replica_lag_seconds", "--pod", cluster.topology.legacy_pod)
        cluster.manage("settings", "unset", "replica_lag_seconds")
    assert told() == 5
