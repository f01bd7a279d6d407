"""What lists of issues and merge requests take, and which rows that selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from rest_framework import serializers

from monolith.namespaces.api.ignored import OF_MERGE_REQUESTS
from monolith.namespaces.api.pages import BY_ID, MOST_ID, Choice, Listed, Number
from monolith.work.api.serializers import STATES
from monolith.work.models import TARGET, Issue, LabelLink, MergeRequest
from users.lookup import named

ALL = "all"
NONE, ANY = "none", "any"
STATE_OF = {name: state for state, name in STATES.items()}
COLUMN_OF = {"assigned_to_me": "assignee_id", "created_by_me": "author_id"}
ORDERS = {"created_at": "created_at", "updated_at": "updated_at", "title": "title"}
TIMES = {f"{column}_{edge}": (column, edge) for column in ("created", "updated") for edge in ("after", "before")}
LONGEST_WORDS = 200


def _time(help_text: str) -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, help_text=help_text)


class AssigneeField(serializers.CharField):
    """The id of a user, None or Any."""

    def to_internal_value(self, data: Any) -> str:
        """Return it in lower case; raises `ValidationError`."""
        text = str(data).lower()
        is_id = text.isascii() and text.isdigit() and len(text) < 17
        if text not in {NONE, ANY} and not is_id:
            raise serializers.ValidationError(["Must be the id of a user, None or Any."])
        return text


class _Listed(Listed):
    state = Choice([*STATE_OF, ALL], default=ALL, help_text="Only those in this state.")
    order_by = Choice([*ORDERS, BY_ID], help_text="The order.")
    iids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        required=False,
        max_length=100,
        help_text="Only those with these numbers.",
    )
    labels = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        max_length=20,
        help_text="Only those that have all of these labels; None or Any for those without or with a label.",
    )
    milestone = serializers.CharField(
        max_length=255, required=False, help_text="The title of their milestone; None or Any."
    )
    author_id = Number(1, MOST_ID, help_text="The id of their author.")
    author_username = serializers.CharField(max_length=255, required=False, help_text="The username of their author.")
    assignee_id = AssigneeField(required=False, help_text="The id of their assignee; None or Any.")
    assignee_username = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        max_length=1,
        help_text="The username of their assignee.",
    )
    search = serializers.CharField(
        max_length=LONGEST_WORDS, required=False, help_text="Only those with this text in their title or description."
    )
    created_after = _time("Only those created at this time or later.")
    created_before = _time("Only those created at this time or earlier.")
    updated_after = _time("Only those updated at this time or later.")
    updated_before = _time("Only those updated at this time or earlier.")
    with_labels_details = serializers.BooleanField(
        default=False, required=False, help_text="Whether to show labels with their colors."
    )
    scope = Choice([*COLUMN_OF, ALL], default=ALL, help_text="Which ones; all if not given.")


class Issues(_Listed):
    """Which issues."""

    confidential = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only those that are confidential, or are not."
    )
    issue_type = Choice(["issue"], help_text="Every issue has this type.")


class IssuesOfPerson(Issues):
    """Which issues of the user who asks."""

    state = Choice([*STATE_OF, ALL], default="opened", help_text="Only those in this state; opened if not given.")
    scope = Choice([*COLUMN_OF, ALL], default="assigned_to_me", help_text="Which ones: assigned_to_me if not given.")


class OneMergeRequest(serializers.Serializer[Any]):
    """How to show a merge request."""

    ignored = OF_MERGE_REQUESTS


class MergeRequests(_Listed):
    """Which merge requests."""

    ignored = OF_MERGE_REQUESTS

    source_branch = serializers.CharField(max_length=255, required=False, help_text="The name of their source branch.")
    target_branch = serializers.CharField(max_length=255, required=False, help_text="The name of their target branch.")
    state = Choice([*STATE_OF, "locked", "merged", ALL], default=ALL, help_text="Only those in this state.")


class MergeRequestsOfPerson(MergeRequests):
    """Which merge requests of the user who asks."""

    ignored = OF_MERGE_REQUESTS

    state = Choice([*STATE_OF, "locked", "merged", ALL], default="opened", help_text="The state; opened if not given.")
    scope = Choice([*COLUMN_OF, ALL], default="assigned_to_me", help_text="Which ones: assigned_to_me if not given.")


def selected(
    rows: QuerySet[Any], asked: Mapping[str, Any], model: type[Issue] | type[MergeRequest], viewer_id: int
) -> QuerySet[Any]:
    """Return the rows that a list's parameters select."""
    if asked["state"] != ALL:
        rows = rows.filter(state=STATE_OF.get(asked["state"], ""))
    if asked["scope"] != ALL:
        rows = rows.filter(**{COLUMN_OF[asked["scope"]]: viewer_id})
    return rows.filter(_columns(asked), _people(asked), _labels(asked, model), _milestone(asked))


def _columns(asked: Mapping[str, Any]) -> Q:
    condition = Q()
    for name in ("source_branch", "target_branch"):
        if name in asked:
            condition &= Q(**{name: asked[name]})
    if asked.get("confidential") is not None:
        condition &= Q(confidential=asked["confidential"])
    if asked.get("iids"):
        condition &= Q(iid__in=asked["iids"])
    if asked.get("search"):
        condition &= Q(title__icontains=asked["search"]) | Q(description__icontains=asked["search"])
    for name, (column, edge) in TIMES.items():
        if name in asked:
            condition &= Q(**{f"{column}_at__{'gte' if edge == 'after' else 'lte'}": asked[name]})
    return condition


def _people(asked: Mapping[str, Any]) -> Q:
    condition = Q()
    if "author_id" in asked:
        condition &= Q(author_id=asked["author_id"])
    if "author_username" in asked:
        condition &= Q(author_id=_id_of(asked["author_username"]))
    if asked.get("assignee_username"):
        condition &= Q(assignee_id=_id_of(asked["assignee_username"][0]))
    assignee = asked.get("assignee_id")
    if assignee in {NONE, ANY}:
        return condition & Q(assignee_id__isnull=assignee == NONE)
    return condition if assignee is None else condition & Q(assignee_id=int(assignee))


def _id_of(username: str) -> int:
    """Return the id of a user; of nobody, so that nothing is selected, when there is no such user."""
    return named(username).values_list("pk", flat=True).first() or 0


def _labels(asked: Mapping[str, Any], model: type[Issue] | type[MergeRequest]) -> Q:
    links = LabelLink.objects.filter(**{f"{TARGET[model]}_id": OuterRef("pk")})
    condition = Q()
    for name in asked.get("labels", ()):
        if name.lower() == NONE:
            condition &= ~Q(Exists(links))
        elif name.lower() == ANY:
            condition &= Q(Exists(links))
        else:
            condition &= Q(Exists(links.alias(key=Lower("label__name")).filter(key=Lower(Value(name)))))
    return condition


def _milestone(asked: Mapping[str, Any]) -> Q:
    title = asked.get("milestone")
    if title is None:
        return Q()
    if title.lower() in {NONE, ANY}:
        return Q(milestone__isnull=title.lower() == NONE)
    return Q(milestone__title=title)
