"""Non-authenticated users."""

from __future__ import annotations

import pytest

from tests.flows.conftest import Seen, Watch
from tests.visitor import SIGN_IN, Visitor


@pytest.mark.parametrize("path", ["/dashboard", "/organizations/my-organization/-/dashboard"])
def test_global_routes_and_dashboards_lead_to_the_sign_in(european: Visitor, path: str) -> None:
    redirect = european.get(path)
    assert redirect.headers["location"] == f"{SIGN_IN}?redirect={path}"
    assert european.follow(redirect).status_code == 200


def test_home_leads_to_the_sign_in_too(european: Visitor) -> None:
    redirect = european.get("/")
    assert redirect.status_code == 302
    assert redirect.headers["location"].startswith(SIGN_IN)


def test_public_pages_of_any_pod_are_shown(european: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as seen:
        for path in ("/gitlab-org/gitlab", "/alice/dotfiles", "/makers/widgets"):
            assert european.get(path).status_code == 200
    assert seen.requests == [
        Seen("GET /gitlab-org/gitlab", 200, "pod_us0", "miss", 1),
        Seen("GET /alice/dotfiles", 200, "pod_us1", "miss", 1),
        Seen("GET /makers/widgets", 200, "pod_eu1", "miss", 1),
    ]
    assert seen.learned == {"eu": 3}
