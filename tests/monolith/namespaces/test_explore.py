"""What is open to everybody: to visitors what is public in GitLab.com Public, to members what is internal in theirs."""

from __future__ import annotations

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

LEVELS = ("public", "internal", "private")


@pytest.fixture(autouse=True)
def projects(acme: Organization, rivals: Organization) -> None:
    """One of each visibility in three organizations, such as `acme-group/private`."""
    for name, organization in (("acme", acme.pk), ("rivals", rivals.pk), ("everybody", GITLAB_COM_PUBLIC)):
        group = create_namespace(organization, f"{name}-group", name=name, visibility="public")
        for level in LEVELS:
            create_project(group, level, name=level, visibility=level)


def listed(browser: Client, path: str) -> list[str]:
    """The projects that the page lists."""
    page = browser.get(path)
    assert page.status_code == 200, page.content.decode()
    return [row.full_path for row in page.context["page"]]


@pytest.mark.parametrize("path", ["/explore", "/explore/projects"])
def test_visitors_see_what_is_public_in_gitlab_com_public(path: str) -> None:
    assert listed(Client(), path) == ["everybody-group/public"]


def test_people_of_gitlab_com_public_see_what_is_internal_too() -> None:
    assert listed(signed_in(make_person("lee")), "/explore") == ["everybody-group/internal", "everybody-group/public"]


def test_members_see_that_of_their_organization(mel: Client, gus: Client, olivia: Client) -> None:
    """Guests too, and its owner, who could see everything: this is what is open to everybody."""
    for browser in (mel, gus, olivia):
        assert browser.get("/explore")["Location"] == "/organizations/acme/-/explore"
        assert listed(browser, "/organizations/acme/-/explore") == ["acme-group/internal", "acme-group/public"]


def test_nobody_explores_another_organization(mel: Client) -> None:
    for browser, status in ((mel, 404), (Client(), 302)):
        assert browser.get("/organizations/rivals/-/explore").status_code == status
