from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from organizations.members.invitations import token_of
from organizations.members.models import Invitation
from organizations.models import GITLAB_COM_PUBLIC
from routing.models import Route
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/users/sign_up"
NEWT = {"name": "Newt", "username": "newt", "email": "newt@example.com", "password": "a-long-secret"}


def test_it_works(visitor: Client) -> None:
    response = visitor.post(URL, NEWT)
    assert (response.status_code, response["Location"]) == (302, "/users/sign_up/welcome")
    newt = User.objects.using("users").get(username="newt")
    assert newt.default_organization_id == GITLAB_COM_PUBLIC
    assert newt.check_password("a-long-secret")
    assert visitor.get("/-/profile").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("username", "", "required"),
        ("username", "MIA", "This username is taken."),
        ("username", "admin", "This username is taken."),
        ("username", "Gitlab-Org", "This username is taken."),
        ("username", "-newt", "Use only letters"),
        ("username", "newt.git", "Use only letters"),
        ("username", "a/b", "Use only letters"),
        ("username", "nëwt", "Use only letters"),
        ("username", "..", "Use only letters"),
        ("email", "", "required"),
        ("email", "newt", "valid email"),
        ("email", "MIA@example.com", "An account with this email address already exists."),
        ("password", "short", "too short"),
        ("password", "newt@example.com", "too similar"),
    ],
)
def test_it_says_what_is_wrong(mia: User, visitor: Client, field: str, value: str, said: str) -> None:
    Route.objects.using("routes").create(
        path="gitlab-org",
        kind="live",
        organization_id=GITLAB_COM_PUBLIC,
        pod_id="pod_us0",
        entity_type="group",
        entity_id=1,
    )
    response = visitor.post(URL, {**NEWT, field: value})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert User.objects.using("users").count() == 1


def test_it_gives_no_rights(visitor: Client) -> None:
    visitor.post(URL, {**NEWT, "is_superuser": "on", "is_staff": "on", "default_organization_id": "2"})
    newt = User.objects.using("users").get()
    assert (newt.is_superuser, newt.is_staff, newt.default_organization_id) == (False, False, GITLAB_COM_PUBLIC)


def test_it_is_limited(visitor: Client, steer: Callable[..., None]) -> None:
    steer(sign_ups_an_hour=2)
    answers = [visitor.post(URL, {**NEWT, "username": "-"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert answers[-1]["Retry-After"] == "3600"
    elsewhere = visitor.post(URL, {**NEWT, "username": "-"}, REMOTE_ADDR="192.0.2.1")
    assert elsewhere.status_code == 422


def test_it_can_be_closed(visitor: Client, steer: Callable[..., None]) -> None:
    steer(sign_up_open=False)
    for response in (
        visitor.get(URL),
        visitor.post(URL, NEWT),
        visitor.post(URL, {**NEWT, "redirect": "/-/invites/x"}),
    ):
        assert response.status_code == 403
        assert "New accounts need an invitation." in response.content.decode()
    assert not User.objects.using("users").exists()


@pytest.mark.parametrize(("days", "status"), [(1, 302), (-1, 403)])
def test_an_invitation_opens_it(visitor: Client, steer: Callable[..., None], days: int, status: int) -> None:
    steer(sign_up_open=False)
    expires_at = timezone.now() + timedelta(days=days)
    invitation = Invitation.objects.using("users").create(
        organization_id=2, email="newt@example.com", role="member", sent_at=timezone.now(), expires_at=expires_at
    )
    redirect = f"/-/invites/{token_of(invitation)}"
    assert visitor.post(URL, {**NEWT, "redirect": redirect}).status_code == status


def test_who_is_signed_in_is_sent_home(browser: Client) -> None:
    assert browser.get(URL)["Location"] == "/"


def test_it_rejects_a_form_that_is_not_ours() -> None:
    assert Client(enforce_csrf_checks=True).post(URL, NEWT).status_code == 403


@pytest.mark.parametrize(
    ("redirect", "followed"),
    [("/-/invites/x?a=b", "/-/invites/x?a=b"), ("//evil.example", "/"), ("/users/sign_in", "/")],
)
def test_it_leads_back_to_where_one_came_from(visitor: Client, redirect: str, followed: str) -> None:
    page = visitor.get("/users/sign_in", {"redirect": redirect}).content.decode()
    assert f'href="/users/sign_up?redirect={quote(followed, safe="")}"' in page
    asked = "/users/sign_up/welcome" if followed == "/" else followed
    assert visitor.post(URL, {**NEWT, "redirect": redirect})["Location"] == asked
