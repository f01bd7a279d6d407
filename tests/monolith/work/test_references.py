"""References in Markdown: links to what the reader may see, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue, MergeRequest, Note
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES, PRIMARIES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUES = "/tools/hammer/-/issues"
REL = 'rel="nofollow noopener noreferrer"'


def opened(project: Project, title: str = "x", **more: object) -> Issue:
    number = Issue.objects.filter(project=project).count() + 1
    there = {"organization_id": project.organization_id, "project": project, "author_id": 1, "iid": number}
    return Issue.objects.create(**there | {"title": title} | more)


def page_with(browser: Client, project: Project, text: str) -> str:
    """The page of the first issue, which has this description."""
    if not Issue.objects.filter(project=project).exists():
        opened(project)
    Issue.objects.filter(project=project, iid=1).update(description=text)
    answer = browser.get(f"/{project.full_path}/-/issues/1")
    assert answer.status_code == 200
    return answer.text


def test_it_links_to_issues_and_merge_requests(mel: Client, project: Project) -> None:
    opened(project), opened(project, "Too <b>heavy", state="closed")
    there = {"organization_id": project.organization_id, "project": project, "author_id": 1}
    MergeRequest.objects.create(**there, iid=1, title="Lighten", source_branch="x")
    page = page_with(mel, project, "#2 tools/hammer#1 !1 TOOLS/Hammer!1 #3 !2")
    assert f'<a href="{ISSUES}/2" title="Too &lt;b&gt;heavy (closed)">#2</a>' in page
    assert f'<a href="{ISSUES}/1" title="x (open)">tools/hammer#1</a>' in page
    assert '<a href="/tools/hammer/-/merge_requests/1" title="Lighten (open)">!1</a>' in page
    assert ">TOOLS/Hammer!1</a> #3 !2</p>" in page


def test_comments_and_descriptions_of_projects_are_formatted(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", {"title": "x"})
    mel.post(f"{ISSUES}/1/notes", {"text": "See **#1** and ![](https://evil.example/x.png)"})
    page = mel.get(f"{ISSUES}/1").text
    assert f'See <strong><a href="{ISSUES}/1" title="x (open)">#1</a></strong>' in page
    assert '<img src="https' not in page
    Project.objects.update(description="# Tools\n\n*#1* <script>")
    page = mel.get("/tools/hammer").text
    assert "<h3>Tools</h3>" in page
    assert f'<em><a href="{ISSUES}/1"' in page
    assert "&lt;script&gt;" in page


def test_descriptions_of_groups_are_formatted(mel: Client, project: Project) -> None:
    opened(project)
    Namespace.objects.update(description="*tools/hammer#1* #1")
    assert f'<em><a href="{ISSUES}/1" title="x (open)">tools/hammer#1</a></em> #1</p>' in mel.get("/tools").text


def test_confidential_issues_are_as_absent_ones(mel: Client, dana: Client, project: Project) -> None:
    opened(project), opened(project, "Hush", confidential=True)
    assert "<p>#2 #3</p>" in page_with(mel, project, "#2 #3")
    assert '(open)">#2</a> #3</p>' in page_with(dana, project, "#2 #3")


@pytest.mark.parametrize("there", ["vault/gold#1", "vault/gold!1", "theirs/app#1", "@rita", "@vault", "@theirs"])
def test_what_one_may_not_see_is_as_what_does_not_exist(
    mel: Client, rita: Client, project: Project, secret: Project, rivals: Organization, there: str
) -> None:
    app = create_project(create_namespace(rivals.pk, "theirs", name="Theirs", visibility="public"), "app", name="App")
    Project.objects.filter(pk=app.pk).update(visibility="public")
    for each in (secret, app):
        opened(each)
        MergeRequest.objects.create(
            organization_id=each.organization_id, project=each, author_id=1, iid=1, title="x", source_branch="x"
        )
    absent = there.replace("vault", "nulls").replace("theirs", "nobody").replace("rita", "nona")
    page, nothing = (page_with(mel, project, f"Look at {each} now") for each in (there, absent))
    assert f"<p>Look at {there} now</p>" in page
    assert f"<p>Look at {absent} now</p>" in nothing


def test_owners_see_the_link(olivia: Client, project: Project, secret: Project) -> None:
    opened(secret, "Bars")
    page = page_with(olivia, project, "vault/gold#1 @vault")
    assert '<a href="/vault/gold/-/issues/1" title="Bars (open)">vault/gold#1</a>' in page
    assert '<a href="/vault" title="Vault">@vault</a>' in page


def test_people_are_linked_for_colleagues(mel: Client, gus: Client, leo: Client, project: Project) -> None:
    page = page_with(mel, project, "@GUS @mel, @leo @ghost")
    assert '<p><a href="/gus">@GUS</a> <a href="/mel">@mel</a>, @leo @ghost</p>' in page


def test_visitors_learn_of_no_membership(
    visitor: Client, leo: Client, mel: Client, gus: Client, project: Project
) -> None:
    Namespace.objects.update(visibility="public")
    Project.objects.update(visibility="public")
    opened(project, assignee_id=User.objects.get(username="gus").pk)
    member = make_person("worker", Organization.objects.get(path="acme"))
    project.members.create(organization_id=project.organization_id, user_id=member.pk, role="developer")
    # Whoever the page names is no secret; the members of a project are none to those who are signed in.
    assert '<p>@mel @worker <a href="/gus">@gus</a></p>' in page_with(visitor, project, "@mel @worker @gus")
    assert '<p>@mel <a href="/worker">@worker</a> ' in page_with(leo, project, "@mel @worker @gus")


def test_in_gitlab_com_public_people_have_pages_that_everybody_sees(visitor: Client, leo: Client) -> None:
    user = User.objects.get(username="leo")
    create_namespace(
        GITLAB_COM_PUBLIC, "leo", name="leo", kind=Namespace.Kind.USER, owner_id=user.pk, visibility="public"
    )
    group = create_namespace(GITLAB_COM_PUBLIC, "oss", name="OSS", visibility="public")
    app = create_project(group, "app", name="App", visibility="public")
    page = page_with(visitor, app, "@leo @oss @nobody")
    assert '<p><a href="/leo" title="leo">@leo</a> <a href="/oss" title="OSS">@oss</a> @nobody</p>' in page


def queries(browser: Client, path: str) -> int:
    with ExitStack() as watched:
        seen = [watched.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
        assert browser.get(path).status_code == 200
    return sum(map(len, seen))


def test_no_reference_costs_a_query(mel: Client, project: Project, secret: Project) -> None:
    issue = opened(project)
    for number in range(2, 9):
        opened(project, f"{number}")
    note = {"organization_id": project.organization_id, "issue": issue, "author_id": 1}
    Note.objects.create(**note, text="#1 !1 @mel")
    # The first request reads what all others find in memory.
    mel.get(f"{ISSUES}/1")
    few = queries(mel, f"{ISSUES}/1")
    for number in range(2, 9):
        Note.objects.create(**note, text=f"#{number} vault/gold#{number} !{number} @mel @nobody{number} @vault")
    assert queries(mel, f"{ISSUES}/1") == few


def test_a_page_formats_so_much_and_no_more(mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = opened(project)
    monkeypatch.setattr("monolith.work.references.MOST_FORMATTED", 10)
    for text in ("*one*", "*two two*"):
        Note.objects.create(organization_id=project.organization_id, issue=issue, author_id=1, text=text)
    page = signed_in(User.objects.get(username="mel")).get(f"{ISSUES}/1").text
    assert "<em>one</em>" in page
    assert "*two two*" in page


def test_a_page_looks_up_so_many_references_and_no_more(
    mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(project), opened(project)
    monkeypatch.setattr("monolith.work.references.MOST_REFERENCES", 1)
    assert ">#2</a> #1</p>" in page_with(mel, project, "#2 #1")
