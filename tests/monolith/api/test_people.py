"""Who is listed to whom, access tokens, and what software this is."""

from __future__ import annotations

import pytest
from django.conf import settings

from organizations.models import Organization
from tests.cast import belong, make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from users.models import PersonalAccessToken

pytestmark = pytest.mark.django_db(databases=ALIASES)


def names(program: Program, query: str = "") -> list[str]:
    return sorted(each["username"] for each in program.get(f"/users{query}").json())


def test_people_see_those_of_their_organizations(mel: Program, olivia: Program, rita: Program, leo: Program) -> None:
    assert rita.user
    assert olivia.user
    make_person("lena")
    assert names(mel) == ["mel", "olivia"]
    assert names(leo) == ["leo"]
    assert names(mel, "?username=OLIVIA") == ["olivia"]
    assert names(mel, "?username=rita") == names(mel, "?search=rita") == []
    found = mel.get(f"/users/{olivia.user.pk}").json()
    assert (found["username"], found["state"]) == ("olivia", "active")
    answers = [mel.get(f"/users/{each}") for each in (rita.user.pk, 2**40, "x")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_a_guest_sees_themselves(gus: Program, olivia: Program, rivals: Organization) -> None:
    assert gus.user
    assert names(gus) == ["gus"]
    belong(gus.user, rivals)
    assert names(gus) == ["gus"]


def test_visitors_see_nobody(visitor: Program) -> None:
    for path in ("/users", "/users/1", "/version", "/metadata", "/personal_access_tokens"):
        assert visitor.get(path).status_code == 401


def test_tokens(mel: Program, olivia: Program) -> None:
    assert mel.user
    assert olivia.user
    PersonalAccessToken.issue(mel.user, "other", scope="read_api")
    listed = mel.get("/personal_access_tokens").json()
    assert [each["name"] for each in listed] == ["other", "test"]
    own = mel.get("/personal_access_tokens/self").json()
    assert own == mel.get(f"/personal_access_tokens/{own['id']}").json()
    assert own["id"] == listed[1]["id"]
    assert (own["scopes"], own["active"], own["revoked"], own["user_id"]) == (["api"], True, False, mel.user.pk)
    assert not {"token", "digest"} & own.keys()
    theirs = olivia.get("/personal_access_tokens/self").json()["id"]
    for path in (f"/personal_access_tokens/{theirs}", "/personal_access_tokens/x"):
        assert mel.get(path).status_code == mel.delete(path).status_code == 404
    assert mel.get(f"/personal_access_tokens?user_id={olivia.user.pk}").json() == []
    assert mel.delete(f"/personal_access_tokens/{listed[0]['id']}").status_code == 204
    assert [each["name"] for each in mel.get("/personal_access_tokens?state=active").json()] == ["test"]
    assert [each["name"] for each in mel.get("/personal_access_tokens?revoked=true").json()] == ["other"]
    assert mel.delete("/personal_access_tokens/self").status_code == 204
    assert mel.get("/personal_access_tokens/self").status_code == 401


def test_a_token_that_reads_may_end_itself_only(mel: Program) -> None:
    assert mel.user
    reader = Program(mel.user, scope="read_api")
    own = reader.get("/personal_access_tokens/self").json()["id"]
    assert reader.delete(f"/personal_access_tokens/{own}").status_code == 403
    assert reader.delete("/personal_access_tokens/self").status_code == 204


def test_a_session_revokes_none(mel: Program) -> None:
    assert mel.user
    browser = signed_in(mel.user)
    own = mel.get("/personal_access_tokens/self").json()["id"]
    assert browser.get("/api/v4/personal_access_tokens/self").status_code == 404
    assert browser.delete(f"/api/v4/personal_access_tokens/{own}").status_code == 403
    assert mel.get("/user").status_code == 200


def test_the_version(mel: Program) -> None:
    assert mel.get("/version").json() == {"version": settings.RELEASE, "revision": settings.RELEASE}
    assert mel.get("/metadata").json()["enterprise"] is False
