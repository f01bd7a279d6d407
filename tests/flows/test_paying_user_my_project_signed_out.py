"""Paying user: navigates to `/my-company/my-project` while not logged in."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor

MY_PROJECT = "/my-company/my-project"
FORM = "/users/sign_in?redirect=/my-company/my-project"
# They share what any of them can serve.
EUROPE = {"pod_eu0", "pod_eu1"}


def test_they_sign_in_and_come_back(european: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as refused:
        redirect = european.get(MY_PROJECT)
    assert redirect.headers["location"] == FORM
    assert refused.requests == [Seen(f"GET {MY_PROJECT}", 302, "pod_eu0", "miss", 1)]
    assert refused.learned == {"eu": 1}

    with watching_europe() as asked:
        form = european.follow(redirect)
    assert asked.requests in [[Seen(f"GET {FORM}", 200, pod, "miss", 1)] for pod in EUROPE]
    assert asked.learned == {"eu": 1}

    with watching_europe() as sent:
        done = european.fill_in(form, "mia")
    assert done.headers["location"] == MY_PROJECT
    assert sent.requests in [[Seen(f"POST {FORM}", 302, pod, "hit", 0)] for pod in EUROPE]

    with watching_europe() as back:
        page = european.follow(done)
    assert "my-project" in page.text
    assert back.requests == [Seen(f"GET {MY_PROJECT}", 200, "pod_eu0", "hit", 0)]
    assert back.learned == {}


def test_a_session_made_in_one_region_holds_in_the_other(european: Visitor) -> None:
    european.sign_in("mia")
    european.region = "us"
    assert european.get(MY_PROJECT).status_code == 200
