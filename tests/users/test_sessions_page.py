"""`/-/profile/sessions`: where somebody is signed in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cachetools import TTLCache
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from schemas.positions import announced
from tests.databases import ALIASES, REPLICAS
from tests.users.conftest import PASSWORD, signed_in
from users import sign_ins
from users.models import SignIn, User
from users.sign_ins import called, end

pytestmark = pytest.mark.django_db(databases=ALIASES)
URL = "/-/profile/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture(autouse=True)
def no_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica does not see what an open transaction wrote."""
    for alias in REPLICAS:
        monkeypatch.delitem(settings.DATABASES, alias)


@pytest.fixture(autouse=True)
def nothing_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_ins._looked_at.clear()


def ids() -> list[int]:
    return list(SignIn.objects.order_by("pk").values_list("pk", flat=True))


def listed(browser: Client) -> list[str]:
    return [text.strip() for text in re.findall(r'<li class="member">\s*<span>(.*?)</span>', browser.get(URL).text)]


def is_signed_in(browser: Client) -> bool:
    return browser.get("/-/profile").status_code == 200


def make_old() -> None:
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(days=1))


def test_it_works(mia: User, browser: Client) -> None:
    phone = Client(HTTP_USER_AGENT=IPHONE, REMOTE_ADDR="192.0.2.7")
    phone.post("/users/sign_in", {"username": "mia", "password": PASSWORD})
    assert listed(phone) == ["Safari on iPhone <strong>(this session)</strong>", "A browser"]
    assert "from 192.0.2.7" in browser.get(URL).text


def test_one_can_be_ended(browser: Client) -> None:
    other = signed_in()
    assert browser.post(f"{URL}/{ids()[1]}/end")["Location"] == URL
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert len(listed(browser)) == 1


def test_it_is_over_everywhere_when_the_answer_arrives(mia: User, browser: Client) -> None:
    assert end(mia, ids()[0])
    assert "users" in announced()
    assert not Session.objects.exists()


def test_ending_this_one_signs_out(browser: Client) -> None:
    assert browser.post(f"{URL}/{ids()[0]}/end")["Location"] == "/users/sign_in"
    assert not is_signed_in(browser)
    assert ids() == []


def test_somebody_elses_is_not_there(browser: Client) -> None:
    eva = User(username="eva", email="eva@example.com")
    eva.set_password(PASSWORD)
    eva.save(using="users")
    other = signed_in("eva")
    assert len(listed(browser)) == 1
    assert browser.post(f"{URL}/{ids()[1]}/end").status_code == 404
    assert is_signed_in(other)


@pytest.mark.parametrize("wanted", ["0", "x", "9" * 30, "-1"])
def test_what_is_no_id_is_not_there(browser: Client, wanted: str) -> None:
    assert browser.post(f"{URL}/{wanted}/end").status_code == 404


def test_signing_out_ends_it(browser: Client) -> None:
    signed_in().post("/users/sign_out")
    assert len(ids()) == 1


def test_a_new_password_ends_the_others(browser: Client) -> None:
    other = signed_in()
    browser.post("/-/profile/password", {"current": PASSWORD, "password": "another-long-secret"})
    assert listed(browser) == ["A browser <strong>(this session)</strong>"]
    assert not is_signed_in(other)


def test_signing_out_everywhere_ends_all(browser: Client) -> None:
    signed_in()
    browser.post("/-/profile/account/sign_out")
    assert len(listed(signed_in())) == 1


def test_when_it_was_used_is_noted_once_in_an_hour(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old()
    assert is_signed_in(browser)
    noted = SignIn.objects.get().last_seen_at
    assert noted > timezone.now() - timedelta(minutes=5)
    make_old()
    assert is_signed_in(browser)
    assert SignIn.objects.get().last_seen_at < noted
    sign_ins._looked_at.clear()
    assert is_signed_in(browser)
    assert SignIn.objects.get().last_seen_at > noted


def test_a_primary_that_is_gone_keeps_nobody_from_reading(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old()

    tried: list[object] = []

    def gone(self: object, **fields: object) -> int:
        tried.append(self)
        raise OperationalError("gone")

    monkeypatch.setattr(QuerySet, "update", gone)
    assert is_signed_in(browser)
    assert len(tried) == 1


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_ins._looked_at.maxsize == sign_ins.MOST_KNOWN
    monkeypatch.setattr(sign_ins, "_looked_at", TTLCache(3, 60))
    assert all(sign_ins._is_due(str(number)) for number in range(10))
    assert len(sign_ins._looked_at) == 3
    assert not sign_ins._is_due("9")


def test_rows_of_sessions_that_are_over_go(mia: User, browser: Client) -> None:
    SignIn.objects.update(expires_at=timezone.now() - timedelta(days=1))
    signed_in()
    assert len(ids()) == 1


def test_a_session_from_before_there_was_a_list(browser: Client) -> None:
    SignIn.objects.all().delete()
    assert "Sign out and sign in again" in browser.get(URL).text
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    ("browser", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/140.0", "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("", "A browser"),
        ("<script>", "A browser"),
    ],
)
def test_browsers_have_names(browser: str, name: str) -> None:
    assert called(browser) == name


def test_it_requires_sign_in(visitor: Client) -> None:
    assert visitor.get(URL)["Location"] == f"/users/sign_in?redirect={URL}"
