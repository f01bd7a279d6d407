"""`/o/<organization>/…`: GitLab's own addresses of an organization, which lead to the ones that this software uses.

GitLab serves all its pages a second time below `/o/<organization>`. What belongs to the organization is at
`/organizations/<organization>/-/…` here; groups and projects have one address each.
"""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from organizations.scope import org_scoped, page_at
from pods.concealment import concealed
from pods.details import PodRequest
from routing.index import DASH
from routing.names import is_reserved

FIRST_PAGES = ("", "-", "-/overview")


@concealed
@require_safe
def alias(request: HttpRequest, path: str, rest: str = "") -> HttpResponse:
    """Redirect to the same page's address, whether or not there is such an organization: nothing is looked up."""
    asked = cast(PodRequest, request).pod.path
    if asked is None:
        raise Http404
    _, organization, *page = asked.raw_segments
    address = address_of(organization, "/".join(page).rstrip("/"))
    if address is None:
        raise Http404("this page is not built")
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


def address_of(organization: str, page: str) -> str | None:
    """The address of what GitLab has at `/o/<organization>/<page>`; None when there is no such page here.

    `page` is a path without slashes around it.
    """
    if page in FIRST_PAGES:
        return org_scoped(organization, settings.FIRST_PAGE_OF_ORGANIZATION)
    first, _, rest = page.partition("/")
    if first == DASH:
        return org_scoped(organization, rest)
    global_page = page_at().get(f"/{page}")
    if global_page is not None:
        return org_scoped(organization, global_page)
    # A top-level name: what is below it has one address only. An empty one would make this the address of a host.
    return None if first == "" or is_reserved(first) else f"/{page}"
