"""Delete groups and projects with everything in them; `routing/outcomes/burials.py` does the rest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from django.db import Error, IntegrityError, connections, transaction

from monolith.namespaces.creation import hold
from monolith.namespaces.models import Namespace, Project
from routing.claims import ClaimError, refuse_transferred
from routing.outcomes.burials import finish
from routing.outcomes.models import Burial

_PROJECT = "organization_id = %(organization)s AND id = %(id)s"
_PROJECTS_BELOW = (
    "organization_id = %(organization)s AND lower(full_path) > %(key)s || '/' AND lower(full_path) < %(key)s || '0'"
)
_NAMESPACES = f"organization_id = %(organization)s AND (id = %(id)s OR ({_PROJECTS_BELOW}))"


Contents = Callable[[str], Iterator[str]]
"""Called with SQL that selects the ids of projects; yields statements that delete what is in them.

A statement may use the parameter `organization`.
"""

_contents: list[Contents] = []


def delete_with(function: Contents) -> None:
    """Run the statements of this function too before projects are deleted."""
    if function not in _contents:
        _contents.append(function)


class InUse(ClaimError):
    """Something is being created in the entity at this moment."""


def delete(entity: Namespace | Project) -> None:
    """Delete a group or project with all that is in it, for good; its names are tombstones for days.

    Raises `NamespaceGone` when it was renamed or deleted meanwhile, `InUse` and `BeingTransferred`. All or nothing.
    """
    refuse_transferred(entity.full_path)
    burial = Burial(
        organization_id=entity.organization_id,
        entity_type=entity.entity_type,
        entity_id=entity.pk,
        path=entity.full_path,
    )
    given: dict[str, str | int] = {
        "organization": entity.organization_id,
        "id": entity.pk,
        "key": entity.full_path.lower(),
    }
    try:
        with transaction.atomic(using="main", durable=True):
            hold(entity)
            with connections["main"].cursor() as cursor:
                cursor.execute(_projects_of(entity), given)
                burial.deleted_ids = [pk for (pk,) in cursor.fetchall()]
                for statement in _statements(entity):
                    cursor.execute(statement, given)
            burial.save(using="main", force_insert=True)
    except IntegrityError as error:
        raise InUse(f"something is being created in {entity.full_path!r}; try again in a moment") from error
    # Best effort: the janitor would finish this anyway.
    with contextlib.suppress(Error):
        finish(burial)


def _projects_of(entity: Namespace | Project) -> str:
    """What selects the ids of the projects that are deleted."""
    return f"SELECT id FROM projects WHERE {_PROJECT if isinstance(entity, Project) else _PROJECTS_BELOW}"  # noqa: S608


def _statements(entity: Namespace | Project) -> Iterator[str]:
    """What deletes the rows, from the inside out; foreign keys refuse what was forgotten."""
    projects = _projects_of(entity)
    for contents in _contents:
        yield from contents(projects)
    yield f"DELETE FROM stars WHERE project_id IN ({projects})"  # noqa: S608
    yield f"DELETE FROM project_members WHERE project_id IN ({projects})"  # noqa: S608
    yield f"DELETE FROM projects WHERE id IN ({projects})"  # noqa: S608
    if isinstance(entity, Namespace):
        yield f"DELETE FROM namespace_members WHERE namespace_id IN (SELECT id FROM namespaces WHERE {_NAMESPACES})"  # noqa: S608
        yield f"DELETE FROM namespaces WHERE {_NAMESPACES}"  # noqa: S608
