"""Forget what was run for projects that are deleted."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from monolith.ci.models import Job, Pipeline, Runner


def forget(organization_id: int, project_ids: Collection[int] | None) -> None:
    """Delete pipelines and jobs of these projects; None stands for all of the organization, with its runners.

    May be repeated.
    """
    pipelines = Pipeline.objects.using("ci").filter(organization_id=organization_id)
    if project_ids is not None:
        pipelines = pipelines.filter(project_id__in=project_ids)
    with transaction.atomic(using="ci"):
        Job.objects.using("ci").filter(organization_id=organization_id, pipeline__in=pipelines).delete()
        pipelines.delete()
        if project_ids is None:
            Runner.objects.using("ci").filter(organization_id=organization_id).delete()
