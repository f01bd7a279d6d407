"""The gate of `main` and `ci`: rows of an organization are written only where its state is `active`.

A trigger on every table asks it, so no code path can forget to. Once for each transaction and organization it takes a
lock that it shares with other writers, then reads the organization's state. Who shuts the gate takes the same lock for
itself alone: then every earlier writer has committed, and every later one reads the new state. A `pods.gate` of the
transaction remembers the organization that was let in last.

Only sessions with `session_replication_role = replica` pass without being asked: PostgreSQL's own apply workers, and
the copy of a move. So the triggers must stay plain ENABLE: an ENABLE REPLICA trigger would stop these and let
everybody else in.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error, connections

# The first key of the advisory lock, the word "move"; the second is hashint8(organization_id).
LOCK_CLASS = 0x6D6F7665
# Of class 55 (object not in prerequisite state), which psycopg raises as OperationalError: try again later.
SHUT = "55M01"
# Names the refusal in an error's diagnostics, as a constraint would be.
REFUSAL = "organization_is_served_here"
# The organization that this transaction was let in for.
MEMO = "pods.gate"

# In the snapshot of an older transaction the state would be old too, hence the isolation level.
FUNCTIONS = f"""
CREATE FUNCTION organization_gate(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'rows of organizations are written at isolation level READ COMMITTED only'
            USING ERRCODE = 'feature_not_supported', CONSTRAINT = '{REFUSAL}';
    END IF;
    PERFORM pg_advisory_xact_lock_shared({LOCK_CLASS}, hashint8(organization));
    SELECT state INTO found FROM organization_state WHERE id = organization;
    IF found IS DISTINCT FROM 'active' THEN
        RAISE EXCEPTION 'organization % takes no writes here: it is %', organization, coalesce(found, 'unknown')
            USING ERRCODE = '{SHUT}', CONSTRAINT = '{REFUSAL}';
    END IF;
    PERFORM set_config('{MEMO}', organization::text, true);
END $$;
CREATE FUNCTION organization_gate_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM organization_gate(OLD.organization_id);
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.organization_id IS DISTINCT FROM NEW.organization_id THEN
        PERFORM organization_gate(OLD.organization_id);
    END IF;
    -- The constraint of the column refuses NULL.
    IF NEW.organization_id IS NOT NULL THEN
        PERFORM organization_gate(NEW.organization_id);
    END IF;
    RETURN NEW;
END $$;
"""  # noqa: S608  made of the constants above
WITHOUT_FUNCTIONS = """
DROP FUNCTION organization_gate_of_row();
DROP FUNCTION organization_gate(bigint);
"""

# A trigger is asked for each row; its function only where the memo names another organization.
_ASKED = {
    "insert": f"current_setting('{MEMO}', true) IS DISTINCT FROM NEW.organization_id::text",
    "update": f"current_setting('{MEMO}', true) IS DISTINCT FROM NEW.organization_id::text "
    "OR NEW.organization_id IS DISTINCT FROM OLD.organization_id",
    "delete": f"current_setting('{MEMO}', true) IS DISTINCT FROM OLD.organization_id::text",
}


def triggers(table: str) -> Iterator[str]:
    """Yield the statements that put the gate before a table."""
    for event, condition in _ASKED.items():
        yield (
            f"CREATE TRIGGER organization_gate_{event} BEFORE {event.upper()} ON {table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION organization_gate_of_row()"
        )


def without_triggers(table: str) -> Iterator[str]:
    """Yield the statements that take the gate away."""
    for event in _ASKED:
        yield f"DROP TRIGGER organization_gate_{event} ON {table}"


def enter(alias: str, organization_id: int) -> None:
    """Go through the gate before anything is locked or written, in the transaction that this alias is in.

    A transaction that locks rows first and then meets the trigger could wait for a move that waits for these rows.
    Raises `OperationalError` (see `was_shut`) unless the organization is served here.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT organization_gate(%s)", [organization_id])


def was_shut(error: BaseException | None) -> bool:
    """Whether an error says that the gate was shut: the organization is being moved, and nothing was written."""
    cause = error.__cause__ if isinstance(error, Error) else error
    return getattr(cause, "sqlstate", None) == SHUT
