"""`/o/<organization>/…`: GitLab's addresses of organizations lead to ours, and reveal nothing."""

from __future__ import annotations

from itertools import count

import pytest
from django.test import Client

from pods.concealment import CONCEAL_HEADER
from pods.views.aliases import address_of
from routing.absent import pod_of_absent
from tests.databases import ALIASES

SCOPED = "/organizations/acme/-/"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("", f"{SCOPED}dashboard"),
        ("-", f"{SCOPED}dashboard"),
        ("-/overview", f"{SCOPED}dashboard"),
        ("-/groups/new", f"{SCOPED}groups/new"),
        ("dashboard", f"{SCOPED}dashboard"),
        ("dashboard/projects", f"{SCOPED}projects"),
        ("groups/new", f"{SCOPED}groups/new"),
        ("search", f"{SCOPED}search"),
        ("tools", "/tools"),
        ("tools/hammer/-/issues/1", "/tools/hammer/-/issues/1"),
        ("admin", None),
        ("Admin/users", None),
        ("api/v4/projects", None),
        ("/evil.example", None),
    ],
)
def test_each_page_has_an_address(page: str, address: str | None) -> None:
    assert address_of("acme", page) == address


@pytest.mark.django_db(databases=ALIASES)
def test_it_redirects_to_it_with_the_query(client: Client) -> None:
    answer = client.get("/o/gitlab-com-public/search/?search=a%20b")
    assert (answer.status_code, answer["Location"]) == (302, "/organizations/gitlab-com-public/-/search?search=a%20b")


@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.parametrize("path", ["/o/acme//evil.example", "/o/acme/%5Cevil.example", "/o/acme/\\evil.example"])
def test_it_never_leads_to_another_host(client: Client, path: str) -> None:
    location = client.get(path)["Location"]
    assert location.startswith(("/users/sign_in?", "/%5C"))


@pytest.mark.django_db(databases=ALIASES)
def test_it_is_concealed_and_looks_nothing_up(client: Client) -> None:
    router = {"X-Gitlab-Router-Secret": "tests-router-secret"}
    # This pod answers for an absent name that is drawn for it.
    names = (f"no-such-organization-{number}" for number in count())
    absent = next(name for name in names if pod_of_absent("organization", name) == "pod_us0")
    paths = [f"{name}/-/members" for name in ("gitlab-com-public", absent)]
    answers = [client.get(f"/o/{path}", headers={**router, "X-Gitlab-Raw-Path": f"/o/{path}"}) for path in paths]
    assert [answer["Location"] for answer in answers] == [f"/organizations/{path}" for path in paths]
    assert all(CONCEAL_HEADER in answer.headers for answer in answers)
