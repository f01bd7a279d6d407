"""Git over HTTP: there are no repositories yet, and Git asks for credentials instead of following a page's redirect."""

from __future__ import annotations

import re
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from monolith.namespaces.places import View
from pods.concealment import concealed

# Of projects, of the wikis of projects and groups (`.wiki.git`), of snippets.
GIT = re.compile(r"/[^/].*\.git/(?:info/refs|git-upload-pack|git-receive-pack|info/lfs/.+|gitlab-lfs/.+)")
REALM = 'Basic realm="GitLab"'


def or_git(view: View) -> View:
    """Answer what Git asks below a path in place of the view, which gets all other requests.

    Only Git is exempt from the check of CSRF tokens.
    """
    page = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def look(request: HttpRequest, **arguments: Any) -> HttpResponse:
        return refuse_git(request) if GIT.fullmatch(request.path) else page(request, **arguments)

    return look


@concealed
def refuse_git(request: HttpRequest) -> HttpResponse:
    """Return 401 without credentials and 404 with any, whatever the path names: nothing is looked up."""
    if request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0].lower() == "basic":
        response = HttpResponse("Pods has no Git repositories yet.\n", "text/plain", 404)
    else:
        response = HttpResponse("Access denied\n", "text/plain", 401, headers={"WWW-Authenticate": REALM})
    response["Cache-Control"] = "no-store"
    return response
