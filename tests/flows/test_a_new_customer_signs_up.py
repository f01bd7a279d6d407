"""A new customer signs up: they belong to an organization, make one, or choose neither."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.databases import database
from tests.flows.conftest import Watch
from tests.mailbox import mailed_link, without_host
from tests.pods.conftest import csrf_token
from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor, below_header

SIGN_UP = "/users/sign_up"
WELCOME = "/users/sign_up/welcome"
MEMBERS = "/organizations/my-organization/-/members"
NEW = "/organizations/new"

Customer = Callable[[Visitor], str]


def somebody() -> tuple[str, dict[str, str]]:
    """A username, and the form to sign up filled in with it."""
    username = f"customer-{uuid.uuid4().hex[:8]}"
    email = f"{username}@example.com"
    return username, {"name": "A Customer", "username": username, "email": email, "password": "a-long-secret"}


@pytest.fixture
def customer() -> Customer:
    """Signs somebody up by the form; their username."""

    def sign_up(visitor: Visitor) -> str:
        username, fields = somebody()
        welcome = visitor.submit(SIGN_UP, SIGN_UP, **fields)
        assert welcome.headers["location"] == WELCOME
        return username

    return sign_up


@pytest.fixture
def path(cold: RunningCluster) -> Iterator[str]:
    """Of an organization that is deleted afterwards."""
    path = f"new-{uuid.uuid4().hex[:8]}"
    yield path
    with database(cold, "shared", "routes") as execute:
        execute("UPDATE organizations SET state = 'deleted' WHERE path = %s", path)


def send(visitor: Visitor, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
    """Send one of the forms of a page."""
    assert f'action="{action}"' in page.text, page.text
    return visitor.post(action, fields | {"csrfmiddlewaretoken": csrf_token(page)})


def make(visitor: Visitor, path: str) -> httpx.Response:
    """From the question to the form, and what it answers."""
    assert f'href="{NEW}?welcome"' in visitor.get(WELCOME).text
    form = visitor.get(f"{NEW}?welcome")
    assert "checked" in form.text
    return send(visitor, form, "/users/organizations/new", name="New Customer", path=path, home="on")


@pytest.mark.parametrize("region", ["eu", "us"])
def test_they_make_an_organization_near_them(cold: RunningCluster, customer: Customer, path: str, region: str) -> None:
    with Visitor(cold, region) as visitor:
        username = customer(visitor)
        redirect = make(visitor, path)
        assert redirect.headers["location"] == f"/organizations/{path}/-/dashboard"
        page = visitor.follow(redirect)
        assert page.status_code == 200, page.text
        assert "New Customer was created." in page.text
        assert username in visitor.get(f"/organizations/{path}/-/members").text
        home = visitor.get("/")
        assert home.headers["location"] == f"/organizations/{path}/-/dashboard"
        dashboard = visitor.follow(home)
        assert dashboard.status_code == 200
        assert "New Customer" in dashboard.text
    with database(cold, "shared", "routes") as execute:
        [(pod, state)] = execute("SELECT pod_id, state FROM organizations WHERE path = %s", path)
    assert cold.topology.pods[pod].region == region
    assert state == "active"


@pytest.mark.parametrize("region", ["eu", "us"])
def test_they_have_a_namespace_of_their_own(cold: RunningCluster, customer: Customer, region: str) -> None:
    with Visitor(cold, region) as visitor, Visitor(cold, "eu") as somebody_else:
        username = customer(visitor)
        form = f"/{username}/-/projects/new"
        made = visitor.submit(form, form, name="Dotfiles", path="dotfiles", visibility="public")
        assert made.headers["location"] == f"/{username}/dotfiles"
        assert visitor.follow(made).status_code == 200
        assert somebody_else.get(f"/{username}").status_code == 200


def test_they_choose_neither(american: Visitor, customer: Customer, watching_america: Watch) -> None:
    customer(american)
    with watching_america() as chosen:
        home = send(american, american.get(WELCOME), WELCOME, neither="")
        page = american.follow(american.follow(home))
    assert page.status_code == 200
    assert "organization" not in below_header(page.text).lower()
    assert chosen.requests[-1].request == "GET /dashboard"
    assert chosen.requests[-1].pod == "pod_us0"


def test_they_belong_to_an_organization_and_join_it_by_the_link_in_a_mail(
    cold: RunningCluster, mia: Visitor, customer: Customer
) -> None:
    link = invite(cold, mia)
    with Visitor(cold, "us") as visitor:
        username = customer(visitor)
        invitation = send(visitor, visitor.get(WELCOME), WELCOME, link=f"{cold.url()}{link}")
        page = visitor.follow(invitation)
        assert "My Organization" in page.text
        answer = send(visitor, page, link, home="on")
        dashboard = visitor.follow(answer)
        assert dashboard.status_code == 200
        assert "My Organization" in dashboard.text
        user_id = re.search(rf"members/(\d+)/remove\" aria-label=\"Remove {username}\"", mia.get(MEMBERS).text)
        assert user_id
        leave = f"{MEMBERS}/{user_id[1]}/remove"
        left = send(visitor, visitor.get(leave), leave)
        assert visitor.follow(left).headers["location"] == "/dashboard"
        assert visitor.get(MEMBERS).status_code == 404


@pytest.mark.parametrize("region", ["eu", "us"])
def test_they_sign_up_from_the_link_in_a_mail(cold: RunningCluster, mia: Visitor, region: str) -> None:
    link = invite(cold, mia)
    _, fields = somebody()
    with Visitor(cold, region) as visitor:
        [sign_up] = re.findall(rf'href="({SIGN_UP}\?[^"]+)"', visitor.get(link).text)
        form = visitor.get(sign_up)
        [redirect] = re.findall(r'name="redirect" value="([^"]+)"', form.text)
        invitation = visitor.follow(send(visitor, form, SIGN_UP, redirect=redirect, **fields))
        dashboard = visitor.follow(send(visitor, invitation, link, home="on"))
        assert "My Organization" in dashboard.text
        assert visitor.get("/").headers["location"] == "/organizations/my-organization/-/dashboard"


@pytest.mark.slow
def test_replicas_are_behind_and_routers_remember_that_nobody_had_the_path(
    breakable_cluster: RunningCluster, cold: RunningCluster, european: Visitor, customer: Customer, path: str
) -> None:
    customer(european)
    assert european.get(f"/organizations/{path}/-/members").status_code == 404
    cold.lag("eu", "3s")
    redirect = make(european, path)
    assert european.follow(redirect).status_code == 200
    assert european.get("/").headers["location"] == f"/organizations/{path}/-/dashboard"


@pytest.mark.slow
def test_the_pod_of_their_organization_is_killed_meanwhile(
    breakable_cluster: RunningCluster, cold: RunningCluster, european: Visitor, customer: Customer, path: str
) -> None:
    username = customer(european)
    pods = [pod.name for pod in cold.topology.pods_of("eu")]
    with database(cold, "shared", "routes") as execute:
        redirect = make(european, path)
        [(pod, state)] = execute("SELECT pod_id, state FROM organizations WHERE path = %s", path)
        assert (pod in pods, state) == (True, "creating")
        cold.kill(pod)
        eventually(lambda: european.follow(redirect).status_code == 200, 30)
        [(state,)] = execute("SELECT state FROM organizations WHERE path = %s", path)
    assert state == "active"
    assert username in european.follow(redirect).text


def invite(cluster: RunningCluster, owner: Visitor) -> str:
    """Have somebody invited as a guest; the path of the link in the mail."""
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    sent = send(owner, owner.get(MEMBERS), "/organizations/my-organization/-/invitations", email=email, role="guest")
    assert sent.status_code == 302
    return without_host(mailed_link(cluster, email, "/-/invites/"))
