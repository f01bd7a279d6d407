"""Paying user: creates a new top-level namespace."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.flows.conftest import Watch
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

IN_MY_ORGANIZATION = "/organizations/my-organization/-/groups"
TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


@pytest.fixture
def name(mia: Visitor) -> Iterator[str]:
    """Nobody's yet; whatever mia makes of it is deleted again."""
    name = f"flow-{uuid.uuid4().hex[:8]}"
    yield name
    if mia.get(f"/{name}").status_code == 200:
        answer = submit(mia, f"/{name}/-/edit", f"/{name}/-/edit/delete", confirm=name)
        assert answer.status_code == 302, answer.text


def submit(visitor: Visitor, form: str, action: str, **fields: str) -> httpx.Response:
    """Open the page of a form and send it."""
    page = visitor.get(form)
    found = TOKEN.search(page.text)
    assert found, page.text
    assert f'action="{action}"' in page.text
    return visitor.post(action, {**fields, "csrfmiddlewaretoken": found[1]})


def create(visitor: Visitor, form: str, action: str, name: str) -> httpx.Response:
    answer = submit(visitor, form, action, name="From a flow", path=name, visibility="internal")
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"] == f"/{name}"
    return answer


def test_she_is_asked_for_the_organization(mia: Visitor) -> None:
    page = mia.get("/groups/new").text
    assert '<option value="" selected>GitLab.com Public</option>' in page
    assert '<option value="my-organization">My Organization</option>' in page
    assert "isolated from your organizations" in page


def test_her_choice_leads_to_the_form_on_its_pod(mia: Visitor, watching_europe: Watch, name: str) -> None:
    typed = {"name": "From a flow", "path": name, "visibility": "internal", "organization": "my-organization"}
    with watching_europe() as seen:
        answer = submit(mia, "/groups/new", "/groups", **typed)
        assert (answer.status_code, answer.headers["location"]) == (307, f"{IN_MY_ORGANIZATION}/new?kept")
        found = TOKEN.search(mia.get("/groups/new").text)
        assert found
        page = mia.post(answer.headers["location"], {**typed, "csrfmiddlewaretoken": found[1]})
    assert f'value="{name}"' in page.text
    assert f'action="{IN_MY_ORGANIZATION}"' in page.text
    assert seen.requests[-1].pod == "pod_eu0"
    assert mia.get(f"/{name}").status_code == 404


def test_it_is_on_the_pod_of_the_organization_that_she_chooses(mia: Visitor, watching_europe: Watch, name: str) -> None:
    with watching_europe() as seen:
        answer = create(mia, f"{IN_MY_ORGANIZATION}/new", IN_MY_ORGANIZATION, name)
        page = mia.follow(answer)
    assert "From a flow" in page.text
    assert [(request.request, request.pod) for request in seen.requests] == [
        (f"GET {IN_MY_ORGANIZATION}/new", "pod_eu0"),
        (f"POST {IN_MY_ORGANIZATION}", "pod_eu0"),
        (f"GET /{name}", "pod_eu0"),
    ]
    assert name in mia.get(IN_MY_ORGANIZATION).text


def test_it_is_in_gitlab_com_public_when_she_chooses_nothing(mia: Visitor, watching_europe: Watch, name: str) -> None:
    with watching_europe() as seen:
        page = mia.follow(create(mia, "/groups/new", "/groups", name))
    assert "From a flow" in page.text
    assert {request.pod for request in seen.requests} == {"pod_us0"}
    assert name not in mia.get(IN_MY_ORGANIZATION).text


def test_a_name_that_was_asked_for_in_vain_is_found_at_once(mia: Visitor, name: str) -> None:
    """The router remembers that nobody had it, on whichever pod was drawn."""
    assert mia.get(f"/{name}").status_code == 404
    answer = create(mia, f"{IN_MY_ORGANIZATION}/new", IN_MY_ORGANIZATION, name)
    assert mia.follow(answer).status_code == 200


def test_others_of_the_organization_find_it_in_the_other_region(
    cluster: RunningCluster, mia: Visitor, name: str
) -> None:
    create(mia, f"{IN_MY_ORGANIZATION}/new", IN_MY_ORGANIZATION, name)
    with Visitor(cluster, "us") as max_in_america:
        max_in_america.sign_in("max")
        assert "From a flow" in max_in_america.get(f"/{name}").text
    with Visitor(cluster, "us") as stranger:
        stranger.sign_in("alice")
        assert stranger.get(f"/{name}").status_code == 404


def test_a_taken_name_is_told_whoever_has_it(mia: Visitor) -> None:
    for taken in ("gitlab-org", "ALICE", "old-company", "dashboard"):
        answer = submit(
            mia, f"{IN_MY_ORGANIZATION}/new", IN_MY_ORGANIZATION, name="x", path=taken, visibility="private"
        )
        assert answer.status_code == 422
        assert "This path is taken" in answer.text


def test_a_renamed_group_leads_on_at_once(mia: Visitor, name: str) -> None:
    create(mia, f"{IN_MY_ORGANIZATION}/new", IN_MY_ORGANIZATION, name)
    submit(mia, f"/{name}/-/projects/new", f"/{name}/-/projects/new", name="App", path="app", visibility="private")
    moved = submit(mia, f"/{name}/-/edit", f"/{name}/-/edit/path", path=f"{name}-2")
    assert moved.headers["location"] == f"/{name}-2"
    assert mia.get(f"/{name}/app").headers["location"] == f"/{name}-2/app"
    assert mia.get(f"/{name}-2/app").status_code == 200
    submit(mia, f"/{name}-2/-/edit", f"/{name}-2/-/edit/delete", confirm=f"{name}-2")
    assert mia.get(f"/{name}-2/app").status_code == 404
    assert mia.get(f"/{name}/app").status_code == 404
