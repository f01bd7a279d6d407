"""Global pages belong to GitLab.com Public; users with another default organization never load one.

The seed: they "will end up being redirected to
`/organizations/<DEFAULT_ORGANIZATION>/-/dashboard`". Addresses of the API without a
key need no redirect: they belong to the caller's organization (`pods/callers.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from organizations.default_organization import default_organization_of
from organizations.scope import org_scoped, page_at
from pods.details import PodRequest
from routing.classify import classify
from users.models import User

SAFE_METHODS = frozenset({"GET", "HEAD"})
KEEPS_METHOD = 308


class GlobalPagesMiddleware:
    """After it is known who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The view's response."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *arguments: Any) -> HttpResponse | None:
        """A redirect to the page of their own organization; None for pages that are not global, and for people of
        GitLab.com Public and visitors, whom the view answers.
        """
        path = cast(PodRequest, request).pod.path
        if path is None or not classify(path).declaration.is_global_page or not isinstance(request.user, User):
            return None
        organization = default_organization_of(request.user)
        return _redirect(request, path.raw, organization.path) if organization else None


def _redirect(request: HttpRequest, path: str, organization: str) -> HttpResponse:
    bare = path.rstrip("/")
    page = page_at().get(bare, bare.removeprefix("/").removeprefix("-/"))
    path = org_scoped(organization, page) + path[len(bare) :]
    query = request.META.get("QUERY_STRING", "")
    response = HttpResponseRedirect(f"{path}?{query}" if query else path)
    response.status_code = 302 if request.method in SAFE_METHODS else KEEPS_METHOD
    # It follows the person's settings, and nobody else's.
    response["Cache-Control"] = "private, no-store"
    return response
