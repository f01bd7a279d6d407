from __future__ import annotations

from django.db import migrations

# The triggers come first: they lock both tables, so nothing is opened between reading the highest numbers and
# keeping them.
_TABLE = """
CREATE FUNCTION {table}_number_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE projects SET {last} = NEW.iid
        WHERE organization_id = NEW.organization_id AND id = NEW.project_id AND {last} < NEW.iid;
    -- Without such a project it is the foreign key that refuses.
    IF NOT FOUND AND EXISTS (
        SELECT FROM projects WHERE organization_id = NEW.organization_id AND id = NEW.project_id
    ) THEN
        RAISE EXCEPTION 'number % was given before in project %', NEW.iid, NEW.project_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = '{table}_number_is_new',
                  HINT = 'Lock the project and take projects.{last} + 1.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_number_is_new BEFORE INSERT ON {table} FOR EACH ROW
    EXECUTE FUNCTION {table}_number_is_new();
CREATE FUNCTION {table}_number_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'number % of project % stays what it is', OLD.iid, OLD.project_id
        USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_number_stays',
              HINT = 'Make a new row: an address that somebody keeps must not show another one.';
END $$;
CREATE TRIGGER {table}_number_stays BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN (NEW.iid <> OLD.iid OR NEW.project_id <> OLD.project_id)
    EXECUTE FUNCTION {table}_number_stays();
UPDATE projects SET {last} = given.iid
    FROM (SELECT project_id, max(iid) AS iid FROM {table} GROUP BY project_id) AS given
    WHERE projects.id = given.project_id;
"""
_PROJECTS = """
CREATE FUNCTION projects_numbers_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the last numbers of project % cannot shrink', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'projects_numbers_grow',
              HINT = 'Leave last_issue and last_merge_request alone: opening one raises them.';
END $$;
CREATE TRIGGER projects_numbers_grow BEFORE UPDATE ON projects FOR EACH ROW
    WHEN (NEW.last_issue < OLD.last_issue OR NEW.last_merge_request < OLD.last_merge_request)
    EXECUTE FUNCTION projects_numbers_grow();
"""
_TABLES = {"issues": "last_issue", "merge_requests": "last_merge_request"}
FORWARDS = "".join(_TABLE.format(table=table, last=last) for table, last in _TABLES.items()) + _PROJECTS
BACKWARDS = """
DROP TRIGGER projects_numbers_grow ON projects;
DROP FUNCTION projects_numbers_grow();
""" + "".join(
    f"""
DROP TRIGGER {table}_number_stays ON {table};
DROP FUNCTION {table}_number_stays();
DROP TRIGGER {table}_number_is_new ON {table};
DROP FUNCTION {table}_number_is_new();
"""
    for table in _TABLES
)


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_last_numbers")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
