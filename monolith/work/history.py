"""The history of an issue or a merge request: who closed, reopened, renamed and assigned it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monolith.work.models import TARGET, HistoryLine, Issue, MergeRequest

Kind = HistoryLine.Kind


@dataclass(frozen=True)
class Before:
    """What history tells of, as it was."""

    title: str
    state: str
    assignee_id: int | None

    @classmethod
    def of(cls, issuable: Issue | MergeRequest) -> Before:
        """Return what it is now."""
        return cls(issuable.title, issuable.state, issuable.assignee_id)


def record(issuable: Issue | MergeRequest, before: Before, actor_id: int) -> None:
    """Write a line for each thing that differs from before, in the transaction that changed it."""
    about: dict[str, Any] = {TARGET[type(issuable)]: issuable, "organization_id": issuable.organization_id}
    for fields in _differences(before, issuable):
        HistoryLine.objects.create(**about, actor_id=actor_id, **fields)


def _differences(before: Before, now: Issue | MergeRequest) -> Iterator[dict[str, Any]]:
    if now.title != before.title:
        yield {"kind": Kind.RENAMED, "before": before.title, "after": now.title}
    if now.assignee_id != before.assignee_id:
        if now.assignee_id is None:
            yield {"kind": Kind.UNASSIGNED, "user_id": before.assignee_id}
        else:
            yield {"kind": Kind.ASSIGNED, "user_id": now.assignee_id}
    if now.state != before.state:
        yield {"kind": Kind.CLOSED if now.state == Issue.State.CLOSED else Kind.REOPENED}
