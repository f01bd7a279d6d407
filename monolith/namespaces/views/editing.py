"""The settings of a group or project: name, visibility, path, transfer and deletion."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from monolith.namespaces.changing import change_settings
from monolith.namespaces.creation import rename, transfer
from monolith.namespaces.deletion import delete
from monolith.namespaces.form_page import INVALID, TOO_MANY
from monolith.namespaces.forms import DeleteForm, PathForm, SettingsForm, TransferForm, blame
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place, at_routable, find_namespace
from monolith.namespaces.policy import Level
from monolith.namespaces.transfers import NotInto, refuse_into, refuse_top_level
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import global_pages, org_scoped
from routing.claims import ClaimError
from users.name_attempts import may_try

Edited = Place[Namespace | Project]
Submit = Callable[[HttpRequest, Edited, Any], str]


@require_safe
@at_routable(Level.MAINTAIN)
def edit(request: HttpRequest, place: Edited) -> HttpResponse:
    """All forms of what has this path."""
    _refuse_users_namespace(place)
    return _page(request, place)


def _submitted(name: str, level: Level = Level.OWN) -> Callable[[Submit], Any]:
    """A decorator: the view gets the form of this name, filled in right, and returns where to go then.

    What is wrong is shown on the page with all forms.
    """

    def decorate(submit: Submit) -> Any:
        @require_POST
        @at_routable(level)
        @wraps(submit)
        def view(request: HttpRequest, place: Edited) -> HttpResponse:
            _refuse_users_namespace(place)
            form = _forms(place.entity, request.POST, name)[name]
            if form.is_valid():
                if not may_try(place.viewer.user_id):
                    form.add_error(None, "Too many attempts within a minute. Wait a minute, then try again.")
                    return _page(request, place, TOO_MANY, **{name: form})
                try:
                    return HttpResponseRedirect(submit(request, place, form))
                except NotInto as error:
                    form.add_error("into", f"{error}.")
                except ClaimError as error:
                    blame(form, error)
            return _page(request, place, INVALID, **{name: form})

        return view

    return decorate


@_submitted("settings", Level.MAINTAIN)
def save(request: HttpRequest, place: Edited, form: SettingsForm) -> str:
    """Name, visibility, description."""
    change_settings(place.entity, **form.cleaned_data)
    messages.success(request, "Your changes were saved.")
    return f"/{place.entity.full_path}"


@_submitted("path")
def move_path(request: HttpRequest, place: Edited, form: PathForm) -> str:
    """Change the last path segment; the old path redirects."""
    path = form.cleaned_data["path"]
    if path == place.entity.path:
        return f"/{place.entity.full_path}"
    renamed = rename(place.entity, path)
    messages.success(request, f"The path is {renamed.full_path} now. The old path redirects to it.")
    return f"/{renamed.full_path}"


@_submitted("transfer")
def move_into(request: HttpRequest, place: Edited, form: TransferForm) -> str:
    """Transfer into another group of the same organization; the old path redirects."""
    moved = transfer(place.entity, _parent(place, form.cleaned_data["into"]))
    messages.success(request, f"It was transferred to {moved.full_path}. The old path redirects to it.")
    return f"/{moved.full_path}"


@_submitted("delete")
def remove(request: HttpRequest, place: Edited, form: DeleteForm) -> str:
    """Delete it with everything in it."""
    delete(place.entity)
    messages.success(request, f"{place.entity.full_path} was deleted.")
    above = place.entity.full_path.rpartition("/")[0]
    return f"/{above}" if above else _groups_page(place.entity.organization_id)


def _parent(place: Edited, path: str) -> Namespace | None:
    entity = place.entity
    if path:
        return refuse_into(place.viewer, entity, find_namespace(place.viewer, path))
    if isinstance(entity, Namespace):
        refuse_top_level(place.viewer, entity)
    return None


def _page(request: HttpRequest, place: Edited, status: int = 200, **filled_in: forms.Form) -> HttpResponse:
    entity = place.entity
    context = {
        "entity": entity,
        "place": place,
        "forms": _forms(entity) | filled_in,
        "word": "project" if isinstance(entity, Project) else "group",
    }
    return render(request, "namespaces/edit.html", context, status=status)


def _forms(entity: Namespace | Project, sent: QueryDict | None = None, name: str = "") -> dict[str, forms.Form]:
    """All forms of the page, one of them with what was sent."""

    def given(form: str) -> dict[str, Any]:
        return {"data": sent if form == name else None, "auto_id": f"id_{form}_%s"}

    return {
        "settings": SettingsForm(entity=entity, **given("settings")),
        "path": PathForm(initial={"path": entity.path}, **given("path")),
        "transfer": TransferForm(entity=entity, **given("transfer")),
        "delete": DeleteForm(expected=entity.full_path, **given("delete")),
    }


def _groups_page(organization_id: int) -> str:
    if organization_id == GITLAB_COM_PUBLIC:
        return global_pages()["groups"]
    return org_scoped(Organization.objects.get(pk=organization_id).path, "groups")


def _refuse_users_namespace(place: Edited) -> None:
    if isinstance(place.entity, Namespace) and place.entity.kind == Namespace.Kind.USER:
        raise PermissionDenied("a user's namespace follows its owner's username and account")
