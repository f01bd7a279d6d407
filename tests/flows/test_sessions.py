"""One person, one session, in both regions: it begins on the next request, and ends when the answer arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from monolith.demo_facts import PASSWORD
from tests.people import make_member
from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor

PROFILE = "/-/profile"
ACCOUNT = "/-/profile/account"
PROJECT = "/my-company/my-project"
LAGS = ["0", "500ms", pytest.param("6s", marks=pytest.mark.slow)]


@pytest.fixture
def lag(breakable_cluster: RunningCluster) -> Callable[[str], None]:
    """`lag("5s")`: the replica in Europe shows everything that much later."""
    return partial(breakable_cluster.lag, "eu")


@pytest.fixture(scope="module")
def traveller(cluster: RunningCluster) -> str:
    """A member of my-organization whose sessions nobody else keeps: the tests here end all of them."""
    return make_member(cluster, "traveller", "my-organization")


@pytest.fixture
def american(cluster: RunningCluster, traveller: str) -> Iterator[Visitor]:
    """The traveller in the US, signed in there."""
    with Visitor(cluster, "us") as visitor:
        visitor.sign_in(traveller)
        yield visitor


@pytest.fixture
def european(cluster: RunningCluster, american: Visitor) -> Iterator[Visitor]:
    """Their other device in Europe: it has the session, and knows nothing of what the first one writes."""
    with Visitor(cluster, "eu") as visitor:
        name = f"{cluster.topology.instance}_session"
        visitor.cookies.set(name, american.cookies[name])
        yield visitor


def sign_out(visitor: Visitor) -> None:
    visitor.submit("/users/sign_out", "/users/sign_out")


def sign_out_everywhere(visitor: Visitor) -> None:
    visitor.submit(ACCOUNT, f"{ACCOUNT}/sign_out")


def change_password(visitor: Visitor) -> None:
    visitor.submit("/-/profile/password", "/-/profile/password", current=PASSWORD, password=PASSWORD)


@pytest.mark.parametrize("how_late", LAGS)
def test_a_session_works_in_the_other_region_on_the_next_request(
    lag: Callable[[str], None], how_late: str, cluster: RunningCluster, traveller: str
) -> None:
    lag(how_late)
    with Visitor(cluster, "us") as visitor:
        visitor.sign_in(traveller)
        visitor.region = "eu"
        assert [visitor.get(PROJECT).status_code for _ in range(5)] == [200] * 5


@pytest.mark.slow
@pytest.mark.parametrize("how_late", LAGS)
@pytest.mark.parametrize("end", [sign_out, sign_out_everywhere, change_password])
def test_it_is_over_everywhere_when_the_answer_arrives(
    lag: Callable[[str], None], how_late: str, american: Visitor, european: Visitor, end: Callable[[Visitor], None]
) -> None:
    lag(how_late)
    assert european.get(PROJECT).status_code == 200
    started = time.monotonic()
    end(american)
    took = time.monotonic() - started
    assert {european.get(path).status_code for path in (PROJECT, PROFILE) for _ in range(5)} == {302}
    assert took < 6


def test_who_changes_their_password_stays_signed_in(american: Visitor) -> None:
    change_password(american)
    assert american.get(PROFILE).status_code == 200


def test_a_pod_that_cannot_know_refuses(
    lag: Callable[[str], None], breakable_cluster: RunningCluster, american: Visitor, european: Visitor
) -> None:
    lag("30s")
    assert european.get(PROJECT).status_code == 200
    sign_out(american)
    breakable_cluster.ask("stop", "shared")
    answers = [european.get(PROJECT) for _ in range(5)]
    breakable_cluster.ask("start", "shared")
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].headers["retry-after"]
    eventually(lambda: european.get(PROJECT).status_code == 302)


@pytest.mark.slow
def test_without_the_primary_a_replica_that_has_everything_will_do(
    breakable_cluster: RunningCluster, european: Visitor
) -> None:
    assert european.get(PROJECT).status_code == 200
    breakable_cluster.ask("stop", "shared")
    began, answers = time.monotonic(), set()
    while time.monotonic() < began + 4:
        answers.add(european.get(PROJECT).status_code)
    breakable_cluster.ask("start", "shared")
    assert answers == {200}


def test_a_token_works_and_ends_everywhere(cluster: RunningCluster, american: Visitor, traveller: str) -> None:
    tokens = "/-/profile/personal_access_tokens"
    american.confirm_password()
    page = american.submit(tokens, tokens, name="x", scope="read_api", days="1")
    token = page.text.partition('value="glpat-')[2].partition('"')[0]
    with Visitor(cluster, "eu") as program:
        headers = {"PRIVATE-TOKEN": f"glpat-{token}"}
        assert program.get("/api/v4/user", **headers).json()["username"] == traveller
        american.submit(tokens, _revoking(page.text))
        assert program.get("/api/v4/user", **headers).status_code == 401


def _revoking(page: str) -> str:
    """Where the form goes that revokes the newest token."""
    return next(part for part in page.split('"') if part.endswith("/revoke"))


@pytest.mark.slow
def test_who_deactivates_their_account_is_out_everywhere(lag: Callable[[str], None], cluster: RunningCluster) -> None:
    lag("500ms")
    form = {"name": "Leaver", "username": "leaver", "email": "leaver@example.com", "password": PASSWORD}
    with Visitor(cluster, "us") as american, Visitor(cluster, "eu") as european:
        american.submit("/users/sign_up", "/users/sign_up", **form)
        name = f"{cluster.topology.instance}_session"
        european.cookies.set(name, american.cookies[name])
        assert european.get(PROFILE).status_code == 200
        american.submit(ACCOUNT, f"{ACCOUNT}/deactivate", password=PASSWORD)
        assert {european.get(PROFILE).status_code for _ in range(5)} == {302}
        assert european.fill_in(european.get("/users/sign_in"), "leaver").status_code == 422
