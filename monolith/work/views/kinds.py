"""Issues and merge requests as their pages have them: names, addresses, and one of them by its number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.work.forms import IssueForm, MergeRequestForm, WorkForm
from monolith.work.models import Issue, MergeRequest
from monolith.work.waiting import issuables_of
from users.models import User

IID = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Kind:
    """Issues or merge requests: their names in texts and URLs, and the level needed to open one."""

    model: type[Issue] | type[MergeRequest]
    form: type[WorkForm]
    name: str
    plural: str
    segment: str
    """In URLs, after `/-/`."""
    sign: str
    opened_at: Level

    @property
    def slug(self) -> str:
        """The name of one in the names of URLs."""
        return self.name.replace(" ", "-")


ISSUES = Kind(Issue, IssueForm, "issue", "Issues", "issues", "#", Level.REPORT)
MERGE_REQUESTS = Kind(
    MergeRequest, MergeRequestForm, "merge request", "Merge requests", "merge_requests", "!", Level.WORK
)


def found_at(place: Place[Project], kind: Kind, iid: str) -> Any:
    """The one of this number in the project, as far as the viewer may see it. Raises `Http404`."""
    number = int(iid) if IID.fullmatch(iid) else 0
    issuable = issuables_of(place, kind.model).filter(iid=number).first()
    if issuable is None:
        raise Http404(f"no such {kind.name}")
    return issuable


def address_of(project: Project, kind: Kind, iid: int) -> str:
    """The path of its page."""
    return f"/{project.full_path}/-/{kind.segment}/{iid}"


def person(request: HttpRequest) -> User:
    """The user who asks, on a page whose level admits no visitors."""
    assert isinstance(request.user, User) or request.user.is_authenticated  # noqa: S101  the level says so
    return request.user
