"""Settings that steer what a pod does around its pages, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from pods import concealment
from pods.details import Details
from pods.views.refusals import not_found, unavailable
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
Steer = Callable[..., None]
THROUGH_ROUTER = {"X-Gitlab-Router-Secret": "tests-router-secret", "X-Gitlab-Raw-Path": "/no-such-thing"}


def test_a_router_is_told_the_time_budget(client: Client, steer: Steer) -> None:
    steer(conceal_ms=777)
    assert client.get("/no-such-thing", headers=THROUGH_ROUTER)["X-Gitlab-Pod-Conceal"] == "777"


def test_without_a_router_a_pod_holds_an_answer_itself(monkeypatch: pytest.MonkeyPatch, steer: Steer) -> None:
    held: list[float] = []
    monkeypatch.setattr("pods.concealment.time.sleep", held.append)
    response = HttpResponse()
    concealment.mark(response)
    steer(conceal_directly_ms=100_000)
    now = Details(through_router=False, epoch=0, debug=False, request_id="", arrived=time.monotonic())
    concealment.conceal(now, response)
    assert [50 < seconds <= 100 for seconds in held] == [True]


@pytest.mark.parametrize(("path", "kind"), [("/users/sign_in", "text/plain"), ("/api/v4/user", "application/json")])
def test_a_larger_body_is_refused_before_it_is_read(client: Client, steer: Steer, path: str, kind: str) -> None:
    steer(largest_body_kib=64)
    answer = client.post(path, "a" * (64 * 1024 + 1), content_type="text/plain")
    assert (answer.status_code, answer["Content-Type"]) == (413, kind)
    assert "at most 64 KiB" in answer.content.decode()
    steer(largest_body_kib=65)
    assert client.post(path, "a" * (64 * 1024 + 1), content_type="text/plain").status_code != 413


def test_the_product_has_the_name_that_operators_give_it(client: Client, steer: Steer) -> None:
    steer(product_name="Work & Co")
    page = client.get("/users/sign_in").text
    assert "<title>Sign in · Work &amp; Co</title>" in page
    assert " Work &amp; Co</a>" in page
    assert client.get("/-/manifest.json").json()["name"] == "Work & Co"


def test_what_must_not_tell_absent_from_private_has_no_name(client: Client, steer: Steer) -> None:
    """For a moment after a change it differs from pod to pod."""
    steer(product_name="Work")
    request = client.get("/users/sign_in").wsgi_request
    request.user = User()
    page = not_found(request)
    assert isinstance(page, HttpResponse)
    assert "Work" not in page.text


def test_a_message_stands_above_every_page(client: Client, steer: Steer) -> None:
    steer(maintenance_message="Down <tonight> from 22:00")
    shown = "<p>Down &lt;tonight&gt; from 22:00</p>"
    for path in ("/users/sign_in", "/users/sign_up", "/users/password/new"):
        assert shown in client.get(path).content.decode()
    steer(maintenance_message="")
    assert "operators" not in client.get("/users/sign_in").content.decode()


def test_a_page_that_is_unavailable_has_the_message(client: Client, steer: Steer) -> None:
    steer(maintenance_message="Down tonight")
    page = unavailable(client.get("/users/sign_in").wsgi_request, "It is down.").content.decode()
    assert "Down tonight" in page


def test_what_must_not_tell_absent_from_private_has_no_message(client: Client, steer: Steer) -> None:
    """Its text may differ from pod to pod."""
    steer(maintenance_message="Down tonight")
    request = client.get("/users/sign_in").wsgi_request
    request.user = User()
    page = not_found(request)
    assert isinstance(page, HttpResponse)
    assert page.status_code == 404
    assert "Down tonight" not in page.content.decode()
