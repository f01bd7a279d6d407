from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.test import Client

from organizations.models import GITLAB_COM_PUBLIC
from tests.databases import ALIASES
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=["users", "users_replica"])


@pytest.fixture
def mia() -> User:
    """A person."""
    return User.objects.using("users").create(username="mia", email="mia@example.com", password=make_password("secret"))


def test_it_works(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    assert PersonalAccessToken.user_of(token) == mia


def test_it_is_random_and_its_text_is_not_stored(mia: User) -> None:
    tokens = {PersonalAccessToken.issue(mia, "laptop") for _ in range(3)}
    stored = str(list(PersonalAccessToken.objects.using("users").values()))
    assert len(tokens) == 3
    assert not any(token in stored or token.removeprefix("glpat-") in stored for token in tokens)


def test_a_token_cannot_be_stored_as_it_is(mia: User) -> None:
    with pytest.raises(IntegrityError, match="tokens_are_stored_hashed"), transaction.atomic(using="users"):
        PersonalAccessToken.objects.using("users").create(user=mia, name="laptop", scope="api", digest="glpat-secret")


@pytest.mark.parametrize("token", ["", "glpat-", "glpat-unknown", "ä", "\x00"])
def test_an_unknown_one_is_nobodys(mia: User, token: str) -> None:
    PersonalAccessToken.issue(mia, "laptop")
    assert PersonalAccessToken.user_of(token) is None


def test_a_revoked_one_is_nobodys(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    PersonalAccessToken.objects.using("users").get().revoke()
    assert PersonalAccessToken.user_of(token) is None


def test_revoking_again_keeps_the_first_time(mia: User) -> None:
    PersonalAccessToken.issue(mia, "laptop")
    PersonalAccessToken.objects.using("users").get().revoke()
    first = PersonalAccessToken.objects.using("users").get()
    first.revoke()
    assert PersonalAccessToken.objects.using("users").get().revoked_at == first.revoked_at


def test_an_expired_one_is_nobodys(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop", lifetime=timedelta(seconds=-1))
    assert PersonalAccessToken.user_of(token) is None


def test_it_expires_unless_told_otherwise(mia: User) -> None:
    PersonalAccessToken.issue(mia, "a year")
    PersonalAccessToken.issue(mia, "for ever", lifetime=None)
    times = dict(PersonalAccessToken.objects.using("users").values_list("name", "expires_at"))
    assert times["a year"] is not None
    assert times["for ever"] is None


def test_that_of_a_blocked_person_is_nobodys(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    User.objects.using("users").update(is_active=False)
    assert PersonalAccessToken.user_of(token) is None


def test_a_person_without_a_home_is_refused(mia: User) -> None:
    assert mia.default_organization_id == GITLAB_COM_PUBLIC
    assert mia.is_legacy
    with pytest.raises(IntegrityError), transaction.atomic(using="users"):
        User.objects.using("users").update(default_organization_id=None)


@pytest.mark.parametrize("taken", [{"username": "MIA"}, {"username": "other", "email": "Mia@Example.com"}])
def test_a_name_or_address_that_somebody_has_is_refused(mia: User, taken: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="is_taken_once"), transaction.atomic(using="users"):
        User.objects.using("users").create(**taken)


@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.parametrize("headers", [("PRIVATE-TOKEN", "{}"), ("Authorization", "Bearer {}")])
def test_it_opens_the_api_and_no_page(client: Client, mia: User, headers: tuple[str, str]) -> None:
    name, value = headers
    sent = {name: value.format(PersonalAccessToken.issue(mia, "laptop"))}
    assert client.get("/api/v4/user", headers=sent).json()["username"] == "mia"
    for path in ("/-/profile", "/-/profile/password", "/-/profile/personal_access_tokens"):
        answer = client.get(path, headers=sent)
        assert (answer.status_code, answer["Location"]) == (302, f"/users/sign_in?redirect={path}")
