"""Who is suggested as an assignee: people who may be assigned, and nobody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEW = "/tools/hammer/-/issues/new"


def suggested(browser: Client, path: str = NEW) -> list[str]:
    page = browser.get(path).text
    assert 'list="people"' in page
    return re.findall(
        r'<option value="([^"]*)">', page.partition('<datalist id="people">')[2].partition("</datalist>")[0]
    )


def test_colleagues_who_see_the_project(mel: Client, gus: Client, rita: Client, leo: Client, project: Project) -> None:
    User.objects.filter(username="ghost").delete()
    assert suggested(mel) == ["gus", "mel"]


def test_each_of_them_may_be_assigned(mel: Client, gus: Client, olivia: Client, dana: Client, project: Project) -> None:
    for number, username in enumerate(suggested(mel), start=1):
        answer = mel.post(NEW, {"title": "x", "assignee": username})
        assert answer["Location"] == f"/tools/hammer/-/issues/{number}", username


def test_in_a_private_project_its_members_and_owners_of_the_organization(
    olivia: Client, mel: Client, gus: Client, acme: Organization, secret: Project
) -> None:
    member = make_person("worker", acme)
    secret.members.create(organization_id=acme.pk, user_id=member.pk, role="developer")
    assert suggested(olivia, "/vault/gold/-/issues/new") == ["olivia", "worker"]


def test_in_gitlab_com_public_members_of_the_project_and_oneself(leo: Client, mel: Client) -> None:
    make_person("another")
    app = create_project(
        create_namespace(GITLAB_COM_PUBLIC, "oss", name="OSS", visibility="public"),
        "app",
        name="App",
        visibility="public",
    )
    app.members.create(organization_id=GITLAB_COM_PUBLIC, user_id=make_person("worker").pk, role="developer")
    assert suggested(leo, "/oss/app/-/issues/new") == ["leo", "worker"]


def test_a_deactivated_user_is_not_suggested(mel: Client, gus: Client, project: Project) -> None:
    User.objects.filter(username="gus").update(is_active=False)
    assert suggested(mel) == ["mel"]
