"""`/projects/new`, and `/-/projects/new` and `/-/subgroups/new` below a namespace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace, Project
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing import claims
from routing.models import Route
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEW = "/tools/-/projects/new"
SUBGROUP = "/tools/-/subgroups/new"
FORM = {"name": "Saw", "path": "saw", "visibility": "private", "description": "It saws."}


def test_the_visibility_that_is_offered_first_is_a_setting(dana: Client, steer: Callable[..., None]) -> None:
    steer(default_project_visibility="internal")
    assert 'value="internal" selected' in dana.get(NEW).text
    # The group is internal, so nothing in it may be more visible.
    steer(default_project_visibility="public")
    assert 'value="internal" selected' in dana.get(NEW).text


def test_it_works(dana: Client, acme: Organization) -> None:
    assert f'action="{NEW}"' in dana.get(NEW).text
    assert dana.post(NEW, FORM)["Location"] == "/tools/saw"
    project = Project.objects.get()
    assert (project.organization_id, project.full_path, project.description) == (acme.pk, "tools/saw", "It saws.")
    assert Route.objects.get(key="tools/saw").entity_id == project.pk
    assert "It saws." in dana.get("/tools/saw").text


def test_a_subgroup_works(dana: Client, acme: Organization) -> None:
    assert f'action="{SUBGROUP}"' in dana.get(SUBGROUP).text
    assert dana.post(SUBGROUP, FORM)["Location"] == "/tools/saw"
    assert Namespace.objects.get(full_path="tools/saw").parent_id == Namespace.objects.get(full_path="tools").pk
    assert "tools/saw" in dana.get("/tools").text


def test_it_takes_another_spelling_of_the_path(dana: Client) -> None:
    assert dana.get("/TOOLS/-/projects/new")["Location"] == NEW
    assert dana.post("/TOOLS/-/projects/new", FORM)["Location"] == "/tools/saw"


def test_it_tells_that_a_path_is_taken(dana: Client, project: Project) -> None:
    answer = dana.post(NEW, FORM | {"path": "Hammer"})
    assert (answer.status_code, Project.objects.count()) == (422, 1)
    assert "This path is taken" in answer.text


def test_it_offers_nothing_more_visible_than_the_group(dana: Client) -> None:
    assert 'value="public"' not in dana.get(NEW).text
    assert dana.post(NEW, FORM | {"visibility": "public"}).status_code == 422
    assert not Project.objects.exists()


def test_it_offers_the_groups_of_whoever_asks(dana: Client, mel: Client, project: Project) -> None:
    assert f'href="{NEW}"' in dana.get("/organizations/acme/-/projects/new").text
    assert NEW not in mel.get("/organizations/acme/-/projects/new").text


def test_a_user_makes_projects_and_no_subgroups_in_their_namespace(leo: Client) -> None:
    user = User.objects.get(username="leo")
    create_namespace(GITLAB_COM_PUBLIC, "leo", name="leo", kind=Namespace.Kind.USER, owner_id=user.pk)
    assert leo.post("/leo/-/projects/new", FORM)["Location"] == "/leo/saw"
    assert leo.post("/leo/-/subgroups/new", FORM).status_code == 403
    assert 'href="/leo/-/projects/new"' in leo.get("/projects/new").text


@pytest.mark.parametrize("path", [NEW, SUBGROUP])
def test_it_takes_nothing_from_those_who_only_look(mel: Client, gus: Client, group: Namespace, path: str) -> None:
    for browser in (mel, gus):
        assert browser.get(path).status_code == 403
        assert browser.post(path, FORM).status_code == 403
    assert "/tools/-/projects/new" not in mel.get("/tools").text
    assert not Project.objects.exists()


@pytest.mark.parametrize("path", [NEW, SUBGROUP])
def test_it_requires_login(visitor: Client, group: Namespace, path: str) -> None:
    assert visitor.get(path)["Location"].startswith("/users/sign_in")
    visitor.post(path, FORM)
    assert Namespace.objects.count() == 1


@pytest.mark.parametrize("path", [NEW, SUBGROUP])
def test_it_is_not_there_for_others(rita: Client, group: Namespace, path: str) -> None:
    assert rita.get(path).status_code == rita.post(path, FORM).status_code == 404


def test_others_are_sent_home_from_the_global_page(mel: Client) -> None:
    assert mel.get("/projects/new")["Location"] == "/organizations/acme/-/projects/new"


def test_a_group_that_dies_meanwhile_gets_nothing(dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def die_first(*args: object, **kwargs: object) -> object:
        Namespace.objects.update(path="other", full_path="other")
        return claimed(*args, **kwargs)  # type: ignore[arg-type]

    claimed = claims.claim
    monkeypatch.setattr(claims, "claim", die_first)
    answer = dana.post(NEW, FORM)
    assert answer.status_code == 422
    assert "renamed or deleted in the meantime" in answer.text
    assert not Route.objects.filter(key="tools/saw").exists()
