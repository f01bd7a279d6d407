"""Open and change issues and merge requests, comment on them, and tell whom they wait for.

Everything is in one transaction of `main`: the number within the project, the
row, the assignee's to-do item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Manager, Q
from django.http import Http404
from django.utils import timezone

from monolith.namespaces.creation import hold
from monolith.namespaces.models import Project
from monolith.work.history import Before, record
from monolith.work.mentions import mentioned
from monolith.work.models import TARGET, Issue, Label, LabelLink, MergeRequest, Note, Subscription, Todo
from routing.claims import NamespaceGone
from schemas.keeping import OrganizationChanged
from users.models import User

Issuable = TypeVar("Issuable", bound=Issue | MergeRequest)
LAST = {Issue: "last_issue", MergeRequest: "last_merge_request"}
"""The column of projects with the highest number that was ever given."""


def open_issuable(
    model: type[Issuable], project: Project, author: User, *, labels: Collection[Label] = (), **fields: Any
) -> Issuable:
    """A new issue or merge request with the next number of its project; raises `Http404` when that is gone."""
    with transaction.atomic(using="main"):
        held = _held_project(project)
        manager: Manager[Any] = model._default_manager
        number: int = getattr(held, LAST[model]) + 1
        issuable: Issuable = manager.create(
            organization_id=project.organization_id, project=project, author_id=author.pk, iid=number, **fields
        )
        if labels:
            _label(issuable, labels)
        _give(issuable, author)
        _tell_mentioned(issuable, author, issuable.description)
    return issuable


def change(issuable: Issuable, by: User, *, labels: Iterable[Label] | None = None, **fields: Any) -> None:
    """Write these fields. A new assignee gets a to-do item; closing ends all to-do items about it.

    Raises `Http404` when it is gone.
    """
    with transaction.atomic(using="main"):
        held = _held(issuable)
        before, description = Before.of(held), held.description
        fields |= _ending(held, by, fields.get("state", held.state)) | {"updated_at": timezone.now()}
        for name, value in fields.items():
            setattr(held, name, value)
        held.save(update_fields=list(fields))
        if labels is not None:
            _label(held, labels)
        if held.state == Issue.State.CLOSED:
            _todos_about(held).filter(state=Todo.State.PENDING).update(state=Todo.State.DONE)
        elif held.assignee_id != before.assignee_id:
            _give(held, by)
        record(held, before, by.pk)
        _tell_mentioned(held, by, held.description, description)


def delete_issuable(project: Project, issuable: Issue | MergeRequest) -> None:
    """Delete an issue or merge request with its comments and to-do items; its number is never reused.

    Raises `Http404` when it is gone.
    """
    with transaction.atomic(using="main"):
        # Locked first, in the same order as when a project is deleted, to avoid a deadlock.
        _held_project(project)
        _held(issuable).delete()


def comment(issuable: Issue | MergeRequest, author: User, text: str, **in_thread: Any) -> Note:
    """A new comment; raises `Http404` when what it is about is gone.

    With `begins_thread`, others may answer it; `answers` is the first comment of the thread that this one is in.
    """
    with transaction.atomic(using="main"):
        held = _held(issuable)
        about = {TARGET[type(held)]: held, **in_thread}
        _tell_mentioned(held, author, text)
        return Note.objects.create(organization_id=held.organization_id, author_id=author.pk, text=text, **about)


def change_comment(note: Note, text: str, by: User) -> None:
    """Write another text; raises `Http404` when the comment is gone."""
    before, note.text, note.updated_at = note.text, text, timezone.now()
    with transaction.atomic(using="main"):
        if not Note.objects.filter(pk=note.pk).update(text=text, updated_at=note.updated_at):
            raise Http404("it is gone")
        _tell_mentioned(_held(note.about), by, text, before)


def delete_comment(note: Note) -> None:
    """Delete a comment with its answers; deleting it again changes nothing."""
    Note.objects.filter(Q(pk=note.pk) | Q(answers=note.pk)).delete()


def remind(issuable: Issuable, user: User) -> Todo:
    """Return a user's own reminder, the pending one if they have it. Raises `Http404` when the issue is gone."""
    with transaction.atomic(using="main"):
        held = _held(issuable)
        pending = _todos_about(held).filter(user_id=user.pk, state=Todo.State.PENDING).first()
        return pending or _todo(held, user.pk)


