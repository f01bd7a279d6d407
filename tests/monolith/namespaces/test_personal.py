"""People's own namespaces: claimed at sign-up, made by the pod that serves GitLab.com Public."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, OperationalError
from django.test import Client

from monolith.namespaces import personal
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.personal import name_of_somebody_new
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing import claims
from routing.claims import PathTaken
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes.conclude import decide
from tests.databases import ALIASES
from tests.visitor import below_header
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEWT = {"name": "Newt", "username": "Newt", "email": "newt@example.com", "password": "a-long-secret"}
PROJECT = {"name": "Dotfiles", "path": "dotfiles", "visibility": "private"}


@pytest.fixture
def newt(visitor: Client) -> Client:
    """Somebody who has just signed up."""
    assert visitor.post("/users/sign_up", NEWT).status_code == 302
    return visitor


def kinds() -> dict[str, str]:
    return dict(Route.objects.exclude(kind="reserved").values_list("path", "kind"))


def make_person(username: str) -> User:
    return User.objects.create(username=username, email=f"{username}@example.com")


def test_it_works(newt: Client) -> None:
    assert kinds() == {"Newt": "claim"}
    page = newt.get("/Newt")
    assert page.status_code == 200
    assert 'href="/Newt/-/projects/new"' in page.text
    assert "rganization" not in below_header(page.text)
    assert kinds() == {"Newt": "live"}
    namespace = Namespace.objects.get()
    assert (namespace.kind, namespace.organization_id) == ("user", GITLAB_COM_PUBLIC)
    assert namespace.owner_id == User.objects.get(username="Newt").pk


def test_the_janitor_makes_it(newt: Client) -> None:
    assert tidy("pod_us0")["settled"] == 1
    assert kinds() == {"Newt": "live"}
    assert Namespace.objects.get().full_path == "Newt"


def test_no_other_pod_makes_it(newt: Client) -> None:
    assert tidy("pod_us1")["settled"] == 0
    assert kinds() == {"Newt": "claim"}


def test_it_takes_projects_of_its_owner_alone(newt: Client, leo: Client, visitor: Client) -> None:
    assert newt.post("/Newt/-/projects/new", PROJECT)["Location"] == "/Newt/dotfiles"
    assert newt.get("/Newt/dotfiles").status_code == 200
    assert "Newt/dotfiles" in newt.get("/Newt").text
    assert newt.post("/Newt/dotfiles/-/edit/settings", {"name": "Dots", "visibility": "public"}).status_code == 302
    assert leo.get("/Newt/dotfiles").status_code == 200
    assert leo.post("/Newt/-/projects/new", PROJECT | {"path": "more"}).status_code == 403
    assert leo.get("/Newt/dotfiles/-/edit").status_code == 403


def test_others_do_not_see_what_is_private_in_it(newt: Client, leo: Client) -> None:
    newt.post("/Newt/-/projects/new", PROJECT)
    assert leo.get("/Newt/dotfiles").status_code == 404
    assert "dotfiles" not in leo.get("/Newt").text


def test_it_is_offered_for_new_projects(newt: Client) -> None:
    newt.get("/Newt")
    assert '<option value="Newt">Newt</option>' in newt.get("/projects/new").text


def test_it_stays_where_it_is_when_its_owner_is_at_home_elsewhere(newt: Client, acme: Organization) -> None:
    newt.get("/Newt")
    person = User.objects.get(username="Newt")
    Membership.objects.create(user=person, organization_id=acme.pk, role="member")
    User.objects.filter(pk=person.pk).update(default_organization_id=acme.pk)
    assert newt.post("/Newt/-/projects/new", PROJECT)["Location"] == "/Newt/dotfiles"
    assert Project.objects.get().organization_id == GITLAB_COM_PUBLIC
    assert newt.get("/Newt/dotfiles").status_code == 200


def test_it_has_no_members_and_no_settings(newt: Client) -> None:
    newt.get("/Newt")
    for page in ("/Newt/-/members", "/Newt/-/edit"):
        assert newt.get(page).status_code == 403


@pytest.mark.parametrize("taken", ["tools", "TOOLS", "admin", "Gone"])
def test_a_name_is_taken_once(visitor: Client, group: Namespace, taken: str) -> None:
    Route.objects.create(
        path="gone", kind="tombstone", organization_id=1, pod_id="pod_us0", expires_at="2999-01-01T00:00Z"
    )
    answer = visitor.post("/users/sign_up", NEWT | {"username": taken})
    assert answer.status_code == 422
    assert "taken" in answer.text
    assert not User.objects.exists()


def test_who_is_late_for_a_name_makes_nobody(group: Namespace) -> None:
    with pytest.raises(PathTaken), name_of_somebody_new("Tools"):
        make_person("Tools")
    assert not User.objects.exists()


def test_a_group_cannot_take_the_name_of_somebody_new(acme: Organization) -> None:
    with name_of_somebody_new("newt"):
        with pytest.raises(PathTaken):
            create_namespace(acme.pk, "newt", name="x")
        make_person("newt")


def test_a_name_is_free_again_when_nobody_was_made() -> None:
    with pytest.raises(DatabaseError), name_of_somebody_new("newt"):
        raise DatabaseError
    assert kinds() == {"newt": "claim"}
    assert tidy("pod_us0")["released"] == 1
    assert kinds() == {}
    assert not Namespace.objects.exists()


def test_who_took_too_long_is_not_made() -> None:
    def slowly() -> None:
        with name_of_somebody_new("newt"):
            make_person("newt")
            # Another pod's janitor does not see who is not committed.
            claims.release(Route.objects.get(path="newt").claim_key or uuid4())

    with pytest.raises(PathTaken):
        slowly()
    assert not User.objects.exists()
    assert kinds() == {}


def test_it_is_made_although_handing_over_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("the routes schema is gone")

    with monkeypatch.context() as context:
        context.setattr(claims, "hand_over", fail)
        with name_of_somebody_new("newt"):
            make_person("newt")
    assert tidy("pod_us0")["settled"] == 0
    Route.objects.filter(path="newt").update(expires_at="2020-01-01T00:00Z")
    assert tidy("pod_us0")["settled"] == 1
    assert kinds() == {"newt": "live"}


@pytest.fixture
def handed_over() -> claims.Claim:
    with name_of_somebody_new("newt"):
        make_person("newt")
    [claimed] = claims.expired_claims("pod_us0", 1)
    return claimed


def test_two_who_decide_make_one(handed_over: claims.Claim) -> None:
    assert decide(handed_over) == decide(handed_over) == "alive"
    assert Namespace.objects.count() == 1
    assert kinds() == {"newt": "live"}


def test_who_is_too_late_to_decide_makes_nothing(handed_over: claims.Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        context.setattr(personal, "named", lambda name: User.objects.filter(pk=0))
        assert decide(handed_over) == "dead"
    assert decide(handed_over) == "dead"
    assert not Namespace.objects.exists()
    assert kinds() == {}


def test_a_group_that_is_being_made_is_left_alone(acme: Organization, olivia: Client) -> None:
    claims.claim("soon", acme.pk, "group")
    assert olivia.get("/soon").status_code == 404
    assert kinds() == {"soon": "claim"}


def test_its_projects_are_seen_by_their_owner(newt: Client) -> None:
    newt.get("/Newt")
    create_project(Namespace.objects.get(), "secret", name="Secret", visibility="private")
    assert "Newt/secret" in newt.get("/dashboard/projects").text
