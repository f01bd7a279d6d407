"""Pipelines, jobs and runners: registered and queued per pod, as the seed's second option has it."""

from __future__ import annotations

from django.db import models

from schemas.fields import SoftReferenceField
from schemas.tenancy import OrganizationOwned


class Runner(OrganizationOwned):
    """A machine that runs jobs of one organization."""

    description = models.CharField(max_length=255)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "runners"

    def __str__(self) -> str:
        return self.description


class Pipeline(OrganizationOwned):
    """One run of a project's jobs."""

    project_id = SoftReferenceField(to="namespaces.Project")
    ref = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "pipelines"

    def __str__(self) -> str:
        return f"pipeline {self.pk} of {self.ref}"


class Job(OrganizationOwned):
    """One job of a pipeline."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending"
        RUNNING = "running"
        SUCCESS = "success"
        FAILED = "failed"

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="jobs", db_constraint=False)
    runner = models.ForeignKey(Runner, on_delete=models.SET_NULL, null=True, related_name="jobs", db_constraint=False)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "jobs"

    def __str__(self) -> str:
        return self.name
