"""The to-do items of the user who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.pages import Choice, Listed, page_of
from monolith.namespaces.api.places import number_of, scope_of
from monolith.namespaces.api.view import ProjectsView
from monolith.work.api.serializers import TodoSerializer
from monolith.work.issuables import mark, mark_all_done
from monolith.work.models import Todo
from monolith.work.waiting import todos_of
from organizations.members.viewer import viewer_of
from organizations.tenancy.presence import present
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE


class Todos(Listed):
    """Which to-do items."""

    state = Choice(
        Todo.State.values, default=Todo.State.PENDING, help_text="The state of the items; pending if not given."
    )


class TodosView(ProjectsView):
    """The to-do items in one organization; in GitLab.com Public at the global address."""

    permission_classes = FOR_PEOPLE

    @takes(Todos, responses=TodoSerializer(many=True))
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List them, newest first."""
        scope = scope_of(request, id)
        rows = todos_of(scope.viewer, scope.organization_id).filter(state=self.asked["state"])
        return page_of(self, rows.order_by("-pk"), _shown)


class TodosDoneView(ProjectsView):
    """All pending to-do items in one organization."""

    permission_classes = FOR_PEOPLE

    @takes(responses={204: None})
    def post(self, request: Request, id: str | None = None) -> Response:  # noqa: A002
        """Mark them as done."""
        scope = scope_of(request, id)
        mark_all_done(scope.organization_id, scope.viewer.user_id)
        return Response(status=204)


class TodoDoneView(ProjectsView):
    """One to-do item, on the pod of its organization; the pod that made its id knows which that is."""

    permission_classes = FOR_PEOPLE

    @takes(operation_id="todo_mark_as_done", responses=TodoSerializer)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Mark it as done; 404 for other users' items and for those of an organization that this pod does not serve."""
        number, viewer = number_of(id), viewer_of(request.user)
        mine = present(Todo.objects.filter(pk=number))
        organization_id = mine.values_list("organization_id", flat=True).filter(user_id=viewer.user_id).first()
        found = todos_of(viewer, organization_id).filter(pk=number).first() if organization_id else None
        if found is None or organization_id is None:
            raise Http404("no such to-do item, or none of theirs")
        mark(organization_id, viewer.user_id, number)
        found.refresh_from_db(fields=["state"])
        return Response(_shown([found])[0])


def _shown(todos: Sequence[Todo]) -> Any:
    return TodoSerializer(todos, many=True).data
