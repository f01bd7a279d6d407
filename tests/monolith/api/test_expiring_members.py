"""A membership that has ended gives no role, anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
GOLD = f"/projects/{key('vault/gold')}"


def day(later: int) -> str:
    return (timezone.now().date() + timedelta(days=later)).isoformat()


def end(model: type[ProjectMember] | type[NamespaceMember]) -> None:
    """Let all memberships that end have ended."""
    model.objects.exclude(expires_at=None).update(expires_at=day(0))


def test_it_ends_by_itself(olivia: Program, mel: Program, secret: Project) -> None:
    assert mel.user
    sent = {"user_id": mel.user.pk, "access_level": 30, "expires_at": day(1)}
    assert olivia.post(f"{GOLD}/members", sent).json()["expires_at"] == day(1)
    assert mel.get(GOLD).status_code == 200
    assert (
        mel.post(f"{GOLD}/merge_requests", {"title": "x", "source_branch": "x", "target_branch": "y"}).status_code
        == 201
    )
    end(ProjectMember)
    for path in (GOLD, f"{GOLD}/issues", "/groups/vault"):
        assert mel.get(path).status_code == 404
    for page in ("projects", "groups", "merge_requests?scope=all"):
        assert mel.get(f"/organizations/acme/{page}").json() == []
    assert olivia.get(f"{GOLD}/members").json() == []
    assert olivia.get(f"{GOLD}/members/all").json() == []


def test_of_a_group_too(olivia: Program, mel: Program, secret: Project) -> None:
    assert mel.user
    sent = {"user_id": mel.user.pk, "access_level": 40, "expires_at": day(2)}
    assert olivia.post("/groups/vault/members", sent).status_code == 201
    assert mel.put(GOLD, {"description": "Shiny"}).status_code == 200
    end(NamespaceMember)
    assert mel.get(GOLD).status_code == 404
    # Somebody may add the person again.
    assert olivia.post("/groups/vault/members", {**sent, "expires_at": None}).status_code == 201
    assert mel.get(GOLD).status_code == 200
    assert NamespaceMember.with_expired.filter(user_id=mel.user.pk).count() == 1


def test_the_end_changes(olivia: Program, mel: Program, secret: Project) -> None:
    assert mel.user
    olivia.post(f"{GOLD}/members", {"user_id": mel.user.pk, "access_level": 30, "expires_at": day(1)})
    one = f"{GOLD}/members/{mel.user.pk}"
    assert olivia.put(one, {"access_level": 30}).json()["expires_at"] == day(1)
    assert olivia.put(one, {"access_level": 30, "expires_at": None}).json()["expires_at"] is None
    for wrong in (day(0), day(-1), "soon", 7):
        answer = olivia.put(one, {"access_level": 30, "expires_at": wrong})
        assert (answer.status_code, [*answer.json()["message"]]) == (400, ["expires_at"])


def test_the_last_owner_of_a_group_does_not_end(dana: Program, mel: Program, group: Namespace) -> None:
    assert dana.user
    assert mel.user
    mine = f"/groups/tools/members/{dana.user.pk}"
    assert dana.put(mine, {"access_level": 50, "expires_at": day(1)}).status_code == 400
    # Nor when the only other owner ends.
    dana.post("/groups/tools/members", {"user_id": mel.user.pk, "access_level": 50, "expires_at": day(1)})
    assert dana.delete(mine).status_code == 400
