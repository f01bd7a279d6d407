"""Paying user: navigates to `/`."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor

DASHBOARD = "/organizations/my-organization/-/dashboard"


def test_they_land_on_the_dashboard_of_their_organization(mia: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as home:
        redirect = mia.get("/")
    assert redirect.headers["location"] == DASHBOARD
    [seen] = home.requests
    assert (seen.status, seen.cache, seen.questions) == (302, "miss", 1)
    assert seen.pod in {"pod_eu0", "pod_eu1"}

    with watching_europe() as first:
        page = mia.follow(redirect)
    assert "My Organization" in page.text
    assert first.requests == [Seen(f"GET {DASHBOARD}", 200, "pod_eu0", "miss", 1)]

    with watching_europe() as second:
        mia.follow(mia.get("/"))
    assert [(request.cache, request.questions) for request in second.requests] == [("hit", 0), ("hit", 0)]
    assert second.learned == {}


def test_every_pod_of_the_region_serves_it(mia: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as seen:
        for _ in range(40):
            mia.get("/")
    assert {request.pod for request in seen.requests} == {"pod_eu0", "pod_eu1"}
    assert sum(request.questions for request in seen.requests) == 1
