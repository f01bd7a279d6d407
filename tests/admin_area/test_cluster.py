"""The cluster page of a pod in this process, on this session's database servers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from operations.survey import SurveyLate, Surveyor
from tests.admin_area.conftest import text_of
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from tests.running_cluster import eventually

pytestmark = pytest.mark.django_db(databases=ALIASES)

API = "/api/v4/admin/cluster"


def test_it_works(admin: Client) -> None:
    shown = text_of(admin.get("/admin/cluster").content.decode())
    for name in ("Region us", "Region eu", "pod_eu1", "shared-eu", "replica of shared"):
        assert name in shown


def test_the_page_refreshes_itself_by_json(admin: Client) -> None:
    answer = admin.get("/admin/cluster.json").json()
    assert "pod_eu1" in answer["picture"]
    assert answer["summary"]


def test_scripts_get_the_facts(admin: Client) -> None:
    response = admin.get(API)
    assert response["Cache-Control"] == "private, no-store"
    servers = {server["name"]: server for region in response.json()["regions"] for server in region["servers"]}
    assert servers["shared"]["state"] == "healthy"
    assert servers["shared-us"]["replication"]["primary"] == "shared"


def test_from_when_a_replica_is_late_is_a_setting(admin: Client, steer: Callable[..., None]) -> None:
    steer(replica_lag_seconds=7)

    def is_told() -> bool:
        # What another test asked for within the last second is told again.
        regions = admin.get(API).json()["regions"]
        told = {server["name"]: server["replication"] for region in regions for server in region["servers"]}
        return bool(told["shared-us"]["late_from_seconds"] == 7)

    eventually(is_told)
    assert "Lag threshold 7 s" in text_of(admin.get("/admin/cluster").content.decode())


def test_the_api_is_described(client: Client) -> None:
    described = client.get("/api/v4/openapi.json").json()["paths"][API]["get"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    pod = schema["properties"]["regions"]["items"]["properties"]["pods"]["items"]["properties"]
    assert pod["organizations"] == {"title": "Organizations", "type": "integer", "nullable": True}
    assert pod["state"]["enum"] == ["healthy", "degraded", "down"]


def test_when_nothing_can_be_found_out_it_says_so(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(surveyor: Surveyor) -> None:
        raise SurveyLate("try again in a moment")

    monkeypatch.setattr(Surveyor, "facts", late)
    for path in ("/admin/cluster", "/admin/cluster.json", API):
        response = admin.get(path)
        assert response.status_code == 503
        assert "try again in a moment" in response.content.decode()


def test_it_is_for_administrators_only(client: Client) -> None:
    assert client.get(API).status_code == 401
    mel = signed_in(make_person("mel"))
    for path in ("/admin/cluster", "/admin/cluster.json", API):
        assert mel.get(path).status_code == 404
