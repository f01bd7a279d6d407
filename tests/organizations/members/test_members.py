from __future__ import annotations

import pytest
from django.test import Client

from organizations.models import Organization
from tests.cast import belong, person, signed_in
from tests.databases import ALIASES
from tests.organizations.conftest import PAGE
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


def test_it_works(mia: User, max_: User) -> None:
    page = signed_in(mia).get(PAGE)
    assert page.status_code == 200
    assert [each.user for each in page.context["page"]] == [max_, mia]
    assert "Invite someone" in page.content.decode()


def test_members_see_who_is_there_and_may_leave_only(mia: User, max_: User) -> None:
    page = signed_in(max_).get(PAGE).content.decode()
    assert "mia" in page
    assert f"/members/{max_.pk}/remove" in page
    for hidden in ("Invite someone", "/role", f"/members/{mia.pk}/"):
        assert hidden not in page


def test_a_long_list_has_pages(mia: User, organization: Organization) -> None:
    for number in range(50):
        belong(person(f"member-{number}"), organization)
    browser = signed_in(mia)
    assert len(browser.get(PAGE).context["page"]) == 50
    assert len(browser.get(f"{PAGE}?page=2").context["page"]) == 1


def test_names_are_text(mia: User, organization: Organization) -> None:
    belong(person("eve", name="<script>alert(1)</script>"), organization)
    assert "<script>" not in signed_in(mia).get(PAGE).content.decode()


def test_administrators_may_do_what_owners_may(organization: Organization, mia: User) -> None:
    root = signed_in(person("root", is_superuser=True))
    assert "Invite someone" in root.get(PAGE).content.decode()


def test_the_path_may_be_written_in_any_case(mia: User) -> None:
    assert signed_in(mia).get(PAGE.replace("my-org", "My-Org")).status_code == 200


def test_it_is_not_there_for_others(mia: User, newcomer: User, other_organization: Organization) -> None:
    browser = signed_in(newcomer)
    assert browser.get(PAGE).content == browser.get("/organizations/my-organization/-/absent").content
    belong(newcomer, other_organization, "owner")
    assert browser.get(PAGE).status_code == 404


def test_gitlab_com_public_has_no_such_page(newcomer: User) -> None:
    page = signed_in(newcomer).get("/organizations/gitlab-com-public/-/members")
    assert page.status_code == 404


def test_it_rejects_post(mia: User) -> None:
    assert signed_in(mia).post(PAGE).status_code == 405


def test_it_requires_login(client: Client, organization: Organization) -> None:
    assert client.get(PAGE)["Location"] == f"/users/sign_in?redirect={PAGE}"
