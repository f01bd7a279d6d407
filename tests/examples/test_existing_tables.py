"""The three migrations of docs/adopting.md that give an existing table its organization."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, connections, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.models.deletion import PROTECT

from organizations.tenancy.models import OrganizationState
from schemas.tenancy import ProtectOrganizationRows
from tests.databases import ALIASES

# Of an app that lives in `main`.
LABEL = "namespaces"

pytestmark = pytest.mark.django_db(databases=ALIASES)


def organization(null: bool) -> models.ForeignKey:
    return models.ForeignKey("tenancy.OrganizationState", PROTECT, related_name="+", db_index=False, null=null)


def test_a_table_with_rows_gets_its_organization() -> None:
    connection = connections["main"]
    state = MigrationExecutor(connection).loader.project_state(("tenancy", "0001_initial"))
    OrganizationState.objects.get_or_create(pk=4711, defaults={"state": OrganizationState.State.ACTIVE})

    def migrate(*operations: Operation) -> None:
        nonlocal state
        with connection.schema_editor() as editor:
            for operation in operations:
                before, state = state, state.clone()
                operation.state_forwards(LABEL, state)
                operation.database_forwards(LABEL, editor, before, state)

    migrate(
        migrations.CreateModel(
            "Inventory",
            [("id", models.BigAutoField(primary_key=True)), ("tenant", models.TextField())],
            {"db_table": "inventories"},
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO inventories (tenant) VALUES ('museion')")
        migrate(migrations.AddField("Inventory", "organization", organization(null=True)))
        cursor.execute("UPDATE inventories SET organization_id = 4711 WHERE tenant = 'museion'")
        # Of a test's transaction there is no commit, at which Django's own foreign keys are checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migrate(
            migrations.AlterField("Inventory", "organization", organization(null=False)),
            ProtectOrganizationRows("Inventory"),
        )
        cursor.execute("SELECT relreplident FROM pg_class WHERE relname = 'inventories'")
        assert cursor.fetchone() == ("i",)
        # An organization that this pod does not serve is refused by the gate, no organization by the column.
        for refused, by in {"NULL": IntegrityError, "4712": OperationalError}.items():
            with pytest.raises(by), transaction.atomic(using="main"):
                cursor.execute(f"INSERT INTO inventories (tenant, organization_id) VALUES ('x', {refused})")
