from __future__ import annotations

import pytest
from django.test import Client

from organizations.members.models import Membership
from organizations.models import Organization
from tests.cast import signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

URL = "/users/sign_up/welcome"
TOKEN = f"{'0' * 32}.abc_DEF-123"


def test_it_works(newcomer: User) -> None:
    page = signed_in(newcomer).get(URL)
    assert page.status_code == 200
    assert "Do you want to join an organization, create one, or continue without one?" in page.content.decode()


def test_who_belongs_to_one_goes_to_the_invitation(newcomer: User) -> None:
    answer = signed_in(newcomer).post(URL, {"link": f" http://127.0.0.1:8000/-/invites/{TOKEN}\n"})
    assert (answer.status_code, answer["Location"]) == (302, f"/-/invites/{TOKEN}?welcome")


@pytest.mark.parametrize("link", ["", "x", "http://evil.example/", f"/-/invites/{TOKEN}/../../admin"])
def test_it_goes_nowhere_else(newcomer: User, link: str) -> None:
    answer = signed_in(newcomer).post(URL, {"link": link})
    assert answer.status_code == 422
    assert "link" in answer.content.decode()


def test_who_wants_to_make_one_goes_to_the_form(newcomer: User) -> None:
    assert 'href="/organizations/new?welcome"' in signed_in(newcomer).get(URL).content.decode()


def test_who_wants_neither_is_a_member_of_gitlab_com_public(newcomer: User) -> None:
    browser = signed_in(newcomer)
    for _ in range(2):
        assert browser.post(URL, {"neither": ""})["Location"] == "/"
    membership = Membership.objects.using("users").get()
    assert (membership.organization_id, membership.role) == (1, "member")
    assert browser.get("/")["Location"] == "/dashboard"


def test_who_has_another_home_keeps_it(mia: User, organization: Organization) -> None:
    signed_in(mia).post(URL, {"neither": ""})
    assert User.objects.using("users").get().default_organization_id == organization.pk
    assert Membership.objects.using("users").count() == 1


def test_it_requires_login(client: Client) -> None:
    assert client.get(URL)["Location"].startswith("/users/sign_in?redirect=")
