"""An organization's own settings; for its owners."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from organizations.models import Organization
from projects.form_page import form_page
from projects.forms import OrganizationForm
from projects.policy import may_set_up
from projects.scope import Scope


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def organization_settings(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What it is called."""
    organization = scope.organization
    if organization is None or not may_set_up(scope.viewer, scope.organization_id):
        raise PermissionDenied("owners set up an organization")
    form = OrganizationForm(request.POST if request.method == "POST" else None, initial={"name": organization.name})
    action = f"/organizations/{organization.path}/-/settings"
    if form.is_bound and form.is_valid():
        Organization.objects.filter(pk=organization.pk).update(name=form.cleaned_data["name"])
        return HttpResponseRedirect(action)
    return form_page(request, form, title="Organization settings", action=action, submit="Save", scope=scope)
