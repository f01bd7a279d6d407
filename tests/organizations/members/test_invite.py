from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from organizations.members.invitations import token_of
from organizations.members.models import Invitation
from organizations.models import Organization
from tests.cast import signed_in
from tests.databases import ALIASES
from tests.mailbox import Mails
from tests.organizations.conftest import PAGE, PATH, sent
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

URL = f"/organizations/{PATH}/-/invitations"
FORM = {"email": "new@example.com", "role": "member"}


def an_hour_ago() -> None:
    Invitation.objects.using("users").update(sent_at=timezone.now() - timedelta(hours=1))


def revoke(browser: Client, invitation: Invitation) -> Any:
    return browser.post(f"{URL}/{invitation.pk.hex}/revoke")


def invitation_of(organization: Organization, email: str = "new@example.com") -> Invitation:
    now = timezone.now()
    return Invitation.objects.using("users").create(
        organization_id=organization.pk, email=email, role="member", sent_at=now, expires_at=now + timedelta(days=7)
    )


def test_it_works(mia: User, mails: Mails) -> None:
    browser = signed_in(mia)
    answer = browser.post(URL, FORM | {"role": "guest"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    [mail] = sent(mails)
    assert "To: new@example.com" in mail
    assert "mia invited you to join My-Organization as guest" in mail
    assert "http://127.0.0.1:8000/-/invites/" in mail
    page = browser.get(PAGE).content.decode()
    assert "An invitation is on its way to new@example.com." in page
    assert page.count("new@example.com") > 1


def test_its_link_never_leads_to_a_host_that_the_request_names(mia: User, mails: Mails) -> None:
    signed_in(mia).post(URL, FORM, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert "evil" not in sent(mails)[0]


def test_the_same_address_is_invited_again_by_the_same_invitation(mia: User, mails: Mails) -> None:
    browser = signed_in(mia)
    browser.post(URL, FORM)
    an_hour_ago()
    browser.post(URL, {"email": "NEW@example.com", "role": "owner"})
    assert Invitation.objects.using("users").get().role == "owner"
    assert len(sent(mails)) == 2


def test_nobody_is_flooded_with_mails(mia: User, mails: Mails) -> None:
    browser = signed_in(mia)
    browser.post(URL, FORM)
    answer = browser.post(URL, FORM)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "wait a minute" in answer.content.decode()
    assert len(sent(mails)) == 1


@pytest.mark.parametrize(("limit", "wait"), [("invitations_open", "60"), ("invitations_a_day", "86400")])
def test_there_is_an_end_to_it(mia: User, mails: Mails, limit: str, wait: str, steer: Callable[..., None]) -> None:
    steer(**{limit: 2})
    browser = signed_in(mia)
    answers = [browser.post(URL, FORM | {"email": f"{number}@example.com"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert answers[-1]["Retry-After"] == wait
    assert len(sent(mails)) == 2


def test_how_long_it_can_be_accepted_is_a_setting(mia: User, mails: Mails, steer: Callable[..., None]) -> None:
    steer(invitation_days=2, mail_sender="eu@pods.example")
    signed_in(mia).post(URL, FORM)
    assert (
        "works once and expires after 2 days."
        in signed_in(mia).get(f"/organizations/{PATH}/-/members").content.decode()
    )
    invitation = Invitation.objects.using("users").get()
    assert invitation.expires_at - invitation.sent_at == timedelta(days=2)
    assert "2 days" in sent(mails)[0]
    assert "From: eu@pods.example" in sent(mails)[0]


@pytest.mark.parametrize("wrong", [{"email": ""}, {"email": "a"}, {"email": "a@b.de\nBcc: c@d.de"}, {"role": "admin"}])
def test_it_refuses_what_is_no_invitation(mia: User, mails: Mails, wrong: dict[str, str]) -> None:
    assert signed_in(mia).post(URL, FORM | wrong).status_code == 422
    assert sent(mails) == []


def test_where_no_email_is_sent_owners_copy_the_link(mia: User, mails: Mails, settings: Any) -> None:
    settings.SENDS_EMAIL = False
    browser = signed_in(mia)
    assert "This site does not send email yet." in browser.get(PAGE).text
    browser.post(URL, FORM)
    page = browser.get(PAGE).text
    link = f"{settings.EXTERNAL_URL}/-/invites/{token_of(Invitation.objects.using('users').get())}"
    assert f'readonly value="{link}"' in page
    settings.SENDS_EMAIL = True
    assert link not in browser.get(PAGE).text


def test_only_owners_see_the_link(mia: User, max_: User, mails: Mails, settings: Any) -> None:
    settings.SENDS_EMAIL = False
    signed_in(mia).post(URL, FORM)
    assert "/-/invites/" not in signed_in(max_).get(PAGE).text


def test_it_can_be_taken_back(mia: User, organization: Organization) -> None:
    invitation = invitation_of(organization)
    browser = signed_in(mia)
    assert revoke(browser, invitation).status_code == 302
    assert "No pending invitations." in browser.get(PAGE).content.decode()
    assert revoke(browser, invitation).status_code == 422


def test_one_of_another_organization_is_out_of_reach(mia: User, other_organization: Organization) -> None:
    assert revoke(signed_in(mia), invitation_of(other_organization)).status_code == 422
    assert Invitation.objects.using("users").get().revoked_at is None


@pytest.mark.parametrize("invitation_id", ["1", "x", "é", "0" * 32])
def test_an_unknown_one_cannot_be_taken_back(mia: User, invitation_id: str) -> None:
    assert signed_in(mia).post(f"{URL}/{invitation_id}/revoke").status_code == 422


def test_only_owners_may(mia: User, max_: User, newcomer: User, organization: Organization, mails: Mails) -> None:
    invitation = invitation_of(organization)
    for user, refused in ((max_, 403), (newcomer, 404)):
        browser = signed_in(user)
        assert browser.post(URL, FORM).status_code == refused
        assert revoke(browser, invitation).status_code == refused
    assert sent(mails) == []


def test_it_rejects_get(mia: User) -> None:
    assert signed_in(mia).get(URL).status_code == 405


def test_it_requires_login(client: Client, organization: Organization, mails: Mails) -> None:
    assert client.post(URL, FORM).status_code == 302
    assert sent(mails) == []
