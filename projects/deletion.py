"""Delete groups and projects: the entity first, its name afterwards, and whatever dies in between is finished.

The entity is in `main`, its name in `routes`, and no transaction spans both. So
the transaction that deletes the entity leaves a `Burial`; then the name becomes
a tombstone, and the burial goes. The order matters: a tombstone with a living
entity would hide somebody's work, while a live name without an entity is one
more page that is not there, and cannot be taken by anybody.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from django.db import Error, IntegrityError, connections, transaction

from projects import closing
from projects.creation import hold
from projects.forgetting import forget
from projects.models import Burial, Namespace, OrganizationState, Project
from routing.claims import ClaimError
from routing.models import Route
from routing.tombstones import bury_entity

logger = logging.getLogger(__name__)

_PROJECT = "organization_id = %(organization)s AND id = %(id)s"
_PROJECTS_BELOW = (
    "organization_id = %(organization)s AND lower(full_path) > %(key)s || '/' AND lower(full_path) < %(key)s || '0'"
)
_NAMESPACES = f"organization_id = %(organization)s AND (id = %(id)s OR ({_PROJECTS_BELOW}))"


class InUse(ClaimError):
    """Somebody is making something in what is to be deleted, at this very moment."""


def delete(entity: Namespace | Project, *, using: str = "main") -> None:
    """Delete a group or project with all that is in it, for good; its names are tombstones for days.

    Raises `NamespaceGone` when it was renamed or deleted meanwhile, and `InUse`. All or nothing.
    """
    entity_type = entity.kind if isinstance(entity, Namespace) else Route.Entity.PROJECT
    burial = Burial(
        organization_id=entity.organization_id, entity_type=entity_type, entity_id=entity.pk, path=entity.full_path
    )
    given: dict[str, str | int] = {
        "organization": entity.organization_id,
        "id": entity.pk,
        "key": entity.full_path.lower(),
    }
    try:
        with transaction.atomic(using=using, durable=True):
            hold(entity, using)
            with connections[using].cursor() as cursor:
                cursor.execute(_projects_of(entity), given)
                burial.project_ids = [pk for (pk,) in cursor.fetchall()]
                for statement in _statements(entity):
                    cursor.execute(statement, given)
            burial.save(using=using, force_insert=True)
    except IntegrityError as error:
        raise InUse(f"something is being made in {entity.full_path!r}; try again in a moment") from error
    # Kind, not needed: the janitor would do the same.
    with contextlib.suppress(Error):
        finish(burial, using=using)


def finish(burial: Burial, *, using: str = "main", using_routes: str = "routes") -> int:
    """Make the names of a deleted entity tombstones and have its projects forgotten; how many names there were.

    May be repeated.
    """
    if burial.entity_type == Burial.ORGANIZATION:
        closing.finish(burial)
        return 0
    buried = bury_entity(burial.entity_type, burial.entity_id, burial.path, burial.organization_id, using=using_routes)
    if burial.project_ids:
        forget(burial.organization_id, burial.project_ids)
    Burial.objects.using(using).filter(pk=burial.pk).delete()
    return buried


def finish_left_over(limit: int, *, using: str = "main") -> int:
    """Finish what was left of at most so many deletions, of organizations that this pod serves; how many."""
    served = OrganizationState.objects.using(using).filter(state=OrganizationState.State.ACTIVE)
    left = Burial.objects.using(using).filter(organization__in=served).order_by("pk")[:limit]
    finished = 0
    for burial in left:
        try:
            finish(burial, using=using)
        except Error as error:
            logger.warning("the name %r is buried in the next round: %s", burial.path, error)
        else:
            finished += 1
    return finished


def _projects_of(entity: Namespace | Project) -> str:
    """What selects the ids of the projects that are deleted."""
    return f"SELECT id FROM projects WHERE {_PROJECT if isinstance(entity, Project) else _PROJECTS_BELOW}"  # noqa: S608


def _statements(entity: Namespace | Project) -> Iterator[str]:
    """What deletes the rows, from the inside out; foreign keys refuse what was forgotten."""
    projects = _projects_of(entity)
    for target, table in (("issue_id", "issues"), ("merge_request_id", "merge_requests")):
        of_projects = f"organization_id = %(organization)s AND project_id IN ({projects})"
        # Before what is about them, as those do who close one: else each could wait for the other.
        yield f"SELECT count(*) FROM (SELECT FROM {table} WHERE {of_projects} ORDER BY id FOR UPDATE) AS held"  # noqa: S608
        for about in ("todos", "notes"):
            yield f"DELETE FROM {about} WHERE {target} IN (SELECT id FROM {table} WHERE {of_projects})"  # noqa: S608
        yield f"DELETE FROM {table} WHERE {of_projects}"  # noqa: S608
    yield f"DELETE FROM project_members WHERE project_id IN ({projects})"  # noqa: S608
    yield f"DELETE FROM projects WHERE id IN ({projects})"  # noqa: S608
    if isinstance(entity, Namespace):
        yield f"DELETE FROM namespace_members WHERE namespace_id IN (SELECT id FROM namespaces WHERE {_NAMESPACES})"  # noqa: S608
        yield f"DELETE FROM namespaces WHERE {_NAMESPACES}"  # noqa: S608
