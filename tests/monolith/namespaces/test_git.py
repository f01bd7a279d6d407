"""What Git asks over HTTP, of which there is none: the same for what is public, private and absent."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from monolith.namespaces.git import or_git
from monolith.namespaces.models import Project
from pods.concealment import CONCEAL_HEADER
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

ROUTER = {"X-Gitlab-Router-Secret": "tests-router-secret"}
ASKED = [
    ("GET", "info/refs?service=git-upload-pack"),
    ("GET", "info/refs"),
    ("POST", "git-upload-pack"),
    ("POST", "git-receive-pack"),
    ("POST", "info/lfs/objects/batch"),
    ("PUT", "gitlab-lfs/objects/aa/1"),
]
# Internal, private, absent; wikis of a project and of a group; snippets. Of absent groups:
# tests/concealment/test_bytes.py.
PATHS = ["tools/hammer", "vault/gold", "vault/dust", "tools/hammer.wiki", "tools.wiki", "snippets/1", "-/snippets/1"]
BASIC = {"Authorization": "Basic bWlhOmdscGF0LWRlbW8="}


@pytest.mark.parametrize(("method", "asked"), ASKED)
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer x"}, 401), (BASIC, 404)],
    ids=["none", "other", "basic"],
)
def test_git_gets_one_answer(
    project: Project, secret: Project, method: str, asked: str, headers: dict[str, str], status: int
) -> None:
    browser = Client(enforce_csrf_checks=True)
    answers = [
        browser.generic(
            method,
            f"/{path}.git/{asked}",
            headers={**ROUTER, "X-Gitlab-Raw-Path": f"/{path}.git/{asked.partition('?')[0]}", **headers},
        )
        for path in PATHS
    ]
    for answer in answers:
        assert answer.status_code == status
        assert answer.get("WWW-Authenticate") == ('Basic realm="GitLab"' if status == 401 else None)
        assert CONCEAL_HEADER in answer.headers
        assert answer.content == answers[0].content


def test_a_person_who_is_signed_in_gets_the_same(dana: Client, visitor: Client, project: Project) -> None:
    path = "/tools/hammer.git/info/refs"
    assert dana.get(path).content == visitor.get(path).content
    assert dana.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/tools/hammer.git", "/tools/hammer.git/info", "/tools/hammer.git/info/refs/x"])
def test_other_addresses_are_pages(visitor: Client, project: Project, path: str) -> None:
    assert visitor.get(path).status_code == 302


def test_only_git_is_exempt_from_csrf_tokens(project: Project) -> None:
    @or_git
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("changed")

    request = RequestFactory(enforce_csrf_checks=True).post
    assert page(request("/tools/hammer.git/git-upload-pack")).status_code == 401
    assert page(request("/tools/hammer")).status_code == 403
