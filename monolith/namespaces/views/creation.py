"""Make top-level groups, subgroups and projects.

A form goes to the pod that owns the result: a top-level group's to a page of
its organization, anything else's to a page below the namespace that it will be
in. So the address says who processes it, and nothing is handed from pod to pod.
"""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.form_page import TOO_MANY, form_page
from monolith.namespaces.forms import GroupForm, NamedForm, ProjectForm
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place, at_namespace
from monolith.namespaces.policy import LEVEL_OF, Level, may_make_groups_in
from monolith.namespaces.views import lists
from monolith.namespaces.visibility import visible_namespaces
from organizations.members.viewer import Viewer
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import Scope, org_scoped
from routing.claims import ClaimError
from users.name_attempts import may_try

MOST_CHOICES = 50
MAINTAINING = [role for role, level in LEVEL_OF.items() if level >= Level.MAINTAIN]
ISOLATED = (
    "No organization is selected, so the group will be created in GitLab.com Public, which is isolated "
    "from your organizations: "
    "no page shows data from both."
)


@require_safe
def new_group(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The form for a top-level group; on the global page with the organizations that may be chosen instead."""
    _refuse_unless_maker(scope)
    return _group_page(request, scope, GroupForm(organization_id=scope.organization_id))


@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The groups of an organization, and what makes another one."""
    return _create_group(request, scope) if request.method == "POST" else lists.groups(request, scope)


def _create_group(request: HttpRequest, scope: Scope) -> HttpResponse:
    _refuse_unless_maker(scope)
    form = GroupForm(request.POST, organization_id=scope.organization_id)

    def make() -> Namespace:
        given = form.cleaned_data
        return create_namespace(scope.organization_id, made_by=scope.viewer.user_id, **given)

    return made(request, form, make, scope.viewer) or _group_page(request, scope, form)


@require_http_methods(["GET", "HEAD", "POST"])
@at_namespace(Level.MAINTAIN)
def subgroups(request: HttpRequest, place: Place[Namespace]) -> HttpResponse:
    """Make a group in a group."""
    parent = place.entity
    if parent.kind != Namespace.Kind.GROUP:
        raise PermissionDenied("a user's namespace cannot have subgroups")
    form = GroupForm(request.POST or None, organization_id=parent.organization_id, within=parent)

    def make() -> Namespace:
        return create_namespace(parent.organization_id, parent=parent, **form.cleaned_data)

    return made(request, form, make, place.viewer) or form_page(
        request,
        form,
        title="New subgroup",
        action=f"/{parent.full_path}/-/subgroups/new",
        submit="Create subgroup",
        back=f"/{parent.full_path}",
        entity=parent,
        place=place,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@at_namespace(Level.MAINTAIN)
def projects(request: HttpRequest, place: Place[Namespace]) -> HttpResponse:
    """Make a project in a group or user's namespace."""
    namespace = place.entity
    form = ProjectForm(request.POST or None, organization_id=namespace.organization_id, within=namespace)

    def make() -> Project:
        return create_project(namespace, **form.cleaned_data)

    return made(request, form, make, place.viewer) or form_page(
        request,
        form,
        title="New project",
        action=f"/{namespace.full_path}/-/projects/new",
        submit="Create project",
        back=f"/{namespace.full_path}",
        entity=namespace,
        place=place,
    )


@require_safe
def choose_namespace(request: HttpRequest, scope: Scope) -> HttpResponse:
    """In which group or namespace a new project is to be."""
    viewer = scope.viewer
    seen = visible_namespaces(viewer).filter(organization_id=scope.organization_id)
    if not (viewer.administrator or scope.organization_id in viewer.owned):
        of_maintainers = seen.filter(members__user_id=viewer.user_id, members__role__in=MAINTAINING)
        seen = of_maintainers | seen.filter(owner_id=viewer.user_id)
    shown = {"scope": scope, "namespaces": seen.distinct().order_by("full_path")[:MOST_CHOICES]}
    return render(request, "namespaces/choose_namespace.html", shown)


def made(
    request: HttpRequest, form: forms.Form, make: Callable[[], Namespace | Project], viewer: Viewer
) -> HttpResponse | None:
    """A redirect to what was made; None when the form is to be shown, with what is wrong with it if it was sent."""
    if not form.is_bound or not form.is_valid():
        return None
    if not may_try(viewer.user_id):
        form.add_error(None, "You tried too many names within a minute. Wait a minute, then try again.")
        form.too_many = True  # type: ignore[attr-defined]
        return None
    try:
        entity = make()
    except ClaimError as error:
        assert isinstance(form, NamedForm)  # noqa: S101  every form that makes something is one
        form.blame(error)
        return None
    messages.success(request, f"{entity.full_path} was created.")
    return HttpResponseRedirect(f"/{entity.full_path}")


def _group_page(request: HttpRequest, scope: Scope, form: GroupForm) -> HttpResponse:
    elsewhere = [] if scope.organization else _organizations_of(scope.viewer)
    return form_page(
        request,
        form,
        title="New group",
        action=scope.address("groups") if scope.organization else "/groups",
        submit="Create group",
        back=scope.address("groups"),
        explained=[ISOLATED] if elsewhere else [],
        elsewhere=[{"name": each.name, "address": org_scoped(each.path, "groups/new")} for each in elsewhere],
        scope=scope,
        status=TOO_MANY if getattr(form, "too_many", False) else None,
    )


def _organizations_of(viewer: Viewer) -> list[Organization]:
    """In which a person may make groups, GitLab.com Public aside."""
    candidates = [each for each in viewer.organizations - {GITLAB_COM_PUBLIC} if may_make_groups_in(viewer, each)]
    active = Organization.objects.filter(pk__in=candidates, state=Organization.State.ACTIVE)
    return list(active.order_by("name")[:MOST_CHOICES])


def _refuse_unless_maker(scope: Scope) -> None:
    if not may_make_groups_in(scope.viewer, scope.organization_id):
        raise PermissionDenied("guests cannot create groups")
