"""What each endpoint takes: parameters in its query, fields in its body. Other names are refused, and told by name.

`takes` declares both on a method of a view, for the API's description as well. As in GitLab, fields may stand in the
query, too; what the body says of a field counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request

UNKNOWN = "This endpoint has no such parameter."
# GitLab's own words.
NOTHING_TO_CHANGE = "at least one parameter must be provided"
Method = TypeVar("Method", bound=Callable[..., Any])
Asked = type[serializers.Serializer[Any]]
_LISTS = (serializers.ListField, serializers.ManyRelatedField, serializers.MultipleChoiceField)


class NothingToChange(ParseError):
    """A request to change something that names nothing to change."""

    default_code = "nothing_to_change"


class Nothing(serializers.Serializer[Any]):
    """No parameters."""


@dataclass(frozen=True)
class Takes:
    """The parameters of a query and the fields of a body. Either class may have an attribute `ignored`: names that
    are accepted and have no effect, each with the reason.
    """

    query: Asked = Nothing
    body: Asked = Nothing

    def names(self, *, writes: bool) -> frozenset[str]:
        """Every name that a request may have."""
        return _names(self.query) | (_names(self.body) if writes else frozenset())


def takes(query: Asked | None = None, body: Asked | None = None, **described: Any) -> Callable[[Method], Method]:
    """A decorator for a method of a `PrivateView`; `described` goes to drf-spectacular's `extend_schema`."""
    parameters = described_parameters(query or Nothing)

    def decorate(method: Method) -> Method:
        decorated: Any = extend_schema(request=body, parameters=parameters, **described)(method)
        decorated.takes = Takes(query or Nothing, body or Nothing)
        return decorated  # type: ignore[no-any-return]

    return decorate


def described_parameters(query: Asked) -> list[Asked]:
    """What drf-spectacular is to describe: nothing of a query that has ignored parameters only."""
    return [query] if query().fields else []


def sent_by(request: Request, *, writes: bool) -> dict[str, Any]:
    """Everything that a request says, by name: of the query, and of the body if it writes.

    Raises `ValidationError` for a body that is no object, and what reading it raises.
    """
    said = _named(request.query_params)
    if not writes:
        return said
    body = request.data
    if isinstance(body, QueryDict):
        return {**said, **_named(body)}
    if not isinstance(body, Mapping):
        raise ValidationError({"body": [f"Must be an object with fields, not a {type(body).__name__}."]})
    return {**said, **body}


def refuse_unknown(sent: Collection[str], taken: Takes, *, writes: bool) -> None:
    """Raise `ValidationError`, which tells each name that the endpoint does not take."""
    unknown = sorted(set(sent) - taken.names(writes=writes))
    if unknown:
        raise ValidationError({name: [UNKNOWN] for name in unknown})


def read(asked: Asked, sent: Mapping[str, Any], **context: Any) -> dict[str, Any]:
    """Return what was sent as the serializer takes it. Raises `ValidationError`."""
    fields = _fields(asked)
    given = {name: _shaped(fields[name], value) for name, value in sent.items() if name in fields}
    checked = asked(data=given, context=context)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def refuse_no_change(asked: Asked, sent: Collection[str]) -> None:
    """Raise `NothingToChange` unless a field was sent other than those that only name what is changed."""
    named_by = getattr(asked, "named_by", ())
    fields = [name for name in _fields(asked) if name not in named_by]
    if not set(fields) & set(sent):
        raise NothingToChange(f"{', '.join(fields)} are missing, {NOTHING_TO_CHANGE}")


def _fields(asked: Asked) -> dict[str, Any]:
    return {name: field for name, field in asked().fields.items() if not field.read_only}


def _names(asked: Asked) -> frozenset[str]:
    return frozenset(_fields(asked)) | frozenset(getattr(asked, "ignored", ()))


def _named(pairs: QueryDict) -> dict[str, Any]:
    """Return a list for each name that ends in `[]` or stands there twice, else a text."""
    said: dict[str, Any] = {}
    for name, values in pairs.lists():
        is_list = name.endswith("[]") or len(values) > 1
        said[name.removesuffix("[]")] = values if is_list else values[0]
    return said


def _shaped(field: Any, value: Any) -> Any:
    """A list's text is split at commas, as GitLab does."""
    if isinstance(field, _LISTS) and isinstance(value, str):
        return [each.strip() for each in value.split(",") if each.strip()]
    return value
