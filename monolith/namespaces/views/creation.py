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
from django.views.decorators.http import require_http_methods

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.form_page import TOO_MANY, form_page
from monolith.namespaces.forms import GroupForm, NamedForm, NewProjectForm, ProjectForm
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place, at_namespace
from monolith.namespaces.policy import LEVEL_OF, Level, may_make_groups_in
from monolith.namespaces.views import choice, lists
from monolith.namespaces.views.choice import KEPT, NotOffered, elsewhere, keep
from monolith.namespaces.visibility import visible_namespaces
from organizations.members.viewer import Viewer
from organizations.scope import Scope
from routing.claims import ClaimError
from users.name_attempts import may_try

MOST_CHOICES = 50
MAINTAINING = [role for role, level in LEVEL_OF.items() if level >= Level.MAINTAIN]
NEW_GROUP, NEW_PROJECT = "groups/new", "projects/new"
NOT_OFFERED = "Choose one of the listed organizations."
_form = require_http_methods(["GET", "HEAD", "POST"])


@_form
def new_group(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The form for a top-level group; with what was typed into that of another organization."""
    _refuse_unless_maker(scope)
    form = GroupForm(organization_id=scope.organization_id)
    try:
        if instead := elsewhere(request, scope, NEW_GROUP):
            return instead
        keep(request, form)
    except NotOffered:
        form = GroupForm(request.POST, organization_id=scope.organization_id)
        form.add_error(None, NOT_OFFERED)
    return _group_page(request, scope, form)


@_form
def groups(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The groups of an organization, and what makes another one."""
    return _create_group(request, scope) if request.method == "POST" else lists.groups(request, scope)


def _create_group(request: HttpRequest, scope: Scope) -> HttpResponse:
    _refuse_unless_maker(scope)
    form = GroupForm(request.POST, organization_id=scope.organization_id)
    try:
        if instead := elsewhere(request, scope, NEW_GROUP):
            return instead
    except NotOffered:
        form.add_error(None, NOT_OFFERED)

    def make() -> Namespace:
        given = form.cleaned_data
        return create_namespace(scope.organization_id, made_by=scope.viewer.user_id, **given)

    return made(request, form, make, scope.viewer) or _group_page(request, scope, form)


@_form
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


@_form
@at_namespace(Level.MAINTAIN)
def projects(request: HttpRequest, place: Place[Namespace]) -> HttpResponse:
    """Make a project in a group or user's namespace."""
    namespace = place.entity
    form = ProjectForm(request.POST or None, organization_id=namespace.organization_id, within=namespace)

    def make() -> Project:
        return create_project(namespace, creator_id=place.viewer.user_id, **form.cleaned_data)

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


@_form
def new_project(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Make a project in one of the viewer's groups and namespaces of an organization."""
    namespaces = _namespaces_in(scope)
    sent = None if KEPT in request.GET or request.method != "POST" else request.POST
    form = NewProjectForm(sent, organization_id=scope.organization_id, namespaces=namespaces)
    keep(request, form)
    try:
        if instead := elsewhere(request, scope, NEW_PROJECT):
            return instead
    except NotOffered:
        form = NewProjectForm(request.POST, organization_id=scope.organization_id, namespaces=namespaces)
        form.add_error(None, NOT_OFFERED)

    def make() -> Project:
        given = dict(form.cleaned_data)
        namespace = next(each for each in namespaces if each.full_path == given.pop("namespace"))
        return create_project(namespace, **given)

    return made(request, form, make, scope.viewer) or _project_page(request, scope, form, namespaces)


def _namespaces_in(scope: Scope) -> list[Namespace]:
    """The groups and namespaces of an organization in which the viewer may make projects, as many as can be listed."""
    viewer = scope.viewer
    if scope.organization_id in viewer.guest_of and not viewer.administrator:
        return []
    seen = visible_namespaces(viewer).filter(organization_id=scope.organization_id)
    if not (viewer.administrator or scope.organization_id in viewer.owned):
        of_maintainers = seen.filter(members__user_id=viewer.user_id, members__role__in=MAINTAINING)
        seen = of_maintainers | seen.filter(owner_id=viewer.user_id)
    return list(seen.distinct().order_by("full_path")[:MOST_CHOICES])


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
    return form_page(
        request,
        form,
        title="New group",
        action=scope.address("groups") if scope.organization else "/groups",
        submit="Create group",
        back=scope.address("groups"),
        scope=scope,
        status=_status_of(form),
        **choice.shown(scope, "group", NEW_GROUP),
    )


def _project_page(
    request: HttpRequest, scope: Scope, form: NewProjectForm, namespaces: list[Namespace]
) -> HttpResponse:
    return form_page(
        request,
        form,
        template="namespaces/new_project.html",
        title="New project",
        action=scope.address(NEW_PROJECT),
        submit="Create project",
        back=scope.address("projects"),
        scope=scope,
        status=_status_of(form),
        namespaces=namespaces,
        is_cut=len(namespaces) == MOST_CHOICES,
        **choice.shown(scope, "project", NEW_PROJECT),
    )


def _status_of(form: forms.Form) -> int | None:
    return TOO_MANY if getattr(form, "too_many", False) else None


def _refuse_unless_maker(scope: Scope) -> None:
    if not may_make_groups_in(scope.viewer, scope.organization_id):
        raise PermissionDenied("guests cannot create groups")
