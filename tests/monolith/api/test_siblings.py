"""Each global address has a sibling for every organization, or none on purpose."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Project
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


GLOBAL = {tokens: each for tokens, each in api().items() if each.declaration.rule is Rule.PUBLIC}


def test_there_are_some() -> None:
    assert len(GLOBAL) == 7


@pytest.mark.parametrize("tokens", GLOBAL, ids="/".join)
def test_each_global_address_has_a_sibling(tokens: tuple[str, ...]) -> None:
    assert GLOBAL[tokens].declaration.is_global_page
    assert (*SIBLING, *tokens[2:]) in api()


@pytest.mark.parametrize("tokens", GLOBAL, ids="/".join)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_people_of_organizations_are_sent_there(mel: Program, tokens: tuple[str, ...], method: str) -> None:
    address = "/".join(tokens[2:])
    answer = mel.ask(method, f"/{address}?page=2", None if method == "GET" else {"name": "x"})
    assert answer.status_code == 308
    assert answer["Location"] == f"/api/v4/organizations/acme/{address}?page=2"


def test_what_was_sent_works_there(olivia: Program, leo: Program, project: Project) -> None:
    sent = {"path": "saw", "namespace_id": project.namespace_id}
    there = olivia.post("/projects", sent)["Location"].removeprefix("/api/v4")
    assert olivia.post(there, sent).json()["path_with_namespace"] == "tools/saw"


def test_legacy_users_stay(leo: Program) -> None:
    assert leo.user
    create_namespace(1, "leo", name="Leo", kind="user", owner_id=leo.user.pk, visibility="public")
    assert leo.post("/projects", {"path": "saw"}).status_code == 201


def test_a_global_address_that_is_not_built_leads_nowhere(mel: Program, leo: Program) -> None:
    for program in (mel, leo):
        assert program.get("/runners").status_code == 404
