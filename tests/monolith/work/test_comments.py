"""Comments are changed and deleted by their author, and by those who maintain the project."""

from __future__ import annotations

import pytest
from django.test import Client

from monolith.namespaces.models import Project
from monolith.work.models import Note, Todo
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUE = "/tools/hammer/-/issues/1"


@pytest.fixture
def note(mel: Client, gus: Client, project: Project) -> str:
    """The address of a comment of a guest on somebody else's issue."""
    mel.post("/tools/hammer/-/issues/new", {"title": "x"})
    gus.post(f"{ISSUE}/notes", {"text": "Mine"})
    return f"{ISSUE}/notes/{Note.objects.get().pk}"


def test_its_author_changes_it(gus: Client, note: str) -> None:
    assert f'href="{note}/edit"' in gus.get(ISSUE).text
    assert "Mine</textarea>" in gus.get(f"{note}/edit").text
    answer = gus.post(f"{note}/edit", {"text": "*Ours*"})
    assert answer["Location"] == f"{ISSUE}#note_{Note.objects.get().pk}"
    page = gus.get(ISSUE).text
    assert "<em>Ours</em>" in page
    assert "The comment was changed." in page


def test_an_empty_one_is_told_so(gus: Client, note: str) -> None:
    assert gus.post(f"{note}/edit", {"text": " "}).status_code == 422
    assert Note.objects.get().text == "Mine"


def test_its_author_deletes_it_after_a_question(gus: Client, note: str) -> None:
    assert f'href="{note}/delete"' in gus.get(ISSUE).text
    page = gus.get(f"{note}/delete").text
    assert "Mine" in page
    assert "This permanently deletes the comment." in page
    assert Note.objects.exists()
    assert gus.post(f"{note}/delete")["Location"] == ISSUE
    assert not Note.objects.exists()
    assert "The comment was deleted." in gus.get(ISSUE).text
    assert gus.get(f"{note}/delete").status_code == 404


def test_its_answers_are_deleted_with_it(gus: Client, mel: Client, note: str) -> None:
    first = Note.objects.get()
    for _ in range(2):
        Note.objects.create(
            organization_id=first.organization_id, issue=first.issue, author_id=1, text="Yes", answers=first
        )
    assert "This permanently deletes the comment with its 2 answers." in gus.get(f"{note}/delete").text
    gus.post(f"{note}/delete")
    assert not Note.objects.exists()


def test_those_who_maintain_the_project_may_too(dana: Client, note: str) -> None:
    assert dana.post(f"{note}/edit", {"text": "Tidied"}).status_code == 302
    assert dana.post(f"{note}/delete").status_code == 302
    assert not Note.objects.exists()


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_others_may_not(mel: Client, note: str, act: str) -> None:
    assert f"{note}/{act}" not in mel.get(ISSUE).text
    assert mel.get(f"{note}/{act}").status_code == 403
    assert mel.post(f"{note}/{act}", {"text": "x"}).status_code == 403
    assert Note.objects.get().text == "Mine"


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_visitors_sign_in_first(visitor: Client, note: str, act: str) -> None:
    Project.objects.update(visibility="public")
    assert f"{note}/{act}" not in visitor.get(ISSUE).text
    assert visitor.get(f"{note}/{act}")["Location"].startswith("/users/sign_in")
    visitor.post(f"{note}/{act}", {"text": "x"})
    assert Note.objects.get().text == "Mine"


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_in_an_archived_project_nobody_may(gus: Client, dana: Client, note: str, act: str) -> None:
    Project.objects.update(archived=True)
    for browser in (gus, dana):
        assert f"{note}/{act}" not in browser.get(ISSUE).text
        assert browser.post(f"{note}/{act}", {"text": "x"}).status_code == 403


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "1.json"])
def test_it_knows_no_other_numbers(gus: Client, note: str, number: str) -> None:
    assert gus.get(f"{ISSUE}/notes/{number}/edit").status_code == 404


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_a_comment_is_found_at_its_own_issue_only(gus: Client, mel: Client, note: str, act: str) -> None:
    mel.post("/tools/hammer/-/issues/new", {"title": "y"})
    elsewhere = note.replace("/issues/1/", "/issues/2/")
    assert gus.get(f"{elsewhere}/{act}").status_code == gus.post(f"{elsewhere}/{act}").status_code == 404
    assert Note.objects.exists()


def test_a_changed_comment_tells_those_who_are_new_in_it(gus: Client, mel: Client, olivia: Client, note: str) -> None:
    gus.post(f"{note}/edit", {"text": "@mel"})
    Todo.objects.update(state="done")
    gus.post(f"{note}/edit", {"text": "@mel @olivia"})
    assert Todo.objects.filter(state="pending").count() == 1
