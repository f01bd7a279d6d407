"""`/api/v4/groups/<id>/members…` and `/api/v4/projects/<id>/members…`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from monolith.namespaces.models import Namespace, Project
from tests.cast import make_person
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

TOOLS = "/groups/tools/members"
HAMMER = f"/projects/{key('tools/hammer')}/members"


def levels(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, answer.content
    return {each["username"]: each["access_level"] for each in answer.json()}


def test_it_adds_changes_and_removes(dana: Program, mel: Program, project: Project) -> None:
    assert mel.user
    added = dana.post(HAMMER, {"user_id": mel.user.pk, "access_level": 30})
    assert (added.status_code, added.json()["access_level"]) == (201, 30)
    assert levels(mel.get(HAMMER)) == {"mel": 30}
    assert levels(mel.get(f"{HAMMER}/all")) == {"mel": 30, "dana": 50}
    one = f"{HAMMER}/{mel.user.pk}"
    assert dana.put(one, {"access_level": 40}).json()["access_level"] == 40
    assert dana.get(one).json()["username"] == "mel"
    assert dana.delete(one).status_code == 204
    assert dana.get(one).status_code == dana.delete(one).status_code == 404


def test_it_adds_by_username(dana: Program, mel: Program, group: Namespace) -> None:
    assert dana.post(TOOLS, {"username": "mel", "access_level": 10}).status_code == 201
    assert levels(dana.get(f"{TOOLS}?pagination=keyset&per_page=1"))
    assert levels(dana.get(f"{TOOLS}/all?pagination=offset")) == {"dana": 50, "mel": 10}
    assert [*dana.get(f"{TOOLS}/all?pagination=keyset").json()["message"]] == ["pagination"]
    assert dana.post(TOOLS, {"username": "mel", "access_level": 10}).status_code == 409


def test_who_is_not_of_the_organization_is_as_nobody(dana: Program, rita: Program, group: Namespace) -> None:
    assert rita.user
    sent: list[dict[str, Any]] = [
        {"user_id": rita.user.pk},
        {"username": "rita"},
        {"user_id": 2**40},
        {"username": "nobody"},
    ]
    answers = [dana.post(TOOLS, {**each, "access_level": 10}) for each in sent]
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}


@pytest.mark.parametrize("body", [{}, {"access_level": 20, "username": "mel"}, {"access_level": 10}])
def test_what_is_wrong_is_said(dana: Program, mel: Program, group: Namespace, body: dict[str, Any]) -> None:
    assert dana.post(TOOLS, body).status_code == 400


def test_the_last_owner_stays(dana: Program, group: Namespace) -> None:
    assert dana.user
    assert dana.delete(f"{TOOLS}/{dana.user.pk}").status_code == 400
    assert dana.put(f"{TOOLS}/{dana.user.pk}", {"access_level": 10}).status_code == 400
    assert levels(dana.get(TOOLS)) == {"dana": 50}


def test_nobody_goes_further_than_they_may(dana: Program, mel: Program, gus: Program, project: Project) -> None:
    assert mel.user
    assert gus.user
    dana.post(HAMMER, {"user_id": mel.user.pk, "access_level": 40})
    assert mel.post(HAMMER, {"user_id": gus.user.pk, "access_level": 50}).status_code == 403
    assert gus.post(HAMMER, {"user_id": gus.user.pk, "access_level": 10}).status_code == 403
    assert mel.delete(f"{HAMMER}/{mel.user.pk}").status_code == 204


def test_others_do_not_find_them(rita: Program, visitor: Program, project: Project, secret: Project) -> None:
    for path in (TOOLS, HAMMER, "/groups/vault/members/all", "/groups/absent/members/all"):
        assert rita.get(path).status_code == 404
        assert visitor.get(path).status_code == 401


def test_nobody_counts_through_ids(
    leo: Program, rita: Program, open_group: Namespace, steer: Callable[..., None]
) -> None:
    """By username everybody may be added in GitLab.com Public, by id only who is at home there."""
    assert leo.user
    assert rita.user
    open_group.members.create(organization_id=open_group.organization_id, user_id=leo.user.pk, role="owner")
    members = f"/groups/{open_group.pk}/members"
    lena = make_person("lena")
    theirs, absent = (leo.post(members, {"user_id": each, "access_level": 10}) for each in (rita.user.pk, 2**40))
    assert (theirs.status_code, theirs.content) == (absent.status_code, absent.content) == (400, theirs.content)
    assert leo.post(members, {"user_id": lena.pk, "access_level": 10}).status_code == 201
    assert leo.post(members, {"username": "rita", "access_level": 10}).status_code == 201
    steer(people_an_hour=3)
    answers = [leo.post(members, {**who, "access_level": 10}) for who in ({"username": "rita"}, {"user_id": 2**40})]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(429, "3600")] * 2