def mark(organization_id: int, user_id: int, todo_id: int, state: str = Todo.State.DONE) -> None:
    """Mark a user's to-do item as done, or pending; raises `Http404` when they have none with this id. Repeating it
    changes nothing.
    """
    found = Todo.objects.filter(pk=todo_id, organization_id=organization_id, user_id=user_id)
    if not found.update(state=state):
        raise Http404("no such todo")


def mark_all_done(organization_id: int, user_id: int) -> None:
    """Mark all pending to-do items of a user in one organization as done."""
    mine = Todo.objects.filter(organization_id=organization_id, user_id=user_id, state=Todo.State.PENDING)
    mine.update(state=Todo.State.DONE)


def subscribe(issuable: Issue | MergeRequest, user: User, *, subscribed: bool) -> bool:
    """Subscribe a user to it, or unsubscribe them. Return whether that changed something. Raises `Http404` when it is
    gone.
    """
    with transaction.atomic(using="main"):
        held = _held(issuable)
        if is_subscribed(held, user.pk) == subscribed:
            return False
        mine: dict[str, Any] = {TARGET[type(held)]: held, "user_id": user.pk}
        Subscription.objects.update_or_create(
            **mine,
            defaults={"organization_id": held.organization_id, "subscribed": subscribed},
        )
    return True


def is_subscribed(issuable: Issue | MergeRequest, user_id: int) -> bool:
    """Whether a user is subscribed: as they chose, else if it is theirs or they commented on it, as in GitLab."""
    said = issuable.subscriptions.filter(user_id=user_id).values_list("subscribed", flat=True).first()
    if said is not None:
        return said
    return user_id in {issuable.author_id, issuable.assignee_id} or issuable.notes.filter(author_id=user_id).exists()


def _label(issuable: Issue | MergeRequest, labels: Iterable[Label]) -> None:
    """Give it these labels and no others."""
    wanted = {label.pk for label in labels}
    links, about = issuable.label_links, {TARGET[type(issuable)]: issuable}
    present = set(links.values_list("label_id", flat=True))
    if present - wanted:
        links.filter(label_id__in=present - wanted).delete()
    LabelLink.objects.bulk_create(
        LabelLink(organization_id=issuable.organization_id, label_id=each, **about) for each in sorted(wanted - present)
    )


def _ending(held: Issue | MergeRequest, by: User, state: str) -> dict[str, Any]:
    """Who ended it and when, if its state changes."""
    if state == held.state:
        return {}
    if state == Issue.State.CLOSED:
        return {"closed_at": timezone.now(), "closed_by_id": by.pk}
    return {"closed_at": None, "closed_by_id": None}


def _held_project(project: Project) -> Project:
    """The row as it is now, locked until the transaction's end."""
    try:
        return hold(project)
    except NamespaceGone as error:
        raise Http404("the project is gone") from error


def _held(issuable: Issuable) -> Issuable:
    """The row as it is now, locked until the transaction's end."""
    manager: Manager[Any] = type(issuable)._default_manager
    held: Issuable | None = manager.select_for_update(no_key=True).filter(pk=issuable.pk).first()
    if held is None:
        raise Http404("it is gone")
    if held.organization_id != issuable.organization_id:
        raise OrganizationChanged(f"{issuable} was transferred to another organization in the meantime")
    return held


def _give(issuable: Issue | MergeRequest, by: User) -> None:
    """Create a to-do item for the assignee, unless they assigned it themselves or already have one."""
    assignee = issuable.assignee_id
    if assignee is None or assignee == by.pk:
        return
    _tell(issuable, assignee)


def _tell_mentioned(issuable: Issue | MergeRequest, by: User, text: str, before: str = "") -> None:
    """Create a to-do item for each person whom a text mentions and `before` did not, and who may read it."""
    for user_id in mentioned(issuable, by, text, before):
        _tell(issuable, user_id)


def _tell(issuable: Issue | MergeRequest, user_id: int) -> None:
    """Create a to-do item, unless the person has a pending one about it."""
    if not _todos_about(issuable).filter(user_id=user_id, state=Todo.State.PENDING).exists():
        _todo(issuable, user_id)


def _todo(about: Issue | MergeRequest, user_id: int) -> Todo:
    return Todo.objects.create(organization_id=about.organization_id, user_id=user_id, **{TARGET[type(about)]: about})


def _todos_about(issuable: Issue | MergeRequest) -> Any:
    return Todo.objects.filter(**{TARGET[type(issuable)]: issuable})
