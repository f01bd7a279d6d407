"""The two parts of the Admin Area: what all pods share, on the legacy pod, and what each pod has of its own.

The seed, "Administrator": `/admin` is "locked to Pod US0", and
`/admin/pods/<pod>/projects` shows a pod's own projects, the pod picked on every
page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.urls.resolvers import URLPattern

from admin_area import glance
from admin_area.access import administrators_only, is_administrator
from admin_area.addresses import POD_PAGES, OwnPodPattern
from admin_area.listing import Listing
from admin_area.picker import Picker
from routing.declare import DeclaredPattern, View, fixed_to_legacy_pod, fixed_to_pod, route
from schemas.identity import this_pod

KEEPS_METHOD = 308


@dataclass
class Entry:
    """A line of the navigation."""

    label: str
    name: str
    """Of the URL pattern that it leads to, as Django's admin names it."""
    query: str = ""


@dataclass
class Section:
    """Lines of the navigation under one heading."""

    label: str
    entries: list[Entry] = field(default_factory=list)


class Area(AdminSite):
    """Pages for administrators, each with its declaration. What they are is said in `admin_area.urls`."""

    site_title = "Admin Area"
    site_header = "Admin Area"
    index_title = "Shared by all pods"
    # Ours is people's own (`users.urls`).
    site_url = "/"
    empty_value_display = "-"
    final_catch_all_view = False
    index_template = "admin_area/index.html"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._sections: list[Section] = []
        self._pages: list[URLPattern] = []

    def route(self, path: str, view: View, name: str) -> DeclaredPattern:
        """A pattern below this area, for administrators only."""
        raise NotImplementedError

    def section(self, label: str) -> Section:
        """The section of the navigation with this heading, made where it is new."""
        for section in self._sections:
            if section.label == label:
                return section
        self._sections.append(Section(label))
        return self._sections[-1]

    def listing(self, section: str, model: type[Model], listing: type[Listing]) -> None:
        """Add a list."""
        self.register(model, listing)
        name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        self.section(section).entries.append(Entry(listing.label, name))

    def page(self, path: str, view: View, name: str, *, section: str = "", label: str = "") -> None:
        """Add a page of its own kind; with a label, to the navigation too. Its template extends
        `admin/base_site.html` and gets `each_context`.
        """
        self._pages.append(self.route(path, view, name))
        if label:
            self.section(section).entries.append(Entry(label, name))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The first page of the area: how much there is, whether all is well, and all lists."""
        listings = (each for each in self._registry.values() if isinstance(each, Listing) and each.counted_as)
        numbers = [glance.number_of(listing) for listing in listings]
        return super().index(request, {"numbers": numbers, "health": glance.health(), **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether an administrator asks."""
        return is_administrator(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As `administrators_only`; names are reversed within this area."""

        @wraps(view)
        def look(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            request.current_app = self.name
            response: HttpResponseBase = view(request, *arguments, **named)
            return response

        return administrators_only(look)

    def get_urls(self) -> list[Any]:
        """The area's own pages, and those of its lists."""
        patterns: list[Any] = [
            self.route("", self.index, "index"),
            self.route("jsi18n", self.i18n_javascript, "jsi18n"),
            *self._pages,
        ]
        for listing in self._registry.values():
            patterns += listing.get_urls()
        return patterns

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The navigation, in the form that Django's templates want."""
        return [
            {
                "name": section.label,
                "app_label": section.label.lower().replace(" ", "-"),
                "models": [{"name": entry.label, "admin_url": self.address(entry)} for entry in section.entries],
            }
            for section in self._sections
        ]

    def address(self, entry: Entry) -> str:
        """Where a line of the navigation leads."""
        return reverse(f"admin:{entry.name}", current_app=self.name) + entry.query

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What all pages show: the navigation, the pod that serves, and the picker."""
        return {**super().each_context(request), "picker": Picker(request), "served_by": this_pod()}


class SharedArea(Area):
    """`/admin`: what all pods share; served by the legacy pod."""

    def route(self, path: str, view: View, name: str) -> DeclaredPattern:
        """A pattern below `/admin`."""
        return route(_below("admin", path), self.admin_view(view), fixed_to_legacy_pod(), name=name)


class PodArea(Area):
    """`/admin/pods/<pod>`: what is in the pod's own databases; served by that pod."""

    index_title = "In the pod's own databases"

    def route(self, path: str, view: View, name: str) -> DeclaredPattern:
        """A pattern below `/admin/pods/<pod>`."""
        pattern = OwnPodPattern(_below(POD_PAGES, path), name)
        return DeclaredPattern(pattern, _on_own_pod(self.admin_view(view)), fixed_to_pod("pod"), name)


def _below(prefix: str, path: str) -> str:
    return f"{prefix}/{path}" if path else prefix


def _on_own_pod(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view without the pod's name, which is this pod's; what is asked by an alias is sent to the name."""

    @wraps(view)
    def look(request: HttpRequest, pod: str, **named: Any) -> HttpResponseBase:
        if pod != this_pod().name:
            raise Http404("another pod's page")
        before, _, after = request.path.partition("/pods/")
        asked, slash, below = after.partition("/")
        if asked == pod:
            return view(request, **named)
        query = request.META.get("QUERY_STRING", "")
        response = HttpResponseRedirect(f"{before}/pods/{pod}{slash}{below}" + (f"?{query}" if query else ""))
        response.status_code = KEEPS_METHOD
        return response

    return look


shared_area = SharedArea("admin")
pod_area = PodArea("pod_admin")
