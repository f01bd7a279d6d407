"""Settings in the Admin Area: what all pods share, each setting pod by pod, and who changed what."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from admin_settings.changes import Actor, Change, save
from admin_settings.definitions import DEFINITIONS
from admin_settings.stored import read_stored
from schemas.identity import this_topology
from tests.admin_area.conftest import text_of
from tests.databases import ALIASES

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("no_replicas")]

SHARED = "/admin/settings"
HOURS = "/admin/settings/session_hours"


def put(pod: str = "", **values: Any) -> None:
    changes = [Change(name, value, pod) for name, value in values.items()]
    save(changes, Actor("somebody else", 77), this_topology())


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the page's form, nothing touched."""
    form = page[page.index('<form method="post" class="act settings"') :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        parts = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if parts.get("type") != "checkbox" and "name" in parts:
            found[parts["name"]] = unescape(parts.get("value", ""))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', form):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def page(client: Client, address: str = SHARED) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, address: str = SHARED, shown: str | None = None, **values: str) -> HttpResponse:
    """Fill in the page as it was shown and save it."""
    return client.post(address, fields(shown or page(client, address)) | values)  # type: ignore[return-value]


def shared() -> dict[str, Any]:
    return dict(read_stored("admin").shared)


@pytest.mark.parametrize("address", [SHARED, HOURS, "/admin/users", "/admin/cluster", "/admin/pods/pod_us0/projects"])
def test_the_message_of_every_page_stands_above_these_too(
    admin: Client, steer: Callable[..., None], address: str
) -> None:
    assert "Message from the operators" not in page(admin, address)
    steer(maintenance_message="Down <tonight>")
    assert "<p>Down &lt;tonight&gt;</p>" in page(admin, address)


def test_it_works(proven: Client) -> None:
    answer = send(proven, session_hours="5", sign_up_open="no", search_address="https://{region}.example.com")
    assert answer.status_code == 302
    assert shared() == {"session_hours": 5, "sign_up_open": False, "search_address": "https://{region}.example.com"}
    shown = page(proven)
    assert "Saved. Every pod applies the change" in text_of(shown)
    assert fields(shown)["session_hours"] == "5"
    assert fields(shown)["sign_up_open"] == "no"


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_setting_can_be_seen_and_has_its_page(admin: Client, name: str) -> None:
    definition = DEFINITIONS[name]
    shown = unescape(text_of(page(admin, f"{SHARED}/{name}")))
    assert definition.description in shown
    assert all(pod in shown for pod in this_topology().pods)


def test_the_page_says_what_each_setting_is(admin: Client) -> None:
    shown = unescape(text_of(page(admin)))
    for definition in DEFINITIONS.values():
        assert definition.title in shown
        assert definition.description in shown
        assert definition.unit in shown
    assert "From 1 to 8,760." in shown
    assert "{pod_id} and {region} are replaced with each pod's values." in shown


def test_nothing_touched_is_nothing_changed(proven: Client) -> None:
    put(session_hours=5, placement_weights={"pod_us0": 2}, placement_closed=["pod_us1"], sign_up_open=False)
    put(maintenance_message="Down\nat {{noon}} “soon”", search_token="hunter2", replica_lag_seconds=2.5)
    before = read_stored("admin")
    assert send(proven).status_code == 302
    assert read_stored("admin") == before
    assert "There were no changes to save." in page(proven)


def test_an_empty_field_is_the_default_again(proven: Client) -> None:
    put(session_hours=5, sign_up_open=False)
    send(proven, session_hours="", sign_up_open="")
    assert shared() == {}


def test_what_no_pod_could_act_by_is_said_at_its_field(proven: Client) -> None:
    answer = send(proven, session_hours="0", search_address="https://{pod}.example.com", invitation_days="3")
    assert answer.status_code == 422
    shown = unescape(text_of(answer.content.decode()))
    assert "Input should be greater than or equal to 1." in shown
    assert shared() == {}
    answer = send(proven, search_address="https://{pod}.example.com")
    shown = unescape(text_of(answer.content.decode()))
    assert "There is no {pod}; what may stand in braces is {pod_id}, {region}." in shown
    assert fields(answer.content.decode())["search_address"] == "https://{pod}.example.com"


def test_the_second_of_two_is_told_and_loses_nothing(proven: Client) -> None:
    put(invitation_days=3)
    seen = page(proven)
    put(session_hours=5, invitation_days=4)
    answer = send(proven, shown=seen, session_hours="6", tombstone_days="9")
    assert answer.status_code == 409
    assert shared() == {"session_hours": 5, "invitation_days": 4}
    again = answer.content.decode()
    told = unescape(text_of(again))
    assert "Someone else changed settings since this page was loaded, so nothing was saved." in told
    assert "somebody else changed session_hours from nothing to 5" in told
    assert "somebody else changed invitation_days from 3 to 4" in told
    sent = fields(again)
    assert (sent["session_hours"], sent["tombstone_days"], sent["invitation_days"]) == ("6", "9", "4")
    assert send(proven, shown=again).status_code == 302
    assert shared() == {"session_hours": 6, "tombstone_days": 9, "invitation_days": 4}


def test_a_secret_is_never_shown(proven: Client) -> None:
    send(proven, search_token="hunter2")
    assert shared() == {"search_token": "hunter2"}
    send(proven, f"{SHARED}/search_token", **{"own-pod_eu0": "hunter3"})
    for address in (SHARED, f"{SHARED}/search_token", "/admin/setting-changes"):
        assert "hunter" not in page(proven, address)
    send(proven, session_hours="5")
    assert shared() == {"search_token": "hunter2", "session_hours": 5}
    send(proven, **{"take-back-search_token": "on"})
    assert shared() == {"session_hours": 5}


def test_pods_are_side_by_side_with_where_each_value_comes_from(proven: Client) -> None:
    put(search_address="https://{region}.example.com/{pod_id}")
    send(proven, f"{SHARED}/search_address", **{"own-pod_eu0": "https://own.example.com/{x}"})
    assert read_stored("admin").per_pod == {"pod_eu0": {"search_address": "https://own.example.com/{x}"}}
    shown = unescape(text_of(page(proven, f"{SHARED}/search_address")))
    assert "pod_us1 us https://us.example.com/pod_us1 shared template" in shown
    assert "pod_eu0 eu https://own.example.com/{x} own value" in shown
    assert "root changed search_address of pod_eu0 from nothing to 'https://own.example.com/{x}'" in shown
    assert "Pods with their own value: pod_eu0" in text_of(page(proven))
    send(proven, f"{SHARED}/search_address", **{"own-pod_eu0": ""})
    assert read_stored("admin").per_pod == {}


def test_what_a_pod_could_not_act_by_is_said_at_its_field(proven: Client) -> None:
    answer = send(proven, HOURS, **{"own-pod_eu0": "0"})
    assert answer.status_code == 422
    assert "Input should be greater than or equal to 1. On pod_eu0." in text_of(answer.content.decode())


def test_where_all_pods_have_to_agree_none_has_a_field(admin: Client) -> None:
    shown = page(admin, f"{SHARED}/conceal_ms")
    assert "All pods must use the same value" in shown
    assert "own-pod_eu0" not in shown


def test_the_log_tells_who_changed_what(proven: Client) -> None:
    send(proven, session_hours="5")
    send(proven, invitation_days="3")
    shown = text_of(page(proven, "/admin/setting-changes"))
    assert "root session_hours all pods nothing 5" in shown
    found = text_of(page(proven, "/admin/setting-changes?q=invitation_days"))
    assert "root invitation_days all pods nothing 3" in found
    assert "root session_hours" not in found


def test_a_change_wants_the_password_again(admin: Client) -> None:
    answer = send(admin, session_hours="5")
    assert "Confirm your password" in answer.content.decode()
    assert shared() == {}


def test_others_do_not_find_it(visitor: Client) -> None:
    for address in (SHARED, HOURS, "/admin/setting-changes"):
        assert visitor.get(address).status_code == 302
        assert visitor.post(address).status_code == 302


def test_there_is_no_page_for_what_is_no_setting(admin: Client) -> None:
    assert admin.get(f"{SHARED}/no_such_setting").status_code == 404
