"""Lists merged from indexes have what `visibility.py` says, in order, whoever looks and however long a page is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Lower
from django.test import Client

from monolith.namespaces.models import Namespace, Project, Visibility
from monolith.namespaces.seen import Seen, namespaces_in, projects_in, projects_of, subgroups_of
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person
from tests.databases import ALIASES, PRIMARIES

pytestmark = pytest.mark.django_db(databases=ALIASES)
SIZES = (1, 7, 500)


@pytest.fixture(autouse=True)
def patience() -> None:
    """One database waits while another one is asked."""
    for alias in PRIMARIES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def add(namespace: Namespace, *names: str, visibility: str = "internal") -> list[Project]:
    """Projects without routes."""
    rows = {"organization_id": namespace.organization_id, "namespace": namespace, "visibility": visibility}
    return Project.objects.bulk_create(
        Project(path=name, name=name, full_path=f"{namespace.full_path}/{name}", **rows) for name in names
    )


def make_group(organization: Organization, name: str, visibility: str, parent: Namespace | None = None) -> Namespace:
    """A group without a route."""
    path = f"{parent.full_path}/{name}" if parent else name
    rows = {"organization_id": organization.pk, "parent": parent, "visibility": visibility}
    return Namespace.objects.create(path=name, name=name, full_path=path, **rows)


def fill(organization: Organization) -> None:
    """Groups of each visibility with subgroups and projects of each, and names that begin alike."""
    for outer in Visibility:
        for name in (
            f"{organization.path}-{outer}",
            f"{organization.path}-{outer}-too",
            f"{organization.path}-{outer}.x",
        ):
            top = make_group(organization, name, outer)
            allowed = [each for each in Visibility if outer.covers(each)]
            for inner in allowed:
                add(top, f"P-{inner}", visibility=inner)
                below = make_group(organization, f"s-{inner}", inner, top)
                for namespace in (below, make_group(organization, "deep", inner, below)):
                    add(namespace, "a", "B", visibility=inner)


def viewers(acme: Organization, rivals: Organization) -> Iterator[Viewer]:
    """Those in each role, and those who are members of something: of what is private, deep down, of one project."""
    yield Viewer()
    yield Viewer(user_id=make_person("admin").pk, administrator=True)
    for role in ("owner", "member", "guest"):
        yield viewer_of(make_person(role, acme, role))
    groups, projects = (
        {each.full_path: each for each in model.objects.filter(organization_id=acme.pk)}
        for model in (Namespace, Project)
    )
    places: list[list[Any]] = [
        [groups["acme-private"]],
        [groups["acme-private/s-private"], groups["acme-private.x/s-private/deep"]],
        [groups["acme-private/s-private/deep"], groups["acme-private"], groups["acme-public"]],
        [projects["acme-private/s-private/deep/B"]],
        [
            projects["acme-internal/P-private"],
            projects["acme-private-too/P-private"],
            groups["acme-internal.x/s-private"],
        ],
    ]
    for number, (home, inside) in enumerate(product((acme, rivals, None), places)):
        user = make_person(f"at-{number}", home)
        for place in inside:
            place.members.create(organization_id=acme.pk, user_id=user.pk, role="guest")
        yield viewer_of(user)


def read(seen: Seen[Any], size: int, *, back: bool = False) -> list[str]:
    """All rows, page by page, from the beginning or from the end."""
    found: list[str] = []
    edge = {"before": "~"} if back else {}
    while rows := list(seen.first(size, **edge)):
        found += [row.full_path for row in rows]
        edge = {"before" if back else "after": seen.key(rows[-1])}
    return found


def lists(viewer: Viewer, organization: Organization) -> Iterator[tuple[Seen[Any], Any]]:
    """Each list, and the rows that it should have."""
    own = {"organization_id": organization.pk}
    yield projects_in(viewer, organization.pk), visible_projects(viewer).filter(**own)
    yield namespaces_in(viewer, organization.pk), visible_namespaces(viewer).filter(**own)
    for namespace in visible_namespaces(viewer).filter(**own):
        yield projects_of(viewer, namespace), visible_projects(viewer).filter(namespace=namespace)
        yield subgroups_of(viewer, namespace), visible_namespaces(viewer).filter(parent=namespace)


def test_they_are_what_the_viewer_may_see(acme: Organization, rivals: Organization) -> None:
    fill(acme)
    fill(rivals)
    lengths = set()
    for viewer in viewers(acme, rivals):
        for number, (seen, rows) in enumerate(lists(viewer, acme)):
            expected = [row.full_path for row in rows.order_by(Lower("full_path"))]
            # The first two are long.
            for size in SIZES if number < 2 else (3,):
                assert read(seen, size) == expected
            if number < 2:
                assert read(seen, 4, back=True) == expected[::-1]
            lengths.add(len(expected))
    assert len(lengths) > 8


def test_users_see_their_own_namespace_and_its_private_projects() -> None:
    user = make_person("leo")
    fields = {"organization_id": GITLAB_COM_PUBLIC, "path": "leo", "full_path": "leo", "name": "leo"}
    own = Namespace.objects.create(kind="user", owner_id=user.pk, visibility="private", **fields)
    add(own, "dotfiles", visibility="private")
    other = make_person("lea")
    for viewer, expected in ((viewer_of(user), ["leo/dotfiles"]), (viewer_of(other), [])):
        assert read(projects_in(viewer, GITLAB_COM_PUBLIC), 10) == expected
        assert read(projects_of(viewer, own), 10) == expected
    assert "leo" in read(namespaces_in(viewer_of(user), GITLAB_COM_PUBLIC), 10)
    assert "leo" not in read(namespaces_in(viewer_of(other), GITLAB_COM_PUBLIC), 10)


def test_a_list_has_links_to_the_next_page_and_back(mel: Client, group: Namespace) -> None:
    add(group, *(f"p{number:03}" for number in range(120)))
    address = "/organizations/acme/-/projects"
    pages = [shown(mel, address)]
    pages += [shown(mel, address + pages[-1][1])]
    pages += [shown(mel, address + pages[-1][1])]
    assert [name for page in pages for name in page[0]] == [f"p{number:03}" for number in range(120)]
    assert [len(page[0]) for page in pages] == [50, 50, 20]
    assert (pages[0][2], pages[2][1]) == ("", "")
    middle = shown(mel, address + pages[2][2])
    assert middle[0] == pages[1][0]
    first = shown(mel, address + middle[2])
    assert (first[0], first[2]) == (pages[0][0], "")


def shown(browser: Client, address: str) -> tuple[list[str], str, str]:
    """The names on a page, and where it leads to."""
    text = browser.get(address).text
    links = {rel: re.search(rf'href="([^"]*)" rel="{rel}"', text) for rel in ("next", "prev")}
    following, preceding = (link[1].replace("&amp;", "&") if link else "" for link in links.values())
    return re.findall(r'href="/tools/(p\d+)"', text), following, preceding


@pytest.mark.parametrize("query", ["?after=~", "?after=%00", "?before=!", "?after=", f"?after={'x' * 5000}", "?page=2"])
def test_a_query_that_leads_nowhere_shows_the_first_page(mel: Client, project: Project, query: str) -> None:
    page = mel.get(f"/organizations/acme/-/projects{query}")
    assert page.status_code == 200
    assert "/tools/hammer" in page.text
