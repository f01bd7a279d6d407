"""Groups, projects and issues, by who looks."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import httpx
import pytest

from tests.databases import Execute
from tests.pods.conftest import Pods

People = Callable[[str], httpx.Cookies]


def test_it_works(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/gitlab-org/gitlab")
    assert answer.status_code == 200
    assert "<h1>gitlab</h1>" in answer.text
    assert 'href="/gitlab-org/gitlab/-/issues"' in answer.text


def test_a_group_lists_its_projects_and_subgroups(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/gitlab-org")
    assert "/gitlab-org/gitlab-test" in answer.text
    assert "/gitlab-org/security" in answer.text


def test_issues_lead_to_each_issue(pods: Pods) -> None:
    answer = pods.get("pod_us0", "/gitlab-org/gitlab/-/issues")
    assert 'href="/gitlab-org/gitlab/-/issues/1"' in answer.text
    assert pods.get("pod_us0", "/gitlab-org/gitlab/-/issues/1").status_code == 200


@pytest.mark.parametrize(
    ("pod", "path", "status"),
    [
        ("pod_eu0", "/my-company/my-other-project", 200),
        ("pod_eu0", "/organizations/my-organization/-/dashboard", 200),
        ("pod_eu0", "/old-company", 302),
        ("pod_eu0", "/", 302),
    ],
)
def test_no_browser_keeps_what_a_session_decided(pods: Pods, people: People, pod: str, path: str, status: int) -> None:
    answer = pods.get(pod, path, cookies=people("mia"))
    assert (answer.status_code, answer.headers.get("Cache-Control")) == (status, "private, no-store")


def test_a_browser_may_keep_what_every_visitor_sees(pods: Pods) -> None:
    assert "Cache-Control" not in pods.get("pod_us0", "/gitlab-org/gitlab").headers


@pytest.mark.parametrize("iid", ["0", "999999", "x", "1e3", "99999999999999999999", "-1"])
def test_an_issue_that_is_none(pods: Pods, iid: str) -> None:
    assert pods.get("pod_us0", f"/gitlab-org/gitlab/-/issues/{iid}").status_code == 302


@pytest.mark.parametrize("page", ["2", "0", "x", "-1", "99999999999999999999999"])
def test_a_page_that_is_none_is_the_nearest(pods: Pods, page: str) -> None:
    assert pods.get("pod_us0", f"/gitlab-org/gitlab/-/issues?page={page}").status_code == 200


SEES = {
    "/gitlab-org/gitlab": {"", "mia", "max", "team-member", "newcomer", "alice", "root"},
    "/my-company": {"mia", "max", "team-member", "root"},
    "/my-company/my-project": {"mia", "max", "team-member", "root"},
    "/my-company/my-other-project": {"mia", "root"},
    "/not-my-company/not-my-project": {"root"},
}


@pytest.mark.parametrize("path", SEES)
@pytest.mark.parametrize("who", ["", "mia", "max", "team-member", "newcomer", "root"])
def test_who_sees_what(pods: Pods, people: People, path: str, who: str) -> None:
    pod = {"gitlab-org": "pod_us0", "my-company": "pod_eu0", "not-my-company": "pod_us1"}[path.split("/")[1]]
    answer = pods.get(pod, path, cookies=people(who) if who else None)
    assert (answer.status_code == 200) == (who in SEES[path])


def test_a_list_leaves_out_what_one_may_not_see(pods: Pods, people: People) -> None:
    assert "my-other-project" in pods.get("pod_eu0", "/my-company", cookies=people("mia")).text
    assert "my-other-project" not in pods.get("pod_eu0", "/my-company", cookies=people("max")).text


@pytest.mark.parametrize(
    ("old", "present"),
    [
        ("/old-company", "/my-company"),
        ("/old-company/my-project", "/my-company/my-project"),
        ("/old-company/my-project/-/issues?page=1", "/my-company/my-project/-/issues?page=1"),
        ("/My-Company/MY-project", "/my-company/my-project"),
        ("/My-Company/my-project/-/issues/1", "/my-company/my-project/-/issues/1"),
    ],
)
def test_old_paths_and_other_spellings_lead_to_the_present_one(
    pods: Pods, people: People, old: str, present: str
) -> None:
    answer = pods.get("pod_eu0", old, cookies=people("mia"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == present
    visitors = pods.get("pod_eu0", old)
    assert visitors.headers["Location"].startswith("/users/sign_in?")


def test_markup_in_names_is_text(pods: Pods, people: People, eu0_sql: Execute) -> None:
    rename = "UPDATE projects SET name = %s WHERE full_path = 'my-company/my-project'"
    eu0_sql(rename, "<script>alert(1)</script>")
    try:
        answer = pods.get("pod_eu0", "/my-company/my-project", cookies=people("mia"))
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text
    finally:
        eu0_sql(rename, "my-project")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_only_show(pods: Pods, method: str) -> None:
    # Without a form's code, as for every page.
    assert pods.ask(method, "pod_us0", "/gitlab-org/gitlab").status_code == 403


class Landmarks(HTMLParser):
    """What assistive software looks for."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.setdefault(tag, dict(attrs))


@pytest.mark.parametrize("path", ["/gitlab-org", "/gitlab-org/gitlab", "/gitlab-org/gitlab/-/issues", "/users/sign_in"])
def test_every_page_has_its_landmarks(pods: Pods, path: str) -> None:
    page = Landmarks()
    page.feed(pods.get("pod_us0", path).text)
    assert page.attributes["html"]["lang"] == "en"
    assert page.tags.count("main") == page.tags.count("h1") == page.tags.count("header") == 1
    assert page.attributes["a"] == {"class": "skip", "href": "#content"}


def test_headers_protect_what_is_shown(pods: Pods) -> None:
    headers = pods.get("pod_us0", "/gitlab-org").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_all_pods_send_the_same_headers_word_for_word(pods: Pods) -> None:
    """A policy in another order would tell which pod answered."""
    seen = {
        tuple((name, value) for name, value in pods.get(pod, "/-/health").headers.multi_items() if name != "date")
        for pod in pods.cluster.topology.pods
    }
    assert len(seen) == 1
