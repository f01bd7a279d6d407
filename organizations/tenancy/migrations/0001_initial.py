from __future__ import annotations

import schemas.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OrganizationState',
            fields=[
                ('id', schemas.fields.SoftReferenceField(db_index=False, primary_key=True, serialize=False, to='organizations.Organization')),
                ('state', models.CharField(choices=[('active', 'served here'), ('incoming', 'being moved to this pod'), ('fenced', 'being moved away, takes no writes'), ('moved', 'served by another pod')], max_length=8)),
                ('epoch', models.BigIntegerField(default=1)),
            ],
            options={
                'db_table': 'organization_state',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['active', 'incoming', 'fenced', 'moved'])), name='organization_state_is_known'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1)), name='organization_state_epoch_is_positive')],
            },
        ),
    ]
