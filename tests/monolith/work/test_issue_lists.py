"""The list of a project's issues: tabs with counts, filters in the URL, and the order."""

from __future__ import annotations

import html
import re
from contextlib import ExitStack

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.models import Project
from monolith.work.models import Issue, Label, LabelLink, Milestone
from organizations.models import Organization
from tests.cast import make_person
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.work.test_references import opened
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUES = "/tools/hammer/-/issues"


def listed(browser: Client, query: str = "") -> list[str]:
    """The titles of the list, in their order."""
    answer = browser.get(f"{ISSUES}?{query}")
    assert answer.status_code == 200
    return re.findall(r'class="title" href="[^"]*">([^<]*)<', answer.text)


def tabs(browser: Client, query: str = "") -> list[int]:
    """What the tabs count."""
    return [int(each) for each in re.findall(r'class="number">(\d+)', browser.get(f"{ISSUES}?{query}").text)]


def id_of(username: str) -> int:
    return User.objects.get(username=username).pk


def test_open_ones_are_shown_first_and_each_tab_counts(mel: Client, project: Project) -> None:
    for title, state in (("One", "open"), ("Two", "closed"), ("Three", "open")):
        opened(project, title, state=state)
    assert listed(mel) == ["Three", "One"]
    assert listed(mel, "state=closed") == ["Two"]
    assert listed(mel, "state=all") == ["Three", "One", "Two"]
    assert listed(mel, "state=eaten") == ["Three", "One"]
    assert tabs(mel) == [2, 1]


def test_they_are_narrowed_by_people(mel: Client, gus: Client, project: Project) -> None:
    opened(project, "Hers", author_id=id_of("mel"))
    opened(project, "For him", assignee_id=id_of("gus"))
    opened(project, "Closed", author_id=id_of("mel"), state="closed")
    assert listed(mel, "author_username=MEL") == ["Hers"]
    assert tabs(mel, "author_username=mel") == [1, 1]
    assert listed(mel, "assignee_username=gus") == ["For him"]
    assert listed(mel, "author_username=mel&assignee_username=gus") == []
    assert 'href="?state=closed&amp;author_username=mel"' in mel.get(f"{ISSUES}?author_username=mel").text


@pytest.mark.parametrize("username", ["rita", "nobody", "%00", "x" * 300])
def test_whoever_has_none_is_as_whoever_does_not_exist(
    mel: Client, rita: Client, project: Project, username: str
) -> None:
    opened(project, "One")
    page = mel.get(f"{ISSUES}?author_username={username}").text
    shown = username in {"rita", "nobody"}
    assert ("No issues match." in page) == shown
    assert ("One" in page) != shown


def test_they_are_narrowed_by_label_and_milestone(mel: Client, acme: Organization, project: Project) -> None:
    there = {"organization_id": acme.pk, "project": project}
    soon = Milestone.objects.create(**there, iid=1, title="Soon")
    labelled, planned = opened(project, "Labelled"), opened(project, "Planned", milestone=soon)
    label = Label.objects.create(**there, name="Bug", color="#ff0000")
    LabelLink.objects.create(organization_id=acme.pk, label=label, issue=labelled)
    assert listed(mel, "label_name=bug") == ["Labelled"]
    assert listed(mel, "milestone_title=Soon") == ["Planned"]
    assert listed(mel, "label_name=bug&milestone_title=Soon") == []
    page = mel.get(f"{ISSUES}?milestone_title=Soon").text
    assert '<option value="Soon" selected>Soon</option>' in page
    assert planned.milestone_id == soon.pk


def test_they_are_shown_in_either_order(mel: Client, project: Project) -> None:
    for title, state in (("One", "open"), ("Two", "closed"), ("Three", "open")):
        opened(project, title, state=state)
    assert listed(mel, "sort=created_asc") == ["One", "Three"]
    assert listed(mel, "sort=created_date") == ["Three", "One"]
    assert listed(mel, "sort=created_asc&state=all") == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    "query", ["sort=created_asc", "state=all&sort=created_asc", "author_username=mel", "state=all"]
)
def test_pages_keep_what_was_asked(mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr("monolith.namespaces.keyset.keyset_page.__defaults__", (2,))
    for number in range(5):
        opened(project, f"{number}", author_id=id_of("mel"))
    opened(project, "Not hers", state="closed")
    everything = listed(mel, query)
    seen: list[str] = []
    following = query
    while following:
        seen += listed(mel, following)
        links = re.findall(r'href="\?([^"]*)" rel="next"', mel.get(f"{ISSUES}?{following}").text)
        following = html.unescape(links[0]) if links else ""
    assert len(everything) == 2
    assert seen[:2] == everything
    assert len(seen) == len(set(seen)) == (6 if "all" in query else 5)


def test_it_shows_and_counts_no_confidential_one(mel: Client, dana: Client, project: Project) -> None:
    opened(project, "Open")
    opened(project, "Hush", confidential=True)
    assert (listed(mel), tabs(mel)) == (["Open"], [1, 0])
    assert (listed(dana), tabs(dana)) == (["Hush", "Open"], [2, 0])


def test_visitors_are_suggested_nobody(visitor: Client, mel: Client, project: Project) -> None:
    Project.objects.update(visibility="public")
    assert '<option value="mel">' not in visitor.get(ISSUES).text
    assert '<option value="mel">' in mel.get(ISSUES).text


def test_no_row_costs_a_query(mel: Client, acme: Organization, project: Project) -> None:
    def queries() -> int:
        with ExitStack() as watched:
            seen = [watched.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
            mel.get(f"{ISSUES}?author_username=mel&sort=created_asc")
        return sum(map(len, seen))

    opened(project, author_id=id_of("mel"))
    mel.get(ISSUES)
    few = queries()
    for number in range(5):
        person = make_person(f"person-{number}", acme)
        opened(project, author_id=id_of("mel"), assignee_id=person.pk)
    assert queries() == few
    assert Issue.objects.count() == 6
