"""Look for what is in one organization: projects, groups, issues, merge requests and people that the viewer may see.

Every page, suggestion and list of the API that searches asks the functions here. Each takes away what the viewer may
not see before it takes the first rows, so that nothing unseen shows in results, their number or their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from admin_settings.in_force import in_force
from monolith.namespaces.grams import containing, may_contain
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.seen import Seen, namespaces_in, projects_in
from monolith.work.models import Issue, MergeRequest
from monolith.work.search_backend import found_by_backend
from monolith.work.waiting import issuables_in
from monolith.work.words import NOBODYS, with_words
from organizations.members.found import members_found
from organizations.scope import Scope

LONGEST_WORDS = 200
MOST_RARE = 1000
MOST_OF_EACH = 5
"""Rows of each kind where all kinds are shown together."""
LONGEST_FACT = 120
ADDRESSES = {Issue: ("issues", "#"), MergeRequest: ("merge_requests", "!")}
"""In a project: the segment of their addresses, and the sign before their numbers."""

Entity = TypeVar("Entity", Namespace, Project)
Find = Callable[[Scope, str, int], "Iterable[Hit]"]
"""Returns so many hits at most, the first ones of those that the viewer may see."""
# Neither PostgreSQL nor a person can have meant them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class WordsInvalid(ValueError):
    """Nothing can be looked for by this text; the message says why."""


class Hit(NamedTuple):
    """Something that was found, as lists show it."""

    title: str
    path: str
    fact: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of what is found."""

    name: str
    """In addresses."""
    title: str
    find: Find


@dataclass(frozen=True)
class Found:
    """The first hits of one kind."""

    kind: Kind
    hits: list[Hit]
    is_more: bool
    address: str
    """The page that shows more of them."""


def words_of(text: str) -> str:
    """Return the words of a text that a user typed. Raises `WordsInvalid` when it is too long."""
    words = _CONTROL.sub(" ", text).strip()
    if len(words) > LONGEST_WORDS:
        raise WordsInvalid(f"Search for at most {LONGEST_WORDS} characters. You entered {len(words)}.")
    return words


def found_in(scope: Scope, words: str, kinds: Iterable[Kind], most: int) -> Iterator[Found]:
    """Yield at most `most` hits of each kind that has some. Raises `SearchUnavailable`."""
    for kind in kinds:
        hits = list(kind.find(scope, words, most + 1)) if words else []
        if hits:
            yield Found(kind, hits[:most], len(hits) > most, address_of(scope, words, kind))


def address_of(scope: Scope, words: str, kind: Kind | None = None) -> str:
    """Return the path of the page of results."""
    query = {"search": words} | ({"kind": kind.name} if kind else {})
    return f"{scope.address('search')}?{urlencode(query)}"


def hit_of(found: Project | Namespace | Issue | MergeRequest) -> Hit:
    """Return what lists show of something; an issue or merge request has its project with it."""
    if isinstance(found, Project):
        return Hit(found.full_path, f"/{found.full_path}", _short(found.description), found.visibility)
    if isinstance(found, Namespace):
        name = "" if found.name == found.path else found.name
        return Hit(found.full_path, f"/{found.full_path}", name, found.visibility)
    path = found.project.full_path
    segment, sign = ADDRESSES[type(found)]
    return Hit(found.title, f"/{path}/-/{segment}/{found.iid}", f"{path}{sign}{found.iid}", found.state)


def _projects(scope: Scope, words: str, most: int) -> Iterator[Hit]:
    return map(hit_of, projects_found(scope, words, most))


def projects_found(scope: Scope, words: str, most: int) -> list[Project]:
    """Return the projects whose names or paths have the words; by the search backend of the settings, best first, where
    there is one. Raises `SearchUnavailable`.
    """
    seen = projects_in(scope.viewer, scope.organization_id)
    if in_force().search_address:
        best_first = found_by_backend(words, scope.organization_id)
        known = {project.pk: project for project in seen.rows.filter(pk__in=best_first or NOBODYS)}
        return [known[pk] for pk in best_first if pk in known][:most]
    return list(_named(seen, Project.objects.all(), words.split(), scope.organization_id, most))


def _groups(scope: Scope, words: str, most: int) -> Iterator[Hit]:
    is_group = Q(kind=Namespace.Kind.GROUP)
    seen = namespaces_in(scope.viewer, scope.organization_id).filter(is_group)
    rows = Namespace.objects.filter(is_group)
    return map(hit_of, _named(seen, rows, words.split(), scope.organization_id, most))


def _named(
    seen: Seen[Entity], rows: QuerySet[Entity], words: list[str], organization_id: int, most: int
) -> QuerySet[Entity]:
    """Return the first of these rows whose names or paths contain the words.

    Of rare words, all rows that may contain them are looked at. Frequent words are found soon in the order of the
    list.
    """
    seen = seen.filter(containing(words))
    if may := may_contain(words, organization_id):
        ids = list(rows.filter(may, organization_id=organization_id).values_list("pk", flat=True)[: MOST_RARE + 1])
        if len(ids) <= MOST_RARE:
            return seen.rows.filter(pk__in=ids or NOBODYS).order_by(Lower("full_path"))[:most]
    return seen.first(most)


def _issuables(model: type[Issue | MergeRequest]) -> Find:
    def find(scope: Scope, words: str, most: int) -> Iterator[Hit]:
        seen: QuerySet[Any] = issuables_in(scope.viewer, scope.organization_id, model)
        return map(hit_of, with_words(seen, words, scope.organization_id).order_by("-pk")[:most])

    return find


def _people(scope: Scope, words: str, most: int) -> Iterator[Hit]:
    """Those who belong to the organization, for those who do; nobody can list the people of GitLab.com Public."""
    if scope.organization is None or not scope.viewer.belongs_to(scope.organization_id):
        return
    for member in members_found(scope.organization_id, words)[:most]:
        name = member.user.username
        yield Hit(name, f"{scope.address('members')}?{urlencode({'search': name})}", member.user.name)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT - 1]}…"


KINDS = (
    Kind("projects", "Projects", _projects),
    Kind("groups", "Groups", _groups),
    Kind("issues", "Issues", _issuables(Issue)),
    Kind("merge_requests", "Merge requests", _issuables(MergeRequest)),
    Kind("people", "People", _people),
)
