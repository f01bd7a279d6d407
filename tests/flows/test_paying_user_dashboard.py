"""Paying user: navigates to `/dashboard`."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor

DASHBOARD = "/organizations/my-organization/-/dashboard"


def test_they_are_sent_to_the_dashboard_of_their_organization(mia: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as seen:
        redirect = mia.get("/dashboard")
        page = mia.follow(redirect)
    assert redirect.headers["location"] == DASHBOARD
    assert "My Organization" in page.text
    assert seen.requests == [
        Seen("GET /dashboard", 302, "pod_us0", "miss", 1),
        Seen(f"GET {DASHBOARD}", 200, "pod_eu0", "miss", 1),
    ]
