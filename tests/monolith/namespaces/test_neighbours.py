"""Paths that begin alike are no relatives: `tools`, `tools-2` and `tools-secret`, `hammer` and `hammer-2`."""

from __future__ import annotations

import pytest
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.policy import Level, level_in
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import Organization
from routing.models import Route
from tests.cast import make_person
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEIGHBOURS = ("tool", "tools-2", "tools-secret", "tools2")


@pytest.fixture
def street(acme: Organization) -> dict[str, Namespace]:
    """Private groups, each with two private projects and a subgroup."""
    made = {}
    for path in ("tools", *NEIGHBOURS):
        made[path] = create_namespace(acme.pk, path, name=path, visibility="private")
        for project in ("hammer", "hammer-2"):
            create_project(made[path], project, name=project, visibility="private")
        create_namespace(acme.pk, "inner", parent=made[path], name="Inner", visibility="private")
    return made


@pytest.fixture
def viewer(acme: Organization) -> Viewer:
    return viewer_of(make_person("nina", acme))


def seen(viewer: Viewer) -> set[str]:
    """What a person sees, in all lists and by path."""
    rows = (visible_namespaces(viewer), visible_projects(viewer))
    return {path for each in rows for path in each.values_list("full_path", flat=True)}


def test_a_member_of_a_group_sees_what_is_in_it_and_no_neighbour(street: dict[str, Namespace], viewer: Viewer) -> None:
    tools = street["tools"]
    tools.members.create(organization_id=tools.organization_id, user_id=viewer.user_id, role="owner")
    assert seen(viewer) == {"tools", "tools/hammer", "tools/hammer-2", "tools/inner"}
    levels = {each.full_path: level_in(viewer, each) for each in Namespace.objects.filter(parent=None)}
    assert levels == {"tools": Level.OWN, **dict.fromkeys(NEIGHBOURS, Level.REPORT)}


def test_a_member_of_a_subgroup_sees_it_alone(street: dict[str, Namespace], viewer: Viewer) -> None:
    inner = Namespace.objects.get(full_path="tools/inner")
    create_namespace(inner.organization_id, "inner-2", parent=street["tools"], name="Inner 2", visibility="private")
    inner.members.create(organization_id=inner.organization_id, user_id=viewer.user_id, role="guest")
    assert seen(viewer) == {"tools/inner"}


def test_a_member_of_a_project_sees_it_and_what_it_is_in(street: dict[str, Namespace], viewer: Viewer) -> None:
    project = Project.objects.get(full_path="tools/hammer")
    project.members.create(organization_id=project.organization_id, user_id=viewer.user_id, role="owner")
    assert seen(viewer) == {"tools", "tools/hammer"}
    assert level_in(viewer, Project.objects.get(full_path="tools/hammer-2")) == Level.REPORT


def test_a_person_sees_their_own_private_namespace(acme: Organization, viewer: Viewer) -> None:
    for path, owner_id in (("nina", viewer.user_id), ("nora", viewer.user_id + 1)):
        own = create_namespace(acme.pk, path, name=path, kind="user", owner_id=owner_id, visibility="private")
        create_project(own, "notes", name="Notes", visibility="private")
    assert seen(viewer) == {"nina", "nina/notes"}


def test_renaming_and_deleting_one_leaves_the_others_alone(street: dict[str, Namespace]) -> None:
    others = {path for path in paths() if path.partition("/")[0] in NEIGHBOURS}
    assert len(others) == 4 * len(NEIGHBOURS)
    rename(street["tools"], "gear")
    assert paths() == others | {"gear", "gear/hammer", "gear/hammer-2", "gear/inner"}
    assert live() == paths()
    delete(Namespace.objects.get(full_path="gear"))
    assert paths() == live() == others


def test_a_page_lists_the_private_subgroups_that_one_sees(
    mel: Client, dana: Client, group: Namespace, acme: Organization
) -> None:
    create_namespace(acme.pk, "attic", parent=group, name="Attic", visibility="private")
    create_project(group, "safe", name="Safe", visibility="private")
    hidden, shown = (browser.get("/tools").text for browser in (mel, dana))
    for path in ("/tools/attic", "/tools/safe"):
        assert path not in hidden
        assert path in shown


def paths() -> set[str]:
    rows = (Namespace.objects, Project.objects)
    return {path for each in rows for path in each.values_list("full_path", flat=True)}


def live() -> set[str]:
    return set(Route.objects.filter(kind="live").values_list("path", flat=True))
