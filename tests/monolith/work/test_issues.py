"""Issues and merge requests of a project: open, give away, comment, close."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client

from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Project
from monolith.work.issuables import delete_issuable, open_issuable
from monolith.work.models import Issue, MergeRequest, Note, Todo
from organizations.models import Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUES = "/tools/hammer/-/issues"
REQUESTS = "/tools/hammer/-/merge_requests"
ISSUE = {"title": "It <b>breaks", "description": "Often."}
REQUEST = ISSUE | {"source_branch": "fix", "target_branch": "main"}


def test_it_works(mel: Client, acme: Organization, project: Project) -> None:
    assert "New issue" in mel.get(ISSUES).text
    assert mel.post(f"{ISSUES}/new", ISSUE)["Location"] == f"{ISSUES}/1"
    assert mel.post(f"{ISSUES}/new", ISSUE)["Location"] == f"{ISSUES}/2"
    page = mel.get(f"{ISSUES}/1").text
    assert "It &lt;b&gt;breaks" in page
    assert "#1 · by mel" in page
    assert {issue.organization_id for issue in Issue.objects.all()} == {acme.pk}


def test_a_merge_request_works(dana: Client, project: Project) -> None:
    assert dana.post(f"{REQUESTS}/new", REQUEST)["Location"] == f"{REQUESTS}/1"
    assert "fix into main" in dana.get(f"{REQUESTS}/1").text
    assert f'href="{REQUESTS}/1"' in dana.get(REQUESTS).text


def test_the_assignee_gets_a_todo(mel: Client, project: Project) -> None:
    olivia = make_person("olive", Organization.objects.get(path="acme"), "owner")
    mel.post(f"{ISSUES}/new", ISSUE | {"assignee": "Olive"})
    assert Issue.objects.get().assignee_id == olivia.pk
    todo = Todo.objects.get()
    assert (todo.user_id, todo.issue_id, todo.state) == (olivia.pk, Issue.objects.get().pk, "pending")


def test_who_takes_it_themselves_gets_none(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"assignee": "mel"})
    assert Issue.objects.get().assignee_id
    assert not Todo.objects.exists()


@pytest.mark.parametrize("username", ["nobody", "rita", "ghost"])
def test_it_is_given_to_nobody_who_does_not_see_it(mel: Client, rita: Client, project: Project, username: str) -> None:
    User.objects.create_user("ghost", is_active=False)
    answer = mel.post(f"{ISSUES}/new", ISSUE | {"assignee": username})
    assert answer.status_code == 422
    assert "No one with this username works on this project" in answer.text
    assert not Issue.objects.exists()


def test_a_comment_works(mel: Client, gus: Client, acme: Organization, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    answer = gus.post(f"{ISSUES}/1/notes", {"text": "Me <i>too"})
    assert answer["Location"].startswith(f"{ISSUES}/1#note_")
    assert Note.objects.get().organization_id == acme.pk
    assert "Me &lt;i&gt;too" in mel.get(f"{ISSUES}/1").text


def test_an_empty_comment_is_told_so(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    answer = mel.post(f"{ISSUES}/1/notes", {"text": " "})
    assert (answer.status_code, Note.objects.count()) == (422, 0)
    assert 'id="id_text_error"' in answer.text


def test_its_author_edits_and_closes_it(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    assert 'value="It &lt;b&gt;breaks"' in mel.get(f"{ISSUES}/1/edit").text
    mel.post(f"{ISSUES}/1/edit", ISSUE | {"title": "Fine"})
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    assert (Issue.objects.get().title, Issue.objects.get().state) == ("Fine", "closed")
    mel.post(f"{ISSUES}/1/state", {"state": "open"})
    assert Issue.objects.get().state == "open"
    assert mel.post(f"{ISSUES}/1/state", {"state": "eaten"}).status_code == 404


def test_closing_ends_the_todos_about_it(mel: Client, project: Project) -> None:
    make_person("olive", Organization.objects.get(path="acme"), "owner")
    mel.post(f"{ISSUES}/new", ISSUE | {"assignee": "olive"})
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    assert Todo.objects.get().state == "done"


def test_being_given_it_again_makes_no_second_todo(mel: Client, project: Project) -> None:
    make_person("olive", Organization.objects.get(path="acme"), "owner")
    for assignee in ("olive", "", "olive", "olive"):
        mel.post(f"{ISSUES}/1/edit" if Issue.objects.exists() else f"{ISSUES}/new", ISSUE | {"assignee": assignee})
    assert Todo.objects.count() == 1


def test_others_do_not_edit_it(mel: Client, gus: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    assert gus.get(f"{ISSUES}/1/edit").status_code == 403
    assert gus.post(f"{ISSUES}/1/state", {"state": "closed"}).status_code == 403
    assert "Close issue" not in gus.get(f"{ISSUES}/1").text
    assert Issue.objects.get().state == "open"


def test_members_of_the_project_edit_it(mel: Client, acme: Organization, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    worker = make_person("worker", acme)
    project.members.create(organization_id=acme.pk, user_id=worker.pk, role="developer")
    signed_in(worker).post(f"{ISSUES}/1/state", {"state": "closed"})
    assert Issue.objects.get().state == "closed"


def test_a_merge_request_wants_a_member(mel: Client, gus: Client, project: Project) -> None:
    for browser in (mel, gus):
        assert browser.get(f"{REQUESTS}/new").status_code == 403
        assert browser.post(f"{REQUESTS}/new", REQUEST).status_code == 403
    assert not MergeRequest.objects.exists()


def test_issues_and_merge_requests_do_not_meet(dana: Client, project: Project) -> None:
    dana.post(f"{REQUESTS}/new", REQUEST)
    assert dana.get(f"{ISSUES}/1").status_code == 404
    assert dana.post(f"{ISSUES}/1/notes", {"text": "x"}).status_code == 404


@pytest.mark.parametrize(("kind", "sign", "fields"), [("issues", "#", ISSUE), ("merge_requests", "!", REQUEST)])
def test_owners_delete_it_with_all_that_is_about_it(
    olivia: Client, dana: Client, acme: Organization, project: Project, kind: str, sign: str, fields: dict[str, str]
) -> None:
    address = f"/tools/hammer/-/{kind}"
    make_person("olive", acme, "owner")
    dana.post(f"{address}/new", fields | {"assignee": "olive"})
    dana.post(f"{address}/1/notes", {"text": "x"})
    page = olivia.get(f"{address}/1/delete").text
    assert f"Type tools/hammer{sign}1 to confirm" in page
    assert "It &lt;b&gt;breaks" in page
    assert f'href="{address}/1/delete"' in olivia.get(f"{address}/1").text
    assert olivia.post(f"{address}/1/delete", {"confirm": "tools/hammer"}).status_code == 422
    assert olivia.post(f"{address}/1/delete", {"confirm": f"tools/hammer{sign}1"})["Location"] == address
    assert olivia.get(f"{address}/1").status_code == olivia.get(f"{address}/1/delete").status_code == 404
    assert not Note.objects.exists()
    assert not Todo.objects.exists()
    assert dana.post(f"{address}/new", fields)["Location"] == f"{address}/2"


def test_others_do_not_delete_it(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    assert "/delete" not in mel.get(f"{ISSUES}/1").text
    assert mel.get(f"{ISSUES}/1/delete").status_code == 403
    assert mel.post(f"{ISSUES}/1/delete", {"confirm": "tools/hammer#1"}).status_code == 403
    assert Issue.objects.exists()


def test_deleting_what_is_gone_says_so(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    gone = Issue.objects.get()
    delete_issuable(project, gone)
    with pytest.raises(Http404):
        delete_issuable(project, gone)


@pytest.mark.parametrize("page", ["", "/new", "/1", "/1/edit", "/1/delete", "/1/notes", "/1/state"])
def test_a_private_project_has_none(mel: Client, rita: Client, olivia: Client, secret: Project, page: str) -> None:
    olivia.post("/vault/gold/-/issues/new", ISSUE)
    for browser in (mel, rita):
        there, absent = (browser.post(f"/vault/{name}/-/issues{page}", ISSUE) for name in ("gold", "silver"))
        if page:
            assert (there.status_code, there.content) == (absent.status_code, absent.content)
        there, absent = (browser.get(f"/vault/{name}/-/issues{page}") for name in ("gold", "silver"))
        assert there.status_code == (405 if page in {"/1/notes", "/1/state"} else 404)
    assert Note.objects.count() == 0
    assert Issue.objects.count() == 1


def test_it_requires_login(visitor: Client, project: Project) -> None:
    Project.objects.update(visibility="public")
    assert visitor.get(ISSUES).status_code == 200
    assert visitor.get(f"{ISSUES}/new")["Location"].startswith("/users/sign_in?redirect=")
    visitor.post(f"{ISSUES}/new", ISSUE)
    assert not Issue.objects.exists()


@pytest.mark.parametrize("iid", ["0", "01", "x", "9" * 30, "1.json"])
def test_it_knows_no_other_numbers(mel: Client, project: Project, iid: str) -> None:
    assert mel.get(f"{ISSUES}/{iid}").status_code == 404


def test_what_is_deleted_meanwhile_takes_no_comment(
    mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)

    def delete_first(*args: object, **kwargs: object) -> bool:
        Issue.objects.all().delete()
        return True

    monkeypatch.setattr("monolith.work.forms.NoteForm.is_valid", delete_first)
    monkeypatch.setattr("monolith.work.forms.NoteForm.cleaned_data", {"text": "x"}, raising=False)
    assert mel.post(f"{ISSUES}/1/notes", {"text": "x"}).status_code == 404
    assert not Note.objects.exists()


def test_a_project_that_is_deleted_meanwhile_gets_no_issue(project: Project, acme: Organization) -> None:
    author = make_person("author", acme)
    delete(project)
    with pytest.raises(Http404):
        open_issuable(Issue, project, author, title="x")


def test_a_title_that_is_too_long_is_refused_and_not_cut(mel: Client, project: Project) -> None:
    title = "a" * 400
    answer = mel.post(f"{ISSUES}/new", ISSUE | {"title": title})
    assert answer.status_code == 422
    assert "Ensure this value has at most 255 characters (it has 400)." in answer.text
    assert title in answer.text
    # A browser cuts at this attribute, before the form can say a word.
    assert "maxlength" not in answer.text
    assert not Issue.objects.exists()
