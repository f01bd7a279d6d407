"""The gate of `main` and `ci`: each way to write a row of an organization that is not served here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, NotSupportedError, OperationalError, connections, models, transaction

from monolith.ci.models import Runner
from monolith.namespaces.models import Namespace
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from organizations.tenancy.serving import complete_ci
from schemas import gate
from schemas.placement import schema_of
from schemas.tenancy import tenant_models
from tests.cast import make_organization
from tests.databases import ALIASES
from topology.databases import MOVER

pytestmark = pytest.mark.django_db(databases=ALIASES)

GATED = [model for schema in ("main", "ci") for model in tenant_models(schema)]
SHUT = ("incoming", "fenced", "moved")


@pytest.fixture
def ours() -> Organization:
    return make_organization("ours")


@pytest.fixture
def theirs() -> Organization:
    return make_organization("theirs")


@pytest.fixture
def group(ours: Organization) -> Namespace:
    return make_group(ours, "a")


def make_group(organization: Organization, path: str) -> Namespace:
    return Namespace.objects.create(organization_id=organization.pk, path=path, full_path=path, name=path)


def put(organization: Organization, state: str) -> None:
    for schema in ("main", "ci"):
        OrganizationState.objects.using(schema).filter(pk=organization.pk).update(state=state)


@contextmanager
def shut(alias: str = "main") -> Iterator[None]:
    """The gate, and nothing else, refuses what is in the block."""
    with pytest.raises(OperationalError) as caught, transaction.atomic(using=alias):
        yield
    assert gate.was_shut(caught.value)
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert caught.value.__cause__.diag.constraint_name == gate.REFUSAL


@contextmanager
def new_transaction(alias: str = "main") -> Iterator[None]:
    """As after a commit: nobody has been let in. (A test's own transaction lasts until its end.)"""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", [gate.MEMO])
    yield


@pytest.mark.parametrize("model", GATED, ids=str)
def test_the_gate_stands_before_every_table(model: type[models.Model]) -> None:
    with connections[schema_of(model)].cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger "
            "WHERE tgrelid = %s::regclass AND tgname LIKE 'organization_gate%%' ORDER BY tgname",
            [model._meta.db_table],
        )
        # O: for everybody but sessions that apply what happened elsewhere.
        assert cursor.fetchall() == [(f"organization_gate_{event}", "O") for event in ("delete", "insert", "update")]


@pytest.mark.parametrize("state", SHUT)
def test_nothing_is_written_unless_the_organization_is_active(group: Namespace, ours: Organization, state: str) -> None:
    runner = Runner.objects.create(organization_id=ours.pk, description="r")
    put(ours, state)
    with new_transaction(), shut():
        make_group(ours, "b")
    with new_transaction(), shut():
        Namespace.objects.filter(pk=group.pk).update(name="other")
    with new_transaction(), shut():
        Namespace.objects.filter(pk=group.pk)._raw_delete("main")
    with new_transaction("ci"), shut("ci"):
        Runner.objects.create(organization_id=ours.pk, description="s")
    with new_transaction("ci"), shut("ci"):
        Runner.objects.filter(pk=runner.pk).update(active=False)
    with new_transaction("ci"), shut("ci"):
        Runner.objects.filter(pk=runner.pk)._raw_delete("ci")


def test_an_organization_that_was_never_here_is_refused() -> None:
    with shut():
        Namespace.objects.create(organization_id=12345, path="a", full_path="a", name="A")
    with shut("ci"):
        Runner.objects.create(organization_id=12345, description="r")


def test_ci_has_a_gate_of_its_own(ours: Organization) -> None:
    OrganizationState.objects.using("ci").filter(pk=ours.pk).update(state="fenced")
    with new_transaction("ci"), shut("ci"):
        Runner.objects.create(organization_id=ours.pk, description="r")
    make_group(ours, "still-open")


def test_who_was_let_in_for_one_organization_is_asked_for_the_next(
    group: Namespace, ours: Organization, theirs: Organization
) -> None:
    put(theirs, "fenced")
    with transaction.atomic(using="main"):
        Namespace.objects.filter(pk=group.pk).update(name="other")
        with shut():
            make_group(theirs, "b")
        Namespace.objects.filter(pk=group.pk).update(name="and another")
        with shut():
            make_group(theirs, "b")


@pytest.mark.parametrize("closed", ["ours", "theirs"])
def test_a_row_that_goes_to_another_organization_needs_both(
    group: Namespace, ours: Organization, theirs: Organization, closed: str
) -> None:
    for first in (ours, theirs):
        put({"ours": ours, "theirs": theirs}[closed], "fenced")
        # Whichever of them this transaction was let in for.
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [gate.MEMO, str(first.pk)])
        if first.path != closed:
            with shut():
                Namespace.objects.filter(pk=group.pk).update(organization_id=theirs.pk)


def test_rows_of_many_organizations_in_one_statement_are_asked_for_each(
    ours: Organization, theirs: Organization
) -> None:
    put(theirs, "moved")
    with new_transaction(), shut():
        Namespace.objects.bulk_create(
            [
                Namespace(organization_id=each.pk, path=f"g{number}", full_path=f"g{number}", name="g")
                for number, each in enumerate((ours, ours, theirs))
            ]
        )
    assert not Namespace.objects.filter(path__in=["g0", "g1", "g2"]).exists()


