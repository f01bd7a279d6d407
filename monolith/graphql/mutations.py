"""What can be changed: issues, comments and to-do items, by the functions that the pages and the REST API call.

What the caller may not change is refused as in GitLab, like what does not exist. Invalid fields are listed in
`errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

import strawberry
from django.core.exceptions import PermissionDenied
from django.http import Http404
from graphql import GraphQLError
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from monolith.graphql.fields import mutation
from monolith.graphql.gid import NoteableID, NoteID, TodoableID, TodoID, UserID
from monolith.graphql.look import NOT_YOURS, look, signed_in
from monolith.graphql.work import Issue, Note, Todo
from monolith.namespaces.places import CONTENTS, Place, find_project, is_archived
from monolith.namespaces.policy import Level
from monolith.work import models
from monolith.work.api.columns import columns_of
from monolith.work.api.found import found_issuable, refuse_unless_theirs, refuse_unless_writer
from monolith.work.api.inputs import ChangedIssue, NewIssue, NoteText
from monolith.work.issuables import (
    change,
    change_comment,
    comment,
    delete_comment,
    mark,
    mark_all_done,
    open_issuable,
    remind,
)
from monolith.work.waiting import issuables_in, notes_in, todos_of
from users.models import User

MODELS: dict[str, Any] = {"Issue": models.Issue, "MergeRequest": models.MergeRequest}
NAMES = {"assignee_id": "assigneeIds", "state_event": "stateEvent"}
"""What fields are called here that have another name in the REST API."""


@strawberry.enum(description="What happens to an issue.")
class IssueStateEvent(Enum):
    CLOSE = "close"
    REOPEN = "reopen"


@strawberry.input
class _Input:
    client_mutation_id: str | None = strawberry.field(
        default=None, description="A text of your own, which the response repeats."
    )


@strawberry.type
class _Payload:
    client_mutation_id: str | None
    errors: list[str] = strawberry.field(description="What is wrong with what you sent; nothing was saved then.")


@strawberry.input(description="A new issue.")
class CreateIssueInput(_Input):
    project_path: strawberry.ID
    title: str
    description: str | None = strawberry.UNSET
    assignee_ids: list[UserID] | None = strawberry.UNSET
    confidential: bool | None = strawberry.UNSET


@strawberry.input(description="The fields of an issue to change.")
class UpdateIssueInput(_Input):
    project_path: strawberry.ID
    iid: str
    title: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    assignee_ids: list[UserID] | None = strawberry.UNSET
    confidential: bool | None = strawberry.UNSET
    state_event: IssueStateEvent | None = strawberry.UNSET


@strawberry.input(description="A new comment.")
class CreateNoteInput(_Input):
    noteable_id: NoteableID
    body: str


@strawberry.input(description="Another text for a comment.")
class UpdateNoteInput(_Input):
    id: NoteID
    body: str


@strawberry.input(description="The comment to delete.")
class DestroyNoteInput(_Input):
    id: NoteID


@strawberry.input(description="What a new to-do item of yours is about.")
class TodoCreateInput(_Input):
    target_id: TodoableID


@strawberry.input(description="The to-do item.")
class TodoMarkDoneInput(_Input):
    id: TodoID


@strawberry.input(description="The to-do item.")
class TodoRestoreInput(_Input):
    id: TodoID


@strawberry.input(description="Nothing more: all your pending to-do items of this organization.")
class TodosMarkAllDoneInput(_Input):
    pass


@strawberry.type(description="The issue after the change; null when there are errors.")
class IssuePayload(_Payload):
    issue: Issue | None = None


@strawberry.type(description="The comment after the change; null when there are errors, or it was deleted.")
class NotePayload(_Payload):
    note: Note | None = None


@strawberry.type(description="The to-do item after the change.")
class TodoPayload(_Payload):
    todo: Todo | None = None


@strawberry.type(description="The to-do items that were pending.")
class TodosPayload(_Payload):
    todos: list[Todo] = strawberry.field(default_factory=list)


@strawberry.type(description="What you can change. Requires a token with the scope api.")
class Mutation:
    @mutation(description="Opens an issue. An assignee other than you gets a to-do item.")
    def create_issue(self, info: strawberry.Info, input: CreateIssueInput) -> IssuePayload | None:
        def act(person: User) -> dict[str, Any]:
            place = _project(info, input.project_path, Level.REPORT)
            sent = _given(input, "title", "description", "assignee_ids", "confidential")
            fields = columns_of(_read(NewIssue, sent), place)
            return {"issue": open_issuable(models.Issue, place.entity, person, **fields)}

        return _answer(info, IssuePayload, input, act)

    @mutation(description="Changes an issue. Closing it marks all to-do items about it as done.")
    def update_issue(self, info: strawberry.Info, input: UpdateIssueInput) -> IssuePayload | None:
        def act(person: User) -> dict[str, Any]:
            place = _project(info, input.project_path, Level.READ)
            found = found_issuable(place, models.Issue, input.iid)
            refuse_unless_theirs(place, found)
            sent = _given(input, "title", "description", "assignee_ids", "state_event", "confidential")
            fields = columns_of(_read(ChangedIssue, sent), place, found)
            if not fields:
                raise ValidationError("Give at least one field to change.")
            change(found, person, **fields)
            # Users who take a confidential issue from themselves see the result of their change, as in the REST API.
            return {"issue": _found(models.Issue.objects.select_related("project"), found.pk)}

        return _answer(info, IssuePayload, input, act)

    @mutation(description="Comments on an issue or merge request.")
    def create_note(self, info: strawberry.Info, input: CreateNoteInput) -> NotePayload | None:
        def act(person: User) -> dict[str, Any]:
            about = _target(info, input.noteable_id)
            _refuse_below(look(info).place(about.project), Level.REPORT)
            return {"note": comment(about, person, _read(NoteText, {"body": input.body})["body"])}

        return _answer(info, NotePayload, input, act)

    @mutation(description="Replaces the text of a comment: its author and the project's maintainers can.")
    def update_note(self, info: strawberry.Info, input: UpdateNoteInput) -> NotePayload | None:
        def act(person: User) -> dict[str, Any]:
            note = _own_note(info, input.id)
            change_comment(note, _read(NoteText, {"body": input.body})["body"], person)
            return {"note": note}

        return _answer(info, NotePayload, input, act)

    @mutation(description="Deletes a comment: its author and the project's maintainers can.")
    def destroy_note(self, info: strawberry.Info, input: DestroyNoteInput) -> NotePayload | None:
        def act(person: User) -> dict[str, Any]:
            delete_comment(_own_note(info, input.id))
            return {"note": None}

        return _answer(info, NotePayload, input, act)

    @mutation(description="Adds a to-do item for you; returns the pending one if you have it already.")
    def todo_create(self, info: strawberry.Info, input: TodoCreateInput) -> TodoPayload | None:
        def act(person: User) -> dict[str, Any]:
            about = _target(info, input.target_id)
            _refuse_below(look(info).place(about.project), Level.REPORT)
            return {"todo": remind(about, person)}

        return _answer(info, TodoPayload, input, act)

    @mutation(description="Marks one of your to-do items as done; a second time changes nothing.")
    def todo_mark_done(self, info: strawberry.Info, input: TodoMarkDoneInput) -> TodoPayload | None:
        return _answer(info, TodoPayload, input, _marking(info, input.id, models.Todo.State.DONE))

    @mutation(description="Marks one of your to-do items as pending again.")
    def todo_restore(self, info: strawberry.Info, input: TodoRestoreInput) -> TodoPayload | None:
        return _answer(info, TodoPayload, input, _marking(info, input.id, models.Todo.State.PENDING))

    @mutation(description="Marks all your pending to-do items of this organization as done.")
    def todos_mark_all_done(
        self,
        info: strawberry.Info,
        input: TodosMarkAllDoneInput,
    ) -> TodosPayload | None:
        def act(person: User) -> dict[str, Any]:
            mark_all_done(look(info).organization_id, person.pk)
            return {}

        return _answer(info, TodosPayload, input, act)


Payload = TypeVar("Payload", bound=_Payload)


def _answer(
    info: strawberry.Info, payload: type[Payload], given: _Input, act: Callable[[User], dict[str, Any]]
) -> Payload:
    """Return what was changed, or what is wrong. Raises `GraphQLError` for what is absent or not theirs to change."""
    person = signed_in(info)
    try:
        return payload(client_mutation_id=given.client_mutation_id, errors=[], **act(person))
    except ValidationError as error:
        return payload(client_mutation_id=given.client_mutation_id, errors=[*_texts(error.detail)])
    except (Http404, PermissionDenied) as error:
        look(info).missed = True
        raise GraphQLError(NOT_YOURS) from error


def _marking(info: strawberry.Info, number: int, state: str) -> Callable[[User], dict[str, Any]]:
    """What marks one of the person's to-do items."""

    def act(person: User) -> dict[str, Any]:
        here = look(info)
        found = _found(todos_of(here.viewer, here.organization_id), number)
        mark(here.organization_id, person.pk, found.pk, state)
        found.state = state
        return {"todo": found}

    return act


