"""Without a router a pod sees `%2F` as `/`: the key of a group or project is put together again."""

from __future__ import annotations

import pytest

from pods.lost_slashes import with_whole_key
from routing.paths import parse


@pytest.mark.parametrize(
    "path, whole",
    [
        ("projects/my-company/my-project", "projects/my-company%2Fmy-project"),
        ("projects/my-company/my-project/", "projects/my-company%2Fmy-project/"),
        ("projects/my-company/team/site", "projects/my-company%2Fteam%2Fsite"),
        ("projects/my-company/my-project/issues/1", "projects/my-company%2Fmy-project/issues/1"),
        ("projects/a/b/c/issues/1/notes/7", "projects/a%2Fb%2Fc/issues/1/notes/7"),
        ("projects/my-company/issues", "projects/my-company%2Fissues"),
        ("projects/0040/packages/issues", "projects/0040%2Fpackages/issues"),
        ("groups/my-company/team", "groups/my-company%2Fteam"),
        ("groups/my-company/team/members/all", "groups/my-company%2Fteam/members/all"),
        ("namespaces/my-company/team", "namespaces/my-company%2Fteam"),
    ],
)
def test_it_puts_the_key_together(path: str, whole: str) -> None:
    assert with_whole_key(parse(f"/api/v4/{path}")) == parse(f"/api/v4/{whole}")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/projects/17",
        "/api/v4/projects/17/issues/1",
        "/api/v4/projects/5/branches",
        "/api/v4/projects/5/milestones/3/issues",
        "/api/v4/groups/5/labels",
        "/api/v4/projects/import",
        "/api/v4/projects",
        "/api/v4/groups/my-company",
        "/api/v4/groups/my-company/projects",
        "/api/v4/feature_flags/unleash/my-company/my-project",
        "/api/v4/issues/1",
        "/my-company/my-project/-/issues",
        "/projects/my-company/my-project",
        "/",
    ],
)
def test_it_leaves_the_rest_alone(path: str) -> None:
    assert with_whole_key(parse(path)) == parse(path)


def test_a_key_has_so_many_segments_at_most() -> None:
    deep = parse("/api/v4/groups/" + "/".join("a" * 22))
    assert with_whole_key(deep) == deep
