from __future__ import annotations

from django.db import migrations

# A CHECK constraint cannot compare a row with what it was.
FORWARDS = """
CREATE FUNCTION organizations_epoch_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organization % moves from % to % with epoch % after %', OLD.id, OLD.pod_id, NEW.pod_id,
        NEW.epoch, OLD.epoch
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_epoch_grows',
              HINT = 'Set epoch = epoch + 1 in the UPDATE that sets pod_id, and never lower it.';
END $$;
CREATE TRIGGER organizations_epoch_grows BEFORE UPDATE ON organizations FOR EACH ROW
    WHEN (NEW.epoch < OLD.epoch OR (NEW.pod_id <> OLD.pod_id AND NEW.epoch = OLD.epoch))
    EXECUTE FUNCTION organizations_epoch_grows();
CREATE FUNCTION organizations_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organization % cannot be deleted', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_are_kept',
              HINT = 'Set state = ''deleted'': its path must not be given to another one.';
END $$;
CREATE TRIGGER organizations_are_kept BEFORE DELETE ON organizations FOR EACH ROW
    EXECUTE FUNCTION organizations_are_kept();
"""
BACKWARDS = """
DROP TRIGGER organizations_are_kept ON organizations;
DROP FUNCTION organizations_are_kept();
DROP TRIGGER organizations_epoch_grows ON organizations;
DROP FUNCTION organizations_epoch_grows();
"""


class Migration(migrations.Migration):
    expands = "It came with the first release; none was before it."
    dependencies = [("organizations", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
