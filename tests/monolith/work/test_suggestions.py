"""`/organizations/<path>/-/search/suggestions.json`: what the search box of the top bar shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import open_issuable
from monolith.work.models import Issue
from organizations.models import Organization
from tests.cast import belong, make_organization, make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.work.test_search import ODD, Backend, Steer, running
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/organizations/acme/-/search/suggestions.json"


def hits(browser: Client, asked: str, url: str = URL) -> dict[str, list[str]]:
    """The titles of what is suggested, by kind."""
    found = browser.get(url, {"search": asked}).json()["found"]
    return {each["kind"]: [hit["title"] for hit in each["hits"]] for each in found}


def test_it_works(dana: Client, project: Project) -> None:
    open_issuable(Issue, project, User.objects.get(username="dana"), title="Hammers slip")
    answer = dana.get(URL, {"search": "ham"})
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json() == {
        "words": "ham",
        "address": "/organizations/acme/-/search?search=ham",
        "found": [
            {
                "kind": "projects",
                "title": "Projects",
                "hits": [{"title": "tools/hammer", "path": "/tools/hammer", "fact": ""}],
            },
            {
                "kind": "issues",
                "title": "Issues",
                "hits": [
                    {"title": "Hammers slip", "path": "/tools/hammer/-/issues/1", "fact": "tools/hammer#1"},
                ],
            },
        ],
    }


def test_each_person_gets_what_they_may_see(
    dana: Client, mel: Client, olivia: Client, gus: Client, group: Namespace, project: Project, secret: Project
) -> None:
    author = User.objects.get(username="olivia")
    for each in (project, secret):
        open_issuable(Issue, each, author, title=f"Gold in {each.path}")
    everything = {"projects": ["vault/gold"], "issues": ["Gold in gold", "Gold in hammer"]}
    assert hits(olivia, "gold") == everything
    for browser in (dana, mel, gus):
        assert hits(browser, "gold") == {"issues": ["Gold in hammer"]}
        assert hits(browser, "vault") == {}


def test_it_is_not_there_for_others(rita: Client, leo: Client, visitor: Client, acme: Organization) -> None:
    absent = rita.get("/organizations/acme/-/nothing")
    for browser in (rita, leo):
        answer = browser.get(URL)
        assert (answer.status_code, answer.content) == (404, absent.content if browser is rita else answer.content)
    assert visitor.get(URL)["Location"] == f"/users/sign_in?redirect={URL}"


def test_people_of_gitlab_com_public_have_theirs_and_nobody_else(leo: Client, mel: Client) -> None:
    assert leo.get("/search/suggestions.json").json() == {"words": "", "found": [], "address": "/search?search="}
    assert mel.get("/search/suggestions.json").status_code == 404


@pytest.mark.parametrize("asked", ODD)
def test_odd_words_are_words(mel: Client, project: Project, asked: str) -> None:
    assert hits(mel, asked) == {}


def test_too_many_words_are_refused(mel: Client) -> None:
    answer = mel.get(URL, {"search": "a" * 201})
    assert answer.status_code == 422
    assert answer.json() == {"problem": "Search for at most 200 characters. You entered 201."}


def test_it_says_when_the_search_backend_does_not_answer(dana: Client, steer: Steer) -> None:
    with running(Backend()) as gone:
        steer(search_address=gone.address)
    answer = dana.get(URL, {"search": "ham"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json() == {"problem": "Search is temporarily unavailable."}


def box(page: str) -> dict[str, str]:
    """The addresses of the box on a page."""
    [form] = re.findall(r'<form class="find".*?>', page)
    return dict(re.findall(r'(action|data-[a-z]+)="([^"]*)"', form))


def test_every_page_has_a_box_for_the_organization_one_is_in(
    mel: Client, leo: Client, visitor: Client, rivals: Organization, project: Project
) -> None:
    acme, public = "/organizations/acme/-/search", "/search"
    for page in ("/organizations/acme/-/dashboard", "/tools/hammer", "/-/profile", "/organizations"):
        assert box(mel.get(page).text) == {"action": acme, "data-suggestions": f"{acme}/suggestions.json"}
    assert box(leo.get("/dashboard").text)["action"] == public
    assert 'class="find"' not in visitor.get("/users/sign_in").text
    belong(User.objects.get(username="mel"), rivals)
    there = box(mel.get("/organizations/rivals/-/dashboard").text)
    assert (there["action"], there["data-everywhere"]) == ("/organizations/rivals/-/search", "/-/search")


def parts(page: Any) -> list[tuple[str, str]]:
    """The organizations of the global search, with the address that each is asked at."""
    return re.findall(r'<section data-part="([^"]*)".*?<h2[^>]*>([^<]*)<', page.text, re.DOTALL)


def test_global_search_names_ones_own_organizations_and_no_others(
    mel: Client, rivals: Organization, acme: Organization
) -> None:
    make_organization("strangers")
    belong(User.objects.get(username="mel"), rivals)
    assert parts(mel.get("/-/search", {"search": "a & b"})) == [
        (f"/organizations/{path}/-/search/suggestions.json?search=a+%26+b", path.title()) for path in ("acme", "rivals")
    ]
    assert parts(mel.get("/-/search")) == []


def test_global_search_of_people_of_gitlab_com_public(rivals: Organization) -> None:
    user = make_person("lea")
    belong(user, rivals, "guest")
    assert [name for _, name in parts(signed_in(user).get("/-/search?search=x"))] == ["GitLab.com Public", "Rivals"]


def test_global_search_requires_login_and_refuses_too_much(visitor: Client, mel: Client) -> None:
    assert visitor.get("/-/search")["Location"] == "/users/sign_in?redirect=/-/search"
    answer = mel.get("/-/search", {"search": "a" * 201})
    assert (answer.status_code, parts(answer)) == (422, [])
    assert "Search for at most 200 characters. You entered 201." in answer.text
