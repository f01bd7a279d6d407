"""GitLab team member: navigates to `/my-company/my-other-project` while logged in (but they have no access)."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor


def test_they_get_a_404(team_member: Visitor, watching_america: Watch) -> None:
    with watching_america() as seen:
        assert team_member.get("/my-company/my-other-project").status_code == 404
    assert seen.requests == [Seen("GET /my-company/my-other-project", 404, "pod_eu0", "miss", 1)]
