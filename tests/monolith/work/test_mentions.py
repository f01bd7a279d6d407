"""A mention makes a to-do item for a person who may read what mentions them, and for nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Note, Todo
from organizations.models import Organization
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

ISSUES = "/tools/hammer/-/issues"
ISSUE = {"title": "x"}


def told() -> list[str]:
    """The usernames of those who have a pending to-do item."""
    ids = Todo.objects.filter(state="pending").values_list("user_id", flat=True)
    return sorted(User.objects.get(pk=each).username for each in ids)


def test_it_works(mel: Client, gus: Client, acme: Organization, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "What do you think, @GUS?"})
    assert told() == ["gus"]
    assert Todo.objects.get().organization_id == acme.pk
    assert f'href="{ISSUES}/1"' in gus.get("/organizations/acme/-/todos").text


def test_a_comment_mentions_too(mel: Client, gus: Client, olivia: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE)
    mel.post(f"{ISSUES}/1/notes", {"text": "@gus and @olivia, and @gus"})
    assert told() == ["gus", "olivia"]


def test_who_has_a_pending_one_gets_no_second(mel: Client, gus: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@gus", "assignee": "gus"})
    mel.post(f"{ISSUES}/1/notes", {"text": "@gus"})
    assert told() == ["gus"]


def test_an_edit_tells_only_those_who_are_new_in_it(mel: Client, gus: Client, olivia: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@gus"})
    Todo.objects.update(state="done")
    mel.post(f"{ISSUES}/1/edit", ISSUE | {"description": "@Gus @olivia"})
    assert told() == ["olivia"]


def test_mentioning_oneself_tells_nobody(mel: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@mel"})
    assert told() == []


def test_who_may_not_read_it_is_not_told(
    olivia: Client, mel: Client, rita: Client, leo: Client, secret: Project
) -> None:
    olivia.post("/vault/gold/-/issues/new", ISSUE | {"description": "@mel @rita @leo @nobody"})
    assert told() == []


def test_others_who_may_read_what_is_public_are_not_told(mel: Client, rita: Client, project: Project) -> None:
    """They have no list of to-do items in this organization."""
    Namespace.objects.update(visibility="public")
    Project.objects.update(visibility="public")
    rita.post(f"{ISSUES}/new", ISSUE | {"description": "@rita @mel"})
    assert told() == ["mel"]
    mel.post(f"{ISSUES}/1/notes", {"text": "@rita"})
    assert told() == ["mel"]


def test_who_may_not_read_a_confidential_issue_is_not_told(
    mel: Client, gus: Client, dana: Client, project: Project
) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@gus @dana", "confidential": "on"})
    assert told() == ["dana"]


def test_a_deactivated_user_is_not_told(mel: Client, gus: Client, project: Project) -> None:
    User.objects.filter(username="gus").update(is_active=False)
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@gus"})
    assert told() == []


def test_code_mentions_nobody(mel: Client, gus: Client, project: Project) -> None:
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "`@gus`"})
    assert told() == []


def test_a_text_tells_so_many_and_no_more(
    mel: Client, gus: Client, olivia: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monolith.work.mentions.MOST_MENTIONS", 1)
    mel.post(f"{ISSUES}/new", ISSUE | {"description": "@olivia @gus"})
    assert told() == ["olivia"]
    assert Note.objects.count() == 0
