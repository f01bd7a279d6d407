"""Invariant 6: every table of `main` and `ci`, whoever wrote its model."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections, models

from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue
from organizations.models import Organization
from schemas.keeping import transferring
from schemas.placement import schema_of
from schemas.tenancy import tenant_models, tenant_references
from tests.databases import ALIASES
from tests.invariants.conftest import Refuses, Sql

pytestmark = pytest.mark.django_db(databases=ALIASES)

# What the pod itself has to know; no row of any organization, and not moved with one.
OF_THE_POD = {"organization_state", "move_marker", "move_checkpoint", "departed_ids"}
TENANT_MODELS = [model for schema in ("main", "ci") for model in tenant_models(schema)]
REFERENCES = [field for model in TENANT_MODELS for field in tenant_references(model)]


def _label(each: Any) -> str:
    return str(each)


@pytest.mark.parametrize("schema", ["main", "ci"])
def test_no_table_escapes(schema: str) -> None:
    found = set(connections[schema].introspection.table_names())
    others = set(connections["users"].introspection.table_names()) & {"django_migrations"}
    named = {model._meta.db_table for model in TENANT_MODELS if schema_of(model) == schema}
    assert found - others - OF_THE_POD == named


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_label)
def test_every_table_has_an_organization_that_is_never_null(sql: Sql, model: type[models.Model]) -> None:
    nullable = sql(
        schema_of(model),
        "SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'organization_id'",
        model._meta.db_table,
    )
    assert nullable == [(False,)]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_label)
def test_every_table_has_the_organization_in_its_replica_identity(sql: Sql, model: type[models.Model]) -> None:
    columns = sql(
        schema_of(model),
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey) "
        "JOIN pg_class ON pg_class.oid = indrelid "
        "WHERE indrelid = %s::regclass AND indisreplident AND indisunique AND relreplident = 'i' ORDER BY attname",
        model._meta.db_table,
    )
    assert model._meta.pk is not None
    assert {name for (name,) in columns} == {"organization_id", model._meta.pk.column}


@pytest.mark.parametrize("field", REFERENCES, ids=_label)
def test_every_reference_stays_in_the_organization(sql: Sql, field: models.ForeignKey[Any, Any]) -> None:
    keys = sql(
        schema_of(field.model),
        "SELECT (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute WHERE attrelid = conrelid "
        "AND attnum = ANY (conkey)), confrelid::regclass::text FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype = 'f'",
        field.model._meta.db_table,
    )
    pair = sorted(["organization_id", field.column])
    assert (pair, field.remote_field.model._meta.db_table) in [(sorted(columns), target) for columns, target in keys]
    assert not any(columns == [field.column] for columns, _ in keys), "one foreign key is enough: db_constraint=False"


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_label)
def test_a_filtered_publication_would_not_break_updates(sql: Sql, model: type[models.Model]) -> None:
    schema, table = schema_of(model), model._meta.db_table
    sql(schema, f"CREATE PUBLICATION p FOR TABLE {table} WHERE (organization_id = 7)")
    # Parsed and checked against the replica identity even where no row is found.
    sql(schema, f"UPDATE {table} SET organization_id = organization_id WHERE false")
    sql(schema, f"DELETE FROM {table} WHERE false")


def _project(organization: Organization, path: str) -> Project:
    namespace = Namespace.objects.create(organization_id=organization.pk, path=path, full_path=path, name=path)
    return Project.objects.create(
        organization_id=organization.pk, namespace=namespace, path="p", full_path=f"{path}/p", name="P"
    )


def test_an_issue_in_another_organizations_project_is_refused(
    sql: Sql, ours: Organization, theirs: Organization, refuses: Refuses
) -> None:
    project = _project(theirs, "a")
    with refuses("main", "issues_project_is_of_the_organization"):
        Issue.objects.create(organization_id=ours.pk, project=project, iid=1, title="t", author_id=1)


def test_a_project_cannot_change_its_organization_alone(
    sql: Sql, ours: Organization, theirs: Organization, refuses: Refuses
) -> None:
    project = _project(theirs, "a")
    with refuses("main", "organization_is_kept"):
        sql("main", "UPDATE projects SET organization_id = %s WHERE id = %s", ours.pk, project.pk)
    # Nor in a transfer, without the namespace that it is in.
    with (
        refuses("main", "projects_namespace_is_of_the_organization"),
        transferring("main", f"{theirs.pk}>{ours.pk}"),
    ):
        sql("main", "UPDATE projects SET organization_id = %s WHERE id = %s", ours.pk, project.pk)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_label)
def test_every_table_keeps_the_organization_of_its_rows(sql: Sql, model: type[models.Model]) -> None:
    triggers = sql(
        schema_of(model),
        "SELECT tgenabled::text FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'organization_is_kept'",
        model._meta.db_table,
    )
    assert triggers == [("O",)]


def test_a_namespace_does_not_take_what_is_in_it_elsewhere_by_accident(
    sql: Sql, ours: Organization, theirs: Organization, refuses: Refuses
) -> None:
    _project(theirs, "a")
    for memo in ("", f"{ours.pk}>{theirs.pk}", f"{theirs.pk}>1"):
        with refuses("main", "organization_is_kept"), transferring("main", memo):
            sql("main", "UPDATE namespaces SET organization_id = %s WHERE path = 'a'", ours.pk)


def test_a_job_in_another_organizations_pipeline_is_refused(
    sql: Sql, ours: Organization, theirs: Organization, refuses: Refuses
) -> None:
    [(pipeline,)] = sql(
        "ci",
        "INSERT INTO pipelines (organization_id, project_id, ref, created_at) VALUES (%s, 1, 'main', now()) "
        "RETURNING id",
        ours.pk,
    )
    with refuses("ci", "jobs_pipeline_is_of_the_organization"):
        sql(
            "ci",
            "INSERT INTO jobs (organization_id, pipeline_id, name, state, created_at) "
            "VALUES (%s, %s, 'test', 'pending', now())",
            theirs.pk,
            pipeline,
        )


@pytest.mark.parametrize(
    ("path", "full_path", "constraint"),
    [
        ("b", "a", "namespaces_full_path_ends_with_path"),
        ("a", "a/a", "namespaces_full_path_ends_with_path"),
        ("-", "-", "namespaces_path_is_a_segment"),
    ],
)
def test_a_namespace_whose_paths_disagree_is_refused(
    ours: Organization, refuses: Refuses, path: str, full_path: str, constraint: str
) -> None:
    with refuses("main", constraint):
        Namespace.objects.create(organization_id=ours.pk, path=path, full_path=full_path, name="A")
