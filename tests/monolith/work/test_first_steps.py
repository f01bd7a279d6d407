"""A dashboard without projects says what to do first, to those who may do it."""

from __future__ import annotations

import pytest
from django.test import Client

from monolith.namespaces.models import Project
from organizations.models import Organization
from tests.databases import ALIASES
from tests.visitor import below_header

pytestmark = pytest.mark.django_db(databases=ALIASES)

DASHBOARD = "/organizations/acme/-/dashboard"


def test_owners_create_and_invite(olivia: Client) -> None:
    page = below_header(olivia.get(DASHBOARD).text)
    assert "First steps" in page
    for link in ("groups/new", "projects/new", "issues/new", "members"):
        assert f'<li><a href="/organizations/acme/-/{link}">' in page


def test_members_create(mel: Client) -> None:
    page = below_header(mel.get(DASHBOARD).text)
    assert "First steps" in page
    assert "Invite others" not in page


def test_guests_wait_for_others(gus: Client) -> None:
    page = gus.get(DASHBOARD).text
    assert "First steps" not in page
    assert "Members of Acme can add you to a group or a project." in page


def test_legacy_users_read_no_word_about_organizations(leo: Client) -> None:
    page = below_header(leo.get("/dashboard").text)
    assert "First steps" in page
    assert 'href="/groups/new"' in page
    assert "rganization" not in page


def test_who_has_projects_needs_no_first_steps(mel: Client, acme: Organization, project: Project) -> None:
    page = mel.get(DASHBOARD).text
    assert "First steps" not in page
    assert "tools/hammer" in page
