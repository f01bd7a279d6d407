from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from schemas.tenancy import ProtectOrganizationRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Burial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity_type', models.CharField(max_length=8)),
                ('entity_id', models.BigIntegerField()),
                ('path', models.CharField(max_length=1024)),
                ('deleted_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='What other schemas refer to.', null=True, size=None)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'burials',
                'constraints': [models.UniqueConstraint(fields=('entity_type', 'entity_id'), name='burials_once'), models.CheckConstraint(condition=models.Q(('entity_type__regex', '\\A[a-z]{1,8}\\Z')), name='burials_entity_type_is_a_word')],
            },
        ),
        migrations.CreateModel(
            name='ClaimOutcome',
            fields=[
                ('claim_key', models.UUIDField(primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('alive', 'the entity was made'), ('dead', 'it was not, and never will be under this key')], max_length=5)),
                ('entity_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'claim_outcomes',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('entity_id__isnull', False), ('outcome', 'alive')), models.Q(('entity_id', None), ('outcome', 'dead')), _connector='OR'), name='claim_outcomes_alive_has_an_entity')],
            },
        ),
        ProtectOrganizationRows("ClaimOutcome", "Burial"),
    ]
