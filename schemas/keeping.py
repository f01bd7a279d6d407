"""Rows of `main` and `ci` keep their organization, unless their transaction says that it transfers a namespace.

A reference between rows contains the organization and follows it (ON UPDATE CASCADE, `schemas/tenancy.py`). So one
UPDATE of the topmost row takes along all that lies below it, and one by accident would take it to another customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connections

# Names the refusal in an error's diagnostics, as a constraint would be.
REFUSAL = "organization_is_kept"
# In a transaction of `main` or `ci`: the two organizations. In one of `routes`: the key of the transfer.
MEMO = "pods.transfer"

FUNCTIONS = f"""
CREATE FUNCTION organization_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % cannot go from organization % to %', TG_TABLE_NAME, OLD.organization_id,
        NEW.organization_id
        USING ERRCODE = 'check_violation', CONSTRAINT = '{REFUSAL}',
              HINT = 'Transfer its top-level namespace: manage.py organization transfer-namespace.';
END $$;
"""
WITHOUT_FUNCTIONS = """
DROP FUNCTION organization_is_kept();
"""


class OrganizationChanged(OperationalError):
    """What is to be written was transferred to another organization since it was read: the same request, sent again,
    decides by who may do what there.
    """


def triggers(table: str) -> Iterator[str]:
    """Yield the statement by which the rows of a table keep their organization."""
    yield (
        f"CREATE TRIGGER organization_is_kept BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (NEW.organization_id IS DISTINCT FROM OLD.organization_id AND current_setting('{MEMO}', true) "
        "IS DISTINCT FROM OLD.organization_id || '>' || NEW.organization_id) EXECUTE FUNCTION organization_is_kept()"
    )


def without_triggers(table: str) -> Iterator[str]:
    """Yield the statement that lets them go."""
    yield f"DROP TRIGGER organization_is_kept ON {table}"


@contextmanager
def transferring(alias: str, what: str) -> Iterator[None]:
    """Let rows change their organization, in this transaction and until the block ends."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT set_config('{MEMO}', %s, true)", [what])
    yield
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT set_config('{MEMO}', '', true)")
