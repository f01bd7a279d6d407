"""Who is mentioned in a text, by `@name`: a to-do item for each person who may read what the text belongs to.

Everybody is looked for in the same way, whether the person exists, belongs to the organization or neither, so that the
answer takes no longer for one than for another.
"""

from __future__ import annotations

from monolith.markdown.parsing import references_in
from monolith.work.assignees import NOBODY
from monolith.work.models import Issue, MergeRequest
from monolith.work.waiting import issuables_in
from organizations.members.viewer import viewer_of
from users.lookup import named
from users.models import User

MOST_MENTIONS = 20
"""In one text; further ones make no to-do items."""


def mentioned(issuable: Issue | MergeRequest, by: User, text: str, before: str = "") -> list[int]:
    """Return the ids of those whom a text mentions and `before` did not, and who may read it; never its author's."""
    old = {name.lower() for name in _names(before)}
    names = [name for name in _names(text) if name.lower() not in old]
    people = (named(name).first() for name in names[:MOST_MENTIONS])
    found = (person if person and person.is_active else NOBODY for person in people)
    return [person.pk for person in found if _may_read(person, issuable) and person not in {NOBODY, by}]


def _names(text: str) -> list[str]:
    """The names after `@`, each once."""
    return [*dict.fromkeys(each.path for each in references_in(text) if each.sign == "@")]


def _may_read(person: User, issuable: Issue | MergeRequest) -> bool:
    viewer = viewer_of(person)
    rows = issuables_in(viewer, issuable.organization_id, type(issuable))
    seen = rows.filter(pk=issuable.pk).exists()
    return seen and viewer.belongs_to(issuable.organization_id)
