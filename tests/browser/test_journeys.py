"""The seed's request flows by its headings, as people go through them, in both regions."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Come

REGIONS = pytest.mark.parametrize("region", ["us", "eu"])
MY_HOME = "/organizations/my-organization/-/dashboard"


@REGIONS
def test_user_goes_to_their_project_while_logged_in(come: Come, region: str) -> None:
    mia = come(region, "mia")
    assert mia.go("/my-company/my-project") == 200
    assert mia.heading == "my-project"
    mia.click("Open issues")
    assert mia.path == "/my-company/my-project/-/issues"
    mia.click("Write down how this is deployed")
    assert mia.heading == "Write down how this is deployed"
    mia.page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="my-company").click()
    assert mia.path == "/my-company"
    assert mia.problems == []


@REGIONS
def test_user_goes_to_their_project_while_not_logged_in(come: Come, region: str) -> None:
    mia = come(region)
    mia.go("/my-company/my-project/-/issues?page=1")
    assert mia.path == "/users/sign_in?redirect=/my-company/my-project/-/issues%3Fpage%3D1"
    mia.sign_in("mia")
    assert mia.path == "/my-company/my-project/-/issues?page=1"
    assert mia.heading == "Issues"


@REGIONS
def test_user_goes_to_another_project_after_the_first(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go("/my-company/my-project")
    assert mia.go("/my-company/my-other-project") == 200
    assert mia.heading == "my-other-project"


@REGIONS
def test_user_goes_to_a_project_of_another_organization(come: Come, region: str) -> None:
    mia = come(region, "mia")
    assert mia.go("/gitlab-org/gitlab") == 200
    assert mia.heading == "gitlab"
    assert mia.sees("The counts at the top are from My Organization")


@REGIONS
def test_user_goes_to_a_private_project_of_another_organization(come: Come, region: str) -> None:
    mia = come(region, "mia")
    seen = []
    for path in ("/not-my-company/not-my-project", "/no-such-company/no-such-project"):
        assert mia.go(path) == 404
        assert mia.heading == "Page not found"
        seen.append(mia.page.content())
    assert seen[0] == seen[1]


@REGIONS
@pytest.mark.parametrize("path", ["/", "/dashboard"])
def test_user_goes_to_a_global_page(come: Come, region: str, path: str) -> None:
    mia = come(region, "mia")
    assert mia.go(path) == 200
    assert mia.path == MY_HOME
    assert mia.sees("This page shows only data from My Organization")


@REGIONS
def test_team_member_goes_to_a_global_page(come: Come, region: str) -> None:
    member = come(region, "team-member")
    member.go("/")
    assert member.path == "/dashboard"
    member.click("gitlab-org/gitlab-test")
    assert member.heading == "gitlab-test"
    assert "organization" not in member.page_below_header.lower()


@REGIONS
def test_team_member_goes_to_another_organization(come: Come, region: str) -> None:
    """They are a guest there; what is private in it is not there for them."""
    member = come(region, "team-member")
    assert member.go("/my-company/my-project") == 200
    assert member.sees("The counts at the top are from GitLab.com Public")
    assert member.go("/my-company/my-other-project") == 404


@REGIONS
def test_visitor_goes_to_global_pages(come: Come, region: str) -> None:
    visitor = come(region)
    visitor.go("/dashboard")
    assert visitor.heading == "Sign in"


@REGIONS
def test_visitor_finds_out_what_this_is(come: Come, region: str) -> None:
    visitor = come(region)
    assert visitor.go("/") == 200
    assert visitor.heading == "Plan, track and review your work"
    visitor.click("Explore projects")
    assert visitor.heading == "Explore projects"
    visitor.click("gitlab-org/gitlab")
    assert visitor.path == "/gitlab-org/gitlab"
    visitor.click("Sign in")
    assert visitor.heading == "Sign in"


@REGIONS
def test_visitor_sees_what_is_public(come: Come, region: str) -> None:
    visitor = come(region)
    for path in ("/gitlab-org/gitlab/-/issues", "/makers/widgets", "/alice/dotfiles"):
        assert visitor.go(path) == 200
        assert visitor.path == path


def test_a_session_of_one_region_holds_in_the_other(come: Come) -> None:
    mia = come("eu", "mia")
    mia.region = "us"
    assert mia.go("/my-company/my-other-project") == 200
    mia.click("Sign out")
    mia.page.get_by_role("button", name="Sign out").click()
    assert mia.heading == "Plan, track and review your work"
    assert mia.sees("You are signed out.")
    mia.region = "eu"
    mia.go("/my-company/my-other-project")
    assert mia.heading == "Sign in"


def test_a_wrong_password_says_so_and_lets_nobody_in(come: Come) -> None:
    visitor = come("eu")
    visitor.go("/users/sign_in")
    visitor.page.get_by_label("Username").fill("mia")
    visitor.page.get_by_label("Password").fill("a guess")
    visitor.page.get_by_role("button", name="Sign in").click()
    assert visitor.page.get_by_role("alert").is_visible()
    visitor.go(MY_HOME)
    assert visitor.heading == "Sign in"


def test_sign_in_leads_to_no_other_site(come: Come) -> None:
    visitor = come("us")
    visitor.go("/users/sign_in?redirect=//evil.example/")
    visitor.sign_in("mia")
    assert visitor.path == MY_HOME
