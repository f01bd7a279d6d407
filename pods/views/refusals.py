"""Responses that refuse a request: one for each reason, without a hint at what exists."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from admin_settings.in_force import in_force
from pods.concealment import mark
from pods.details import PodRequest
from pods.outage import close_broken, is_full, is_outage
from routing.views import not_built
from schemas import saved
from schemas.gate import was_shut
from schemas.keeping import OrganizationChanged
from users.api.private import AbsentView
from users.hashing import HashersBusy

SIGN_IN_PATH = "/users/sign_in"
API_PREFIX = "/api/"
RETRY_SECONDS = 1
# On a 503: nothing was saved, so a router may send the request again in a moment (router/lua/upstream.lua).
SEND_AGAIN = "X-Gitlab-Pod-Fenced"
ONE_OWNER = "An organization needs at least one owner. Make another member an owner first."
MOVING = "This organization is being moved."
OUTAGE = "A database cannot be reached."
SAVED = "Some of what you sent may have been saved. Look at it before you send it again."
FULL_LATER = "The disk of a database is full. Contact the operators of this instance."
CHANGED = "This was changed at the same moment, so nothing was saved."
BUSY = "Too many people are signing in at the moment."
FULL = "The disk of a database is full, so nothing was saved. Contact the operators of this instance."

_absent = AbsentView.as_view()


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Return what everything that is absent or private gets: the same 404 page for people who are signed in, the same
    redirect to sign-in for visitors, the same JSON below `/api/`.
    """
    if request.path.startswith(API_PREFIX):
        refusal = None if _has_view(request) else _refused_anywhere(request)
        if refusal is not None:
            return refusal
        response = _for_programs(404)
    elif _is_signed_in(request):
        response = HttpResponse(render_to_string("pods/not_found.html"), status=404)
    else:
        response = HttpResponse(status=302, headers={"Location": sign_in_location(request)})
    response["Cache-Control"] = "no-store"
    mark(response)
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """403 for users who can see a page but not do this; visitors are asked to sign in, as for what does not exist."""
    if request.path.startswith(API_PREFIX):
        response = _for_programs(403)
    elif _is_signed_in(request):
        response = HttpResponse(render_to_string("pods/forbidden.html"), status=403)
    else:
        return not_found(request)
    response["Cache-Control"] = "no-store"
    mark(response)
    return response


def wrong_method(response: HttpResponse) -> HttpResponse:
    """Add a page to a 405 response; `Allow` stays as it is."""
    response.content = render_to_string("pods/wrong_method.html")
    response["Cache-Control"] = "no-store"
    return response


def sign_in_location(request: HttpRequest) -> str:
    """Return the sign-in URL that leads back to this request: its path and query, never a host."""
    path = cast(PodRequest, request).pod.path
    asked = path.raw if path else request.path
    query = request.META.get("QUERY_STRING", "")
    return f"{SIGN_IN_PATH}?redirect={quote(f'{asked}?{query}' if query else asked, safe='/')}"


def bad_request(field: str, message: str) -> HttpResponse:
    """400 for a path that breaks the rules, in the same form as learn's."""
    said = {"message": f"{field} {message}", "field": field}
    return HttpResponse(json.dumps(said), "application/json", 400, headers={"Cache-Control": "no-store"})


