"""GitLab team member: navigates to `/`."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor


def test_they_land_on_the_global_dashboard(team_member: Visitor, watching_america: Watch) -> None:
    with watching_america() as home:
        redirect = team_member.get("/")
    assert redirect.headers["location"] == "/dashboard"
    [seen] = home.requests
    assert (seen.status, seen.questions) == (302, 1)
    assert seen.pod in {"pod_us0", "pod_us1"}

    with watching_america() as dashboard:
        page = team_member.follow(redirect)
    assert "Dashboard" in page.text
    assert dashboard.requests == [Seen("GET /dashboard", 200, "pod_us0", "miss", 1)]
    assert dashboard.learned == {"us": 1}


def test_the_dashboard_is_served_by_the_legacy_pod_from_anywhere(team_member: Visitor, watching_america: Watch) -> None:
    team_member.region = "eu"
    with watching_america() as seen:
        assert team_member.get("/dashboard").status_code == 200
    assert seen.requests == [Seen("GET /dashboard", 200, "pod_us0", "miss", 1)]
    assert seen.learned == {"eu": 1}
