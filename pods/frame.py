"""What stands around the content of a page: who looks, and whose page this is.

An application that shows more around its pages registers a subclass of `Frame`
with `framed_by`, and has a template `pods/base.html` that extends the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from admin_settings.in_force import in_force
from organizations.default_organization import default_organization_of
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from users.models import User


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
        if not isinstance(user, User) and not user.is_authenticated:
            return None
        return Home(default_organization_of(user, self._viewer.organizations))

    @cached_property
    def organization(self) -> Organization | None:
        """The organization that the page belongs to, for those who belong to it. None on pages of GitLab.com Public,
        and for people of other organizations: what is public in one does not tell which one it is.
        """
        owner = self._owner
        if owner in (None, GITLAB_COM_PUBLIC) or self.home is None:
            return None
        if self.home.organization and self.home.organization.pk == owner:
            return self.home.organization
        return Organization.objects.filter(pk=owner).first() if self._viewer.belongs_to(owner) else None

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
