"""Whose data a page shows: the organization in the URL, or GitLab.com Public on the global pages.

A page never shows two organizations together (the seed's "isolated"). Pages of
GitLab.com Public never mention organizations: its people do not know the word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from organizations.members.viewer import NOBODY, Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.index import url_tree
from routing.names import key_of

SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Scope:
    """One organization, and who looks at it."""

    viewer: Viewer
    organization: Organization | None = None
    """None on the pages of GitLab.com Public."""

    @property
    def organization_id(self) -> int:
        """Of all rows that may be shown."""
        return self.organization.pk if self.organization else GITLAB_COM_PUBLIC

    def address(self, page: str) -> str:
        """The path of one of this organization's pages, by its name in `global_pages`."""
        return org_scoped(self.organization.path, page) if self.organization else global_pages()[page]

    @property
    def addresses(self) -> dict[str, str]:
        """For templates: of each page by its name, `_` for `/`."""
        return {page.replace("/", "_"): self.address(page) for page in global_pages()}


View = Callable[..., HttpResponse]


@cache
def global_pages() -> Mapping[str, str]:
    """The address of each page of GitLab.com Public, by the name that it has below `/organizations/<path>/-/`.

    As the URL configuration declares them (`routing.declare.global_page`).
    """
    named = (each for each in url_tree().below() if each.declaration.page)
    return {str(each.declaration.page): f"/{each.route}" for each in named if "<" not in each.route}


@cache
def page_at() -> Mapping[str, str]:
    """The name of each page of GitLab.com Public by its address."""
    return {address: page for page, address in global_pages().items()}


def org_scoped(path: str, page: str) -> str:
    """The path of a page of the organization that has this path."""
    return f"/organizations/{path}/-/{page}"


def of_organization(view: View) -> View:
    """A decorator: the view gets the `Scope` of the organization in the URL in place of `path`.

    For those who do not belong to it, it is not there. A page of GitLab.com Public goes to its global address.
    """

    @wraps(view)
    def look(request: HttpRequest, path: str, **arguments: Any) -> HttpResponse:
        viewer = viewer_of(request.user)
        organization = active_organization(path)
        if organization is None or not viewer.belongs_to(organization.pk):
            raise Http404("no such organization, or you do not belong to it")
        if organization.pk != GITLAB_COM_PUBLIC:
            return view(request, Scope(viewer, organization), **arguments)
        page = request.path.partition("/-/")[2].rstrip("/")
        address = global_pages().get(page)
        if address and request.method in SAFE_METHODS:
            return HttpResponseRedirect(address)
        raise Http404("this page has a global address")

    return look


def of_gitlab_com_public(view: View, *, for_visitors: bool = False) -> View:
    """A decorator: the view gets the `Scope` of GitLab.com Public; for visitors it is not there, unless it is for them.

    Who may load the page is declared where it is routed (`routing.declare.global_page`).
    """

    @wraps(view)
    def look(request: HttpRequest, **arguments: Any) -> HttpResponse:
        viewer = viewer_of(request.user)
        if viewer.user_id == NOBODY and not for_visitors:
            raise Http404("nobody is signed in")
        return view(request, Scope(viewer), **arguments)

    return look


def active_organization(path: str) -> Organization | None:
    """The organization that has this path, in any case."""
    active = Organization.objects.alias(key=Lower("path")).filter(state=Organization.State.ACTIVE)
    return active.filter(key=key_of(path)).first()
