"""The field of a new group or project that says in which organization it will be.

The form of each organization has an address of its own, on the organization's pod. Choosing another organization
leads to its form with status 307, so the browser sends along what was typed, with or without scripts. Nothing is
created on the way: the person first sees where the group or project will be, and who will see it there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from monolith.namespaces.policy import may_make_groups_in
from organizations.members.viewer import Viewer
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import Scope, global_pages, org_scoped

FIELD = "organization"
KEPT = "kept"
"""The query of a form's address when it only takes over what was typed."""
MOST_CHOICES = 50
PUBLIC_NAME = "GitLab.com Public"
ISOLATED = (
    "No organization is selected, so the {thing} will be created in GitLab.com Public, which is isolated "
    "from your organizations: no page shows data from both."
)


class Choice(NamedTuple):
    """One organization to choose."""

    value: str
    """Its path; empty for GitLab.com Public."""
    name: str
    is_here: bool
    """Whether the form is this organization's."""


class NotOffered(Exception):
    """The field names an organization that the person cannot choose."""


class Redirect(HttpResponseRedirect):
    """Sends the browser on with the method and body of its request (RFC 9110, 15.4.8)."""

    status_code = 307


def choices_in(scope: Scope) -> list[Choice]:
    """Return what the field offers; empty for people who have no organization to choose."""
    organizations = _organizations_of(scope.viewer)
    here = scope.organization
    if not organizations and here is None:
        return []
    if here and here not in organizations:
        organizations.insert(0, here)
    choices = (Choice(each.path, each.name, each == here) for each in organizations)
    return [Choice("", PUBLIC_NAME, here is None), *choices]


def elsewhere(request: HttpRequest, scope: Scope, page: str) -> HttpResponse | None:
    """Return a redirect to the form of the organization that the field names, or None when it names this one.

    Raises `NotOffered`.
    """
    value = request.POST.get(FIELD)
    if value is None or value == _value_of(scope.organization):
        return None
    if value not in {choice.value for choice in choices_in(scope)}:
        raise NotOffered(value)
    return Redirect(f"{org_scoped(value, page) if value else global_pages()[page]}?{KEPT}")


def keep(request: HttpRequest, form: forms.Form) -> None:
    """Fill in what was typed into the form of another organization."""
    form.initial.update({name: request.POST[name] for name in form.fields if name in request.POST})


def shown(scope: Scope, thing: str, page: str) -> dict[str, Any]:
    """Return what a form's page says about the choice."""
    choices = choices_in(scope)
    is_isolated = bool(choices) and scope.organization is None
    return {
        "choices": choices,
        "choose": f"{scope.address(page)}?{KEPT}",
        "explained": [ISOLATED.format(thing=thing)] if is_isolated else [],
    }


def _value_of(organization: Organization | None) -> str:
    return organization.path if organization else ""


def _organizations_of(viewer: Viewer) -> list[Organization]:
    """In which a person may make groups, GitLab.com Public aside."""
    candidates = [each for each in viewer.organizations - {GITLAB_COM_PUBLIC} if may_make_groups_in(viewer, each)]
    active = Organization.objects.filter(pk__in=candidates, state=Organization.State.ACTIVE)
    return list(active.order_by("name")[:MOST_CHOICES])
