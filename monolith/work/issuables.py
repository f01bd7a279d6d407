"""Open and change issues and merge requests, comment on them, and tell whom they wait for.

Everything is in one transaction of `main`: the number within the project, the
row, the assignee's to-do item.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Manager
from django.http import Http404

from monolith.namespaces.creation import hold
from monolith.namespaces.models import Project
from monolith.work.mentions import mentioned
from monolith.work.models import TARGET, Issue, MergeRequest, Note, Todo
from routing.claims import NamespaceGone
from schemas.keeping import OrganizationChanged
from users.models import User

Issuable = TypeVar("Issuable", bound=Issue | MergeRequest)
LAST = {Issue: "last_issue", MergeRequest: "last_merge_request"}
"""The column of projects with the highest number that was ever given."""


def open_issuable(model: type[Issuable], project: Project, author: User, **fields: Any) -> Issuable:
    """A new issue or merge request with the next number of its project; raises `Http404` when that is gone."""
    with transaction.atomic(using="main"):
        held = _held_project(project)
        manager: Manager[Any] = model._default_manager
        number: int = getattr(held, LAST[model]) + 1
        issuable: Issuable = manager.create(
            organization_id=project.organization_id, project=project, author_id=author.pk, iid=number, **fields
        )
        _give(issuable, author)
        _tell_mentioned(issuable, author, issuable.description)
    return issuable


def change(issuable: Issuable, by: User, **fields: Any) -> None:
    """Write these fields. A new assignee gets a to-do item; closing ends all to-do items about it.

    Raises `Http404` when it is gone.
    """
    with transaction.atomic(using="main"):
        held = _held(issuable)
        before, description = held.assignee_id, held.description
        for name, value in fields.items():
            setattr(held, name, value)
        held.save(update_fields=list(fields))
        if held.state == Issue.State.CLOSED:
            _todos_about(held).filter(state=Todo.State.PENDING).update(state=Todo.State.DONE)
        elif held.assignee_id != before:
            _give(held, by)
        _tell_mentioned(held, by, held.description, description)


def delete_issuable(project: Project, issuable: Issue | MergeRequest) -> None:
    """Delete an issue or merge request with its comments and to-do items; its number is never reused.

    Raises `Http404` when it is gone.
    """
    with transaction.atomic(using="main"):
        # Locked first, in the same order as when a project is deleted, to avoid a deadlock.
        _held_project(project)
        _held(issuable).delete()


def comment(issuable: Issue | MergeRequest, author: User, text: str) -> Note:
    """A new comment; raises `Http404` when what it is about is gone."""
    with transaction.atomic(using="main"):
        held = _held(issuable)
        about = {TARGET[type(held)]: held}
        _tell_mentioned(held, author, text)
        return Note.objects.create(organization_id=held.organization_id, author_id=author.pk, text=text, **about)


def change_comment(note: Note, text: str, by: User) -> None:
    """Write another text; raises `Http404` when the comment is gone."""
    with transaction.atomic(using="main"):
        if not Note.objects.filter(pk=note.pk).update(text=text):
            raise Http404("it is gone")
        _tell_mentioned(_held(note.about), by, text, note.text)
    note.text = text


def delete_comment(note: Note) -> None:
    """Delete a comment; deleting it again changes nothing."""
    Note.objects.filter(pk=note.pk).delete()


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
