from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from monolith.namespaces.api.pages import FOR_LONGER_LISTS, page_number
from monolith.namespaces.api.parameters import Projects
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from tests.databases import ALIASES
from tests.users.conftest import mia, signed_in
from users.models import PersonalAccessToken, User

__all__ = ["mia"]
pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def public() -> Organization:
    """GitLab.com Public, served here."""
    OrganizationState.objects.using("main").get_or_create(id=GITLAB_COM_PUBLIC, defaults={"state": "active"})
    return Organization.objects.using("routes").get(pk=GITLAB_COM_PUBLIC)


@pytest.fixture
def token(mia: User) -> dict[str, str]:
    return {"PRIVATE-TOKEN": PersonalAccessToken.issue(mia, "laptop")}


def project(organization_id: int, path: str, visibility: str) -> Project:
    """A project with an issue; without routes, so that it can be asked for by the global list only."""
    group, _ = Namespace.objects.using("main").get_or_create(
        organization_id=organization_id, path=path, full_path=path, kind="group", visibility=visibility
    )
    made = Project.objects.using("main").create(
        organization_id=organization_id,
        namespace=group,
        path="app",
        full_path=f"{path}/app",
        name="App",
        visibility=visibility,
    )
    Issue.objects.using("main").create(
        organization_id=organization_id, project=made, iid=1, title="Hello", author_id=1, state="open"
    )
    return made


def get(path: str, headers: dict[str, str] | None = None) -> Any:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_token_says_who_one_is(token: dict[str, str], mia: User) -> None:
    assert get("/api/v4/user", token)["username"] == "mia"
    assert "no-store" in Client().get("/api/v4/user", headers=token)["Cache-Control"]
    assert get("/api/v4/user", {"Authorization": f"Bearer {token['PRIVATE-TOKEN']}"})["id"] == mia.pk


@pytest.mark.parametrize("headers", [{}, {"PRIVATE-TOKEN": "glpat-x"}, {"Authorization": "Bearer x"}])
def test_without_one_nobody_is_anybody(mia: User, headers: dict[str, str]) -> None:
    response = Client().get("/api/v4/user", headers=headers)
    assert response.status_code == 401
    assert response.json()["message"] == "401 Unauthorized"


def test_a_token_opens_no_page(token: dict[str, str]) -> None:
    assert Client().get("/-/profile", headers=token).status_code == 302


def test_lists_show_what_one_may_see(public: Organization, token: dict[str, str]) -> None:
    project(public.pk, "open-group", "public")
    project(public.pk, "closed-group", "private")
    assert [each["path_with_namespace"] for each in get("/api/v4/projects")] == ["open-group/app"]
    assert [each["path_with_namespace"] for each in get("/api/v4/projects", token)] == ["open-group/app"]


def test_lists_come_in_pages(public: Organization) -> None:
    for number in range(3):
        project(public.pk, f"group-{number}", "public")
    response = Client().get("/api/v4/projects?per_page=2")
    assert (len(response.json()), response["X-Next-Page"]) == (2, "2")
    response = Client().get("/api/v4/projects?per_page=2&page=2")
    assert (len(response.json()), response["X-Next-Page"]) == (1, "")


NO_NUMBERS = ["-1", "x", "", "²", "1.5", "9" * 20]


@pytest.mark.parametrize("more", ["", "&pagination=keyset"])
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("page", [*NO_NUMBERS, "0", "1001"]),
        ("per_page", [*NO_NUMBERS, "0", "101"]),
        ("id_after", [*NO_NUMBERS, str(2**53 + 1)]),
        ("id_before", [*NO_NUMBERS, "0"]),
        ("sort", ["", "up", "ASC"]),
        ("pagination", ["", "cursor", "KEYSET"]),
    ],
)
def test_a_wrong_parameter_is_named(public: Organization, name: str, values: list[str], more: str) -> None:
    for value in values:
        response = Client().get(f"/api/v4/projects?{more}&{name}={quote(value)}")
        assert (response.status_code, list(response.json()["message"])) == (400, [name]), value


def test_a_page_beyond_the_end_is_empty(public: Organization) -> None:
    project(public.pk, "group", "public")
    response = Client().get("/api/v4/projects?page=2")
    assert (response.json(), response["X-Next-Page"]) == ([], "")


def test_the_last_page_links_to_a_refusal_that_names_keyset(
    public: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Projects._declared_fields, "page", page_number(2, FOR_LONGER_LISTS))
    for number in range(3):
        project(public.pk, f"group-{number}", "public")
    seen = [Client().get(f"/api/v4/projects?per_page=1&page={page}") for page in (1, 2, 3)]
    assert [each["path_with_namespace"] for page in seen[:2] for each in page.json()] == ["group-0/app", "group-1/app"]
    assert seen[1]["X-Next-Page"] == "3"
    assert seen[2].status_code == 400
    assert "pagination=keyset" in seen[2].json()["message"]["page"][0]


def test_a_session_counts_for_reading(mia: User) -> None:
    assert signed_in().get("/api/v4/user").json()["username"] == "mia"
