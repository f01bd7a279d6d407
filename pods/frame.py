"""What stands around the content of a page: who looks, and whose page this is.

An application that shows more around its pages registers a subclass of `Frame`
with `framed_by`, and has a template `pods/base.html` that extends the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from admin_settings.in_force import in_force
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import org_scoped
from pods.views.refusals import SIGN_IN_PATH, sign_in_location
from users.models import User

MOST_LISTED = 20
"""Organizations in the menu; `/organizations` lists all of them."""
NAME_OF_PUBLIC = "GitLab.com Public"


class Destination(NamedTuple):
    """An entry of the organization menu."""

    name: str
    path: str
    is_here: bool
    """Whether the page belongs to this organization."""


@dataclass(frozen=True)
class Home:
    """The default organization of the signed-in user."""

    organization: Organization | None
    """None for legacy users, whose own pages do not mention organizations."""


class Frame:
    """Asks only for what a template uses, so that a page without a top bar costs no query."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def home(self) -> Home | None:
        """None for visitors."""
        user = self._request.user
        if not isinstance(user, User):
            return None
        # The default organization counts only while the user belongs to it and it is active.
        first = self.organizations[0] if self.organizations else None
        return Home(first if first and first.pk == user.default_organization_id else None)

    @cached_property
    def organizations(self) -> list[Organization]:
        """The organizations that the user belongs to besides GitLab.com Public: the default one first, then by name; at
        most `MOST_LISTED`.
        """
        user = self._request.user
        theirs = self._viewer.organizations - {GITLAB_COM_PUBLIC}
        if not theirs or not isinstance(user, User):
            return []
        active = Organization.objects.filter(pk__in=theirs, state=Organization.State.ACTIVE)
        is_first = Q(pk=user.default_organization_id)
        return list(active.alias(is_first=is_first).order_by("-is_first", "name", "pk")[:MOST_LISTED])

    @property
    def place(self) -> str:
        """The name of the organization that the page belongs to, else of the user's default organization."""
        inside = self.organization or (self.home.organization if self.home else None)
        return inside.name if inside else NAME_OF_PUBLIC

    @property
    def destinations(self) -> list[Destination]:
        """The entries of the organization menu. GitLab.com Public has pages of its own only for users whose default
        organization it is; for others `/organizations` says how to get there.
        """
        here = self.organization
        listed = [
            Destination(each.name, org_scoped(each.path, settings.FIRST_PAGE_OF_ORGANIZATION), each == here)
            for each in self.organizations
        ]
        is_home = self.home is not None and self.home.organization is None
        public = Destination(NAME_OF_PUBLIC, "/" if is_home else "/organizations", is_home and not here)
        return [public, *listed] if is_home else [*listed, public]

    @property
    def sign_in(self) -> str:
        """The path to sign in at, which leads back to this page."""
        path = self._request.path
        return SIGN_IN_PATH if path == "/" or path.startswith("/users/") else sign_in_location(self._request)

    @cached_property
    def organization(self) -> Organization | None:
        """The organization that the page belongs to, for those who belong to it. None on pages of GitLab.com Public,
        and for people of other organizations: what is public in one does not tell which one it is.
        """
        owner = self._owner
        if owner in (None, GITLAB_COM_PUBLIC) or self.home is None:
            return None
        if not self._viewer.belongs_to(owner):
            return None
        listed = next((each for each in self.organizations if each.pk == owner), None)
        return listed or Organization.objects.filter(pk=owner).first()

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether the page belongs to another organization than the person's default one."""
        if self._owner is None or self.home is None:
            return False
        return self._owner != (self.home.organization.pk if self.home.organization else GITLAB_COM_PUBLIC)

    @property
    def is_org_scoped(self) -> bool:
        """Whether the page shows what is in one organization, below the organization's path."""
        return self._request.path.startswith("/organizations/")

    @cached_property
    def _viewer(self) -> Viewer:
        return viewer_of(self._request.user, looking=True)

    @property
    def _owner(self) -> int | None:
        details = getattr(self._request, "pod", None)
        answer = details.answer if details else None
        return answer.organization_id if answer else None


_frames: list[type[Frame]] = [Frame]


def framed_by(frame: type[Frame]) -> None:
    """Use this class from now on."""
    _frames[:] = [frame]


def frame(request: HttpRequest) -> Mapping[str, Any]:
    """For templates: `frame`, and what operators have to say above every page."""
    return {"frame": _frames[0](request), "maintenance_message": in_force().maintenance_message}
