from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from organizations.members.invitations import token_of
from organizations.members.models import Invitation, Membership
from organizations.models import Organization
from tests.cast import belong, signed_in
from tests.databases import ALIASES
from tests.mailbox import Mails
from tests.organizations.conftest import PATH, sent
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def invitation(mia: User, organization: Organization) -> Invitation:
    now = timezone.now()
    return Invitation.objects.using("users").create(
        organization_id=organization.pk,
        email="new@example.com",
        role="guest",
        inviter=mia,
        sent_at=now,
        expires_at=now + timedelta(days=7),
    )


@pytest.fixture
def link(invitation: Invitation) -> str:
    return f"/-/invites/{token_of(invitation)}"


def role_of(user: User) -> str | None:
    membership = Membership.objects.using("users").filter(user=user).first()
    return membership.role if membership else None


def end(invitation: Invitation, **fields: object) -> None:
    Invitation.objects.using("users").filter(pk=invitation.pk).update(**fields)


def test_it_works(newcomer: User, link: str) -> None:
    browser = signed_in(newcomer)
    page = browser.get(link).content.decode()
    assert "mia invited you to join as guest" in page
    answer = browser.post(link)
    assert (answer.status_code, answer["Location"]) == (302, f"/organizations/{PATH}/-/dashboard")
    assert role_of(newcomer) == "guest"
    assert User.objects.using("users").get(pk=newcomer.pk).default_organization_id == 1
    assert browser.get(answer["Location"]).status_code == 200


def test_the_link_in_the_mail_leads_here(mia: User, newcomer: User, mails: Mails) -> None:
    signed_in(mia).post(f"/organizations/{PATH}/-/invitations", {"email": "new@example.com", "role": "member"})
    found = re.search(r"http://[^/]+(/-/invites/\S+)", sent(mails)[0])
    assert found
    assert signed_in(newcomer).post(found[1]).status_code == 302
    assert role_of(newcomer) == "member"


def test_it_becomes_the_default_organization_when_wanted(newcomer: User, link: str, organization: Organization) -> None:
    browser = signed_in(newcomer)
    assert "checked" not in browser.get(link).content.decode()
    assert "checked" in browser.get(f"{link}?welcome").content.decode()
    browser.post(link, {"home": "on"})
    assert User.objects.using("users").get(pk=newcomer.pk).default_organization_id == organization.pk


def test_it_can_be_declined(newcomer: User, link: str) -> None:
    browser = signed_in(newcomer)
    assert browser.post(link, {"decline": ""})["Location"] == "/"
    assert role_of(newcomer) is None
    assert browser.get(link).status_code == 410


def test_it_works_once(newcomer: User, max_: User, link: str, invitation: Invitation) -> None:
    signed_in(newcomer).post(link)
    for method in ("get", "post"):
        answer = getattr(signed_in(max_), method)(link)
        assert answer.status_code == 410
        assert "has already been used" in answer.content.decode()
    assert Invitation.objects.using("users").get().accepted_by_id == newcomer.pk


def test_who_is_a_member_keeps_their_role(newcomer: User, organization: Organization, link: str) -> None:
    belong(newcomer, organization, "owner")
    signed_in(newcomer).post(link)
    assert role_of(newcomer) == "owner"


@pytest.mark.parametrize(("field", "said"), [("revoked_at", "was revoked"), ("expires_at", "has expired")])
def test_it_ends(newcomer: User, link: str, invitation: Invitation, field: str, said: str) -> None:
    end(invitation, **{field: timezone.now()})
    browser = signed_in(newcomer)
    for answer in (browser.get(link), browser.post(link)):
        assert answer.status_code == 410
        assert said in answer.content.decode()
    assert role_of(newcomer) is None


def test_one_of_a_deleted_organization_is_not_there(newcomer: User, link: str, organization: Organization) -> None:
    Organization.objects.using("routes").filter(pk=organization.pk).update(state="deleted")
    assert signed_in(newcomer).get(link).status_code == 404


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1], lambda t: ("1" if t[0] == "0" else "0") + t[1:], lambda t: t[:32], lambda t: "x", str.upper],
)
def test_a_link_that_is_not_ours_is_not_there(newcomer: User, link: str, change: object) -> None:
    token = link.rpartition("/")[2]
    changed = change(token)  # type: ignore[operator]
    assert changed != token
    browser = signed_in(newcomer)
    assert browser.get(f"/-/invites/{changed}").status_code == 404
    assert browser.post(f"/-/invites/{changed}").status_code == 404


def test_visitors_sign_up_and_come_back(client: Client, link: str, organization: Organization) -> None:
    page = client.get(link)
    assert (page.status_code, page["Referrer-Policy"]) == (200, "same-origin")
    assert "mia invited you to join as guest" in page.text
    [sign_up] = re.findall(r'href="(/users/sign_up\?redirect=[^"]+)"', page.text)
    form = client.get(sign_up)
    assert 'value="new@example.com"' in form.text
    [redirect] = re.findall(r'name="redirect" value="([^"]+)"', form.text)
    fields = {"name": "New", "username": "new", "email": "new@example.com", "password": "a-long-secret"}
    back = client.post("/users/sign_up", fields | {"redirect": redirect})
    assert back["Location"] == f"{link}?welcome"
    assert "checked" in client.get(back["Location"]).text
    assert client.post(link, {"home": "on"})["Location"] == f"/organizations/{PATH}/-/dashboard"
    assert User.objects.using("users").get(username="new").default_organization_id == organization.pk


def test_visitors_may_sign_in_instead(client: Client, link: str) -> None:
    assert f'href="/users/sign_in?redirect={quote(f"{link}?welcome", safe="")}"' in client.get(link).text


def test_visitors_accept_nothing(client: Client, link: str) -> None:
    assert client.post(link)["Location"] == f"/users/sign_in?redirect={link}"
    assert Invitation.objects.using("users").get().accepted_at is None


def test_a_link_that_is_over_tells_no_address(client: Client, link: str, invitation: Invitation) -> None:
    end(invitation, revoked_at=timezone.now())
    assert client.get(link).status_code == 410
    assert "new@example.com" not in client.get("/users/sign_up", {"redirect": link}).text


def test_a_link_that_is_not_ours_leads_visitors_to_sign_in(client: Client) -> None:
    assert client.get("/-/invites/x")["Location"] == "/users/sign_in?redirect=/-/invites/x"