def test_a_rollback_to_a_savepoint_forgets_who_was_let_in(group: Namespace, ours: Organization) -> None:
    with transaction.atomic(using="main"), new_transaction():
        savepoint = transaction.savepoint(using="main")
        Namespace.objects.filter(pk=group.pk).update(name="other")
        transaction.savepoint_rollback(savepoint, using="main")
        put(ours, "fenced")
        with shut():
            Namespace.objects.filter(pk=group.pk).update(name="other")


def test_a_marker_of_a_move_stays_as_it_is() -> None:
    with connections["main"].cursor() as cursor:
        cursor.execute("INSERT INTO move_marker (move_id, attempt, kind) VALUES (gen_random_uuid(), 1, 'fence')")
        for statement in ("UPDATE move_marker SET attempt = 2", "DELETE FROM move_marker"):
            with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic(using="main"):
                cursor.execute(statement)


def test_ci_is_completed_as_main_says_and_keeps_what_it_has(ours: Organization, theirs: Organization) -> None:
    OrganizationState.objects.using("ci").filter(pk=ours.pk)._raw_delete("ci")
    OrganizationState.objects.filter(pk=ours.pk).update(state="moved", epoch=7)
    OrganizationState.objects.using("ci").filter(pk=theirs.pk).update(state="fenced")
    complete_ci("main", "ci")
    states = OrganizationState.objects.using("ci").filter(pk__in=[ours.pk, theirs.pk])
    assert set(states.values_list("pk", "state", "epoch")) == {(ours.pk, "moved", 7), (theirs.pk, "fenced", 1)}
    assert complete_ci("main", "ci") == 0


class TestWithCommits:
    """Two sessions, as a writer and a move have them."""

    pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

    @pytest.fixture
    def sessions(self) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
        connections["main"].ensure_connection()
        parameters = connections["main"].get_connection_params()
        known = {key: parameters[key] for key in ("dbname", "user", "host", "port") if parameters.get(key)}
        with psycopg.connect(**known) as writer, psycopg.connect(**known | {"user": MOVER}, autocommit=True) as mover:
            yield writer, mover

    def try_lock(self, organization: Organization) -> psycopg.sql.Composed:
        return psycopg.sql.SQL("SELECT pg_try_advisory_xact_lock({}, hashint8({}))").format(
            gate.LOCK_CLASS, organization.pk
        )

    def test_who_shuts_it_waits_for_whoever_is_inside_and_for_nobody_else(
        self, sessions: tuple[psycopg.Connection[Any], psycopg.Connection[Any]]
    ) -> None:
        writer, mover = sessions
        ours, theirs = make_organization("ours-too"), make_organization("theirs-too")
        writer.execute(INSERT, (ours.pk, "x", "x"))
        assert mover.execute(self.try_lock(ours)).fetchone() == (False,)
        assert mover.execute(self.try_lock(theirs)).fetchone() == (True,)
        writer.commit()
        with mover.transaction():
            assert mover.execute(self.try_lock(ours)).fetchone() == (True,)
            mover.execute("UPDATE organization_state SET state = 'fenced' WHERE id = %s", (ours.pk,))
            # A writer that comes now waits for this transaction, and then sees what it did.
            writer.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                writer.execute(INSERT, (ours.pk, "y", "y"))
            writer.rollback()
        with pytest.raises(psycopg.OperationalError) as caught:
            writer.execute(INSERT, (ours.pk, "y", "y"))
        assert caught.value.sqlstate == gate.SHUT

    def test_a_transaction_that_began_before_the_fence_sees_it(
        self, sessions: tuple[psycopg.Connection[Any], psycopg.Connection[Any]]
    ) -> None:
        writer, mover = sessions
        ours = make_organization("ours-three")
        writer.execute("SELECT count(*) FROM organization_state")
        mover.execute("UPDATE organization_state SET state = 'fenced' WHERE id = %s", (ours.pk,))
        with pytest.raises(psycopg.OperationalError) as caught:
            writer.execute(INSERT, (ours.pk, "z", "z"))
        assert caught.value.sqlstate == gate.SHUT

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    def test_an_old_snapshot_writes_nothing(self, level: str) -> None:
        ours = make_organization(f"ours-{level.split(maxsplit=1)[0].lower()}")
        with transaction.atomic(using="main"), connections["main"].cursor() as cursor:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            with pytest.raises(NotSupportedError):
                make_group(ours, "old")

    def test_an_applied_change_passes(self, sessions: tuple[psycopg.Connection[Any], psycopg.Connection[Any]]) -> None:
        _, mover = sessions
        ours = make_organization("ours-four")
        put(ours, "incoming")
        with pytest.raises(psycopg.OperationalError):
            mover.execute(INSERT, (ours.pk, "applied", "applied"))
        mover.execute("SET session_replication_role = replica")
        mover.execute(INSERT, (ours.pk, "applied", "applied"))
        assert Namespace.objects.get(path="applied").organization_id == ours.pk


INSERT = (
    "INSERT INTO namespaces (organization_id, kind, path, full_path, name, visibility, created_at) "
    "VALUES (%s, 'group', %s, %s, 'x', 'private', now())"
)
