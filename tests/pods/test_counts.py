"""`/organizations/<path>/-/counts.json`: what the top bar asks for on every page."""

from __future__ import annotations

import pytest

from tests.pods.conftest import Pods
from tests.pods.test_pages import People

MINE = "/organizations/my-organization/-/counts.json"
PUBLIC = "/dashboard/counts.json"


def test_it_works(pods: Pods, people: People) -> None:
    answer = pods.get("pod_eu0", MINE, cookies=people("mia"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"issues", "merge_requests", "todos"}
    assert all(isinstance(count, int) for count in answer.json().values())


def test_it_counts_for_legacy_users_at_a_global_address(pods: Pods, people: People) -> None:
    answer = pods.get("pod_us0", PUBLIC, cookies=people("team-member"))
    named = pods.get("pod_us0", "/organizations/gitlab-com-public/-/counts.json", cookies=people("team-member"))
    assert answer.json() == named.json()


def test_nobody_else_may_keep_it(pods: Pods, people: People) -> None:
    assert pods.get("pod_eu0", MINE, cookies=people("mia")).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("who", ["newcomer", "eva"])
def test_it_is_not_there_for_others(pods: Pods, people: People, who: str) -> None:
    absent = pods.get("pod_eu0", "/organizations/my-organization/-/nothing", cookies=people(who))
    answer = pods.get("pod_eu0", MINE, cookies=people(who))
    assert (answer.status_code, answer.content) == (404, absent.content)


@pytest.mark.parametrize(("pod", "path"), [("pod_eu0", MINE), ("pod_us0", PUBLIC)])
def test_it_requires_login(pods: Pods, pod: str, path: str) -> None:
    assert pods.get(pod, path).headers["Location"] == f"/users/sign_in?redirect={path}"


@pytest.mark.parametrize(
    ("who", "pod", "path", "asked"),
    [
        ("mia", "pod_eu0", "/my-company", MINE),
        ("mia", "pod_us0", "/gitlab-org", MINE),
        ("mia", "pod_eu1", "/users/sign_out", MINE),
        ("team-member", "pod_us0", "/dashboard", PUBLIC),
        ("team-member", "pod_eu0", "/my-company", PUBLIC),
    ],
)
def test_every_page_names_the_counts_of_the_default_organization(
    pods: Pods, people: People, who: str, pod: str, path: str, asked: str
) -> None:
    assert f'data-counts="{asked}"' in pods.get(pod, path, cookies=people(who)).text


def test_pages_of_visitors_ask_for_nothing(pods: Pods) -> None:
    page = pods.get("pod_us0", "/gitlab-org").text
    assert "data-counts" not in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("who", "pod", "path", "said"),
    [
        ("mia", "pod_us0", "/gitlab-org", "The counts at the top are from My Organization"),
        (
            "mia",
            "pod_eu0",
            "/organizations/my-organization/-/dashboard",
            "only data from <strong>My Organization</strong>",
        ),
        ("team-member", "pod_eu0", "/my-company", "The counts at the top are from GitLab.com Public"),
        ("team-member", "pod_eu0", "/my-company", "only data from <strong>My Organization</strong>"),
    ],
)
def test_a_notice_says_whose_data_this_is(pods: Pods, people: People, who: str, pod: str, path: str, said: str) -> None:
    assert said in pods.get(pod, path, cookies=people(who)).text


@pytest.mark.parametrize("who", ["mia", "newcomer"])
def test_what_is_public_does_not_tell_its_organization(pods: Pods, people: People, who: str) -> None:
    assert "EU Makers" not in pods.get("pod_eu1", "/makers/widgets", cookies=people(who)).text
