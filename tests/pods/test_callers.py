"""Endpoints without a key belong to the caller's organization: every other pod says so, and processes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from monolith.demo_facts import TOKEN
from tests.databases import Execute
from tests.pods.conftest import Pods

LIST = "/api/v4/projects"
PODS = ("pod_us0", "pod_us1", "pod_eu0", "pod_eu1")
OWNERS = {"mia": "pod_eu0", "eva": "pod_eu1", "alice": "pod_us1", "newcomer": "pod_us0"}
SECOND_POD = {"X-Gitlab-Router-Hops": "2"}


def as_(username: str) -> dict[str, str]:
    return {"PRIVATE-TOKEN": TOKEN.format(username=username)}


def sent_to(answer: httpx.Response) -> str:
    """The pod that a pod names, in place of what was asked for."""
    assert answer.status_code == 421, answer.text
    told = json.loads(answer.headers["X-Gitlab-Pod-Redirect"])
    assert told == {"path": LIST, "pod": told["pod"], "source": "routable", "exact": True, "by": "credential"}
    return str(told["pod"])


@pytest.mark.parametrize("username", OWNERS)
def test_every_pod_knows_whose_a_token_is(pods: Pods, username: str) -> None:
    for pod in PODS:
        answer = pods.get(pod, LIST, headers=as_(username))
        if pod == OWNERS[username]:
            assert answer.status_code == 200
        else:
            assert sent_to(answer) == OWNERS[username]


def test_every_pod_knows_whose_a_session_is(pods: Pods, people: Callable[[str], httpx.Cookies]) -> None:
    cookies = people("mia")
    assert pods.get("pod_eu0", LIST, cookies=cookies).status_code == 200
    for pod in ("pod_us0", "pod_us1", "pod_eu1"):
        assert sent_to(pods.get(pod, LIST, cookies=cookies)) == "pod_eu0"


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        ({}, 200),
        ({"PRIVATE-TOKEN": "glpat-made-up"}, 401),
        ({"PRIVATE-TOKEN": ""}, 401),
        ({"Authorization": "Basic bWlhOm1pYQ=="}, 200),
        ({"Authorization": "Bearer made-up"}, 401),
        ({"Cookie": "demo_session=made-up"}, 200),
    ],
)
def test_nobodys_is_gitlab_com_publics(pods: Pods, credential: dict[str, str], status: int) -> None:
    for pod in ("pod_us1", "pod_eu0", "pod_eu1"):
        assert sent_to(pods.get(pod, LIST, headers=credential)) == "pod_us0"
    assert pods.get("pod_us0", LIST, headers=credential).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_nothing_is_processed_elsewhere(pods: Pods, method: str, users_sql: Execute) -> None:
    used = (
        "SELECT last_used_at FROM personal_access_tokens JOIN users ON users.id = user_id WHERE username = 'john.doe'"
    )
    before = users_sql(used)
    assert sent_to(pods.ask(method, "pod_eu1", LIST, headers=as_("john.doe"), content=b"x" * 1000)) == "pod_us1"
    assert users_sql(used) == before


def test_a_pod_that_is_not_asked_first_asks_the_primary(pods: Pods) -> None:
    for username, owner in OWNERS.items():
        for pod in PODS:
            answer = pods.get(pod, LIST, headers=as_(username) | SECOND_POD)
            if pod == owner:
                assert answer.status_code == 200
            else:
                assert sent_to(answer) == owner


def test_no_path_is_remembered_from_a_response(pods: Pods) -> None:
    for path in (LIST, "/api/v4/search", "/api/v4/todos"):
        answer = pods.get("pod_eu0", path, headers=as_("mia"))
        assert "X-Gitlab-Pod-Cache" not in answer.headers
        assert "X-Gitlab-Pod-Epoch" not in answer.headers


def test_learn_answers_the_same_whoever_asks(pods: Pods) -> None:
    asked = f"/api/v4/pods/learn?method=GET&path_info={LIST}"
    answers = [pods.get(pod, asked, router=False, headers=as_("mia")) for pod in PODS]
    answers += [pods.get(pod, asked, router=False) for pod in PODS]
    assert {answer.text for answer in answers} == {
        json.dumps({"path": LIST, "pod": "pod_us0", "source": "routable", "exact": True})
    }
    assert {answer.headers["X-Gitlab-Pod-By"] for answer in answers} == {"credential"}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"max-age=300"}


def test_a_default_organization_that_is_left_is_not_ones_own(
    pods: Pods, users_sql: Execute, routes_sql: Execute
) -> None:
    [(organization_id,)] = routes_sql("SELECT id FROM organizations WHERE path = 'other-organization'")
    [(user_id,)] = users_sql("SELECT id FROM users WHERE username = 'john.doe'")
    users_sql("DELETE FROM memberships WHERE user_id = %s AND organization_id = %s", user_id, organization_id)
    try:
        # As a second pod: it asks the primary.
        assert sent_to(pods.get("pod_eu0", LIST, headers=as_("john.doe") | SECOND_POD)) == "pod_us0"
    finally:
        users_sql(
            "INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (%s, %s, 'member', now())",
            user_id, organization_id,
        )  # fmt: skip
