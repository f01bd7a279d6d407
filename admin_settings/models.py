"""Application settings: shared by all pods, with one row of per-pod values for each pod that differs.

Change them with `admin_settings.changes`, which validates and keeps the audit log.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from schemas.fields import SoftReferenceField


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
        constraints = [
            models.CheckConstraint(
                condition=Exact(Func("values", function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="per_pod_application_settings_are_an_object",
            )
        ]

    def __str__(self) -> str:
        return self.pod_id


class SettingsVersion(models.Model):
    """One row, the version that pods poll; a trigger raises it with every change of any setting."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "settings_version"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="settings_version_is_one_row")]

    def __str__(self) -> str:
        return str(self.version)


class SettingChange(models.Model):
    """A line of the audit log: who changed which setting from what to what. The database lets nobody change it."""

    version = models.BigIntegerField(help_text="Version of the settings after this change.")
    changed_at = models.DateTimeField(db_default=Now())
    user_id = SoftReferenceField(to="users.User", null=True, help_text="Null for a command.")
    actor = models.CharField(
        max_length=255, help_text="The user's name at that time; for a command, its user and machine."
    )
    name = models.CharField(max_length=63)
    pod_id = models.CharField(
        max_length=31, blank=True, help_text="The pod whose value changed; empty for the shared value."
    )
    # A secret's value is not written down: `(secret)` stands for it.
    was = models.JSONField(null=True, help_text="Null when no value was set.")
    became = models.JSONField(null=True, help_text="Null when the value was removed.")

    class Meta:
        db_table = "setting_changes"
        indexes = [
            models.Index(fields=["version"], name="setting_changes_by_version"),
            models.Index(fields=["name", "-id"], name="setting_changes_by_name"),
        ]

    def __str__(self) -> str:
        where = f" of {self.pod_id}" if self.pod_id else ""
        return f"{self.actor} changed {self.name}{where} from {_shown(self.was)} to {_shown(self.became)}"


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)
