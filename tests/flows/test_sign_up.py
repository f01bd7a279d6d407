"""Becoming known in one region, and known in the other at once."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.mailbox import mailed_link, without_host
from tests.running_cluster import RunningCluster
from tests.visitor import SIGN_IN, Visitor

SIGN_UP = "/users/sign_up"


def fields(username: str) -> dict[str, str]:
    """The form, filled in."""
    email = f"{username}@example.com"
    return {"name": username, "username": username, "email": email, "password": "pods-demo"}


@pytest.mark.parametrize("region", ["us", "eu"])
def test_who_signs_up_is_known_in_the_other_region(breakable_cluster: RunningCluster, region: str) -> None:
    breakable_cluster.lag("eu", "3s")
    with Visitor(breakable_cluster, region) as visitor, Visitor(breakable_cluster, "us") as device:
        answer = visitor.submit(SIGN_UP, SIGN_UP, **fields(f"newt-{region}"))
        assert answer.headers["location"] == "/users/sign_up/welcome"
        visitor.region = device.region = "eu" if region == "us" else "us"
        assert visitor.follow(visitor.get("/")).url.path == "/dashboard"
        device.sign_in(f"newt-{region}")
        assert device.get("/-/profile").status_code == 200


def test_a_name_that_somebody_has_is_taken_in_both_regions(cluster: RunningCluster) -> None:
    for region in ("us", "eu"):
        for taken in ("MIA", "my-company", "gitlab-org", "dashboard"):
            with Visitor(cluster, region) as visitor:
                page = visitor.fill_in_form(SIGN_UP, SIGN_UP, **fields(taken))
                assert page.status_code == 422
                assert "This username is taken" in page.text


def test_failures_of_all_pods_count_together(cluster: RunningCluster) -> None:
    statuses = []
    for region in ["us", "eu"] * 6:
        with Visitor(cluster, region) as visitor:
            statuses.append(visitor.fill_in(visitor.get(SIGN_IN), "nobody-at-all").status_code)
    assert statuses == [422] * 9 + [429] * 3


def test_a_forgotten_password_is_chosen_anew_in_the_other_region(cluster: RunningCluster) -> None:
    with Visitor(cluster, "us") as visitor:
        visitor.submit(SIGN_UP, SIGN_UP, **fields("forgetful"))
    with Visitor(cluster, "us") as visitor:
        form = "/users/password/new"
        visitor.submit(form, form, email="forgetful@example.com")
        link = urlsplit(mailed_link(cluster, "forgetful@example.com", "/users/password/edit"))
        assert f"{link.scheme}://{link.netloc}" in {cluster.url("us"), cluster.url("eu")}
        visitor.region, page = "eu", without_host(link.geturl())
        chosen = {"reset_password_token": link.query.partition("=")[2], "password": "another-pods-demo"}
        visitor.submit(page, "/users/password/edit", **chosen)
        assert visitor.get(page).status_code == 422
        assert visitor.fill_in(visitor.get(SIGN_IN), "forgetful").status_code == 422
