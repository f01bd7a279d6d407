"""Ask learn in this process, as the pod that a test wants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import RequestFactory

from pods.learn import LEARN_PATH, respond
from routing.learn import Answer, learn
from routing.paths import parse
from schemas.identity import this_topology


@dataclass(frozen=True)
class Reply:
    """What learn said over HTTP."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def get(method: str, path_info: str, /, headers: dict[str, str] | None = None, **more: str) -> Reply:
    """The reply to a question with these parameters."""
    parameters = {"method": method, "path_info": path_info, **more}
    return reply(respond(RequestFactory().get(f"{LEARN_PATH}?{urlencode(parameters)}", headers=headers)))


def reply(response: HttpResponse) -> Reply:
    return Reply(response.status_code, json.loads(response.content), dict(response.headers))


def answer_of(pod: str, path: str, *, fresh: bool = False) -> Answer:
    """What this pod would answer."""
    return learn(parse(path), asked=this_topology().pod(pod), fresh=fresh)
