"""An organization's settings and its deletion, for its owners."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from monolith.namespaces.form_page import INVALID
from monolith.namespaces.forms import DeleteForm
from monolith.namespaces.policy import may_set_up
from organizations.closing import ClosingRefused, NotEmpty, close
from organizations.forms import OrganizationForm
from organizations.models import Organization
from organizations.scope import Scope

HOME = "/"


@require_http_methods(["GET", "HEAD", "POST"])
def organization_settings(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Show and change the organization's name."""
    organization = _set_up(scope)
    form = OrganizationForm(request.POST if request.method == "POST" else None, initial={"name": organization.name})
    if form.is_bound and form.is_valid():
        Organization.objects.filter(pk=organization.pk).update(name=form.cleaned_data["name"])
        messages.success(request, "Your changes were saved.")
        return HttpResponseRedirect(f"/organizations/{organization.path}/-/settings")
    return _page(request, organization, settings=form)


@require_POST
def delete_organization(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Delete the organization when it is empty."""
    organization = _set_up(scope)
    form = DeleteForm(request.POST, expected=organization.path, auto_id="id_delete_%s")
    if form.is_valid():
        try:
            close(organization)
        except NotEmpty:
            form.add_error(None, "The organization still has groups or projects. Delete them first.")
        except ClosingRefused:
            form.add_error(None, "The operators of this instance are moving this organization. Try again in a while.")
        else:
            messages.success(request, f"{organization.name} was deleted.")
            return HttpResponseRedirect(HOME)
    return _page(request, organization, delete=form)


def _set_up(scope: Scope) -> Organization:
    if scope.organization is None or not may_set_up(scope.viewer, scope.organization_id):
        raise PermissionDenied("only owners can change an organization")
    return scope.organization


def _page(request: HttpRequest, organization: Organization, **filled_in: forms.Form) -> HttpResponse:
    shown: dict[str, forms.Form] = {
        "settings": OrganizationForm(initial={"name": organization.name}),
        "delete": DeleteForm(expected=organization.path, auto_id="id_delete_%s"),
    }
    is_refused = any(form.is_bound for form in filled_in.values())
    context = {"organization": organization, "forms": shown | filled_in}
    return render(request, "namespaces/organization_settings.html", context, status=INVALID if is_refused else 200)
