"""What stands around the content of a page: whose counts the top bar shows, and whose page this is.

The seed: in another organization "their TODO counter will not include their
normal todos". Here it does: the browser asks the person's default organization
through the router, whatever page it is on, and no pod reads another's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from admin_settings.in_force import in_force
from monolith.sections import Section, global_sections, sections_of
from monolith.work.dashboards import counts_path
from organizations.default_organization import default_organization_of
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import GLOBAL_PAGES, org_scoped
from users.models import User

COUNTED = ("issues", "merge_requests", "todos")


@dataclass(frozen=True)
class Home:
    """Where somebody's counts come from."""

    organization: Organization | None
    """None for legacy users, who are not told of organizations at home."""

    @property
    def counts(self) -> str:
        """The path that answers with the counts as JSON."""
        return counts_path(self.organization)

    @property
    def lists(self) -> dict[str, str]:
        """The path of each list that is counted, by its name."""
        return {name: _address(self.organization, name) for name in COUNTED}


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
        return Home(default_organization_of(user))

    @cached_property
    def organization(self) -> Organization | None:
        """The organization that the page belongs to, for those who belong to it. None on pages of GitLab.com Public,
        and for people of other organizations: what is public in one does not tell which one it is.
        """
        owner = self._owner
        if owner in (None, GITLAB_COM_PUBLIC) or self.home is None:
            return None
        return Organization.objects.filter(pk=owner).first() if self._viewer.belongs_to(owner) else None

    @cached_property
    def sections(self) -> list[Section]:
        """The other pages of the organization whose page this is, or of GitLab.com Public for those at home there."""
        if self.is_org_scoped and self.organization:
            return sections_of(self.organization, self._viewer, self._request.path)
        return global_sections(self._request.path) if self.home and not self.home.organization else []

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether the counts in the top bar are of another organization than the page's."""
        if self._owner is None or self.home is None:
            return False
        return self._owner != (self.home.organization.pk if self.home.organization else GITLAB_COM_PUBLIC)

    @property
    def is_org_scoped(self) -> bool:
        """Whether the page shows what is in one organization, below the organization's path."""
        return self._request.path.startswith("/organizations/")

    @cached_property
    def _viewer(self) -> Viewer:
        return viewer_of(self._request.user)

    @property
    def _owner(self) -> int | None:
        details = getattr(self._request, "pod", None)
        answer = details.answer if details else None
        return answer.organization_id if answer else None


def frame(request: HttpRequest) -> Mapping[str, Any]:
    """For templates: `frame`, and what operators have to say above every page."""
    return {"frame": Frame(request), "maintenance_message": in_force().maintenance_message}


def _address(organization: Organization | None, page: str) -> str:
    return org_scoped(organization.path, page) if organization else GLOBAL_PAGES[page]
