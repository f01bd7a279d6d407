"""A single-pod installation: one server, one pod, no replica, no router."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.running_cluster import SINGLE_POD, RunningCluster, running_cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def single() -> Iterator[RunningCluster]:
    with running_cluster(topology_file=SINGLE_POD) as cluster:
        yield cluster


def test_it_comes_up_with_one_server_and_one_pod(single: RunningCluster) -> None:
    assert {name: process["kind"] for name, process in single.processes().items()} == {
        "postgres": "primary",
        "pod_0": "pod",
    }
    single.wait_until_healthy()


def test_the_pod_answers_pages_and_learn(single: RunningCluster) -> None:
    assert httpx.get(single.pod_url("pod_0") + "/gitlab-org/gitlab-test", timeout=10).status_code == 200
    learn = httpx.get(
        single.pod_url("pod_0") + "/api/v4/pods/learn",
        params={"method": "GET", "path_info": "/gitlab-org/gitlab-test/-/issues"},
        timeout=10,
    )
    assert learn.json() == {"path": "/gitlab-org/gitlab-test", "pod": "pod_0", "source": "routable"}


def test_the_api_takes_paths_with_escaped_slashes(single: RunningCluster) -> None:
    api = httpx.Client(
        base_url=single.pod_url("pod_0") + "/api/v4/", headers={"PRIVATE-TOKEN": "glpat-demo-mia"}, timeout=10
    )
    with api:
        project = api.get("projects/my-company%2Fmy-project").json()
        assert project["path_with_namespace"] == "my-company/my-project"
        assert api.get(f"projects/{project['id']}").json() == project
        assert api.get("projects/my-company%2Fmy-project/issues").json()[0]["project_id"] == project["id"]
        assert api.post("projects/my-company%2Fmy-project/issues", json={"title": "Alone"}).status_code == 201
        assert api.get("groups/my-company%2Fteam").json()["full_path"] == "my-company/team"
        assert api.get("projects/my-company%2Fno-such-project").status_code == 404


def test_the_pod_can_be_stopped_and_started(single: RunningCluster) -> None:
    single.command("stop", "pod_0")
    assert single.command("status", check=False).returncode == 1
    single.command("start", "pod_0")
    single.wait_until_healthy()
