"""Learn as the pods of a running cluster answer it, each from the replica of its own region."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running_cluster import RunningCluster

LEARN = "/api/v4/pods/learn"
# These stand only in the rows that the in-process tests make.
NOT_IN_THE_DEMO = ("{", "next-word", "buried", "coming", "closed", "team")


def questions() -> list[tuple[str, str]]:
    with Path(__file__).with_name("urls.tsv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["source"] != "400"]
    asked = [(row["method"], row["path_info"]) for row in rows]
    return [each for each in asked if not any(word in each[1].lower() for word in NOT_IN_THE_DEMO)]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.mark.parametrize("region", ["us", "eu"])
def test_all_pods_of_a_region_answer_alike(cluster: RunningCluster, client: httpx.Client, region: str) -> None:
    addresses = [pod.address for pod in cluster.topology.pods_of(region)]
    for method, path in questions():
        parameters = {"method": method, "path_info": path}
        found = [client.get(f"http://{address}{LEARN}", params=parameters) for address in addresses]
        assert {response.status_code for response in found} == {200}
        if found[0].json()["source"] != "any":
            assert len({(response.content, response.headers.get("X-Gitlab-Pod-Cache")) for response in found}) == 1


def test_replica_and_primary_answer_alike(cluster: RunningCluster, client: httpx.Client) -> None:
    address = cluster.topology.pod("pod_eu1").address
    for method, path in questions():
        parameters = {"method": method, "path_info": path}
        first = client.get(f"http://{address}{LEARN}", params=parameters)
        assert first.content == client.get(f"http://{address}{LEARN}", params={**parameters, "fresh": "1"}).content


@pytest.mark.parametrize("path", [LEARN, "/api/v4/pods%2Flearn", "/api/v4/pods/learn/", "/api/v4/%70ods/learn"])
def test_it_is_not_reached_through_a_router(cluster: RunningCluster, client: httpx.Client, path: str) -> None:
    for router in cluster.topology.routers.values():
        response = client.get(f"http://{router.address}{path}?method=GET&path_info=/my-company")
        assert response.status_code == 404
        assert b"pod_" not in response.content
