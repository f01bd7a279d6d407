"""The page of results of one organization, and the suggestions of the box in the top bar.

Both are concealed: their time would tell how many rows have a word that the viewer may not see.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from monolith.work.recents import forget_recents, recents_of
from monolith.work.search import KINDS, MOST_OF_EACH, Found, Hit, WordsInvalid, address_of, found_in, words_of
from monolith.work.search_backend import SearchUnavailable
from organizations.default_organization import default_organization_of
from organizations.scope import Scope
from pods.concealment import concealed
from users.models import User

MOST_SHOWN = 50
RETRY_SECONDS = 1
INVALID = 422

# Ids stay below 2^53.
ID = re.compile(r"[1-9][0-9]{0,15}")

logger = logging.getLogger(__name__)


@require_safe
@concealed
def search(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Show what has the words, some of each kind or more of one `kind`; 503 when the search backend does not answer."""
    chosen = next((kind for kind in KINDS if kind.name == request.GET.get("kind")), None)
    asked = request.GET.get("search", "")
    context: dict[str, Any] = {"scope": scope, "words": asked, "kinds": KINDS, "chosen": chosen}
    try:
        context["words"] = words = words_of(asked)
        most = MOST_SHOWN if chosen else MOST_OF_EACH
        found = list(found_in(scope, words, [chosen] if chosen else KINDS, most))
    except WordsInvalid as error:
        return render(request, "work/search.html", {**context, "problem": str(error)}, status=INVALID)
    except SearchUnavailable as error:
        return unavailable(request, error, context)
    recents = [] if words else recents_of(scope)
    return render(request, "work/search.html", {**context, "found": found, "most": most, "recents": recents})


@require_safe
@concealed
def suggestions(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Return some hits of each kind as JSON; without words, what the viewer looked at last."""
    _refuse_others(request, scope)
    try:
        words = words_of(request.GET.get("search", ""))
        found = [_as_json(each) for each in found_in(scope, words, KINDS, MOST_OF_EACH)]
    except WordsInvalid as error:
        return _answer({"problem": str(error)}, INVALID)
    except SearchUnavailable as error:
        logger.warning("a search failed: %s", error)
        return _answer({"problem": "Search is temporarily unavailable."}, 503)
    recents = [] if words else recents_of(scope)
    if recents:
        found = [{"kind": "recents", "title": "Recently viewed", "hits": [_hit(each.hit) for each in recents]}]
    return _answer({"words": words, "found": found, "address": address_of(scope, words)})


@require_POST
def delete_recents(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Forget the `recent` that the viewer names, or all."""
    _refuse_others(request, scope)
    named = request.POST.get("recent")
    if named is not None and not ID.fullmatch(named):
        raise Http404("no such recent")
    if forget_recents(scope, None if named is None else int(named)):
        said = "It was removed from what you viewed." if named else "What you viewed was forgotten."
        messages.success(request, said)
    return HttpResponseRedirect(scope.address("search"))


def unavailable(request: HttpRequest, error: SearchUnavailable, context: dict[str, Any]) -> HttpResponse:
    """The page when the search backend does not answer."""
    logger.warning("a search failed: %s", error)
    response = render(request, "work/search.html", {**context, "is_unavailable": True}, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _refuse_others(request: HttpRequest, scope: Scope) -> None:
    """Raise `Http404` for those who do not belong to the organization; GitLab.com Public has pages only for those whose
    default organization it is.
    """
    is_theirs = scope.viewer.belongs_to(scope.organization_id)
    if scope.organization is None and isinstance(request.user, User):
        is_theirs = default_organization_of(request.user) is None
    if not is_theirs:
        raise Http404("you do not belong to this organization")


def _as_json(found: Found) -> dict[str, Any]:
    hits = [_hit(each) for each in found.hits]
    return {"kind": found.kind.name, "title": found.kind.title, "hits": hits}


def _hit(hit: Hit) -> dict[str, str]:
    return {"title": hit.title, "path": hit.path, "fact": hit.fact}


def _answer(content: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "private, no-store"
    if status == 503:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
