"""Paying user: navigates to `/not-my-company/not-my-project` while logged in (but they have no access)."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor

PRIVATE = "/not-my-company/not-my-project"


def test_the_pod_that_owns_it_says_404(mia: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as seen:
        assert mia.get(PRIVATE).status_code == 404
        assert mia.get(PRIVATE).status_code == 404
    assert seen.requests == [
        Seen(f"GET {PRIVATE}", 404, "pod_us1", "miss", 1),
        Seen(f"GET {PRIVATE}", 404, "pod_us1", "hit", 0),
    ]
    assert seen.learned == {"eu": 1}
