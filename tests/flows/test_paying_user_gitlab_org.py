"""Paying user: navigates to `/gitlab-org/gitlab` after last step."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor


def test_another_namespace_is_another_question(mia: Visitor, watching_europe: Watch) -> None:
    mia.get("/my-company/my-project")
    with watching_europe() as first:
        page = mia.get("/gitlab-org/gitlab")
    assert "gitlab" in page.text
    assert first.requests == [Seen("GET /gitlab-org/gitlab", 200, "pod_us0", "miss", 1)]
    assert first.learned == {"eu": 1}

    with watching_europe() as second:
        mia.get("/gitlab-org/gitlab")
        mia.get("/my-company/my-project")
    assert [(request.pod, request.cache) for request in second.requests] == [("pod_us0", "hit"), ("pod_eu0", "hit")]
    assert second.learned == {}
