"""The password again: what a stolen session cannot do."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import Client

from tests.databases import ALIASES
from tests.users.conftest import PASSWORD, signed_in
from users.models import PersonalAccessToken, User
from users.reauthentication import FIELD

pytestmark = pytest.mark.django_db(databases=ALIASES)
TOKENS = "/-/profile/personal_access_tokens"
TOKEN = {"name": "laptop", "scope": "api", "days": "7"}
CONFIRM = "/-/profile/confirm"
ASKED = "Confirm your password"


def live() -> int:
    return PersonalAccessToken.objects.using("users").filter(revoked_at=None).count()


@pytest.fixture
def token(mia: User) -> PersonalAccessToken:
    """One of mia's."""
    PersonalAccessToken.issue(mia, "robot")
    return PersonalAccessToken.objects.using("users").get()


def test_tokens_are_neither_made_nor_revoked_without_it(browser: Client, token: PersonalAccessToken) -> None:
    for path, form in ((TOKENS, TOKEN), (f"{TOKENS}/{token.pk}/revoke", {}), (f"{TOKENS}/revoke_all", {})):
        assert ASKED in browser.post(path, form).text
        assert live() == 1
    made = browser.post(TOKENS, {**TOKEN, FIELD: PASSWORD})
    assert "glpat-" in made.text
    assert live() == 2
    browser.post(f"{TOKENS}/{token.pk}/revoke")
    assert live() == 1


def test_it_holds_for_so_long_as_the_setting_says(
    confirmed: Client, steer: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    steer(confirmation_minutes=2)
    now = time.time()
    for seconds, is_asked in ((119, False), (121, True), (-1, True)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now + seconds)
        assert (ASKED in confirmed.post(TOKENS, {}).text) == is_asked


def test_it_is_one_sessions_own(confirmed: Client) -> None:
    assert ASKED in signed_in().post(TOKENS, TOKEN).text
    assert ASKED not in confirmed.post(TOKENS, TOKEN).text


def test_it_can_be_given_beforehand(browser: Client) -> None:
    assert ASKED in browser.get(CONFIRM).text
    assert browser.post(CONFIRM, {FIELD: "wrong"}).status_code == 422
    assert ASKED in browser.post(TOKENS, TOKEN).text
    assert browser.post(CONFIRM, {FIELD: PASSWORD})["Location"] == "/-/profile/account"
    assert ASKED not in browser.post(TOKENS, TOKEN).text


def test_it_is_not_tried_beyond_the_limit(browser: Client, steer: Callable[..., None]) -> None:
    steer(passwords_an_hour=1)
    assert "password is incorrect" in browser.post(CONFIRM, {FIELD: "wrong"}).text
    answers = [browser.post(CONFIRM, {FIELD: password}) for password in ("wrong", PASSWORD)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert "password is incorrect" not in answers[0].text
    assert ASKED in browser.post(TOKENS, TOKEN).text


def test_visitors_are_sent_to_sign_in(visitor: Client) -> None:
    for answer in (visitor.get(CONFIRM), visitor.post(CONFIRM, {FIELD: PASSWORD}), visitor.post(TOKENS, TOKEN)):
        assert answer["Location"].startswith("/users/sign_in")


def test_ending_sessions_asks_nothing(browser: Client) -> None:
    signed_in()
    other = browser.get("/-/profile/sessions").context["sessions"][1].sign_in.pk
    assert browser.post(f"/-/profile/sessions/{other}/end").status_code == 302
    assert browser.post("/-/profile/account/sign_out").status_code == 302


def test_another_password_says_which_tokens_stay(browser: Client, token: PersonalAccessToken) -> None:
    browser.post("/-/profile/password", {"current": PASSWORD, "password": "another-long-secret"})
    page = browser.get("/-/profile/password").text
    assert "1 access token still works." in page
    assert f"{TOKENS}/{token.pk}/revoke" in page
    # The password was given a moment ago.
    assert browser.post(f"{TOKENS}/revoke_all")["Location"] == TOKENS
    assert live() == 0
    assert "still work" not in browser.get("/-/profile/password").text


def test_signing_out_everywhere_says_which_tokens_stay(browser: Client, token: PersonalAccessToken) -> None:
    page = browser.get("/-/profile/account").text
    assert f"{TOKENS}/{token.pk}/revoke" in page
    browser.post("/-/profile/account/sign_out")
    assert "1 access token still works." in browser.get("/users/sign_in").text
    assert live() == 1


def test_signing_out_everywhere_can_revoke_them(browser: Client, token: PersonalAccessToken) -> None:
    form = {"tokens": "on"}
    assert ASKED in browser.post("/-/profile/account/sign_out", form).text
    assert live() == 1
    assert browser.post("/-/profile/account/sign_out", {**form, FIELD: PASSWORD})["Location"] == "/users/sign_in"
    assert live() == 0
    assert browser.get("/-/profile").status_code == 302
    assert "still work" not in browser.get("/users/sign_in").text


def test_who_resets_the_password_is_led_to_the_tokens(
    visitor: Client, token: PersonalAccessToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.views.password._person_of_link", lambda code: User.objects.using("users").get())
    answer = visitor.post("/users/password/edit", {"password": "another-long-secret", "reset_password_token": "x"})
    assert answer["Location"] == f"/users/sign_in?redirect={TOKENS}"
    assert "1 access token still works." in visitor.get(answer["Location"]).text


def test_nobody_revokes_all_of_anothers(confirmed: Client) -> None:
    eva = User.objects.using("users").create(username="eva", email="eva@example.com")
    PersonalAccessToken.issue(eva, "robot")
    confirmed.post(f"{TOKENS}/revoke_all")
    assert live() == 1
