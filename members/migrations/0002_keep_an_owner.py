from __future__ import annotations

from django.db import migrations

# A CHECK constraint sees one row. The lock lets one at a time decide for an organization, and each statement of the
# function sees what was committed before it (PostgreSQL manual 13.2.1, Read Committed).
FORWARDS = """
CREATE FUNCTION memberships_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role <> 'owner' OR (TG_OP = 'UPDATE' AND NEW.role = 'owner' AND NEW.organization_id = OLD.organization_id)
    THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('memberships_keep_an_owner', OLD.organization_id));
    IF NOT EXISTS (SELECT FROM memberships WHERE organization_id = OLD.organization_id AND role = 'owner') THEN
        RAISE EXCEPTION 'user % is the last owner of organization %', OLD.user_id, OLD.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_keep_an_owner',
                  HINT = 'Make somebody else an owner first.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_keep_an_owner AFTER UPDATE OR DELETE ON memberships FOR EACH ROW
    EXECUTE FUNCTION memberships_keep_an_owner();
"""
BACKWARDS = """
DROP TRIGGER memberships_keep_an_owner ON memberships;
DROP FUNCTION memberships_keep_an_owner();
"""


class Migration(migrations.Migration):
    expands = "It came with the first release; none was before it."
    dependencies = [("members", "0001_invitations"), ("users", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