def bad_syntax(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 for a request that Django cannot read, such as one with too many fields."""
    if request.path.startswith(API_PREFIX):
        response = _for_programs(400)
    else:
        response = HttpResponse("The request is malformed.\n", "text/plain", 400)
    response["Cache-Control"] = "no-store"
    return response


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a form from another site, or opened before the user signed in."""
    headers = {"Cache-Control": "no-store"}
    if request.path.startswith(API_PREFIX):
        return _for_programs(403, headers=headers)
    return HttpResponse(render_to_string("pods/form_refused.html"), status=403, headers=headers)


def length_required(request: HttpRequest) -> HttpResponse:
    """411 for a chunked body, which no page accepts (RFC 9110, 15.5.12)."""
    headers, said = {"Cache-Control": "no-store"}, "Send the body with a Content-Length header.\n"
    if request.path.startswith(API_PREFIX):
        return _for_programs(411, headers=headers)
    return HttpResponse(said, "text/plain", 411, headers=headers)


def too_large(request: HttpRequest, most_kib: int) -> HttpResponse:
    """413 for a body that is larger than the settings allow (RFC 9110, 15.5.14)."""
    headers, most = {"Cache-Control": "no-store"}, f"send at most {most_kib} KiB."
    if request.path.startswith(API_PREFIX):
        return _for_programs(413, f": {most}", headers)
    return HttpResponse(f"The body of this request is too large: {most}\n", "text/plain", 413, headers=headers)


def unavailable(request: HttpRequest, reason: str) -> HttpResponse:
    """503 in bounded time, with the seconds to wait before trying again."""
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    if request.path.startswith(API_PREFIX):
        return _for_programs(503, f": {reason} {_saved() or 'Try again in a moment.'}", headers)
    # A form is not sent again by itself.
    may_try_again = request.method == "GET"
    page = _page("pods/unavailable.html", request, reason=reason, saved=_saved(), may_try_again=may_try_again)
    return HttpResponse(page, status=503, headers=headers)


def moving(request: HttpRequest) -> HttpResponse:
    """503 to what an organization cannot take while its pod changes; a router sends it again in a moment, unless it has
    saved something.
    """
    response = unavailable(request, MOVING)
    if not saved.is_anything():
        response[SEND_AGAIN] = "1"
    return response


def busy(request: HttpRequest, *, may_be_sent_again: bool) -> HttpResponse:
    """503 to one sign-in too many at a time; a router sends it again in a moment, and perhaps to another pod."""
    response = unavailable(request, BUSY)
    if may_be_sent_again:
        response[SEND_AGAIN] = "1"
    return response


def reason_of(error: BaseException) -> str:
    """What is told of an outage."""
    if isinstance(error, OrganizationChanged):
        return CHANGED
    if is_full(error):
        return FULL_LATER if saved.is_anything() else FULL
    return OUTAGE


def conflict(request: HttpRequest, reason: str) -> HttpResponse:
    """409: the current state forbids the change."""
    headers = {"Cache-Control": "no-store"}
    if request.path.startswith(API_PREFIX):
        said = {"message": f"409 Conflict: {reason}"}
        return HttpResponse(json.dumps(said), "application/json", 409, headers=headers)
    return HttpResponse(_page("pods/conflict.html", request, reason=reason), status=409, headers=headers)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that failed outside of a view, or no thread that hashes, is a 503; anything else a fault of ours, and
    the log has the details.
    """
    error = sys.exc_info()[1]
    if isinstance(error, HashersBusy):
        return busy(request, may_be_sent_again=not error.began)
    if was_shut(error):
        return moving(request)
    if error is not None and is_outage(error):
        close_broken()
        return unavailable(request, reason_of(error))
    if request.path.startswith(API_PREFIX):
        return _for_programs(500, f": {_saved()}" if _saved() else "")
    return HttpResponse(_page("pods/server_error.html", request, saved=_saved()), status=500)


def _saved() -> str:
    """What people have to know who might send the request again; empty when it has saved nothing."""
    return SAVED if saved.is_anything() else ""


def _has_view(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.func is not not_built


def _refused_anywhere(request: HttpRequest) -> HttpResponseBase | None:
    """Return what an absent API address shares with all others: 401 for an invalid token, 429; None for the 404."""
    try:
        return _absent(request)
    except Http404:
        return None


def _for_programs(status: int, more: str = "", headers: Mapping[str, str] | None = None) -> HttpResponse:
    said = {"message": f"{status} {HTTPStatus(status).phrase}{more}"}
    return HttpResponse(json.dumps(said), "application/json", status, headers=headers)


def _is_signed_in(request: HttpRequest) -> bool:
    return getattr(getattr(request, "user", None), "is_authenticated", False)


def _page(template: str, request: HttpRequest, **shown: object) -> str:
    """Render a page that needs no database, with the request ID.

    Never for 403 and 404: what is absent and what is private are the same to the byte.
    """
    details = getattr(request, "pod", None)
    known = {
        "request_id": details.request_id if details else "",
        "maintenance_message": in_force().maintenance_message,
    }
    return render_to_string(template, {**known, **shown})
