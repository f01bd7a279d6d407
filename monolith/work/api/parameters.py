"""What lists of issues and merge requests take."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from monolith.namespaces.api.ignored import OF_MERGE_REQUESTS
from monolith.namespaces.api.pages import BY_ID, Choice, Listed
from monolith.work.api.serializers import STATES

ALL = "all"
STATE_OF = {name: state for state, name in STATES.items()}
COLUMN_OF = {"assigned_to_me": "assignee_id", "created_by_me": "author_id"}
ORDERS = {"created_at": "created_at"}


class _Listed(Listed):
    state = Choice([*STATE_OF, ALL], default=ALL, help_text="Only those in this state.")
    order_by = Choice([*ORDERS, BY_ID], help_text="The order.")


class _OfPerson(_Listed):
    state = Choice([*STATE_OF, ALL], default="opened", help_text="Only those in this state; opened if not given.")
    scope = Choice([*COLUMN_OF, ALL], default="assigned_to_me", help_text="Which ones: assigned_to_me if not given.")


class Issues(_Listed):
    """Which issues."""


class IssuesOfPerson(_OfPerson):
    """Which issues of the user who asks."""


class OneMergeRequest(serializers.Serializer[Any]):
    """How to show a merge request."""

    ignored = OF_MERGE_REQUESTS


class MergeRequests(_Listed):
    """Which merge requests."""

    ignored = OF_MERGE_REQUESTS


class MergeRequestsOfPerson(_OfPerson):
    """Which merge requests of the user who asks."""

    ignored = OF_MERGE_REQUESTS
