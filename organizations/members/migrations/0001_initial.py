from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.text
import schemas.fields
import uuid
from django.conf import settings
from django.db import migrations, models


# A CHECK constraint sees one row. The lock lets one transaction at a time decide for an organization, and each statement
# of the function sees what was committed before it (PostgreSQL manual 13.2.1, Read Committed). A deactivated owner does
# not count in place of an active one. An organization that is being deleted (organizations/closing.py) lets its owners go.
KEEP_AN_OWNER = """
CREATE FUNCTION memberships_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
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
                  HINT = 'Make another member an owner first.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_keep_an_owner AFTER UPDATE OR DELETE ON memberships FOR EACH ROW
    EXECUTE FUNCTION memberships_keep_an_owner();
"""
KEEP_NO_OWNER = """
DROP TRIGGER memberships_keep_an_owner ON memberships;
DROP FUNCTION memberships_keep_an_owner();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('organization_id', schemas.fields.SoftReferenceField(db_index=False, to='organizations.Organization')),
                ('email', models.EmailField(help_text='The address that the link was sent to.', max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('member', 'Member'), ('guest', 'Guest')], max_length=8)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('inviter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'invitations',
                'indexes': [models.Index(fields=['organization_id', 'sent_at'], name='invitations_of_organization')],
                'constraints': [models.UniqueConstraint(models.F('organization_id'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at', None), ('revoked_at', None)), name='invitations_once_per_address'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'member', 'guest'])), name='invitations_role_is_known'), models.CheckConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None), _connector='OR'), name='invitations_end_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', schemas.fields.SoftReferenceField(to='organizations.Organization')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('member', 'Member'), ('guest', 'Guest')], max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('user', 'organization_id'), name='memberships_once_per_organization'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'member', 'guest'])), name='memberships_role_is_known')],
            },
        ),
        migrations.RunSQL(KEEP_AN_OWNER, KEEP_NO_OWNER),
    ]
