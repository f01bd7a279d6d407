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


def test_home_says_what_this_is(european: Visitor) -> None:
    front = european.get("/")
    assert front.status_code == 200
    for path in (SIGN_IN, "/users/sign_up", "/explore"):
        assert f'href="{path}"' in front.text


def test_explore_shows_what_is_public_in_gitlab_com_public(european: Visitor, watching_europe: Watch) -> None:
    """Its pod answers from its own database: what is public in another organization is on another pod."""
    with watching_europe() as seen:
        page = european.get("/explore")
    assert seen.requests == [Seen("GET /explore", 200, "pod_us0", "miss", 1)]
    assert "/gitlab-org/gitlab" in page.text
    for hidden in ("/makers/widgets", "/alice/dotfiles", "/my-company/my-project"):
        assert hidden not in page.text


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
