"""Organizations, and the names below `/`: in the `routes` schema, the same for all pods."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import QuerySet

from admin_area.acts import Act, Refused, asking
from admin_area.filters import Kind
from admin_area.keyset import Key, Lowered
from admin_area.listing import Listing
from organizations.forms import OrganizationForm
from organizations.models import Organization
from routing.claims import ClaimError
from routing.forms import PathField
from routing.models import Route
from routing.reserved import RESERVED_WORDS
from routing.tombstones import free_name
from routing.withheld import give_free, withhold
from users.models import User


class NameForm(forms.Form):
    """A top-level name."""

    name = PathField()


def _call(organization: Organization, who: User, given: dict[str, Any]) -> str:
    Organization.objects.filter(pk=organization.pk).update(name=given["name"])
    return f"The name of {organization.path} was changed to {given['name']}."


def _withhold(nothing: None, who: User, given: dict[str, Any]) -> str:
    withhold(given["name"])
    return f"{given['name']} was reserved."


def _give_free(route: Route, who: User, given: dict[str, Any]) -> str:
    if not (free_name(route.path) if route.kind == Route.Kind.TOMBSTONE else give_free(route.path)):
        raise Refused("the name is already free; reload the list")
    return f"{route.path} was released."


def _is_kept(route: Route) -> bool:
    is_withheld = route.kind == Route.Kind.RESERVED and route.key not in RESERVED_WORDS
    return is_withheld or route.kind == Route.Kind.TOMBSTONE


class Organizations(Listing):
    """Organizations, by their paths, and the pod that each lives on."""

    path = "organizations"
    label = "Organizations"
    counted_as = "organizations"
    key = Key(Lowered("path"))
    list_display = ("path", "name", "pod_id", "state", "epoch", "created_at")
    search_help_text = "The start of a path."
    fields = ("path", "name", "pod_id", "state", "epoch", "created_at")
    acts = (
        Act(
            "name",
            "Change the name",
            "Members see the name on their pages. The path stays the same.",
            _call,
            form=lambda data, row: OrganizationForm(data, initial={"name": row.name}),
        ),
    )

    def counted_rows(self) -> QuerySet[Any]:
        """Those that people can use."""
        return Organization.objects.filter(state=Organization.State.ACTIVE)


class Names(Listing):
    """Every name: live paths, redirects, claims, reserved names and tombstones."""

    path = "names"
    label = "Names"
    key = Key("key")
    parameters = frozenset({"kind"})
    list_filter = (Kind,)
    list_display = ("path", "stands_for", "entity_type", "leads_to", "organization", "pod", "expires_at")
    list_select_related = ("organization", "redirects_to")
    search_help_text = "The start of a full path."
    fields = (
        "path",
        "stands_for",
        "entity_type",
        "entity_id",
        "leads_to",
        "organization",
        "pod",
        "expires_at",
        "created_at",
    )
    readonly_fields = ("stands_for", "leads_to", "pod")
    acts = (
        Act(
            "free",
            "Release the name",
            "Anyone can take the name from now on. Existing links to it will lead to whatever they create.",
            _give_free,
            applies=_is_kept,
            refusals=(ClaimError,),
        ),
    )
    list_acts = (
        Act(
            "reserve",
            "Reserve a name",
            "A reserved name cannot be used for a group or a username until it is released.",
            _withhold,
            form=asking(NameForm),
            refusals=(ClaimError,),
        ),
    )

    @display(description="kind")
    def stands_for(self, row: Any) -> str:
        """The kind's own word; its label is a sentence."""
        return str(row.kind)

    @display(description="leads to")
    def leads_to(self, row: Any) -> str:
        """The live path of a redirect."""
        return row.redirects_to.path if row.redirects_to else ""

    @display
    def pod(self, row: Any) -> str:
        """The pod that serves it."""
        return row.organization.pod_id if row.organization else ""
