"""Invariant 1: an organization is on one pod.

The pod of a top-level route is its organization's, and follows it: one UPDATE of
`organizations` flips all of them. A descendant has no pod, and a NULL escapes
that key (MATCH SIMPLE), so it refers to its top-level row with the same
organization instead. What a redirect points to is of the same organization too:
names are transferred between organizations only as a move.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
ALTER TABLE routes
    ADD CONSTRAINT routes_pod_is_the_organizations FOREIGN KEY (organization_id, pod_id)
        REFERENCES organizations (id, pod_id) ON UPDATE CASCADE,
    ADD CONSTRAINT routes_descendant_is_of_its_top_level FOREIGN KEY (top_level_key, organization_id)
        REFERENCES routes (key, organization_id),
    ADD CONSTRAINT routes_redirect_stays_in_organization FOREIGN KEY (redirects_to_id, organization_id)
        REFERENCES routes (id, organization_id);
"""
BACKWARDS = """
ALTER TABLE routes
    DROP CONSTRAINT routes_redirect_stays_in_organization,
    DROP CONSTRAINT routes_descendant_is_of_its_top_level,
    DROP CONSTRAINT routes_pod_is_the_organizations;
"""


class Migration(migrations.Migration):
    expands = "It came with the first release; none was before it."
    dependencies = [("routing", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
