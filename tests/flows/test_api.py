"""Programs: tokens and the API, at any router."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from monolith.demo_facts import TOKEN
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor


@pytest.fixture(params=["us", "eu"])
def program(request: pytest.FixtureRequest, cluster: RunningCluster) -> Iterator[Visitor]:
    """A program at either router; it keeps no cookies."""
    with Visitor(cluster, request.param) as visitor:
        yield visitor


def as_(username: str) -> dict[str, str]:
    return {"PRIVATE-TOKEN": TOKEN.format(username=username)}


def paths(program: Visitor, path: str, **headers: str) -> list[str]:
    """The full paths of the projects in a list."""
    answer = program.get(path, **headers)
    assert answer.status_code == 200, answer.text
    return [each["path_with_namespace"] for each in answer.json()]


def test_a_token_says_who_one_is(program: Visitor) -> None:
    assert program.get("/api/v4/user", **as_("mia")).json()["username"] == "mia"
    assert program.get("/api/v4/user").status_code == 401


def test_a_project_is_found_by_path_and_by_id(program: Visitor) -> None:
    by_path = program.get(f"/api/v4/projects/{quote('my-company/my-project', safe='')}", **as_("mia")).json()
    by_id = program.get(f"/api/v4/projects/{by_path['id']}", **as_("mia")).json()
    assert by_path == by_id
    assert by_id["path_with_namespace"] == "my-company/my-project"
    issues = program.get(f"/api/v4/projects/{by_path['id']}/issues", **as_("mia")).json()
    assert {issue["project_id"] for issue in issues} == {by_path["id"]}


@pytest.mark.parametrize("username", ["max", "eva", None])
def test_what_one_may_not_see_is_not_there(program: Visitor, username: str | None) -> None:
    headers = as_(username) if username else {}
    hidden = program.get(f"/api/v4/projects/{quote('my-company/my-other-project', safe='')}", **headers)
    absent = program.get(f"/api/v4/projects/{quote('my-company/no-such-project', safe='')}", **headers)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


def test_lists_are_of_one_organization(program: Visitor) -> None:
    assert "gitlab-org/gitlab" in paths(program, "/api/v4/projects")
    mine = paths(program, "/api/v4/organizations/my-organization/projects", **as_("mia"))
    assert {"my-company/my-project", "my-company/my-other-project"} <= set(mine)
    # The one top-level group of that organization; other tests may have left more in it.
    assert {path.partition("/")[0] for path in mine} == {"my-company"}
    maxs = paths(program, "/api/v4/organizations/my-organization/projects", **as_("max"))
    assert "my-company/my-project" in maxs
    assert "my-company/my-other-project" not in maxs
    for outsider in (as_("eva"), {}):
        assert program.get("/api/v4/organizations/my-organization/projects", **outsider).status_code == 404


def test_a_list_without_a_key_is_of_the_callers_organization(program: Visitor) -> None:
    """Of four people of four organizations on four pods, who ask in turn for the same path."""
    theirs = {"mia": "my-company", "eva": "makers", "alice": "not-my-company", "team-member": "gitlab-org"}
    for _ in range(2):
        for username, group in theirs.items():
            found = {
                path.partition("/")[0] for path in paths(program, "/api/v4/projects?per_page=100", **as_(username))
            }
            assert group in found, username
            assert not found & ({*theirs.values()} - {group}), username
    assert program.get("/api/v4/projects", **{"PRIVATE-TOKEN": "glpat-made-up"}).status_code == 401
    assert "gitlab-org/gitlab" in paths(program, "/api/v4/projects")


def test_the_second_request_of_a_token_goes_straight(program: Visitor) -> None:
    debug = {"X-Gitlab-Debug-Token": "demo-debug"}
    first = program.get("/api/v4/namespaces", **as_("max"), **debug)
    second = program.get("/api/v4/namespaces", **as_("max"), **debug)
    assert (first.status_code, first.headers["x-gitlab-pod"]) == (200, "pod_eu0")
    assert (second.status_code, second.headers["x-gitlab-pod"]) == (200, "pod_eu0")
    assert (second.headers["x-gitlab-router-hops"], second.headers["x-gitlab-router-cache"]) == ("1", "hit")


def test_something_is_created_in_the_callers_organization(program: Visitor) -> None:
    name = f"keyless-{program.region}"
    made = program.post("/api/v4/groups", {"path": name, "visibility": "internal"}, **as_("mia"))
    try:
        assert made.status_code == 201, made.text
        assert name in [each["full_path"] for each in program.get(MINE, **as_("max")).json()]
    finally:
        assert program.delete(f"/api/v4/groups/{name}", **as_("mia")).status_code == 202


MINE = "/api/v4/organizations/my-organization/groups?per_page=100"
