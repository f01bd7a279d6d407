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
from tests.visitor import below_header
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEW = "/tools/-/projects/new"
SUBGROUP = "/tools/-/subgroups/new"
CHOOSE = "/organizations/acme/-/projects/new"
OPTION = '<option value="tools">tools</option>'
FORM = {"name": "Saw", "path": "saw", "visibility": "private", "description": "It saws."}
CHOSEN = FORM | {"namespace": "tools"}


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
    assert OPTION in dana.get(CHOOSE).text
    assert OPTION not in mel.get(CHOOSE).text
    assert "have a group in Acme yet" in mel.get(CHOOSE).text


def test_it_makes_one_in_the_chosen_group(dana: Client, acme: Organization) -> None:
    assert f'action="{CHOOSE}"' in dana.get(CHOOSE).text
    assert dana.post(CHOOSE, CHOSEN)["Location"] == "/tools/saw"
    project = Project.objects.get()
    assert (project.organization_id, project.namespace.full_path) == (acme.pk, "tools")


@pytest.mark.parametrize("namespace", ["", "vault", "no-such-group"])
def test_it_makes_none_where_one_may_not(dana: Client, secret: Project, namespace: str) -> None:
    assert dana.post(CHOOSE, CHOSEN | {"namespace": namespace}).status_code == 422
    assert Project.objects.get() == secret


def test_it_makes_none_that_more_people_see_than_the_group(dana: Client) -> None:
    answer = dana.post(CHOOSE, CHOSEN | {"visibility": "public"})
    assert answer.status_code == 422
    assert "choose a narrower visibility" in answer.text
    assert not Project.objects.exists()


@pytest.mark.parametrize(("here", "value", "there"), [("/projects/new", "acme", CHOOSE), (CHOOSE, "", "/projects/new")])
@pytest.mark.parametrize("kept", ["", "?kept"])
def test_another_organization_leads_to_its_form_with_what_was_typed(
    dana: Client, here: str, value: str, there: str, kept: str
) -> None:
    typed = CHOSEN | {"organization": value, "description": "Many\nlines", "path": "no path!"}
    answer = dana.post(f"{here}{kept}", typed)
    assert (answer.status_code, answer["Location"]) == (307, f"{there}?kept")
    page = dana.post(answer["Location"], typed)
    assert page.status_code == 200
    for each in ("no path!", "Many\nlines", f'value="{value}" selected'):
        assert each in page.text
    assert "errorlist" not in page.text
    assert not Project.objects.exists()


@pytest.mark.parametrize("value", ["rivals", "no-such-organization"])
def test_it_leads_to_no_organization_that_one_may_not_choose(dana: Client, rivals: Organization, value: str) -> None:
    for address in (CHOOSE, f"{CHOOSE}?kept"):
        answer = dana.post(address, CHOSEN | {"organization": value})
        assert answer.status_code == 422
        assert "Choose one of the listed organizations." in answer.text
        assert value not in answer.text
    assert not Project.objects.exists()


def test_it_defaults_to_gitlab_com_public_and_explains_the_isolation(mel: Client, group: Namespace) -> None:
    page = mel.get("/projects/new").text
    assert '<option value="" selected>GitLab.com Public</option>' in page
    assert "isolated from your organizations" in page


def test_it_never_mentions_organizations_to_legacy_users(leo: Client) -> None:
    assert "rganization" not in below_header(leo.get("/projects/new").text)


def test_guests_make_none_whatever_else_they_are(gus: Client, group: Namespace) -> None:
    group.members.create(
        organization_id=group.organization_id, user_id=User.objects.get(username="gus").pk, role="maintainer"
    )
    assert OPTION not in gus.get(CHOOSE).text
    assert gus.post(CHOOSE, CHOSEN).status_code == 422
    assert not Project.objects.exists()


def test_a_user_makes_projects_and_no_subgroups_in_their_namespace(leo: Client) -> None:
    user = User.objects.get(username="leo")
    create_namespace(GITLAB_COM_PUBLIC, "leo", name="leo", kind=Namespace.Kind.USER, owner_id=user.pk)
    assert leo.post("/leo/-/projects/new", FORM)["Location"] == "/leo/saw"
    assert leo.post("/leo/-/subgroups/new", FORM).status_code == 403
    assert '<option value="leo">leo</option>' in leo.get("/projects/new").text


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
