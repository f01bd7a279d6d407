"""`/-/profile/personal_access_tokens`: secrets by which programs act as a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from users.forms import AccessTokenForm
from users.models import PersonalAccessToken, User
from users.reauthentication import reauthenticated
from users.revocation import revoke_tokens
from users.signed_in import person
from users.tokens import MOST_TOKENS, limits_of

TOKENS = "/-/profile/personal_access_tokens"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthenticated
def access_tokens(request: HttpRequest) -> HttpResponse:
    """List the user's tokens; a new token is shown once, in the response to the form."""
    user = person(request)
    limits = limits_of(user)
    if request.method != "POST":
        return _page(request, user, limits, form=AccessTokenForm(limits=limits))
    form = AccessTokenForm(request.POST, limits=limits)
    if form.is_valid() and _active(user).count() >= MOST_TOKENS:
        form.add_error(None, f"You already have {MOST_TOKENS} tokens, which is the limit. Revoke one first.")
    if not form.is_valid():
        return _page(request, user, limits, status=422, form=form)
    given = form.cleaned_data
    token = PersonalAccessToken.issue(user, given["name"], form.lifetime, given["scope"], given.get("organization"))
    return _page(request, user, limits, form=AccessTokenForm(limits=limits), token=token)


@never_cache
@require_http_methods(["POST"])
@reauthenticated
def revoke_all(request: HttpRequest) -> HttpResponse:
    """Make all of their tokens useless."""
    revoke_tokens(person(request))
    messages.success(request, "Your access tokens were revoked.")
    return HttpResponseRedirect(TOKENS)


@never_cache
@require_http_methods(["POST"])
@reauthenticated
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """Revoke one of the user's tokens; 404 for other tokens."""
    mine = PersonalAccessToken.objects.filter(user=person(request))
    found = mine.filter(pk=int(token_id)).first() if token_id.isascii() and token_id.isdigit() else None
    if found is None:
        raise Http404("no such token")
    found.revoke()
    return HttpResponseRedirect(TOKENS)


def _active(user: User) -> Any:
    return PersonalAccessToken.objects.filter(user=user, revoked_at=None)


def _page(
    request: HttpRequest, user: User, limits: Mapping[int, str], *, status: int = 200, **shown: Any
) -> HttpResponse:
    found = _active(user).order_by("-created_at")[:MOST_TOKENS]
    tokens = [(each, _named(each.organization_id, limits)) for each in found]
    return render(request, "users/access_tokens.html", {"tokens": tokens, "limits": limits, **shown}, status=status)


def _named(organization_id: int | None, limits: Mapping[int, str]) -> str:
    return "all" if organization_id is None else limits.get(organization_id, "one that you do not belong to")
