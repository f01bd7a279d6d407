"""What is in the Admin Area, and where. A subject with pages of its own adds them to an area here."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import autodiscover_modules

from admin_area.audit import Audit
from admin_area.cluster import page as cluster
from admin_area.moves.listing import Moves
from admin_area.names import Names, Organizations
from admin_area.people import Memberships, Tokens, Users
from admin_area.settings.log import SettingChanges
from admin_area.settings.pages import setting_on_pods, shared_settings
from admin_area.site import Entry, pod_area, shared_area
from admin_settings.models import SettingChange
from moves.models import OrganizationMove
from organizations.members.models import Membership
from organizations.models import Organization
from routing.declare import fixed_to_legacy_pod, fixed_to_pod, nobody, prefix, route
from routing.models import Route
from routing.views import not_built
from users.models import PersonalAccessToken, User

shared_area.listing("People", User, Users)
shared_area.listing("People", PersonalAccessToken, Tokens)
shared_area.listing("People", Membership, Memberships)
shared_area.listing("Organizations and names", Organization, Organizations)
shared_area.listing("Organizations and names", Route, Names)
for kind, label in (("redirect", "Redirects"), ("reserved", "Reserved names"), ("tombstone", "Tombstones")):
    shared_area.section("Organizations and names").entries.append(
        Entry(label, "routing_route_changelist", f"?kind={kind}")
    )
shared_area.page("settings", shared_settings, "settings", section="Settings", label="Settings of all pods")
shared_area.page("settings/<segment:name>", setting_on_pods, "setting")
shared_area.listing("Audit", LogEntry, Audit)
shared_area.listing("Audit", SettingChange, SettingChanges)
# Before the page, whose pattern takes a format suffix for its own.
shared_area.page("cluster.json", cluster.as_json, "cluster-json")
shared_area.page("cluster", cluster.page, "cluster", section="Cluster", label="Cluster")
shared_area.listing("Cluster", OrganizationMove, Moves)


# Each application module of this name adds its lists to `pod_area` or `shared_area`.
autodiscover_modules("admin_lists")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(pod_area.urls[:2], namespace=pod_area.name)),
    route("admin/pods/<pod:pod>/<rest:rest>", not_built, fixed_to_pod("pod")),
    *prefix("admin/pods/<segment:unlisted>", nobody()),
    path("", include(shared_area.urls[:2], namespace=shared_area.name)),
    route("admin/<rest:rest>", not_built, fixed_to_legacy_pod()),
]
