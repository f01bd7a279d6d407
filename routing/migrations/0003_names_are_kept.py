"""Invariant 2: a name that was in use is not given to somebody else by accident.

A CHECK constraint cannot compare a row with what it was, hence a trigger.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION routes_names_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.kind IN ('claim', 'reserved') OR (OLD.kind = 'tombstone' AND OLD.expires_at <= now()) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the % name % cannot be deleted', OLD.kind, OLD.path
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Make it a tombstone, which may be deleted when it has expired.';
    ELSIF NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN
        RAISE EXCEPTION 'the name % cannot go from organization % to %', OLD.path, OLD.organization_id,
            NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Names are transferred between organizations only as a move.';
    ELSE
        RAISE EXCEPTION 'the top-level name % cannot become % in place', OLD.path, NEW.path
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Insert the new name, and make the old one a redirect to it.';
    END IF;
END $$;
CREATE TRIGGER routes_names_are_kept_on_update BEFORE UPDATE ON routes FOR EACH ROW
    WHEN (NEW.organization_id IS DISTINCT FROM OLD.organization_id
          OR (OLD.path NOT LIKE '%/%' AND lower(NEW.path) <> lower(OLD.path)))
    EXECUTE FUNCTION routes_names_are_kept();
CREATE TRIGGER routes_names_are_kept_on_delete BEFORE DELETE ON routes FOR EACH ROW
    EXECUTE FUNCTION routes_names_are_kept();
"""
BACKWARDS = """
DROP TRIGGER routes_names_are_kept_on_delete ON routes;
DROP TRIGGER routes_names_are_kept_on_update ON routes;
DROP FUNCTION routes_names_are_kept();
"""


class Migration(migrations.Migration):
    expands = "It came with the first release; none was before it."
    dependencies = [("routing", "0002_one_organization_one_pod")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
