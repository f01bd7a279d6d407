"""The effective value of every setting on one pod, and where it comes from.

The seed's two ways to let pods differ: the pod's own row wins over the shared
value, in which a template is filled in; where nobody set anything the default
holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from admin_settings.definitions import DEFINITIONS, Settings, problems_of
from admin_settings.exceptions import Problem
from admin_settings.stored import Stored
from admin_settings.templates import TemplateInvalid, fill, is_template
from topology import Pod, Topology


class Origin(StrEnum):
    """Where an effective value comes from."""

    DEFAULT = "default"
    SHARED = "shared"
    TEMPLATE = "template"
    POD = "pod"
    KEPT = "kept"
    """What was set cannot be used, so what was in force before still is."""


@dataclass(frozen=True)
class Effective:
    """What one pod acts by."""

    settings: Settings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...] = ()
    """What was set and cannot be used."""


def effective(stored: Stored, pod: Pod, kept: Settings | None = None) -> Effective:
    """What a pod acts by; never raises.

    A value that cannot be used is a problem, and the one of `kept` stays, by default the default. A name that this
    release does not know is left out: another release may know it.
    """
    kept = kept or Settings()
    wanted, origins, problems = _wanted(stored, pod, kept)
    try:
        settings = Settings.model_validate(wanted)
    except ValidationError as error:
        settings, refused = _usable(wanted, kept, error)
        problems += refused
    origins |= dict.fromkeys((problem.name for problem in problems), Origin.KEPT)
    return Effective(settings, origins, tuple(problems))


def problems_on(stored: Stored, pods: Iterable[Pod], topology: Topology) -> list[Problem]:
    """What some of these pods could not act by, a problem with all its pods once."""
    problems: dict[tuple[str, str], list[str]] = {}
    for pod in pods:
        for name, message in _problems_on(stored, pod, topology):
            problems.setdefault((name, message), []).append(pod.name)
    return [Problem(name, message, tuple(where)) for (name, message), where in problems.items()]


def _problems_on(stored: Stored, pod: Pod, topology: Topology) -> Iterator[tuple[str, str]]:
    result = effective(stored, pod)
    for problem in result.problems:
        yield problem.name, problem.message
    if not result.problems:
        yield from problems_of(result.settings, topology)


def _wanted(stored: Stored, pod: Pod, kept: Settings) -> tuple[dict[str, Any], dict[str, Origin], list[Problem]]:
    """Return the value of every setting as stored for a pod, templates filled in; where it comes from; and the
    templates that are none.
    """
    own = stored.of_pod(pod.name)
    wanted: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    problems: list[Problem] = []
    for name, definition in DEFINITIONS.items():
        if definition.per_pod and name in own:
            wanted[name], origins[name] = own[name], Origin.POD
        elif name not in stored.shared:
            wanted[name], origins[name] = definition.default, Origin.DEFAULT
        elif not definition.templated or not isinstance(stored.shared[name], str):
            wanted[name], origins[name] = stored.shared[name], Origin.SHARED
        else:
            text = stored.shared[name]
            try:
                wanted[name] = fill(text, pod)
                origins[name] = Origin.TEMPLATE if is_template(text) else Origin.SHARED
            except TemplateInvalid as error:
                wanted[name] = getattr(kept, name)
                problems.append(Problem(name, str(error)))
    return wanted, origins, problems


def _usable(wanted: Mapping[str, Any], kept: Settings, error: ValidationError) -> tuple[Settings, list[Problem]]:
    """As much of what is wanted as makes a whole; the rest as it was kept.

    Values may be wrong only together, so it takes rounds: each takes over what fits by then.
    """
    values, left, settings = kept.model_dump(), dict(wanted), kept
    while True:
        fitting = []
        for name, value in left.items():
            try:
                settings = Settings.model_validate(values | {name: value})
            except ValidationError:
                continue
            values[name] = value
            fitting.append(name)
        if not fitting:
            break
        for name in fitting:
            del left[name]
    said = messages_of(error)
    return settings, [Problem(name, said.get(name) or said.get("") or "cannot be used") for name in left]


def messages_of(error: ValidationError) -> dict[str, str]:
    """What is wrong in words, by name; of values that are wrong only together by the empty name."""
    return {
        str(each["loc"][0]) if each["loc"] else "": each["msg"].removeprefix("Value error, ")
        for each in error.errors(include_url=False, include_input=False)
    }
