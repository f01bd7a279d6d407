"""Change settings: validated for every pod, against what one has seen, with the audit log in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

from django.db import transaction
from pydantic import TypeAdapter, ValidationError

from admin_settings.definition import Definition
from admin_settings.definitions import DEFINITIONS, Settings
from admin_settings.effective import messages_of, problems_on
from admin_settings.exceptions import ChangedMeanwhile, Problem, SettingsInvalid, SettingUnknown
from admin_settings.models import ApplicationSetting, PerPodApplicationSetting, SettingChange, SettingsVersion
from admin_settings.stored import Stored, read_stored
from schemas.together import along, delete, insert, together
from topology import Topology

SCHEMA = "admin"
MASK = "(secret)"
_LOCK = "SELECT id FROM settings_version FOR UPDATE"


@dataclass(frozen=True)
class Actor:
    """Who changes something: a user, or the operator who runs a command."""

    name: str
    user_id: int | None = None


@dataclass(frozen=True)
class Change:
    """A new value for a setting, shared or of one pod; None takes back what was set."""

    name: str
    value: Any
    pod: str = ""
    """A name or alias of the topology; empty for the shared value."""


class Saved(NamedTuple):
    """What a change has made of the settings: their version, and what is new in the audit log."""

    version: int
    lines: list[SettingChange]


def save(changes: Sequence[Change], actor: Actor, topology: Topology, *, seen: int | None = None) -> Saved:
    """Make all these changes or none.

    What changes nothing is left out. `seen` is the version whose values the changes are meant for. Raises
    `SettingUnknown`, `PodUnknown`, `SettingsInvalid` when a pod could not act by the outcome (not for what was wrong
    before), `ChangedMeanwhile` when another change came first; pods put it in force when their replicas show it.
    """
    with transaction.atomic(using=SCHEMA):
        # One at a time: each is validated against all that came before it.
        along(SCHEMA, _LOCK)
        before = read_stored(SCHEMA)
        if seen is not None and seen != before.version.number:
            raise ChangedMeanwhile(before.version.number, changes_since(seen))
        wanted = [_normal(change, before, topology) for change in changes]
        new = [change for change in wanted if change.value != value_of(before, change.name, change.pod)]
        after = _after(before, new)
        problems = _new_problems(before, after, topology)
        if problems:
            raise SettingsInvalid(problems)
        if not new:
            return Saved(before.version.number, [])
        with together(SCHEMA):
            _write(before, after)
            version = SettingsVersion.objects.using(SCHEMA).get().version
            lines = [_line(change, before, actor, version) for change in new]
            for line in lines:
                insert(line)
        return Saved(version, lines)


def changes_since(version: int, limit: int = 50) -> list[SettingChange]:
    """The lines of the audit log after a version, oldest first."""
    return list(SettingChange.objects.using(SCHEMA).filter(version__gt=version).order_by("pk")[:limit])


def value_of(stored: Stored, name: str, pod: str = "") -> Any:
    """What was set for a setting, shared or of one pod; None when nothing was."""
    return (stored.of_pod(pod) if pod else stored.shared).get(name)


def masked(name: str, value: Any) -> Any:
    """A value as anybody may see it. What this release does not know may be a secret of the next."""
    definition = DEFINITIONS.get(name)
    is_open = definition is not None and not definition.secret
    return value if is_open or value in (None, "") else MASK


def _normal(change: Change, before: Stored, topology: Topology) -> Change:
    """With the pod's own name and the value in the form that is stored. Raises what `save` does.

    What no longer exists, a pod or a setting, can only be taken back.
    """
    if change.value is None and value_of(before, change.name, change.pod) is not None:
        return change
    pod = topology.pod(change.pod).name if change.pod else ""
    if change.name not in DEFINITIONS:
        raise SettingUnknown(change.name, DEFINITIONS)
    definition = DEFINITIONS[change.name]
    if pod and not definition.per_pod:
        raise SettingsInvalid([Problem(change.name, "all pods must use the same value; set the shared value", (pod,))])
    if change.value is None:
        return replace(change, pod=pod)
    return replace(change, pod=pod, value=_stored_form(definition, change.value, pod))


def _stored_form(definition: Definition, value: Any, pod: str) -> Any:
    field = Settings.model_fields[definition.name]
    # A template's length says nothing of what pods get of it; that is checked afterwards, on every pod.
    bounds = () if definition.templated else tuple(field.metadata)
    kind: Any = Annotated[(field.annotation, None, *bounds)]
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return adapter.dump_python(adapter.validate_python(value), mode="json")
    except ValidationError as error:
        message = "; ".join(messages_of(error).values())
        raise SettingsInvalid([Problem(definition.name, message, (pod,) if pod else ())]) from None


def _after(before: Stored, changes: Iterable[Change]) -> Stored:
    shared = dict(before.shared)
    per_pod = {pod: dict(values) for pod, values in before.per_pod.items()}
    for change in changes:
        values = per_pod.setdefault(change.pod, {}) if change.pod else shared
        if change.value is None:
            values.pop(change.name, None)
        else:
            values[change.name] = change.value
    return Stored(before.version, shared, {pod: values for pod, values in per_pod.items() if values})


def _new_problems(before: Stored, after: Stored, topology: Topology) -> list[Problem]:
    """Return the problems that the change adds: an invalid value does not block changes of other settings."""
    pods = tuple(topology.pods.values())
    known = {(problem.name, problem.message) for problem in problems_on(before, pods, topology)}
    found = problems_on(after, pods, topology)
    return [problem for problem in found if (problem.name, problem.message) not in known]


def _write(before: Stored, after: Stored) -> None:
    for name in before.shared.keys() | after.shared.keys():
        if name not in after.shared:
            delete(ApplicationSetting.objects.using(SCHEMA).filter(pk=name))
        elif before.shared.get(name) != after.shared[name]:
            insert(
                ApplicationSetting(name=name, value=after.shared[name]), unique=["name"], update=["value", "updated_at"]
            )
    for pod in before.per_pod.keys() | after.per_pod.keys():
        if pod not in after.per_pod:
            delete(PerPodApplicationSetting.objects.using(SCHEMA).filter(pk=pod))
        elif before.per_pod.get(pod) != after.per_pod[pod]:
            row = PerPodApplicationSetting(pod_id=pod, values=after.per_pod[pod])
            insert(row, unique=["pod_id"], update=["values", "updated_at"])


def _line(change: Change, before: Stored, actor: Actor, version: int) -> SettingChange:
    return SettingChange(
        version=version,
        user_id=actor.user_id,
        actor=actor.name,
        name=change.name,
        pod_id=change.pod,
        was=masked(change.name, value_of(before, change.name, change.pod)),
        became=masked(change.name, change.value),
    )
