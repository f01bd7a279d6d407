"""`/-/members` and below: the members of a group or project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from monolith.namespaces.form_page import INVALID, TOO_MANY
from monolith.namespaces.forms import MemberForm, MemberRoleForm, said
from monolith.namespaces.membership import add, change_role, members_of, roles_up_to
from monolith.namespaces.membership import remove as end
from monolith.namespaces.models import Namespace, Project, Role
from monolith.namespaces.places import Place, at_routable, find_routable, refuse
from monolith.namespaces.policy import Level
from monolith.namespaces.templatetags.people import named
from monolith.namespaces.views.people import people
from organizations.members.exceptions import MembersError
from organizations.members.viewer import viewer_of
from organizations.models import GITLAB_COM_PUBLIC
from routing.claims import ClaimError
from schemas.pinning import pin
from users.limits import TOO_MANY_QUESTIONS, may_ask_who, told_when
from users.signed_in import person

PER_PAGE = 50
HOME = "/"
Visited = Place[Namespace | Project]


@dataclass(frozen=True)
class Listed:
    """A line of the list."""

    user_id: int
    username: str
    role: Role
    at: str
    """The full path of what they are a member of."""
    inherited: bool
    changed: bool
    """Whether the viewer may change the role."""
    ended: bool
    """Whether they may end the membership."""


@require_http_methods(["GET", "HEAD", "POST"])
@at_routable(Level.REPORT)
def members(request: HttpRequest, place: Visited) -> HttpResponse:
    """Everybody who is a member, here or above; maintainers add one."""
    _refuse_users_namespace(place)
    if request.method != "POST":
        return _page(request, place)
    _refuse_unless_maintained(place)
    form = MemberForm(request.POST, roles=roles_up_to(place.level))
    if form.is_valid():
        if place.entity.organization_id == GITLAB_COM_PUBLIC and not may_ask_who(request):
            form.add_error(None, TOO_MANY_QUESTIONS)
            return told_when(_page(request, place, form=form, status=TOO_MANY))
        try:
            added = add(place.entity, form.cleaned_data["username"], form.cleaned_data["role"], by=place.level)
        except (MembersError, ClaimError) as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, f"{added.username} was added.")
            return HttpResponseRedirect(_path(place))
    return _page(request, place, form=form)


@require_POST
@at_routable(Level.MAINTAIN)
def role(request: HttpRequest, place: Visited, user_id: str) -> HttpResponse:
    """Give a member another role."""
    _refuse_users_namespace(place)
    form = MemberRoleForm(request.POST)
    if not form.is_valid():
        return _page(request, place, problem="Choose one of the listed roles.")
    try:
        change_role(place.entity, _id(user_id), form.cleaned_data["role"], by=place.level)
    except (MembersError, ClaimError) as error:
        return _page(request, place, problem=said(error))
    messages.success(request, "The role was changed.")
    return HttpResponseRedirect(_path(place))


@require_POST
@at_routable(Level.REPORT)
def remove(request: HttpRequest, place: Visited, user_id: str) -> HttpResponse:
    """End a membership; members may end their own."""
    _refuse_users_namespace(place)
    leaving = _id(user_id) == place.viewer.user_id
    if not leaving:
        _refuse_unless_maintained(place)
    try:
        end(place.entity, _id(user_id), by=place.level, leaving=leaving)
    except (MembersError, ClaimError) as error:
        return _page(request, place, problem=said(error))
    messages.success(request, "You are no longer a member." if leaving else "The member was removed.")
    # A former member may no longer see the page.
    pin("users")
    still_seen = find_routable(viewer_of(person(request)), place.entity.full_path)
    return HttpResponseRedirect(_path(place) if still_seen else HOME)


def _page(
    request: HttpRequest, place: Visited, *, form: MemberForm | None = None, problem: str = "", status: int = INVALID
) -> HttpResponse:
    page = Paginator(members_of(place.entity), PER_PAGE).get_page(request.GET.get("page"))
    roles = roles_up_to(place.level)
    context = {
        "entity": place.entity,
        "place": place,
        "page": page,
        "listed": _listed(page, place, roles),
        "roles": [(role.value, role.label) for role in roles],
        "form": form or MemberForm(roles=roles),
        "problem": problem,
    }
    return render(request, "namespaces/members.html", context, status=status if problem or form else 200)


def _listed(page: Iterable[dict[str, Any]], place: Visited, roles: list[Role]) -> list[Listed]:
    known = people(each["user_id"] for each in page)
    return [
        Listed(
            user_id=each["user_id"],
            username=named(known, each["user_id"]),
            role=Role(each["role"]),
            at=each["at"],
            inherited=not own,
            changed=(changed := own and place.maintained and each["role"] in roles),
            ended=changed or (own and each["user_id"] == place.viewer.user_id),
        )
        for each in page
        for own in [each["at"] == place.entity.full_path]
    ]


def _path(place: Visited) -> str:
    return f"/{place.entity.full_path}/-/members"


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("no id")
    return int(text)


def _refuse_unless_maintained(place: Visited) -> None:
    if not place.maintained:
        raise refuse(place.viewer, "only maintainers can change members")


def _refuse_users_namespace(place: Visited) -> None:
    if isinstance(place.entity, Namespace) and place.entity.kind == Namespace.Kind.USER:
        raise PermissionDenied("a user's namespace has no members other than its owner")
