"""Who asks: people with a session, programs with a token, and what they make to have something to ask about."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, cast

from bench.asks import Ask, Browser, catch_up
from bench.exceptions import AnswersWrong
from monolith.demo_facts import PASSWORD, TOKEN
from users.authentication import BACKEND
from users.models import User
from users.sessions import SessionStore
from users.sign_ins import seen

SIGN_IN = "/users/sign_in"
OWNER = "mia"
FOUND, MADE = 302, 201


def sign_in(browser: Browser) -> Any:
    """The answer to the owner's form."""
    return browser.post(SIGN_IN, {"username": OWNER, "password": PASSWORD})


def signed_in(username: str = OWNER) -> Callable[[Browser], None]:
    """To prepare: a session that this pod has seen within the hour (`users.sign_ins`)."""

    def prepare(browser: Browser) -> None:
        new_session(browser, username)
        seen(cast(SessionStore, browser.session))

    return prepare


def new_session(browser: Browser, username: str = OWNER) -> None:
    """Sign a user in without the time that a password hash takes."""
    browser.force_login(person(username), BACKEND)


def person(username: str = OWNER) -> User:
    """A user of the demo, as the primary knows them."""
    return User.objects.using("users").get(username=username)


def unused(what: str = "bench") -> str:
    """A name that nothing has."""
    return f"{what}-{time.monotonic_ns()}"


def call(browser: Browser, method: str, address: str, /, **fields: Any) -> Any:
    """The answer to a program of the owner, below `/api/v4`."""
    token = {"private-token": TOKEN.format(username=OWNER)}
    body = json.dumps(fields) if fields else ""
    return browser.generic(method, f"/api/v4{address}", body, content_type="application/json", headers=token)


def made(address: str, /, **fields: Any) -> Any:
    """What a program makes beforehand, as JSON; raises `AnswersWrong` when it is not made."""
    answer = call(Browser(), "POST", address, **fields)
    if answer.status_code != MADE:
        raise AnswersWrong(f"POST {address}: {answer.status_code}: {answer.content[-500:]!r}")
    catch_up()
    return answer.json()


def getting(name: str, path: str, who: str | None = OWNER, status: int = 200, **more: Any) -> Ask:
    """A page that a user opens, or a visitor when there is no user."""
    prepare = signed_in(who) if who else Ask.prepare
    return Ask(name, lambda browser, _: browser.get(path), status, prepare, **more)
