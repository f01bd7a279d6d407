"""The members of an organization: who they are, what they may do, and how they leave."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_settings.in_force import in_force
from organizations.members import invitations
from organizations.members.exceptions import LastOwner, MembersError, NotAMember
from organizations.members.forms import InvitationForm, RoleForm
from organizations.members.found import members_found
from organizations.members.mails import link_of
from organizations.members.models import Membership
from organizations.members.roles import change_role, end_membership
from organizations.members.viewer import viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import active_organization
from schemas.pinning import pin
from users.forms import HOME
from users.models import User
from users.signed_in import person

PER_PAGE = 50
MOST_SHOWN = 1000
LONGEST_WORDS = 200
ONE_OWNER = "An organization needs at least one owner. Make another member an owner first."


@dataclass(frozen=True)
class Visit:
    """A member on the pages of their organization."""

    user: User
    organization: Organization
    owner: bool
    """Whether they may change who belongs to it."""

    @property
    def members_path(self) -> str:
        """The path of the list of members."""
        return f"/organizations/{self.organization.path}/-/members"


@require_safe
def members(request: HttpRequest, path: str) -> HttpResponse:
    """Everybody who belongs to the organization; owners see open invitations too."""
    return members_page(request, visit_of(request, path))


@require_POST
def role(request: HttpRequest, path: str, user_id: str) -> HttpResponse:
    """Give a member another role."""
    visit = acting_owner(request, path)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return members_page(request, visit, problem="Choose one of the listed roles.")
    try:
        change_role(visit.organization.pk, _id(user_id), form.cleaned_data["role"])
    except MembersError as error:
        return members_page(request, visit, problem=_said(error))
    messages.success(request, "The role was changed.")
    return HttpResponseRedirect(visit.members_path)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, path: str, user_id: str) -> HttpResponse:
    """End a membership after a confirmation; members may end their own."""
    person(request)
    pin("users")
    visit = visit_of(request, path)
    leaving = _id(user_id) == visit.user.pk
    if not (leaving or visit.owner):
        raise PermissionDenied("only owners can remove members")
    member = members_found(visit.organization.pk).filter(user_id=_id(user_id)).first()
    if member is None:
        raise Http404("no such member")
    if request.method != "POST":
        shown = {"organization": visit.organization, "member": member, "leaving": leaving}
        return render(request, "members/remove.html", shown)
    try:
        end_membership(visit.organization.pk, member.user_id)
    except MembersError as error:
        return members_page(request, visit, problem=_said(error))
    if leaving:
        messages.success(request, f"You left {visit.organization.name}.")
        return HttpResponseRedirect(HOME)
    messages.success(request, f"{member.user.username} was removed.")
    return HttpResponseRedirect(visit.members_path)


def members_page(
    request: HttpRequest, visit: Visit, *, form: InvitationForm | None = None, problem: str = "", status: int = 422
) -> HttpResponse:
    """The list of members, with the form to invite more for owners, and what went wrong just now."""
    # PostgreSQL has no such character in a text.
    words = request.GET.get("search", "").replace("\0", " ").strip()[:LONGEST_WORDS]
    context = {
        "organization": visit.organization,
        "owner": visit.owner,
        "words": words,
        "filter": f"{urlencode({'search': words})}&" if words else "",
        "page": Paginator(members_found(visit.organization.pk, words), PER_PAGE).get_page(request.GET.get("page")),
        "roles": Membership.Role.choices,
        "form": form or InvitationForm(),
        "invitations": _invitations(visit) if visit.owner else [],
        "invitation_days": in_force().invitation_days,
        "sends_email": settings.SENDS_EMAIL,
        "problem": problem,
    }
    failed = bool(problem or (form and form.errors))
    return render(request, "members/members.html", context, status=status if failed else 200)


def visit_of(request: HttpRequest, path: str) -> Visit:
    """Who visits which organization; for those who do not belong to it, and for GitLab.com Public, which has no such
    pages, it is not there: raises `Http404`.
    """
    user = person(request)
    viewer = viewer_of(user)
    organization = active_organization(path)
    if organization is None or organization.pk == GITLAB_COM_PUBLIC or not viewer.belongs_to(organization.pk):
        raise Http404("no such organization, or you do not belong to it")
    return Visit(user, organization, viewer.administrator or organization.pk in viewer.owned)


def acting_owner(request: HttpRequest, path: str) -> Visit:
    """As `visit_of` for an owner who changes something: what the primary says of their membership counts. Who they are
    the region's replica says, as on every page.
    """
    person(request)
    pin("users")
    visit = visit_of(request, path)
    if not visit.owner:
        raise PermissionDenied("only owners can change the members of an organization")
    return visit


def _invitations(visit: Visit) -> list[dict[str, object]]:
    waiting = invitations.open_invitations(visit.organization.pk)[:MOST_SHOWN]
    rows = [(each, invitations.closed_by(each)) for each in waiting]
    # Where no mail is sent, owners hand the link over themselves.
    return [
        {"invitation": each, "closed": closed, "link": "" if closed or settings.SENDS_EMAIL else link_of(each)}
        for each, closed in rows
    ]


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("no id")
    return int(text)


def _said(error: MembersError) -> str:
    if isinstance(error, LastOwner):
        return ONE_OWNER
    return "This person is no longer a member." if isinstance(error, NotAMember) else str(error)
