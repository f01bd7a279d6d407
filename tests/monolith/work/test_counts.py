"""The counts of the top bar are those of the lists, whoever looks, and whatever they see and no longer see."""

from __future__ import annotations

import re
from itertools import product

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project, Visibility
from monolith.work.models import Issue, MergeRequest, Todo
from organizations.members.models import Membership
from organizations.models import Organization
from tests.cast import make_organization, make_person, signed_in
from tests.databases import ALIASES
from users.models import User

# Committed: a long test leaves no transaction idle.
pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

ROLES = ("owner", "member", "guest")
LISTS = ("issues", "merge_requests", "todos")
STATES = ("open", "closed")


def make_projects(organization: Organization) -> list[Project]:
    """One of each visibility in a group of each, as far as that may be."""
    made: list[Project] = []
    for outer, inner in product(Visibility, Visibility):
        if outer.covers(inner):
            path = f"{organization.path}-{outer}"
            group = next((each.namespace for each in made if each.namespace.path == path), None)
            group = group or create_namespace(organization.pk, path, name=path, visibility=outer)
            made.append(create_project(group, inner, name=inner, visibility=inner))
    return made


def give(project: Project, user: User) -> None:
    """Every kind of thing in every state."""
    rows = {
        "organization_id": project.organization_id,
        "project": project,
        "assignee_id": user.pk,
        "author_id": user.pk,
    }
    cases = list(product(STATES, ("pending", "done")))
    first = 1 + Issue.objects.filter(project=project).count()
    issues = [Issue(iid=first + at, title="x", state=state, **rows) for at, (state, _) in enumerate(cases)]
    requests = [
        MergeRequest(iid=first + at, title="x", state=state, source_branch="x", **rows)
        for at, (state, _) in enumerate(cases)
    ]
    Issue.objects.bulk_create(issues)
    MergeRequest.objects.bulk_create(requests)
    about = [{"issue": each} for each in issues] + [{"merge_request": each} for each in requests]
    waiting = {"organization_id": project.organization_id, "user_id": user.pk}
    Todo.objects.bulk_create(Todo(state=cases[at % 4][1], **waiting, **each) for at, each in enumerate(about))


def lengths(browser: Client, address: str) -> dict[str, int]:
    """How many each list shows, all its pages together."""
    found = dict.fromkeys(LISTS, 0)
    for name in LISTS:
        following: str | None = ""
        while following is not None:
            text = browser.get(f"{address}/{name}{following}").text
            content = text.partition('<main id="content"')[2].partition('<nav aria-label="Pages"')[0]
            found[name] += len(re.findall("<li>", content))
            link = re.search(r'href="([^"]*)" rel="next"', text)
            following = link[1] if link else None
    return found


def people_of(organization: Organization, projects: list[Project]) -> list[User]:
    """One in each role, each once with and once without memberships in groups and projects; one who has left."""
    people = [
        make_person(f"{organization.path}-{role}-{number}", organization, role)
        for role, number in product(ROLES, range(3))
    ]
    for at, user in enumerate(people):
        if at % 3 == 1:
            for project in projects[::2]:
                project.members.create(organization_id=organization.pk, user_id=user.pk, role="developer")
        if at % 3 == 2:
            for project in projects[::3]:
                project.namespace.members.get_or_create(
                    organization_id=organization.pk, user_id=user.pk, defaults={"role": "owner"}
                )
    left = make_person(f"{organization.path}-left", organization)
    Membership.objects.filter(user=left).delete()
    return [*people, left]


def test_they_equal_the_lists_whoever_looks() -> None:
    organizations = [make_organization("acme"), make_organization("rivals")]
    people: list[User] = []
    projects = {organization: make_projects(organization) for organization in organizations}
    for organization in organizations:
        people += people_of(organization, projects[organization])
    for user in people:
        for project in (*projects[organizations[0]], projects[organizations[1]][0]):
            give(project, user)
    seen = set()
    for user in people:
        browser = signed_in(user)
        for organization in organizations:
            address = f"/organizations/{organization.path}/-"
            counts = browser.get(f"{address}/counts.json")
            if counts.status_code == 200:
                assert counts.json() == lengths(browser, address), user.username
                seen.add(tuple(counts.json().values()))
    # Not all the same, and not all that there is.
    assert len(seen) > 3


def test_what_is_seen_no_more_is_not_counted(mel: Client, secret: Project) -> None:
    user = User.objects.get(username="mel")
    give(secret, user)
    assert mel.get("/organizations/acme/-/counts.json").json() == dict.fromkeys(LISTS, 0)
    secret.members.create(organization_id=secret.organization_id, user_id=user.pk, role="developer")
    assert mel.get("/organizations/acme/-/counts.json").json() == {"issues": 2, "merge_requests": 2, "todos": 4}


def give_many(project: Project, user: User, number: int) -> None:
    """Assign so many open issues to somebody."""
    rows = {"organization_id": project.organization_id, "project": project, "author_id": user.pk, "title": "x"}
    Issue.objects.bulk_create(Issue(iid=1 + at, assignee_id=user.pk, **rows) for at in range(number))


@pytest.mark.parametrize(
    ("number", "counted", "shown"), [(99, 99, "<dd>99\n"), (100, 100, "more than 99"), (250, 100, "99+")]
)
def test_they_stop_at_a_limit_and_the_dashboard_says_so(
    mel: Client, project: Project, number: int, counted: int, shown: str
) -> None:
    give_many(project, User.objects.get(username="mel"), number)
    assert mel.get("/organizations/acme/-/counts.json").json()["issues"] == counted
    page = mel.get("/organizations/acme/-/dashboard").text
    assert shown in page
    assert ("99+ means more than 99" in page) == (number > 99)
    assert lengths(mel, "/organizations/acme/-")["issues"] == number


def test_a_projects_page_says_when_it_stops_counting(mel: Client, project: Project) -> None:
    user = User.objects.get(username="mel")
    give_many(project, user, 999)
    assert "<dd>999\n" in mel.get("/tools/hammer").text
    rows = {"organization_id": project.organization_id, "project": project, "author_id": user.pk, "title": "x"}
    Issue.objects.create(iid=1000, **rows)
    page = mel.get("/tools/hammer").text
    assert "more than 999" in page
    assert "999+ means more than 999" in page
