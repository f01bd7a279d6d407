"""Who comes into the Admin Area, and to which pod's."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client

from tests.admin_area.conftest import text_of
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

PAGES = [
    "/admin",
    "/admin/users",
    "/admin/tokens",
    "/admin/memberships",
    "/admin/organizations",
    "/admin/names",
    "/admin/names?kind=redirect",
    "/admin/names/reserve",
    "/admin/audit",
    "/admin/cluster",
    "/admin/cluster.json",
    "/admin/moves",
    "/admin/moves/start",
    "/admin/jsi18n",
    "/admin/pods/pod_us0",
    "/admin/pods/pod_us0/projects",
    "/admin/pods/pod_us0/groups",
    "/admin/pods/pod_us0/runners",
    "/admin/pods/pod_us0/jobs",
]


def test_it_works(admin: Client) -> None:
    for path in PAGES:
        response = admin.get(path)
        assert response.status_code == 200, f"{path}: {response.content.decode()}"
        assert "max-age=0" in response["Cache-Control"], path
        assert "unsafe" not in response["Content-Security-Policy"], path


def test_it_does_not_exist_for_anybody_else() -> None:
    people = [signed_in(make_person("mel")), signed_in(make_person("stan"))]
    User.objects.filter(username="stan").update(is_staff=True)
    for browser in people:
        for send in (browser.get, browser.post):
            absent = send("/admin/no-such-page")
            found = {path: send(path) for path in PAGES}
            assert absent.status_code == 404
            assert [path for path, each in found.items() if each.status_code != 404] == []
            assert [path for path, each in found.items() if each.content != absent.content] == []


def test_visitors_are_sent_to_sign_in(visitor: Client) -> None:
    found = {path: visitor.get(path) for path in PAGES}
    assert {path: (each.status_code, each["Location"]) for path, each in found.items()} == {
        path: (302, f"/users/sign_in?redirect={quote(path)}") for path in PAGES
    }


def test_who_is_no_administrator_any_more_changes_nothing(proven: Client, root: User) -> None:
    User.objects.filter(pk=root.pk).update(is_superuser=False)
    assert proven.post("/admin/users").status_code == 404


def test_the_page_says_which_pod_serves(admin: Client) -> None:
    shown = admin.get("/admin/pods/pod_us0/projects").content.decode()
    assert "Served by pod_us0 in us" in text_of(shown)
    assert "<title>Projects · pod_us0 · Admin Area</title>" in shown
    assert "all, served by pod_us0" in text_of(admin.get("/admin/users").content.decode())


def test_an_alias_is_sent_to_the_pods_name(admin: Client) -> None:
    response = admin.get("/admin/pods/pod_0/projects?q=a&b=%2F")
    assert (response.status_code, response["Location"]) == (308, "/admin/pods/pod_us0/projects?q=a&b=%2F")


def test_the_picker_keeps_the_place(admin: Client) -> None:
    shown = admin.get("/admin/pods/pod_us0/projects?q=tools&after=x").content.decode()
    for pod in ("pod_us0", "pod_us1", "pod_eu0", "pod_eu1"):
        assert f'href="/admin/pods/{pod}/projects?q=tools"' in shown
    assert 'href="/admin/pods/pod_us0/projects?q=tools" aria-current="true"' in shown


def test_the_picker_leads_from_a_row_to_the_list(admin: Client, project: object) -> None:
    shown = admin.get(f"/admin/pods/pod_us0/projects/{project.pk}").content.decode()  # type: ignore[attr-defined]
    assert 'href="/admin/pods/pod_eu1/projects"' in shown


def test_what_is_on_a_pod_is_not_among_what_is_shared(admin: Client) -> None:
    assert admin.get("/admin/projects").status_code == 404
    assert admin.get("/admin/pods/pod_us0/users").status_code == 404


def test_a_row_that_is_not_there(admin: Client) -> None:
    for key in ("999999", "x", "1%2F2", str(2**70)):
        assert admin.get(f"/admin/users/{key}").status_code == 404


def test_no_secret_is_shown(admin: Client, root: User) -> None:
    root.access_tokens.create(name="robot", scope="api", digest="ab" * 32)
    token = root.access_tokens.get()
    shown = "".join(
        admin.get(path).content.decode()
        for path in ("/admin/users", f"/admin/users/{root.pk}", "/admin/tokens", f"/admin/tokens/{token.pk}")
    )
    assert "robot" in shown
    assert token.digest not in shown
    assert root.password not in shown


@pytest.mark.parametrize("query", ["password__startswith=argon2", "user__password=x", "e__x=1"])
def test_it_is_not_searched_by_any_field(admin: Client, query: str) -> None:
    assert admin.get(f"/admin/users?{query}").status_code == 400
