"""A person changes their default organization, and every page on every pod follows at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running_cluster import RunningCluster
from tests.visitor import Visitor, below_header

PREFERENCES = "/-/profile/preferences"
DASHBOARD = "/organizations/my-organization/-/dashboard"


@pytest.fixture
def team_member(breakable_cluster: RunningCluster) -> Iterator[Visitor]:
    """A legacy user, and a guest of My Organization; at home in GitLab.com Public again afterwards."""
    with Visitor(breakable_cluster, "us") as visitor:
        visitor.sign_in("team-member")
        yield visitor
        visitor.region = "us"
        choose(visitor, "GitLab.com Public")


def choose(visitor: Visitor, name: str) -> None:
    before, _, _ = visitor.get(PREFERENCES).text.partition(f">{name}</option>")
    value = before.rpartition('value="')[2].partition('"')[0]
    visitor.submit(PREFERENCES, PREFERENCES, default_organization=value)


@pytest.mark.parametrize("how_late", ["0", "3s"])
def test_the_next_request_anywhere_follows(
    breakable_cluster: RunningCluster, team_member: Visitor, how_late: str
) -> None:
    breakable_cluster.lag("eu", how_late)
    for name, home, dashboard in (
        ("My Organization", DASHBOARD, DASHBOARD),
        ("GitLab.com Public", "/dashboard", None),
        ("My Organization", DASHBOARD, DASHBOARD),
    ):
        team_member.region = "us"
        choose(team_member, name)
        for region in ("eu", "us"):
            team_member.region = region
            assert {team_member.get("/").headers["location"] for _ in range(5)} == {home}
            assert team_member.get("/dashboard").headers.get("location") == dashboard


def test_who_belongs_to_no_other_organization_reads_no_word_of_it(cluster: RunningCluster) -> None:
    with Visitor(cluster, "us") as newcomer:
        newcomer.sign_in("newcomer")
        for path in ("/dashboard", "/gitlab-org/gitlab", "/-/profile", PREFERENCES, "/-/profile/account"):
            assert "organization" not in below_header(newcomer.get(path).text).lower(), path
