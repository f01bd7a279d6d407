"""What this application adds around its pages: the counts in the top bar, and links to an organization's other pages.

The seed: in another organization "their TODO counter will not include their
normal todos". Here it does: the browser asks the person's default organization
through the router, whatever page it is on, and no pod reads another's data.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from monolith.namespaces.policy import may_make_groups_in
from monolith.sections import Section, global_sections, sections_of
from monolith.work.dashboards import counts_path
from monolith.work.views import everywhere
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import global_pages, org_scoped
from pods.frame import Frame

COUNTED = ("issues", "merge_requests", "todos")


class Creation(NamedTuple):
    """An entry of the menu "New"."""

    title: str
    path: str


class SearchBox(NamedTuple):
    """The box in the top bar, which looks in one organization."""

    name: str
    address: str
    """Of the page of results."""
    suggestions: str
    """The path that answers with suggestions while the user types."""
    everywhere: str
    """The page that searches all organizations of a user who belongs to several; empty for other users."""


class WorkFrame(Frame):
    """The frame of pages, with the person's counts and sections; `home` is there when they are asked for."""

    @property
    def counts(self) -> str:
        """The path that answers with the person's counts as JSON."""
        return counts_path(self._home)

    @property
    def lists(self) -> dict[str, str]:
        """The path of each list that is counted, by its name."""
        return {name: _address(self._home, name) for name in COUNTED}

    @cached_property
    def sections(self) -> list[Section]:
        """The other pages of the organization whose page this is, or of GitLab.com Public for its own users."""
        if self.is_org_scoped and self.organization:
            return sections_of(self.organization, self._viewer, self._request.path)
        return global_sections(self._request.path) if self.home and not self.home.organization else []

    @property
    def search(self) -> SearchBox:
        """The box that looks in the organization whose page this is, else in the default organization."""
        inside = self.organization or self._home
        address = _address(inside, "search")
        is_in_several = len(self.organizations) + (self._home is None) > 1
        return SearchBox(self.place, address, f"{address}/suggestions.json", everywhere.PATH if is_in_several else "")

    @property
    def creations(self) -> list[Creation]:
        """The entries of the menu "New": in the organization whose page this is, else in the default organization."""
        inside = self.organization or self._home
        issue = Creation("New issue", _address(inside, "issues/new"))
        if not may_make_groups_in(self._viewer, inside.pk if inside else GITLAB_COM_PUBLIC):
            # Guests open issues.
            return [issue]
        return [
            Creation("New project", _address(inside, "projects/new")),
            Creation("New group", _address(inside, "groups/new")),
            issue,
        ]

    @property
    def _home(self) -> Organization | None:
        return self.home.organization if self.home else None


def _address(organization: Organization | None, page: str) -> str:
    return org_scoped(organization.path, page) if organization else global_pages()[page]
