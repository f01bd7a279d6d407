from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.databases import ALIASES
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/personal_access_tokens"


def make(confirmed: Client) -> str:
    """A token, read from the page that shows it."""
    response = confirmed.post(URL, {"name": "laptop", "scope": "api", "days": "7"})
    assert response.status_code == 200
    found = re.search(r'value="(glpat-[^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_it_works(confirmed: Client, mia: User) -> None:
    assert PersonalAccessToken.user_of(make(confirmed)) == mia


def test_it_is_shown_once(confirmed: Client) -> None:
    token = make(confirmed)
    page = confirmed.get(URL).content.decode()
    assert "laptop" in page
    assert token not in page


def test_how_long_one_may_live_is_a_setting(confirmed: Client, steer: Callable[..., None]) -> None:
    steer(access_token_days=7)
    page = confirmed.get(URL).content.decode()
    assert 'max="7"' in page
    assert confirmed.post(URL, {"name": "laptop", "days": "8"}).status_code == 422
    make(confirmed)


def test_it_says_what_is_wrong(confirmed: Client) -> None:
    assert confirmed.post(URL, {"name": "laptop", "scope": "api", "days": "366"}).status_code == 422
    assert confirmed.post(URL, {"name": "", "scope": "api", "days": "1"}).status_code == 422
    assert not PersonalAccessToken.objects.using("users").exists()


def test_revoking_works(confirmed: Client) -> None:
    token = make(confirmed)
    pk = PersonalAccessToken.objects.using("users").get().pk
    assert confirmed.post(f"{URL}/{pk}/revoke")["Location"] == URL
    assert PersonalAccessToken.user_of(token) is None
    assert "laptop" not in confirmed.get(URL).content.decode()


@pytest.mark.parametrize("which", ["theirs", "0", "x", "99999999999999999999"])
def test_nobody_revokes_anothers(confirmed: Client, which: str) -> None:
    eva = User.objects.using("users").create(username="eva", email="eva@example.com")
    token = PersonalAccessToken.issue(eva, "laptop")
    pk = PersonalAccessToken.objects.using("users").get().pk if which == "theirs" else which
    assert confirmed.post(f"{URL}/{pk}/revoke").status_code == 404
    assert PersonalAccessToken.user_of(token) == eva


def test_the_last_use_is_noted_once_an_hour(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    rows = PersonalAccessToken.objects.using("users")
    assert rows.get().last_used_at is None
    PersonalAccessToken.user_of(token)
    first = rows.get().last_used_at
    PersonalAccessToken.user_of(token)
    assert first is not None
    assert rows.get().last_used_at == first


def test_its_note_does_not_change_how_the_answer_is_sent(mia: User, visitor: Client) -> None:
    """In chunks, an answer that conceals something would tell whether this pod has seen the token before."""
    answer = visitor.get("/api/v4/nonsense", headers={"PRIVATE-TOKEN": PersonalAccessToken.issue(mia, "laptop")})
    assert (answer.status_code, answer["Content-Length"]) == (404, str(len(answer.content)))
    assert PersonalAccessToken.objects.using("users").get().last_used_at


def test_it_requires_sign_in(visitor: Client) -> None:
    assert visitor.get(URL).status_code == 302
    assert visitor.post(URL, {"name": "laptop", "scope": "api", "days": "7"}).status_code == 302
    assert not PersonalAccessToken.objects.using("users").exists()
