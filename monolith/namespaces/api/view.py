"""What the endpoints of this API have in common: how they refuse, and what they are given."""

from __future__ import annotations

from typing import cast

from django.http import Http404
from rest_framework.exceptions import APIException, PermissionDenied, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.places import Moved
from monolith.namespaces.creation import MoreVisible
from monolith.namespaces.forms import said
from monolith.namespaces.membership import AlreadyMember, BeyondOneself, NobodyToAdd
from monolith.namespaces.transfers import NotInto
from organizations.members.exceptions import MembersError, NotAMember
from organizations.members.viewer import Viewer
from routing.claims import ClaimError, NameInvalid, PathTaken
from users.api.private import PrivateView
from users.models import User
from users.name_attempts import WINDOW_SECONDS, may_try

FIELDS = {PathTaken: "path", NameInvalid: "path", MoreVisible: "visibility", NotInto: "namespace"}
"""Which of the fields that were sent is wrong; what stands in no field is a conflict with what others do."""


class Conflict(APIException):
    """Another request changed the same thing at the same time."""

    status_code = 409


class ProjectsView(PrivateView):
    """An endpoint about what an organization works with."""

    def handle_exception(self, exc: Exception) -> Response:
        """As REST framework's, and what `projects` itself raises."""
        if isinstance(exc, Moved):
            return Response(status=302, headers={"Location": exc.address})
        if isinstance(exc, MembersError):
            exc = _about_members(exc)
        if isinstance(exc, ClaimError):
            message, field = said(exc), FIELDS.get(type(exc))
            exc = ValidationError({field: [message]}) if field else Conflict(message)
        return super().handle_exception(exc)


def _about_members(error: MembersError) -> Exception:
    """As GitLab answers: a member of this id that is none is not there."""
    if isinstance(error, NotAMember):
        return Http404(str(error))
    if isinstance(error, AlreadyMember):
        return Conflict(str(error))
    if isinstance(error, BeyondOneself):
        return PermissionDenied(str(error))
    return ValidationError({"username" if isinstance(error, NobodyToAdd) else "access_level": [str(error)]})


def person(request: Request) -> User:
    """Who asks; only where the permissions have refused everybody else."""
    return cast(User, request.user)


def count_attempt(viewer: Viewer) -> None:
    """Raise `Throttled` when the viewer has tried too many names within a minute, here or on pages."""
    if not may_try(viewer.user_id):
        raise Throttled(wait=WINDOW_SECONDS)
