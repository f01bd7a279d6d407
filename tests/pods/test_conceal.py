"""What is absent and what is private get one and the same answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from admin_settings.definitions import Settings
from tests.pods.conftest import Pods
from tests.running_cluster import eventually

# Absent and private, below one top-level namespace and as such.
PAIRS = [
    ("/not-my-company/absent", "/not-my-company/not-my-project"),
    ("/not-my-company/absent/-/issues", "/not-my-company/not-my-project/-/issues"),
    ("/not-my-company/absent/-/issues/1", "/not-my-company/not-my-project/-/issues/1"),
    ("/not-my-company/not-my-project/-/issues/999", "/not-my-company/not-my-project/-/issues/1"),
]


def shown(answer: httpx.Response, path: str) -> tuple[int, list[tuple[str, str]], str]:
    """Everything of an answer that somebody sees, with the path that was asked for left out."""
    headers = [(name, value.replace(path, "…")) for name, value in answer.headers.multi_items() if name != "date"]
    return answer.status_code, headers, answer.text


@pytest.mark.parametrize(("absent", "private"), PAIRS)
def test_visitors_are_sent_to_sign_in_either_way(pods: Pods, absent: str, private: str) -> None:
    one, other = pods.get("pod_us1", absent), pods.get("pod_us1", private)
    assert one.status_code == 302
    assert one.headers["Location"] == f"/users/sign_in?redirect={absent}"
    assert one.headers["X-Gitlab-Pod-Conceal"] == "150"
    assert shown(one, absent) == shown(other, private)


@pytest.mark.parametrize(("absent", "private"), PAIRS)
def test_people_get_the_same_page_either_way(
    pods: Pods, people: Callable[[str], httpx.Cookies], absent: str, private: str
) -> None:
    one = pods.get("pod_us1", absent, cookies=people("newcomer"))
    other = pods.get("pod_us1", private, cookies=people("newcomer"))
    assert one.status_code == 404
    assert one.headers["X-Gitlab-Pod-Conceal"] == "150"
    assert shown(one, absent) == shown(other, private)


def test_an_absent_top_level_name_looks_like_a_private_one(pods: Pods, people: Callable[[str], httpx.Cookies]) -> None:
    """Whichever pod was drawn for the name; what only routers see may differ."""
    drawn = pods.get("pod_us0", "/no-such-company").headers.get("X-Gitlab-Pod-Redirect", '"pod": "pod_us0"')
    pod = drawn.split('"pod": "')[1].split('"')[0]
    for cookies in (None, people("newcomer")):
        absent = pods.get(pod, "/no-such-company", cookies=cookies)
        private = pods.get("pod_eu0", "/my-company", cookies=cookies)
        for answer in (absent, private):
            for header in ("X-Gitlab-Pod-Cache", "X-Gitlab-Pod-Epoch"):
                answer.headers.pop(header, None)
        assert shown(absent, "/no-such-company") == shown(private, "/my-company")


def test_an_unknown_endpoint_gets_it_too(pods: Pods, people: Callable[[str], httpx.Cookies]) -> None:
    assert pods.get("pod_us0", "/-/brand-new-endpoint").status_code == 302
    assert pods.get("pod_us0", "/-/brand-new-endpoint", cookies=people("newcomer")).status_code == 404


def test_learn_and_metrics_do_not_exist_through_a_router(pods: Pods) -> None:
    unknown = pods.get("pod_us0", "/-/brand-new-endpoint")
    answers = {path: pods.get("pod_us0", path) for path in ("/-/metrics", "/api/v4/pods/learn?method=GET&path_info=/x")}
    assert [answer.status_code for answer in answers.values()] == [302, 404]
    for answer in answers.values():
        assert "pods_requests" not in answer.text
    assert unknown.status_code == 302


def test_programs_get_json(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/api/v4/brand_new/things")
    assert answer.status_code == 404
    assert answer.json() == {"message": "404 Not Found"}
    assert answer.headers["X-Gitlab-Pod-Conceal"] == "150"


def test_the_redirect_keeps_path_and_query_as_they_came(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/-/brand%2Fnew?a=b%26c&d=é")
    asked = httpx.URL(answer.headers["Location"]).params["redirect"]
    assert asked == "/-/brand%2Fnew?a=b%26c&d=%C3%A9"


@pytest.mark.slow
def test_the_time_budget_is_a_setting_of_pods_that_routers_follow(pods: Pods) -> None:
    cluster = pods.cluster

    def budgets() -> set[str | None]:
        answers = [pods.get(pod, "/api/v4/brand_new/things") for pod in cluster.topology.pods]
        return {answer.headers.get("X-Gitlab-Pod-Conceal") for answer in answers}

    try:
        assert cluster.manage("settings", "set", "conceal_ms", "700").returncode == 0
        # The three others do not own the path, and name no budget.
        eventually(lambda: budgets() == {"700", None})
        started = time.monotonic()
        with httpx.Client(base_url=cluster.url("us"), timeout=20) as client:
            assert client.get("/api/v4/brand_new/things").status_code == 404
        assert time.monotonic() - started >= 0.698
    finally:
        assert cluster.manage("settings", "unset", "conceal_ms").returncode == 0
        eventually(lambda: budgets() == {"150", None})


def test_a_pod_without_a_router_pads_by_itself(pods: Pods) -> None:
    with httpx.Client(base_url=pods.cluster.pod_url("pod_us1")) as client:
        client.get("/-/liveness")
        for path in ("/not-my-company/absent", "/not-my-company/not-my-project"):
            started = time.monotonic()
            answer = client.get(path)
            assert time.monotonic() - started >= Settings().conceal_directly_ms / 1000
            assert "X-Gitlab-Pod-Conceal" not in answer.headers
