"""`/<username>`: a person's page, with what the viewer may see of what the person made."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.templatetags.avatars import avatar
from monolith.work.models import Issue
from organizations.models import GITLAB_COM_PUBLIC
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.work.test_references import opened
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def app(leo: Client) -> Project:
    """A public project in Leo's own namespace."""
    owner = User.objects.get(username="leo")
    own = create_namespace(
        GITLAB_COM_PUBLIC, "leo", name="leo", kind=Namespace.Kind.USER, owner_id=owner.pk, visibility="public"
    )
    return create_project(own, "app", name="App", visibility="public")


def by_leo(project: Project, title: str, **more: object) -> Issue:
    return opened(project, title, author_id=User.objects.get(username="leo").pk, **more)


def test_it_works(visitor: Client, app: Project) -> None:
    by_leo(app, "It <b>breaks")
    page = visitor.get("/leo").text
    assert "@leo · joined <time" in page
    assert 'href="/leo/app"' in page
    assert '<a class="title" href="/leo/app/-/issues/1">It &lt;b&gt;breaks</a>' in page
    assert "Edit profile" not in page


def test_its_owner_edits_it(leo: Client, app: Project) -> None:
    page = leo.get("/leo").text
    assert 'href="/-/profile">Edit profile' in page
    assert 'href="/leo/-/projects/new"' in page


def test_what_is_private_stays_unseen(visitor: Client, mel: Client, leo: Client, app: Project) -> None:
    hidden = create_project(app.namespace, "vault", name="Vault", visibility="private")
    by_leo(hidden, "In private")
    by_leo(app, "Hush", confidential=True)
    for browser in (visitor, mel):
        page = browser.get("/leo").text
        for text in ("leo/vault", "In private", "Hush"):
            assert text not in page
    for text in ("leo/vault", "In private", "Hush"):
        assert text in leo.get("/leo").text


def test_nothing_of_another_organization_is_on_it(leo: Client, mel: Client, app: Project, project: Project) -> None:
    Namespace.objects.filter(full_path="tools").update(visibility="public")
    Project.objects.filter(full_path="tools/hammer").update(visibility="public")
    by_leo(project, "Elsewhere")
    for browser in (leo, mel):
        assert "Elsewhere" not in browser.get("/leo").text


def test_no_row_costs_a_query(visitor: Client, app: Project) -> None:
    def queries() -> int:
        with ExitStack() as watched:
            seen = [watched.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
            visitor.get("/leo")
        return sum(map(len, seen))

    by_leo(app, "One")
    visitor.get("/leo")
    few = queries()
    for number in range(5):
        by_leo(create_project(app.namespace, f"app-{number}", name="App", visibility="public"), "More")
    assert queries() == few


def test_an_avatar_is_the_same_for_a_name_and_escapes_it() -> None:
    assert avatar("Mia") == avatar("mia")
    assert avatar("mia", 56).startswith('<svg class="avatar" width="56" height="56"')
    assert ">&lt;</text>" in avatar("<b>")
    assert "style=" not in avatar("mia")
