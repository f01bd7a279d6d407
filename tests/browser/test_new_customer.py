"""A new customer signs up in one region, and a colleague in the other, by the pages' forms and the links in mails."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Come
from tests.browser.person import Person
from tests.browser.test_forms import send, served_by
from tests.databases import database
from tests.mailbox import mailed_link, without_host
from tests.running_cluster import RunningCluster

PASSWORD = "a-long-secret"
ANOTHER_PASSWORD = "another-long-secret"
OTHER = {"us": "eu", "eu": "us"}


@pytest.fixture
def path(cluster: RunningCluster) -> Iterator[str]:
    """Of an organization that is deleted afterwards."""
    path = f"seen-{uuid.uuid4().hex[:8]}"
    yield path
    with database(cluster, "shared", "routes") as execute:
        execute("UPDATE organizations SET state = 'deleted' WHERE path = %s", path)


def somebody() -> str:
    return f"seen-{uuid.uuid4().hex[:8]}"


def sign_up(person: Person, username: str) -> None:
    """With the form that is shown; an address that an invitation has filled in stays as it is."""
    page = person.page
    email = page.get_by_label("Email")
    if not email.input_value():
        email.fill(f"{username}@example.com")
    page.get_by_label("Username").fill(username)
    page.get_by_label(re.compile("^Name")).fill("A Customer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()


@pytest.mark.parametrize("region", ["us", "eu"])
def test_a_customer_and_a_colleague(come: Come, cluster: RunningCluster, path: str, region: str) -> None:
    customer, username = come(region), somebody()
    customer.go("/users/sign_up")
    sign_up(customer, username)
    assert customer.heading == f"Welcome, {username}"
    customer.click("Create an organization")
    send(customer.page, "Create organization", Name="Seen", Path=path)
    assert customer.path == f"/organizations/{path}/-/dashboard"
    assert customer.sees("Seen was created.")
    customer.go("/")
    assert customer.path == f"/organizations/{path}/-/dashboard"
    pod = served_by(customer, customer.path)
    assert cluster.topology.pods[pod].region == region

    customer.go(f"/organizations/{path}/-/groups/new")
    send(customer.page, "Create group", Name="Seen", Path=f"{path}-group")
    customer.click("New project")
    send(customer.page, "Create project", Name="First", Path="first")
    assert customer.path == f"/{path}-group/first"
    assert served_by(customer, customer.path) == pod

    colleague, email = come(OTHER[region]), f"{somebody()}@example.com"
    customer.go(f"/organizations/{path}/-/members")
    customer.page.get_by_label("Role", exact=True).select_option("owner")
    send(customer.page, "Create invitation", Email_address=email)
    assert customer.sees(email)
    colleague.go(without_host(mailed_link(cluster, email, "/-/invites/")))
    colleague.click("Sign up")
    sign_up(colleague, email.partition("@")[0])
    assert colleague.heading == "Join Seen"
    colleague.page.get_by_role("button", name="Join").click()
    assert colleague.go(f"/{path}-group/first") == 200
    assert colleague.heading == "First"
    assert served_by(colleague, colleague.path) == pod
    assert customer.problems == colleague.problems == []


@pytest.mark.parametrize("region", ["us", "eu"])
def test_who_forgot_their_password_chooses_another_by_the_link_in_a_mail(
    come: Come, cluster: RunningCluster, region: str
) -> None:
    signed_in, username = come(OTHER[region]), somebody()
    signed_in.go("/users/sign_up")
    sign_up(signed_in, username)
    assert signed_in.go("/-/profile") == 200

    forgetful, email = come(region), f"{username}@example.com"
    forgetful.go("/users/password/new")
    send(forgetful.page, "Send reset link", Email=email)
    assert forgetful.heading == "Check your email"
    forgetful.go(without_host(mailed_link(cluster, email, "/users/password/edit")))
    send(forgetful.page, "Change password", New_password=ANOTHER_PASSWORD)
    signed_in.go("/-/profile")
    assert signed_in.path.startswith("/users/sign_in")
    signed_in.sign_in(username, ANOTHER_PASSWORD)
