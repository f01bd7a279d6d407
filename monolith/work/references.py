"""What the references in the Markdown of a page lead to: a link only to what the reader may see.

All texts of a page are looked up together, in as many queries for a hundred references as for one. What does not exist
and what the reader may not see are the same text without a link. Nothing of another organization is looked up: no page
shows data of two, and what a reference leads to must not depend on which pod has whom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe

from monolith.markdown.parsing import Pieces, parse
from monolith.markdown.tokens import Reference
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level, family_of
from monolith.namespaces.visibility import visible_namespaces
from monolith.work.models import Issue, MergeRequest
from monolith.work.waiting import issuables_in
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC
from users.models import User

MOST_FORMATTED = 100_000
"""Characters of a page; its further texts are shown as they were typed."""
MOST_REFERENCES = 200
"""Of a page; further ones are no links."""
SEGMENTS: dict[str, tuple[type[Issue] | type[MergeRequest], str]] = {
    "#": (Issue, "issues"),
    "!": (MergeRequest, "merge_requests"),
}


class Target(NamedTuple):
    """Where a reference leads."""

    address: str
    title: str = ""


Targets = Mapping[Reference, Target]


def formatted(
    texts: Sequence[str], place: Place[Project] | Place[Namespace], shown: Iterable[User] = ()
) -> list[SafeString]:
    """Return the HTML of each text, in which `place` is where it stands; `shown` are people whom the page names."""
    left = MOST_FORMATTED
    parsed: list[Pieces] = []
    for text in texts:
        left -= len(text)
        parsed.append(parse(text) if left >= 0 else (linebreaks(text, autoescape=True),))
    named = (piece for pieces in parsed for piece in pieces if isinstance(piece, Reference))
    targets = _Lookup(place, {user.username.lower(): user for user in shown}).targets([*dict.fromkeys(named)])
    return [_joined(pieces, targets) for pieces in parsed]


def _joined(pieces: Pieces, targets: Targets) -> SafeString:
    parts = (_link(each, targets.get(each)) if isinstance(each, Reference) else each for each in pieces)
    return mark_safe("".join(parts))  # noqa: S308  sanitized by `parse`


def _link(reference: Reference, target: Target | None) -> str:
    if target is None:
        return format_html("{}", reference.text)
    if not target.title:
        return format_html('<a href="{}">{}</a>', target.address, reference.text)
    return format_html('<a href="{}" title="{}">{}</a>', target.address, target.title, reference.text)


@dataclass(frozen=True)
class _Lookup:
    """What the references of one page lead to."""

    place: Place[Project] | Place[Namespace]
    shown: Mapping[str, User] = field(default_factory=dict)
    """People whom the page names anyway, by the key of their name."""

    def targets(self, references: Sequence[Reference]) -> dict[Reference, Target]:
        """Return where each one leads that leads anywhere."""
        found: dict[Reference, Target] = {}
        of_sign: defaultdict[str, list[Reference]] = defaultdict(list)
        for reference in references[:MOST_REFERENCES]:
            of_sign[reference.sign].append(reference)
        for sign in SEGMENTS:
            found |= self._issuables(sign, of_sign[sign])
        return found | self._names(of_sign["@"])

    def _issuables(self, sign: str, references: Sequence[Reference]) -> dict[Reference, Target]:
        """Those to issues or merge requests of the organization, in one query."""
        keys = {each: (self._project_of(each), each.number) for each in references}
        numbers: defaultdict[str, set[int]] = defaultdict(set)
        for project, number in keys.values():
            numbers[project].add(number)
        numbers.pop("", None)
        if not numbers:
            return {}
        model, segment = SEGMENTS[sign]
        organization_id = self.place.entity.organization_id
        rows = issuables_in(self.place.viewer, organization_id, model).alias(key=Lower("project__full_path"))
        wanted = (Q(key=project, iid__in=of_project) for project, of_project in numbers.items())
        seen = {
            (row.project.full_path.lower(), row.iid): Target(
                f"/{row.project.full_path}/-/{segment}/{row.iid}", f"{row.title} ({row.state})"
            )
            # The paths once more by themselves, so that PostgreSQL begins with the projects.
            for row in rows.filter(reduce(or_, wanted), key__in=[*numbers], project__organization_id=organization_id)
        }
        return {each: seen[key] for each, key in keys.items() if key in seen}

    def _project_of(self, reference: Reference) -> str:
        if reference.path:
            return reference.path.lower()
        return self.place.entity.full_path.lower() if isinstance(self.place.entity, Project) else ""

    def _names(self, references: Sequence[Reference]) -> dict[Reference, Target]:
        """Those to groups and users' namespaces that the reader sees, and to people whom the reader can see listed."""
        names = {each.path.lower() for each in references}
        if not names:
            return {}
        seen = visible_namespaces(self.place.viewer).alias(key=Lower("full_path"))
        seen = seen.filter(key__in=names, organization_id=self.place.entity.organization_id)
        targets = {each.full_path.lower(): Target(f"/{each.full_path}", each.name) for each in seen}
        people = User.objects.alias(key=Lower("username")).filter(key__in=names, is_active=True)
        found = {user.pk: user for user in people}
        listed = self._listed(found)
        for user in found.values():
            if user.pk in listed or user.username.lower() in self.shown:
                targets[user.username.lower()] = Target(f"/{user.username}")
        return {each: targets[each.path.lower()] for each in references if each.path.lower() in targets}

    def _listed(self, ids: Collection[int]) -> set[int]:
        """Which of these people the reader can see in a list: members of what the page is about, and colleagues."""
        place, organization_id = self.place, self.place.entity.organization_id
        listed: set[int] = set()
        if place.level >= Level.REPORT:
            groups = NamespaceMember.objects.filter(namespace__in=family_of(place.entity), user_id__in=ids)
            listed |= set(groups.values_list("user_id", flat=True))
            if isinstance(place.entity, Project):
                members = ProjectMember.objects.filter(project=place.entity, user_id__in=ids)
                listed |= set(members.values_list("user_id", flat=True))
        if organization_id != GITLAB_COM_PUBLIC and place.viewer.belongs_to(organization_id):
            colleagues = Membership.objects.filter(organization_id=organization_id, user_id__in=ids)
            listed |= set(colleagues.values_list("user_id", flat=True))
        return listed
