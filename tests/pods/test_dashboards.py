from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.pods.conftest import Pods
from tests.visitor import below_header

People = Callable[[str], httpx.Cookies]
MINE = "/organizations/my-organization/-/dashboard"


def test_it_works(pods: Pods, people: People) -> None:
    answer = pods.get("pod_us0", "/dashboard", cookies=people("team-member"))
    assert answer.status_code == 200
    assert "gitlab-org/gitlab-test" in answer.text


def test_it_never_mentions_organizations_to_legacy_users(pods: Pods, people: People) -> None:
    for path in ("/dashboard", "/gitlab-org", "/gitlab-org/gitlab"):
        assert "organization" not in below_header(pods.get("pod_us0", path, cookies=people("team-member")).text).lower()


def test_it_sends_others_to_their_organization(pods: Pods, people: People) -> None:
    assert pods.get("pod_us0", "/dashboard", cookies=people("mia")).headers["Location"] == MINE


def test_an_organization_shows_its_members_what_they_may_see(pods: Pods, people: People) -> None:
    mia, max_ = (pods.get("pod_eu0", MINE, cookies=people(name)) for name in ("mia", "max"))
    assert "my-other-project" in mia.text
    assert max_.status_code == 200
    assert "my-other-project" not in max_.text
    assert "gitlab-org" not in mia.text


@pytest.mark.parametrize("who", ["newcomer", "eva"])
def test_it_is_not_there_for_others(pods: Pods, people: People, who: str) -> None:
    assert pods.get("pod_eu0", MINE, cookies=people(who)).status_code == 404


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("mia", MINE),
        ("team-member", "/dashboard"),
        ("eva", "/organizations/eu-makers/-/dashboard"),
    ],
)
@pytest.mark.parametrize("pod", ["pod_us0", "pod_eu1"])
def test_home_leads_there_from_every_pod(pods: Pods, people: People, who: str, home: str, pod: str) -> None:
    assert pods.get(pod, "/", cookies=people(who)).headers["Location"] == home


@pytest.mark.parametrize("pod", ["pod_us0", "pod_eu1"])
def test_every_pod_has_the_front_page(pods: Pods, pod: str) -> None:
    front = pods.get(pod, "/")
    assert front.status_code == 200
    assert 'href="/users/sign_in"' in front.text


def test_it_requires_login(pods: Pods) -> None:
    assert pods.get("pod_us0", "/dashboard").headers["Location"] == "/users/sign_in?redirect=/dashboard"
