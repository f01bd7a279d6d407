from __future__ import annotations

from django.db import migrations

from schemas.tenancy import ProtectOrganizationRows


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [
        ProtectOrganizationRows(
            "Namespace",
            "NamespaceMember",
            "Project",
            "ProjectMember",
            "Issue",
            "MergeRequest",
            "Todo",
            "ClaimOutcome",
        )
    ]