def _texts(detail: Any, field: str = "") -> Iterator[str]:
    """What is wrong, a text for each, with the name of the field."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            yield from _texts(below, NAMES.get(str(name), str(name)))
    elif isinstance(detail, list):
        for each in detail:
            yield from _texts(each, field)
    else:
        yield f"{field}: {detail}" if field else str(detail)


def _given(sent: Any, *names: str) -> dict[str, Any]:
    """The fields that were sent, by the names that the REST API has for them."""
    found = {name: getattr(sent, name) for name in names if getattr(sent, name) is not strawberry.UNSET}
    if isinstance(found.get("state_event"), Enum):
        found["state_event"] = found["state_event"].value
    if "assignee_ids" in found:
        users = found.pop("assignee_ids") or [0]
        if len(users) > 1:
            raise ValidationError({"assignee_id": ["Name one user at most."]})
        found["assignee_id"] = users[0]
    return found


def _read(serializer: type[Serializer[Any]], sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent, by the rules of the REST API. Raises `ValidationError`."""
    read = serializer(data=sent)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _project(info: strawberry.Info, full_path: str, level: Level) -> Place[Any]:
    """The project of a path in this organization. Raises `Http404` and `PermissionDenied`."""
    here = look(info)
    found = here.here(None if "\0" in full_path else find_project(here.viewer, full_path))
    if found is None:
        raise Http404("no such project here, or none for the viewer")
    return _refuse_below(here.place(found), level)


def _refuse_below(place: Place[Any], level: Level) -> Place[Any]:
    if place.level < level:
        raise PermissionDenied(f"{place.level.name} is not {level.name}")
    if level in CONTENTS and is_archived(place.entity):
        raise PermissionDenied("the project is archived")
    return place


def _target(info: strawberry.Info, gid: Any) -> Any:
    """The issue or merge request of a global id. Raises `Http404`."""
    here = look(info)
    name, number = gid
    return _found(issuables_in(here.viewer, here.organization_id, MODELS[name]), number)


def _own_note(info: strawberry.Info, number: int) -> models.Note:
    """The comment of an id, for those who may change it. Raises `Http404` and `PermissionDenied`."""
    here = look(info)
    note: models.Note = _found(notes_in(here.viewer, here.organization_id), number)
    refuse_unless_writer(here.place(note.about.project), note)
    return note


def _found(rows: Any, number: int) -> Any:
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404("none of this id here, or none for the viewer")
    return found
