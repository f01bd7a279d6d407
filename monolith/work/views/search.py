"""The page of results of one organization, and the suggestions of the box in the top bar."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.work.search import KINDS, MOST_OF_EACH, WordsInvalid, found_in, words_of
from monolith.work.search_backend import SearchUnavailable
from organizations.scope import Scope

MOST_SHOWN = 50
RETRY_SECONDS = 1
INVALID = 422

logger = logging.getLogger(__name__)


@require_safe
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
    return render(request, "work/search.html", {**context, "found": found, "most": most})


def unavailable(request: HttpRequest, error: SearchUnavailable, context: dict[str, Any]) -> HttpResponse:
    """The page when the search backend does not answer."""
    logger.warning("a search failed: %s", error)
    response = render(request, "work/search.html", {**context, "is_unavailable": True}, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
