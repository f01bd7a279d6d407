from __future__ import annotations

from django.db import migrations

# As in 0002, and more: an owner who was deactivated does not count in place of one who was not, and an organization
# that is deleted (projects/closing.py) lets its owners go.
FORWARDS = """
CREATE OR REPLACE FUNCTION memberships_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role <> 'owner' OR (TG_OP = 'UPDATE' AND NEW.role = 'owner' AND NEW.organization_id = OLD.organization_id)
       OR current_setting('pods.deleted_organization', true) = OLD.organization_id::text
    THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('memberships_keep_an_owner', OLD.organization_id));
    IF NOT EXISTS (
        SELECT FROM memberships JOIN users ON users.id = memberships.user_id
        WHERE organization_id = OLD.organization_id AND role = 'owner'
            AND (users.is_active OR NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id AND is_active))
    ) THEN
        RAISE EXCEPTION 'user % is the last owner of organization %', OLD.user_id, OLD.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_keep_an_owner',
                  HINT = 'Make somebody else an owner first.';
    END IF;
    RETURN NULL;
END $$;
"""
BACKWARDS = """
CREATE OR REPLACE FUNCTION memberships_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0002_keep_an_owner")]
    expands = "It only refuses more, as the release before expects to be refused: with the same constraint's name."

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
