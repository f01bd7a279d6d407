"""Paying user: navigates to `/my-company/my-other-project` after last step."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor


def test_the_router_knows_the_pod_already(mia: Visitor, watching_europe: Watch) -> None:
    mia.get("/my-company/my-project")
    with watching_europe() as seen:
        page = mia.get("/my-company/my-other-project")
    assert "my-other-project" in page.text
    assert seen.requests == [Seen("GET /my-company/my-other-project", 200, "pod_eu0", "hit", 0)]
    assert seen.learned == {}
