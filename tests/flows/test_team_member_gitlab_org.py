"""GitLab team member: navigates to `/gitlab-org/gitlab` while not logged in."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor


def test_what_is_public_needs_no_sign_in(american: Visitor, watching_america: Watch) -> None:
    with watching_america() as first:
        page = american.get("/gitlab-org/gitlab")
    assert "gitlab" in page.text
    assert first.requests == [Seen("GET /gitlab-org/gitlab", 200, "pod_us0", "miss", 1)]
    assert first.learned == {"us": 1}

    with watching_america() as second:
        american.get("/gitlab-org/gitlab-test")
    assert second.requests == [Seen("GET /gitlab-org/gitlab-test", 200, "pod_us0", "hit", 0)]
    assert second.learned == {}
