"""The history of an issue: who closed, reopened, renamed and assigned it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from monolith.work.models import HistoryLine
from organizations.models import Organization
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUES = "/tools/hammer/-/issues"
ISSUE = {"title": "It breaks", "description": "Often."}


@pytest.fixture(autouse=True)
def issue(mel: Client, project: object) -> None:
    assert mel.post(f"{ISSUES}/new", ISSUE).status_code == 302


def told(browser: Client) -> list[str]:
    """The lines of the issue's page, in their order, without their times."""
    lines = re.findall(r'<li class="line"><p class="fact">(.*?) · <time', browser.get(f"{ISSUES}/1").text)
    return [" ".join(line.split()) for line in lines]


def test_a_new_one_has_none(mel: Client) -> None:
    assert told(mel) == []


def test_it_tells_who_did_what(mel: Client, dana: Client, acme: Organization) -> None:
    dana.post(f"{ISSUES}/1/edit", ISSUE | {"title": "It <b>bends", "assignee": "mel"})
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    dana.post(f"{ISSUES}/1/state", {"state": "open"})
    dana.post(f"{ISSUES}/1/edit", ISSUE | {"title": "It <b>bends", "assignee": "dana"})
    dana.post(f"{ISSUES}/1/edit", ISSUE | {"title": "It <b>bends"})
    assert told(mel) == [
        "dana changed the title from “It breaks” to “It &lt;b&gt;bends”",
        "dana assigned this to mel",
        "mel closed this",
        "dana reopened this",
        "dana assigned this to themselves",
        "dana unassigned dana",
    ]
    assert set(HistoryLine.objects.values_list("organization_id", flat=True)) == {acme.pk}


def test_what_changes_nothing_is_no_line(mel: Client) -> None:
    mel.post(f"{ISSUES}/1/edit", ISSUE | {"description": "Never."})
    mel.post(f"{ISSUES}/1/state", {"state": "open"})
    assert told(mel) == []


def test_the_api_writes_it_too(mel: Client, dana: Client) -> None:
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    assert HistoryLine.objects.get().kind == "closed"


def test_lines_and_comments_are_in_the_order_in_which_they_happened(mel: Client) -> None:
    mel.post(f"{ISSUES}/1/notes", {"text": "First"})
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    mel.post(f"{ISSUES}/1/notes", {"text": "Last"})
    page = mel.get(f"{ISSUES}/1").text
    assert page.index("<p>First</p>") < page.index("closed this") < page.index("<p>Last</p>")


def test_whoever_is_gone_is_named_so(mel: Client, gus: Client) -> None:
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    User.objects.filter(username="mel").delete()
    assert told(gus) == ["a former member closed this"]


def test_it_ends_with_the_issue(mel: Client, olivia: Client) -> None:
    mel.post(f"{ISSUES}/1/state", {"state": "closed"})
    olivia.post(f"{ISSUES}/1/delete", {"confirm": "tools/hammer#1"})
    assert not HistoryLine.objects.exists()
