"""Tokens made, seen and revoked through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from organizations.models import GITLAB_COM_PUBLIC
from tests.cast import belong, make_organization
from tests.databases import ALIASES
from tests.users.conftest import signed_in
from users.models import PersonalAccessToken, User
from users.routable_tokens import is_whole

pytestmark = pytest.mark.django_db(databases=ALIASES)
MAKE, SELF = "/api/v4/user/personal_access_tokens", "/api/v4/personal_access_tokens/self"
SENT = {"name": "bot", "scopes": ["api"]}


def sent(token: str) -> dict[str, str]:
    return {"PRIVATE-TOKEN": token}


def make(token: str, **fields: Any) -> Any:
    return Client().post(MAKE, {**SENT, **fields}, content_type="application/json", headers=sent(token))


@pytest.fixture
def token(mia: User) -> str:
    return PersonalAccessToken.issue(mia, "laptop")


def test_it_works(token: str, mia: User) -> None:
    made = make(token)
    assert made.status_code == 201, made.content
    said = made.json()
    assert is_whole(said["token"], "glpat-")
    assert (said["name"], said["scopes"], said["active"], said["organization_id"]) == ("bot", ["api"], True, None)
    found = Client().get(SELF, headers=sent(said["token"])).json()
    assert found == {name: value for name, value in said.items() if name != "token"} | {
        "last_used_at": found["last_used_at"]
    }
    assert Client().delete(SELF, headers=sent(said["token"])).status_code == 204
    assert Client().get(SELF, headers=sent(said["token"])).status_code == 401


def test_it_is_limited_to_one_of_ones_organizations(token: str, mia: User) -> None:
    makers, others = make_organization("makers"), make_organization("others")
    belong(mia, makers)
    made = make(token, organization_id=makers.pk)
    assert (made.status_code, made.json()["organization_id"]) == (201, makers.pk)
    limited = made.json()["token"]
    # One that is limited makes none that sees more.
    assert make(limited).json()["organization_id"] == makers.pk
    for wrong in (others.pk, GITLAB_COM_PUBLIC, 2**50):
        assert make(limited, organization_id=wrong).status_code == 400
    for invalid in (others.pk, 2**50, 0, "x"):
        refused = make(token, organization_id=invalid)
        assert (refused.status_code, [*refused.json()["message"]]) == (400, ["organization_id"])


def test_it_does_not_outlive_the_one_that_made_it(mia: User) -> None:
    short = PersonalAccessToken.issue(mia, "short", timedelta(days=3))
    today = timezone.now().date()
    assert make(short).json()["expires_at"] == (today + timedelta(days=3)).isoformat()
    for days, status in ((1, 201), (0, 400), (-1, 400), (4, 400)):
        expires = (today + timedelta(days=days)).isoformat()
        assert make(short, expires_at=expires).status_code == status, days


@pytest.mark.parametrize(("scopes", "scope"), [(["read_api"], "read_api"), (["read_api", "api"], "api")])
def test_the_wider_scope_counts(token: str, scopes: list[str], scope: str) -> None:
    assert make(token, scopes=scopes).json()["scopes"] == [scope]


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"scopes": ["sudo"]}, {"name": ""}, {"expires_at": "x"}, {"more": 1}]
)
def test_it_says_what_is_wrong(token: str, wrong: dict[str, Any]) -> None:
    refused = make(token, **wrong)
    assert refused.status_code == 400
    assert next(iter(wrong)) in refused.json()["message"]


def test_one_that_only_reads_makes_none(mia: User) -> None:
    reads = PersonalAccessToken.issue(mia, "reads", scope="read_api")
    assert make(reads).status_code == 403
    assert Client().delete(SELF, headers=sent(reads)).status_code == 204


def test_a_session_confirms_its_password_first(mia: User) -> None:
    browser = signed_in()
    assert browser.post(MAKE, SENT, content_type="application/json").status_code == 403
    assert Client().post(MAKE, SENT, content_type="application/json").status_code == 401
    assert browser.get(SELF).status_code == 404
    assert not PersonalAccessToken.objects.using("users").exists()
