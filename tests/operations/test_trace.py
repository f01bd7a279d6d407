"""`manage.py trace`: a request's way, hop by hop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from operations.trace import NothingTraced, path_and_query
from tests.running_cluster import RunningCluster
from topology.places import router_process

pytestmark = pytest.mark.slow


def traced(cluster: RunningCluster, *arguments: str) -> dict[str, Any]:
    done = cluster.manage("trace", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_tells_the_way_of_a_request(cluster: RunningCluster) -> None:
    first = traced(cluster, "/makers/widgets?tab=1", "--region", "us")
    second = traced(cluster, "/makers/widgets?tab=1", "--region", "us")
    assert (first["status"], first["pod"], first["router"]) == (200, "pod_eu1", "us")
    assert (second["cache"], second["questions"], second["router_hops"]) == ("hit", 0, 1)
    assert [(hop["pod"], hop["status"]) for hop in second["hops"]] == [("pod_eu1", 200)]
    assert json.loads(second["question"]["body"]) == {"path": "/makers", "pod": "pod_eu1", "source": "routable"}
    assert second["explained"]["key"] == "top-level name 'makers'"


def test_it_sees_what_a_person_sees(cluster: RunningCluster) -> None:
    path = "/my-company/my-other-project"
    assert traced(cluster, path, "--region", "eu", "--as", "mia")["status"] == 200
    assert traced(cluster, path, "--region", "eu", "--as", "max")["status"] == 404
    assert traced(cluster, path, "--region", "eu")["location"] == f"/users/sign_in?redirect={path}"


def test_it_shows_every_pod_that_a_misrouted_request_met(cluster: RunningCluster) -> None:
    router = router_process("eu")
    cluster.ask("stop", router)
    cluster.ask("start", router)
    traced(cluster, "/admin", "--region", "eu", "--as", "root")
    found = traced(cluster, "/admin/pods/pod_eu1/projects", "--region", "eu", "--as", "root")
    assert (found["cache"], found["pod"], found["router_hops"]) == ("misrouted", "pod_eu1", 2)
    assert [(hop["pod"], hop["status"] == 421) for hop in found["hops"]] == [("pod_us0", True), ("pod_eu1", False)]


def test_it_prints_lines_for_people(cluster: RunningCluster) -> None:
    told = cluster.manage(
        "trace", "https://gitlab.example/my-company/my-project", "--region", "eu", "--as", "mia"
    ).stdout
    assert told.startswith("GET /my-company/my-project as mia, through router eu at ")
    assert "the organization" in told
    assert "200 of pod_eu0" in told


def test_a_pod_that_gave_no_answer_is_not_said_to_have(breakable_cluster: RunningCluster) -> None:
    breakable_cluster.ask("stop", "pod_eu1")
    told = breakable_cluster.manage("trace", "/makers/widgets", "--region", "eu").stdout
    assert "503 of the router, because pod_eu1 did not answer, after" in told


def test_what_is_refused_went_to_no_pod(cluster: RunningCluster) -> None:
    found = traced(cluster, "/gitlab-org/%2e%2e/admin")
    assert (found["status"], found["cache"], found["pod"], found["hops"]) == (400, "none", "none", [])
    assert "400 of the router after" in cluster.manage("trace", "/gitlab-org/%2e%2e/admin").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("/x", "--as", "nobody-at-all"), "there is no active user 'nobody-at-all'"),
        (("/x", "--region", "mars"), "there is no router in region 'mars'; regions with a router: us, eu"),
        (("gitlab-org",), "neither a path such as /gitlab-org/gitlab nor a URL"),
    ],
)
def test_it_says_what_is_wrong(cluster: RunningCluster, arguments: tuple[str, ...], words: str) -> None:
    done = cluster.manage("trace", *arguments)
    assert done.returncode == 1
    assert words in done.stderr


def test_it_refuses_politely_when_nothing_runs(tmp_path: Path) -> None:
    nothing = RunningCluster(tmp_path)
    for arguments in (("/x",), ("/x", "--as", "mia")):
        done = nothing.manage("trace", *arguments)
        assert done.returncode == 1
        assert "manage.py cluster" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_url_counts_from_its_path() -> None:
    assert path_and_query("http://127.0.0.1:8000") == "/"
    assert path_and_query("http://x/a%2Fb//c?d=e#f") == "/a%2Fb//c?d=e"
    assert path_and_query("/grün") == "/gr%C3%BCn"
    with pytest.raises(NothingTraced):
        path_and_query("/a b")
