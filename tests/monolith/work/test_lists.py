"""Lists of one organization: projects, groups, what is assigned to whoever looks, and their todos."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from monolith.work.models import Issue, MergeRequest, Todo
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.absent import pod_of_absent
from tests.databases import ALIASES
from tests.visitor import below_header

pytestmark = pytest.mark.django_db(databases=ALIASES)

PAGES = ("projects", "groups", "issues", "merge_requests", "todos")


def person_id(browser: Client) -> int:
    return int(browser.session["_auth_user_id"])


def give(browser: Client, project: Project, title: str) -> Todo:
    """An issue, a merge request and a todo for somebody."""
    there = {"organization_id": project.organization_id, "project": project, "author_id": 1, "title": title}
    mine = {"assignee_id": person_id(browser), "iid": Issue.objects.filter(project=project).count() + 1}
    issue = Issue.objects.create(**there, **mine)
    MergeRequest.objects.create(**there, **mine, source_branch="x")
    return Todo.objects.create(organization_id=project.organization_id, issue=issue, user_id=person_id(browser))


@pytest.mark.parametrize("page", PAGES)
def test_it_works(mel: Client, project: Project, page: str) -> None:
    give(mel, project, "Mine")
    answer = mel.get(f"/organizations/acme/-/{page}")
    assert answer.status_code == 200
    assert "Acme" in answer.text
    assert ("Mine" if page in PAGES[2:] else "tools") in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_it_shows_legacy_users_theirs(leo: Client, page: str) -> None:
    group = create_namespace(GITLAB_COM_PUBLIC, "oss", name="OSS", visibility="public")
    give(leo, create_project(group, "app", name="App", visibility="public"), "Mine")
    answer = leo.get(f"/dashboard/{page}")
    assert ("Mine" if page in PAGES[2:] else "oss") in answer.text
    assert "rganization" not in below_header(answer.text)
    assert leo.get(f"/organizations/gitlab-com-public/-/{page}")["Location"] == f"/dashboard/{page}"


@pytest.mark.parametrize("page", PAGES)
def test_it_sends_others_from_the_global_page_to_their_own(mel: Client, page: str) -> None:
    assert mel.get(f"/dashboard/{page}")["Location"] == f"/organizations/acme/-/{page}"


@pytest.mark.parametrize("page", [*PAGES, "dashboard"])
def test_it_shows_nothing_of_another_organization(mel: Client, rivals: Organization, page: str) -> None:
    group = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public")
    give(mel, create_project(group, "app", name="App", visibility="public"), "Not here")
    answer = mel.get(f"/organizations/acme/-/{page}").text
    assert "theirs" not in answer
    assert "Not here" not in answer


@pytest.mark.parametrize("page", PAGES)
def test_it_shows_nothing_that_one_may_not_see(mel: Client, olivia: Client, secret: Project, page: str) -> None:
    for browser in (mel, olivia):
        give(browser, secret, "Gold bars")
    hidden, shown = (browser.get(f"/organizations/acme/-/{page}").text for browser in (mel, olivia))
    for text in ("vault", "Gold bars"):
        assert text not in hidden
    assert "vault" in shown


@pytest.mark.parametrize("page", PAGES[2:])
def test_it_shows_nothing_that_waits_for_somebody_else(mel: Client, gus: Client, project: Project, page: str) -> None:
    give(gus, project, "Theirs")
    assert "Theirs" not in mel.get(f"/organizations/acme/-/{page}").text
    assert "Theirs" in gus.get(f"/organizations/acme/-/{page}").text


@pytest.mark.parametrize("page", [*PAGES, "settings", "projects/new"])
def test_it_is_not_there_for_others(rita: Client, visitor: Client, acme: Organization, page: str) -> None:
    drawn_here = next(f"nobody{n}" for n in range(999) if pod_of_absent("organization", f"nobody{n}") == "pod_us0")
    there, absent = (rita.get(f"/organizations/{name}/-/{page}") for name in ("acme", drawn_here))
    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content
    assert visitor.get(f"/organizations/acme/-/{page}")["Location"].startswith("/users/sign_in")


@pytest.mark.parametrize("page", PAGES)
def test_it_requires_login(visitor: Client, page: str) -> None:
    assert visitor.get(f"/dashboard/{page}")["Location"] == f"/users/sign_in?redirect=/dashboard/{page}"


def test_a_todo_is_done(mel: Client, project: Project) -> None:
    todo = give(mel, project, "Mine")
    done = f"/organizations/acme/-/todos/{todo.pk}/done"
    assert f'action="{done}"' in mel.get("/organizations/acme/-/todos").text
    assert mel.post(done)["Location"] == "/organizations/acme/-/todos"
    assert mel.post(done).status_code == 302
    assert Todo.objects.get().state == "done"
    assert "You have no to-do items" in mel.get("/organizations/acme/-/todos").text


def test_a_new_issue_begins_with_the_choice_of_its_project(mel: Client, project: Project) -> None:
    chosen = f'href="/{project.full_path}/-/issues/new"'
    assert chosen in mel.get("/organizations/acme/-/issues/new").text
    assert chosen not in mel.get("/organizations/acme/-/projects").text


def test_a_todo_that_is_done_can_be_undone(mel: Client, project: Project) -> None:
    todo = give(mel, project, "Mine")
    done, listed = f"/organizations/acme/-/todos/{todo.pk}/done", "/organizations/acme/-/todos?state=done"
    assert f'action="{done}"' not in mel.get(listed).text
    mel.post(done)
    page = mel.get(listed).text
    assert f'action="{done}"' in page
    assert "The to-do item is done." in page
    assert mel.post(done, {"state": "pending"})["Location"] == listed
    assert Todo.objects.get().state == "pending"
    assert "You have no done to-do items" in mel.get(listed).text


def test_pages_of_done_todos_list_done_ones_only(
    mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monolith.namespaces.keyset.keyset_page.__defaults__", (1,))
    for title in ("First", "Second", "Third"):
        todo = give(mel, project, title)
        if title != "Second":
            mel.post(f"/organizations/acme/-/todos/{todo.pk}/done")
    first = mel.get("/organizations/acme/-/todos?state=done").text
    [following] = re.findall(r'href="([^"]*)" rel="next"', first)
    page = mel.get(f"/organizations/acme/-/todos{html.unescape(following)}").text
    assert "Third" in first
    assert "First" in page
    assert "Second" not in first + page


def test_a_todo_is_done_by_its_owner_and_in_its_organization(
    mel: Client, gus: Client, rita: Client, leo: Client, project: Project
) -> None:
    todo = give(mel, project, "Mine")
    tried = [
        gus.post(f"/organizations/acme/-/todos/{todo.pk}/done"),
        rita.post(f"/organizations/rivals/-/todos/{todo.pk}/done"),
        leo.post(f"/dashboard/todos/{todo.pk}/done"),
        mel.post(f"/dashboard/todos/{todo.pk}/done"),
        mel.post("/organizations/acme/-/todos/x/done"),
        mel.post(f"/organizations/acme/-/todos/{'9' * 30}/done"),
    ]
    assert {answer.status_code for answer in tried} == {404}
    assert Todo.objects.get().state == "pending"


def test_owners_name_their_organization(olivia: Client, mel: Client, acme: Organization) -> None:
    settings = "/organizations/acme/-/settings"
    assert 'value="Acme"' in olivia.get(settings).text
    assert olivia.post(settings, {"name": ""}).status_code == 422
    assert olivia.post(settings, {"name": "Acme Inc"}).status_code == 302
    assert Organization.objects.get(path="acme").name == "Acme Inc"
    assert mel.get(settings).status_code == 403
    assert mel.post(settings, {"name": "Mel Inc"}).status_code == 403
    assert Organization.objects.get(path="acme").name == "Acme Inc"
