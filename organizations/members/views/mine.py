"""The organizations of a user, and the way into others."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from organizations.default_organization import default_organization_of
from organizations.members.forms import LinkForm
from organizations.members.mails import INVITES_PATH
from organizations.members.models import Membership
from organizations.members.viewer import viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import active_organization, org_scoped
from users.forms import HOME
from users.signed_in import person

PER_PAGE = 50


class Belonging(NamedTuple):
    """An organization as its member sees it in the list."""

    organization: Organization
    path: str
    role: str
    is_default: bool


@require_safe
def enter(request: HttpRequest, path: str) -> HttpResponse:
    """Redirect members of an organization to its first page; 404 for everyone else."""
    viewer, organization = viewer_of(request.user), active_organization(path)
    if organization is None or not viewer.belongs_to(organization.pk):
        raise Http404("no such organization, or you do not belong to it")
    if organization.pk == GITLAB_COM_PUBLIC:
        return HttpResponseRedirect(HOME)
    return HttpResponseRedirect(org_scoped(organization.path, settings.FIRST_PAGE_OF_ORGANIZATION))


@require_http_methods(["GET", "HEAD", "POST"])
def organizations(request: HttpRequest) -> HttpResponse:
    """List the user's organizations; a POST with the link of an invitation redirects to the invitation."""
    user = person(request)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(f"{INVITES_PATH}{form.cleaned_data['link']}")
    roles = {each.organization_id: each.get_role_display() for each in Membership.objects.filter(user_id=user.pk)}
    default = default_organization_of(user, roles)
    active = Organization.objects.filter(pk__in=roles, state=Organization.State.ACTIVE).exclude(pk=GITLAB_COM_PUBLIC)
    page = Paginator(active.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        Belonging(each, org_scoped(each.path, settings.FIRST_PAGE_OF_ORGANIZATION), roles[each.pk], each == default)
        for each in page
    ]
    context = {"form": form, "page": page, "rows": rows, "default": default, "public": GITLAB_COM_PUBLIC}
    return render(request, "members/organizations.html", context, status=422 if form.is_bound else 200)
