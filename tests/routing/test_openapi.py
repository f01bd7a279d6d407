"""The description of learn, as a document and as a page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


def test_it_describes_learn(client: Client) -> None:
    described = client.get("/api/v4/openapi.json").json()["paths"]["/api/v4/pods/learn"]["get"]
    assert {each["name"] for each in described["parameters"]} >= {"method", "path_info", "fresh"}
    assert set(described["responses"]) == {"200", "400", "403", "503"}
    assert "X-Gitlab-Pod-Cache" in described["responses"]["200"]["headers"]


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    response = client.get("/api/docs")
    assert b"://" not in response.content.replace(b"http://www.w3.org", b"")
    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert b"swaggerSettings" in client.get("/api/docs?script=").content
    assert client.get("/api/v4/openapi")["Location"] == "/api/docs"
