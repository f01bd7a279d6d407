"""`/-/profile/sessions`: a user's sessions."""

from __future__ import annotations

from typing import cast

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from users import sign_ins
from users.sessions import SessionStore
from users.signed_in import person

SESSIONS = "/-/profile/sessions"
SIGN_IN = "/users/sign_in"


@never_cache
@require_http_methods(["GET", "HEAD"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List the user's sessions, with a button to end each."""
    user = person(request)
    listed = sign_ins.sessions_of(user, cast(SessionStore, request.session))
    return render(request, "users/sessions.html", {"sessions": listed})


@never_cache
@require_POST
def end(request: HttpRequest, sign_in_id: str) -> HttpResponse:
    """End one of the user's sessions; 404 for other sessions."""
    user = person(request)
    wanted = int(sign_in_id) if sign_in_id.isascii() and sign_in_id.isdigit() and len(sign_in_id) < 19 else 0
    ended = sign_ins.end(user, wanted)
    if ended is None:
        raise Http404("no such session")
    if ended == request.session.session_key:
        auth.logout(request)
        return HttpResponseRedirect(SIGN_IN)
    messages.success(request, "The session was ended.")
    return HttpResponseRedirect(SESSIONS)
