"""What is broken, and the table of docs/failures.md, printed at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest

from tests.failures.traffic import Clicks, Traffic, traffic
from tests.moved_by_hand import ByHand
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

RETRY = "503 with Retry-After"
# Under which a test's report brings its rows of the table.
ROW = "while something was broken"
# Of the organization that moves by hand, and what people write in it.
HOME, AWAY = "pod_eu1", "pod_us1"
WRITTEN = frozenset({"projects", "issues", "todos", "namespaces", "namespace_members", "claim_outcomes"})
ROUTERS = ("us", "eu")


@pytest.fixture(scope="session")
def mias_cookies(cluster: RunningCluster) -> httpx.Cookies:
    """Those of mia, signed in."""
    with Visitor(cluster, "eu") as mia:
        mia.sign_in("mia")
        return mia.cookies


@pytest.fixture
def everybody(mias_cookies: httpx.Cookies) -> list[Clicks]:
    """Readers of every pod at both routers: some forty requests a second."""
    pages = {"/gitlab-org/gitlab": "pod_us0", "/alice/dotfiles": "pod_us1", "/makers/widgets": "pod_eu1"}
    readers = [Clicks(router, path, pod) for router in ("us", "eu") for path, pod in pages.items()]
    readers += [Clicks(router, "/my-company/my-project", "pod_eu0", mias_cookies) for router in ("us", "eu")]
    return [*readers, *(Clicks(router, "/users/sign_in", "") for router in ("us", "eu"))]


@pytest.fixture
def makers(breakable_cluster: RunningCluster) -> Iterator[ByHand]:
    """An organization that a test moves to another pod; afterwards it is at home again."""
    by_hand = ByHand(breakable_cluster, "eu-makers")
    yield by_hand
    for region in ROUTERS:
        breakable_cluster.lag(region, "0")
    with by_hand.shared("routes") as routes:
        [(pod,)] = routes("SELECT pod_id FROM organizations WHERE id = %s", by_hand.id)
    if pod != HOME:
        by_hand.move(pod, HOME, WRITTEN)
    by_hand.purge(AWAY)
    with by_hand.session(HOME, "main") as main:
        main.execute("DELETE FROM issues WHERE title LIKE 'flip %'")
        main.execute("UPDATE todos SET state = 'pending' WHERE organization_id = %s", (by_hand.id,))


Breaking = Callable[[str], AbstractContextManager[Traffic]]


@pytest.fixture
def while_people_click(
    request: pytest.FixtureRequest, breakable_cluster: RunningCluster, everybody: list[Clicks]
) -> Breaking:
    """A block in which they do; afterwards the cluster has healed by itself, and a row is in the table."""

    @contextmanager
    def block(what: str) -> Iterator[Traffic]:
        with traffic(breakable_cluster, everybody) as found:
            yield found
            found.wait_for_good(12)
        request.node.user_properties.append((ROW, row_of(what, found)))

    return block


def row_of(what: str, found: Traffic) -> str:
    """A line of the table."""
    return f"| {what} | {len(found.clicks)} | {_told(found)} | {found.outage():.1f} s | {found.slowest():.1f} s |"


def _told(found: Traffic) -> str:
    """Failures by the pod that was needed, and by kind."""
    pods = dict.fromkeys(who.pod for who in found.everybody)
    failed = {pod or "any pod": found.failed(pods=[pod]) for pod in pods}
    kinds = [f"{pod}: {number} x {kind}" for pod, each in failed.items() for kind, number in each.items()]
    return ", ".join(kinds) or "none"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    calls = [report for report in reports if report.when == "call"]
    rows = [row for report in calls for name, row in report.user_properties if name == ROW]
    if rows:
        terminalreporter.section("what failed while something was broken")
        terminalreporter.write_line("| broken | requests | failed | from first to last | slowest answer |")
        terminalreporter.write_line("| --- | --- | --- | --- | --- |")
        for row in rows:
            terminalreporter.write_line(row)
