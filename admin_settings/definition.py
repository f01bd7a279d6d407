"""What is known of one setting beside its value: what pages show of it, and where it may differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo


class Group(StrEnum):
    """What settings are listed under, in this order."""

    SIGN_UP = "Sign-up and sign-in"
    LIMITS = "Limits"
    MEMBERS = "Organizations and their members"
    PROJECTS = "Groups and projects"
    PLACEMENT = "Placement of organizations"
    LEARN = "Learn"
    CONCEALMENT = "Concealment"
    REPLICAS = "Replicas"
    MESSAGES = "Messages and email"
    SEARCH = "Search"


@dataclass(frozen=True)
class Definition:
    """One setting: a field of `admin_settings.definitions.Settings`."""

    name: str
    group: Group
    title: str
    description: str
    unit: str
    """Of numbers, or what texts and choices are; never empty."""
    default: Any
    least: float | None = None
    most: float | None = None
    """Of numbers; of texts the number of characters."""
    choices: tuple[str, ...] = ()
    templated: bool = False
    """Text in which `{pod_id}` and `{region}` are filled in for each pod."""
    per_pod: bool = True
    """Whether a pod may have a value of its own. Where pods that differ would break a promise, it may not."""
    secret: bool = False
    """Never shown in full."""
    dangerous: bool = False
    """A wrong value locks users out or breaks pods; saving one asks for the password again."""


def setting(
    default: Any,
    group: Group,
    title: str,
    description: str,
    unit: str,
    *,
    least: float | None = None,
    most: float | None = None,
    templated: bool = False,
    per_pod: bool = True,
    secret: bool = False,
    dangerous: bool = False,
) -> Any:
    """A field of `Settings` with all that is known of it; `least` and `most` bound numbers and lengths of texts."""
    known: dict[str, Any] = {
        "group": group.value,
        "unit": unit,
        "least": least,
        "most": most,
        "templated": templated,
        "per_pod": per_pod,
        "secret": secret,
        "dangerous": dangerous,
    }
    bounds: dict[str, Any] = (
        {"min_length": least, "max_length": most} if isinstance(default, str) else {"ge": least, "le": most}
    )
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return Field(default, title=title, description=description, json_schema_extra=known, **given)


def definition_of(name: str, field: FieldInfo) -> Definition:
    """What is known of a field that `setting` made."""
    assert isinstance(field.json_schema_extra, dict)  # noqa: S101  `setting` made it
    known: dict[str, Any] = dict(field.json_schema_extra)
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return Definition(
        name=name,
        group=Group(known.pop("group")),
        title=field.title or "",
        description=field.description or "",
        default=field.default,
        choices=choices,
        **known,
    )
