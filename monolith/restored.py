"""What the monolith does after a database of its pod was replaced by an older one (docs/backups.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from monolith.ci.forgetting import forget
from monolith.ci.models import Pipeline
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Visibility
from organizations.members.models import Membership
from organizations.members.signals import member_leaves
from organizations.models import GITLAB_COM_PUBLIC
from organizations.tenancy.models import OrganizationState
from routing.models import Route
from users.lookup import named

BATCH = 1000


def namespaces(ids: Collection[int]) -> set[int]:
    """Return those of the namespaces that this pod has."""
    return set(Namespace.objects.using("main").filter(pk__in=ids).values_list("pk", flat=True))


def projects(ids: Collection[int]) -> set[int]:
    """Return those of the projects that this pod has."""
    return set(Project.objects.using("main").filter(pk__in=ids).values_list("pk", flat=True))


def remake_namespace(route: Route) -> int | None:
    """Make a user's namespace again, empty: the user still has the name."""
    owner = named(route.path).using("users").first()
    if route.entity_type != Namespace.Kind.USER or owner is None or route.organization_id is None:
        return None
    made, _ = Namespace.objects.using("main").get_or_create(
        kind=Namespace.Kind.USER,
        owner_id=owner.pk,
        full_path=route.path,
        defaults={
            "organization_id": route.organization_id,
            "path": route.path,
            "name": owner.username,
            "visibility": Visibility.PUBLIC,
        },
    )
    return int(made.pk)


def forget_runs() -> Iterator[str]:
    """Forget what `ci` has of projects that `main` does not have."""
    last = 0
    served = OrganizationState.objects.using("ci").filter(state=OrganizationState.State.ACTIVE)
    pipelines = Pipeline.objects.using("ci").filter(organization_id__in=served.values("pk"))
    while batch := list(
        pipelines.filter(project_id__gt=last)
        .order_by("project_id")
        .values_list("project_id", flat=True)
        .distinct()[:BATCH]
    ):
        last = batch[-1]
        lost = set(batch) - projects(batch)
        owners = pipelines.filter(project_id__in=lost).values_list("project_id", "organization_id").distinct()
        for project, organization in sorted(owners):
            forget(organization, [project])
            yield f"pipelines of project {project}, which is lost or deleted, were deleted from ci"


def end_memberships() -> Iterator[str]:
    """End memberships of groups and projects of those who have left the organization since."""
    served = OrganizationState.objects.using("main").filter(state=OrganizationState.State.ACTIVE)
    for organization in served.exclude(pk=GITLAB_COM_PUBLIC):
        inside: defaultdict[int, int] = defaultdict(int)
        for rows in (NamespaceMember.with_expired.using("main"), ProjectMember.with_expired.using("main")):
            for user in rows.filter(organization_id=organization.pk).values_list("user_id", flat=True):
                inside[user] += 1
        members = Membership.objects.using("users").filter(organization_id=organization.pk)
        left = inside.keys() - set(members.values_list("user_id", flat=True))
        for user in sorted(left):
            member_leaves.send(sender=OrganizationState, organization_id=organization.pk, user_id=user)
            yield (
                f"user {user} is no member of organization {organization.pk} any more; "
                f"{inside[user]} memberships of groups and projects ended"
            )
