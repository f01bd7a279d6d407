"""The counts of the top bar: of the person's default organization, on every page, in both regions."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Come

HOME = "/organizations/my-organization/-/dashboard"
PAGES = [HOME, "/my-company/my-project", "/gitlab-org/gitlab", "/makers/widgets/-/issues", "/users/sign_out"]


@pytest.mark.parametrize("region", ["us", "eu"])
def test_they_are_the_same_on_every_page(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go(HOME)
    at_home = {
        name: int(mia.page.locator("dl.counts dd").nth(at).inner_text())
        for at, name in enumerate(("issues", "merge_requests", "todos"))
    }
    assert any(at_home.values())
    for path in PAGES:
        assert mia.go(path) == 200
        assert mia.counts() == at_home
    assert mia.problems == []


def test_another_organizations_page_says_whose_they_are(come: Come) -> None:
    mia = come("eu", "mia")
    mia.go("/gitlab-org/gitlab")
    assert mia.sees("The counts at the top are from My Organization")
    assert not mia.sees("may be missing")


def test_legacy_users_are_at_home_without_a_word_of_organizations(come: Come) -> None:
    member = come("us", "team-member")
    member.go("/dashboard")
    member.counts()
    assert "organization" not in member.page_below_header.lower()


def test_without_scripts_they_may_be_missing(come: Come) -> None:
    mia = come("eu", "mia", scripts=False)
    mia.go("/my-company/my-project")
    assert mia.sees("The counts at the top are loaded by a script")


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 200, "body": "<html>"}, {"status": 200, "body": "{}"}])
def test_when_they_cannot_be_had_they_may_be_missing(come: Come, answer: dict[str, object]) -> None:
    mia = come("eu", "mia")
    mia.page.route("**/counts.json", lambda route: route.fulfill(**answer))
    mia.go("/my-company/my-project")
    expect(mia.page.locator("#counts-missing")).to_be_visible()


def test_a_lost_connection_is_told_too(come: Come) -> None:
    mia = come("eu", "mia")
    mia.page.route("**/counts.json", lambda route: route.abort())
    mia.go("/gitlab-org/gitlab")
    expect(mia.page.locator("#counts-missing")).to_be_visible()


def test_visitors_have_none(come: Come) -> None:
    visitor = come("us")
    visitor.go("/gitlab-org/gitlab")
    expect(visitor.page.locator("[data-counts]")).to_have_count(0)
