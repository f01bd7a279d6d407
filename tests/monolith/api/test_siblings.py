"""Each address without a key is of the caller's organization, and has a sibling for every other one."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace, Project
from organizations.members.models import Membership
from routing.declare import Rule
from routing.index import Endpoint, endpoints
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program

pytestmark = pytest.mark.django_db(databases=ALIASES)

V4 = ("api", "v4")
NOT_BUILT = "routing.views.not_built"
SIBLING = (*V4, "organizations", "<segment:id>")


def api() -> dict[tuple[str, ...], Endpoint]:
    """The addresses of the API behind which a view stands."""
    found = [each for each in endpoints(get_resolver()) if isinstance(each, Endpoint)]
    return {tuple(each.tokens): each for each in found if tuple(each.tokens[:2]) == V4 and each.view != NOT_BUILT}


GLOBAL = {tokens: each for tokens, each in api().items() if each.declaration.rule is Rule.CALLER}


def test_there_are_some() -> None:
    assert len(GLOBAL) == 9


@pytest.mark.parametrize("tokens", GLOBAL, ids="/".join)
def test_each_address_without_a_key_has_a_sibling(tokens: tuple[str, ...]) -> None:
    assert (*SIBLING, *tokens[2:]) in api()


@pytest.mark.parametrize("tokens", [each for each in GLOBAL if each[-1] != "mark_as_done"], ids="/".join)
def test_it_answers_as_the_callers_sibling(olivia: Program, project: Project, tokens: tuple[str, ...]) -> None:
    needed = "?scope=projects&search=hammer" if tokens[-1] == "search" else ""
    address = "/".join(tokens[2:]) + needed
    mine, sibling = olivia.get(f"/{address}"), olivia.get(f"/organizations/acme/{address}")
    assert (mine.status_code, mine.content) == (sibling.status_code, sibling.content) == (200, mine.content)


def test_what_is_created_is_in_the_callers_organization(olivia: Program, leo: Program, project: Project) -> None:
    sent = {"path": "saw", "namespace_id": project.namespace_id}
    assert olivia.post("/projects", sent).json()["path_with_namespace"] == "tools/saw"
    assert leo.post("/projects", {**sent, "path": "drill"}).status_code == 400


def test_who_left_is_at_home_in_gitlab_com_public(mel: Program, group: Namespace, open_group: Namespace) -> None:
    assert mel.user
    create_namespace(group.organization_id, "inner", name="Inner", visibility="internal")
    assert "inner" in [each["path"] for each in mel.get("/groups").json()]
    Membership.objects.filter(user=mel.user).delete()
    assert [each["path"] for each in mel.get("/groups").json()] == ["open"]


def test_legacy_users_stay(leo: Program) -> None:
    assert leo.user
    create_namespace(1, "leo", name="Leo", kind="user", owner_id=leo.user.pk, visibility="public")
    assert leo.post("/projects", {"path": "saw"}).status_code == 201


def test_a_global_address_that_is_not_built_leads_nowhere(mel: Program, leo: Program) -> None:
    for program in (mel, leo):
        assert program.get("/runners").status_code == 404
