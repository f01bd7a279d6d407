"""Send, revoke and answer invitations."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organizations.members import invitations
from organizations.members.forms import AcceptForm, InvitationForm
from organizations.members.mails import INVITES_PATH, send_invitation
from organizations.members.models import Invitation
from organizations.members.views.people import acting_owner, members_page
from organizations.models import Organization
from organizations.scope import org_scoped
from schemas.pinning import pin
from users.forms import HOME
from users.limits import told_when
from users.models import User
from users.signed_in import person

GONE = 410
TOO_MANY = 429


@require_POST
def invite(request: HttpRequest, path: str) -> HttpResponse:
    """Send an invitation link; inviting the same address again sends it again."""
    visit = acting_owner(request, path)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return members_page(request, visit, form=form)
    email = form.cleaned_data["email"]
    try:
        with transaction.atomic(using="users"):
            invitation = invitations.invite(visit.organization.pk, email, form.cleaned_data["role"], visit.user)
            send_invitation(invitation, visit.organization)
    except invitations.TooManyInvitations as error:
        problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return told_when(members_page(request, visit, form=form, problem=problem, status=TOO_MANY), error.wait)
    if settings.SENDS_EMAIL:
        messages.success(request, f"An invitation is on its way to {email}.")
    else:
        messages.success(request, f"Send the link below to {email}.")
    return HttpResponseRedirect(visit.members_path)


@require_POST
def revoke(request: HttpRequest, path: str, invitation_id: str) -> HttpResponse:
    """Revoke an invitation."""
    visit = acting_owner(request, path)
    try:
        taken_back = invitations.revoke(visit.organization.pk, uuid.UUID(hex=invitation_id))
    except ValueError:
        taken_back = False
    if not taken_back:
        return members_page(request, visit, problem="This invitation is no longer pending.")
    messages.success(request, "The invitation was revoked.")
    return HttpResponseRedirect(visit.members_path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Accept or decline an invitation with its link; visitors are asked to sign up or sign in first."""
    invitation_id = invitations.id_of(token)
    if invitation_id is None:
        raise Http404("no link of ours")
    # Before the primary is read, which nobody needs for a session that a replica shows.
    is_visitor = not request.user.is_authenticated
    # A mail may be quicker than a replica.
    pin("users")
    pin("routes")
    invitation = Invitation.objects.select_related("inviter").filter(pk=invitation_id).first()
    active = Organization.objects.filter(state=Organization.State.ACTIVE)
    organization = active.filter(pk=invitation.organization_id).first() if invitation else None
    if invitation is None or organization is None:
        raise Http404("the organization is gone")
    closed = invitations.closed_by(invitation)
    if closed:
        return _gone(request, str(closed))
    if request.method != "POST" and is_visitor:
        # Our own path, which both pages lead back to. No page of ours tells it to other sites (Referrer-Policy).
        back = quote(f"{INVITES_PATH}{token}?welcome", safe="")
        context = {"invitation": invitation, "organization": organization, "back": back}
        return render(request, "members/invitation_for_visitors.html", context)
    user = person(request)
    if request.method != "POST":
        form = AcceptForm(initial={"home": "welcome" in request.GET})
        context = {"invitation": invitation, "organization": organization, "form": form, "token": token}
        return render(request, "members/invitation.html", context)
    if "decline" in request.POST:
        invitations.revoke(organization.pk, invitation_id)
        messages.success(request, "You declined the invitation.")
        return HttpResponseRedirect(HOME)
    return _accept(request, invitation, organization, user)


def _accept(request: HttpRequest, invitation: Invitation, organization: Organization, user: User) -> HttpResponse:
    form = AcceptForm(request.POST)
    home = form.is_valid() and form.cleaned_data["home"]
    try:
        joined = invitations.accept(invitation.pk, user, home=home)
    except invitations.InvitationClosed as error:
        return _gone(request, str(error))
    said = f"Welcome to {organization.name}." if joined else "You are already a member and keep your role."
    messages.success(request, said)
    return HttpResponseRedirect(org_scoped(organization.path, settings.FIRST_PAGE_OF_ORGANIZATION))


def _gone(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "members/invitation_closed.html", {"reason": reason.partition(".")[0]}, status=GONE)
