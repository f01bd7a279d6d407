"""`/-/edit` and below: settings, path, place and end of a group or project."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from monolith.ci.models import Job, Pipeline
from monolith.namespaces import deletion
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, NamespaceMember, Project
from monolith.work.models import Issue, Note, Todo
from organizations.models import Organization
from routing.claims import NamespaceGone
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes import burials
from routing.outcomes.models import Burial
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

GROUP = "/tools/-/edit"
PROJECT = "/tools/hammer/-/edit"
SETTINGS = {"name": "Big tools", "visibility": "internal"}


def kinds() -> dict[str, str]:
    return dict(Route.objects.exclude(kind="reserved").values_list("path", "kind"))


def paths() -> set[str]:
    return {
        *Namespace.objects.values_list("full_path", flat=True),
        *Project.objects.values_list("full_path", flat=True),
    }


def test_it_works(dana: Client, project: Project) -> None:
    for page in (GROUP, PROJECT):
        assert dana.get(page).status_code == 200
        assert f'action="{page}/path"' in dana.get(page).text


def test_it_changes_the_name(dana: Client, project: Project) -> None:
    assert dana.post(f"{GROUP}/settings", SETTINGS)["Location"] == "/tools"
    assert "Big tools" in dana.get("/tools").text
    dana.post(f"{PROJECT}/settings", SETTINGS | {"description": "Heavy."})
    assert "Heavy." in dana.get("/tools/hammer").text


def test_it_makes_nothing_less_visible_than_what_is_in_it(dana: Client, project: Project) -> None:
    answer = dana.post(f"{GROUP}/settings", SETTINGS | {"visibility": "private"})
    assert answer.status_code == 422
    assert "tools/hammer inside it is internal" in answer.text
    dana.post(f"{PROJECT}/settings", SETTINGS | {"visibility": "private"})
    assert dana.post(f"{GROUP}/settings", SETTINGS | {"visibility": "private"}).status_code == 302
    assert dana.post(f"{PROJECT}/settings", SETTINGS).status_code == 422


def test_it_renames(dana: Client, project: Project) -> None:
    assert dana.post(f"{GROUP}/path", {"path": "gear"})["Location"] == "/gear"
    assert paths() == {"gear", "gear/hammer"}
    assert kinds() == {"tools": "redirect", "gear": "live", "gear/hammer": "live"}


def test_old_paths_lead_those_on_who_may_see_it(dana: Client, rita: Client, visitor: Client, project: Project) -> None:
    dana.post(f"{GROUP}/path", {"path": "gear"})
    dana.post("/gear/hammer/-/edit/path", {"path": "mallet"})
    assert dana.get("/tools")["Location"] == "/gear"
    assert dana.get("/tools/hammer/-/issues?page=2")["Location"] == "/gear/mallet/-/issues?page=2"
    assert rita.get("/tools").status_code == 404
    assert visitor.get("/tools")["Location"] == "/users/sign_in?redirect=/tools"


def test_only_get_is_led_on(dana: Client, project: Project) -> None:
    dana.post(f"{GROUP}/path", {"path": "gear"})
    for method in ("post", "put", "delete"):
        refused = 404 if method == "post" else 405
        assert getattr(dana, method)("/tools/hammer/-/issues/new").status_code == refused
    assert dana.post("/tools/hammer/-/issues/new", {"title": "x"}).status_code == 404
    assert not Issue.objects.exists()


def test_a_name_may_be_taken_back(dana: Client, project: Project) -> None:
    dana.post(f"{GROUP}/path", {"path": "gear"})
    assert dana.post("/gear/-/edit/path", {"path": "tools"})["Location"] == "/tools"
    assert kinds() == {"gear": "redirect", "tools": "live", "tools/hammer": "live"}


def test_the_same_path_changes_nothing(dana: Client, project: Project) -> None:
    assert dana.post(f"{GROUP}/path", {"path": "tools"})["Location"] == "/tools"
    assert kinds() == {"tools": "live", "tools/hammer": "live"}


def test_capitals_can_be_changed(dana: Client, project: Project) -> None:
    assert dana.post(f"{GROUP}/path", {"path": "Tools"})["Location"] == "/Tools"
    assert paths() == {"Tools", "Tools/hammer"}
    assert kinds() == {"Tools": "live", "Tools/hammer": "live"}
    assert dana.get("/tools/hammer")["Location"] == "/Tools/hammer"
    assert dana.get("/Tools/hammer").status_code == 200


def test_capitals_stay_when_the_pod_fails_before_its_commit(
    dana: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NamespaceGone("meanwhile")

    with monkeypatch.context() as failing:
        failing.setattr("routing.claims.respell", fail)
        assert dana.post(f"{GROUP}/path", {"path": "Tools"}).status_code == 422
    assert paths() == {"tools", "tools/hammer"}
    assert dana.post(f"{GROUP}/path", {"path": "Tools"})["Location"] == "/Tools"


def test_it_tells_that_a_path_is_taken(dana: Client, project: Project, secret: Project) -> None:
    answer = dana.post(f"{GROUP}/path", {"path": "vault"})
    assert answer.status_code == 422
    assert 'id="id_path_path_error"' in answer.text
    assert paths() == {"tools", "tools/hammer", "vault", "vault/gold"}


def test_it_transfers_a_project(olivia: Client, project: Project, secret: Project) -> None:
    assert olivia.post("/vault/gold/-/edit/transfer", {"into": "tools"})["Location"] == "/tools/gold"
    assert Project.objects.get(path="gold").namespace.full_path == "tools"
    assert olivia.get("/vault/gold")["Location"] == "/tools/gold"
    assert kinds()["vault/gold"] == "redirect"


def test_it_transfers_a_group_down_and_up_again(olivia: Client, acme: Organization, project: Project) -> None:
    create_namespace(acme.pk, "house", name="House", visibility="internal")
    assert olivia.post(f"{GROUP}/transfer", {"into": "/house/"})["Location"] == "/house/tools"
    assert paths() == {"house", "house/tools", "house/tools/hammer"}
    assert olivia.get("/tools/hammer")["Location"] == "/house/tools/hammer"
    assert olivia.post("/house/tools/-/edit/transfer", {"into": ""})["Location"] == "/tools"
    assert paths() == {"house", "tools", "tools/hammer"}
    assert olivia.get("/house/tools/hammer")["Location"] == "/tools/hammer"
    assert Namespace.objects.get(path="tools").parent is None


def test_it_transfers_nothing_into_itself(olivia: Client, acme: Organization, group: Namespace) -> None:
    create_namespace(acme.pk, "inner", parent=group, name="Inner", visibility="internal")
    for into in ("tools", "tools/inner"):
        assert olivia.post(f"{GROUP}/transfer", {"into": into}).status_code == 422
    assert paths() == {"tools", "tools/inner"}


def test_it_transfers_nothing_where_it_would_be_more_visible(olivia: Client, project: Project, secret: Project) -> None:
    answer = olivia.post(f"{PROJECT}/transfer", {"into": "vault"})
    assert answer.status_code == 422
    assert "vault is private" in answer.text
    assert paths() == {"tools", "tools/hammer", "vault", "vault/gold"}
    assert kinds() == dict.fromkeys(paths(), "live")


def test_it_transfers_nothing_into_another_organization(
    dana: Client, rivals: Organization, acme: Organization, project: Project
) -> None:
    create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    with_dana = NamespaceMember.objects.get(namespace__full_path="tools").user_id
    Namespace.objects.get(path="theirs").members.create(organization_id=rivals.pk, user_id=with_dana, role="owner")
    there = dana.post(f"{PROJECT}/transfer", {"into": "theirs"})
    absent = dana.post(f"{PROJECT}/transfer", {"into": "absent"})
    assert there.status_code == absent.status_code == 422
    assert "There is no such group in this organization that you maintain" in there.text
    assert paths() == {"tools", "tools/hammer", "theirs"}


def test_it_transfers_nothing_where_one_is_no_member(dana: Client, project: Project, secret: Project) -> None:
    assert dana.post(f"{PROJECT}/transfer", {"into": "vault"}).status_code == 422
    assert paths() == {"tools", "tools/hammer", "vault", "vault/gold"}


def test_it_deletes_a_project(dana: Client, acme: Organization, project: Project) -> None:
    issue = Issue.objects.create(organization_id=acme.pk, project=project, iid=1, title="x", author_id=1)
    Note.objects.create(organization_id=acme.pk, issue=issue, author_id=1, text="x")
    Todo.objects.create(organization_id=acme.pk, issue=issue, user_id=1)
    assert dana.post(f"{PROJECT}/delete", {"confirm": "tools/hammer"})["Location"] == "/tools"
    assert [model.objects.count() for model in (Project, Issue, Note, Todo, Burial)] == [0] * 5
    assert kinds() == {"tools": "live", "tools/hammer": "tombstone"}
    assert dana.get("/tools/hammer").status_code == 404


def test_it_deletes_a_group_with_all_that_is_in_it(olivia: Client, acme: Organization, project: Project) -> None:
    inner = create_namespace(acme.pk, "inner", parent=project.namespace, name="Inner", visibility="internal")
    create_project(inner, "saw", name="Saw")
    create_namespace(acme.pk, "tools2", name="Neighbour")
    olivia.post(f"{GROUP}/path", {"path": "gear"})
    assert olivia.post("/gear/-/edit/delete", {"confirm": "gear"})["Location"] == "/organizations/acme/-/groups"
    assert paths() == {"tools2"}
    graves = {path for path, kind in kinds().items() if kind == "tombstone"}
    assert graves == {"tools", "gear", "gear/hammer", "gear/inner", "gear/inner/saw"}
    assert (
        "taken"
        in olivia.post("/organizations/acme/-/groups", {"name": "G", "path": "gear", "visibility": "private"}).text
    )


@pytest.mark.parametrize("page", [GROUP, PROJECT])
def test_it_deletes_what_was_run_for_it(olivia: Client, project: Project, secret: Project, page: str) -> None:
    for each in (project, secret):
        rows = {"organization_id": each.organization_id}
        Job.objects.create(
            pipeline=Pipeline.objects.create(project_id=each.pk, ref="main", **rows), name="test", **rows
        )
    path = page.removesuffix("/-/edit").removeprefix("/")
    assert olivia.post(f"{page}/delete", {"confirm": path}).status_code == 302
    assert [each.project_id for each in Pipeline.objects.all()] == [secret.pk]
    assert Job.objects.count() == 1


def test_the_janitor_deletes_what_was_run_for_it_when_that_failed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("the ci schema is gone")

    Pipeline.objects.create(organization_id=project.organization_id, project_id=project.pk, ref="main")
    with monkeypatch.context() as context:
        context.setattr(burials, "forget", fail)
        deletion.delete(project)
    assert Pipeline.objects.count() == Burial.objects.count() == 1
    assert tidy("pod_us0")["buried"] == 1
    assert Pipeline.objects.count() == Burial.objects.count() == 0


def test_it_wants_to_be_sure(dana: Client, project: Project) -> None:
    answer = dana.post(f"{PROJECT}/delete", {"confirm": "hammer"})
    assert answer.status_code == 422
    assert "Type exactly tools/hammer." in answer.text
    assert Project.objects.exists()


@pytest.mark.parametrize("form", ["", "/settings", "/path", "/transfer", "/delete"])
def test_it_is_for_those_who_maintain(mel: Client, gus: Client, rita: Client, project: Project, form: str) -> None:
    sent = SETTINGS | {"path": "x", "into": "", "confirm": "tools/hammer"}
    for browser, refused in ((mel, 403), (gus, 403), (rita, 404)):
        assert browser.get(PROJECT + form).status_code == (405 if form else refused)
        assert browser.post(PROJECT + form, sent).status_code == (refused if form else 405)
    assert paths() == {"tools", "tools/hammer"}
    assert Project.objects.get().name == "Hammer"


@pytest.mark.parametrize("form", ["", "/settings", "/path", "/transfer", "/delete"])
def test_what_is_private_and_what_is_absent_are_the_same(
    mel: Client, visitor: Client, secret: Project, form: str
) -> None:
    for browser in (mel, visitor):
        there, absent = (browser.post(f"/vault/{name}/-/edit{form}", {}) for name in ("gold", "dust"))
        assert there.status_code == absent.status_code
        assert there.content == absent.content


def test_guests_in_a_group_do_not_maintain_it(gus: Client, acme: Organization, group: Namespace) -> None:
    group.members.create(organization_id=acme.pk, user_id=int(gus.session["_auth_user_id"]), role="owner")
    assert gus.get(GROUP).status_code == 403


def test_a_method_that_is_not_taken_is_told_on_a_page(mel: Client, visitor: Client, project: Project) -> None:
    answers = [browser.get(f"{PROJECT}/path") for browser in (mel, visitor)]
    assert [answer.status_code for answer in answers] == [405, 405]
    assert answers[0].content == answers[1].content
    assert "This request is not supported here" in answers[0].text
    assert answers[0]["Allow"] == "POST"
