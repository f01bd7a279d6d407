"""The comments and changes of an issue or a merge request, in the order in which they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.work.models import HistoryLine, Issue, MergeRequest, Note
from monolith.work.policy import may_write

MOST_SHOWN = 200
"""Comments; and lines of history."""


@dataclass(frozen=True)
class Entry:
    """A comment or a line of history."""

    at: datetime
    note: Note | None = None
    line: HistoryLine | None = None
    is_theirs: bool = False
    """Whether the viewer may change and delete the comment."""

    @property
    def markdown(self) -> str:
        """The text of a comment."""
        return self.note.text if self.note else ""

    @property
    def people(self) -> tuple[int | None, ...]:
        """The ids of those whom it names."""
        if self.line:
            return self.line.actor_id, self.line.user_id
        return (self.note.author_id,) if self.note else ()


def entries(issuable: Issue | MergeRequest, place: Place[Project]) -> list[Entry]:
    """Return the first comments and lines, the oldest first."""
    notes = issuable.notes.order_by("pk")[:MOST_SHOWN]
    lines = issuable.history.order_by("pk")[:MOST_SHOWN]
    found = [
        *(Entry(note.created_at, note=note, is_theirs=may_write(place, note)) for note in notes),
        *(Entry(line.created_at, line=line) for line in lines),
    ]
    return sorted(found, key=lambda entry: entry.at)
