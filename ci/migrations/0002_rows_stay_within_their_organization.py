from __future__ import annotations

from django.db import migrations

from schemas.tenancy import ProtectOrganizationRows


class Migration(migrations.Migration):
    dependencies = [("ci", "0001_initial")]

    operations = [ProtectOrganizationRows("Runner", "Pipeline", "Job")]
