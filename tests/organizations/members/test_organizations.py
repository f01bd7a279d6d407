"""The list of a user's organizations, the organization menu, and the way into each of them."""

from __future__ import annotations

import re

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from organizations.models import Organization
from tests.cast import belong, make_organization, signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

URL = "/organizations"
TOKEN = f"{'0' * 32}.abc_DEF-123"


def menu(browser: Client, path: str = "/-/profile") -> list[tuple[str, str]]:
    """The entries of the organization menu: path and name."""
    page = browser.get(path).text
    found = re.search(r'<nav aria-label="Organizations">(.*?)</nav>', page, re.DOTALL)
    assert found
    return re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', found[1])


def test_the_list_has_the_organizations_of_the_user_and_no_others(
    max_: User, organization: Organization, other_organization: Organization
) -> None:
    guest = make_organization("another-one")
    belong(max_, guest, "guest")
    page = signed_in(max_).get(URL).text
    assert 'href="/organizations/my-organization/-/dashboard"' in page
    assert 'href="/organizations/another-one/-/dashboard"' in page
    assert "Guest" in page
    assert other_organization.path not in page


def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    assert client.get(URL)["Location"] == f"/users/sign_in?redirect={URL}"


def test_another_one_becomes_the_default_organization_from_the_list(max_: User) -> None:
    guest = make_organization("another-one")
    belong(max_, guest, "guest")
    browser = signed_in(max_)
    assert f'value="{guest.pk}" aria-label="Make' in browser.get(URL).text
    browser.post("/-/profile/preferences", {"default_organization": guest.pk})
    assert browser.get("/")["Location"] == "/organizations/another-one/-/dashboard"


def test_the_link_of_an_invitation_leads_to_the_invitation(newcomer: User) -> None:
    answer = signed_in(newcomer).post(URL, {"link": f"http://127.0.0.1:8000/-/invites/{TOKEN}"})
    assert (answer.status_code, answer["Location"]) == (302, f"/-/invites/{TOKEN}")
    refused = signed_in(newcomer).post(URL, {"link": "http://evil.example/"})
    assert refused.status_code == 422
    assert "This is not an invitation link." in refused.text


def test_the_menu_leads_to_every_organization_of_the_user(max_: User, other_organization: Organization) -> None:
    guest = make_organization("another-one")
    belong(max_, guest, "guest")
    assert [path for path, _ in menu(signed_in(max_))] == [
        # The default organization first.
        "/organizations/my-organization/-/dashboard",
        "/organizations/another-one/-/dashboard",
        # How to get to GitLab.com Public, whose pages are for those whose default organization it is.
        "/organizations",
        "/organizations",
        "/organizations/new",
        "/organizations#invitation",
    ]


def test_the_menu_of_a_legacy_user_leads_to_gitlab_com_public(newcomer: User) -> None:
    assert menu(signed_in(newcomer))[0] == ("/", "GitLab.com Public")


def test_the_menu_costs_one_query_for_all_organizations(max_: User) -> None:
    for number in range(3):
        belong(max_, make_organization(f"more-{number}"))
    browser = signed_in(max_)
    with CaptureQueriesContext(connections["routes"]) as queries:
        assert len(menu(browser)) == 8
    assert len([each for each in queries if "organizations" in each["sql"]]) == 1


@pytest.mark.parametrize("path", ["my-organization", "My-Organization"])
def test_the_path_of_an_organization_leads_members_in(max_: User, newcomer: User, path: str) -> None:
    there = signed_in(max_).get(f"/organizations/{path}")
    assert (there.status_code, there["Location"]) == (302, "/organizations/my-organization/-/dashboard")
    assert signed_in(newcomer).get(f"/organizations/{path}").status_code == 404
    make_organization("my-organization-2")
    assert signed_in(max_).get(f"/organizations/{path}-2").status_code == 404


def test_the_path_of_gitlab_com_public_leads_home(newcomer: User) -> None:
    assert signed_in(newcomer).get("/organizations/gitlab-com-public")["Location"] == "/"
