"""Responses name the address that was asked, which a router's region may not be the pod's."""

from __future__ import annotations

import httpx
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pods import asked_address
from pods.middleware.arrival import ArrivalMiddleware
from settings.environment import Environment
from tests.pods.conftest import Pods

SECRET = "tests-router-secret"


def site_of(**headers: str) -> str:
    """What a view would put before its links."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(asked_address.site())

    told = {"X-Gitlab-Raw-Path": "/", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = ArrivalMiddleware(view)(RequestFactory().get("/", headers=told))
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({"Host": "eu.example:8081"}, "http://eu.example:8081"),
        ({"Host": "eu.example", "X_Forwarded_Proto": "https"}, "https://eu.example"),
        ({"Host": "eu.example", "X_Forwarded_Proto": "javascript"}, "http://eu.example"),
        ({"Host": "not a host"}, settings.EXTERNAL_URL),
    ],
)
def test_a_request_through_a_router_names_its_own_address(headers: dict[str, str], site: str) -> None:
    assert site_of(X_Gitlab_Router_Secret=SECRET, **headers) == site


def test_nobody_elses_word_is_taken() -> None:
    assert site_of(Host="evil.example", X_Gitlab_Router_Secret="guessed") == settings.EXTERNAL_URL
    assert asked_address.site() == settings.EXTERNAL_URL


def test_what_the_operator_configured_is_named_always(monkeypatch: pytest.MonkeyPatch) -> None:
    configured: Environment = settings.ENVIRONMENT.model_copy(update={"external_url": "https://pods.example"})
    monkeypatch.setattr(settings, "ENVIRONMENT", configured)
    monkeypatch.setattr(settings, "EXTERNAL_URL", "https://pods.example")
    assert site_of(Host="eu.example", X_Gitlab_Router_Secret=SECRET) == "https://pods.example"


@pytest.mark.parametrize("region", ["us", "eu"])
def test_both_regions_routers_name_themselves(pods: Pods, region: str) -> None:
    router = pods.cluster.url(region)
    answer = httpx.get(f"{router}/api/v4/projects?per_page=1", timeout=20)
    assert [each["web_url"].startswith(f"{router}/") for each in answer.json()] == [True]
    assert answer.headers["Link"].startswith(f"<{router}/api/v4/projects?")
