"""Application settings: shared by all pods, with one row of per-pod values for each pod that differs."""

from __future__ import annotations

from django.db import models


class ApplicationSetting(models.Model):
    """One setting of the whole cluster; its value may be text with `{pod_id}` and `{region}` in it."""

    name = models.CharField(max_length=63, primary_key=True)
    value = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "application_settings"

    def __str__(self) -> str:
        return self.name


class PerPodApplicationSetting(models.Model):
    """The seed's `per_pod_application_settings`: one row per pod, whose values win over the shared ones."""

    pod_id = models.CharField(max_length=31, primary_key=True)
    values = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "per_pod_application_settings"

    def __str__(self) -> str:
        return self.pod_id
