"""`GET /api/v4/pods/learn`: routers ask which pod serves a path, before they send a request.

The hot path: `serve` answers before Django sees the request, so there is no
session, no template, no signal and no serializer on the way. `pods/api_schema.py`
describes the same endpoint for the browsable documentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from json import JSONEncoder
from secrets import compare_digest
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pods import counters
from routing.classify import METHODS
from routing.declare import Source
from routing.learn import Answer, learn
from routing.lookup import RoutesUnreachable
from routing.paths import PathInvalid, parse_bytes

LEARN_PATH = "/api/v4/pods/learn"
PARAMETERS = ("method", "path_info", "fresh")
MAX_QUERY_BYTES = 16 * 1024
RETRY_SECONDS = 1
BY_CREDENTIAL = "credential"


class QuestionInvalid(ValueError):
    """A request that learn cannot answer; names the parameter and says what is expected."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field


class Reply(NamedTuple):
    """Learn's answer or refusal, as it goes over HTTP."""

    status: HTTPStatus
    headers: dict[str, str]
    body: bytes
    outcome: str
    """The label that it is counted under: the answer's source, or the status."""


def serve(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The reply to a WSGI request for `LEARN_PATH`."""
    status, headers, body, _ = _counted(environ)
    headers["Content-Length"] = str(len(body))
    start_response(f"{status.value} {status.phrase}", list(headers.items()))
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def respond(request: HttpRequest) -> HttpResponse:
    """The same reply as a Django response."""
    status, headers, body, _ = _counted(request.META)
    return HttpResponse(body, status=status, headers=headers)


def reply(meta: Mapping[str, Any]) -> Reply:
    """Return learn's answer; 400 names the parameter, 403 asks for the secret, 503 means that no database answers."""
    if meta["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "ask with GET", headers={"Allow": "GET, HEAD"})
    if not _may_ask(meta):
        return _refusal(HTTPStatus.FORBIDDEN, "send the learn secret in X-Gitlab-Learn-Secret")
    try:
        path_info, fresh = question_of(meta.get("QUERY_STRING", ""))
        answer = learn(parse_bytes(path_info), fresh=fresh)
    except PathInvalid as error:
        return _refusal(HTTPStatus.BAD_REQUEST, f"path_info {error}", field="path_info")
    except QuestionInvalid as error:
        return _refusal(HTTPStatus.BAD_REQUEST, str(error), field=error.field)
    except RoutesUnreachable as error:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": str(RETRY_SECONDS)})
    return Reply(HTTPStatus.OK, headers_of(answer), body_of(answer), answer.source.value)


def body_of(answer: Answer) -> bytes:
    """Return the seed's JSON: path, pod, source, and `exact` when only this path may be remembered."""
    body: dict[str, str | bool] = {"path": answer.path, "pod": answer.pod, "source": answer.source.value}
    if answer.exact:
        body["exact"] = True
    return _plain.encode(body).encode()


def headers_of(answer: Answer) -> dict[str, str]:
    """How long and how widely the answer may be remembered, and how firmly it holds."""
    headers = {"Content-Type": "application/json", "Cache-Control": f"max-age={answer.max_age}"}
    cached = pod_cache(answer)
    if cached:
        headers["X-Gitlab-Pod-Cache"] = cached
    if answer.epoch is not None:
        headers["X-Gitlab-Pod-Epoch"] = str(answer.epoch)
    if answer.preference:
        headers["X-Gitlab-Pod-Preference"] = "region"
    if answer.question.declaration.is_by_credential:
        headers["X-Gitlab-Pod-By"] = BY_CREDENTIAL
    return headers


def pod_cache(answer: Answer) -> str | None:
    """The value of X-Gitlab-Pod-Cache: the widest prefix with this owner.

    None for an exact answer, and for a prefix that a header cannot carry byte for byte.
    """
    if answer.prefix is None or not answer.prefix.isascii():
        return None
    return _ascii.encode({"path_prefix": f"{answer.prefix}/"})


def redirect(answer: Answer) -> str:
    """The value of X-Gitlab-Pod-Redirect, with which a pod that is not the owner tells who is."""
    said: dict[str, str | bool | int] = {"path": answer.path, "pod": answer.pod, "source": answer.source.value}
    if answer.exact:
        said["exact"] = True
    if answer.question.declaration.is_by_credential:
        # Without the epoch: two pods may see two organizations of one caller, whose epochs compare to nothing.
        said["by"] = BY_CREDENTIAL
    elif answer.epoch is not None:
        said["epoch"] = answer.epoch
    return _ascii.encode(said)


_ascii, _plain = JSONEncoder(), JSONEncoder(ensure_ascii=False)
_count_of = {
    outcome: counters.learned.labels(counters.POD, outcome)
    for outcome in (*(source.value for source in Source), "400", "403", "405", "503")
}


def _counted(meta: Mapping[str, Any]) -> Reply:
    started = time.perf_counter()
    found = reply(meta)
    counters.learn_seconds.observe(time.perf_counter() - started)
    _count_of[found.outcome].inc()
    return found


def _may_ask(meta: Mapping[str, Any]) -> bool:
    secret: str | None = settings.ENVIRONMENT.learn_secret
    if not secret:
        return True
    given: str = meta.get("HTTP_X_GITLAB_LEARN_SECRET", "")
    return compare_digest(given.encode(), secret.encode())


def question_of(query: str) -> tuple[bytes, bool]:
    """The path that a query string asks about, and whether the primary is to be asked; raises `QuestionInvalid`.

    The method is checked and not needed: the answer depends on the path only.
    """
    if len(query) > MAX_QUERY_BYTES:
        raise QuestionInvalid("path_info", "is too long")
    given: dict[str, bytes] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in PARAMETERS:
            if name in given:
                raise QuestionInvalid(name, "is given more than once")
            given[name] = _unquoted(value)
    method = given.get("method", b"").decode("latin-1")
    if method not in METHODS:
        raise QuestionInvalid("method", f"must be one of {', '.join(sorted(METHODS))}")
    if "path_info" not in given:
        raise QuestionInvalid("path_info", "is missing: give the path that you ask about, escaped as a parameter")
    fresh = given.get("fresh", b"0")
    if fresh not in {b"0", b"1"}:
        raise QuestionInvalid("fresh", "must be 0 or 1")
    return given["path_info"], fresh == b"1"


def _unquoted(value: str) -> bytes:
    raw = value.encode("latin-1")
    return unquote_to_bytes(raw.replace(b"+", b" ")) if b"%" in raw or b"+" in raw else raw


def _refusal(
    status: HTTPStatus, message: str, *, field: str | None = None, headers: dict[str, str] | None = None
) -> Reply:
    said = {"message": message} | ({"field": field} if field else {})
    sent = {"Content-Type": "application/json", "Cache-Control": "no-store"} | (headers or {})
    return Reply(status, sent, _plain.encode(said).encode(), str(status.value))
