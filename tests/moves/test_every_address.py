"""Every object of the demo, by every address that names it, answers the same through both routers, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from monolith.demo_facts import ORGANIZATIONS, TOKEN
from tests.databases import database
from tests.running_cluster import RunningCluster, eventually, running_cluster

pytestmark = pytest.mark.slow

ROUTERS = ("us", "eu")
OWNERS = {"my-organization": "mia", "other-organization": "alice", "eu-makers": "eva", "gitlab-com-public": "root"}
MOVED = {"my-organization": "pod_us1", "other-organization": "pod_eu1", "eu-makers": "pod_us0"}
KINDS = ("issues", "merge_requests")
MOVE_SECONDS = 60.0

Addresses = dict[str, tuple[str, ...]]
"""By an object, the addresses that name it."""
Answers = dict[str, list[Any]]


@pytest.fixture(scope="module")
def own() -> Iterator[RunningCluster]:
    """A demo cluster of its own, whose organizations move."""
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.parametrize("path", OWNERS)
def test_every_address_before_and_after_a_move(own: RunningCluster, path: str) -> None:
    """GitLab.com Public itself never moves."""
    before = _answers(own, path, _addresses(own, path))
    assert len(before) > 10
    assert {name: found for name, found in before.items() if not _agree(found)} == {}
    if path in MOVED:
        started = own.manage("move", "start", path, MOVED[path])
        assert started.returncode == 0, started.stderr
        eventually(partial(_lies_on, own, path, MOVED[path]), MOVE_SECONDS)
    after = _answers(own, path, _addresses(own, path))
    assert after == before


def _agree(found: list[Any]) -> bool:
    return found[0][0] == 200 and all(each == found[0] for each in found)


def _lies_on(cluster: RunningCluster, path: str, pod: str) -> bool:
    with database(cluster, "shared", "routes") as execute:
        return execute(
            "SELECT pod_id FROM organizations o WHERE path = %s AND NOT EXISTS"
            " (SELECT FROM organization_moves WHERE organization_id = o.id AND state <> 'settled')",
            path,
        ) == [(pod,)]


def _answers(cluster: RunningCluster, organization: str, addresses: Addresses) -> Answers:
    """By object: what each of its addresses answers through each router, without the router's own address."""
    found: Answers = {name: [] for name in addresses}
    for router in ROUTERS:
        with _client(cluster, router, organization) as client:
            for name, named in addresses.items():
                for address in named:
                    answer = client.get(f"/api/v4{address}")
                    found[name].append((answer.status_code, answer.text.replace(cluster.url(router), "")))
    return found


def _addresses(cluster: RunningCluster, organization: str) -> Addresses:
    """Every object of an organization that its owner sees."""
    with _client(cluster, "us", organization) as client:

        def listed(address: str) -> list[Any]:
            found: list[Any] = client.get(f"/api/v4{address}?per_page=100").raise_for_status().json()
            return found

        [number] = {client.get(f"/api/v4/organizations/{organization}").json()["id"]}
        found: Addresses = {organization: _both("organizations", number, organization)}
        for group in listed(f"/organizations/{organization}/groups"):
            path = group["full_path"]
            found |= _with_below(path, "groups", group["id"], path, ("projects", "subgroups", "members", "members/all"))
            found[f"namespace {path}"] = _both("namespaces", group["id"], path)
        for project in listed(f"/organizations/{organization}/projects"):
            key, path = project["id"], project["path_with_namespace"]
            below = (*KINDS, "members", "members/all", "labels", "milestones", "events")
            found |= _with_below(path, "projects", key, path, below)
            for kind in KINDS:
                for each in listed(f"/projects/{key}/{kind}"):
                    one = f"{kind}/{each['iid']}"
                    found |= _with_below(f"{path} {one}", "projects", key, path, (one, f"{one}/notes"))
        return found


def _with_below(name: str, kind: str, key: int, path: str, below: tuple[str, ...]) -> Addresses:
    own = {name: _both(kind, key, path)}
    return own | {f"{name} {end}": tuple(f"{each}/{end}" for each in own[name]) for end in below}


def _both(kind: str, key: int, path: str) -> tuple[str, ...]:
    """The address by id and the one by path; digits are an id, as in GitLab."""
    by_id = f"/{kind}/{key}"
    return (by_id,) if path.isdigit() else (by_id, f"/{kind}/{quote(path, safe='')}")


def _client(cluster: RunningCluster, router: str, organization: str) -> httpx.Client:
    token = TOKEN.format(username=OWNERS[organization])
    return httpx.Client(base_url=cluster.url(router), headers={"PRIVATE-TOKEN": token}, timeout=30)


def test_every_organization_of_the_demo_is_asked_for() -> None:
    assert {each.path for each in ORGANIZATIONS} == OWNERS.keys()
