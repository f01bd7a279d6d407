"""The links from one page of an organization to its others; on global pages, those of GitLab.com Public."""

from __future__ import annotations

from typing import NamedTuple

from monolith.namespaces.policy import may_set_up
from organizations.members.viewer import Viewer
from organizations.models import Organization
from organizations.scope import global_pages, org_scoped, page_at

EVERYWHERE = {
    "dashboard": "Dashboard",
    "projects": "Projects",
    "groups": "Groups",
    "issues": "Issues",
    "merge_requests": "Merge requests",
    "todos": "To-do items",
    "explore": "Explore",
}
OF_ORGANIZATIONS = EVERYWHERE | {"members": "Members"}
OF_OWNERS = OF_ORGANIZATIONS | {"settings": "Settings"}


class Section(NamedTuple):
    """One link."""

    title: str
    path: str
    is_here: bool
    """Whether this is the page itself, or one below it."""


def sections_of(organization: Organization, viewer: Viewer, path: str) -> list[Section]:
    """The pages of an organization for those who belong to it, of which `path` is one."""
    titles = OF_OWNERS if may_set_up(viewer, organization.pk) else OF_ORGANIZATIONS
    here = path.partition("/-/")[2].partition("/")[0]
    return [Section(title, org_scoped(organization.path, page), page == here) for page, title in titles.items()]


def global_sections(path: str) -> list[Section]:
    """The pages of GitLab.com Public; none unless `path` is one."""
    here = page_at().get(path, "").partition("/")[0]
    return [Section(title, global_pages()[page], page == here) for page, title in EVERYWHERE.items()] if here else []
